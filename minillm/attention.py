"""Attention: the readable formula, the fast path, and the multi-head module that the models use.

Vaswani et al. (2017), "Attention Is All You Need", section 3.2.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from minillm.errors import ConfigError
from minillm.flash import flash_attention
from minillm.masks import both, causal_mask, check_mask, padding_mask, prefix_mask, sliding_window_mask
from minillm.positions import Positions

__all__ = [
    "ATTENTION",
    "KVCache",
    "MultiHeadAttention",
    "causal_mask",
    "check_heads",
    "check_mask",
    "fast_attention",
    "flash_attention",
    "padding_mask",
    "prefix_mask",
    "scaled_dot_product_attention",
    "sliding_window_mask",
]


def scaled_dot_product_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch #queries #keys"] | None = None,
    scale: float | None = None,
    bias: Float[Tensor, "*#batch #queries #keys"] | None = None,
) -> tuple[Float[Tensor, "*batch queries d_v"], Float[Tensor, "*batch queries keys"]]:
    """Mix the values by how well each query matches each key: softmax(Q K^T · scale + bias) V.

    The scale is 1/√d_k unless given. The mask is True where a query may attend. Returns the output and the weights;
    each row of weights sums to one, except that a row whose mask hides every key is all zeros, and so is its output.

    Raises:
        MaskError: the mask fits no query and key, or hides everything.

    Source: Vaswani et al. (2017), equation 1.
    """
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query @ key.transpose(-2, -1) * scale
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        check_mask(mask, query, key)
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # softmax of a row that is all -inf is NaN
    return weights @ value, weights


def fast_attention(
    query: Float[Tensor, "*batch queries d_k"],
    key: Float[Tensor, "*batch keys d_k"],
    value: Float[Tensor, "*batch keys d_v"],
    mask: Bool[Tensor, "*#batch #queries #keys"] | None = None,
    scale: float | None = None,
    bias: Float[Tensor, "*#batch #queries #keys"] | None = None,
    causal: bool = False,
) -> Float[Tensor, "*batch queries d_v"]:
    """The output of `scaled_dot_product_attention` by PyTorch's fused kernel, which never stores the weights.

    ``causal=True`` is `causal_mask` beside the mask; alone, with as many queries as keys, it is not even built. A row
    whose mask hides every key gives zeros.

    Raises:
        MaskError: the mask fits no query and key, or hides everything.

    Source: Dao et al. (2022), "FlashAttention", algorithm 1.
    """
    if mask is not None:
        check_mask(mask, query, key)
    num_queries, num_keys = query.shape[-2], key.shape[-2]
    blind = mask is not None or num_queries > num_keys  # whether a row may see nothing: a causal mask leaves it itself
    causal = causal and num_queries > 1  # the last query sees every key
    if causal and (mask is not None or bias is not None or num_queries != num_keys):
        mask, causal = both(mask, causal_mask(num_queries, num_keys).to(query.device)), False
    hidden = None
    if blind and mask is not None:  # kernels differ in what such a row gets: it sees all here, and is cleared
        hidden = ~mask.any(dim=-1, keepdim=True)
        mask = mask | hidden
    if bias is not None:  # the kernel takes one argument for both
        mask = bias if mask is None else bias.masked_fill(~mask, -math.inf)
    if bias is not None and bias.requires_grad:  # no kernel gives a bias its gradient; torch's detour costs more
        assert mask is not None
        scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
        output = torch.softmax((query * scale) @ key.mT + mask, dim=-1) @ value
    else:
        output = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal, scale=scale)
    return output if hidden is None else output.masked_fill(hidden, 0.0)


ATTENTION: dict[str, Callable[..., Tensor]] = {
    "readable": lambda *inputs: scaled_dot_product_attention(*inputs)[0],
    "fast": fast_attention,
    "flash": flash_attention,
}
"""Every way to compute the same output from query, key, value, mask and scale."""


def check_heads(d_model: int, num_heads: int, num_kv_heads: int | None = None) -> None:
    """Raise `ConfigError` unless the heads share d_model equally, and the query heads the key and value heads."""
    if num_heads < 1 or d_model % num_heads:
        divisors = [n for n in range(1, d_model + 1) if d_model % n == 0]
        raise ConfigError(f"num_heads = {num_heads} does not divide d_model = {d_model}; choose one of {divisors}")
    if num_kv_heads is not None and (num_kv_heads < 1 or num_heads % num_kv_heads):
        divisors = [n for n in range(1, num_heads + 1) if num_heads % n == 0]
        raise ConfigError(
            f"num_kv_heads = {num_kv_heads} does not divide num_heads = {num_heads}; choose one of {divisors}"
        )


class KVCache:
    """Keys and values of the tokens already seen, so that each new token costs one row of attention, not a matrix.

    ``memory`` holds the keys and values of cross-attention, which are computed once; ``present`` says which of the
    tokens are real where some are padding.
    """

    def __init__(self, num_layers: int) -> None:
        self.layers: list[tuple[Tensor, Tensor] | None] = [None] * num_layers
        self.memory: list[tuple[Tensor, Tensor] | None] = [None] * num_layers
        self.present: Tensor | None = None

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

    def extend_present(self, present: Bool[Tensor, "batch time"] | None, length: int) -> Tensor | None:
        """Append which of the new tokens are real and return it for all of them; None while none has been padding."""
        if present is None and self.present is None:
            return None
        known = present if present is not None else self.present
        assert known is not None
        parts = [
            known.new_ones(known.shape[0], count) if part is None else part
            for part, count in ((self.present, self.length), (present, length))
        ]
        self.present = torch.cat(parts, dim=1)
        return self.present


class MultiHeadAttention(nn.Module):
    """Attention in several heads: concat(head_1 .. head_H) W_O, head_h = attention(X W_Q, M W_K, M W_V) of its slice.

    M is X in self-attention and another sequence, the memory, in cross-attention. One matrix holds W_Q, W_K and W_V of
    all heads, in this order. With fewer key and value heads than query heads (grouped-query attention; one: multi-query
    attention), H / num_kv_heads neighboring query heads share each of them.

    Args:
        causal: a query sees no later key.
        window: a query sees only keys that are less than this many positions away.
        qk_norm: divide each query and key by its root mean square, times a trained weight, before positions are added.

    Vaswani et al. (2017), section 3.2.2; Shazeer (2019) and Ainslie et al. (2023) for shared keys and values; Henry et
    al. (2020) for the norm of queries and keys.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        num_kv_heads: int | None = None,
        *,
        causal: bool = False,
        window: int | None = None,
        bias: bool = True,
        qk_norm: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_heads(d_model, num_heads, num_kv_heads)
        self.num_heads, self.num_kv_heads = num_heads, num_kv_heads or num_heads
        self.d_k = d_model // num_heads
        self.causal, self.window = causal, window
        self.qkv = nn.Linear(d_model, d_model + 2 * self.num_kv_heads * self.d_k, bias=bias)
        self.query_norm = nn.RMSNorm(self.d_k, eps=1e-6) if qk_norm else nn.Identity()
        self.key_norm = nn.RMSNorm(self.d_k, eps=1e-6) if qk_norm else nn.Identity()
        self.output = nn.Linear(d_model, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        positions: Positions | None = None,
        memory: Float[Tensor, "batch keys d_model"] | None = None,
        mask: Bool[Tensor, "#batch #heads #time #keys"] | None = None,
        layer: int = 0,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
        complete: bool = False,
    ) -> Float[Tensor, "batch time d_model"]:
        """Attend from each position of x to itself and the others that causal, window and mask leave visible.

        A mask that is complete says itself what is causal. With a memory the keys and values come from there. See
        `GPT.forward` for cache and record.
        """
        query, key, value = self._project(x, memory, layer, cache)
        bias = None
        if memory is None:
            start = 0 if cache is None else cache.length
            if positions is not None:
                query, key = positions.rotate(query, start), positions.rotate(key, start)
            if cache is not None:
                key, value = cache.extend(layer, key, value)
            if positions is not None:
                bias = positions.bias(query.shape[-2], key.shape[-2])
        if self.num_kv_heads < self.num_heads:
            key, value = (t.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1) for t in (key, value))
        if mask is not None:
            check_mask(mask, query, key)
        if self.window is not None:
            near = sliding_window_mask(self.window, query.shape[-2], key.shape[-2]).to(x.device)
            mask = both(mask, near)
        causal = self.causal and not complete
        if record is not None:
            mixed = self._recorded(query, key, value, mask, bias, causal, record)
        else:
            mixed = fast_attention(query, key, value, mask, bias=bias, causal=causal)
        return self.dropout(self.output(mixed.transpose(1, 2).flatten(2)))

    def _project(
        self, x: Tensor, memory: Tensor | None, layer: int, cache: KVCache | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Query of x, key and value of x or of the memory, each (batch, heads, time, d_k)."""
        widths = [self.num_heads * self.d_k, self.num_kv_heads * self.d_k, self.num_kv_heads * self.d_k]
        if memory is None:
            query, key, value = (self._heads(part) for part in self.qkv(x).split(widths, dim=-1))
            return self.query_norm(query), self.key_norm(key), value
        weights = self.qkv.weight.split([widths[0], 2 * widths[1]])
        biases = (None, None) if self.qkv.bias is None else self.qkv.bias.split([widths[0], 2 * widths[1]])
        query = self.query_norm(self._heads(F.linear(x, weights[0], biases[0])))
        if cache is not None and (stored := cache.memory[layer]) is not None:
            return query, *stored
        key, value = (self._heads(part) for part in F.linear(memory, weights[1], biases[1]).chunk(2, dim=-1))
        key = self.key_norm(key)
        if cache is not None:
            cache.memory[layer] = (key, value)
        return query, key, value

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.d_k)).transpose(1, 2)

    def _recorded(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        bias: Tensor | None,
        causal: bool,
        record: dict[str, Tensor],
    ) -> Tensor:
        if causal:
            mask = both(mask, causal_mask(query.shape[-2], key.shape[-2]).to(query.device))
        mixed, weights = scaled_dot_product_attention(query, key, value, mask, bias=bias)
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        scores = scores if bias is None else scores + bias
        record |= {"query": query, "key": key, "value": value, "scores": scores, "weights": weights, "heads": mixed}
        return mixed
