"""The checkers of the chapter on relative, rotary and ALiBi positions: each common mistake gets its own sentence."""

import math

import pytest
import torch

from minillm.exercises import check
from minillm.exercises.relative_rotary_alibi import turned


def frequencies(d_k, base=10000.0):
    return base ** (-torch.arange(0, d_k, 2) / d_k)


def by_halves(x, positions, base=10000.0):
    angles = torch.outer(positions.float(), frequencies(x.shape[-1], base))
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()], -1)


def bias(slope, sign=-1):
    def alibi_bias(num_heads, time):
        slopes = torch.tensor([float(slope(h, num_heads)) for h in range(1, num_heads + 1)])
        back = torch.arange(time)[:, None] - torch.arange(time)
        return sign * slopes[:, None, None] * back

    return alibi_bias


def right(h, heads):
    return 2 ** (-8 * h / heads)


def pairs(weight, heads):
    return weight.unflatten(0, (heads, -1, 2))


MISTAKES = {
    "angles": ("turns", lambda d_k, base: frequencies(d_k, base), "divided by them"),
    "radian": ("turns", lambda d_k, base: 1 / frequencies(d_k, base), "2π, not 1"),
    "falling": ("turns", lambda d_k, base: 2 * math.pi * frequencies(d_k, base), "should rise"),
    "half": ("turns", lambda d_k, base: 2 * math.pi * base ** (torch.arange(d_k // 2) / d_k), "2i / d_k"),
    "all": ("turns", lambda d_k, base: 2 * math.pi * base ** (torch.arange(d_k) / d_k), "one clock for each pair"),
    "same": ("rotate", lambda x, positions, base=1e4: x, "Nothing is turned"),
    "halves": ("rotate", by_halves, "neighbors"),
    "wrong way": ("rotate", lambda x, positions, base=1e4: turned(x, positions, base, -1), "wrong way"),
    "exponent": ("rotate", lambda x, positions, base=1e4: turned(x, positions, base**0.5), "2i / d_k"),
    "counted": ("rotate", lambda x, positions, base=1e4: turned(x, torch.arange(5), base), "positions are ignored"),
    "rounded": ("rotate", lambda x, positions, base=1e4: turned(x, positions.long(), base), "rounded"),
    "no base": ("rotate", lambda x, positions, base=1e4: turned(x, positions, 1e4), "base is ignored"),
    "sign": ("alibi", bias(right, sign=1), "sign is wrong"),
    "from 0": ("alibi", bias(lambda h, heads: 2 ** (-8 * (h - 1) / heads)), "begins at 1"),
    "one slope": ("alibi", bias(lambda h, heads: 2 ** (-8 / heads)), "same slope"),
    "order": ("alibi", bias(lambda h, heads: right(heads + 1 - h, heads)), "wrong order"),
    "one matrix": ("alibi", lambda heads, time: bias(right)(heads, time)[0], "shape"),
    "as it was": ("convert", lambda weight, heads: weight, "Nothing is reordered"),
    "way back": (
        "convert",
        lambda weight, heads: weight.unflatten(0, (heads, 2, -1)).transpose(1, 2).flatten(0, 2),
        "way back",
    ),
    "columns": ("convert", lambda weight, heads: pairs(weight.T, heads).transpose(1, 2).flatten(0, 2).T, "columns"),
    "heads mixed": ("convert", lambda weight, heads: torch.cat([weight[0::2], weight[1::2]]), "each head keeps"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"relative-rotary-alibi.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


def test_what_the_mask_hides_is_not_compared():
    def with_distance(heads, time):
        return -bias(right)(heads, time).abs()

    assert check("relative-rotary-alibi.alibi", with_distance)
    assert check("relative-rotary-alibi.alibi", bias(right))
