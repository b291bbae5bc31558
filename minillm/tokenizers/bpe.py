"""Byte-level byte pair encoding: frequent strings of bytes are tokens, and any text can be spelled."""

import codecs
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from math import inf
from pathlib import Path

from tqdm import tqdm

from minillm.errors import CheckpointError, ConfigError
from minillm.tokenizers import formats
from minillm.tokenizers.base import END, load_as, token_at
from minillm.tokenizers.memo import Memo
from minillm.tokenizers.merging import Merge, Pair, Seams, fast_apply_merges, fast_merges
from minillm.tokenizers.pretokens import Pretokenizer, count_pretokens


class BPETokenizer:
    """Tokens are byte strings, made from the 256 bytes by merges in a fixed order, and special tokens.

    A text is cut into pretokens (see `PATTERNS`), a pretoken into bytes; then neighbors are merged, those first whose
    merge was learned first. Ids of a trained tokenizer: the special tokens, the 256 bytes, the merges.

    Raises:
        ConfigError: the vocabulary, the merges and the special tokens do not fit together.
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
        self._ranks = {pair: rank for rank, pair in enumerate(self.merges)}
        self._ids = Memo(self._encode_pretoken)

    def __reduce__(self) -> tuple:
        return type(self), (self.vocab, self.merges, self.special_tokens, self.pattern)

    @classmethod
    def train(
        cls,
        texts: Iterable[object],
        vocab_size: int,
        special_tokens: Sequence[str] = (END,),
        pattern: str = "gpt2",
        max_token_length: int | None = None,
        progress: bool = False,
    ) -> "BPETokenizer":
        """Learn merges from texts, or from stories, whose ``str`` is the text.

        Tokens have at most max_token_length bytes: a limit keeps Chinese, which has no spaces, from becoming tokens of
        whole clauses. The vocabulary is smaller than asked for if the texts have nothing left to merge. The order of
        the texts does not matter. With progress, a bar counts the merges and says how long the others will take.

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
        room = vocab_size - len(base)
        watched = tqdm(islice(steps, room), total=room, unit="merge", disable=not progress)
        merges = [step.pair for step in watched]
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

    def with_special_tokens(self, *tokens: str) -> "BPETokenizer":
        """The same tokenizer with further special tokens; their ids come after all others, which stay as they are."""
        more = {token: self.vocab_size + i for i, token in enumerate(tokens)}
        return type(self)(self.vocab, self.merges, self.special_tokens | more, self.pattern)

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

    def encode(self, text: str, specials: str = "recognize") -> list[int]:
        """The ids of a text.

        Raises:
            UnknownCharacterError: the text holds a lone surrogate, half a character, which has no bytes.
            SpecialTokenError: specials is "refuse" and the text holds a special token.
        """
        return list(chain.from_iterable(self._encode(self.pretokenizer.cut(text, specials))))

    def encode_bytes(self, data: bytes) -> list[int]:
        """The ids of any bytes, text or not; special tokens in them are spelled."""
        try:
            return self.encode(data.decode(), specials="spell")
        except UnicodeDecodeError:
            pretokens = self.pretokenizer.findall(data.decode("utf-8", "surrogateescape"))
            return [i for pretoken in pretokens for i in self._merge(pretoken.encode("utf-8", "surrogateescape"))]

    def encode_iterable(self, chunks: Iterable[str], specials: str = "recognize") -> Iterator[int]:
        """The ids of a text that arrives in chunks, cut anywhere: those of ``encode("".join(chunks))``, one by one.

        Memory is that of a chunk and of the longest pretoken.
        """
        return chain.from_iterable(self._encode(self.pretokenizer.stream(chunks, specials)))

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

    def save_gpt2(self, folder: str | Path) -> None:
        """Write ``vocab.json`` and ``merges.txt`` as GPT-2 has them.

        Raises:
            ConfigError: the pattern is not "gpt2", which these files cannot say.
        """
        if self.pattern != "gpt2":
            raise ConfigError(f"pattern = {self.pattern!r} cannot be told in GPT-2's files; use save")
        data = formats.write_tokenizer_json(self.vocab, self.merges, self.special_tokens, self.pattern)["model"]
        lines = ["#version: 0.2", *(" ".join(pair) for pair in data["merges"])]
        (Path(folder) / "vocab.json").write_text(json.dumps(data["vocab"], ensure_ascii=False), encoding="utf-8")
        (Path(folder) / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")

    @classmethod
    def load_gpt2(cls, folder: str | Path, special_tokens: Iterable[str] = ("<|endoftext|>", END)) -> "BPETokenizer":
        """Read ``vocab.json`` and ``merges.txt`` as GPT-2 has them; they do not say which tokens are special.

        Raises:
            CheckpointError: a file is missing, damaged, or does not fit the other.
        """
        try:
            spelled = json.loads((Path(folder) / "vocab.json").read_text(encoding="utf-8"))
            lines = (Path(folder) / "merges.txt").read_text(encoding="utf-8").split("\n")
            merges = formats.read_merges(line for line in lines if line and not line.startswith("#version"))
            special = {token: spelled.pop(token) for token in special_tokens if token in spelled}
            vocab = {formats.to_bytes(token): i for token, i in spelled.items()}
            for token in vocab.keys() - {*formats.BYTES, *(left + right for left, right in merges)}:
                raise ConfigError(
                    f"no merge makes the token {token!r}; merges.txt is cut off, or it is a special token"
                )
            return cls(vocab, merges, special)
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise CheckpointError(f"{folder} holds no vocab.json and merges.txt of GPT-2's kind: {error!r}") from error

    @classmethod
    def from_dict(cls, data: dict) -> "BPETokenizer":
        """The tokenizer of a parsed ``tokenizer.json``."""
        return cls(*formats.read_tokenizer_json(data))

    def _encode(self, cut: Iterable[tuple[list[str], str]]) -> Iterator[list[int]]:
        for pretokens, special in cut:
            yield from map(self._ids.__getitem__, pretokens)
            if special:
                yield [self.special_tokens[special]]

    @cached_property
    def _seams(self) -> Seams:
        return Seams(self.vocab)

    def _encode_pretoken(self, pretoken: str) -> list[int]:
        parts = [pretoken] if pretoken.isascii() else self._seams.cut(pretoken)
        if len(parts) > 1:
            return [i for part in parts for i in self._ids[part]]
        return self._merge(pretoken.encode())

    def _merge(self, pretoken: bytes) -> list[int]:
        return [self.vocab[token] for token in fast_apply_merges(pretoken, self._ranks)]


def _check(vocab: dict[bytes, int], merges: list[Pair], special_tokens: dict[str, int]) -> None:
    """A vocabulary that can spell everything, merges that lead to it, and no name that is taken twice."""
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
    if len(set(merges)) < len(merges):
        raise ConfigError(f"the merge of {Counter(merges).most_common(1)[0][0]} is there twice; each must be once")
    for token in vocab:
        if formats.to_characters(token) in special_tokens:
            raise ConfigError(
                f"special token {formats.to_characters(token)!r} is how tokenizer.json writes the ordinary token "
                f"{token!r}; choose another, such as {END!r}"
            )
