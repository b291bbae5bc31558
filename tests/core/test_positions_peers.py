"""Position schemes against the papers' formulas written as loops, and against other people's code."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import ConfigError
from minillm.positions import POSITIONS, alibi_slopes, relative_buckets, relative_positions, sinusoids


def made(name, context_length=64, d_model=16, num_heads=2, **settings):
    return POSITIONS[name](context_length, d_model, num_heads, **settings)


@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from([10000.0, 100.0]))
def test_sinusoids_are_the_formula_written_as_loops(num_positions, d_model, base):
    expected = np.zeros((num_positions, d_model))
    for t in range(num_positions):
        for j in range(d_model):
            i = j // 2
            angle = t / base ** (2 * i / d_model)
            expected[t, j] = math.sin(angle) if j % 2 == 0 else math.cos(angle)
    np.testing.assert_allclose(sinusoids(num_positions, d_model, base), expected, atol=1e-6)


@given(st.integers(0, 30), st.integers(0, 30), st.sampled_from([2, 8, 16]))
def test_a_shift_of_sinusoids_is_a_rotation(position, shift, d_model):
    """PE at t + k from PE at t: each pair turns by the angle k / 10000^(2i/d), whatever t is."""
    table = sinusoids(64, d_model).double()
    for i in range(d_model // 2):
        angle = shift / 10000 ** (2 * i / d_model)
        turn = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]).double()
        pair = slice(2 * i, 2 * i + 2)
        torch.testing.assert_close(turn @ table[position, pair], table[position + shift, pair], rtol=0, atol=1e-6)


def test_sinusoids_are_exact_far_from_the_start():
    expected = [math.sin(100_000 / 10000 ** (2 * i / 8)) for i in range(4)]
    np.testing.assert_allclose(sinusoids(100_001, 8)[100_000, 0::2], expected, atol=1e-6)


def test_sinusoidal_positions_add_the_table_to_scaled_vectors():
    x, index = torch.randn(2, 3, 16), torch.tensor([[0, 1, 2], [5, 40, 5]])
    expected = 4 * x + sinusoids(64, 16)[index]
    torch.testing.assert_close(made("sinusoidal").embed(x, index), expected)
    assert made("sinusoidal").state_dict() == {}


@pytest.mark.parametrize("name", ["sinusoidal", "learned"])
def test_each_row_of_a_batch_may_stand_elsewhere(name):
    positions = made(name)
    for parameter in positions.parameters():
        torch.nn.init.normal_(parameter)
    x, index = torch.randn(2, 4, 16), torch.tensor([[0, 0, 1, 2], [7, 8, 9, 10]])
    together = positions.embed(x, index)
    for row in range(2):
        torch.testing.assert_close(together[row], positions.embed(x[row : row + 1], index[row])[0])


def test_rotary_is_llamas():
    llama = pytest.importorskip("transformers.models.llama.modeling_llama", reason="needs the hf extra")
    for base in (10000.0, 500000.0):
        settings = {"hidden_size": 32, "num_attention_heads": 4, "max_position_embeddings": 64}
        config = llama.LlamaConfig(**settings, rope_parameters={"rope_type": "default", "rope_theta": base})
        query, key = torch.randn(2, 3, 4, 10, 8).unbind()
        cos, sin = llama.LlamaRotaryEmbedding(config)(query, torch.arange(5, 15)[None])
        positions = made("rotary", 64, 32, 4, rotary_base=base)
        for x, expected in zip((query, key), llama.apply_rotary_pos_emb(query, key, cos, sin), strict=True):
            torch.testing.assert_close(positions.rotate(x, 5), expected, rtol=0, atol=1e-5)


def test_interleaved_rotary_is_gpt_js():
    gptj = pytest.importorskip("transformers.models.gptj.modeling_gptj", reason="needs the hf extra")
    x = torch.randn(3, 4, 10, 8)
    sin, cos = gptj.create_sinusoidal_positions(64, 8)[None, 5:15].chunk(2, dim=-1)
    expected = gptj.apply_rotary_pos_emb(x.transpose(1, 2), sin, cos).transpose(1, 2)
    torch.testing.assert_close(made("rotary-interleaved", 64, 32, 4).rotate(x, 5), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("base", [10000.0, 100.0])
def test_interleaved_rotary_turns_neighbors_by_the_documented_angle(base):
    """Dimensions 2i and 2i + 1 as the complex number x_2i + j x_2i+1, turned by t · base^(−2i/d)."""
    x = torch.randn(2, 2, 6, 8)
    rotated = made("rotary-interleaved", rotary_base=base).rotate(x, 3)
    numbers = x[..., 0::2].numpy() + 1j * x[..., 1::2].numpy()
    angles = np.arange(3, 9)[:, None] * base ** (-2 * np.arange(4) / 8)
    turned = numbers * np.exp(1j * angles)
    np.testing.assert_allclose(rotated[..., 0::2], turned.real, atol=2e-6)
    np.testing.assert_allclose(rotated[..., 1::2], turned.imag, atol=2e-6)


def test_the_rotary_conventions_differ_by_a_fixed_order_of_dimensions():
    """The same order in queries and keys, so that their dot products are the same."""
    halves, neighbors = made("rotary"), made("rotary-interleaved")
    x = torch.randn(2, 2, 6, 8)
    order = torch.tensor([0, 4, 1, 5, 2, 6, 3, 7])  # where each neighbor stands among the halves
    torch.testing.assert_close(neighbors.rotate(x[..., order], 3), halves.rotate(x, 3)[..., order])
    assert not torch.allclose(neighbors.rotate(x, 3), halves.rotate(x, 3))


@pytest.mark.parametrize("name", ["rotary", "rotary-interleaved"])
def test_rotary_beyond_its_table_is_named(name):
    positions = made(name, context_length=12)
    assert positions.rotate(torch.zeros(1, 2, 12, 8), 0).shape == (1, 2, 12, 8)
    for start, time in ((0, 13), (11, 2), (12, 1)):
        with pytest.raises(ConfigError, match=f"position {start + time - 1} is not in a table of 12"):
            positions.rotate(torch.zeros(1, 2, time, 8), start)


def test_alibi_slopes_are_the_papers():
    """Section 3: for 8 heads 1/2, 1/4, ..., 1/256; for 16 heads 1/2^0.5, 1/2^1, 1/2^1.5, ..., 1/2^8."""
    assert alibi_slopes(8).tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    torch.testing.assert_close(alibi_slopes(16), torch.tensor([1 / 2 ** (h / 2) for h in range(1, 17)]))
    assert alibi_slopes(1).tolist() == [1 / 256]


@pytest.mark.parametrize("num_heads", [1, 2, 3, 4, 6, 7, 8, 12, 16, 20])
def test_alibi_is_blooms(num_heads):
    """BLOOM adds slope · s and ALiBi slope · (s − t): the same but for a number that is constant within a row."""
    bloom = pytest.importorskip("transformers.models.bloom.modeling_bloom", reason="needs the hf extra")
    expected = bloom.build_alibi_tensor(torch.ones(1, 10, dtype=torch.long), num_heads, torch.float32)
    torch.testing.assert_close(alibi_slopes(num_heads), expected[:, 0, 1])
    bias = made("alibi", 64, num_heads * 2, num_heads).bias(10, 10)
    causal = torch.ones(10, 10).tril().bool()
    scores = torch.randn(num_heads, 10, 10)
    ours, theirs = ((scores + b).masked_fill(~causal, -math.inf).softmax(-1) for b in (bias, expected))
    torch.testing.assert_close(ours, theirs)


@given(st.integers(1, 8), st.integers(0, 8), st.integers(1, 12))
def test_alibi_by_loops(num_queries, more_keys, num_heads):
    num_keys = num_queries + more_keys
    bias = made("alibi", 64, 2 * num_heads, num_heads).bias(num_queries, num_keys)
    for h, slope in enumerate(alibi_slopes(num_heads).tolist()):
        for i in range(num_queries):
            for j in range(num_keys):
                distance = abs(more_keys + i - j)  # the queries are the last ones
                assert bias[h, i, j].item() == pytest.approx(-slope * distance)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("num_buckets", "max_distance"), [(32, 128), (8, 20), (16, 64)])
def test_buckets_are_t5s(bidirectional, num_buckets, max_distance):
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5", reason="needs the hf extra")
    relative = torch.arange(-300, 301)
    expected = t5.T5Attention._relative_position_bucket(relative, bidirectional, num_buckets, max_distance)
    assert relative_buckets(relative, bidirectional, num_buckets, max_distance).tolist() == expected.tolist()


@pytest.mark.parametrize("bidirectional", [False, True])
def test_buckets_say_what_they_promise(bidirectional):
    """Small distances alone, farther ones together, never fewer for a longer distance, both directions apart."""
    past, future = -torch.arange(0, 400), torch.arange(1, 400)
    buckets = relative_buckets(past, bidirectional)
    exact = 8 if bidirectional else 16
    assert buckets[:exact].tolist() == list(range(exact))
    assert (buckets.diff() >= 0).all() and set(buckets.tolist()) == set(range(2 * exact))
    assert (buckets[128:] == 2 * exact - 1).all()
    ahead = relative_buckets(future, bidirectional)
    expected = buckets[1:] + 16 if bidirectional else torch.zeros(399, dtype=torch.long)
    assert torch.equal(ahead, expected)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_t5_positions_are_t5s(bidirectional):
    t5 = pytest.importorskip("transformers.models.t5.modeling_t5", reason="needs the hf extra")
    config = t5.T5Config(d_model=16, d_kv=8, num_heads=2, is_decoder=not bidirectional)
    oracle = t5.T5Attention(config, has_relative_attention_bias=True)
    positions = made("t5", bidirectional=bidirectional)
    with torch.no_grad():
        positions.weight.copy_(torch.nn.init.normal_(oracle.relative_attention_bias.weight))
        torch.testing.assert_close(positions.bias(40, 40), oracle.compute_bias(40, 40)[0])
        torch.testing.assert_close(positions.bias(3, 40), oracle.compute_bias(40, 40)[0][:, -3:])


def test_relative_positions_are_key_minus_query():
    assert relative_positions(2, 4).tolist() == [[-2, -1, 0, 1], [-3, -2, -1, 0]]


@pytest.mark.parametrize("name", ["alibi", "t5"])
@given(st.integers(1, 10), st.integers(0, 10), st.integers(1, 20))
def test_a_bias_depends_on_the_offset_only(name, num_queries, more_keys, shift):
    """Moving query and key by as much leaves the bias as it is: diagonals are constant, and later windows the same."""
    positions = made(name, bidirectional=True)
    for parameter in positions.parameters():
        torch.nn.init.normal_(parameter)
    num_keys = num_queries + more_keys
    bias = positions.bias(num_queries, num_keys)
    assert torch.equal(bias[:, :-1, :-1], bias[:, 1:, 1:])
    assert torch.equal(positions.bias(num_queries, num_keys + shift)[:, :, shift:], bias)
