"""The comparison that most checkers end with: is this tensor the expected one, and if not, what does it look like?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def difference(
    actual: Any,
    expected: Tensor,
    what: str = "the result",
    *,
    suspects: Mapping[str, Tensor] | None = None,
    tolerance: float = 1e-5,
) -> str | None:
    """Say how `actual` differs from `expected`, or None if it does not.

    Args:
        actual: what the reader's code returned: a tensor, or something that `torch.as_tensor` takes.
        expected: the right tensor.
        what: the name of it in the sentence, such as ``"the output"``.
        suspects: for each common mistake, a sentence about it and the tensor that it produces.
        tolerance: the largest absolute difference allowed, and relative to the expected value.
    """
    try:
        actual = torch.as_tensor(actual).detach()
    except (TypeError, ValueError, RuntimeError):
        return f"{what} is a {type(actual).__name__}; it should be a tensor of shape {tuple(expected.shape)}."
    if actual.shape != expected.shape:
        return _shapes(actual, expected, what)
    if actual.dtype != torch.bool and expected.dtype == torch.bool:
        return f"{what} holds {actual.dtype} values; it should hold True and False (torch.bool)."
    actual, expected = actual.double(), expected.detach().double()
    if _close(actual, expected, tolerance):
        return None
    for sentence, mistake in (suspects or {}).items():
        if mistake.shape == actual.shape and _close(actual, mistake.detach().double(), tolerance):
            return sentence
    return _values(actual, expected, what)


def _close(actual: Tensor, expected: Tensor, tolerance: float) -> bool:
    return torch.allclose(actual, expected, rtol=tolerance, atol=tolerance)


def _shapes(actual: Tensor, expected: Tensor, what: str) -> str:
    found, wanted = tuple(actual.shape), tuple(expected.shape)
    sentence = f"{what} has shape {found}; it should have shape {wanted}."
    if sorted(found) == sorted(wanted):
        sentence += " The same sizes in another order: look for a transpose, or a sum over the wrong axis."
    return sentence


def _values(actual: Tensor, expected: Tensor, what: str) -> str:
    if actual.isnan().any():
        bad = int(actual.isnan().sum())
        return f"{what} holds {bad} NaN of {actual.numel()} values: look for 0/0, or a softmax over only -inf."
    if actual.dim() == 2 and actual.shape[0] == actual.shape[1] and _close(actual.T, expected, 1e-5):
        return f"{what} is transposed: rows and columns are exchanged."
    factor = (actual * expected).sum() / (expected * expected).sum().clamp_min(1e-30)
    if factor.isfinite() and factor.abs() > 1e-3 and _close(actual, factor * expected, 1e-4):
        return f"{what} is {factor.item():.4g} times what it should be: look for a missing or extra scale."
    shift = (actual - expected).mean()
    if shift.isfinite() and _close(actual, expected + shift, 1e-4):
        return f"{what} is {shift.item():+.4g} away from what it should be, everywhere by the same amount."
    gap = (actual - expected).abs().nan_to_num(nan=float("inf"))
    place = tuple(int(i) for i in torch.unravel_index(gap.argmax(), gap.shape))
    position = f" at {list(place)}" if place else ""
    return (
        f"{what} has the right shape, but its values are off: the largest difference is{position}, "
        f"where it is {actual[place].item():.4g} and should be {expected[place].item():.4g}."
    )
