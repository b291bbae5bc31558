"""``minillm tokenizer``: learn one from texts, encode, decode, and look inside."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import tyro

from minillm import corpora
from minillm.cli.progress import quiet, say
from minillm.errors import ConfigError
from minillm.tokenizers import (
    BPETokenizer,
    CharacterTokenizer,
    Tokenizer,
    WordTokenizer,
    load_tokenizer,
    town_tokenizer,
)
from minillm.weights import available, load

Which = Annotated[
    str, tyro.conf.arg(name="tokenizer", help="the name of a shipped model, its folder, a tokenizer.json, or town")
]


def train(
    texts: tyro.conf.Positional[tuple[str, ...]],
    out: Path = Path("tokenizer.json"),
    kind: Literal["bpe", "characters", "words"] = "bpe",
    vocab_size: int | None = None,
) -> None:
    """Learn a tokenizer from texts.

    Args:
        texts: UTF-8 files, or corpora that every computer has: python-manual, standard-library.
        out: the file to write.
        kind: bpe: pieces of words, any text can be spelled. characters. words.
        vocab_size: how many tokens at most, special ones included; by default 1024 for bpe, all for words.
    """
    if not texts:
        raise ConfigError(f"there is no text to learn from; name files or corpora: {', '.join(corpora.CORPORA)}")
    if kind == "characters" and vocab_size is not None:
        raise ConfigError("--vocab-size has no meaning for characters: each character of the texts is a token")
    read = [corpora.read(text) for text in texts]
    say(f"learning from {sum(map(len, read)):,} characters ...")
    tokenizer: Tokenizer
    if kind == "bpe":
        tokenizer = BPETokenizer.train(read, 1024 if vocab_size is None else vocab_size, progress=not quiet())
    elif kind == "words":
        tokenizer = WordTokenizer.train(read, vocab_size)
    else:
        tokenizer = CharacterTokenizer.train(read)
    try:
        tokenizer.save(out)
    except OSError as error:
        raise ConfigError(f"--out {out} cannot be written: {error}") from error
    print(f"saved to {out}: {tokenizer.vocab_size} tokens")


def encode(text: tyro.conf.Positional[str], tokenizer: Which = "town", pieces: bool = False) -> None:
    """Print the ids of a text.

    Args:
        text: the text; - reads it from the standard input.
        pieces: print what each token stands for beside its id, a token a line.
    """
    chosen = find(tokenizer)
    ids = chosen.encode(sys.stdin.read() if text == "-" else text)
    if pieces:
        for i in ids:
            print(f"{i:6}  {chosen.decode([i])!r}")
    else:
        print(*ids)


def decode(ids: tyro.conf.Positional[tuple[int, ...]], tokenizer: Which = "town") -> None:
    """Print the text of ids.

    Args:
        ids: the ids; none: they are read from the standard input.
    """
    try:
        given = ids or tuple(map(int, sys.stdin.read().split()))
    except ValueError as error:
        raise ConfigError(f"ids are whole numbers with spaces between them: {error}") from error
    print(find(tokenizer).decode(given))


def inspect(tokenizer: tyro.conf.Positional[Which] = "town", text: str | None = None, show: int = 10) -> None:
    """Show what a tokenizer is made of and how much text a token holds.

    Args:
        text: a UTF-8 file or a corpus to measure on; by default 200 held-out stories of each language of the town.
        show: how many of the longest tokens to list.
    """
    from minillm import town

    if show < 0:
        raise ConfigError(f"--show is {show}; it must be at least 0")
    chosen = find(tokenizer)
    print(f"{type(chosen).__name__}, {chosen.vocab_size} tokens")
    print("special tokens:", ", ".join(f"{name} = {i}" for name, i in chosen.special_tokens.items()))
    if isinstance(chosen, BPETokenizer):
        print("first merges:", ", ".join(_readable(left + right) for left, right in chosen.merges[:show]))
    longest = sorted(range(chosen.vocab_size), key=lambda i: (-len(chosen.decode([i])), i))
    if show:
        print("longest tokens:", ", ".join(f"{chosen.decode([i])!r} = {i}" for i in longest[:show]))
    samples = (
        {text: [corpora.read(text)]}
        if text is not None
        else {f"stories, {lang}": [s.text for s in town.stories("valid", lang, 200)] for lang in town.LANGUAGES}
    )
    for name, texts in samples.items():
        tokens = sum(len(chosen.encode(part)) for part in texts)
        print(
            f"{name}: {sum(map(len, texts)) / tokens:.2f} characters and "
            f"{sum(len(part.encode()) for part in texts) / tokens:.2f} bytes a token"
        )


def find(name: str) -> Tokenizer:
    """The tokenizer of the town, of a model, or in a file. Raises `CheckpointError` if there is none."""
    if name == "town":
        return town_tokenizer()
    if name in available() or Path(name).is_dir():
        return load(name).tokenizer
    return load_tokenizer(name)


def _readable(token: bytes) -> str:
    return repr(token.decode("utf-8", errors="backslashreplace"))


COMMANDS = {"train": train, "encode": encode, "decode": decode, "inspect": inspect}
