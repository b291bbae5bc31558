"""Byte pair encoding, merge by merge, on the reader's own text."""

from collections.abc import Iterable

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

TEXTS = (
    ("The cat", "the cat saw the other cat, and the other cat sat on that hat", ""),
    ("Peter Piper", "Peter Piper picked a peck of pickled peppers. A peck of pickled peppers Peter Piper picked.", ""),
    (
        "四是四",
        "四是四，十是十，十四是十四，四十是四十。",
        "Sì shì sì, shí shì shí, shísì shì shísì, sìshí shì sìshí. Four is four, ten is ten, fourteen is fourteen, "
        "forty is forty: a tongue twister.",
    ),
    ("Numbers", "2024 2025 2026 12024 12025 12026 24 25 26", ""),
)
LONGEST = 1200


def bpe_stepper(
    texts: Iterable[tuple[str, str, str]] = TEXTS, tokenizer: str = "town-tokenizer", longest: int = LONGEST
) -> Explorable:
    """An explorable that learns a byte-level BPE in the page, on whatever the reader writes.

    Readers go forward and back through the merges and see the text in tokens, the most frequent pairs and what was
    merged. A second view shows the same text in the tokens of a tokenizer that ships with the book.

    Args:
        texts: texts to choose from, each with a name and a gloss, which may be empty.
        tokenizer: the name of the finished tokenizer.
        longest: how many characters of a text are used.

    Raises:
        ConfigError: there are no texts, or one is empty or too long.
    """
    texts = list(texts)
    if not texts or not all(0 < len(text) <= longest for _, text, _ in texts):
        raise ConfigError(f"texts must be at least one, each of 1 to {longest} characters")
    data = {
        "texts": [{"name": name, "text": text, "gloss": gloss} for name, text, gloss in texts],
        "tokenizer": tokenizer,
        "longest": longest,
    }
    alt = (
        "A text box, and below it the text cut into tokens: first bytes, then, merge by merge, longer pieces; with the "
        "most frequent pairs, the merges made, and the same text in tokens of the town."
    )
    return Explorable("bpe-stepper", data, alt)
