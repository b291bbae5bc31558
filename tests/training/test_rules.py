"""The readable rules against torch's own optimizers, and ByHand against what the package trains with."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.errors import ConfigError
from minillm.models import BERT, GPT, BERTConfig, GPTConfig, Seq2Seq, Seq2SeqConfig
from minillm.training import TrainConfig
from minillm.training.optimizers import OPTIMIZERS, Muon, optimizer_for
from minillm.training.rules import RULES, ByHand
from tests.core.small import random_ids, small_gpt

RATES = st.floats(1e-4, 1.0)
BETAS = st.just(0.0) | st.floats(0.5, 0.999)  # a beta near 0 leaves of a gradient 10¹² times as large only rounding


def both(rule, theirs, seed, steps, rate, **settings):
    """The same weights and gradients, of sizes from 1e-6 to 1e6, to a rule and to an optimizer of torch."""
    generator = torch.Generator().manual_seed(seed)
    start = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((3, 4), (5,), ())]
    ours, others = ([tensor.clone().requires_grad_() for tensor in start] for _ in range(2))
    hand, torchs = ByHand(ours, RULES[rule], rate, **settings), theirs(others)
    for _ in range(steps):
        for mine, other in zip(ours, others, strict=True):
            scale = 10 ** (12 * torch.rand((), generator=generator, dtype=torch.float64) - 6)
            mine.grad = scale * torch.randn(mine.shape, generator=generator, dtype=torch.float64)
            other.grad = mine.grad.clone()
        hand.step()
        torchs.step()
    for mine, other in zip(ours, others, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-11, atol=1e-11)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60), RATES)
def test_sgd_is_torchs(seed, steps, rate):
    both("sgd", lambda p: torch.optim.SGD(p, lr=rate), seed, steps, rate)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60), RATES, BETAS)
def test_momentum_is_torchs(seed, steps, rate, beta):
    both("momentum", lambda p: torch.optim.SGD(p, lr=rate, momentum=beta), seed, steps, rate, beta=beta)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 60), RATES, BETAS, BETAS)
def test_adam_is_torchs(seed, steps, rate, beta1, beta2):
    betas = (beta1, beta2)
    both("adam", lambda p: torch.optim.Adam(p, lr=rate, betas=betas), seed, steps, rate, betas=betas)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 300), RATES, BETAS, BETAS, st.floats(0.0, 0.9))
def test_adamw_is_torchs_over_many_steps(seed, steps, rate, beta1, beta2, decay):
    betas = (beta1, beta2)
    both(
        "adamw",
        lambda p: torch.optim.AdamW(p, lr=rate, betas=betas, weight_decay=decay),
        seed,
        steps,
        rate,
        betas=betas,
        weight_decay=decay,
    )


def test_muon_is_the_fast_one():
    """Over several steps, for wide, square and tall matrices, with decay."""
    slow = small_gpt(d_model=32)
    fast = copy.deepcopy(slow)
    matrices = {n: p for n, p in slow.named_parameters() if p.ndim == 2 and "blocks." in n and "qkv" not in n}
    hand = ByHand(matrices.values(), RULES["muon"], 0.02, weight_decay=0.1)
    muon = Muon(fast, 0.02, 0.0, weight_decay=0.1)
    for step in range(4):
        for name, parameter in fast.named_parameters():
            parameter.grad = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step))
            if name in matrices:
                matrices[name].grad = parameter.grad.clone()
        hand.step()
        muon.step()
    for name, parameter in matrices.items():
        torch.testing.assert_close(parameter, fast.get_parameter(name), rtol=1e-4, atol=1e-5)


def test_a_weight_without_a_gradient_stays():
    weight = torch.ones(3, requires_grad=True)
    ByHand([weight], RULES["adamw"], 0.1).step()
    assert (weight == 1).all()


SMALL = {"d_model": 16, "num_layers": 2, "num_heads": 2, "context_length": 12}
FAMILY = {
    "gpt": lambda: GPT(GPTConfig(20, **SMALL, mlp="swiglu", num_kv_heads=1)),
    "bert": lambda: BERT(BERTConfig(20, **SMALL)),
    "seq2seq": lambda: Seq2Seq(Seq2SeqConfig(20, **SMALL, positions="t5")),
}


def batch_of(model, seed):
    ids, targets = random_ids(4, 8, seed=seed) % 20, random_ids(4, 8, seed=seed + 100) % 20
    return (ids, targets, {"target_ids": random_ids(4, 8, seed=seed + 200) % 20} if isinstance(model, Seq2Seq) else {})


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("family", FAMILY)
def test_every_optimizer_trains_every_model(name, family):
    """Six steps on one batch lower its loss, and every parameter that takes part moves."""
    torch.manual_seed(0)
    model = FAMILY[family]()
    rate = 0.3 if name in ("sgd", "momentum") else 3e-3
    optimizer = optimizer_for(model, TrainConfig(optimizer=name, learning_rate=rate, weight_decay=0.0))
    before = {key: parameter.detach().clone() for key, parameter in model.named_parameters()}
    losses = []
    for _ in range(6):
        loss = model.loss(*batch_of(model, 0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    moved = {key for key, parameter in model.named_parameters() if not torch.equal(parameter, before[key])}
    assert moved == {key for key, parameter in model.named_parameters() if parameter.grad is not None}


def test_the_rows_are_what_their_names_say():
    model = small_gpt()
    kinds = {name: type(optimizer_for(model, TrainConfig(optimizer=name))) for name in OPTIMIZERS}
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    assert kinds == {"sgd": sgd, "momentum": sgd, "adam": adam, "adamw": adamw, "muon": Muon}
    assert optimizer_for(model, TrainConfig(optimizer="sgd")).param_groups[0]["momentum"] == 0
    assert optimizer_for(model, TrainConfig(optimizer="momentum", beta1=0.8)).param_groups[0]["momentum"] == 0.8
    assert optimizer_for(model, TrainConfig(optimizer="muon")).param_groups[0]["lr"] == 0.02
    assert isinstance(optimizer_for(model, TrainConfig(muon_learning_rate=0.01)), Muon)
    assert isinstance(optimizer_for(model, TrainConfig(muon_learning_rate=0.01, optimizer="adamw")), adamw)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_only_matrices_decay(name):
    model = small_gpt()
    for group in optimizer_for(model, TrainConfig(optimizer=name, weight_decay=0.1)).param_groups:
        if group["weight_decay"]:
            assert all(parameter.ndim == 2 for parameter in group["params"])


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(ConfigError, match="optimizer = 'adagrad' is not known"):
        TrainConfig(optimizer="adagrad")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_frozen_parameters_are_left_out(name):
    model = small_gpt()
    for parameter in model.blocks[0].parameters():
        parameter.requires_grad = False
    groups = optimizer_for(model, TrainConfig(optimizer=name)).param_groups
    held = [parameter for group in groups for parameter in group["params"]]
    assert {id(p) for p in held} == {id(p) for p in model.parameters() if p.requires_grad}
