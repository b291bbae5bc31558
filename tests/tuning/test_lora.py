"""LoRA against its formula, the base bit for bit, and the adapter on disk."""

import json

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from minillm.errors import CheckpointError, ConfigError
from minillm.models import Seq2Seq, Seq2SeqConfig
from minillm.training import TrainConfig, Trainer
from minillm.tuning import (
    LoRAConfig,
    LoRALinear,
    inject,
    load_adapter,
    merge,
    remove,
    save_adapter,
    trainable_parameters,
    weights_digest,
)
from minillm.tuning.lora import adapter_state
from tests.core.small import copied, enliven, lively_gpt, random_batches, random_ids, same_tensors

CONFIG = LoRAConfig(rank=3, alpha=5.0)
IDS = random_ids(2, 9)


def adapted(seed=0, config=CONFIG, **changes):
    """A lively model with an adapter that does something."""
    model = inject(lively_gpt(seed, **changes), config)
    with torch.no_grad():
        for number, tensor in enumerate(adapter_state(model).values()):
            tensor.copy_(0.3 * torch.randn(tensor.shape, generator=torch.Generator().manual_seed(number)))
    return model


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(4, 7), st.integers(4, 7), st.floats(0.1, 20), st.booleans())
def test_the_layer_is_the_formula(rank, size_in, size_out, scale, bias):
    base = nn.Linear(size_in, size_out, bias=bias)
    layer = LoRALinear(base, rank, scale, torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        layer.B.normal_()
    x = torch.randn(3, size_in, dtype=torch.double)
    by_hand = torch.stack(
        [sum(x[:, j] * (base.weight[i, j] + scale * sum(layer.B[i, k] * layer.A[k, j] for k in range(rank)))
             for j in range(size_in)) + (base.bias[i] if bias else 0) for i in range(size_out)], dim=1)  # fmt: skip
    torch.testing.assert_close(layer(x), by_hand)
    torch.testing.assert_close(F.linear(x, layer.weight, layer.bias), by_hand)
    torch.testing.assert_close(layer.merged()(x), by_hand)


def test_at_first_nothing_changes_and_nothing_but_the_adapter_can():
    model, plain = inject(lively_gpt(), CONFIG), lively_gpt()
    assert torch.equal(model(IDS), plain(IDS))
    assert {n.rpartition(".")[2] for n, p in model.named_parameters() if p.requires_grad} == {"A", "B"}
    per_block = sum(3 * (a + b) for a, b in ((16, 48), (16, 16), (16, 64), (64, 16)))
    assert trainable_parameters(model) == 2 * per_block
    assert not any(p.any() for n, p in model.named_parameters() if n.endswith(".B"))
    assert all(p.any() for n, p in model.named_parameters() if n.endswith(".A"))


@pytest.mark.parametrize("optimizer", [{}, {"muon_learning_rate": 0.02}])
def test_training_leaves_the_base_as_it_was_bit_for_bit(optimizer):
    model, before = inject(lively_gpt(), CONFIG), copied(lively_gpt().state_dict())
    digest = weights_digest(model)
    config = TrainConfig(steps=20, learning_rate=1e-2, warmup_steps=0, weight_decay=0.5, **optimizer)
    history = Trainer(model, random_batches(), config).run()
    assert all(tensor.any() for tensor in adapter_state(model).values())
    assert weights_digest(model) == digest == weights_digest(lively_gpt())
    assert len(history) == 1 and not torch.equal(model(IDS), lively_gpt()(IDS))
    assert same_tensors(remove(model).state_dict(), before)
    assert trainable_parameters(model) == model.num_parameters()


def test_the_gradient_is_that_of_the_dense_matrix_through_the_product():
    """∂L/∂B = (α/r) G A^T and ∂L/∂A = (α/r) B^T G, where G is the gradient of the full matrix."""
    model, dense = adapted().double(), merge(adapted()).double()
    inputs, targets, _ = random_batches()(0)
    model.loss(inputs, targets).backward()
    dense.loss(inputs, targets).backward()
    for name, layer in [(n, m) for n, m in model.named_modules() if isinstance(m, LoRALinear)]:
        gradient = dense.get_submodule(name).weight.grad
        for own, wanted in ((layer.B, gradient @ layer.A.mT), (layer.A, layer.B.mT @ gradient)):
            torch.testing.assert_close(own.grad, CONFIG.scale * wanted, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("changes", [{}, {"num_kv_heads": 1}, {"bias": False}, {"qk_norm": True}, {"positions": "t5"}])
def test_merged_equals_unmerged(changes):
    model, merged = adapted(**changes), merge(adapted(**changes))
    assert merged.state_dict().keys() == lively_gpt(**changes).state_dict().keys()
    assert not any(isinstance(m, LoRALinear) for m in merged.modules())
    torch.testing.assert_close(merged(IDS), model(IDS), rtol=1e-4, atol=1e-4)
    assert (merged(IDS) - lively_gpt(**changes)(IDS)).abs().max() > 0.1


def test_a_merged_matrix_is_the_exact_sum_rounded_once():
    layer = (
        adapted().blocks[0].mlp.branch.up if hasattr(adapted().blocks[0].mlp, "branch") else adapted().blocks[0].mlp.up
    )
    exact = layer.base.weight.double() + CONFIG.scale * layer.B.double() @ layer.A.double()
    assert torch.equal(layer.merged().weight, exact.float())


def test_cross_attention_asks_for_the_adapted_matrix():
    """It cuts the matrix of keys and values out of the layer instead of calling it."""
    config = Seq2SeqConfig(vocab_size=11, context_length=12, d_model=16, num_layers=1, num_heads=2)
    torch.manual_seed(0)
    model = inject(enliven(Seq2Seq(config)), LoRAConfig(rank=2, alpha=2.0))
    with torch.no_grad():
        for tensor in adapter_state(model).values():
            tensor.normal_()
    before = model(IDS, IDS)
    torch.testing.assert_close(merge(model)(IDS, IDS), before, rtol=1e-4, atol=1e-4)


def test_generation_with_a_cache_is_that_without():
    model = adapted()
    cache = model.new_cache()
    steps = torch.cat([model(IDS[:, i : i + 1], cache) for i in range(IDS.shape[1])], dim=1)
    torch.testing.assert_close(steps, model(IDS), rtol=1e-4, atol=1e-4)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 5), st.sampled_from([("qkv",), ("qkv", "output"), ("up", "down")]))
def test_an_adapter_comes_back_from_disk(tmp_path_factory, seed, targets):
    config = LoRAConfig(rank=2, alpha=4.0, targets=targets)
    model = adapted(seed, config)
    path = save_adapter(tmp_path_factory.mktemp("adapter") / "it", model, config)
    again = load_adapter(path, lively_gpt(seed))
    assert torch.equal(again(IDS), model(IDS))
    assert same_tensors(adapter_state(again), adapter_state(model))


def test_the_folder_holds_the_adapter_alone(tmp_path):
    model = adapted()
    path = save_adapter(tmp_path / "adapter", model, CONFIG)
    assert {f.name for f in path.iterdir()} == {"adapter.safetensors", "config.json", "manifest.json"}
    numbers = sum(tensor.numel() for tensor in adapter_state(model).values())
    assert 4 * numbers < (path / "adapter.safetensors").stat().st_size < 4 * numbers + 3000
    assert json.loads((path / "config.json").read_text())["base_digest"] == weights_digest(lively_gpt())


def test_another_base_is_refused_and_stays_as_it_was(tmp_path):
    path = save_adapter(tmp_path / "adapter", adapted(), CONFIG)
    other = lively_gpt(seed=1)
    with pytest.raises(CheckpointError, match="load the base that it was trained on"):
        load_adapter(path, other)
    assert not any(isinstance(m, LoRALinear) for m in other.modules())
    one_bit = lively_gpt()
    with torch.no_grad():
        one_bit.final_norm.bias[0] = torch.nextafter(one_bit.final_norm.bias[0], torch.tensor(9.0))
    with pytest.raises(CheckpointError, match="digest"):
        load_adapter(path, one_bit)
    (path / "adapter.safetensors").write_bytes((path / "adapter.safetensors").read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="truncated or altered"):
        load_adapter(path, lively_gpt())


def test_wrong_settings_are_named():
    with pytest.raises(ConfigError, match="rank = 0"):
        LoRAConfig(rank=0)
    with pytest.raises(ConfigError, match="alpha"):
        LoRAConfig(alpha=0)
    with pytest.raises(ConfigError, match="targets is empty"):
        LoRAConfig(targets=())
    with pytest.raises(ConfigError, match="choose from"):
        inject(lively_gpt(), LoRAConfig(targets=("query",)))
    with pytest.raises(ConfigError, match="choose at most 16"):
        inject(lively_gpt(), LoRAConfig(rank=17))
    with pytest.raises(ConfigError, match="has an adapter already"):
        inject(adapted(), CONFIG)
    for function in (merge, remove):
        with pytest.raises(ConfigError, match="no adapter"):
            function(lively_gpt())


def test_saving_with_other_settings_is_refused(tmp_path):
    for model, config in ((lively_gpt(), CONFIG), (adapted(), LoRAConfig(rank=4)), (adapted(), LoRAConfig(3, 6.0))):
        with pytest.raises(ConfigError, match="not that of"):
            save_adapter(tmp_path / "adapter", model, config)
