"""Seq2Seq: what holds for every variant, torch.nn.Transformer with the same weights, and named errors."""

import functools
import itertools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from minillm.errors import ConfigError, MaskError, PromptError
from minillm.models import Seq2Seq, Seq2SeqConfig, configuration, describe
from minillm.positions import POSITIONS
from tests.core.small import CONTEXT_LENGTH, VOCAB_SIZE, enliven, random_ids

SHAPE = {"vocab_size": VOCAB_SIZE, "context_length": CONTEXT_LENGTH, "d_model": 16, "num_layers": 2, "num_heads": 2}
VARIANTS = [
    *({"positions": positions} for positions in sorted(POSITIONS)),
    {"norm_first": False, "mlp": "relu"},  # like the original
    {"positions": "t5", "norm": "rms", "bias": False, "mlp": "relu"},  # like T5
    {"num_kv_heads": 1, "num_decoder_layers": 3, "tie_weights": False, "window": 4},
]
every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: "-".join(map(str, v.values())))


@functools.cache
def lively(**changes):
    return enliven(Seq2Seq(Seq2SeqConfig(**(SHAPE | changes)))).double().requires_grad_(False)


def lengths_mask(lengths, time, side="right"):
    counts = torch.tensor(lengths)[:, None]
    return torch.arange(time) < counts if side == "right" else torch.arange(time) >= time - counts


def torch_transformer(model):
    """The blocks of both sides as torch.nn.Transformer, with the same weights; post-norm has no last norm."""
    config = model.config
    shape = {
        "d_model": config.d_model,
        "nhead": config.num_heads,
        "dim_feedforward": config.d_mlp,
        "dropout": 0.0,
        "activation": {"gelu": F.gelu, "relu": F.relu}[config.mlp],
        "layer_norm_eps": config.norm_eps,
        "batch_first": True,
        "norm_first": config.norm_first,
    }
    norms = [nn.LayerNorm(config.d_model) if config.norm_first else None for _ in range(2)]
    layers = nn.TransformerEncoderLayer(**shape), nn.TransformerDecoderLayer(**shape)
    encoder = nn.TransformerEncoder(layers[0], config.num_layers, norms[0], enable_nested_tensor=False)
    decoder = nn.TransformerDecoder(layers[1], config.num_decoder_layers, norms[1])
    theirs = nn.Transformer(config.d_model, config.num_heads, custom_encoder=encoder, custom_decoder=decoder)
    renamed = [
        ("layers.", "blocks."),
        ("decoder.norm.", "decoder.final_norm."),
        ("encoder.norm.", "encoder.final_norm."),
        ("self_attn.in_proj_", "attention.qkv."),
        ("self_attn.out_proj", "attention.output"),
        ("multihead_attn.in_proj_", "cross_attention.qkv."),
        ("multihead_attn.out_proj", "cross_attention.output"),
        ("linear1", "mlp.up"),
        ("linear2", "mlp.down"),
    ]
    decoder_norms = [("norm2", "cross_norm"), ("norm3", "norm2")]  # torch's second branch of a decoder is the cross one
    state, ours = {}, model.state_dict()
    for name in theirs.state_dict():
        mine = name
        for old, new in renamed:
            mine = mine.replace(old, new)
        if name.startswith("decoder."):
            mine = next((mine.replace(old, new) for old, new in decoder_norms if old in mine), mine)
        state[name] = ours[mine]
    theirs.load_state_dict(state)
    return theirs.eval().requires_grad_(False).double()


@st.composite
def problems(draw):
    """A configuration that torch has too, sources and targets, and which of their tokens are real."""
    config = {
        "num_heads": draw(st.sampled_from([1, 2, 4])),
        "num_layers": draw(st.integers(1, 2)),
        "num_decoder_layers": draw(st.integers(1, 3)),
        "d_mlp": draw(st.sampled_from([8, 24])),
        "mlp": draw(st.sampled_from(["gelu", "relu"])),
        "norm_first": draw(st.booleans()),
    }
    lengths = draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=3))
    seed = draw(st.integers(0, 1000))
    texts = []
    for side, these in enumerate(zip(*lengths, strict=True)):
        texts.append(random_ids(len(lengths), max(these), seed=seed + side))
        texts.append(lengths_mask(these, max(these)))
    return config, *texts


@given(problems())
def test_it_is_torchs(problem):
    config, source, source_present, target, target_present = problem
    model, record = lively(**config), {}
    memory = model.encode(source, source_present, record)
    logits = model.decode(memory, target, source_present, target_present, record=record)
    theirs = torch_transformer(model)
    expected_memory = theirs.encoder(record["encoder.embedding"], src_key_padding_mask=~source_present)
    torch.testing.assert_close(memory[source_present], expected_memory[source_present], rtol=1e-9, atol=1e-9)
    hidden = theirs.decoder(
        record["decoder.embedding"],
        memory,
        tgt_mask=nn.Transformer.generate_square_subsequent_mask(target.shape[1]).isinf(),
        memory_key_padding_mask=~source_present,
        tgt_key_padding_mask=~target_present,
    )
    expected = F.linear(hidden, model.embedding.weight)
    torch.testing.assert_close(logits[target_present], expected[target_present], rtol=1e-9, atol=1e-9)


@every_variant
@settings(max_examples=15)
@given(st.lists(st.integers(1, CONTEXT_LENGTH - 1), max_size=5, unique=True), st.integers(0, 1000), st.integers(1, 9))
def test_cached_logits_are_the_uncached_ones(variant, cuts, seed, length):
    model = lively(**variant)
    source, target = random_ids(2, 9, seed=seed), random_ids(2, CONTEXT_LENGTH, seed=seed + 1)
    present = lengths_mask([9, length], 9)
    memory = model.encode(source, present)
    cache, edges = model.new_cache(), [0, *sorted(cuts), CONTEXT_LENGTH]
    pieces = [model.decode(memory, target[:, a:b], present, cache=cache) for a, b in itertools.pairwise(edges)]
    expected = model(source, target, present)
    torch.testing.assert_close(torch.cat(pieces, dim=1), expected, rtol=1e-8, atol=1e-8)
    assert cache.length == CONTEXT_LENGTH


def test_keys_and_values_of_the_memory_are_computed_once():
    """After the first token the memory itself is no longer read: noise in its place changes nothing."""
    model, source, target = lively(), random_ids(2, 6), random_ids(2, 5)
    memory, cache = model.encode(source), model.new_cache()
    first = model.decode(memory, target[:, :1], cache=cache)
    rest = model.decode(torch.randn_like(memory), target[:, 1:], cache=cache)
    torch.testing.assert_close(torch.cat([first, rest], dim=1), model(source, target), rtol=1e-4, atol=1e-4)


@every_variant
@pytest.mark.parametrize("side", ["left", "right"])
@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=1, max_size=3), st.integers(0, 1000))
def test_padding_changes_nothing(variant, side, lengths, seed):
    model = lively(**variant)
    count, (sources, targets) = len(lengths), zip(*lengths, strict=True)
    source, target = random_ids(count, max(sources) + 2, seed=seed), random_ids(count, max(targets) + 1, seed=seed + 1)
    source_present = lengths_mask(sources, source.shape[1], side)
    target_present = lengths_mask(targets, target.shape[1], side)
    logits = model(source, target, source_present, target_present)
    for row in range(count):
        alone = model(source[row, source_present[row]][None], target[row, target_present[row]][None])[0]
        torch.testing.assert_close(logits[row, target_present[row]], alone, rtol=1e-5, atol=1e-5)


@every_variant
@pytest.mark.parametrize("record", [None, {}], ids=["fast", "readable"])
def test_who_sees_what(variant, record):
    """The logits at t change with every token of the source and of the target up to t, and with no later one."""
    variant = {name: value for name, value in variant.items() if name != "window"}
    model, source, target = lively(**variant), random_ids(1, 6), random_ids(1, 6, seed=1)

    def logits(source, target):
        return model(source, target, record=None if record is None else {})[0]

    before = logits(source, target)
    for t in range(6):
        changed = (source + (torch.arange(6) == t)) % VOCAB_SIZE
        assert ((logits(changed, target) - before).abs().amax(dim=-1) > 1e-5).all()
        changed = (target + (torch.arange(6) == t)) % VOCAB_SIZE
        difference = (logits(source, changed) - before).abs().amax(dim=-1)
        assert (difference[:t] == 0).all() and (difference[t:] > 1e-5).all()


@every_variant
def test_the_record_is_the_computation(variant):
    model, source, target, record = lively(**variant), random_ids(2, 7), random_ids(2, 4), {}
    logits = model(source, target, record=record)
    torch.testing.assert_close(logits, model(source, target), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(record["encoder.final_norm"], model.encode(source), rtol=1e-4, atol=1e-4)
    assert record["encoder.blocks.1.attention.weights"].shape == (2, 2, 7, 7)
    assert record["decoder.blocks.1.attention.weights"].shape == (2, 2, 4, 4)
    assert record["decoder.blocks.1.cross_attention.weights"].shape == (2, 2, 4, 7)
    assert not any("cross" in name for name in record if name.startswith("encoder."))
    weight = model.embedding.weight if model.head is None else model.head.weight
    torch.testing.assert_close(logits, record["decoder.final_norm"] @ weight.T)


def test_loss_is_that_of_the_target_after_its_first_token():
    model, source = lively(), random_ids(2, 5)
    targets = torch.tensor([[0, 3, 4, 0], [0, 7, 0, -100]])
    present = lengths_mask([5, 2], 5)
    nats = []
    for row, length in enumerate([4, 3]):
        own, text = source[row, present[row]][None], targets[row, :length][None]
        nats.append(-model(own, text[:, :-1]).log_softmax(-1)[0].gather(1, text[0, 1:, None]))
    extras = {"target_ids": targets[:, :-1].clamp(min=0), "source_present": present}
    loss = model.loss(source, targets[:, 1:], extras)
    torch.testing.assert_close(loss, torch.cat(nats).mean(), rtol=1e-4, atol=1e-4)


def test_it_learns_to_reverse():
    """What the decoder must look for in the source: three digits are written backward."""
    torch.manual_seed(0)
    model = Seq2Seq(Seq2SeqConfig(6, context_length=8, d_model=32, num_layers=1, num_heads=2, positions="learned"))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(250):
        source = torch.randint(1, 6, (32, 3))
        target = source.flip(1)
        loss = model.loss(source, target, {"target_ids": F.pad(target[:, :-1], (1, 0))})
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1  # guessing costs ln 5 = 1.6


def test_bad_input_is_named():
    model, ids = lively(), random_ids(2, 4)
    memory = model.encode(ids)
    with pytest.raises(PromptError, match="13 tokens do not fit in a context of 12; shorten the source"):
        model(random_ids(1, 13), ids[:1])
    with pytest.raises(PromptError, match="13 tokens do not fit in a context of 12; shorten the target"):
        model(ids, random_ids(2, 13))
    with pytest.raises(PromptError, match="token 12 is outside the vocabulary, 0 to 10"):
        model(ids + 12 - ids, ids)
    with pytest.raises(PromptError, match="token 12 is outside the vocabulary, 0 to 10"):
        model(ids, ids + 12 - ids)
    empty = torch.tensor([[True] * 4, [False] * 4])
    with pytest.raises(MaskError, match="row 1 is all padding"):
        model(ids, ids, source_present=empty)
    with pytest.raises(MaskError, match="row 1 is all padding"):
        model(ids, ids, target_present=empty)
    with pytest.raises(MaskError, match="row 1 is all padding"):
        model.decode(memory, ids, memory_present=empty)
    cache = model.new_cache()
    model.decode(memory, random_ids(2, 10), cache=cache)
    with pytest.raises(PromptError, match="14 tokens do not fit"):
        model.decode(memory, ids, cache=cache)


def test_impossible_configurations():
    with pytest.raises(ConfigError, match="num_decoder_layers = 0 must be a whole number of at least 1"):
        Seq2SeqConfig(**SHAPE, num_decoder_layers=0)
    with pytest.raises(ConfigError, match="num_kv_heads = 3 does not divide num_heads = 2"):
        Seq2SeqConfig(**SHAPE, num_kv_heads=3)


def test_a_configuration_comes_back_from_plain_values():
    config = Seq2SeqConfig(**SHAPE, num_decoder_layers=3)
    assert describe(config)["architecture"] == "seq2seq"
    assert configuration(describe(config)) == config
