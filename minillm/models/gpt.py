"""GPT: a decoder-only transformer language model.

Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", section 2.3.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minillm.attention import KVCache, padding_mask
from minillm.layers import Block, TransformerConfig, initialize
from minillm.masks import both
from minillm.models.base import LanguageModel, TokenEmbedding, check_length, check_present


@dataclass(frozen=True)
class GPTConfig(TransformerConfig):
    """The shape of a GPT. Raises `ConfigError` for a shape that cannot be built."""


def token_positions(
    time: int, start: int, present: Bool[Tensor, "batch total"] | None, device: torch.device
) -> Int[Tensor, "*batch time"]:
    """The position of each of the last ``time`` tokens: how many real tokens stand before it."""
    if present is None:
        return torch.arange(start, start + time, device=device)
    return (present.long().cumsum(dim=1) - 1).clamp(min=0)[:, -time:]


class GPT(LanguageModel):
    """Token ids in, a score for every possible next token out, at every position at once.

    x = E[ids]; for each block x = x + attention(norm(x)), x = x + MLP(norm(x)); logits = norm(x) E^T (weights tied) or
    norm(x) W_head.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.position_embedding = config.make_positions()
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, causal=True) for _ in range(config.num_layers))
        self.final_norm = config.make_norm() if config.norm_first else nn.Identity()
        self.head = None if config.tie_weights else nn.Linear(config.d_model, config.vocab_size, bias=False)
        initialize(self, num_writes=2 * config.num_layers)

    def forward(
        self,
        token_ids: Int[Tensor, "batch time"],
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
        present: Bool[Tensor, "batch time"] | None = None,
        visible: Bool[Tensor, "batch time total"] | None = None,
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that follows each position.

        With a cache, token_ids continue what the cache holds and are added to it. With a record (an empty dict) the
        readable attention is used and every named activation is stored there: "embedding", "final_norm", and for each
        block i "blocks.i.attention." query, key, value, scores (scaled and biased, not yet masked), weights, heads (the
        mixed values), "blocks.i.middle" (after attention) and "blocks.i.output".

        In a batch of texts of different lengths, present is True at real tokens and False at padding, which stands
        before or after the text, not inside it. Padding is not attended to and does not count as a position; the logits
        at padding mean nothing.

        A token sees itself and those before it, unless visible says for each token which ones it sees: later ones in
        the prefix of a prefix language model, only those of its own text in a row of several.

        Raises:
            PromptError: there are more tokens than the context holds, or one is outside the vocabulary.
            MaskError: present or visible is of another shape than the tokens, or a text is all padding.
        """
        start = 0 if cache is None else cache.length
        check_length(start + token_ids.shape[1], self.config.context_length)
        check_present(present, token_ids.shape, whole=cache is None)
        time = token_ids.shape[1]
        present = present if cache is None else cache.extend_present(present, time)
        index = token_positions(time, start, present, token_ids.device)
        mask = None if present is None else padding_mask(present)
        complete = visible is not None
        if visible is not None:
            mask = both(mask, visible[:, None])
        x = self.dropout(self.position_embedding.embed(self.embedding(token_ids), index))
        if record is not None:
            record["embedding"] = x
        for layer, block in enumerate(self.blocks):
            x = block(x, self.position_embedding, mask=mask, layer=layer, cache=cache, record=record, complete=complete)
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
