"""Packing: several short texts in one row, so that little work is wasted on padding."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from minillm.batches import IGNORED, Batch, check_ids, check_sizes, generator_of
from minillm.errors import ConfigError
from minillm.masks import causal_mask


def pack(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Put texts into as few rows as is easy: longest first, each into the fullest row that has room for it.

    Best-fit decreasing bin packing, which never needs many more than 11/9 of the fewest rows. Returns the texts of each
    row. Source: Johnson et al. (1974), "Worst-Case Performance Bounds for Simple One-Dimensional Packing Algorithms";
    for language models Ding et al. (2024), "Fewer Truncations Improve Language Modeling", section 3.

    Raises:
        ConfigError: a text is longer than a row.
    """
    rows: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (free places, row), sorted
    for text in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if lengths[text] > capacity:
            raise ConfigError(f"text {text} has {lengths[text]} tokens, a row {capacity}; cut it or give longer rows")
        place = bisect_left(room, (lengths[text], 0))
        if place == len(room):
            rows.append([])
            free, row = capacity, len(rows) - 1
        else:
            free, row = room.pop(place)
        rows[row].append(text)
        left = (free - lengths[text], row)
        room.insert(bisect_left(room, left), left)
    return rows


@dataclass(frozen=True)
class PackedBatches:
    """Causal language modeling on whole texts: several in a row by `pack`; the rest of a row is padding, not counted.

    A row reads end marker, text, end marker, text, ...; the marker before a text is its start marker and the target of
    the text before it. With ``separate`` a token sees only its own text (`GPT.forward`'s ``visible``): positions still
    count along the row, so a text's loss is what it would be alone where positions are relative, not where they are
    learned or sinusoidal. Without it, a token also sees the texts before its own in the row.
    """

    texts: Sequence[Sequence[int]]
    batch_size: int
    context_length: int
    seed: int = 0
    end_id: int = 0
    separate: bool = False

    def __post_init__(self) -> None:
        check_sizes(self.batch_size, self.context_length)
        if not self.texts:
            raise ConfigError("there is no text to pack; give at least one")
        packed = pack([len(text) + 1 for text in self.texts], self.context_length)
        object.__setattr__(self, "_rows", packed)

    @property
    def rows(self) -> list[list[int]]:
        """Which texts each row holds."""
        return self._rows  # type: ignore[attr-defined]

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """Rows drawn at random, one token later as targets."""
        drawn = torch.randint(len(self.rows), (self.batch_size,), generator=generator_of(self.seed, step, rank))
        shape = (self.batch_size, self.context_length)
        inputs, targets = torch.full(shape, self.end_id), torch.full(shape, IGNORED)
        owner = torch.full(shape, -1)
        for place, row in enumerate(drawn.tolist()):
            first = 0
            for number in self.rows[row]:
                ids = torch.tensor([self.end_id, *self.texts[number], self.end_id])
                here = (place, slice(first, first + len(ids) - 1))
                inputs[here], targets[here], owner[here] = ids[:-1], ids[1:], number
                first += len(ids) - 1
        if not self.separate:
            return Batch(inputs, targets)
        same_text = owner[:, :, None] == owner[:, None, :]
        return Batch(inputs, targets, {"visible": same_text & causal_mask(self.context_length)})

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        check_ids(
            min(self.end_id, *(min(t, default=0) for t in self.texts)),
            max(self.end_id, *(max(t, default=0) for t in self.texts)),
            vocab_size,
        )
