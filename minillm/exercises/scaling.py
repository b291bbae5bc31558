"""Checkers of the chapter on scaling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from minillm.exercises.registry import exercise


def wrong(answer: Any, expected: float, what: str, mistakes: dict[str, float]) -> str | None:
    """Say how a number differs from the expected one, or None if it does not."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return f"{what} is a {type(answer).__name__}; it should be a number."
    if math.isclose(answer, expected, rel_tol=1e-6):
        return None
    for sentence, value in mistakes.items():
        if math.isclose(answer, value, rel_tol=1e-6):
            return sentence
    return f"{what} is {answer:.6g}; it should be {expected:.6g}, {answer / expected:.3g} times as much came out."


@exercise(
    "scaling.flops",
    hints=[
        "6 N D covers every product with a weight, on both ways.",
        "Scores and mixing take 4 · length · d_model FLOPs for a token in each block, on the way forward.",
        "The way back takes twice the way forward: 3 · 4 · length · d_model · num_layers for each token.",
    ],
    praise="For GPT-3 the second term is three percent. For the small models of this chapter "
    "it is a third to two fifths.",
)
def check_flops(train_flops: Callable[..., float]) -> str | None:
    """train_flops(parameters, tokens, d_model, num_layers, length) for GPT-3 and for a toy."""
    for n, tokens, d, layers, length in ((1000, 7, 4, 5, 6), (174_604_259_328, 300e9, 12288, 96, 2048)):
        products, scores = 6.0 * n * tokens, 4.0 * length * d * layers * tokens
        mistakes = {
            "This is 6 N D alone; the scores are missing.": products,
            "The scores count three times: once forward, twice on the way back.": products + scores,
            "The scores have a way back, too, but no weights: twice the way forward, so three times in all.":
                products + 2 * scores,
            "Products with weights: two FLOPs forward and four backward for each parameter, 6 N D.":
                2.0 * n * tokens + 3 * scores,
            "Q K^T is 2 · length · d_model for a token and the mixing of the values as much again.":
                products + 1.5 * scores,
            "There are scores in every block.": products + 3 * scores / layers,
            "The scores are those of every token, not of one.": products + 3 * scores / tokens,
            "This is for one token; all are asked for.": (products + 3 * scores) / tokens,
        }  # fmt: skip
        what = f"train_flops({n:,}, {tokens:g}, {d}, {layers}, {length})"
        if problem := wrong(train_flops(n, tokens, d, layers, length), products + 3 * scores, what, mistakes):
            return problem
    return None


@exercise(
    "scaling.machines",
    hints=[
        "Weights 2 bytes, gradients 2, the fp32 copy 4, two states of Adam 8: 16 bytes a parameter.",
        "Each machine keeps its own activations, and they are not divided: what is left is memory − activations.",
        "math.ceil rounds up; with nothing left, return math.inf.",
    ],
    praise="That is the arithmetic behind sharding: states divide among machines, activations do not.",
)
def check_machines(machines: Callable[..., Any]) -> str | None:
    """machines(parameters, activations, memory) for models that fit once, often, and never."""
    cases = ((50_000, 40_000, 50_001), (174_604_259_328, 6_149_931_008, 80 * 10**9), (100, 50, 2000))
    for n, activations, memory in cases:
        room = memory - activations
        what = f"machines({n:,}, {activations:,}, {memory:,})"
        mistakes = {
            "Rounded down, the last share has no place: round up.": 16 * n // room,
            "A part of a machine cannot be bought: round up to a whole number.": 16 * n / room,
            "Each machine also has to hold activations.": math.ceil(16 * n / memory),
            "The activations are not divided among the machines; each has its own.":
                math.ceil((16 * n + activations) / memory),
            "The fp32 copy of the weights is missing: 16 bytes a parameter, not 12.": math.ceil(12 * n / room),
            "The optimizer is missing.": math.ceil(4 * n / room),
        }  # fmt: skip
        expected = max(1, math.ceil(16 * n / room))
        if problem := wrong(machines(n, activations, memory), expected, what, mistakes):
            return problem
    for activations in (1000, 1001):
        if machines(100, activations, 1000) != math.inf:
            return "If the activations leave no room, no number of machines is enough: return math.inf."
    return None


@exercise(
    "scaling.best",
    hints=[
        "A size N leaves flops / (6 N) tokens to read.",
        "Compute loss(size, tokens) for each size, and take the size with the smallest.",
        "min(sizes, key=...) takes a function of one size.",
    ],
    praise="An iso-FLOP curve, and its lowest point: the second approach of Hoffmann et al. (2022).",
)
def check_best(best_size: Callable[..., float]) -> str | None:
    """best_size(loss, flops, sizes) for laws with the optimum in the middle, and asymmetric ones."""
    sizes = [10.0 ** (k / 4) for k in range(8, 33)]
    for a, b, flops in ((0.5, 0.5, 1e12), (0.8, 0.6, 1e11), (0.34, 0.28, 1e14)):
        loss = partial(_law, a, b)
        curves = {cost: {n: loss(n, flops / cost / n) for n in sizes} for cost in (1, 2, 6)}
        swapped = {n: loss(flops / 6 / n, n) for n in sizes}
        mistakes = {
            "A token takes six FLOPs for each parameter, not one.": min(sizes, key=curves[1].__getitem__),
            "A token takes six FLOPs for each parameter: the way back counts.": min(sizes, key=curves[2].__getitem__),
            "This is the largest size; it would hardly read anything.": sizes[-1],
            "This is the smallest size; it has all the text it wants and cannot hold it.": sizes[0],
            "The arguments of loss are the size, then the tokens.": min(sizes, key=swapped.__getitem__),
            "This is the worst size; look for the smallest loss.": max(sizes, key=curves[6].__getitem__),
        }
        expected = min(sizes, key=curves[6].__getitem__)
        if problem := wrong(best_size(loss, flops, sizes), expected, f"best_size(loss, {flops:g}, sizes)", mistakes):
            return problem
    return None


def _law(a: float, b: float, n: float, d: float) -> float:
    return 0.3 + 50 / n**a + 300 / d**b


@exercise(
    "scaling.exponent",
    hints=[
        "Take the floor off first: ln(loss − floor) = ln(factor) − exponent · ln(compute) is a straight line.",
        "np.polyfit(x, y, 1) returns the slope, then the value at zero.",
        "The exponent is the slope with the sign turned, the factor is e to the power of the value at zero.",
    ],
    praise="With the floor known, a power law is a straight line. Without it, three unknowns trade with each other.",
)
def check_exponent(power_law: Callable[..., Sequence[float]]) -> str | None:
    """power_law(compute, losses, floor) returns factor and exponent; exact laws, then one with noise."""
    compute = [1e11, 3e11, 1e12, 2.5e12]
    for factor, exponent, floor in ((900.0, 0.25, 0.263), (5e4, 0.4, 1.1), (20.0, 0.11, 0.0)):
        losses = [floor + factor * c**-exponent for c in compute]
        answer = power_law(compute, losses, floor)
        if not hasattr(answer, "__len__") or len(answer) != 2:
            return "power_law should return two numbers: factor, exponent."
        got_factor, got_exponent = (float(value) for value in answer)
        if math.isclose(got_exponent, -exponent, rel_tol=1e-4):
            return "The exponent has the wrong sign: the loss falls, so compute ** −exponent."
        if math.isclose(got_factor, math.log(factor), rel_tol=1e-4):
            return "That is the logarithm of the factor; take math.exp of it."
        if math.isclose(got_exponent, factor, rel_tol=1e-4):
            return "Factor first, then exponent."
        if floor and not math.isclose(got_exponent, exponent, rel_tol=1e-4):
            raw = -math.log(losses[-1] / losses[0]) / math.log(compute[-1] / compute[0])
            if math.isclose(got_exponent, raw, rel_tol=0.1):
                return "The floor is still in the losses: take it off before the logarithm."
        for name, got, right in (("exponent", got_exponent, exponent), ("factor", got_factor, factor)):
            if not math.isclose(got, right, rel_tol=1e-3):
                law = f"{factor:g} · compute^−{exponent:g} + {floor:g}"
                return f"The {name} is {got:.4g}; for losses of {law} it should be {right:g}."
    return None
