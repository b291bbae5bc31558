"""Norms, feed-forward networks and the block against loops and PyTorch's own layers."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.attention import KVCache, causal_mask, padding_mask
from minillm.errors import ConfigError
from minillm.layers import MLPS, NORMS, Block, TransformerConfig, gelu_tanh, layer_norm, relu_squared, rms_norm
from minillm.models import GPTConfig


def lively(module, seed=0):
    """Weights and biases that matter, in float64; norms near but not at the identity."""
    generator = torch.Generator().manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            center = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.copy_(center + 0.4 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    return module


def config(**changes):
    settings = {"vocab_size": 5, "context_length": 16, "d_model": 12, "num_heads": 3, "positions": "none"}
    return TransformerConfig(**(settings | changes))


@given(st.integers(1, 6), st.integers(1, 8), st.sampled_from([1e-5, 0.1]), st.booleans(), st.integers(0, 1000))
def test_norms_by_loops(rows, width, eps, with_bias, seed):
    generator = torch.Generator().manual_seed(seed)
    x = 3 + 2 * torch.randn(rows, width, dtype=torch.float64, generator=generator)
    weight, bias = torch.randn(2, width, dtype=torch.float64, generator=generator).unbind()
    layer = layer_norm(x, weight, bias if with_bias else None, eps)
    rms = rms_norm(x, weight, eps)
    for r in range(rows):
        values = x[r].tolist()
        mean = sum(values) / width
        variance = sum((v - mean) ** 2 for v in values) / width
        square = sum(v * v for v in values) / width
        for i, v in enumerate(values):
            normalized = (v - mean) / math.sqrt(variance + eps)
            expected = normalized * weight[i].item() + (bias[i].item() if with_bias else 0)
            assert layer[r, i].item() == pytest.approx(expected, abs=1e-9)
            assert rms[r, i].item() == pytest.approx(v / math.sqrt(square + eps) * weight[i].item(), abs=1e-9)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("eps", [1e-5, 1e-2])
@pytest.mark.parametrize("name", NORMS)
def test_the_modules_compute_the_readable_norms(name, eps, bias):
    module = lively(NORMS[name](6, eps, bias))
    x = torch.randn(2, 3, 6, dtype=torch.float64)
    readable = {
        "layer": lambda: layer_norm(x, module.weight, module.bias, eps),
        "rms": lambda: rms_norm(x, module.weight, eps),
    }
    torch.testing.assert_close(module(x), readable[name]())
    has_bias = name == "layer" and bias
    assert set(module.state_dict()) == ({"weight", "bias"} if has_bias else {"weight"})


def test_what_norms_do_to_shifts_and_scales():
    """LayerNorm forgets both mean and size, RMSNorm the size only."""
    x, one = torch.randn(4, 8, dtype=torch.float64), torch.ones(8, dtype=torch.float64)
    torch.testing.assert_close(layer_norm(7 * x + 3, one, eps=1e-12), layer_norm(x, one, eps=1e-12))
    torch.testing.assert_close(rms_norm(7 * x, one, 1e-12), rms_norm(x, one, 1e-12))
    assert not torch.allclose(rms_norm(x + 3, one), rms_norm(x, one), atol=0.1)


ACTIVATIONS = {
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "gelu-tanh": lambda x: x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "relu": lambda x: max(x, 0.0),
    "relu2": lambda x: max(x, 0.0) ** 2,
    "swiglu": lambda x: x / (1 + math.exp(-x)),
}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", MLPS)
def test_mlps_by_loops(name, bias):
    """f(x W_up + b) W_down + b with the activation from its formula; with a gate, f(x W_gate + b) · (x W_up + b)."""
    module = lively(config(mlp=name, bias=bias, d_mlp=7).make_mlp())
    x = torch.randn(2, 3, 12, dtype=torch.float64)
    output = module(x)
    state = {key: value.numpy() for key, value in module.state_dict().items()}
    gated = name == "swiglu"
    layers = ["up", "down", "gate"] if gated else ["up", "down"]
    assert set(state) == {
        f"{layer}.{part}" for layer in layers for part in (["weight", "bias"] if bias else ["weight"])
    }
    for b, t in np.ndindex(2, 3):
        vector = x[b, t].numpy()

        def line(layer, vector):
            return state[f"{layer}.weight"] @ vector + state.get(f"{layer}.bias", 0)

        active = np.array([ACTIVATIONS[name](value) for value in line("gate" if gated else "up", vector)])
        hidden = active * line("up", vector) if gated else active
        np.testing.assert_allclose(output[b, t].detach(), line("down", hidden), atol=1e-9)


def test_activations_by_their_formulas_and_known_values():
    x = torch.linspace(-6, 6, 101, dtype=torch.float64)
    for function, name in ((gelu_tanh, "gelu-tanh"), (relu_squared, "relu2")):
        np.testing.assert_allclose(function(x), [ACTIVATIONS[name](v) for v in x.tolist()], atol=1e-12)
    assert 1e-5 < (gelu_tanh(x) - torch.nn.functional.gelu(x)).abs().max() < 1e-3  # an approximation, and a good one


def encoder_layer(block, norm_first, activation):
    """torch.nn.TransformerEncoderLayer with the weights of a block."""
    layer = torch.nn.TransformerEncoderLayer(12, 3, 48, 0.0, activation, batch_first=True, norm_first=norm_first)
    layer = layer.double()
    layer.load_state_dict(translated(block, ("norm1", "norm2")))
    return layer


def translated(block, norms):
    """Parameters of a block under torch's names; a decoder layer's second attention is the cross-attention."""
    names = {"attention": "self_attn", "cross_attention": "multihead_attn", "mlp.up": "linear1", "mlp.down": "linear2"}
    order = ["norm1", "cross_norm", "norm2"] if len(norms) == 3 else ["norm1", "norm2"]
    names |= dict(zip(order, norms, strict=True))
    inner = {"qkv.weight": "in_proj_weight", "qkv.bias": "in_proj_bias"}
    inner |= {"output.weight": "out_proj.weight", "output.bias": "out_proj.bias"}
    state = {}
    for name, tensor in block.state_dict().items():
        prefix = next(p for p in sorted(names, key=len, reverse=True) if name.startswith(f"{p}."))
        rest = name.removeprefix(f"{prefix}.")
        state[f"{names[prefix]}.{inner.get(rest, rest)}"] = tensor
    return state


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [True, False], ids=["pre-norm", "post-norm"])
@pytest.mark.parametrize("causal", [True, False])
def test_a_block_is_torchs_encoder_layer(activation, norm_first, causal):
    block = lively(Block(config(mlp=activation, norm_first=norm_first), causal=causal))
    layer = encoder_layer(block, norm_first, activation)
    x = torch.randn(3, 6, 12, dtype=torch.float64, requires_grad=True)
    present = torch.arange(6) < torch.tensor([6, 4, 1])[:, None]
    hidden = ~causal_mask(6) if causal else None
    for mask, padding in ((None, None), (padding_mask(present), ~present)):
        got = block(x, mask=mask)
        expected = layer(x, src_mask=hidden, src_key_padding_mask=padding)
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)
        gradients = [torch.autograd.grad(y.square().sum(), x)[0] for y in (got, expected)]
        torch.testing.assert_close(*gradients, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [True, False], ids=["pre-norm", "post-norm"])
def test_a_block_with_cross_attention_is_torchs_decoder_layer(activation, norm_first):
    block = lively(Block(config(mlp=activation, norm_first=norm_first), causal=True, cross=True))
    layer = torch.nn.TransformerDecoderLayer(12, 3, 48, 0.0, activation, batch_first=True, norm_first=norm_first)
    layer = layer.double()
    layer.load_state_dict(translated(block, ("norm1", "norm2", "norm3")))
    x, memory = torch.randn(3, 5, 12, dtype=torch.float64), torch.randn(3, 7, 12, dtype=torch.float64)
    present = torch.arange(5) < torch.tensor([5, 4, 2])[:, None]
    source = torch.arange(7) < torch.tensor([3, 7, 1])[:, None]
    got = block(x, memory=memory, mask=padding_mask(present), memory_mask=padding_mask(source))
    expected = layer(
        x,
        memory,
        tgt_mask=~causal_mask(5),
        tgt_key_padding_mask=~present,
        memory_key_padding_mask=~source,
    )
    torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("norm_first", [True, False])
def test_a_decoder_block_in_pieces_with_a_cache(norm_first):
    block = lively(Block(config(norm_first=norm_first), causal=True, cross=True))
    x, memory = torch.randn(2, 6, 12, dtype=torch.float64), torch.randn(2, 4, 12, dtype=torch.float64)
    cache = KVCache(1)
    pieces = [block(x[:, a:b], memory=memory, cache=cache) for a, b in ((0, 3), (3, 4), (4, 6))]
    torch.testing.assert_close(torch.cat(pieces, dim=1), block(x, memory=memory), rtol=1e-9, atol=1e-9)


def test_the_record_of_a_decoder_block_is_the_computation():
    block, record = lively(Block(config(), causal=True, cross=True)), {}
    x, memory = torch.randn(2, 5, 12, dtype=torch.float64), torch.randn(2, 4, 12, dtype=torch.float64)
    output = block(x, memory=memory, layer=3, cache=KVCache(4), record=record)
    torch.testing.assert_close(output, block(x, memory=memory), rtol=1e-9, atol=1e-9)
    parts = ("query", "key", "value", "scores", "weights", "heads")
    names = {f"blocks.3.{branch}.{part}" for branch in ("attention", "cross_attention") for part in parts}
    assert set(record) == names | {"blocks.3.middle", "blocks.3.output"}
    middle = x + block.attention(block.norm1(x))
    torch.testing.assert_close(record["blocks.3.middle"], middle)
    crossed = middle + block.cross_attention(block.cross_norm(middle), memory=memory)
    torch.testing.assert_close(record["blocks.3.output"], crossed + block.mlp(block.norm2(crossed)))
    assert record["blocks.3.cross_attention.weights"].shape == (2, 3, 5, 4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_kv_heads": 2}, r"num_kv_heads = 2 does not divide num_heads = 3; choose one of \[1, 3\]"),
        ({"num_kv_heads": 0}, "num_kv_heads = 0 must be a whole number of at least 1"),
        ({"d_mlp": 0}, "d_mlp = 0 must be"),
        ({"window": 0}, "window = 0 must be"),
        ({"window": -1}, "window = -1 must be"),
        ({"norm": "batch"}, r"norm = 'batch' is not known; choose one of \['layer', 'rms'\]"),
        ({"mlp": "silu"}, "mlp = 'silu' is not known; choose one of .*'gelu'.*'swiglu'"),
        ({"norm_eps": 0.0}, "norm_eps = 0.0 must be above 0"),
        ({"norm_eps": math.nan}, "norm_eps = nan must be"),
        ({"positions": "rotary", "num_heads": 4}, "rotary positions turn pairs .* is odd"),
        ({"positions": "rotary-interleaved", "num_heads": 12}, "rotary positions turn pairs .* is odd"),
    ],
)
@pytest.mark.parametrize("kind", [TransformerConfig, GPTConfig])
def test_a_shape_that_cannot_be_is_named(kind, changes, message):
    plain = dataclasses.asdict(config()) | changes
    with pytest.raises(ConfigError, match=message):
        kind(**plain)
