"""The online softmax: attention block by block, in memory that grows with the length and not with its square.

Dao et al. (2022), "FlashAttention"; Milakov and Gimelshein (2018), "Online normalizer calculation for softmax".
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from minillm.masks import check_mask


def flash_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch #queries #keys"] | None = None,
    scale: float | None = None,
    causal: bool = False,
    block_size: int = 64,
) -> Float[Tensor, "*batch queries d_v"]:
    """The output of `scaled_dot_product_attention`, with no more than block_size² scores at a time.

    The softmax is computed online. After each block of keys a query keeps three things: the largest score so far m,
    the sum ℓ = Σ exp(s − m) and the mixture o = Σ exp(s − m) v. When a later block raises m to m', both sums are
    multiplied by exp(m − m'); at the end the output is o / ℓ. For the gradient only m + ln ℓ is kept, from which
    each block of weights exp(s − m − ln ℓ) is computed once more.

    A row whose mask hides every key gives zeros. ``causal=True`` is `causal_mask` beside the mask. This one is for
    reading, `fast_attention` is for running.

    Raises:
        MaskError: the mask fits no query and key, or hides everything.

    Source: Dao et al. (2022), algorithm 1 and, for the gradient, appendix B.4.
    """
    if mask is not None:
        check_mask(mask, query, key)
        mask = mask.expand(*mask.shape[:-2], query.shape[-2], key.shape[-2])
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    output: Tensor = _Flash.apply(query * scale, key, value, mask, causal, block_size)
    return output


def _blocks(
    query: Tensor, key: Tensor, mask: Tensor | None, causal: bool, block_size: int
) -> Iterator[tuple[slice, slice, Tensor]]:
    """Rows, columns and masked scores of each block in which some query may see some key."""
    num_queries, num_keys = query.shape[-2], key.shape[-2]
    places = torch.arange(num_keys, device=query.device)  # the queries are the last ones
    for row in range(0, num_queries, block_size):
        rows = slice(row, min(row + block_size, num_queries))
        last = rows.stop - 1 + num_keys - num_queries if causal else num_keys - 1  # the last key that any of them sees
        for column in range(0, last + 1, block_size):
            columns = slice(column, min(column + block_size, num_keys))
            scores = query[..., rows, :] @ key[..., columns, :].mT
            if mask is not None:
                scores = scores.masked_fill(~mask[..., rows, columns], -math.inf)
            if causal:
                own = torch.arange(rows.start, rows.stop, device=query.device) + num_keys - num_queries
                scores = scores.masked_fill(places[columns] > own[:, None], -math.inf)
            yield rows, columns, scores


class _Flash(torch.autograd.Function):
    """The two passes of `flash_attention`, of scaled queries."""

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, causal: bool, block_size: int
    ) -> Tensor:
        largest = query.new_full((*query.shape[:-1], 1), -math.inf)
        total = torch.zeros_like(largest)
        mixed = query.new_zeros(*query.shape[:-1], value.shape[-1])
        for rows, columns, scores in _blocks(query, key, mask, causal, block_size):
            before = largest[..., rows, :].clone()
            largest[..., rows, :] = torch.maximum(before, scores.amax(dim=-1, keepdim=True))
            finite = _finite(largest[..., rows, :])
            exponentials, shrink = torch.exp(scores - finite), torch.exp(before - finite)
            total[..., rows, :] = total[..., rows, :] * shrink + exponentials.sum(dim=-1, keepdim=True)
            mixed[..., rows, :] = mixed[..., rows, :] * shrink + exponentials @ value[..., columns, :]
        total = total.masked_fill(total == 0, 1.0)
        output = mixed / total
        ctx.save_for_backward(query, key, value, mask, output, _finite(largest) + total.log())
        ctx.settings = causal, block_size
        return output

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, d_output: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, mask, output, log_total = ctx.saved_tensors
        d_query, d_key, d_value = torch.zeros_like(query), torch.zeros_like(key), torch.zeros_like(value)
        along = (d_output * output).sum(dim=-1, keepdim=True)  # Σ_j weight_j · d_weight_j, without the weights
        for rows, columns, scores in _blocks(query, key, mask, *ctx.settings):
            weights = torch.exp(scores - log_total[..., rows, :])
            d_weights = d_output[..., rows, :] @ value[..., columns, :].mT
            d_scores = weights * (d_weights - along[..., rows, :])
            d_query[..., rows, :] += d_scores @ key[..., columns, :]
            d_key[..., columns, :] += d_scores.mT @ query[..., rows, :]
            d_value[..., columns, :] += weights.mT @ d_output[..., rows, :]
        return d_query, d_key, d_value, None, None, None


def _finite(largest: Tensor) -> Tensor:
    """The largest scores, and 0 for a row that has seen no key: −∞ minus −∞ would be NaN."""
    return largest.masked_fill(largest == -math.inf, 0.0)
