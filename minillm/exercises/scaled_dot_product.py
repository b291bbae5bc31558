"""Checkers of the chapter on scaled dot-product attention."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from minillm.attention import causal_mask, scaled_dot_product_attention
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise


@exercise(
    "scaled-dot-product.softmax",
    hints=[
        "Adding the same number to all scores of a row does not change its softmax.",
        "e to a number of at most 0 is at most 1, so subtract the largest score of each row first.",
        "scores.max(dim=-1, keepdim=True).values has the shape that subtracts from every row.",
    ],
    praise="Every softmax that you use subtracts the largest score first.",
)
def check_softmax(softmax: Callable[[Tensor], Tensor]) -> str | None:
    """softmax(scores) over the last axis, for scores too large for e to the score, and with some at minus infinity."""
    scores = torch.randn(2, 3, 5)
    suspects = {
        "Each column sums to 1; each row, the last axis, should.": torch.softmax(scores, dim=-2),
        "The values are e to the scores: divide each row by its sum.": scores.exp(),
        "All values together sum to 1; each row of the last axis should.": scores.flatten().softmax(0).view_as(scores),
    }
    if problem := difference(softmax(scores), torch.softmax(scores, dim=-1), "softmax(scores)", suspects=suspects):
        return problem
    large = torch.tensor([[1000.0, 1001.0, 1002.0], [-1000.0, -1001.0, -1002.0]])
    if problem := difference(softmax(large), torch.softmax(large, dim=-1), "softmax of scores such as 1000"):
        return problem + " In fp32, e to 1000 is infinite and e to -1000 is zero."
    masked = torch.tensor([[0.5, -math.inf, 1.5]])
    return difference(softmax(masked), torch.softmax(masked, dim=-1), "softmax of a row with -inf in it")


@exercise(
    "scaled-dot-product.attention",
    hints=[
        "Four lines: compare, scale, mask, and then softmax and mix. Write the shape beside each.",
        "key.transpose(-2, -1) exchanges the last two axes, whatever stands before them.",
        "Scores that the mask hides become -math.inf before the softmax: scores.masked_fill(~mask, -math.inf).",
    ],
    praise="The same numbers as PyTorch's own, for any batch axes, and for values as wide as you like.",
)
def check_attention(attention: Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]) -> str | None:
    """attention(query, key, value, mask) for batched tensors, with d_v different from d_k and a causal mask."""
    query, key, value = torch.randn(2, 3, 4, 16), torch.randn(2, 3, 4, 16), torch.randn(2, 3, 4, 5)
    everyone = torch.ones(4, 4, dtype=torch.bool)
    expected, weights = scaled_dot_product_attention(query, key, value)
    scores = query @ key.transpose(-2, -1)
    suspects = {
        "The scores are not divided by √d_k.": scores.softmax(-1) @ value,
        "The scores are divided by d_k; divide by its square root.": (scores / 16).softmax(-1) @ value,
        "The scores are divided by the square root of d_v; it is the size of queries and keys that makes them large.":
            (scores / math.sqrt(5)).softmax(-1) @ value,
        "The softmax runs over the queries; it must run over the keys, the last axis of the scores.":
            (scores / 4).softmax(-2) @ value,
        "These are scores times values: the softmax is missing.": scores / 4 @ value,
    }
    if problem := difference(attention(query, key, value, everyone), expected, "Without hidden keys, the output",
                             suspects=suspects):
        return problem
    mask = causal_mask(4)
    suspects = {
        "The mask is the wrong way round: True is where a query may look.":
            scaled_dot_product_attention(query, key, value, causal_mask(4).T)[0],
        "The mask has no effect.": expected,
        "The mask comes after the softmax: the hidden keys still count in the sum that each row is divided by.":
            (weights * mask) @ value,
        "Hidden scores are set to 0, and e to 0 is 1; set them to minus infinity.":
            (scores / 4).masked_fill(~mask, 0.0).softmax(-1) @ value,
    }
    masked, _ = scaled_dot_product_attention(query, key, value, mask)
    return difference(attention(query, key, value, mask), masked, "With a causal mask, the output", suspects=suspects)


@exercise(
    "scaled-dot-product.window",
    hints=[
        "Compare the position of each query with the position of each key: a column and a row of torch.arange(time).",
        "offset = positions[:, None] - positions[None, :] says how far back each key is.",
        "A query may look at offsets of 0 up to window - 1.",
    ],
    praise="With this mask the work grows with time × window, no longer with time².",
)
def check_window(window_mask: Callable[[int, int], Tensor]) -> str | None:
    """window_mask(time, window): True where key j is one of the last `window` tokens up to query i."""
    positions = torch.arange(6)
    offset = positions[:, None] - positions[None, :]
    suspects = {
        "A token cannot see itself; offset 0 is allowed.": (offset > 0) & (offset <= 3),
        "The window is one token too long: the token itself counts as one of the 3.": (offset >= 0) & (offset <= 3),
        "The window also opens to the future.": offset.abs() < 3,
        "This is the causal mask: it has no window yet.": offset >= 0,
        "True and False are exchanged: True is where a query may look.": ~((offset >= 0) & (offset < 3)),
        "The window opens to the future, not to the past.": (offset <= 0) & (offset > -3),
    }
    expected = (offset >= 0) & (offset < 3)
    if problem := difference(window_mask(6, 3), expected, "window_mask(6, 3)", suspects=suspects):
        return problem
    if problem := difference(window_mask(4, 1), torch.eye(4, dtype=torch.bool), "window_mask(4, 1)"):
        return problem
    return difference(window_mask(3, 10), causal_mask(3), "window_mask(3, 10), a window longer than the text,")


@exercise(
    "scaled-dot-product.previous",
    hints=[
        "Give each position a direction of its own: row t of torch.eye(time) is 1 at t and 0 elsewhere.",
        "If the key of position t is row t, then the query of position t must be row t - 1.",
        "A score of 1, divided by √d_k, hardly stands out: multiply queries or keys by a number large enough.",
    ],
    praise="A head of this kind is in almost every trained language model, and you have built one by hand.",
)
def check_previous(previous_token_head: Callable[[int], tuple[Tensor, Tensor]]) -> str | None:
    """previous_token_head(time) -> (query, key) whose causal attention puts 0.99 on the token before."""
    for time in (5, 12):
        answer: Any = previous_token_head(time)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            return f"Return two tensors, query and key; you return a {type(answer).__name__}."
        query, key = answer
        for name, tensor in (("query", query), ("key", key)):
            if not isinstance(tensor, Tensor) or tensor.dim() != 2 or len(tensor) != time:
                found = tuple(tensor.shape) if isinstance(tensor, Tensor) else type(tensor).__name__
                return f"{name} should have shape ({time}, d_k) for a text of {time} tokens; it is {found}."
        if query.shape != key.shape:
            return f"query has shape {tuple(query.shape)} and key {tuple(key.shape)}; they need the same d_k."
        if problem := _looks_back(query.float(), key.float(), time):
            return problem
    return None


def _looks_back(query: Tensor, key: Tensor, time: int) -> str | None:
    weights = scaled_dot_product_attention(query, key, key, causal_mask(time))[1]
    if weights.isnan().any():
        return "The weights hold NaN: a score is infinite, or not a number. Large is enough."
    looked_at = weights.argmax(dim=-1)
    expected = torch.arange(time) - 1
    wrong = (looked_at[1:] != expected[1:]).nonzero().flatten()
    if len(wrong):
        t = int(wrong[0]) + 1
        if torch.equal(looked_at, torch.arange(time)) and len(set(weights[t, : t + 1].tolist())) > 1:
            return "Every token looks at itself: move the queries by one position against the keys."
        return f"Of {time} tokens, token {t} should look at token {t - 1}, but looks at {int(looked_at[t])} most."
    smallest = weights.diagonal(-1).min(dim=0)
    least, t = float(smallest.values), int(smallest.indices)
    if least < 0.99:
        return (
            f"Every token looks back by one, but not sharply: token {t + 1} gives only {least:.2f} of its weight; "
            "0.99 is asked for. Remember what the scores are divided by."
        )
    return None


class LargestTensor(TorchDispatchMode):
    """Counts the numbers in the largest tensor that any operation makes."""

    numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, Tensor):
                self.numbers = max(self.numbers, tensor.numel())
        return result


@exercise(
    "scaled-dot-product.chunks",
    hints=[
        "Keep three things for each query: the largest score so far, the sum of exponentials, and the sum of "
        "exponentials times values.",
        "When a chunk raises the largest score from old to new, what was summed so far must be multiplied by "
        "e^(old − new).",
        "Start with a largest score of minus infinity and sums of zero; divide the one sum by the other at the end.",
    ],
    praise="This is the idea of FlashAttention: the same output, and no matrix of weights in memory.",
)
def check_chunks(attention_in_chunks: Callable[[Tensor, Tensor, Tensor, int], Tensor]) -> str | None:
    """attention_in_chunks(query, key, value, chunk): the output, never holding more than chunk scores of a query."""
    query, key, value = torch.randn(30, 8), torch.randn(100, 8), torch.randn(100, 6)
    expected, _ = scaled_dot_product_attention(query, key, value)
    for size in (100, 20, 30):
        what = f"For 100 keys in chunks of {size}, the output"
        chunks = zip(key.split(size), value.split(size), strict=True)
        parts = [scaled_dot_product_attention(query, *chunk)[0] for chunk in chunks]
        suspects = {
            "Each chunk has a softmax of its own, and the results are averaged. A chunk with better matches must "
            "count for more.": torch.stack(parts).mean(dim=0),
            "Each chunk has a softmax of its own, and the results are summed.": torch.stack(parts).sum(dim=0),
            "Only the last chunk is in the output.": parts[-1],
        }
        if problem := difference(attention_in_chunks(query, key, value, size), expected, what, suspects=suspects):
            return problem
    sharp, _ = scaled_dot_product_attention(query * 100, key, value)
    large = attention_in_chunks(query * 100, key, value, 20)
    if problem := difference(large, sharp, "With scores in the hundreds, the output"):
        return problem + " Subtract the largest score so far before taking exponentials."
    with LargestTensor() as largest:
        attention_in_chunks(query, key, value, 10)
    if largest.numbers > 30 * 10 + len(key) * 8:
        return (
            f"The output is right, but a tensor of {largest.numbers} numbers was made on the way; for 30 queries and "
            "chunks of 10 keys, 300 scores at a time are enough."
        )
    return None
