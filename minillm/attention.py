"""Attention: the readable formula, the fast path, and the multi-head module that the models use.

Vaswani et al. (2017), "Attention Is All You Need", section 3.2.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from minillm.errors import ConfigError
from minillm.positions import Positions


def causal_mask(num_queries: int, num_keys: int | None = None) -> Bool[Tensor, "queries keys"]:
    """Which key each query may attend to: True at (i, j) if key j is not later than query i.

    With fewer queries than keys the queries are the last ones, as they are when earlier keys come from a cache.
    """
    num_keys = num_queries if num_keys is None else num_keys
    return torch.ones(num_queries, num_keys, dtype=torch.bool).tril(num_keys - num_queries)


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch queries keys"] | None = None,
    scale: float | None = None,
) -> tuple[Float[Tensor, "*batch queries d_v"], Float[Tensor, "*batch queries keys"]]:
    """Mix the values by how well each query matches each key: softmax(Q K^T · scale) V.

    The scale is 1/√d_k unless given. The mask is True where a query may attend. Returns the output and the weights;
    each row of weights sums to one, except that a row whose mask hides every key is all zeros.

    Source: Vaswani et al. (2017), equation 1.
    """
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * scale
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # softmax of a row that is all -inf is NaN
    return weights @ value, weights


def fast_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch queries keys"] | None = None,
    scale: float | None = None,
    causal: bool = False,
) -> Float[Tensor, "*batch queries d_v"]:
    """The output of `scaled_dot_product_attention` by PyTorch's fused kernel, which never stores the weights.

    ``causal=True`` is the mask `causal_mask(time)` for as many queries as keys, without building it.

    Source: Dao et al. (2022), "FlashAttention", algorithm 1.
    """
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal, scale=scale)


def check_heads(d_model: int, num_heads: int) -> None:
    """Raise `ConfigError` unless the heads share d_model equally."""
    if d_model % num_heads:
        divisors = [n for n in range(1, d_model + 1) if d_model % n == 0]
        raise ConfigError(f"num_heads = {num_heads} does not divide d_model = {d_model}; choose one of {divisors}")


class KVCache:
    """Keys and values of the tokens already seen, so that each new token costs one row of attention, not a matrix."""

    def __init__(self, num_layers: int) -> None:
        self.layers: list[tuple[Tensor, Tensor] | None] = [None] * num_layers

    @property
    def length(self) -> int:
        """How many tokens every layer has stored."""
        last = self.layers[-1]
        return 0 if last is None else last[0].shape[-2]

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Append the new keys and values of one layer and return all of them."""
        if (stored := self.layers[layer]) is not None:
            key, value = torch.cat([stored[0], key], dim=-2), torch.cat([stored[1], value], dim=-2)
        self.layers[layer] = (key, value)
        return key, value


class MultiHeadAttention(nn.Module):
    """Causal self-attention in several heads: concat(head_1 .. head_h) W_O, head_i = attention(X W_Q, X W_K, X W_V).

    One matrix makes queries, keys and values of all heads at once. Vaswani et al. (2017), section 3.2.2.
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        check_heads(d_model, num_heads)
        self.num_heads = num_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.output = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        positions: Positions,
        layer: int = 0,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        """Attend from each position to itself and the earlier ones; see `GPT.forward` for cache and record."""
        batch, time, d_model = x.shape
        start = 0 if cache is None else cache.length
        heads = self.qkv(x).view(batch, time, 3, self.num_heads, d_model // self.num_heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4)  # each (batch, heads, time, d_k)
        query, key = positions.rotate(query, start), positions.rotate(key, start)
        if cache is not None:
            key, value = cache.extend(layer, key, value)
        if record is not None:
            mixed = self._recorded(query, key, value, record)
        elif time == key.shape[-2]:
            mixed = fast_attention(query, key, value, causal=True)
        else:
            mixed = fast_attention(query, key, value, mask=causal_mask(time, key.shape[-2]).to(x.device))
        return self.dropout(self.output(mixed.transpose(1, 2).reshape(batch, time, d_model)))

    @staticmethod
    def _recorded(query: Tensor, key: Tensor, value: Tensor, record: dict[str, Tensor]) -> Tensor:
        mask = causal_mask(query.shape[-2], key.shape[-2]).to(query.device)
        mixed, weights = scaled_dot_product_attention(query, key, value, mask)
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        record |= {"query": query, "key": key, "value": value, "scores": scores, "weights": weights}
        return mixed
