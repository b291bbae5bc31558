"""From a trained model to new text."""

from minillm.generation.generate import generate, stream
from minillm.generation.processors import next_token_probabilities, temperature, top_k, top_p

__all__ = ["generate", "next_token_probabilities", "stream", "temperature", "top_k", "top_p"]
