"""Ablation: a head that is taken away adds nothing, and nothing else changes."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import ConfigError
from minillm.interpret import ablate_heads
from tests.core.small import lively_gpt, random_ids, shared_gpt

IDS = random_ids(3, 7)
SHAPES = {
    "as usual": {},
    "four heads": {"num_heads": 4},
    "shared keys": {"num_heads": 4, "num_kv_heads": 2},
    "one key head": {"num_heads": 4, "num_kv_heads": 1},
    "norm of queries": {"qk_norm": True},
    "no biases": {"bias": False},
    "post-norm": {"norm_first": False},
    "window": {"window": 3},
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def silenced(model, heads, ids):
    """What the model says while the mixed values of some heads are set to zero on their way to the output matrix."""
    hooks = []
    for layer, head in heads:

        def silence(module, inputs, head=head):
            (mixed,) = inputs
            mixed = mixed.unflatten(-1, (model.config.num_heads, -1)).clone()
            mixed[..., head, :] = 0.0
            return mixed.flatten(-2)

        hooks.append(model.blocks[layer].attention.output.register_forward_pre_hook(silence))
    try:
        return model(ids)
    finally:
        for hook in hooks:
            hook.remove()


@every_shape
@given(st.sets(st.tuples(st.integers(0, 1), st.integers(0, 1))))
def test_an_ablated_head_writes_nothing(shape, heads):
    model = shared_gpt(**shape)
    torch.testing.assert_close(ablate_heads(model, heads)(IDS), silenced(model, heads, IDS))


@every_shape
def test_every_head_matters_in_a_lively_model(shape):
    """Otherwise the test above could pass with the wrong heads."""
    model = shared_gpt(**shape)
    heads = [(layer, head) for layer in range(2) for head in range(model.config.num_heads)]
    logits = [model(IDS), *(ablate_heads(model, [head])(IDS) for head in heads)]
    for i, one in enumerate(logits):
        assert not any(torch.allclose(one, other, atol=1e-3) for other in logits[:i])


def test_the_model_itself_stays_as_it_is():
    model = lively_gpt()
    before = model(IDS)
    ablated = ablate_heads(model, [(0, 1), (1, 0)])
    assert torch.equal(model(IDS), before)
    assert not any(p is q for p, q in zip(model.parameters(), ablated.parameters(), strict=True))
    assert not ablated.training


def test_without_any_head_attention_adds_its_bias_alone():
    model = lively_gpt()
    everything = ablate_heads(model, [(layer, head) for layer in range(2) for head in range(2)])
    record = {}
    everything(IDS, record=record)
    added = record["blocks.0.middle"] - record["embedding"]
    torch.testing.assert_close(added, model.blocks[0].attention.output.bias.expand_as(added))


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((2, 0), "layer = 2 does not exist; choose one of 0 to 1"),
        ((-1, 0), "layer = -1"),
        ((0, 2), "head = 2 does not exist; choose one of 0 to 1"),
    ],
)
def test_a_head_that_does_not_exist_is_named(place, message):
    with pytest.raises(ConfigError, match=message):
        ablate_heads(shared_gpt(), [place])
