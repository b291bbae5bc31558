"""The checkers of the chapter on sinusoidal and learned positions: a common mistake gets the sentence meant for it."""

import pytest
import torch

from minillm.attention import causal_mask, scaled_dot_product_attention, sliding_window_mask
from minillm.exercises import check
from minillm.positions import sinusoids


def by_column(angle, even=torch.sin, odd=torch.cos):
    """A table whose column c at position t is a wave of angle(t, c, d, base)."""

    def waves(num_positions, d, base):
        t, c = torch.arange(num_positions)[:, None], torch.arange(d)
        angles = angle(t, c, d, base)
        return torch.where(c % 2 == 0, even(angles), odd(angles))

    return waves


def right_angle(t, c, d, base):
    return t * float(base) ** (-(c // 2 * 2) / d)


def halves(num_positions, d, base):
    table = sinusoids(num_positions, d, base)
    return torch.cat([table[:, 0::2], table[:, 1::2]], dim=-1)


def turning(angles):
    def moved(rows, k, base):
        d = rows.shape[-1]
        turn = angles(k, torch.arange(0, d, 2) / d, base)
        sin, cos = rows[..., 0::2], rows[..., 1::2]
        return torch.stack([sin * turn.cos() + cos * turn.sin(), cos * turn.cos() - sin * turn.sin()], -1).flatten(-2)

    return moved


def whole_steps(rows, k, base):
    """Right for whole numbers only: looks the position up."""
    table = sinusoids(100, rows.shape[-1], base)
    t = torch.cdist(rows.reshape(-1, rows.shape[-1]), table).argmin(dim=-1).reshape(rows.shape[:-1])
    return table[t + int(k)]


def clock(mask, last=lambda output: output[:, 0]):
    def window_clock(time, window):
        alike, start = torch.zeros(time, 1), (torch.arange(time) == 0).float()[:, None]
        return last(scaled_dot_product_attention(alike, alike, start, mask(time, window))[0])

    return window_clock


def windowed(time, window):
    return causal_mask(time) & sliding_window_mask(window, time, time)


def both_ways(time, window):
    return sliding_window_mask(window, time, time)


def stretched(align):
    def stretch(table, length):
        return torch.nn.functional.interpolate(table.T[None], size=length, mode="linear", align_corners=align)[0].T

    return stretch


MISTAKES = {
    "exchanged": ("waves", by_column(right_angle, torch.cos, torch.sin), "exchanged"),
    "halves": ("waves", halves, "in turn"),
    "own frequencies": ("waves", by_column(lambda t, c, d, b: t * float(b) ** (-c / d)), "a wave of its own"),
    "twice 2i": ("waves", by_column(lambda t, c, d, b: t * float(b) ** (-2 * (c // 2 * 2) / d)), "twice as large"),
    "faster": ("waves", by_column(lambda t, c, d, b: t * float(b) ** (c // 2 * 2 / d)), "wrong sign"),
    "fixed base": ("waves", lambda n, d, base: sinusoids(n, d), "always 10000"),
    "back": ("moved", turning(lambda k, share, base: -k * base**-share), "turn back"),
    "not at all": ("moved", lambda rows, k, base: rows, "not moved"),
    "one speed": ("moved", turning(lambda k, share, base: k * torch.ones_like(share)), "slower"),
    "fixed base when moving": ("moved", turning(lambda k, share, base: k * 10000.0**-share), "always 10000"),
    "whole steps": ("moved", whole_steps, "Half a position"),
    "causal": ("clock", clock(lambda time, window: causal_mask(time)), "causal mask"),
    "no mask": ("clock", clock(lambda time, window: None), "no mask"),
    "too long": ("clock", clock(lambda time, window: windowed(time, window + 1)), "too long"),
    "both ways": ("clock", clock(both_ways), "future"),
    "column": ("clock", clock(windowed, lambda y: y), "shape"),
    "ends apart": ("stretch", stretched(False), "ends do not lie"),
    "repeated rows": (
        "stretch",
        lambda table, length: table[torch.linspace(0, len(table) - 1, length).long()],
        "Each row is repeated",
    ),
    "nearest": (
        "stretch",
        lambda table, length: table[torch.linspace(0, len(table) - 1, length).round().long()],
        "nearest",
    ),
    "again": ("stretch", lambda table, length: table[torch.arange(length) % len(table)], "starts again"),
    "only longer": (
        "stretch",
        lambda table, length: stretched(True)(table, length) if length > 6 else table,
        "squeezes",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"sinusoidal-and-learned.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


def test_the_other_order_of_columns_is_that_of_transformers():
    """The chapter says that some libraries put all sines first: Marian's table is one."""
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    marian = MarianSinusoidalPositionalEmbedding(50, 16)
    weight = marian.create_weight() if hasattr(marian, "create_weight") else marian._init_weight(marian.weight)
    weight = marian.weight if weight is None else weight
    torch.testing.assert_close(halves(50, 16, 10000.0), weight.detach(), atol=1e-5, rtol=0)
