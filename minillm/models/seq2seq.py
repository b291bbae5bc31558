"""Seq2Seq: an encoder reads the source, a decoder writes the target and looks back at what the encoder made of it.

Vaswani et al. (2017), "Attention Is All You Need", section 3; with other settings, T5: Raffel et al. (2020), section 2.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minillm.attention import KVCache, padding_mask
from minillm.errors import ConfigError
from minillm.layers import Block, TransformerConfig, initialize
from minillm.models.base import Model, TokenEmbedding, check_length, check_present
from minillm.models.gpt import token_positions


@dataclass(frozen=True)
class Seq2SeqConfig(TransformerConfig):
    """The shape of an encoder-decoder. Raises `ConfigError` for a shape that cannot be built.

    Both sides share the vocabulary and its vectors. ``num_decoder_layers`` None means as many as the encoder has.
    """

    positions: str = "sinusoidal"
    num_decoder_layers: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        value = self.num_decoder_layers
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ConfigError(f"num_decoder_layers = {value!r} must be a whole number of at least 1, or None")


class Stack(nn.Module):
    """The blocks of one side, with its positions and its last norm."""

    def __init__(self, config: TransformerConfig, num_layers: int, decoder: bool) -> None:
        super().__init__()
        self.position_embedding = config.make_positions(bidirectional=not decoder)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config, causal=decoder, cross=decoder) for _ in range(num_layers))
        self.final_norm = config.make_norm() if config.norm_first else nn.Identity()

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        present: Bool[Tensor, "batch total"] | None,
        memory: Float[Tensor, "batch keys d_model"] | None = None,
        memory_present: Bool[Tensor, "batch keys"] | None = None,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        index = token_positions(x.shape[1], 0 if cache is None else cache.length, present, x.device)
        mask = None if present is None else padding_mask(present)
        memory_mask = None if memory_present is None else padding_mask(memory_present)
        x = self.dropout(self.position_embedding.embed(x, index))
        if record is not None:
            record["embedding"] = x
        for layer, block in enumerate(self.blocks):
            x = block(x, self.position_embedding, memory, mask, memory_mask, layer, cache, record)
        x = self.final_norm(x)
        if record is not None:
            record["final_norm"] = x
        return x


class Seq2Seq(Model):
    """Source ids and the target so far in, a score for every possible next token of the target out.

    The encoder's blocks look in both directions. Each block of the decoder attends to the target so far, then to the
    memory, the encoder's last vectors, then applies its MLP. Logits are x E^T (weights tied) or x W_head.
    """

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        num_decoder_layers = config.num_decoder_layers or config.num_layers
        self.embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.encoder = Stack(config, config.num_layers, decoder=False)
        self.decoder = Stack(config, num_decoder_layers, decoder=True)
        self.head = None if config.tie_weights else nn.Linear(config.d_model, config.vocab_size, bias=False)
        initialize(self)

    def encode(
        self,
        source_ids: Int[Tensor, "batch source"],
        present: Bool[Tensor, "batch source"] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch source d_model"]:
        """The memory: one vector for each source token, after the last block of the encoder.

        present is True at real tokens and False at padding, before or after the text. With a record (an empty dict) the
        readable attention is used and every activation stored there, "encoder." before the names of `GPT.forward`.

        Raises:
            PromptError: the source is longer than the context, or holds a token outside the vocabulary.
            MaskError: present is of another shape than the tokens, or a text is all padding.
        """
        check_length(source_ids.shape[1], self.config.context_length, "source")
        check_present(present, source_ids.shape)
        own: dict[str, Tensor] | None = None if record is None else {}
        memory = self.encoder(self.embedding(source_ids), present, record=own)
        _keep(record, "encoder", own)
        return memory

    def decode(
        self,
        memory: Float[Tensor, "batch source d_model"],
        target_ids: Int[Tensor, "batch target"],
        memory_present: Bool[Tensor, "batch source"] | None = None,
        present: Bool[Tensor, "batch target"] | None = None,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch target vocab_size"]:
        """Logits of the token that follows each position of the target.

        memory_present says which tokens of the source are real, present which of the target. With a cache, target_ids
        continue what it holds, and the keys and values of the memory are computed once. The names in a record begin
        with "decoder."; beside "decoder.blocks.i.attention." stands "decoder.blocks.i.cross_attention.".

        Raises:
            PromptError: the target is longer than the context, or holds a token outside the vocabulary.
            MaskError: present is of another shape than the tokens, or a text is all padding.
        """
        start = 0 if cache is None else cache.length
        check_length(start + target_ids.shape[1], self.config.context_length, "target")
        check_present(memory_present, memory.shape[:2])
        check_present(present, target_ids.shape, whole=cache is None)
        present = present if cache is None else cache.extend_present(present, target_ids.shape[1])
        own: dict[str, Tensor] | None = None if record is None else {}
        x = self.decoder(self.embedding(target_ids), present, memory, memory_present, cache, own)
        _keep(record, "decoder", own)
        return F.linear(x, self.embedding.weight) if self.head is None else self.head(x)

    def forward(
        self,
        source_ids: Int[Tensor, "batch source"],
        target_ids: Int[Tensor, "batch target"],
        source_present: Bool[Tensor, "batch source"] | None = None,
        target_present: Bool[Tensor, "batch target"] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch target vocab_size"]:
        """`decode` of `encode`, for training; to write token by token, encode once and decode with a cache."""
        memory = self.encode(source_ids, source_present, record)
        return self.decode(memory, target_ids, source_present, target_present, record=record)

    def new_cache(self) -> KVCache:
        """Room for the keys and values of a target that has not begun."""
        return KVCache(len(self.decoder.blocks))


def _keep(record: dict[str, Tensor] | None, side: str, own: dict[str, Tensor] | None) -> None:
    if record is not None:
        record |= {f"{side}.{name}": tensor for name, tensor in (own or {}).items()}
