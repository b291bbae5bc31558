"""Position schemes against their formulas, worked with complex numbers or by hand."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from minillm.positions import POSITIONS, LearnedPositions, RotaryPositions
from tests.core.small import lively_gpt, random_ids

SCHEMES = sorted(POSITIONS)


EMBED = {"sinusoidal", "learned"}
ROTATE = {"rotary", "rotary-interleaved"}
BIAS = {"alibi", "t5"}


def scheme(name, context_length=32, d_model=16, num_heads=2, **settings):
    torch.manual_seed(0)
    positions = POSITIONS[name](context_length, d_model, num_heads, **settings)
    for parameter in positions.parameters():
        torch.nn.init.normal_(parameter)
    return positions


def rotated_by_hand(vector, position, base):
    """Dimension i and its partner i + d/2 as the complex number x_i + j·x_{i+d/2}, turned by t · base^(−2i/d)."""
    half = len(vector) // 2
    numbers = vector[:half] + 1j * vector[half:]
    turned = numbers * np.exp(1j * position * base ** (-2 * np.arange(half) / len(vector)))
    return np.concatenate([turned.real, turned.imag])


@pytest.mark.parametrize("base", [10000.0, 100.0])
@pytest.mark.parametrize("start", [0, 5])
def test_rotary_turns_pairs_by_the_documented_angle(base, start):
    positions = scheme("rotary", rotary_base=base)
    x = torch.randn(2, 2, 6, 8)
    rotated = positions.rotate(x, start)
    for b, h, t in np.ndindex(2, 2, 6):
        expected = rotated_by_hand(x[b, h, t].numpy(), start + t, base)
        np.testing.assert_allclose(rotated[b, h, t], expected, atol=2e-6)


def test_rotary_at_position_zero_is_the_identity():
    x = torch.randn(2, 2, 1, 8)
    assert torch.equal(scheme("rotary").rotate(x, 0), x)
    assert not torch.equal(scheme("rotary").rotate(x, 1), x)


@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 16), st.integers(0, 2**31))
def test_rotary_dot_products_depend_on_offsets_only(query_position, key_position, shift, seed):
    positions = scheme("rotary")
    query, key = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(seed)).unbind()

    def score(q, k):
        return (positions.rotate(query, q) * positions.rotate(key, k)).sum()

    moved = score(query_position + shift, key_position + shift)
    torch.testing.assert_close(moved, score(query_position, key_position), rtol=0, atol=1e-4)


def test_rotary_dot_products_do_depend_on_the_offset():
    positions, x = scheme("rotary"), torch.ones(1, 1, 1, 8)
    scores = [float((positions.rotate(x, offset) * x).sum()) for offset in range(4)]
    assert scores[0] == pytest.approx(8)
    assert all(later < earlier - 0.1 for earlier, later in itertools.pairwise(scores))


def test_rotary_keeps_lengths():
    x = torch.randn(2, 2, 30, 8)
    torch.testing.assert_close(scheme("rotary").rotate(x, 2).norm(dim=-1), x.norm(dim=-1))


def test_rotary_has_nothing_to_train_or_save():
    positions = scheme("rotary")
    assert list(positions.parameters()) == []
    assert positions.state_dict() == {}


def test_learned_adds_one_vector_for_each_position():
    positions = scheme("learned")
    assert isinstance(positions, LearnedPositions)
    x = torch.randn(3, 4, 16)
    for start in (0, 7, 28):
        added = positions.embed(x, torch.arange(start, start + x.shape[1])) - x
        for t in range(4):
            torch.testing.assert_close(added[:, t], positions.weight[start + t].expand(3, -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SCHEMES)
def test_each_scheme_uses_one_hook_at_most(name):
    """Some change embeddings only, rotary ones queries and keys only, others the scores only, 'none' nothing."""
    positions = scheme(name)
    x, heads = torch.randn(1, 4, 16), torch.randn(1, 2, 4, 8)
    assert torch.equal(positions.embed(x, torch.arange(3, 7)), x) == (name not in EMBED)
    assert torch.equal(positions.rotate(heads, 3), heads) == (name not in ROTATE)
    assert (positions.bias(4, 7) is None) == (name not in BIAS)
    assert name in EMBED | ROTATE | BIAS | {"none"}


@pytest.mark.parametrize("name", SCHEMES)
@given(st.integers(0, 20), st.integers(1, 11))
def test_a_piece_gets_the_positions_of_its_place_in_the_whole(name, start, cut):
    """What the key-value cache relies on: working in pieces gives the pieces of the whole."""
    positions = scheme(name)
    generator = torch.Generator().manual_seed(start)
    x, heads = torch.randn(1, 12, 16, generator=generator), torch.randn(1, 2, 12, 8, generator=generator)
    index = torch.arange(start, start + 12)
    whole, rotated = positions.embed(x, index), positions.rotate(heads, start)
    assert torch.equal(positions.embed(x[:, cut:], index[cut:]), whole[:, cut:])
    assert torch.equal(positions.rotate(heads[:, :, cut:], start + cut), rotated[:, :, cut:])
    if (bias := positions.bias(12, 12)) is not None:
        assert torch.equal(positions.bias(12 - cut, 12), bias[:, cut:])
        assert torch.equal(positions.bias(12 - cut, 12 - cut), bias[:, cut:, cut:])


@pytest.mark.parametrize("name", SCHEMES)
def test_only_a_scheme_tells_a_model_the_order_of_earlier_tokens(name):
    """One causal layer without positions sees the past as a bag: shuffling it cannot change the last logits."""
    model = lively_gpt(positions=name, num_layers=1)
    ids = random_ids(1, 8, vocab_size=11)
    ids[0, :7] = torch.arange(7)
    shuffled = ids[:, [4, 2, 6, 0, 1, 5, 3, 7]]
    difference = (model(ids)[0, -1] - model(shuffled)[0, -1]).abs().max()
    if name == "none":
        assert difference < 1e-4
    else:
        assert difference > 1e-2


def test_rotary_precision_holds_at_the_end_of_a_long_context():
    positions = RotaryPositions(4096, 16, 2)
    x = torch.randn(1, 1, 1, 8)
    rotated = positions.rotate(x, 4095)[0, 0, 0].numpy()
    np.testing.assert_allclose(rotated, rotated_by_hand(x[0, 0, 0].double().numpy(), 4095, 10000.0), atol=2e-3)


@pytest.mark.parametrize("name", SCHEMES)
def test_wrong_shapes_are_named(name):
    with pytest.raises(TypeCheckError, match="parameter 'x'"):
        scheme(name).embed(torch.zeros(4, 16), torch.arange(4))
    with pytest.raises(TypeCheckError, match="parameter 'x'"):
        scheme(name).rotate(torch.zeros(1, 4, 16), 0)
