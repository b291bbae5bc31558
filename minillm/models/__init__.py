"""Language models: the n-gram that counts and the GPT that attends."""

from minillm.models.gpt import GPT, GPTConfig, attention_maps
from minillm.models.ngram import NGram

__all__ = ["GPT", "GPTConfig", "NGram", "attention_maps"]
