"""What every tokenizer can do, and how one is read back from disk."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

from minillm.errors import CheckpointError, ConfigError

END = "<|end|>"
"""The special token before the first and after the last token of every text."""

MASK = "<|mask|>"
"""The special token that stands in a text where a token was hidden."""

UNKNOWN = "<|unknown|>"
"""The special token of a `WordTokenizer` for every word that it has not learned."""


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

    def encode_iterable(self, chunks: Iterable[str]) -> Iterator[int]:
        """The ids of a text that arrives in chunks, cut anywhere: those of ``encode("".join(chunks))``, one by one."""
        ...

    def decode_iterable(self, ids: Iterable[int]) -> Iterator[str]:
        """The text of ids as they arrive: together ``decode(ids)``; a piece is empty until its character is whole."""
        ...

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON."""
        ...

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Read what `save` wrote. `load_tokenizer` finds out the kind by itself."""
        ...


def load_tokenizer(path: str | Path) -> Tokenizer:
    """Read a tokenizer that `Tokenizer.save` wrote, or a byte-level BPE in Hugging Face's ``tokenizer.json``.

    Raises:
        CheckpointError: the file is missing, is not JSON, is of a kind that is not known, or contradicts itself.
    """
    return _load(path)


def _load(path: str | Path) -> Any:
    from minillm.tokenizers.bpe import BPETokenizer
    from minillm.tokenizers.characters import CharacterTokenizer
    from minillm.tokenizers.words import WordTokenizer

    kinds: dict[str, Any] = {"bpe": BPETokenizer, "characters": CharacterTokenizer, "words": WordTokenizer}
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return kinds[data["kind"] if "kind" in data else data["model"].get("type", "BPE").lower()].from_dict(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path} is not a tokenizer of one of the kinds {sorted(kinds)}: {error!r}") from error


Kind = TypeVar("Kind")


def load_as(kind: type[Kind], path: str | Path) -> Kind:
    """Read a tokenizer that must be of one kind; raises `CheckpointError` if it is another."""
    tokenizer = _load(path)
    if not isinstance(tokenizer, kind):
        raise CheckpointError(f"{path} is a {type(tokenizer).__name__}, not a {kind.__name__}; use load_tokenizer")
    return tokenizer


def token_at(table: Sequence[Any], ids: Iterable[int]) -> Iterator[Any]:
    """The entries of a table at some ids.

    Raises:
        ConfigError: an id is outside 0 .. len(table) − 1.
    """
    for i in ids:
        if not 0 <= i < len(table):
            raise ConfigError(f"token id {i} is outside 0 to {len(table) - 1}")
        yield table[i]
