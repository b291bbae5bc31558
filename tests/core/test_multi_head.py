"""Multi-head attention against torch.nn.MultiheadAttention, and its shared heads, norms, windows and caches."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from minillm.attention import KVCache, MultiHeadAttention, causal_mask, padding_mask, sliding_window_mask
from minillm.errors import ConfigError
from minillm.positions import POSITIONS


def lively(*arguments, seed=0, **settings):
    """A module in float64 with weights and biases that matter."""
    module = MultiHeadAttention(*arguments, **settings).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.5)
    return module


def torchs(module, d_model, num_heads):
    """torch.nn.MultiheadAttention with the same weights: rows for query, key and value, heads in contiguous slices."""
    oracle = torch.nn.MultiheadAttention(
        d_model, num_heads, batch_first=True, bias=module.qkv.bias is not None
    ).double()
    with torch.no_grad():
        oracle.in_proj_weight.copy_(module.qkv.weight)
        oracle.out_proj.weight.copy_(module.output.weight)
        if module.qkv.bias is not None:
            oracle.in_proj_bias.copy_(module.qkv.bias)
            oracle.out_proj.bias.copy_(module.output.bias)
    return oracle


def inputs(batch, time, keys, d_model, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(batch, n, d_model, dtype=torch.float64, generator=generator) for n in (time, keys)]


@given(st.data())
def test_multi_head_attention_is_torchs(data):
    """Self- and cross-attention, causal, padded, with biases or not: outputs, weights, gradients."""
    num_heads, d_k = data.draw(st.sampled_from([1, 2, 3])), data.draw(st.sampled_from([1, 4, 6]))
    batch, time, keys = (data.draw(st.integers(1, high)) for high in (3, 6, 7))
    cross, causal, bias = (data.draw(st.booleans()) for _ in range(3))
    causal = causal and not cross
    x, memory = inputs(batch, time, keys, num_heads * d_k)
    source = memory if cross else x
    lengths = [data.draw(st.integers(1, source.shape[1])) for _ in range(batch)]
    present = torch.arange(source.shape[1]) < torch.tensor(lengths)[:, None]
    mask = padding_mask(present) if data.draw(st.booleans()) else None

    module = lively(num_heads * d_k, num_heads, causal=causal, bias=bias)
    oracle = torchs(module, num_heads * d_k, num_heads)
    expected, expected_weights = oracle(
        x,
        source,
        source,
        key_padding_mask=None if mask is None else ~present,
        attn_mask=~causal_mask(time) if causal else None,
        average_attn_weights=False,
    )
    record: dict[str, torch.Tensor] = {}
    for output in (
        module(x, memory=memory if cross else None, mask=mask),
        module(x, memory=memory if cross else None, mask=mask, record=record),
    ):
        torch.testing.assert_close(output, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(record["weights"], expected_weights, rtol=1e-9, atol=1e-9)
    (gradient,) = torch.autograd.grad(output.square().sum(), module.qkv.weight)
    (wanted,) = torch.autograd.grad(expected.square().sum(), oracle.in_proj_weight)
    torch.testing.assert_close(gradient, wanted, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("num_kv_heads", [1, 2, 3, 6])
@pytest.mark.parametrize("cross", [False, True])
def test_shared_heads_are_full_heads_with_repeated_weights(num_kv_heads, cross):
    """Query heads 0, 1, .. use the key head 0, the next ones 1, and so on: neighbors share."""
    grouped = lively(24, 6, num_kv_heads, causal=not cross)
    width, d_k = num_kv_heads * 4, 4
    full = MultiHeadAttention(24, 6, causal=not cross).double()
    assert grouped.qkv.weight.shape == (24 + 2 * width, 24)
    with torch.no_grad():
        for mine, its in ((full.qkv.weight, grouped.qkv.weight), (full.qkv.bias, grouped.qkv.bias)):
            query, key, value = its[:24], its[24 : 24 + width], its[24 + width :]
            sharer = [head * num_kv_heads // 6 for head in range(6)]
            repeated = [part[d_k * h : d_k * (h + 1)] for part in (key, value) for h in sharer]
            mine.copy_(torch.cat([query, *repeated]))
        full.output.load_state_dict(grouped.output.state_dict())
    x, memory = inputs(2, 5, 7, 24)
    memory = memory if cross else None
    torch.testing.assert_close(grouped(x, memory=memory), full(x, memory=memory), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(grouped(x, memory=memory, record={}), full(x, memory=memory), rtol=1e-9, atol=1e-9)


def test_shared_heads_shrink_the_cache():
    x = torch.randn(2, 5, 24)
    sizes = {}
    for num_kv_heads in (6, 2, 1):
        cache = KVCache(1)
        MultiHeadAttention(24, 6, num_kv_heads, causal=True)(x, cache=cache)
        key, value = cache.layers[0]
        sizes[num_kv_heads] = key.numel() + value.numel()
    assert sizes == {n: 2 * (2 * n * 5 * 4) for n in (6, 2, 1)}


@pytest.mark.parametrize("cross", [False, True])
def test_qk_norm_divides_each_head_by_its_root_mean_square(cross):
    module = lively(12, 3, qk_norm=True)
    plain = lively(12, 3)
    plain.load_state_dict({k: v for k, v in module.state_dict().items() if "norm" not in k})
    x, memory = inputs(2, 4, 5, 12)
    memory = memory if cross else None
    record, before = {}, {}
    output = module(x, memory=memory, record=record)
    plain(x, memory=memory, record=before)
    for name, norm in (("query", module.query_norm), ("key", module.key_norm)):
        size = (before[name].square().mean(-1, keepdim=True) + 1e-6).sqrt()
        torch.testing.assert_close(record[name], before[name] / size * norm.weight)
    assert torch.equal(record["value"], before["value"])
    torch.testing.assert_close(module(x, memory=memory), output)


def test_qk_norm_comes_before_the_rotation():
    """A rotation keeps the root mean square, but not the trained weight's place in the vector."""
    module, positions = lively(16, 2, qk_norm=True, causal=True), POSITIONS["rotary"](8, 16, 2).double()
    x, record, unrotated = inputs(1, 6, 1, 16)[0], {}, {}
    module(x, positions, record=record)
    module(x, record=unrotated)
    for name in ("query", "key"):
        torch.testing.assert_close(record[name], positions.rotate(unrotated[name], 0))


@given(st.integers(1, 5), st.integers(1, 8), st.booleans(), st.booleans())
def test_a_window_is_its_mask(window, time, causal, recorded):
    module, open_module = lively(8, 2, window=window, causal=causal), lively(8, 2, causal=causal)
    x, _ = inputs(2, time, 1, 8)
    expected = open_module(x, mask=sliding_window_mask(window, time)[None, None])
    torch.testing.assert_close(module(x, record={} if recorded else None), expected, rtol=1e-9, atol=1e-9)
    if window >= time:
        torch.testing.assert_close(module(x), open_module(x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", POSITIONS)
def test_positions_enter_by_the_formula(name):
    """softmax(R(q) R(k)^T / √d_k + bias) v in single steps, per head."""
    positions = POSITIONS[name](16, 12, 3).double()
    for parameter in positions.parameters():
        torch.nn.init.normal_(parameter)
    module, (x, _) = lively(12, 3, causal=True), inputs(2, 6, 1, 12)
    query, key, value = (t.unflatten(-1, (3, 4)).transpose(1, 2) for t in module.qkv(x).split(12, dim=-1))
    scores = positions.rotate(query, 0) @ positions.rotate(key, 0).mT / math.sqrt(4)
    bias = positions.bias(6, 6)
    scores = scores + (0 if bias is None else bias)
    mixed = scores.masked_fill(~causal_mask(6), -math.inf).softmax(-1) @ value
    expected = F.linear(mixed.transpose(1, 2).flatten(2), module.output.weight, module.output.bias)
    torch.testing.assert_close(module(x, positions), expected, rtol=1e-9, atol=1e-9)
    record = {}
    torch.testing.assert_close(module(x, positions, record=record), expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(record["scores"], scores)
    torch.testing.assert_close(record["heads"], mixed)


@pytest.mark.parametrize("name", POSITIONS)
def test_cross_attention_knows_no_positions(name):
    """The memory has its own: neither a rotation nor a bias is applied."""
    module, (x, memory) = lively(12, 3), inputs(2, 4, 6, 12)
    positions = POSITIONS[name](16, 12, 3).double()
    for parameter in positions.parameters():
        torch.nn.init.normal_(parameter)
    assert torch.equal(module(x, positions, memory), module(x, None, memory))


def test_the_memory_is_projected_once():
    """With a cache the keys and values of the first call serve the later ones, whose memory is not looked at."""
    module, (x, memory) = lively(12, 3), inputs(2, 5, 6, 12)
    expected, cache = module(x, memory=memory), KVCache(2)
    pieces = [module(x[:, :2], memory=memory, layer=1, cache=cache)]
    assert cache.memory[0] is None and cache.length == 0
    pieces.append(module(x[:, 2:], memory=torch.full_like(memory, math.nan), layer=1, cache=cache))
    torch.testing.assert_close(torch.cat(pieces, dim=1), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("settings", [{}, {"num_kv_heads": 1}, {"qk_norm": True}, {"bias": False}])
def test_parameters_have_their_names_and_shapes(settings):
    shapes = {name: tuple(t.shape) for name, t in MultiHeadAttention(12, 3, **settings).state_dict().items()}
    rows = 12 + 2 * 4 * settings.get("num_kv_heads", 3)
    expected = {"qkv.weight": (rows, 12), "output.weight": (12, 12)}
    if settings.get("bias", True):
        expected |= {"qkv.bias": (rows,), "output.bias": (12,)}
    if settings.get("qk_norm"):
        expected |= {"query_norm.weight": (4,), "key_norm.weight": (4,)}
    assert shapes == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((12, 5), r"num_heads = 5 does not divide d_model = 12; .*\[1, 2, 3, 4, 6, 12\]"),
        ((12, 0), "num_heads = 0 does not divide"),
        ((12, 6, 4), r"num_kv_heads = 4 does not divide num_heads = 6; choose one of \[1, 2, 3, 6\]"),
        ((12, 6, 12), "num_kv_heads = 12 does not divide num_heads = 6"),
        ((12, 6, 0), "num_kv_heads = 0 does not divide"),
        ((12, 6, -2), "num_kv_heads = -2 does not divide"),
    ],
)
def test_heads_that_cannot_be_shared_out_are_named(arguments, message):
    with pytest.raises(ConfigError, match=message):
        MultiHeadAttention(*arguments)
