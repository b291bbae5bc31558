"""The parts that a transformer repeats: the feed-forward network and the block."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from minillm.attention import KVCache, MultiHeadAttention
from minillm.positions import Positions


class MLP(nn.Module):
    """The feed-forward network, applied to each position alone: GELU(x W_up + b_up) W_down + b_down.

    Vaswani et al. (2017), section 3.3; GELU from Hendrycks and Gimpel (2016).
    """

    def __init__(self, d_model: int, mlp_ratio: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        self.up = nn.Linear(d_model, mlp_ratio * d_model)
        self.down = nn.Linear(mlp_ratio * d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "batch time d_model"]) -> Float[Tensor, "batch time d_model"]:
        return self.dropout(self.down(F.gelu(self.up(x))))


class Block(nn.Module):
    """One pre-norm transformer block: x + attention(norm(x)), then x + MLP(norm(x)).

    The norm stands before each branch, so the sum from input to output is never normalized away.
    Xiong et al. (2020), "On Layer Normalization in the Transformer Architecture", figure 1b.
    """

    def __init__(self, d_model: int, num_heads: int, mlp_ratio: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.norm2 = nn.LayerNorm(d_model)
        self.mlp = MLP(d_model, mlp_ratio, dropout)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        positions: Positions,
        layer: int = 0,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        """Both residual steps; see `GPT.forward` for cache and record."""
        attention_record: dict[str, Tensor] | None = None if record is None else {}
        x = x + self.attention(self.norm1(x), positions, layer, cache, attention_record)
        x = x + self.mlp(self.norm2(x))
        if record is not None and attention_record is not None:
            record |= {f"blocks.{layer}.attention.{name}": tensor for name, tensor in attention_record.items()}
            record[f"blocks.{layer}.output"] = x
        return x
