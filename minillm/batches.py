"""From texts to training batches.

A batch is a pure function of (seed, step, rank): nothing is shuffled in place and no generator is carried along, so a
run that is stopped and resumed sees the same batches, and so do two processes that share the work.

What a model learns to do is decided here, not in the loss: a batch shows some tokens, hides others, and asks for some.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from minillm.errors import ConfigError
from minillm.masks import prefix_mask
from minillm.tokenizers import Tokenizer

IGNORED = -100
"""The target of a position that does not count in the loss, as in torch."""


class Batch(NamedTuple):
    """One step's work, in the order of the arguments of `Model.loss`: ``model.loss(*batch)``.

    ``targets`` are `IGNORED` where nothing is asked; ``extras`` are further arguments of the model by name, each with
    the batch as its first dimension.
    """

    inputs: Int[Tensor, "batch time"]
    targets: Int[Tensor, "batch targets"]
    extras: Mapping[str, Tensor] = MappingProxyType({})

    @property
    def counted(self) -> int:
        """How many targets count in the loss."""
        return int((self.targets != IGNORED).sum())

    def to(self, device: torch.device | str) -> "Batch":
        """The same batch on a device."""
        extras = {name: tensor.to(device) for name, tensor in self.extras.items()}
        return Batch(self.inputs.to(device), self.targets.to(device), extras)


@runtime_checkable
class BatchSource(Protocol):
    """What training asks of its batches."""

    @property
    def seed(self) -> int:
        """What the random choices depend on, beside step and rank."""

    @property
    def batch_size(self) -> int:
        """Rows in a batch."""

    @property
    def context_length(self) -> int:
        """Positions in the longest row."""

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The batch of one step for one process: a pure function of the seed and these two."""

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""


def check_ids(low: int, high: int, vocab_size: int) -> None:
    """Raise `ConfigError` if token ids from low to high do not fit a model's vocabulary."""
    if not 0 <= low <= high < vocab_size:
        raise ConfigError(
            f"the text holds token ids from {low} to {high}, but the model's vocab_size is {vocab_size}; build the "
            f"model with the tokenizer's vocab_size"
        )


def check_sizes(batch_size: int, context_length: int) -> None:
    """Raise `ConfigError` for a batch without rows or rows without places."""
    if batch_size < 1 or context_length < 1:
        raise ConfigError(f"batch_size = {batch_size} and context_length = {context_length} must be at least 1")


def generator_of(*key: object) -> torch.Generator:
    """Random numbers that depend on the key alone."""
    digest = hashlib.blake2b(" ".join(map(str, key)).encode(), digest_size=7).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big"))


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
    """Causal language modeling: random windows of a token stream, and the same windows one token later as targets.

    With ``starts`` given a window begins at the start marker of a text and runs on into the texts that follow; without,
    it begins anywhere. Nothing is padded, and a token sees the texts before its own in the window; `minillm.packing`
    can keep them apart. ``rank`` numbers the processes that train together.
    """

    tokens: Int[Tensor, " tokens"]
    batch_size: int
    context_length: int
    seed: int = 0
    starts: Int[Tensor, " texts"] | None = None

    def __post_init__(self) -> None:
        check_sizes(self.batch_size, self.context_length)
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

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The inputs and targets of one step."""
        if self.starts is None:
            first = self._draw(step, rank, self._last + 1)
        else:
            usable = self.starts[self.starts <= self._last]
            first = usable[self._draw(step, rank, len(usable))]
        windows = self.tokens[first[:, None] + torch.arange(self.context_length + 1)]
        return Batch(windows[:, :-1], windows[:, 1:])

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        check_ids(int(self.tokens.min()), int(self.tokens.max()), vocab_size)

    def _draw(self, step: int, rank: int, high: int) -> Int[Tensor, " batch"]:
        return torch.randint(high, (self.batch_size,), generator=generator_of(self.seed, step, rank))


@dataclass(frozen=True)
class MaskedBatches:
    """Masked language modeling: some tokens of each window are hidden, and they alone are asked for.

    Each token that is not in ``special`` is chosen with probability ``rate``, at least one in a row. Of the chosen ones
    80 % become ``mask_id``, 10 % a random token and 10 % stay, so that the model cannot tell which tokens it may trust.

    Devlin et al. (2019), "BERT", section 3.1, and appendix A.1.
    """

    windows: BatchSource
    mask_id: int
    vocab_size: int  # ordinary tokens are drawn from 0 .. vocab_size − 1 without the special ones and the mask
    rate: float = 0.15
    special: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1:
            raise ConfigError(f"rate = {self.rate} is the share of tokens to hide: above 0, at most 1")
        if not len(self._ordinary):
            raise ConfigError(f"all {self.vocab_size} tokens are special; none is left to put in another's place")

    @property
    def seed(self) -> int:
        """That of the windows."""
        return self.windows.seed

    @property
    def batch_size(self) -> int:
        """Rows in a batch."""
        return self.windows.batch_size

    @property
    def context_length(self) -> int:
        """Positions in a row."""
        return self.windows.context_length

    @property
    def _ordinary(self) -> Int[Tensor, " tokens"]:
        ids = torch.arange(self.vocab_size)
        return ids[~torch.isin(ids, torch.tensor([*self.special, self.mask_id]))]

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The windows with some tokens hidden, and these tokens as targets, in their own places."""
        tokens, _, extras = self.windows(step, rank)
        generator = generator_of(self.seed, step, rank, "mask")
        allowed = ~torch.isin(tokens, torch.tensor(self.special, dtype=tokens.dtype))
        lot = torch.rand(tokens.shape, generator=generator).masked_fill(~allowed, 2.0)
        chosen = allowed & ((lot < self.rate) | (lot == lot.min(dim=1, keepdim=True).values))
        fate = torch.rand(tokens.shape, generator=generator)
        ordinary = self._ordinary
        others = ordinary[torch.randint(len(ordinary), tokens.shape, generator=generator)]
        inputs = torch.where(chosen & (fate < 0.8), self.mask_id, tokens)
        inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), others, inputs)
        return Batch(inputs, torch.where(chosen, tokens, IGNORED), extras)

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token, or the mask, is outside 0 .. vocab_size − 1."""
        self.windows.check_vocabulary(vocab_size)
        check_ids(0, max(self.mask_id, self.vocab_size - 1), vocab_size)


@dataclass(frozen=True)
class PrefixBatches:
    """Prefix language modeling: the first tokens of each window all see one another, and the rest is asked for.

    The length of the prefix is drawn evenly from 1 to context_length − 1 for each row. The target of a position inside
    the prefix, which can see it, does not count; the last position of the prefix predicts the first token after it.

    Raffel et al. (2020), "Exploring the Limits of Transfer Learning", section 3.2.1.
    """

    windows: BatchSource

    def __post_init__(self) -> None:
        if self.context_length < 2:
            raise ConfigError("a prefix and what follows it need a context_length of at least 2")

    @property
    def seed(self) -> int:
        """That of the windows."""
        return self.windows.seed

    @property
    def batch_size(self) -> int:
        """Rows in a batch."""
        return self.windows.batch_size

    @property
    def context_length(self) -> int:
        """Positions in a row."""
        return self.windows.context_length

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The windows, their next tokens from the end of the prefix on, and who sees whom."""
        inputs, targets, _ = self.windows(step, rank)
        generator = generator_of(self.seed, step, rank, "prefix")
        length = torch.randint(1, self.context_length, (self.batch_size,), generator=generator)
        inside = torch.arange(self.context_length) < length[:, None] - 1
        visible = prefix_mask(length, self.context_length)
        return Batch(inputs, targets.masked_fill(inside, IGNORED), {"visible": visible})

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        self.windows.check_vocabulary(vocab_size)


@dataclass(frozen=True)
class PairBatches:
    """Sequence to sequence: a source to read in both directions, a target to write from left to right.

    Rows are drawn at random and padded on the right to the longest of the batch. A source is read as text, end marker;
    of a target "end marker, text, end marker" the decoder is given all but the last and asked for all but the first.

    Sutskever et al. (2014), "Sequence to Sequence Learning with Neural Networks", section 2.
    """

    pairs: Sequence[tuple[Sequence[int], Sequence[int]]]
    batch_size: int
    seed: int = 0
    end_id: int = 0

    def __post_init__(self) -> None:
        check_sizes(self.batch_size, 1)
        if not self.pairs:
            raise ConfigError("there is no pair of texts; give at least one")

    @classmethod
    def encode(
        cls, pairs: Iterable[tuple[object, object]], tokenizer: Tokenizer, batch_size: int, seed: int = 0
    ) -> "PairBatches":
        """Encode pairs of texts, or of stories, whose ``str`` is the text."""
        encoded = [(tokenizer.encode(str(source)), tokenizer.encode(str(target))) for source, target in pairs]
        return cls(encoded, batch_size, seed, tokenizer.end_id)

    @property
    def context_length(self) -> int:
        """Positions of the longest source or target."""
        return max(len(text) for pair in self.pairs for text in pair) + 1

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """Sources; targets from their first text token; extras target_ids, source_present, target_present."""
        drawn = torch.randint(len(self.pairs), (self.batch_size,), generator=generator_of(self.seed, step, rank))
        return self.of(drawn.tolist())

    def of(self, rows: Iterable[int]) -> Batch:
        """The batch of some pairs, by their numbers."""
        pairs = [self.pairs[i] for i in rows]
        sources, source_present = self._pad([[*source, self.end_id] for source, _ in pairs])
        given, target_present = self._pad([[self.end_id, *target] for _, target in pairs])
        asked, _ = self._pad([[*target, self.end_id] for _, target in pairs])
        extras = {"target_ids": given, "source_present": source_present, "target_present": target_present}
        return Batch(sources, asked.masked_fill(~target_present, IGNORED), extras)

    def _pad(self, rows: list[list[int]]) -> tuple[Int[Tensor, "batch longest"], Bool[Tensor, "batch longest"]]:
        padded = pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=self.end_id)
        lengths = torch.tensor([len(row) for row in rows])
        return padded, torch.arange(padded.shape[1]) < lengths[:, None]

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        ids = [token for pair in self.pairs for text in pair for token in text] + [self.end_id]
        check_ids(min(ids), max(ids), vocab_size)


@dataclass(frozen=True)
class Curriculum:
    """Two sources in turn: ``first`` up to a step, ``then`` afterwards. Bengio et al. (2009), "Curriculum Learning"."""

    first: BatchSource
    then: BatchSource
    first_steps: int

    def __post_init__(self) -> None:
        sizes = [source.batch_size for source in (self.first, self.then)]
        if sizes[0] != sizes[1]:
            raise ConfigError(f"both parts of a curriculum need the same batch_size, not {sizes}")
        if self.first_steps < 0:
            raise ConfigError(f"first_steps = {self.first_steps} must be at least 0")

    @property
    def seed(self) -> int:
        """What the random choices depend on, beside step and rank."""
        return self.then.seed

    @property
    def batch_size(self) -> int:
        """Rows in a batch."""
        return self.then.batch_size

    @property
    def context_length(self) -> int:
        """Positions in the longest row."""
        return max(self.first.context_length, self.then.context_length)

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The batch of one step from the source whose turn it is."""
        return (self.first if step < self.first_steps else self.then)(step, rank)

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token of either source is outside 0 .. vocab_size − 1."""
        self.first.check_vocabulary(vocab_size)
        self.then.check_vocabulary(vocab_size)
