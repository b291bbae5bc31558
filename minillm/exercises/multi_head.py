"""Checkers of the chapter on multi-head attention."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from minillm.attention import causal_mask, padding_mask, scaled_dot_product_attention
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.models import GPT, GPTConfig


@exercise(
    "multi-head.split",
    hints=[
        "Two steps: give the last axis two, (heads, d_k), and then bring heads in front of time.",
        "x.unflatten(-1, (num_heads, -1)) has shape (batch, time, heads, d_k).",
        "transpose(1, 2) exchanges time and heads. Reshaping straight to the final shape moves no number.",
    ],
    praise="A reshape keeps the order of the numbers in memory, a transposition changes it. Here both are needed.",
)
def check_split(split_heads: Callable[[Tensor, int], Tensor]) -> str | None:
    """split_heads(x, num_heads): (batch, time, d_model) to (batch, heads, time, d_k), head j the j-th slice of x."""
    x = torch.randn(2, 5, 12)
    cut = x.unflatten(-1, (3, 4))
    suspects = {
        "Reshaped straight to (batch, heads, time, d_k): each head holds a piece of the text, not of every vector. Cut "
        "the last axis first, then exchange time and heads.": x.reshape(2, 3, 5, 4),
        "Each head takes every third number; head j should be a contiguous slice.": x.unflatten(-1, (4, 3)).permute(
            0, 3, 1, 2
        ),
    }
    if problem := difference(split_heads(x, 3), cut.transpose(1, 2), "split_heads(x, 3)", suspects=suspects):
        if tuple(split_heads(x, 3).shape) == tuple(cut.shape):
            return problem + " Heads must come before time: attention works on the last two axes."
        return problem
    one = torch.randn(1, 4, 6)
    return difference(split_heads(one, 1), one[:, None], "split_heads with one head")


def _reference(
    x: Tensor, memory: Tensor, matrices: Sequence[Tensor], num_heads: int, mask: Tensor | None = None
) -> Tensor:
    query, key, value = (
        (text @ matrix).unflatten(-1, (num_heads, -1)).transpose(1, 2)
        for text, matrix in zip((x, memory, memory), matrices, strict=False)
    )
    mixed, _ = scaled_dot_product_attention(query, key, value, mask)
    return mixed.transpose(1, 2).flatten(2) @ matrices[3]


@exercise(
    "multi-head.attention",
    hints=[
        "Five steps: project, cut into heads, attend, put the heads side by side, write.",
        "Queries come from x; keys and values come from memory, which may have another length.",
        "mixed.transpose(1, 2).flatten(2) undoes the cut; then multiply by W_O.",
    ],
    praise="Self-attention, cross-attention and everything between, in a handful of lines.",
)
def check_attention(cross: Callable[..., Tensor]) -> str | None:
    """cross(x, memory, W_Q, W_K, W_V, W_O, num_heads): x asks, the memory answers, no mask."""
    x, memory = torch.randn(2, 4, 12), torch.randn(2, 7, 12)
    matrices = list(torch.randn(4, 12, 12) / 2)
    W_Q, W_K, W_V, W_O = matrices
    expected = _reference(x, memory, matrices, 3)
    query, key, value = (part.unflatten(-1, (3, 4)).transpose(1, 2) for part in (x @ W_Q, memory @ W_K, memory @ W_V))
    mixed, _ = scaled_dot_product_attention(query, key, value)
    merged, torn = mixed.transpose(1, 2).flatten(2), mixed.reshape(2, 4, 12)
    wide, _ = scaled_dot_product_attention(query, key, value, scale=1 / math.sqrt(12))
    suspects = {
        "Keys and values come from x; they should come from memory.": _reference(x, x, matrices, 3),
        "This is one head of full width: the heads were never cut.": _reference(x, memory, matrices, 1),
        "W_O is missing.": merged,
        "The scores are divided by √d_model; each head has only d_k numbers.": wide.transpose(1, 2).flatten(2) @ W_O,
        "The heads are joined without bringing time back in front of them: transpose before you flatten.": torn @ W_O,
        "Queries and keys have changed places.": _reference(x, memory, [W_K, W_Q, W_V, W_O], 3),
    }
    answer = cross(x, memory, *matrices, 3)
    if getattr(answer, "shape", None) == (2, 7, 12):
        return "There is one output for each token of memory; there should be one for each token of x, which asks."
    if problem := difference(answer, expected, "cross(x, memory, …)", suspects=suspects):
        return problem
    return difference(cross(x, x, *matrices, 1), _reference(x, x, matrices, 1), "one head that looks at its own text")


@exercise(
    "multi-head.mask",
    hints=[
        "Compare positions with lengths: of the `longest` places of a row, the last `length` hold real tokens.",
        "torch.arange(longest) >= longest - lengths[:, None] says which are real: (batch, longest).",
        "The padding is hidden as a key: [:, None, None, :] lays that over (batch, heads, queries, keys).",
        "causal & padding: a query may look only where both allow it.",
    ],
    praise="With this mask a batch of stories of all lengths gives each the same result as alone.",
)
def check_mask(who_may_look: Callable[[Tensor], Tensor]) -> str | None:
    """who_may_look(lengths): (batch, 1, longest, longest), causal, and nobody looks at the padding before a text."""
    lengths = torch.tensor([3, 5, 1])
    places = torch.arange(5)
    present = places >= 5 - lengths[:, None]
    padding, causal = padding_mask(present).expand(3, 1, 5, 5), causal_mask(5).expand(3, 1, 5, 5)
    expected = causal & padding
    suspects = {
        "Later tokens can be seen: the causal mask is missing.": padding,
        "This is the causal mask alone: the padding in front of short texts can be seen. Hide it as a key.": causal,
        "True and False are exchanged: True is where a query may look.": ~expected,
        "The mask says | where it should say &: a query may look only where both allow it.": causal | padding,
        "You hide the end of each row; here the padding stands in front.": causal
        & padding_mask(places < lengths[:, None]),
        "Each text may look at one place of padding: of 5 places, the last 3 are real if the length is 3.": causal
        & padding_mask(places >= 4 - lengths[:, None]),
    }
    mask = who_may_look(lengths)
    if isinstance(mask, Tensor) and mask.shape == (3, 5, 5):
        return "The mask has shape (3, 5, 5); the heads need an axis of size 1 between batch and queries: (3, 1, 5, 5)."
    if not isinstance(mask, Tensor) or mask.shape != expected.shape:
        return difference(mask, expected, "who_may_look(torch.tensor([3, 5, 1]))")
    if mask.dtype != torch.bool:
        return f"The mask holds {mask.dtype} values; it should hold True and False (torch.bool)."
    asks = present[:, None, :, None]  # what padding itself may look at does not matter
    suspects = {sentence: mistake & asks for sentence, mistake in suspects.items()}
    return difference(mask & asks, expected & asks, "who_may_look(torch.tensor([3, 5, 1]))", suspects=suspects)


@exercise(
    "multi-head.cache",
    hints=[
        "For each layer and each token, every head of keys and values keeps one key and one value.",
        "A key has d_k numbers, and so has a value.",
        "It is the number of key and value heads that counts; query heads are not kept.",
    ],
    praise="The same bytes as in a real cache. Lay this beside the memory of the machine you have.",
)
def check_cache(cache_size: Callable[..., int]) -> str | None:
    """cache_size(num_layers, num_kv_heads, d_k, time, number_bytes), compared with the cache of real models."""
    for layers, heads, kv_heads, d_k, time in ((3, 4, 4, 8, 5), (2, 4, 2, 6, 7), (1, 6, 1, 2, 9)):
        model = GPT(
            GPTConfig(5, d_model=heads * d_k, num_layers=layers, num_heads=heads, num_kv_heads=kv_heads)
        ).double()
        cache = model.new_cache()
        with torch.no_grad():
            model(torch.zeros(1, time, dtype=torch.long), cache=cache)
        real = sum(part.nbytes for pair in cache.layers if pair is not None for part in pair)
        what = f"{layers} layers, {kv_heads} key and value heads of {d_k} numbers, {time} tokens, 8 bytes a number"
        answer = cache_size(layers, kv_heads, d_k, time, 8)
        if answer == real:
            continue
        causes = {
            real / 2: " There are keys *and* values.",
            real / 8: " That is how many numbers; each takes number_bytes.",
            real / layers: " Every layer keeps its own.",
            real * kv_heads: " The number of heads counts once.",
            real * time: " Keys and values grow with the length, not with its square: scores are not kept.",
        }
        return f"For {what}, the cache holds {real} bytes, not {answer}.{causes.get(answer, '')}"
    return None


@exercise(
    "multi-head.share",
    hints=[
        "weight.chunk(3) gives the rows of the queries, the keys and the values.",
        "part.unflatten(0, (num_kv_heads, group, -1)) brings the heads that will share into one axis of their own.",
        "Take the mean over that axis, flatten the first two again, and join the three parts with torch.cat.",
    ],
    praise="With a little more training after it, this is how models with many heads of keys were turned into ones "
    "with few.",
)
def check_share(share_keys: Callable[[Tensor, int, int], Tensor]) -> str | None:
    """share_keys(weight, num_heads, num_kv_heads): neighboring key and value heads become their mean."""
    weight = torch.randn(3 * 12, 5)
    query, key, value = weight.chunk(3)

    def pooled(part: Tensor, heads: int, kv_heads: int) -> Tensor:
        return part.unflatten(0, (kv_heads, heads // kv_heads, -1)).mean(dim=1).flatten(0, 1)

    def strided(part: Tensor) -> Tensor:
        return part.unflatten(0, (2, 2, 3)).mean(dim=0).flatten(0, 1)

    expected = torch.cat([query, pooled(key, 4, 2), pooled(value, 4, 2)])
    suspects = {
        "The heads are summed; take their mean.": torch.cat([query, 2 * pooled(key, 4, 2), 2 * pooled(value, 4, 2)]),
        "Heads 1 and 3 share, and 2 and 4; neighbors should: 1 and 2, 3 and 4.": torch.cat(
            [query, strided(key), strided(value)]
        ),
        "Each group keeps its first head; take the mean of its heads.": torch.cat(
            [query, *(part.unflatten(0, (2, 2, 3))[:, 0].flatten(0, 1) for part in (key, value))]
        ),
    }
    answer = share_keys(weight, 4, 2)
    if getattr(answer, "shape", None) == (18, 5):
        return "The queries are pooled, too; every query head should stay as it is."
    if problem := difference(answer, expected, "share_keys(weight, 4, 2)", suspects=suspects):
        return problem
    if problem := difference(share_keys(weight, 4, 4), weight, "share_keys(weight, 4, 4), where nobody shares,"):
        return problem
    bias = torch.randn(3 * 12)
    parts = bias.chunk(3)
    return difference(
        share_keys(bias, 4, 1),
        torch.cat([parts[0], pooled(parts[1], 4, 1), pooled(parts[2], 4, 1)]),
        "share_keys of a bias, which has no second axis,",
    )
