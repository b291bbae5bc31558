"""What every model has, and what every language model can do beyond that."""

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minillm.errors import MaskError, PromptError

NOTHING: Mapping[str, Tensor] = MappingProxyType({})


class Model(nn.Module):
    """A configuration and the network that was built from it: training and saving ask for no more than this."""

    config: Any  # a frozen dataclass with at least vocab_size; with context_length where a text's length is limited

    def loss(
        self,
        inputs: Int[Tensor, "batch time"],
        targets: Int[Tensor, "batch targets"],
        extras: Mapping[str, Tensor] = NOTHING,
        smoothing: float = 0.0,
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats over the targets; those of -100 do not count.

        extras are further arguments of the model, by name. With smoothing, that share of each target is spread evenly
        over the vocabulary.
        """
        logits = self(inputs, **extras)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)

    def num_parameters(self) -> int:
        """How many numbers training adjusts."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.state_dict().values())).device


class LanguageModel(Model):
    """A model of the next token: batches, evaluation and generation ask for no more, whatever is inside."""

    @abstractmethod
    def forward(
        self, token_ids: Int[Tensor, "batch time"], cache: Any = None
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that follows each position. With a cache, token_ids continue what it remembers."""

    @abstractmethod
    def new_cache(self) -> Any:
        """The memory of a text that has not begun."""


class TokenEmbedding(nn.Embedding):
    """One trained vector for each token."""

    def forward(self, token_ids: Int[Tensor, "*shape"]) -> Float[Tensor, "*shape d_model"]:
        """E[ids]. Raises `PromptError` for a token outside the vocabulary."""
        try:
            return super().forward(token_ids)
        except IndexError as error:
            wrong = token_ids[(token_ids < 0) | (token_ids >= self.num_embeddings)][0].item()
            raise PromptError(
                f"token {wrong} is outside the vocabulary, 0 to {self.num_embeddings - 1}; "
                f"use the tokenizer that belongs to the model"
            ) from error


def check_length(length: int, context_length: int, name: str = "text") -> None:
    """Raise `PromptError` for a text that is longer than the context."""
    if length > context_length:
        raise PromptError(
            f"{length} tokens do not fit in a context of {context_length}; "
            f"shorten the {name} or build the model with a larger context_length"
        )


def check_present(present: Bool[Tensor, "..."] | None, shape: tuple[int, ...], whole: bool = True) -> None:
    """Raise `MaskError` unless present says for each token whether it is real, and each whole text has a real one."""
    if present is None:
        return
    if tuple(present.shape) != tuple(shape):
        raise MaskError(
            f"present has shape {tuple(present.shape)}, the tokens {tuple(shape)}; "
            f"it must say for each token whether it is real (True) or padding (False)"
        )
    empty = (~present.any(dim=1)).nonzero()
    if whole and len(empty):
        raise MaskError(f"row {empty[0].item()} is all padding; give every text at least one real token")
