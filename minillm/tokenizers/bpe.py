"""Byte-level byte pair encoding: frequent strings of bytes are tokens, and any text can be spelled."""

import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from math import inf
from pathlib import Path

from minillm.errors import ConfigError, UnknownCharacterError
from minillm.tokenizers import formats
from minillm.tokenizers.base import END, Specials, load_as, token_at
from minillm.tokenizers.merging import Merge, Pair, apply_merges, fast_merges
from minillm.tokenizers.pretokens import Pretokenizer, count_pretokens


class BPETokenizer:
    """Tokens are byte strings, made from the 256 bytes by merges in a fixed order, and special tokens.

    A text is cut into pretokens (see `PATTERNS`), a pretoken into bytes; then neighbors are merged, those first whose
    merge was learned first. Ids of a trained tokenizer: the special tokens, the 256 bytes, the merges.
    """

    def __init__(
        self, vocab: dict[bytes, int], merges: Sequence[Pair], special_tokens: dict[str, int], pattern: str = "gpt2"
    ) -> None:
        self.vocab, self.merges, self.special_tokens = dict(vocab), list(merges), dict(special_tokens)
        self.pretokenizer = Pretokenizer(pattern, special_tokens)
        self.pattern = pattern
        _check(self.vocab, self.merges, self.special_tokens)
        self._bytes: list[bytes] = [b""] * self.vocab_size
        for token, i in chain(self.vocab.items(), ((t.encode(), i) for t, i in self.special_tokens.items())):
            self._bytes[i] = token
        self._ranks = {pair: rank for rank, pair in reversed(list(enumerate(self.merges)))}
        self._cache = _Cache(self._encode_pretoken)

    @classmethod
    def train(
        cls,
        texts: Iterable[object],
        vocab_size: int,
        special_tokens: Sequence[str] = (END,),
        pattern: str = "gpt2",
        max_token_length: int | None = None,
    ) -> "BPETokenizer":
        """Learn merges from texts, or from stories, whose ``str`` is the text.

        Tokens have at most max_token_length bytes: a limit keeps Chinese, which has no spaces, from becoming tokens of
        whole clauses. The vocabulary is smaller than asked for if the texts have nothing left to merge. The order of
        the texts does not matter.

        Raises:
            ConfigError: the texts are empty, or vocab_size leaves no room for the bytes and the special tokens.
        """
        base = [*special_tokens, *formats.BYTES]
        if vocab_size < len(base):
            raise ConfigError(
                f"vocab_size = {vocab_size} is too small: 256 bytes and {len(special_tokens)} special tokens need "
                f"at least {len(base)}"
            )
        steps = cls.training_steps(texts, special_tokens, pattern, max_token_length)
        merges = [step.pair for step in islice(steps, vocab_size - len(base))]
        tokens = [*formats.BYTES, *(left + right for left, right in merges)]
        vocab = {token: i for i, token in enumerate(tokens, start=len(special_tokens))}
        return cls(vocab, merges, {token: i for i, token in enumerate(special_tokens)}, pattern)

    @staticmethod
    def training_steps(
        texts: Iterable[object],
        special_tokens: Sequence[str] = (END,),
        pattern: str = "gpt2",
        max_token_length: int | None = None,
    ) -> Iterator[Merge]:
        """The merges that `train` makes, one after another: each with its pair, its count and the new token."""
        counts = count_pretokens(texts, special_tokens, pattern)
        if not counts:
            raise ConfigError("a tokenizer cannot be trained on nothing; the texts it was given are empty")
        pretokens = {pretoken.encode(): count for pretoken, count in counts.items()}
        return fast_merges(pretokens, inf if max_token_length is None else max_token_length)

    @property
    def vocab_size(self) -> int:
        """Bytes, merges and special tokens."""
        return len(self.vocab) + len(self.special_tokens)

    @property
    def end_id(self) -> int:
        """The id of ``<|end|>``; of ``<|endoftext|>`` in GPT-2's vocabulary."""
        for token in (END, "<|endoftext|>"):
            if token in self.special_tokens:
                return self.special_tokens[token]
        raise ConfigError(f"this tokenizer has no end marker; train it with {END!r} among its special_tokens")

    def encode(self, text: str, specials: Specials = "recognize") -> list[int]:
        """The ids of a text.

        Raises:
            UnknownCharacterError: the text holds a lone surrogate, half a character, which has no bytes.
            SpecialTokenError: specials is "refuse" and the text holds a special token.
        """
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UnknownCharacterError(
                f"the code point U+{ord(text[error.start]):04X} at position {error.start} is half of a character (a "
                f"lone surrogate) and has no bytes; repair the text where it was decoded, or use encode_bytes"
            ) from None
        return self._encode(text, specials)

    def encode_bytes(self, data: bytes) -> list[int]:
        """The ids of any bytes, text or not; special tokens in them are spelled."""
        return self._encode(data.decode("utf-8", "surrogateescape"), "spell")

    def encode_iterable(self, chunks: Iterable[str], specials: Specials = "recognize") -> Iterator[int]:
        """The ids of a text that arrives in chunks, cut anywhere: those of ``encode("".join(chunks))``, one by one.

        Memory is that of a chunk and of the longest pretoken.
        """
        for text in self.pretokenizer.stream(chunks, specials):
            yield from self.encode(text, specials)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens are written out, and bytes that are no whole character become U+FFFD.

        Raises:
            ConfigError: an id is outside 0 .. vocab_size − 1.
        """
        return self.decode_bytes(ids).decode("utf-8", "replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """The bytes of ids."""
        return b"".join(token_at(self._bytes, ids))

    def decode_iterable(self, ids: Iterable[int]) -> Iterator[str]:
        """The text of ids as they arrive: together ``decode(ids)``; a piece is empty until its character is whole."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for token in token_at(self._bytes, ids):
            yield decoder.decode(token)
        if rest := decoder.decode(b"", final=True):
            yield rest

    def save(self, path: str | Path) -> None:
        """Write Hugging Face's ``tokenizer.json``."""
        data = formats.write_tokenizer_json(self.vocab, self.merges, self.special_tokens, self.pattern)
        Path(path).write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "BPETokenizer":
        """Read a byte-level BPE in Hugging Face's ``tokenizer.json``. Raises `CheckpointError` if it is none."""
        return load_as(cls, path)

    @classmethod
    def from_dict(cls, data: dict) -> "BPETokenizer":
        """The tokenizer of a parsed ``tokenizer.json``."""
        return cls(*formats.read_tokenizer_json(data))

    def _encode(self, text: str, specials: Specials) -> list[int]:
        ids: list[int] = []
        for i, segment in enumerate(self.pretokenizer.segments(text, specials)):
            if i % 2:
                ids.append(self.special_tokens[segment])
            else:
                ids.extend(chain.from_iterable(map(self._cache.__getitem__, self.pretokenizer.findall(segment))))
        return ids

    def _encode_pretoken(self, pretoken: str) -> list[int]:
        tokens = apply_merges(pretoken.encode("utf-8", "surrogateescape"), self._ranks)
        return [self.vocab[token] for token in tokens]


class _Cache(dict[str, list[int]]):
    """A dictionary that finds missing values by a function, and starts again when it has grown large."""

    def __init__(self, function: Callable[[str], list[int]], limit: int = 1 << 16) -> None:
        super().__init__()
        self._function, self._limit = function, limit

    def __missing__(self, key: str) -> list[int]:
        if len(self) >= self._limit:
            self.clear()
        value = self[key] = self._function(key)
        return value


def _check(vocab: dict[bytes, int], merges: list[Pair], special_tokens: dict[str, int]) -> None:
    ids = [*vocab.values(), *special_tokens.values()]
    if sorted(ids) != list(range(len(ids))):
        raise ConfigError(f"the {len(ids)} ids of a vocabulary must be 0 to {len(ids) - 1}, each once")
    for byte in formats.BYTES:
        if byte not in vocab:
            raise ConfigError(f"the byte {byte!r} is not in the vocabulary; all 256 must be")
    for left, right in merges:
        for token in (left, right, left + right):
            if token not in vocab:
                raise ConfigError(f"the merge of {left!r} and {right!r} needs {token!r}, which has no id")
