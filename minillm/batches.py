"""From texts to training batches.

A batch is a pure function of (seed, step, rank): nothing is shuffled in place and no generator is carried along, so a
run that is stopped and resumed sees the same batches, and so do two processes that share the work.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from minillm.errors import ConfigError
from minillm.tokenizers import Tokenizer


@dataclass(frozen=True)
class TokenStream:
    """Texts in one row of ids, an end marker before each and after the last, and where each text's marker stands."""

    tokens: Int[Tensor, " tokens"]
    starts: Int[Tensor, " texts"]

    @classmethod
    def encode(cls, texts: Iterable[object], tokenizer: Tokenizer) -> "TokenStream":
        """Encode texts, or stories, whose ``str`` is the text."""
        tokens: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(tokens))
            tokens += [tokenizer.end_id, *tokenizer.encode(str(text))]
        if not starts:
            raise ConfigError("there is no text to encode; give at least one")
        return cls(torch.tensor([*tokens, tokenizer.end_id]), torch.tensor(starts))


@dataclass(frozen=True)
class Batches:
    """Random windows of a token stream, and the same windows one token later as targets.

    With ``starts`` given a window begins at the start marker of a text and runs on into the texts that follow; without,
    it begins anywhere. ``rank`` numbers the processes that train together.
    """

    tokens: Int[Tensor, " tokens"]
    batch_size: int
    context_length: int
    seed: int = 0
    starts: Int[Tensor, " texts"] | None = None

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.context_length < 1:
            raise ConfigError(
                f"batch_size = {self.batch_size} and context_length = {self.context_length} must be at least 1"
            )
        if len(self.tokens) <= self.context_length:
            raise ConfigError(
                f"a text of {len(self.tokens)} tokens is too short for windows of context_length = "
                f"{self.context_length} and the token after them; give more text or a shorter context"
            )
        if self.starts is not None and not (self.starts <= self._last).any():
            raise ConfigError(
                f"no text starts early enough for a whole window of context_length = {self.context_length}; "
                f"give more text or a shorter context"
            )

    @property
    def _last(self) -> int:
        """The last position at which a window can begin."""
        return len(self.tokens) - self.context_length - 1

    def __call__(self, step: int, rank: int = 0) -> tuple[Int[Tensor, "batch time"], Int[Tensor, "batch time"]]:
        """The inputs and targets of one step."""
        if self.starts is None:
            first = self._draw(step, rank, self._last + 1)
        else:
            usable = self.starts[self.starts <= self._last]
            first = usable[self._draw(step, rank, len(usable))]
        windows = self.tokens[first[:, None] + torch.arange(self.context_length + 1)]
        return windows[:, :-1], windows[:, 1:]

    def _draw(self, step: int, rank: int, high: int) -> Int[Tensor, " batch"]:
        digest = hashlib.blake2b(f"{self.seed} {step} {rank}".encode(), digest_size=7).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest, "big"))
        return torch.randint(high, (self.batch_size,), generator=generator)
