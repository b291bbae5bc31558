"""The tokenizer of the town, which the shipped models share."""

from functools import cache
from pathlib import Path

from minillm.tokenizers.bpe import BPETokenizer

TOWN = Path(__file__).parent.parent / "weights" / "town-tokenizer" / "tokenizer.json"


@cache
def town_tokenizer() -> BPETokenizer:
    """The byte-level BPE learned from English and Chinese stories of the town."""
    return BPETokenizer.load(TOWN)
