"""Who may look where: boolean masks, True where a query may attend to a key. They combine with ``&``."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from minillm.errors import MaskError


def causal_mask(num_queries: int, num_keys: int | None = None) -> Bool[Tensor, "queries keys"]:
    """Which key each query may attend to: True at (i, j) if key j is not later than query i.

    With fewer queries than keys the queries are the last ones, as they are when earlier keys come from a cache.
    """
    num_keys = num_queries if num_keys is None else num_keys
    return torch.ones(num_queries, num_keys, dtype=torch.bool).tril(num_keys - num_queries)


def sliding_window_mask(window: int, num_queries: int, num_keys: int | None = None) -> Bool[Tensor, "queries keys"]:
    """True where query and key are less than ``window`` positions apart, in either direction.

    Together with `causal_mask`, a query sees itself and the window − 1 tokens before it.
    Source: Beltagy et al. (2020), "Longformer", section 3.1.
    """
    num_keys = num_queries if num_keys is None else num_keys
    offset = num_keys - num_queries
    every = torch.ones(num_queries, num_keys, dtype=torch.bool)
    return every.tril(offset + window - 1).triu(offset - window + 1)


def padding_mask(present: Bool[Tensor, "batch keys"]) -> Bool[Tensor, "batch 1 1 keys"]:
    """Hide padding from every head and query; present is True at real tokens and False at padding."""
    return present[:, None, None, :]


def prefix_mask(
    prefix: Int[Tensor, " batch"], num_queries: int, num_keys: int | None = None
) -> Bool[Tensor, "batch queries keys"]:
    """True at (b, i, j) if key j is among the first prefix[b] of its row or not later than query i.

    The prefix is read in both directions, the rest from left to right. With fewer queries than keys the queries are the
    last ones. Source: Raffel et al. (2020), "Exploring the Limits of Transfer Learning", figure 4.
    """
    num_keys = num_queries if num_keys is None else num_keys
    inside = torch.arange(num_keys, device=prefix.device) < prefix[:, None]
    return causal_mask(num_queries, num_keys).to(prefix.device) | inside[:, None, :]


def both(
    mask: Bool[Tensor, "*#batch #queries #keys"] | None, other: Bool[Tensor, "*#batch #queries #keys"]
) -> Bool[Tensor, "*batch queries keys"]:
    """What both masks leave visible; None hides nothing."""
    return other if mask is None else mask & other


def check_mask(mask: Bool[Tensor, "*batch queries keys"], query: Tensor, key: Tensor) -> None:
    """Raise `MaskError` if the mask cannot be laid over the scores of query and key, or hides everything."""
    scores = (*query.shape[:-1], key.shape[-2])
    fits = mask.ndim <= len(scores) and all(
        have in (1, want) for have, want in zip(reversed(mask.shape), reversed(scores), strict=False)
    )
    if not fits:
        raise MaskError(
            f"a mask of shape {tuple(mask.shape)} does not fit scores of shape {scores}; the last two dimensions are "
            f"queries and keys, and each dimension must be 1 or the same"
        )
    if mask.numel() and not mask.any():
        raise MaskError("the mask hides every key from every query; True marks the keys that may be attended to")
