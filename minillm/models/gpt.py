"""GPT: a decoder-only transformer language model.

Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", section 2.3.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from minillm.attention import KVCache, check_heads
from minillm.errors import ConfigError, PromptError
from minillm.layers import Block
from minillm.models.base import LanguageModel
from minillm.positions import POSITIONS


@dataclass(frozen=True)
class GPTConfig:
    """The shape of a GPT. Raises `ConfigError` for a shape that cannot be built."""

    vocab_size: int
    context_length: int = 512
    d_model: int = 128
    num_layers: int = 4
    num_heads: int = 4
    mlp_ratio: int = 4
    dropout: float = 0.0
    positions: str = "rotary"
    tie_weights: bool = True
    rotary_base: float = 10000.0

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "d_model", "num_layers", "num_heads", "mlp_ratio"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{name} = {value!r} must be a whole number of at least 1")
        check_heads(self.d_model, self.num_heads)
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout = {self.dropout} must be at least 0 and below 1; it is a probability")
        if self.positions not in POSITIONS:
            raise ConfigError(f"positions = {self.positions!r} is not known; choose one of {sorted(POSITIONS)}")
        if self.positions == "rotary" and (self.d_model // self.num_heads) % 2:
            raise ConfigError(
                f"rotary positions turn pairs of dimensions, but d_model / num_heads = "
                f"{self.d_model // self.num_heads} is odd; choose another num_heads"
            )
        if not 0 < self.rotary_base < math.inf:
            raise ConfigError(f"rotary_base = {self.rotary_base} must be above 0; 10000 is usual")


class GPT(LanguageModel):
    """Token ids in, a score for every possible next token out, at every position at once.

    x = E[ids]; for each block x = x + attention(norm(x)), x = x + MLP(norm(x)); logits = norm(x) E^T (weights tied) or
    norm(x) W_head.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.position_embedding = POSITIONS[config.positions](
            config.context_length, config.d_model, config.num_heads, config.rotary_base
        )
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            Block(config.d_model, config.num_heads, config.mlp_ratio, config.dropout) for _ in range(config.num_layers)
        )
        self.final_norm = nn.LayerNorm(config.d_model)
        self.head = None if config.tie_weights else nn.Linear(config.d_model, config.vocab_size, bias=False)
        self._initialize()

    def _initialize(self) -> None:
        """Normal weights of standard deviation 0.02 and zero biases, as in GPT-2.

        The matrices that write into the residual stream are divided by √(2 · num_layers), the number of writes.
        """
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif "norm" not in name:
                writes = name.endswith(("attention.output.weight", "mlp.down.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * self.config.num_layers) if writes else 0.02)

    def forward(
        self,
        token_ids: Int[Tensor, "batch time"],
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that follows each position.

        With a cache, token_ids continue what the cache holds and are added to it. With a record (an empty dict) the
        readable attention is used and every named activation is stored there: "embedding", "final_norm", and for each
        block i "blocks.i.output" and "blocks.i.attention." query, key, value, scores (scaled, not yet masked), weights.

        Raises:
            PromptError: there are more tokens than the context holds.
        """
        start = 0 if cache is None else cache.length
        if start + token_ids.shape[1] > self.config.context_length:
            raise PromptError(
                f"{start + token_ids.shape[1]} tokens do not fit in a context of {self.config.context_length}; "
                f"shorten the text or build the model with a larger context_length"
            )
        x = self.dropout(self.position_embedding.embed(self.embedding(token_ids), start))
        if record is not None:
            record["embedding"] = x
        for layer, block in enumerate(self.blocks):
            x = block(x, self.position_embedding, layer, cache, record)
        x = self.final_norm(x)
        if record is not None:
            record["final_norm"] = x
        return F.linear(x, self.embedding.weight) if self.head is None else self.head(x)

    def new_cache(self) -> KVCache:
        """Room for the keys and values of a text that has not begun."""
        return KVCache(self.config.num_layers)


@torch.no_grad()
def attention_maps(model: GPT, token_ids: Int[Tensor, " time"]) -> Float[Tensor, "layers heads time time"]:
    """The attention weights of every layer and head for one text."""
    record: dict[str, Tensor] = {}
    model(token_ids[None], record=record)
    return torch.stack([record[f"blocks.{i}.attention.weights"][0] for i in range(model.config.num_layers)])
