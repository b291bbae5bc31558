"""From text to token ids and back: characters, words, byte pairs."""

from minillm.tokenizers.base import END, MASK, UNKNOWN, Tokenizer, load_tokenizer
from minillm.tokenizers.bpe import BPETokenizer
from minillm.tokenizers.characters import CharacterTokenizer
from minillm.tokenizers.shipped import town_tokenizer
from minillm.tokenizers.words import WordTokenizer

__all__ = [
    "END",
    "MASK",
    "UNKNOWN",
    "BPETokenizer",
    "CharacterTokenizer",
    "Tokenizer",
    "WordTokenizer",
    "load_tokenizer",
    "town_tokenizer",
]
