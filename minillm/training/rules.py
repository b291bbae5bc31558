"""Five ways to make a step from a gradient, to be read: each goes on from the one before.

A rule is a function ``rule(weight, gradient, state, learning_rate, ...) -> new weight``. ``state`` is the rule's memory
of one weight: an empty dictionary at first, which the rule fills. `ByHand` applies a rule to a whole model. Training
runs use the same rules from `minillm.training.optimizers`, where they are fused and fast.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from minillm.training.optimizers import orthogonalize

Rule = Callable[..., Tensor]


def sgd(weight: Tensor, gradient: Tensor, state: dict, learning_rate: float) -> Tensor:
    """Downhill: w ← w − η g. Robbins and Monro (1951)."""
    return weight - learning_rate * gradient


def momentum(weight: Tensor, gradient: Tensor, state: dict, learning_rate: float, beta: float = 0.9) -> Tensor:
    """Downhill with a heavy ball: v ← β v + g; w ← w − η v. Polyak (1964)."""
    state["velocity"] = beta * state.get("velocity", 0) + gradient
    return sgd(weight, state["velocity"], state, learning_rate)


def adam(
    weight: Tensor,
    gradient: Tensor,
    state: dict,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
) -> Tensor:
    """A step of about η for every weight, large gradient or small: w ← w − η m̂ / (√v̂ + ε).

    m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g² are running means; both begin at 0, and m̂ = m / (1 − β₁ᵗ),
    v̂ = v / (1 − β₂ᵗ) make up for it at step t. Kingma and Ba (2015), algorithm 1.
    """
    beta1, beta2 = betas
    state["step"] = state.get("step", 0) + 1
    state["mean"] = beta1 * state.get("mean", 0) + (1 - beta1) * gradient
    state["square"] = beta2 * state.get("square", 0) + (1 - beta2) * gradient**2
    mean = state["mean"] / (1 - beta1 ** state["step"])
    square = state["square"] / (1 - beta2 ** state["step"])
    return weight - learning_rate * mean / (square.sqrt() + epsilon)


def adamw(
    weight: Tensor,
    gradient: Tensor,
    state: dict,
    learning_rate: float,
    betas: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
    weight_decay: float = 0.01,
) -> Tensor:
    """Adam for a weight that shrinks by itself: w ← (1 − η λ) w first. Loshchilov and Hutter (2019), algorithm 2."""
    return adam(weight * (1 - learning_rate * weight_decay), gradient, state, learning_rate, betas, epsilon)


def muon(
    weight: Tensor,
    gradient: Tensor,
    state: dict,
    learning_rate: float,
    beta: float = 0.95,
    weight_decay: float = 0.0,
) -> Tensor:
    """For a matrix, a step of the same size in every direction: momentum, with all singular values made about 1.

    B ← β B + (1 − β) g;  w ← (1 − η λ) w − η √max(1, rows / columns) orthogonalize((1 − β) g + β B).
    Jordan et al. (2024).
    """
    state["mean"] = beta * state.get("mean", 0) + (1 - beta) * gradient
    rows, columns = weight.shape
    step = orthogonalize((1 - beta) * gradient + beta * state["mean"]) * max(1, rows / columns) ** 0.5
    return weight * (1 - learning_rate * weight_decay) - learning_rate * step


RULES: dict[str, Rule] = {"sgd": sgd, "momentum": momentum, "adam": adam, "adamw": adamw, "muon": muon}
"""The rules by name."""


class ByHand(torch.optim.Optimizer):
    """A rule for all parameters, one after another: slow, and short enough to read.

    Args:
        parameters: what to train.
        rule: one of `RULES`, or any function of the same form.
        learning_rate: η.
        settings: what else the rule takes, by name.
    """

    def __init__(self, parameters: Iterable[Tensor], rule: Rule, learning_rate: float, **settings: Any) -> None:
        self.rule = rule
        super().__init__(parameters, {"lr": learning_rate, "settings": settings})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    new = self.rule(weight, weight.grad, self.state[weight], group["lr"], **group["settings"])
                    weight.copy_(new)
