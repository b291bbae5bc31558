"""Checkers of the chapter on sinusoidal and learned positions."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.positions import sinusoids


@exercise(
    "sinusoidal-and-learned.waves",
    hints=[
        "The frequencies are base ** (-2i / d_model), and torch.arange(0, d_model, 2) is 2i.",
        "A column of positions times a row of frequencies is the table of angles, (num_positions, d_model/2).",
        "Columns result[:, 0::2] take the sines, result[:, 1::2] the cosines.",
    ],
    praise="The table of the first transformer, for any width and base.",
)
def check_waves(waves: Callable[[int, int, float], Tensor]) -> str | None:
    """waves(num_positions, d_model, base) equal to the formula."""
    expected = sinusoids(20, 8, 50.0)
    t, column = torch.arange(20)[:, None], torch.arange(8)
    sines, cosines = expected[:, 0::2], expected[:, 1::2]
    own = t * 50.0 ** (-column / 8)
    doubled = t * 50.0 ** (-2 * (column // 2 * 2) / 8)
    even = column % 2 == 0
    suspects = {
        "Sines and cosines are exchanged: sines stand in the even columns.": torch.stack([cosines, sines], -1).flatten(
            1
        ),
        "All sines stand first and all cosines behind them; the formula has them in turn.": torch.cat(
            [sines, cosines], -1
        ),
        "Each column has a wave of its own; columns 2i and 2i + 1 should share one frequency.": torch.where(
            even, own.sin(), own.cos()
        ),
        "The exponent is twice as large as it should be: 2i is the number of the even column itself.": torch.where(
            even, doubled.sin(), doubled.cos()
        ),
        "The base has the wrong sign in its exponent: clocks should get slower, not faster.": torch.where(
            even, (t * 50.0 ** (column // 2 * 2 / 8)).sin(), (t * 50.0 ** (column // 2 * 2 / 8)).cos()
        ),
        "The base is always 10000; use the one that is given.": sinusoids(20, 8),
    }
    if problem := difference(waves(20, 8, 50.0), expected, "waves(20, 8, 50)", suspects=suspects, tolerance=1e-4):
        return problem
    return difference(waves(5, 64, 10_000.0), sinusoids(5, 64), "waves(5, 64, 10000)", tolerance=1e-4)


@exercise(
    "sinusoidal-and-learned.moved",
    hints=[
        "Take the row apart: rows[..., 0::2] are the sines, rows[..., 1::2] the cosines.",
        "Clock i turns on by k · base^(-2i/d); use the formulas for the sine and cosine of a sum.",
        "torch.stack([sines, cosines], dim=-1).flatten(-2) puts them back in turn.",
    ],
    praise="Rotary positions, in the next chapter, are this function, applied to queries and keys.",
)
def check_moved(moved: Callable[[Tensor, float, float], Tensor]) -> str | None:
    """moved(rows, k, base): the rows of positions t + k, for one row and for many."""
    table = sinusoids(60, 16, 1000.0)
    rows = table[20:30]
    suspects = {
        "The clocks turn back: these are the rows of t - k.": table[16:26],
        "The rows have not moved.": rows,
        "Every clock turns by k radians; clock i is slower, by the factor base^(-2i/d).": _turned(
            rows, torch.full((8,), 4.0)
        ),
        "The base is always 10000; use the one that is given.": _turned(
            rows, 4 * 10000.0 ** (-torch.arange(0, 16, 2) / 16)
        ),
    }
    if problem := difference(
        moved(rows, 4, 1000.0), table[24:34], "moved(rows, 4, 1000)", suspects=suspects, tolerance=1e-4
    ):
        return problem
    for k, what in ((-20, "moved(rows, -20, 1000)"), (30, "moved(rows, 30, 1000)")):
        if problem := difference(moved(rows, k, 1000.0), table[20 + k : 30 + k], what, tolerance=1e-4):
            return problem
    if problem := difference(
        moved(table[7], 5, 1000.0), table[12], "For a single row, moved(row, 5, 1000)", tolerance=1e-4
    ):
        return problem
    twice = moved(moved(rows, 0.5, 1000.0), 0.5, 1000.0)
    return difference(twice, table[21:31], "Half a position, twice,", tolerance=1e-4)


def _turned(rows: Tensor, angles: Tensor) -> Tensor:
    sin, cos = rows[..., 0::2], rows[..., 1::2]
    return torch.stack(
        [sin * angles.cos() + cos * angles.sin(), cos * angles.cos() - sin * angles.sin()], dim=-1
    ).flatten(-2)


@exercise(
    "sinusoidal-and-learned.clock",
    hints=[
        "Queries and keys of zeros, of shape (time, 1), make all scores 0: even weights over what may be seen.",
        "The mask: causal_mask(time) & sliding_window_mask(window, time, time); the second alone looks both ways.",
        "The value is a column: 1 in row 0, else 0. So is the output; return its only number for each token.",
    ],
    praise="While the start is in the window the head counts; then it knows only that the start is gone.",
)
def check_clock(window_clock: Callable[[int, int], Tensor]) -> str | None:
    """window_clock(time, window): 1/(t + 1) while t < window, then 0."""
    t = torch.arange(12)
    expected = torch.where(t < 5, 1 / (t + 1.0), torch.zeros(12))
    suspects = {
        "This is the clock of the causal mask: it still sees the start everywhere.": 1 / (t + 1.0),
        "There is no mask at all: everybody sees the start and everybody else.": torch.full((12,), 1 / 12),
        "The window is one token too long: the token itself counts as one of the 5.": torch.where(
            t < 6, 1 / (t + 1.0), torch.zeros(12)
        ),
        "The window also opens to the future; combine it with the causal order.": torch.where(
            t < 5, 1 / (torch.minimum(t + 5, torch.tensor(12)) - (t - 4).clamp(min=0)).float(), torch.zeros(12)
        ),
        "The shape has one number too many for each token; return output[:, 0].": expected[:, None],
    }
    if problem := difference(window_clock(12, 5), expected, "window_clock(12, 5)", suspects=suspects):
        return problem
    short = 1 / torch.arange(1.0, 5.0)
    return difference(window_clock(4, 10), short, "window_clock(4, 10), a window longer than the text,")


@exercise(
    "sinusoidal-and-learned.stretch",
    hints=[
        "The places to read are torch.linspace(0, len(table) - 1, length): the first and the last row are hit exactly.",
        "Between two rows: the lower one times (1 - share) plus the upper one times share.",
        "At the very last place there is no row above: clamp the lower row to len(table) - 2.",
    ],
    praise="This is position interpolation, by which large models are made to read longer texts than they trained on.",
)
def check_stretch(stretch: Callable[[Tensor, int], Tensor]) -> str | None:
    """stretch(table, length): linear interpolation along positions, ends on ends."""
    table = torch.randn(6, 4)

    def interpolated(length: int, align: bool) -> Tensor:
        return F.interpolate(table.T[None], size=length, mode="linear", align_corners=align)[0].T

    suspects = {
        "The ends do not lie on the ends: row t should be read at t · (T − 1) / (length − 1).": interpolated(16, False),
        "Each row is repeated; there should be straight lines between the rows.": table[
            torch.linspace(0, 5, 16).long()
        ],
        "Each row is the nearest one; there should be straight lines between the rows.": table[
            torch.linspace(0, 5, 16).round().long()
        ],
        "The table starts again from its first row: it is repeated, not stretched.": table[torch.arange(16) % 6],
    }
    if problem := difference(stretch(table, 16), interpolated(16, True), "stretch(table, 16)", suspects=suspects):
        return problem
    if problem := difference(stretch(table, 6), table, "stretch(table, 6), for a table of 6 rows,"):
        return problem
    return difference(stretch(table, 4), interpolated(4, True), "stretch(table, 4), which squeezes,")
