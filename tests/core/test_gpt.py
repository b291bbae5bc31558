"""GPT: what holds for every variant of it, whatever the weights."""

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from minillm.attention import KVCache
from minillm.models import attention_maps
from minillm.positions import sinusoids
from tests.core.small import (
    CONTEXT_LENGTH,
    VARIANT_NAMES,
    VARIANTS,
    VOCAB_SIZE,
    lively_gpt,
    random_ids,
    shared_gpt,
)

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=VARIANT_NAMES)


def embeddings_with_gradients(model):
    """The model's token vectors of the next forward pass, in a list, with gradients kept."""
    kept = []

    def keep(module, inputs, output):
        output.retain_grad()
        kept.append(output)

    model.embedding.register_forward_hook(keep)
    return kept


@every_variant
@pytest.mark.parametrize("record", [None, {}], ids=["fast", "readable"])
def test_no_position_sees_the_future(variant, record):
    """The gradient of the logits at t is exactly zero at every later token vector and position, and nowhere earlier."""
    ids = random_ids(2, 8)
    for t in range(8):
        model = lively_gpt(**variant)
        kept = embeddings_with_gradients(model)
        logits = model(ids, record=None if record is None else {})
        (logits[:, t] * torch.randn(VOCAB_SIZE, generator=torch.Generator().manual_seed(t))).sum().backward()
        gradient = kept[0].grad
        assert (gradient[:, t + 1 :] == 0).all()
        assert (gradient[:, : t + 1].abs().amax(dim=-1) > 0).all()
        if variant["positions"] == "learned":
            gradient = model.position_embedding.weight.grad
            assert (gradient[t + 1 :] == 0).all()
            assert (gradient[: t + 1].abs().amax(dim=-1) > 0).all()


@every_variant
@given(st.lists(st.integers(1, CONTEXT_LENGTH - 1), max_size=5, unique=True), st.integers(0, 1000))
def test_cached_logits_are_the_uncached_ones(variant, cuts, seed):
    model, ids = shared_gpt(**variant), random_ids(2, CONTEXT_LENGTH, seed=seed)
    cache, edges = KVCache(model.config.num_layers), [0, *sorted(cuts), CONTEXT_LENGTH]
    pieces = [model(ids[:, a:b], cache) for a, b in itertools.pairwise(edges)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), model(ids), rtol=1e-4, atol=1e-4)
    assert cache.length == CONTEXT_LENGTH


@every_variant
def test_recording_with_a_cache_changes_nothing(variant):
    model, ids = lively_gpt(**variant), random_ids(2, 9)
    cache, record = KVCache(2), {}
    with torch.no_grad():
        first = model(ids[:, :5], cache, record=dict(record))
        second = model(ids[:, 5:], cache, record)
        torch.testing.assert_close(torch.cat([first, second], dim=1), model(ids), rtol=1e-4, atol=1e-4)
    assert record["blocks.0.attention.weights"].shape == (2, 2, 4, 9)
    torch.testing.assert_close(record["blocks.1.attention.weights"].sum(-1), torch.ones(2, 2, 4))


@every_variant
def test_rows_of_a_batch_are_independent(variant):
    model, ids = lively_gpt(**variant), random_ids(3, 8)
    kept = embeddings_with_gradients(model)
    together = model(ids)
    together[1].square().sum().backward()
    assert (kept[0].grad[[0, 2]] == 0).all() and (kept[0].grad[1] != 0).any()
    for row in range(3):
        torch.testing.assert_close(model(ids[row : row + 1])[0], together[row], rtol=1e-4, atol=1e-4)


@every_variant
@given(st.integers(1, CONTEXT_LENGTH - 1), st.integers(0, 1000))
def test_what_follows_does_not_change_earlier_logits(variant, length, seed):
    """Right padding is harmless, whatever it consists of."""
    model, ids = shared_gpt(**variant), random_ids(2, CONTEXT_LENGTH, seed=seed)
    padded = ids.clone()
    padded[:, length:] = 0
    alone = model(ids[:, :length])
    torch.testing.assert_close(model(ids)[:, :length], alone, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(model(padded)[:, :length], alone, rtol=1e-4, atol=1e-4)


@every_variant
def test_the_last_position_does_use_everything_before_it(variant):
    """What would make the causality tests pass for a model that ignores its context."""
    model, ids = lively_gpt(**variant), random_ids(1, 8)
    for t in range(8):
        changed = ids.clone()
        changed[0, t] = (changed[0, t] + 1) % VOCAB_SIZE
        assert (model(changed)[0, -1] - model(ids)[0, -1]).abs().max() > 1e-3


@every_variant
def test_the_record_is_the_computation(variant):
    model, ids, record = lively_gpt(**variant), random_ids(2, 7), {}
    logits = model(ids, record=record)
    torch.testing.assert_close(logits, model(ids), rtol=1e-4, atol=1e-4)
    parts = ("query", "key", "value", "scores", "weights", "heads")
    assert set(record) == {
        "embedding",
        "final_norm",
        *(f"blocks.{i}.{part}" for i in range(2) for part in ("middle", "output")),
        *(f"blocks.{i}.attention.{part}" for i in range(2) for part in parts),
    }
    for i in range(2):
        query, key, value, scores, weights, heads = (record[f"blocks.{i}.attention.{part}"] for part in parts)
        assert query.shape == key.shape == value.shape == heads.shape == (2, 2, 7, 8)
        bias = model.position_embedding.bias(7, 7)
        torch.testing.assert_close(scores, query @ key.mT / math.sqrt(8) + (0 if bias is None else bias))
        hidden = torch.ones(7, 7).triu(1).bool()
        torch.testing.assert_close(weights, scores.masked_fill(hidden, -1e30).softmax(-1))
        assert (scores[:, :, hidden] != 0).all()  # not yet masked
        torch.testing.assert_close(heads, weights @ value)
        # The block's output from its parts: x + W_O concat(weights value) + b_O, then the MLP.
        block, x = model.blocks[i], record["embedding"] if i == 0 else record[f"blocks.{i - 1}.output"]
        mixed = (weights @ value).transpose(1, 2).flatten(2)
        x = x + F.linear(mixed, block.attention.output.weight, block.attention.output.bias)
        torch.testing.assert_close(record[f"blocks.{i}.middle"], x, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(record[f"blocks.{i}.output"], x + block.mlp(block.norm2(x)), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(record["final_norm"], model.final_norm(record["blocks.1.output"]))
    weight = model.embedding.weight if variant["tie_weights"] else model.head.weight
    torch.testing.assert_close(logits, record["final_norm"] @ weight.T)
    expected = model.embedding.weight[ids]
    if variant["positions"] == "learned":
        expected = expected + model.position_embedding.weight[:7]
    elif variant["positions"] == "sinusoidal":
        expected = 4 * expected + sinusoids(7, 16)
    torch.testing.assert_close(record["embedding"], expected)


def test_attention_maps_are_the_recorded_weights():
    model, ids, record = lively_gpt(num_layers=3), random_ids(1, 6), {}
    model(ids, record=record)
    maps = attention_maps(model, ids[0])
    assert maps.shape == (3, 2, 6, 6) and not maps.requires_grad
    for i in range(3):
        torch.testing.assert_close(maps[i], record[f"blocks.{i}.attention.weights"][0])
