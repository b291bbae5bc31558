"""minillm: the small PyTorch package that every page of the book runs on.

Data flows one way: text, tokenizer, batches, model, loss, optimizer, checkpoint, generation, application.
A chapter's subject is the name of the module behind it.
"""

from minillm.reproducibility import approx, reproducible
from minillm.weights import Pretrained, load

__version__ = "0.1.0"
__all__ = ["Pretrained", "__version__", "approx", "load", "reproducible"]
