"""Checkers of the chapter on embeddings and output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise


class Guarded(torch.Tensor):
    """A table that notices when rows are looked up in it."""

    looked_up = False

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        lookups = (torch.Tensor.__getitem__, F.embedding, torch.index_select, torch.Tensor.index_select, torch.gather)
        if function in lookups:
            Guarded.looked_up = True
        return super().__torch_function__(function, types, args, kwargs or {})


@contextmanager
def guarded(table: Tensor) -> Iterator[Tensor]:
    """The table as one that notices lookups."""
    Guarded.looked_up = False
    yield table.as_subclass(Guarded)


@exercise(
    "embeddings-and-output.one-hot",
    hints=[
        "Compare each id with torch.arange(vocab_size): True in one place of each row.",
        "ids[..., None] gets one more axis at the end, whatever shape it had.",
        "A row of True and False becomes numbers with .float() or .to(table.dtype).",
    ],
    praise="A lookup is a product with one-hot rows. Real code copies the row, as nobody multiplies by zeros.",
)
def check_one_hot(embed: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """embed(ids, table) for ids with one and with two axes, without indexing the table."""
    table = torch.randn(7, 3)
    for ids in (torch.tensor([2, 0, 6, 2]), torch.tensor([[1, 5, 5], [0, 3, 6]])):
        with guarded(table) as watched:
            answer = embed(ids, watched)
        if Guarded.looked_up:
            return "The table is indexed. Make one-hot rows, and multiply them with the table."
        if isinstance(answer, Tensor):
            answer = answer.as_subclass(Tensor)
        what = f"embed(ids, table) for ids of shape {tuple(ids.shape)}"
        if problem := difference(answer, table[ids], what):
            return problem
    return None


@exercise(
    "embeddings-and-output.backward",
    hints=[
        "Row w of the answer is the sum of the slopes at all places where token w stands.",
        "result[ids] += slopes keeps only one of several equal ids; index_add keeps them all.",
        "Or: one-hot rows, transposed, times the slopes.",
    ],
    praise="This is all that training does to an embedding: it adds up what was sent back, row by row.",
)
def check_backward(table_slopes: Callable[[Tensor, Tensor, int], Tensor]) -> str | None:
    """table_slopes(ids, slopes, vocab_size) with repeated ids, and with a token that does not occur."""
    ids, slopes = torch.tensor([4, 1, 4, 0, 4]), torch.randn(5, 3)
    expected = torch.zeros(6, 3).index_add(0, ids, slopes)
    last = torch.zeros(6, 3)
    last[ids] = slopes
    counts = torch.bincount(ids, minlength=6)[:, None].clamp(min=1)
    suspects = {
        "Token 4 stands in three places; only the slope of one of them has arrived. Add them up.": last,
        "The slopes of repeated tokens are averaged; they add up.": expected / counts,
    }
    return difference(table_slopes(ids, slopes, 6), expected, "table_slopes(ids, slopes, 6)", suspects=suspects)


@exercise(
    "embeddings-and-output.temperature",
    hints=[
        "Dividing by a temperature of 0 gives infinities; treat 0 before you divide.",
        "torch.softmax subtracts the largest logit itself; exp() alone does not.",
        "F.one_hot(logits.argmax(dim=-1), logits.shape[-1]) has a 1 at the largest logit.",
    ],
    praise="From here to a model that writes it is one draw: torch.multinomial.",
)
def check_temperature(probabilities: Callable[[Tensor, float], Tensor]) -> str | None:
    """probabilities(logits, temperature) at several temperatures, at 0, for large logits and for minus infinity."""
    logits = torch.randn(2, 3, 5)
    for temperature in (0.5, 2.0):
        suspects = {
            "The logits are multiplied by the temperature; divide by it.": (logits * temperature).softmax(-1),
            "The temperature has no effect.": logits.softmax(-1),
            "The temperature divides the probabilities; divide the logits, before the softmax.":
                logits.softmax(-1) / temperature,
            "The softmax runs over the wrong axis; use the last.": (logits / temperature).softmax(-2),
        }  # fmt: skip
        expected = (logits / temperature).softmax(-1)
        what = f"probabilities(logits, {temperature})"
        if problem := difference(probabilities(logits, temperature), expected, what, suspects=suspects):
            return problem
    extreme = torch.tensor([[10_000.0, 9_999.0, -math.inf]])
    if problem := difference(
        probabilities(extreme, 0.5), (extreme / 0.5).softmax(-1), "With logits of 10,000, the result"
    ):
        return problem
    equal = torch.tensor([[1.0, 3.0, 3.0, -math.inf], [0.0, -1.0, -1.0, -5.0]])
    likeliest = torch.tensor([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    suspects = {
        "At temperature 0 the first of several equal logits takes everything; yours share.": (equal * 1e6).softmax(-1),
    }
    return difference(probabilities(equal, 0), likeliest, "At temperature 0, the result", suspects=suspects)


@exercise(
    "embeddings-and-output.neighbors",
    hints=[
        "First table - table.mean(dim=0), then divide each row by its length: F.normalize(..., dim=-1).",
        "Rows of length 1: rows @ rows[id] are all cosines at once.",
        "Set the token's own cosine to minus infinity before topk(count).indices.",
    ],
    praise="Four lines, and you can ask any model what its words are near to.",
)
def check_neighbors(neighbors: Callable[[Tensor, int, int], Tensor]) -> str | None:
    """neighbors(table, id, count): by centered cosine, the nearest first, never the token itself."""
    table = 3 + torch.randn(40, 4) * torch.rand(40, 1) * 3  # a common part, and rows of unequal length
    centered = table - table.mean(dim=0)

    def nearest(scores: Tensor, own: bool = False) -> Tensor:
        scores = scores.clone()
        if not own:
            scores[11] = -math.inf
        return scores.topk(5).indices

    cosines = F.normalize(centered, dim=-1) @ F.normalize(centered, dim=-1)[11]
    suspects = {
        "The token is among its own neighbors; leave it out.": nearest(cosines, own=True),
        "The mean row has not been taken off.": nearest(F.normalize(table, dim=-1) @ F.normalize(table, dim=-1)[11]),
        "These are the largest dot products: long rows win. Divide each row by its length.":
            nearest(centered @ centered[11]),
        "These are the nearest by distance; a cosine does not care how long rows are.":
            nearest(-(centered - centered[11]).norm(dim=-1)),
        "These are the farthest.": nearest(-cosines),
        "The nearest should come first.": nearest(cosines).flip(0),
    }  # fmt: skip
    answer = neighbors(table, 11, 5)
    if isinstance(answer, Tensor) and answer.is_floating_point():
        return "These are cosines; return the ids of the tokens: topk(...).indices."
    return difference(answer, nearest(cosines), "neighbors(table, 11, 5)", suspects=suspects)


@exercise(
    "embeddings-and-output.turn",
    hints=[
        "The answer is known as the orthogonal Procrustes problem.",
        "U, S, W = torch.linalg.svd(source.T @ target) gives W already transposed.",
        "Leave the singular values away: R = U @ W.",
    ],
    praise="Turned like this, two maps that were made apart can be compared word by word.",
)
def check_turn(turn: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """turn(source, target): the orthogonal R with source @ R closest to target, exact or with noise."""
    source = torch.randn(30, 6)
    R = torch.linalg.qr(torch.randn(6, 6)).Q
    for noise in (0.0, 0.3):
        target = source @ R + noise * torch.randn(30, 6)
        U, _, W = torch.linalg.svd(source.T @ target)
        best = U @ W
        answer = turn(source, target)
        suspects = {
            "This is the least squares solution. With noise it stretches; R must be orthogonal.":
                torch.linalg.lstsq(source, target).solution,
            "This turns the target onto the source: transpose it.": best.T,
            "torch.linalg.svd returns W already transposed: U @ W, not U @ W.T.": U @ W.T,
        }  # fmt: skip
        what = "turn(source, target)" + (" of noisy pairs" if noise else "")
        if problem := difference(answer, best, what, suspects=suspects, tolerance=1e-3):
            return problem
    return None
