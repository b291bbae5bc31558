"""Seeds, numbers in bands, and the family of errors."""

import math
import random

import numpy as np
import pytest
import torch

import minillm
from minillm import errors


def draws():
    return random.random(), np.random.rand(), torch.rand(3).tolist()


def test_one_call_seeds_every_generator():
    minillm.reproducible(7)
    first = draws()
    minillm.reproducible(7)
    assert draws() == first
    minillm.reproducible(8)
    assert all(a != b for a, b in zip(draws(), first, strict=True))


def test_the_generator_it_returns_is_fresh_and_its_own():
    generator = minillm.reproducible(7)
    before = torch.get_rng_state()
    expected = torch.rand(3, generator=torch.Generator().manual_seed(7))
    assert torch.equal(torch.rand(3, generator=generator), expected)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((1.23456, 1, 2), "≈ 1.235"),
        ((1.23456, 1, 2, 1), "≈ 1.2"),
        ((-0.5, -1.0, 0.0), "≈ -0.500"),
        ((2, 2, 2, 0), "≈ 2"),
        ((1, 0, 2), "≈ 1.000"),
    ],
)
def test_a_number_in_its_band_is_printed_with_the_sign(arguments, expected):
    assert minillm.approx(*arguments) == expected


@pytest.mark.parametrize("value", [0.999, 2.001, math.nan, math.inf, -math.inf])
def test_a_number_outside_its_band_is_an_error_that_names_both(value):
    with pytest.raises(AssertionError, match=r"band of 1\.? ?(0 )?to 2") as caught:
        minillm.approx(value, 1, 2)
    assert f"{value:.3f}" in str(caught.value)


def test_every_error_a_reader_can_cause_is_a_value_error():
    classes = [error for error in vars(errors).values() if isinstance(error, type)]
    named = [error for error in classes if error.__module__ == errors.__name__]
    assert len(named) >= 9
    for error in named:
        if error is errors.TrainingInterrupted:
            assert issubclass(error, KeyboardInterrupt) and not issubclass(error, Exception)
        else:
            assert issubclass(error, errors.MinillmError) and issubclass(error, ValueError)
        assert error.__doc__
