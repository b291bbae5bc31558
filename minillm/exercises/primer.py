"""Checkers of the primer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise


@exercise(
    "primer.log-probability",
    hints=[
        "Each token after the first has one factor: the row of the token before it, the column of the token itself.",
        "ids[:-1] are the tokens before, ids[1:] the tokens that came.",
        "probabilities[rows, columns] takes one number for each pair of a row and a column.",
    ],
    praise="Minus this number, divided by the count of tokens, is the loss of every language model in this book.",
)
def check_log_probability(log_probability: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """log_probability(probabilities, ids) -> ln p of the tokens after the first."""
    probabilities = torch.rand(4, 4) + 0.1
    probabilities = probabilities / probabilities.sum(dim=-1, keepdim=True)
    ids = torch.tensor([2, 0, 3, 3, 1])
    factors = probabilities[ids[:-1], ids[1:]]
    suspects = {
        "This is the probability; return its logarithm.": factors.prod(),
        "This is minus the log-probability, the surprise. A log-probability is never positive.": -factors.log().sum(),
        "This is the mean over the tokens; the log-probability of a text is a sum.": factors.log().mean(),
        "Rows and columns are exchanged: row a holds what follows a.": probabilities[ids[1:], ids[:-1]].log().sum(),
        "The logarithm is that of base 2: these are bits.": factors.log2().sum(),
        "These are the logarithms token by token; add them up.": factors.log(),
    }
    answer = log_probability(probabilities, ids)
    if isinstance(answer, Tensor) and answer.shape == factors.shape and torch.allclose(answer, factors.log()):
        return "These are the logarithms token by token; add them up."
    if problem := difference(answer, factors.log().sum(), "the log-probability", suspects=suspects):
        return problem
    long = torch.randint(4, (3000,))
    expected = probabilities[long[:-1], long[1:]].log().sum()
    what = "the log-probability of 3,000 tokens"
    if problem := difference(log_probability(probabilities, long), expected, what, tolerance=1e-4):
        return problem + " A product of 3,000 chances is 0 for a computer: take logarithms first."
    return None


@exercise(
    "primer.nudge",
    hints=[
        "One entry at a time: f with it a little larger, f with it a little smaller; divide by the distance.",
        "The two places are 2h apart.",
        "Make a tensor of zeros like w, set one of its entries to h, and add it to w: then w stays what it was.",
    ],
    praise="It is slow, and it is how one finds out whether a backward pass is right.",
)
def check_nudge(nudged_gradient: Callable[..., Tensor]) -> str | None:
    """nudged_gradient(f, w) -> the gradient of f at w by central differences."""
    weights = torch.randn(2, 3, dtype=torch.double)

    def f(w: Tensor) -> Tensor:
        return (weights * w).sum() + (w**3).sum()

    w = torch.randn(2, 3, dtype=torch.double)
    before = w.clone()
    expected = weights + 3 * w**2
    answer = nudged_gradient(f, w)
    if not torch.equal(w, before):
        return "The gradient is not the point: w has been changed. Nudge a copy."
    suspects = {
        "The two places are 2h apart; you divide by h.": 2 * expected,
        "The difference is not divided by the distance, 2h.": 2e-3 * expected,
        "The sign is wrong: the larger place comes first.": -expected,
        "This is the sum of all slopes, everywhere: nudge one entry at a time.": expected.sum().expand(2, 3),
    }
    if problem := difference(answer, expected, "the gradient", suspects=suspects, tolerance=1e-4):
        return problem
    steep = torch.full((1,), 1.0, dtype=torch.double)
    error = abs(float(torch.as_tensor(nudged_gradient(lambda w: (w**2).sum() * 100, steep)).sum()) - 200)
    if error > 1e-3:
        return "Nearly, but less exact than it could be: nudge in both directions, by h each, and divide by 2h."
    return None


@exercise(
    "primer.learn",
    hints=[
        "The shares seen are counts divided by their sum; they stay the same in all steps.",
        "The slope of the loss in each score is p − q: softmax of the scores, minus the shares seen.",
        "A step goes against the slope: scores − rate · (p − q).",
    ],
    praise="With a network between the text and the scores, this is how every model in the book is trained.",
)
def check_learn(learn_scores: Callable[[Tensor, int, float], Tensor]) -> str | None:
    """learn_scores(counts, steps, rate) -> scores after so many steps down the slope of the mean surprise."""
    counts = torch.tensor([5.0, 1.0, 2.0, 2.0])
    seen = counts / counts.sum()

    def learned(slope: Callable[[Tensor, Tensor], Tensor], steps: int = 3, rate: float = 0.5) -> Tensor:
        scores = torch.zeros(4)
        for _ in range(steps):
            scores = scores - rate * slope(torch.softmax(scores, dim=-1), seen)
        return scores

    expected = learned(lambda p, q: p - q)
    suspects = {
        "It goes uphill: a step goes against the slope.": learned(lambda p, q: q - p),
        "The slope is that of the sum over all words seen, not of the mean: use shares, not counts.": learned(
            lambda p, q: 10 * (p - q)
        ),
        "The counts were not divided by their sum.": learned(lambda p, q: p - counts),
        "These are the probabilities; return the scores.": torch.softmax(expected, dim=-1),
        "One step too many.": learned(lambda p, q: p - q, steps=4),
        "One step too few.": learned(lambda p, q: p - q, steps=2),
        "The slope is computed once and used for all steps: compute it anew at each.": 3
        * learned(lambda p, q: p - q, steps=1),
        "The rate is not used.": learned(lambda p, q: p - q, rate=1.0),
    }
    answer = learn_scores(counts.clone(), 3, 0.5)
    if problem := difference(answer, expected, "learn_scores(counts, 3, 0.5)", suspects=suspects):
        return problem
    return difference(learn_scores(counts.clone(), 0, 0.5), torch.zeros(4), "learn_scores with no step")
