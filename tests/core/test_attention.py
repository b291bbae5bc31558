"""Attention against equation 1 written out as loops, PyTorch's kernel, and finite differences."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from minillm.attention import (
    KVCache,
    MultiHeadAttention,
    causal_mask,
    fast_attention,
    scaled_dot_product_attention,
)
from minillm.errors import ConfigError
from minillm.positions import Positions


def attention_by_hand(query, key, value, mask=None, scale=None):
    """softmax(Q K^T · scale) V for one batch element, one query and one key at a time, without tensors."""
    scale = 1 / math.sqrt(len(query[0])) if scale is None else scale
    output = np.zeros((len(query), len(value[0])))
    weights = np.zeros((len(query), len(key)))
    for i, q in enumerate(query):
        allowed = [j for j in range(len(key)) if mask is None or mask[i][j]]
        scores = {j: scale * sum(a * b for a, b in zip(q, key[j], strict=True)) for j in allowed}
        total = sum(math.exp(s - max(scores.values())) for s in scores.values())
        for j in allowed:
            weights[i, j] = math.exp(scores[j] - max(scores.values())) / total
            output[i] += weights[i, j] * np.array(value[j])
    return output, weights


@st.composite
def attention_inputs(draw):
    """Queries, keys, values, a mask or none, and a scale or none, of any small shape."""
    batch = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    queries, keys, d_k, d_v = (draw(st.integers(1, high)) for high in (5, 6, 6, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    query, key, value = (
        torch.from_numpy(rng.normal(size=(*batch, *shape)) * draw(st.sampled_from([0.1, 1.0, 5.0])))
        for shape in ((queries, d_k), (keys, d_k), (keys, d_v))
    )
    mask = None
    if draw(st.booleans()):
        leading = draw(st.sampled_from([(), batch, tuple(1 for _ in batch)]))
        mask = torch.from_numpy(rng.random((*leading, queries, keys)) < draw(st.sampled_from([0.2, 0.5, 0.9])))
        mask[..., 0, 0] = True  # a mask that hides everything is an error
    return query, key, value, mask, draw(st.none() | st.floats(0.05, 2.0))


@given(attention_inputs())
def test_readable_attention_is_equation_1(inputs):
    query, key, value, mask, scale = inputs
    output, weights = scaled_dot_product_attention(query, key, value, mask, scale)
    full_mask = None if mask is None else mask.expand(weights.shape).reshape(-1, *weights.shape[-2:]).tolist()
    flat = [tensor.reshape(-1, *tensor.shape[-2:]) for tensor in (query, key, value, output, weights)]
    for b, (q, k, v, o, w) in enumerate(zip(*flat, strict=True)):
        expected_output, expected_weights = attention_by_hand(
            q.tolist(), k.tolist(), v.tolist(), None if full_mask is None else full_mask[b], scale
        )
        np.testing.assert_allclose(w, expected_weights, atol=1e-12)
        np.testing.assert_allclose(o, expected_output, atol=1e-12)


@given(attention_inputs())
def test_fast_attention_is_the_readable_one(inputs):
    query, key, value, mask, scale = inputs
    output, _ = scaled_dot_product_attention(query, key, value, mask, scale)
    torch.testing.assert_close(fast_attention(query, key, value, mask, scale), output, rtol=1e-9, atol=1e-9)


@given(attention_inputs())
def test_readable_attention_is_torch_sdpa(inputs):
    query, key, value, mask, scale = inputs
    output, _ = scaled_dot_product_attention(query, key, value, mask, scale)
    expected = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
    torch.testing.assert_close(output, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("time", [1, 2, 7, 33])
def test_causal_flag_is_the_causal_mask(time, dtype):
    generator = torch.Generator().manual_seed(time)
    query, key, value = torch.randn(3, 2, 3, time, 8, dtype=dtype, generator=generator).unbind()
    output, _ = scaled_dot_product_attention(query, key, value, causal_mask(time))
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(fast_attention(query, key, value, causal=True), output, rtol=0, atol=tolerance)
    torch.testing.assert_close(fast_attention(query, key, value, causal_mask(time)), output, rtol=0, atol=tolerance)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize(("num_queries", "num_keys"), [(4, 4), (2, 5), (5, 3)])
def test_causal_flag_with_a_bias(num_queries, num_keys, trained):
    """With more queries than keys the first rows see nothing, and give zeros."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(2, 3, n, 8, generator=generator) for n in (num_queries, num_keys, num_keys))
    bias = torch.randn(3, num_queries, num_keys, generator=generator, requires_grad=trained)
    mask = causal_mask(num_queries, num_keys)
    expected, _ = scaled_dot_product_attention(query, key, value, mask, bias=bias)
    torch.testing.assert_close(fast_attention(query, key, value, bias=bias, causal=True), expected)


@given(attention_inputs())
def test_weights_of_a_row_sum_to_one_or_are_all_zero(inputs):
    query, key, value, mask, scale = inputs
    _, weights = scaled_dot_product_attention(query, key, value, mask, scale)
    visible = torch.ones_like(weights, dtype=torch.bool) if mask is None else mask.expand(weights.shape)
    assert (weights >= 0).all()
    assert (weights[~visible] == 0).all()
    torch.testing.assert_close(weights.sum(-1), visible.any(-1).to(weights.dtype))


@pytest.mark.parametrize("attend", [lambda *a: scaled_dot_product_attention(*a)[0], fast_attention])
def test_a_fully_masked_row_gives_zeros_and_finite_gradients(attend):
    query, key, value = (torch.randn(3, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    output = attend(query, key, value, mask)
    assert (output[1] == 0).all()
    assert (output[0] != 0).all() and (output[2] != 0).all()
    output.square().sum().backward()
    for tensor in (query, key, value):
        assert tensor.grad.isfinite().all()
    assert (query.grad[1] == 0).all()
    assert (query.grad[0] != 0).any() and (query.grad[2] != 0).any()


@pytest.mark.parametrize("mask", [None, causal_mask(3), torch.tensor([[1, 0, 1], [0, 0, 0], [0, 1, 1]]).bool()])
def test_gradients_by_finite_differences(mask):
    generator = torch.Generator().manual_seed(0)
    query, key, value = torch.randn(3, 2, 3, 4, dtype=torch.float64, generator=generator).unbind()
    inputs = [tensor.clone().requires_grad_() for tensor in (query, key, value)]
    assert torch.autograd.gradcheck(lambda q, k, v: scaled_dot_product_attention(q, k, v, mask), inputs)
    assert torch.autograd.gradcheck(lambda q, k, v: fast_attention(q, k, v, mask), inputs)


@pytest.mark.parametrize("d_k", [1, 4, 64])
def test_scores_are_divided_by_the_root_of_d_k(d_k):
    """ln(w_j / w_0) = (q·k_j − q·k_0) / √d_k, and without the division its spread would grow with d_k."""
    generator = torch.Generator().manual_seed(d_k)
    query, key = (torch.randn(200, d_k, dtype=torch.float64, generator=generator) for _ in range(2))
    _, weights = scaled_dot_product_attention(query, key, key)
    products = query @ key.T
    expected = (products - products[:, :1]) / d_k**0.5
    torch.testing.assert_close(weights.log() - weights[:, :1].log(), expected)
    assert 0.9 < (expected + products[:, :1] / d_k**0.5).std() < 1.1


def test_a_given_scale_replaces_the_root_of_d_k():
    query, key = torch.tensor([[2.0]]), torch.tensor([[1.0], [0.0]])
    _, weights = scaled_dot_product_attention(query, key, key, scale=0.25)
    torch.testing.assert_close(weights, torch.tensor([[2.0 * 0.25, 0.0]]).softmax(-1))
    _, zero = scaled_dot_product_attention(query, key, key, scale=0.0)
    torch.testing.assert_close(zero, torch.tensor([[0.5, 0.5]]))


def test_large_scores_do_not_overflow():
    query, key = torch.tensor([[1e4]]), torch.tensor([[1e4], [0.0]])
    output, weights = scaled_dot_product_attention(query, key, key)
    assert weights.tolist() == [[1.0, 0.0]]
    assert output.tolist() == [[1e4]]


def test_the_order_of_keys_does_not_matter():
    generator = torch.Generator().manual_seed(3)
    query, key, value = torch.randn(3, 5, 4, dtype=torch.float64, generator=generator).unbind()
    order = torch.tensor([3, 0, 4, 2, 1])
    output, weights = scaled_dot_product_attention(query, key, value)
    shuffled_output, shuffled_weights = scaled_dot_product_attention(query, key[order], value[order])
    torch.testing.assert_close(shuffled_output, output)
    torch.testing.assert_close(shuffled_weights, weights[:, order])


@given(st.integers(0, 6), st.integers(1, 6))
def test_causal_mask_allows_the_present_and_the_past(num_queries, num_keys):
    """Query i of the last num_queries stands at position num_keys − num_queries + i."""
    expected = [[j <= num_keys - num_queries + i for j in range(num_keys)] for i in range(num_queries)]
    assert causal_mask(num_queries, num_keys).tolist() == expected


def test_causal_mask_is_square_by_default():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize("attend", [scaled_dot_product_attention, fast_attention])
@pytest.mark.parametrize(
    ("query", "key", "value", "mask"),
    [
        ((2, 3, 4), (2, 5, 6), (2, 5, 4), None),  # d_k differs
        ((2, 3, 4), (2, 5, 4), (2, 6, 4), None),  # as many values as keys
        ((2, 3, 4), (3, 5, 4), (3, 5, 4), None),  # batch differs
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), (5, 3)),  # mask turned round
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), (3, 3, 5)),  # mask of another batch
        ((4,), (5, 4), (5, 4), None),  # a vector
    ],
)
def test_wrong_shapes_are_named(attend, query, key, value, mask):
    tensors = [torch.zeros(shape) for shape in (query, key, value)]
    with pytest.raises(TypeCheckError, match=r"parameter '(key|value|mask|query)'"):
        attend(*tensors, None if mask is None else torch.ones(mask, dtype=torch.bool))


def test_a_mask_of_numbers_is_refused():
    """An additive mask (0 and −∞) would be read as 'may attend nowhere but'."""
    x = torch.zeros(3, 4)
    with pytest.raises(TypeCheckError, match="parameter 'mask'"):
        scaled_dot_product_attention(x, x, x, torch.zeros(3, 3))


def multi_head(d_model=12, num_heads=3, dropout=0.0):
    torch.manual_seed(0)
    return MultiHeadAttention(d_model, num_heads, causal=True, dropout=dropout), Positions(16, d_model, num_heads)


@pytest.mark.parametrize("num_heads", [1, 3, 6])
def test_multi_head_attention_is_torchs(num_heads):
    """The same rows for query, key and value, heads in contiguous slices, and the same output projection."""
    module, positions = multi_head(num_heads=num_heads)
    oracle = torch.nn.MultiheadAttention(12, num_heads, batch_first=True)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
        oracle.in_proj_weight.copy_(module.qkv.weight)
        oracle.in_proj_bias.copy_(module.qkv.bias)
        oracle.out_proj.weight.copy_(module.output.weight)
        oracle.out_proj.bias.copy_(module.output.bias)
    x = torch.randn(2, 5, 12)
    expected, expected_weights = oracle(x, x, x, attn_mask=~causal_mask(5), average_attn_weights=False)
    record: dict[str, torch.Tensor] = {}
    torch.testing.assert_close(module(x, positions), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(module(x, positions, record=record), expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(record["weights"], expected_weights, rtol=1e-4, atol=1e-5)


def test_dropout_falls_on_the_output_and_only_in_training():
    module, positions = multi_head(dropout=0.5)
    x = torch.randn(4, 8, 12)
    module.eval()
    torch.testing.assert_close(module(x, positions), module(x, positions), rtol=0, atol=0)
    quiet = module(x, positions)
    module.train()
    noisy = module(x, positions)
    dropped = noisy == 0
    assert 0.3 < dropped.float().mean() < 0.7
    torch.testing.assert_close(noisy[~dropped], 2 * quiet[~dropped])


def test_heads_that_do_not_divide_are_named_with_the_choices():
    with pytest.raises(ConfigError, match=r"num_heads = 5 .* d_model = 12.*\[1, 2, 3, 4, 6, 12\]"):
        MultiHeadAttention(12, 5)


def test_cache_appends_in_order_and_counts():
    cache = KVCache(2)
    assert cache.length == 0
    first, second = torch.randn(2, 1, 3, 4, 5).unbind()
    for layer in range(2):
        cache.extend(layer, first, first + 1)
    assert cache.length == 4
    key, value = cache.extend(0, second, second + 1)
    torch.testing.assert_close(key, torch.cat([first, second], dim=2))
    torch.testing.assert_close(value, torch.cat([first, second], dim=2) + 1)
    assert cache.length == 4  # the second layer has not stored its part yet
    cache.extend(1, second, second)
    assert cache.length == 8
