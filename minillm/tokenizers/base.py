"""What every tokenizer can do, and how one is read back from disk."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

from minillm.errors import CheckpointError

END = "<|end|>"
"""The special token before the first and after the last token of every text."""


@runtime_checkable
class Tokenizer(Protocol):
    """Text to ids and back; the same for characters, words and byte pairs."""

    special_tokens: dict[str, int]

    @property
    def vocab_size(self) -> int:
        """How many ids there are: 0 to vocab_size − 1."""
        ...

    @property
    def end_id(self) -> int:
        """The id of `END`."""
        ...

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without start or end marker."""
        ...

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens are written out."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON."""
        ...


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read a tokenizer that `Tokenizer.save` wrote.

    Raises:
        CheckpointError: the file is missing, is not JSON, or is of a kind that is not known.
    """
    from minillm.tokenizers.characters import CharacterTokenizer

    kinds = {"characters": CharacterTokenizer}
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return kinds[data["kind"]].from_dict(data)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is not a tokenizer of one of the kinds {sorted(kinds)}: {error!r}") from error
