"""Where a token stands: schemes that tell a transformer about order.

A scheme is one small class with three hooks and one row in `POSITIONS`. ``embed`` changes the token vectors before the
first block, ``rotate`` changes queries and keys inside every block, ``bias`` is added to the scores of every block. A
scheme overrides the one it needs.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from minillm.errors import ConfigError


class Positions(nn.Module):
    """No positions: the hooks change nothing. Every scheme is made from the same five values and uses what it needs.

    ``bidirectional`` says whether queries also see later keys, as they do in an encoder.
    """

    def __init__(
        self,
        context_length: int,
        d_model: int,
        num_heads: int,
        rotary_base: float = 10000.0,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        self.check(d_model, num_heads)
        self.context_length, self.d_model, self.num_heads = context_length, d_model, num_heads
        self.rotary_base, self.bidirectional = rotary_base, bidirectional
        self.prepare()

    def prepare(self) -> None:
        """Make the tables or the weights of the scheme."""

    @classmethod
    def check(cls, d_model: int, num_heads: int) -> None:
        """Raise `ConfigError` for a shape that the scheme cannot serve."""

    def embed(
        self, x: Float[Tensor, "batch time d_model"], index: Int[Tensor, "*#batch time"]
    ) -> Float[Tensor, "batch time d_model"]:
        """Add position to the token vectors; index says at which position each one stands."""
        return x

    def rotate(self, x: Float[Tensor, "batch heads time d_k"], start: int) -> Float[Tensor, "batch heads time d_k"]:
        """Add position to queries or keys of positions start, start + 1, ..."""
        return x

    def bias(self, num_queries: int, num_keys: int) -> Float[Tensor, "heads queries keys"] | None:
        """What to add to the scores; the queries are the last ones of the keys' positions, as in `causal_mask`."""
        return None


def sinusoids(num_positions: int, d_model: int, base: float = 10000.0) -> Float[Tensor, "positions d_model"]:
    """PE[t, 2i] = sin(t / base^(2i/d_model)) and PE[t, 2i+1] = cos(t / base^(2i/d_model)).

    Source: Vaswani et al. (2017), section 3.5.
    """
    frequencies = base ** (-torch.arange(0, d_model, 2, dtype=torch.float64) / d_model)
    angles = torch.outer(torch.arange(num_positions, dtype=torch.float64), frequencies)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)[:, :d_model].float()


class SinusoidalPositions(Positions):
    """A fixed vector of waves for each position: √d_model · x_t + PE_t, with PE as in `sinusoids`.

    The factor lets token vectors, which begin small, stand up to the waves. Vaswani et al. (2017), sections 3.4, 3.5.
    """

    table: Tensor

    def prepare(self) -> None:
        self.register_buffer("table", sinusoids(self.context_length, self.d_model), persistent=False)

    def embed(
        self, x: Float[Tensor, "batch time d_model"], index: Int[Tensor, "*#batch time"]
    ) -> Float[Tensor, "batch time d_model"]:
        """√d_model · x_t + PE_t."""
        return x * math.sqrt(x.shape[-1]) + self.table[index]


class LearnedPositions(Positions):
    """One trained vector for each position: x_t + P_t. Radford et al. (2018), section 3.1."""

    def prepare(self) -> None:
        self.weight = nn.Parameter(torch.empty(self.context_length, self.d_model))

    def embed(
        self, x: Float[Tensor, "batch time d_model"], index: Int[Tensor, "*#batch time"]
    ) -> Float[Tensor, "batch time d_model"]:
        """x_t + P_t."""
        return x + self.weight[index]


class RotaryPositions(Positions):
    """Turn each pair of dimensions (i, i + d_k/2) of queries and keys by the angle t · base^(−2i/d_k).

    The dot product of a rotated query at t and a rotated key at s depends on t − s only. This convention cuts the
    vector into halves, as GPT-NeoX and Llama do. Su et al. (2021), "RoFormer", section 3.2.2.
    """

    cos: Tensor
    sin: Tensor

    def prepare(self) -> None:
        d_k = self.d_model // self.num_heads
        frequencies = self.rotary_base ** (-torch.arange(0, d_k, 2) / d_k)
        angles = torch.outer(torch.arange(self.context_length), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    @classmethod
    def check(cls, d_model: int, num_heads: int) -> None:
        """Dimensions are turned in pairs, so each head needs an even number of them."""
        if (d_model // num_heads) % 2:
            raise ConfigError(
                f"rotary positions turn pairs of dimensions, but d_model / num_heads = {d_model // num_heads} is odd; "
                f"choose another num_heads"
            )

    def rotate(self, x: Float[Tensor, "batch heads time d_k"], start: int) -> Float[Tensor, "batch heads time d_k"]:
        """(x1, x2) becomes (x1 cos − x2 sin, x2 cos + x1 sin). Raises `ConfigError` beyond context_length."""
        end = start + x.shape[-2]
        if end > self.context_length:
            raise ConfigError(f"position {end - 1} is not in a table of {self.context_length}; raise context_length")
        cos, sin = self.cos[start:end], self.sin[start:end]
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


class InterleavedRotaryPositions(RotaryPositions):
    """Rotary positions that pair neighbors: dimensions (2i, 2i + 1) turn together, as in the paper and in GPT-J.

    The two conventions differ by a fixed reordering of each head's dimensions.
    """

    def rotate(self, x: Float[Tensor, "batch heads time d_k"], start: int) -> Float[Tensor, "batch heads time d_k"]:
        """(x_2i, x_2i+1) becomes (x_2i cos − x_2i+1 sin, x_2i+1 cos + x_2i sin)."""
        halves = torch.cat([x[..., 0::2], x[..., 1::2]], dim=-1)
        return torch.stack(super().rotate(halves, start).chunk(2, dim=-1), dim=-1).flatten(-2)


def relative_positions(num_queries: int, num_keys: int) -> Int[Tensor, "queries keys"]:
    """Position of the key minus position of the query; the queries are the last ones."""
    return torch.arange(num_keys) - torch.arange(num_keys - num_queries, num_keys)[:, None]


def alibi_slopes(num_heads: int) -> Float[Tensor, " heads"]:
    """2^(−8h/H) for head h = 1..H where H is a power of two.

    For another H: the slopes of the next lower power of two, then every other slope of twice that power.
    Source: Press et al. (2022), "Train Short, Test Long", section 3, and the authors' code for the other numbers.
    """
    power = 2 ** math.floor(math.log2(num_heads))
    slopes = 2.0 ** (-8 / power * torch.arange(1, power + 1))
    between = 2.0 ** (-4 / power * torch.arange(1, 2 * power, 2))
    return torch.cat([slopes, between[: num_heads - power]])


class ALiBiPositions(Positions):
    """Attention with linear biases: each head subtracts slope · distance from its scores, and learns nothing for it.

    Press et al. (2022), "Train Short, Test Long", section 3; the slopes are those of `alibi_slopes`.
    """

    slopes: Tensor

    def prepare(self) -> None:
        self.register_buffer("slopes", alibi_slopes(self.num_heads), persistent=False)

    def bias(self, num_queries: int, num_keys: int) -> Float[Tensor, "heads queries keys"]:
        """−slope_h · distance, the distance between the positions t and s."""
        distance = relative_positions(num_queries, num_keys).to(self.slopes.device).abs()
        return -self.slopes[:, None, None] * distance


def relative_buckets(
    relative: Int[Tensor, "*shape"], bidirectional: bool, num_buckets: int = 32, max_distance: int = 128
) -> Int[Tensor, "*shape"]:
    """The number of the bucket into which T5 sorts key position minus query position.

    Half of the buckets hold one small distance each, the other half ever wider ranges up to max_distance; what is
    farther shares the last. With both directions, earlier and later keys have half of the buckets each.
    Source: Raffel et al. (2020), "Exploring the Limits of Transfer Learning", section 2.1, and its code.
    """
    later = torch.zeros_like(relative)
    if bidirectional:
        num_buckets //= 2
        later = (relative > 0).long() * num_buckets
        distance = relative.abs()
    else:
        distance = (-relative).clamp(min=0)
    exact = num_buckets // 2
    fraction = (distance.clamp(min=1).float() / exact).log() / math.log(max_distance / exact)
    wide = (exact + (fraction * (num_buckets - exact)).long()).clamp(max=num_buckets - 1)
    return later + torch.where(distance < exact, distance, wide)


class T5Positions(Positions):
    """One trained number for each head and each bucket of distances, added to the scores; shared by all blocks.

    Raffel et al. (2020), section 2.1; the buckets are those of `relative_buckets`.
    """

    def prepare(self) -> None:
        self.weight = nn.Parameter(torch.empty(32, self.num_heads))

    def bias(self, num_queries: int, num_keys: int) -> Float[Tensor, "heads queries keys"]:
        """weight[bucket(s − t), h]."""
        relative = relative_positions(num_queries, num_keys).to(self.weight.device)
        return self.weight[relative_buckets(relative, self.bidirectional)].permute(2, 0, 1)


POSITIONS: dict[str, type[Positions]] = {
    "none": Positions,
    "sinusoidal": SinusoidalPositions,
    "learned": LearnedPositions,
    "rotary": RotaryPositions,
    "rotary-interleaved": InterleavedRotaryPositions,
    "alibi": ALiBiPositions,
    "t5": T5Positions,
}
