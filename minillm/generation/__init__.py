"""From a trained model to new text."""

from minillm.generation.generate import generate, stream
from minillm.generation.processors import next_token_probabilities, temperature, top_k, top_p
from minillm.generation.translation import into, pair_nats, translate

__all__ = [
    "generate",
    "into",
    "next_token_probabilities",
    "pair_nats",
    "stream",
    "temperature",
    "top_k",
    "top_p",
    "translate",
]
