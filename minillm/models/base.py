"""What every language model is: token ids in, a score for every possible next token out."""

from abc import abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class LanguageModel(nn.Module):
    """Batches, training, evaluation and generation ask a model for no more than this, whatever is inside."""

    config: Any  # a frozen dataclass with at least vocab_size; with context_length where the past is limited

    @abstractmethod
    def forward(
        self, token_ids: Int[Tensor, "batch time"], cache: Any = None
    ) -> Float[Tensor, "batch time vocab_size"]:
        """Logits of the token that follows each position. With a cache, token_ids continue what it remembers."""

    @abstractmethod
    def new_cache(self) -> Any:
        """The memory of a text that has not begun."""

    def loss(self, inputs: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats a token; targets of -100 do not count."""
        return F.cross_entropy(self(inputs).flatten(0, 1), targets.flatten())

    def num_parameters(self) -> int:
        """How many numbers training adjusts."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(iter(self.state_dict().values())).device
