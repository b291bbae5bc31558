"""What a GPT is: its parameters, how they begin, the function they compute, and shapes that cannot be."""

import dataclasses
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from minillm.attention import KVCache
from minillm.errors import ConfigError, PromptError
from minillm.models import GPTConfig
from tests.core.small import (
    CONTEXT_LENGTH,
    VARIANT_NAMES,
    VARIANTS,
    VOCAB_SIZE,
    lively_gpt,
    random_ids,
    same_tensors,
    shared_gpt,
    small_gpt,
)

every_variant = pytest.mark.parametrize("variant", VARIANTS, ids=VARIANT_NAMES)


def expected_shapes(config):
    """The names and shapes that the in-page engine and saved files rely on."""
    c, v = config.d_model, config.vocab_size
    shapes = {"embedding.weight": (v, c), "final_norm.weight": (c,), "final_norm.bias": (c,)}
    if config.positions == "learned":
        shapes["position_embedding.weight"] = (config.context_length, c)
    if config.positions == "t5":
        shapes["position_embedding.weight"] = (32, config.num_heads)
    if not config.tie_weights:
        shapes["head.weight"] = (v, c)
    for i in range(config.num_layers):
        linear = {"attention.qkv": (3 * c, c), "attention.output": (c, c)}
        linear |= {"mlp.up": (config.mlp_ratio * c, c), "mlp.down": (c, config.mlp_ratio * c)}
        for name, (rows, columns) in linear.items():
            shapes |= {f"blocks.{i}.{name}.weight": (rows, columns), f"blocks.{i}.{name}.bias": (rows,)}
        for name in ("norm1", "norm2"):
            shapes |= {f"blocks.{i}.{name}.weight": (c,), f"blocks.{i}.{name}.bias": (c,)}
    return shapes


@every_variant
@pytest.mark.parametrize("mlp_ratio", [4, 3])
def test_parameters_have_their_names_and_shapes(variant, mlp_ratio):
    model = small_gpt(**variant, mlp_ratio=mlp_ratio)
    assert {name: tuple(t.shape) for name, t in model.state_dict().items()} == expected_shapes(model.config)
    assert {name for name, _ in model.named_parameters()} == set(model.state_dict())


@every_variant
def test_number_of_parameters_by_formula(variant):
    """12 L C² + 13 L C for the blocks, V C for the embedding, 2 C for the last norm, and what the variant adds."""
    model = small_gpt(**variant, num_layers=3)
    layers, c = 3, 16
    expected = 12 * layers * c**2 + 13 * layers * c + VOCAB_SIZE * c + 2 * c
    expected += {"learned": CONTEXT_LENGTH * c, "t5": 32 * 2}.get(variant["positions"], 0)
    expected += VOCAB_SIZE * c * (not variant["tie_weights"])
    assert model.num_parameters() == expected


@pytest.mark.parametrize("num_layers", [1, 4])
def test_initialization_is_gpt_2s(num_layers):
    sizes = {"d_model": 128, "num_heads": 4, "num_layers": num_layers, "vocab_size": 300}
    model = small_gpt(**sizes, positions="learned", tie_weights=False)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert (parameter == 0).all(), name
        elif "norm" in name:
            assert (parameter == 1).all(), name
        else:
            writes = "attention.output" in name or "mlp.down" in name
            expected = 0.02 / math.sqrt(2 * num_layers) if writes else 0.02
            assert parameter.std().item() == pytest.approx(expected, rel=0.05), name
            assert abs(parameter.mean().item()) < 5 * expected / math.sqrt(parameter.numel()), name


def test_the_first_loss_is_that_of_an_even_guess():
    model, ids = small_gpt(d_model=64, vocab_size=100), random_ids(8, 13, vocab_size=100)
    assert model.loss(ids[:, :-1], ids[:, 1:]).item() == pytest.approx(math.log(100), abs=0.05)


def test_the_seed_decides_the_weights():
    assert same_tensors(small_gpt(0).state_dict(), small_gpt(0).state_dict())
    assert not same_tensors(small_gpt(0).state_dict(), small_gpt(1).state_dict())


@every_variant
def test_parity_with_torchs_encoder_layers(variant):
    """The same pre-norm blocks in PyTorch's own modules, under a causal mask. Rotary positions have no counterpart."""
    model, positions = lively_gpt(**variant).double(), variant["positions"]
    if positions.startswith("rotary"):
        model.position_embedding.cos.fill_(1.0)  # turned by no angle at all
        model.position_embedding.sin.fill_(0.0)
    ids = random_ids(3, 10)
    x = model.embedding.weight[ids]
    mask = torch.nn.Transformer.generate_square_subsequent_mask(10, dtype=torch.float64)
    if positions == "learned":
        x = x + model.position_embedding.weight[:10]
    elif positions == "sinusoidal":
        x = 4 * x + model.position_embedding.table[:10]
    elif positions in ("alibi", "t5"):  # an additive mask for each row and head
        mask = (mask + model.position_embedding.bias(10, 10)).repeat(3, 1, 1)
    for block in model.blocks:
        layer = torch.nn.TransformerEncoderLayer(16, 2, 64, 0.0, "gelu", batch_first=True, norm_first=True).double()
        layer.load_state_dict(
            {
                "self_attn.in_proj_weight": block.attention.qkv.weight,
                "self_attn.in_proj_bias": block.attention.qkv.bias,
                "self_attn.out_proj.weight": block.attention.output.weight,
                "self_attn.out_proj.bias": block.attention.output.bias,
                "linear1.weight": block.mlp.up.weight,
                "linear1.bias": block.mlp.up.bias,
                "linear2.weight": block.mlp.down.weight,
                "linear2.bias": block.mlp.down.bias,
                "norm1.weight": block.norm1.weight,
                "norm1.bias": block.norm1.bias,
                "norm2.weight": block.norm2.weight,
                "norm2.bias": block.norm2.bias,
            }
        )
        x = layer(x, src_mask=mask, is_causal=mask.ndim == 2)
    x = F.layer_norm(x, (16,), model.final_norm.weight, model.final_norm.bias, 1e-5)
    head = model.embedding.weight if variant["tie_weights"] else model.head.weight
    torch.testing.assert_close(model(ids), x @ head.T, rtol=1e-9, atol=1e-9)


def test_parity_with_hugging_faces_gpt_2():
    transformers = pytest.importorskip("transformers", reason="needs the hf extra: pip install transformers")
    model = lively_gpt(positions="learned", num_layers=3).double()
    oracle = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            vocab_size=VOCAB_SIZE,
            n_positions=CONTEXT_LENGTH,
            n_embd=16,
            n_layer=3,
            n_head=2,
            activation_function="gelu",
        )
    )
    oracle = oracle.double().eval()
    names = {"norm1": "ln_1", "norm2": "ln_2", "attention.qkv": "attn.c_attn", "attention.output": "attn.c_proj"}
    names |= {"mlp.up": "mlp.c_fc", "mlp.down": "mlp.c_proj"}
    top = {"embedding": "wte", "position_embedding": "wpe", "final_norm": "ln_f"}
    state = {}
    for name, tensor in model.state_dict().items():
        module, part = name.rsplit(".", 1)
        if module.startswith("blocks."):
            _, layer, inner = module.split(".", 2)
            transposed = part == "weight" and not inner.startswith("norm")  # its Conv1D stores (inputs, outputs)
            state[f"transformer.h.{layer}.{names[inner]}.{part}"] = tensor.T if transposed else tensor
        else:
            state[f"transformer.{top[module]}.{part}"] = tensor
    missing, unexpected = oracle.load_state_dict(state, strict=False)
    assert unexpected == [] and set(missing) <= {"lm_head.weight"}
    oracle.tie_weights()
    ids = random_ids(2, CONTEXT_LENGTH)
    with torch.no_grad():
        torch.testing.assert_close(model(ids), oracle(ids).logits, rtol=1e-9, atol=1e-9)


@given(st.integers(1, 4), st.integers(1, 6), st.data())
def test_loss_is_the_mean_negative_log_probability(batch, time, data):
    """Written out with log-softmax and a loop; a target of −100 counts neither above nor below the line."""
    model, inputs = shared_gpt(), random_ids(batch, time, seed=batch * 10 + time)
    ids = st.sampled_from([-100, *range(VOCAB_SIZE)])
    rows = data.draw(st.lists(st.lists(ids, min_size=time, max_size=time), min_size=batch, max_size=batch))
    targets = torch.tensor(rows)
    counted = [(b, t) for b in range(batch) for t in range(time) if rows[b][t] >= 0]
    if not counted:
        targets[0, 0], counted = 3, [(0, 0)]
    log_probabilities = model(inputs).double().log_softmax(-1)
    expected = -np.mean([log_probabilities[b, t, targets[b, t]].item() for b, t in counted])
    assert model.loss(inputs, targets).item() == pytest.approx(expected, rel=1e-4)


def test_dropout_acts_in_training_only():
    model, ids = small_gpt(dropout=0.5), random_ids(2, 8)
    model.train()
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))
    without = small_gpt().train()
    without.load_state_dict(model.state_dict())
    torch.testing.assert_close(without(ids), model(ids))


def test_dropout_falls_on_the_embedding_and_on_both_branches():
    model, ids, record = lively_gpt(dropout=0.5).train(), random_ids(8, CONTEXT_LENGTH), {}
    model(ids, record=record)
    x = torch.randn(8, CONTEXT_LENGTH, 16)
    branches = [model.blocks[0].mlp(x), model.blocks[0].attention(x, model.position_embedding)]
    for tensor in (record["embedding"], *branches):
        assert 0.4 < (tensor == 0).float().mean() < 0.6
    kept = record["embedding"] != 0
    torch.testing.assert_close(record["embedding"][kept], 2 * model.embedding.weight[ids][kept])


def test_more_tokens_than_the_context_holds():
    model = small_gpt()
    with pytest.raises(PromptError, match=f"{CONTEXT_LENGTH + 1} tokens do not fit in a context of {CONTEXT_LENGTH}"):
        model(random_ids(1, CONTEXT_LENGTH + 1))
    cache = KVCache(2)
    model(random_ids(1, 8), cache)
    with pytest.raises(PromptError, match="13 tokens do not fit"):
        model(random_ids(1, 5), cache)
    assert cache.length == 8
    assert model(random_ids(1, 4), cache).shape == (1, 4, VOCAB_SIZE)


@pytest.mark.parametrize("ids", [torch.zeros(4, dtype=torch.long), torch.zeros(1, 4), [[1, 2]]])
def test_ids_must_be_a_batch_of_integers(ids):
    with pytest.raises(TypeCheckError, match="parameter 'token_ids'"):
        small_gpt()(ids)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vocab_size": 0}, "vocab_size = 0 must be a whole number of at least 1"),
        ({"context_length": -1}, "context_length = -1 must be"),
        ({"d_model": 0}, "d_model = 0 must be"),
        ({"num_layers": 0}, "num_layers = 0 must be"),
        ({"num_heads": 0}, "num_heads = 0 must be"),
        ({"mlp_ratio": 0}, "mlp_ratio = 0 must be"),
        ({"num_layers": True}, "num_layers = True must be"),
        ({"d_model": 30, "num_heads": 4}, r"num_heads = 4 does not divide .* = 30; .*\[1, 2, 3, 5, 6, 10, 15, 30\]"),
        ({"num_heads": 256}, "num_heads = 256 does not divide d_model = 128"),
        ({"dropout": 2.0}, "dropout = 2.0 must be at least 0 and below 1"),
        ({"dropout": 1.0}, "dropout = 1.0 must be"),
        ({"dropout": -0.1}, "dropout = -0.1 must be"),
        ({"dropout": math.nan}, "dropout = nan must be"),
        ({"positions": "sinusoid"}, r"positions = 'sinusoid' is not known; choose one of .*'learned'.*'rotary'"),
        ({"d_model": 12, "num_heads": 4}, "rotary positions turn pairs .* is odd"),
        ({"rotary_base": 0.0}, "rotary_base = 0.0 must be above 0"),
        ({"rotary_base": math.nan}, "rotary_base = nan must be"),
        ({"rotary_base": math.inf}, "rotary_base = inf must be"),
    ],
)
def test_a_configuration_that_cannot_be_is_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        GPTConfig(**({"vocab_size": 50} | changes))


def test_odd_head_dimensions_are_fine_without_rotary():
    assert small_gpt(d_model=6, num_heads=2, positions="learned")(random_ids(1, 4)).shape == (1, 4, VOCAB_SIZE)


def test_a_configuration_cannot_be_changed_and_goes_through_plain_values():
    config = GPTConfig(50, positions="learned", dropout=0.25)
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.d_model = 64
    assert GPTConfig(**dataclasses.asdict(config)) == config
