"""Exercises of the chapter on optimization."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.training.rules import adam, momentum
from minillm.training.schedule import warmup_stable_decay


@exercise(
    "optimization.momentum",
    hints=[
        "Two lines: the new velocity from the old one and the gradient, then the step along the velocity.",
        "velocity = beta * velocity + gradient; all of the gradient goes in.",
        "weight - rate * velocity, with the new velocity. Return weight and velocity.",
    ],
    praise="In a steady slope the velocity grows to 1 / (1 - beta) gradients: momentum 0.9 is also a tenfold rate.",
)
def check_momentum(momentum_step: Callable[..., Any]) -> str | None:
    """momentum_step(weight, gradient, velocity, rate, beta) -> (weight, velocity), over two steps."""
    weight, velocity = torch.randn(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    gradients, state = torch.randn(2, 4, dtype=torch.float64), dict[str, Tensor]()
    expected, rate, beta = weight, 0.1, 0.8
    for step, gradient in enumerate(gradients, 1):
        before, old = weight, velocity
        answer = momentum_step(weight.clone(), gradient.clone(), velocity.clone(), rate, beta)
        if not isinstance(answer, tuple) or len(answer) != 2:
            return "momentum_step returns two things: the new weight and the new velocity."
        expected = momentum(expected, gradient, state, rate, beta)
        mixed = beta * old + (1 - beta) * gradient
        suspects = {
            "The step follows the gradient; it should follow the velocity.": before - rate * gradient,
            "The step follows the old velocity; update the velocity first.": before - rate * old,
            "The velocity is a mean here, β v + (1 − β) g; in momentum all of g goes in.": before - rate * mixed,
            "The step goes uphill: subtract it.": before + rate * state["velocity"],
        }
        if problem := difference(answer[0], expected, f"The weight after step {step}", suspects=suspects):
            return problem
        if problem := difference(answer[1], state["velocity"], f"The velocity after step {step}"):
            return problem
        weight, velocity = answer
    return None


@exercise(
    "optimization.adam",
    hints=[
        "Four lines: both means, both corrections, the step.",
        "mean = beta1 * mean + (1 - beta1) * gradient, and the same with gradient**2 and beta2.",
        "Divide mean by 1 - beta1**t and square by 1 - beta2**t; t is 1 in the first step.",
        "weight - rate * corrected_mean / (corrected_square.sqrt() + eps)",
    ],
    praise="That is the optimizer that trained nearly every model you have heard of.",
)
def check_adam(adam_step: Callable[..., Any]) -> str | None:
    """adam_step(weight, gradient, mean, square, t, rate, beta1, beta2, eps) -> (weight, mean, square), three steps."""
    weight = torch.randn(4, dtype=torch.float64)
    mean, square, expected = torch.zeros_like(weight), torch.zeros_like(weight), weight
    state: dict = {}
    rate, beta1, beta2, eps = 0.1, 0.8, 0.95, 1e-3
    for t in (1, 2, 3):
        gradient, before = torch.randn(4, dtype=torch.float64), expected
        answer = adam_step(weight.clone(), gradient.clone(), mean.clone(), square.clone(), t, rate, beta1, beta2, eps)
        if not isinstance(answer, tuple) or len(answer) != 3:
            return "adam_step returns three things: the new weight, the new mean and the new square."
        expected = adam(before, gradient, state, rate, (beta1, beta2), eps)
        m, v = state["mean"], state["square"]
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        suspects = {
            "The corrections are missing: divide mean by 1 − β₁ᵗ and square by 1 − β₂ᵗ.": m / (v.sqrt() + eps),
            "The mean is not corrected: divide it by 1 − β₁ᵗ.": m / (v_hat.sqrt() + eps),
            "The square is not corrected: divide it by 1 − β₂ᵗ.": m_hat / (v.sqrt() + eps),
            "The root is missing: divide by √v̂, not by v̂.": m_hat / (v_hat + eps),
            "eps is inside the root; here it is added after it.": m_hat / (v_hat + eps).sqrt(),
            "The step is along the gradient; it should be along the corrected mean.": gradient / (v_hat.sqrt() + eps),
        }
        moved = {sentence: before - rate * step for sentence, step in suspects.items()}
        if problem := difference(answer[0], expected, f"The weight after step {t}", suspects=moved):
            return problem
        for which, found, wanted in (("mean", answer[1], m), ("square", answer[2], v)):
            if problem := difference(found, wanted, f"The running {which} after step {t}"):
                return f"{problem} (Return it as it is kept, without the correction.)"
        weight, mean, square = answer
    return None


@exercise(
    "optimization.clip",
    hints=[
        "One length for all gradients together: the root of the sum of all their squares.",
        "The factor is limit / length where the length is above the limit, otherwise 1.",
        "Every gradient is multiplied by the same factor, so that the direction stays.",
    ],
    praise="The direction is kept, only the length is cut: the same batch still has its say.",
)
def check_clip(clip: Callable[[list[Tensor], float], list[Tensor]]) -> str | None:
    """clip(gradients, limit) for gradients that are too long together, and for some that are not."""
    gradients = [torch.randn(3, 4), 3 * torch.randn(5)]
    for limit, what in ((1.0, "too long"), (1000.0, "short enough")):
        length = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        factor = min(1.0, (limit / length).item())
        answer = clip([gradient.clone() for gradient in gradients], limit)
        if not isinstance(answer, list | tuple) or len(answer) != 2:
            return "clip returns a list with as many gradients as it was given."
        for i, (found, gradient) in enumerate(zip(answer, gradients, strict=True)):
            suspects = {
                "Each gradient is cut by its own length; take one length for all together.":
                    gradient * min(1.0, (limit / gradient.norm()).item()),
                "Each number is cut by itself, which turns the direction; scale all by one factor.":
                    gradient.clamp(-limit, limit),
                "Gradients that are short enough must stay as they are.": gradient * limit / length,
                "Nothing is cut.": gradient + 0,
            }  # fmt: skip
            name = f"Gradient {i + 1} of gradients that are {what}"
            if problem := difference(found, gradient * factor, name, suspects=suspects):
                return problem
    return None


@exercise(
    "optimization.schedule",
    hints=[
        "Three cases: step < warmup, then step < start of the fall, then the fall.",
        "The warm-up gives (step + 1) / warmup, so that step 0 does not waste a batch on a rate of 0.",
        "The fall begins at start = steps - fall; its last step is steps - 1 and has the fraction 0.",
        "(steps - 1 - step) / (steps - 1 - start) is 1 at start and 0 at the last step.",
    ],
    praise="Nothing in it depends on the past, so a run that was killed goes on with the right rate.",
)
def check_schedule(fraction: Callable[[int, int, int, int], float]) -> str | None:
    """fraction(step, steps, warmup, fall): every step of a run, against the package."""
    steps, warmup = 20, 4
    fall = 4  # the last fifth, as the package has it
    for step in range(steps):
        answer = fraction(step, steps, warmup, fall)
        if not isinstance(answer, int | float) or isinstance(answer, bool):
            return f"fraction({step}, {steps}, {warmup}, {fall}) is a {type(answer).__name__}; it should be a number."
        right = warmup_stable_decay(step, steps, warmup, 0.0)
        if abs(answer - right) > 1e-9:
            where = "in the warm-up" if step < warmup else "in the fall" if step >= steps - fall else "in between"
            extra = " The first step must not have a rate of 0." if step == 0 and answer == 0 else ""
            extra = " The last step has the fraction 0." if step == steps - 1 else extra
            return f"At step {step}, {where}, the fraction is {answer:.3g}; it should be {right:.3g}.{extra}"
    return None
