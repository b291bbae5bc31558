"""One token for each character: the simplest tokenizer that can spell everything it has seen."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from minillm.errors import ConfigError, UnknownCharacterError
from minillm.tokenizers.base import END, load_as, token_at
from minillm.tokenizers.pretokens import check_text


class CharacterTokenizer:
    """Id 0 is the end marker; the characters follow in the order of their code points."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = "".join(sorted(set("".join(characters))))
        check_text(self.characters)
        if not self.characters:
            raise ConfigError("a character tokenizer needs at least one character; the text it was given is empty")
        self.special_tokens = {END: 0}
        self._ids = {character: i for i, character in enumerate(self.characters, start=1)}

    @classmethod
    def train(cls, texts: Iterable[object]) -> "CharacterTokenizer":
        """The tokenizer of every character in the texts, or in stories, whose ``str`` is the text."""
        return cls(set().union(*(set(str(text)) for text in texts)))

    @property
    def vocab_size(self) -> int:
        """One id for each character and one for the end marker."""
        return len(self.characters) + 1

    @property
    def end_id(self) -> int:
        """Always 0."""
        return self.special_tokens[END]

    def encode(self, text: str) -> list[int]:
        """One id for each character.

        Raises:
            UnknownCharacterError: names the first character that has no id, and where it stands.
        """
        try:
            return [self._ids[character] for character in text]
        except KeyError:
            position, character = next((i, c) for i, c in enumerate(text) if c not in self._ids)
            raise UnknownCharacterError(
                f"the character {character!r} (U+{ord(character):04X}) at position {position} is not among the "
                f"{len(self.characters)} that this tokenizer knows; remove or replace it, or train a tokenizer on text "
                f"that holds it"
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The characters of the ids; the end marker is written out.

        Raises:
            ConfigError: an id is outside 0 .. vocab_size − 1.
        """
        return "".join(self.decode_iterable(ids))

    def encode_iterable(self, chunks: Iterable[str]) -> Iterator[int]:
        """The ids of a text that arrives in chunks."""
        for chunk in chunks:
            yield from self.encode(chunk)

    def decode_iterable(self, ids: Iterable[int]) -> Iterator[str]:
        """The character of each id as it arrives."""
        return token_at([END, *self.characters], ids)

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON."""
        data = {"kind": "characters", "special_tokens": [END], "characters": self.characters}
        Path(path).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "CharacterTokenizer":
        """Read what `save` wrote. Raises `CheckpointError` if the file holds anything else."""
        return load_as(cls, path)

    @classmethod
    def from_dict(cls, data: dict) -> "CharacterTokenizer":
        """The tokenizer of a parsed JSON file."""
        return cls(data["characters"])
