"""Checkers of the chapter on relative, rotary and ALiBi positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.positions import InterleavedRotaryPositions, RotaryPositions, alibi_slopes, relative_positions


@exercise(
    "relative-rotary-alibi.turns",
    hints=[
        "A full turn is an angle of 2π.",
        "Clock i turns by base to the power of −2i / d_k for each token: how many tokens make 2π?",
        "torch.arange(0, d_k, 2) is 2i for every clock.",
    ],
    praise="The slowest clocks of a large model have not finished a turn when the text ends.",
)
def check_turns(turn_lengths: Callable[[int, float], Tensor]) -> str | None:
    """turn_lengths(d_k, base): tokens that each pair takes for a full turn."""
    for d_k, base in ((8, 10000.0), (64, 500000.0), (2, 100.0)):
        exponents = torch.arange(0, d_k, 2) / d_k
        suspects = {
            "These are angles for each token. Tokens for a turn are 2π divided by them.": base**-exponents,
            "A turn is 2π, not 1: these are the tokens in which a clock turns by one radian.": base**exponents,
            "These fall; the first clock is the fastest, so the lengths should rise.": 2 * math.pi * base**-exponents,
            "There is one clock for each pair of numbers, and its exponent is 2i / d_k, not i / d_k.": 2
            * math.pi
            * base ** (exponents / 2),
        }
        expected = 2 * math.pi * base**exponents
        what = f"turn_lengths({d_k}, {base:g})"
        if problem := difference(turn_lengths(d_k, base), expected, what, suspects=suspects, tolerance=1e-4):
            if "shape" in problem:
                return problem + " There is one clock for each pair of numbers."
            return problem
    return None


def turned(x: Tensor, positions: Tensor, base: float, sign: int = 1) -> Tensor:
    """Neighbors paired, at any positions."""
    d_k = x.shape[-1]
    angles = sign * positions.double()[:, None] * base ** (-torch.arange(0, d_k, 2).double() / d_k)
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = angles.cos(), angles.sin()
    return torch.stack([even * cos - odd * sin, odd * cos + even * sin], dim=-1).flatten(-2).to(x.dtype)


@exercise(
    "relative-rotary-alibi.rotate",
    hints=[
        "torch.outer(positions, frequencies) has an angle for each position and pair.",
        "x.unflatten(-1, (-1, 2)) puts the two numbers of each pair on an axis of their own.",
        "Multiply torch.view_as_complex of that by torch.polar(torch.ones_like(angles), angles), and go back with "
        "torch.view_as_real and flatten(-2).",
    ],
    praise="One multiplication of complex numbers for each pair, and any positions will do.",
)
def check_rotate(rotate: Callable[..., Tensor]) -> str | None:
    """rotate(x, positions, base): neighbors are turned together by position times base^(-2i/d_k)."""
    x, positions = torch.randn(2, 3, 5, 8), torch.arange(5)
    expected = InterleavedRotaryPositions(16, 8, 1).rotate(x, 0)
    suspects = {
        "Nothing is turned.": x,
        "The halves are paired, number i with number i + d_k/2; here neighbors are.": RotaryPositions(16, 8, 1).rotate(
            x, 0
        ),
        "The hands turn the wrong way: for complex numbers, the angle is positive.": turned(x, positions, 1e4, -1),
        "The exponent is i / d_k; it should be 2i / d_k.": turned(x, positions, 1e2),
    }
    if problem := difference(rotate(x, positions), expected, "rotate(x, torch.arange(5))", suspects=suspects):
        return problem
    positions = torch.tensor([7.0, 9.5, 100.0, 0.25, 7.0])
    suspects = {
        "The positions are ignored: the first row is treated as position 0.": turned(x, torch.arange(5), 1e4),
        "Positions were rounded; 9.5 is a position, too.": turned(x, positions.long(), 1e4),
    }
    what = "With positions 7, 9.5, 100, 0.25 and 7, the result"
    answer = rotate(x, positions)
    if problem := difference(answer, turned(x, positions, 1e4), what, suspects=suspects, tolerance=1e-4):
        return problem
    suspects = {"The base is ignored.": turned(x, torch.arange(5), 1e4)}
    answer = rotate(x, torch.arange(5), 50.0)
    return difference(answer, turned(x, torch.arange(5), 50.0), "With a base of 50, the result", suspects=suspects)


@exercise(
    "relative-rotary-alibi.alibi",
    hints=[
        "positions[:, None] - positions[None, :] is how far back each key is from each query.",
        "The slopes are 2 to the power of −8h/H for h = 1, 2, ... H: for eight heads, ½, ¼, and so on.",
        "slopes[:, None, None] lets one number for each head meet a matrix.",
    ],
    praise="No parameter, one line, and it held where five others did not.",
)
def check_alibi(alibi_bias: Callable[[int, int], Tensor]) -> str | None:
    """alibi_bias(num_heads, time): (heads, time, time), compared where the key is not later than the query."""
    for num_heads, time in ((8, 5), (4, 7), (1, 3)):
        slopes, back = alibi_slopes(num_heads), -relative_positions(time, time)
        seen = back >= 0
        answer: Any = alibi_bias(num_heads, time)
        if isinstance(answer, Tensor) and answer.shape == (num_heads, time, time):
            answer = answer.masked_fill(~seen, 0.0)

        def bias(slopes: Tensor, back: Tensor = back, seen: Tensor = seen) -> Tensor:
            return (-slopes[:, None, None] * back).masked_fill(~seen, 0.0)

        h = torch.arange(num_heads)
        suspects = {
            "The sign is wrong: far keys should lose, not win.": bias(-slopes),
            "h begins at 1: the first slope is 2^(−8/H), not 1.": bias(2.0 ** (-8 * h / num_heads)),
            "Every head has the same slope.": bias(slopes[:1].expand(num_heads)),
            "The heads are in the wrong order: the first has the steepest slope.": bias(slopes.flip(0)),
            "Query and key are exchanged: the query stands in the row.": bias(slopes).mT,
        }
        what = f"alibi_bias({num_heads}, {time}), where the key is not later than the query,"
        if problem := difference(answer, bias(slopes), what, suspects=suspects):
            return problem
    return None


@exercise(
    "relative-rotary-alibi.convert",
    hints=[
        "Within a head of eight, rows 0, 2, 4, 6 become the first half and rows 1, 3, 5, 7 the second.",
        "weight.unflatten(0, (num_heads, -1, 2)) has the axes head, pair, first or second of the pair.",
        "Exchange the axes of pairs and of first-or-second, and flatten the first three axes again.",
    ],
    praise="This is what the conversion of Llama's weights does to W_Q and W_K.",
)
def check_convert(to_halves: Callable[[Tensor, int], Tensor]) -> str | None:
    """to_halves(weight, num_heads): rows reordered so that pairing halves gives what pairing neighbors gave."""
    for num_heads, d_k in ((3, 8), (1, 6)):
        d_model = num_heads * d_k
        weight = torch.randn(d_model, d_model)
        rows = weight.unflatten(0, (num_heads, d_k // 2, 2))
        everywhere = torch.cat([weight[0::2], weight[1::2]])
        suspects = {
            "Nothing is reordered.": weight,
            "This is the way back, from halves to neighbors.": weight.unflatten(0, (num_heads, 2, -1))
            .transpose(1, 2)
            .flatten(0, 2),
            "The columns are reordered. A number of the query is a row of the stored matrix.": weight.unflatten(
                1, (num_heads, -1, 2)
            )
            .transpose(2, 3)
            .flatten(1, 3),
        }
        if num_heads > 1:
            suspects["The rows of all heads are mixed; each head keeps its own rows."] = everywhere
        expected = rows.transpose(1, 2).flatten(0, 2)
        what = f"to_halves of a matrix with {num_heads} heads of {d_k}"
        if problem := difference(to_halves(weight.clone(), num_heads), expected, what, suspects=suspects):
            return problem
    return None
