"""BERT: an encoder, in which every token sees every other, trained to fill in tokens that were masked.

Devlin et al. (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", section 3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minillm.attention import padding_mask
from minillm.errors import ConfigError, PromptError
from minillm.layers import MLPS, Block, TransformerConfig, initialize
from minillm.models.base import NOTHING, Model, TokenEmbedding, check_length, check_present
from minillm.models.gpt import token_positions

NO_MASKED_LM = "this BERT has no masked-language-model head; build it with masked_lm = True"


@dataclass(frozen=True)
class BERTConfig(TransformerConfig):
    """The shape of a BERT. Raises `ConfigError` for a shape that cannot be built.

    ``num_token_types`` is how many segments a text can have (a question and an answer: 2). ``masked_lm`` asks for the
    head that fills in masked tokens, ``num_classes`` above 0 for one that classifies the whole text.
    """

    positions: str = "learned"
    norm_first: bool = False
    norm_eps: float = 1e-12
    num_token_types: int = 2
    masked_lm: bool = True
    num_classes: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("num_token_types", 1), ("num_classes", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ConfigError(f"{name} = {value!r} must be a whole number of at least {least}")


class MaskedLMHead(nn.Module):
    """norm(f(x W + b)) E^T + b_V, f as in the MLPs; with untied weights a matrix of its own in place of E^T."""

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.d_model, config.d_model)
        self.activation = MLPS[config.mlp][1]
        self.norm = config.make_norm()
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.decoder = None if config.tie_weights else nn.Linear(config.d_model, config.vocab_size, bias=False)

    def forward(
        self, x: Float[Tensor, "*batch d_model"], embedding: Float[Tensor, "vocab_size d_model"]
    ) -> Float[Tensor, "*batch vocab_size"]:
        x = self.norm(self.activation(self.dense(x)))
        return F.linear(x, embedding if self.decoder is None else self.decoder.weight, self.bias)


class BERT(Model):
    """Token ids in, a vector for every token out, and from these a score for every token that could stand there.

    x = norm(E[ids] + P[positions] + S[types]); then blocks whose attention looks in both directions. Calling the model
    gives the masked-language-model logits, `encode` the vectors, `classify` the logits of the classes.
    """

    def __init__(self, config: BERTConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = TokenEmbedding(config.vocab_size, config.d_model)
        self.position_embedding = config.make_positions(bidirectional=True)
        self.type_embedding = nn.Embedding(config.num_token_types, config.d_model)
        self.embedding_norm = config.make_norm()
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.num_layers))
        self.final_norm = config.make_norm() if config.norm_first else nn.Identity()
        self.masked_lm = MaskedLMHead(config) if config.masked_lm else None
        self.pooler = nn.Linear(config.d_model, config.d_model) if config.num_classes else None
        self.classifier = nn.Linear(config.d_model, config.num_classes) if config.num_classes else None
        initialize(self)

    def forward(
        self,
        token_ids: Int[Tensor, "batch time"],
        token_types: Int[Tensor, "batch time"] | None = None,
        present: Bool[Tensor, "batch time"] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that stands at each position. Arguments and errors are those of `encode`.

        Raises:
            ConfigError: the model was built without this head.
        """
        if self.masked_lm is None:
            raise ConfigError(NO_MASKED_LM)
        return self.masked_lm(self.encode(token_ids, token_types, present, record), self.embedding.weight)

    def encode(
        self,
        token_ids: Int[Tensor, "batch time"],
        token_types: Int[Tensor, "batch time"] | None = None,
        present: Bool[Tensor, "batch time"] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch time d_model"]:
        """The vector of each token after the last block.

        Without token_types all tokens are of type 0. present is True at real tokens and False at padding, before or
        after the text, which is not attended to and does not count as a position. With a record (an empty dict) the
        readable attention is used and every activation stored there, by the names of `GPT.forward`.

        Raises:
            PromptError: there are more tokens than the context holds, or a token or type is out of range.
            MaskError: present is of another shape than the tokens, or a text is all padding.
        """
        check_length(token_ids.shape[1], self.config.context_length)
        check_present(present, token_ids.shape)
        index = token_positions(token_ids.shape[1], 0, present, token_ids.device)
        mask = None if present is None else padding_mask(present)
        x = self.position_embedding.embed(self.embedding(token_ids), index) + self._types(token_ids, token_types)
        x = self.dropout(self.embedding_norm(x))
        if record is not None:
            record["embedding"] = x
        for layer, block in enumerate(self.blocks):
            x = block(x, self.position_embedding, mask=mask, layer=layer, record=record)
        x = self.final_norm(x)
        if record is not None:
            record["final_norm"] = x
        return x

    def classify(
        self,
        token_ids: Int[Tensor, "batch time"],
        token_types: Int[Tensor, "batch time"] | None = None,
        present: Bool[Tensor, "batch time"] | None = None,
        record: dict[str, Tensor] | None = None,
    ) -> Float[Tensor, "batch classes"]:
        """Logits of the classes: tanh(h W + b) W_c + b_c, h the vector of the first real token.

        Arguments and errors are those of `encode`.

        Raises:
            ConfigError: the model was built without this head.
        """
        if self.pooler is None or self.classifier is None:
            raise ConfigError("this BERT has no classification head; build it with num_classes of at least 1")
        x = self.encode(token_ids, token_types, present, record)
        first = torch.zeros_like(token_ids[:, 0]) if present is None else present.long().argmax(dim=1)
        pooled = torch.tanh(self.pooler(x[torch.arange(len(x), device=x.device), first]))
        return self.classifier(self.dropout(pooled))

    def loss(
        self,
        inputs: Int[Tensor, "batch time"],
        targets: Int[Tensor, "batch time"],
        extras: Mapping[str, Any] = NOTHING,
        smoothing: float = 0.0,
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats of the tokens to fill in; targets of -100 do not count, nor cost a softmax.

        extras are further arguments of `encode`, by name.
        """
        if self.masked_lm is None:
            raise ConfigError(NO_MASKED_LM)
        chosen = targets != -100
        x = self.encode(inputs, **extras)[chosen]
        return F.cross_entropy(self.masked_lm(x, self.embedding.weight), targets[chosen], label_smoothing=smoothing)

    def _types(self, token_ids: Tensor, token_types: Tensor | None) -> Tensor:
        if token_types is None:
            return self.type_embedding.weight[0]
        if token_types.shape != token_ids.shape:
            raise PromptError(
                f"token_types has shape {tuple(token_types.shape)}, but the tokens {tuple(token_ids.shape)}: one type "
                f"belongs to each token"
            )
        wrong = token_types[(token_types < 0) | (token_types >= self.config.num_token_types)]
        if len(wrong):
            raise PromptError(
                f"token type {wrong[0].item()} is out of range, 0 to {self.config.num_token_types - 1}; "
                f"build the model with more num_token_types"
            )
        return self.type_embedding(token_types)
