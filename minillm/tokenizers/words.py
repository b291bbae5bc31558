"""One token for each word of a fixed list; whatever else a text holds becomes ``<|unknown|>``."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from minillm.errors import ConfigError
from minillm.tokenizers.base import END, UNKNOWN, load_as, token_at
from minillm.tokenizers.pretokens import Pretokenizer, check_text, count_pretokens


class WordTokenizer:
    """Ids are ``<|end|>`` 0, ``<|unknown|>`` 1, then the words, the most frequent first.

    A word keeps the space before it (" dog"), and signs are words too, so decoding known words gives the text back.
    Chinese puts no spaces between words: there a "word" is all that stands between two signs.
    """

    def __init__(self, words: Iterable[str], pattern: str = "gpt2") -> None:
        self.words = list(words)
        self.special_tokens = {END: 0, UNKNOWN: 1}
        self.pattern = pattern
        self.pretokenizer = Pretokenizer(pattern, self.special_tokens)
        self._ids = {word: i for i, word in enumerate(self.words, start=2)}
        check_text("".join(self.words))
        if not self.words or len(self._ids) < len(self.words) or not self._ids.keys().isdisjoint({"", END, UNKNOWN}):
            raise ConfigError("a word tokenizer needs at least one word; each once, none empty, no special token")

    @classmethod
    def train(cls, texts: Iterable[object], vocab_size: int | None = None, pattern: str = "gpt2") -> "WordTokenizer":
        """The most frequent words of texts, or of stories, whose ``str`` is the text.

        Among equally frequent words the one with the lower code points comes first, so the order of the texts does
        not matter.

        Raises:
            ConfigError: the texts are empty, or vocab_size leaves no room for a word beside the two special tokens.
        """
        if vocab_size is not None and vocab_size < 3:
            raise ConfigError(f"vocab_size = {vocab_size} is too small: two special tokens and a word need 3")
        counts = count_pretokens(texts, (END, UNKNOWN), pattern)
        frequent = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(frequent[: None if vocab_size is None else vocab_size - 2], pattern)

    @property
    def vocab_size(self) -> int:
        """The words and the two special tokens."""
        return len(self.words) + len(self.special_tokens)

    @property
    def end_id(self) -> int:
        """Always 0."""
        return self.special_tokens[END]

    def encode(self, text: str, specials: str = "recognize") -> list[int]:
        """One id for each word.

        Raises:
            SpecialTokenError: specials is "refuse" and the text holds a special token.
        """
        return list(self._encode(self.pretokenizer.cut(text, specials)))

    def encode_iterable(self, chunks: Iterable[str], specials: str = "recognize") -> Iterator[int]:
        """The ids of a text that arrives in chunks, cut anywhere: those of ``encode("".join(chunks))``, one by one."""
        return self._encode(self.pretokenizer.stream(chunks, specials))

    def decode(self, ids: Iterable[int]) -> str:
        """The words of ids; special tokens are written out.

        Raises:
            ConfigError: an id is outside 0 .. vocab_size − 1.
        """
        return "".join(self.decode_iterable(ids))

    def decode_iterable(self, ids: Iterable[int]) -> Iterator[str]:
        """The word of each id as it arrives."""
        return token_at([*self.special_tokens, *self.words], ids)

    def _encode(self, cut: Iterable[tuple[list[str], str]]) -> Iterator[int]:
        for words, special in cut:
            yield from (self._ids.get(word, 1) for word in words)
            if special:
                yield self.special_tokens[special]

    def save(self, path: str | Path) -> None:
        """Write the tokenizer as JSON."""
        data = {"kind": "words", "special_tokens": [END, UNKNOWN], "pattern": self.pattern, "words": self.words}
        Path(path).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "WordTokenizer":
        """Read what `save` wrote. Raises `CheckpointError` if the file holds anything else."""
        return load_as(cls, path)

    @classmethod
    def from_dict(cls, data: dict) -> "WordTokenizer":
        """The tokenizer of a parsed JSON file."""
        return cls(data["words"], data["pattern"])
