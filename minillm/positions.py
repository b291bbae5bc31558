"""Where a token stands: schemes that tell a transformer about order.

A scheme is one small class with two hooks and one row in `POSITIONS`. ``embed`` changes the token vectors before the
first block; ``rotate`` changes queries and keys inside every block. A scheme overrides the one it needs.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Positions(nn.Module):
    """No positions: both hooks return what they are given."""

    def __init__(self, context_length: int, d_model: int, num_heads: int, rotary_base: float = 10000.0) -> None:
        super().__init__()

    def embed(self, x: Float[Tensor, "batch time d_model"], start: int) -> Float[Tensor, "batch time d_model"]:
        """Add position to the token vectors of positions start, start + 1, ..."""
        return x

    def rotate(self, x: Float[Tensor, "batch heads time d_k"], start: int) -> Float[Tensor, "batch heads time d_k"]:
        """Add position to queries or keys of positions start, start + 1, ..."""
        return x


class LearnedPositions(Positions):
    """One trained vector for each position: x_t + P_t. Radford et al. (2018), section 3.1."""

    def __init__(self, context_length: int, d_model: int, num_heads: int, rotary_base: float = 10000.0) -> None:
        super().__init__(context_length, d_model, num_heads)
        self.weight = nn.Parameter(torch.empty(context_length, d_model))

    def embed(self, x: Float[Tensor, "batch time d_model"], start: int) -> Float[Tensor, "batch time d_model"]:
        """x_t + P_t."""
        return x + self.weight[start : start + x.shape[1]]


class RotaryPositions(Positions):
    """Turn each pair of dimensions (i, i + d_k/2) of queries and keys by the angle t · base^(−2i/d_k).

    The dot product of a rotated query at t and a rotated key at s depends on t − s only.
    Su et al. (2021), "RoFormer", section 3.2.2.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, context_length: int, d_model: int, num_heads: int, rotary_base: float = 10000.0) -> None:
        super().__init__(context_length, d_model, num_heads)
        d_k = d_model // num_heads
        frequencies = rotary_base ** (-torch.arange(0, d_k, 2) / d_k)
        angles = torch.outer(torch.arange(context_length), frequencies)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def rotate(self, x: Float[Tensor, "batch heads time d_k"], start: int) -> Float[Tensor, "batch heads time d_k"]:
        """(x1, x2) becomes (x1 cos − x2 sin, x2 cos + x1 sin)."""
        cos = self.cos[start : start + x.shape[-2]]
        sin = self.sin[start : start + x.shape[-2]]
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


POSITIONS: dict[str, type[Positions]] = {
    "rotary": RotaryPositions,
    "learned": LearnedPositions,
    "none": Positions,
}
