"""Two helpers that every notebook uses: one fixes the seeds, one prints a number that training decides."""

import math
import random

import numpy as np
import torch


def reproducible(seed: int) -> torch.Generator:
    """Seed Python, NumPy and PyTorch, and return a fresh generator with the same seed.

    On one machine the same seed gives the same numbers. Between processors the last digits of floating-point sums
    differ, and training enlarges the difference: print such results with `approx`.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)


def approx(value: float, low: float, high: float, digits: int = 3) -> str:
    """Return ``≈ value`` after asserting that ``low <= value <= high``.

    The sign tells the reader, and the notebook tests, that the digits vary from machine to machine; the band is what is
    promised.

    Raises:
        AssertionError: the value lies outside its band or is not a number.
    """
    value = float(value)
    if math.isnan(value) or not low <= value <= high:
        raise AssertionError(f"{value:.{digits}f} lies outside its band of {low} to {high}")
    return f"≈ {value:.{digits}f}"
