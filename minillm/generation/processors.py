"""Logits processors: small pure functions that reshape the distribution of the next token before it is sampled."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from minillm.errors import SamplingError


def temperature(logits: Float[Tensor, "*batch vocab"], value: float) -> Float[Tensor, "*batch vocab"]:
    """Logits / value, shifted so that the largest is 0.

    Below 1 the likely tokens become likelier, above 1 all tokens become more alike.

    Zero is the limit: everything on the most likely token (the first of several equal ones).

    Raises:
        SamplingError: the temperature is negative, infinite or not a number.
    """
    if not 0 <= value < math.inf:
        raise SamplingError(f"temperature = {value} must be 0 (always the likeliest token) or a number above 0")
    if value < torch.finfo(logits.dtype).tiny:  # zero, or as good as
        best = logits.argmax(dim=-1, keepdim=True)
        return torch.full_like(logits, -math.inf).scatter(-1, best, 0.0)
    # Only differences of logits count; with the largest at 0 no temperature, however low, overflows.
    return (logits - logits.amax(dim=-1, keepdim=True)) / value


def top_k(logits: Float[Tensor, "*batch vocab"], k: int) -> Float[Tensor, "*batch vocab"]:
    """Keep the k largest logits and exclude the rest; tokens equal to the k-th stay too.

    Raises:
        SamplingError: k is below 1. Fan et al. (2018), section 5.4.
    """
    if k < 1:
        raise SamplingError(f"top_k = {k} must be at least 1; leave it out to keep every token")
    kth = logits.topk(min(k, logits.shape[-1])).values[..., -1:]
    return logits.masked_fill(logits < kth, -math.inf)


def top_p(logits: Float[Tensor, "*batch vocab"], p: float) -> Float[Tensor, "*batch vocab"]:
    """Keep the smallest set of likeliest tokens whose probabilities sum to at least p (nucleus sampling).

    Raises:
        SamplingError: p is not in (0, 1]. Holtzman et al. (2020), section 3.1.
    """
    if not 0 < p <= 1:
        raise SamplingError(f"top_p = {p} must be above 0 and at most 1")
    if p == 1:
        return logits
    ordered, order = logits.sort(dim=-1, descending=True, stable=True)
    probabilities = ordered.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # of the tokens ahead of each one
    return torch.empty_like(logits).scatter(-1, order, ordered.masked_fill(before >= p, -math.inf))


def next_token_probabilities(
    logits: Float[Tensor, "*batch vocab"], t: float = 1.0, k: int | None = None, p: float | None = None
) -> Float[Tensor, "*batch vocab"]:
    """The distribution that is sampled: temperature, then top-k, then top-p, then softmax."""
    logits = temperature(logits, t)
    if k is not None:
        logits = top_k(logits, k)
    if p is not None:
        logits = top_p(logits, p)
    return logits.softmax(dim=-1)
