"""To and from Hugging Face: the same weights in `transformers` and here, checked to give the same logits."""

from minillm.hub.exchange import export, from_transformers, load_pretrained, to_transformers
from minillm.hub.families import FAMILIES
from minillm.hub.family import Family

__all__ = [
    "FAMILIES",
    "Family",
    "export",
    "from_transformers",
    "load_pretrained",
    "to_transformers",
]
