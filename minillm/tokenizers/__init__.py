"""From text to token ids and back."""

from minillm.tokenizers.base import END, Tokenizer, load_tokenizer
from minillm.tokenizers.characters import CharacterTokenizer

__all__ = ["END", "CharacterTokenizer", "Tokenizer", "load_tokenizer"]
