"""How well a model fills gaps: masked language modeling, measured on whole texts that it has not seen."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from minillm.batches import generator_of
from minillm.errors import ConfigError
from minillm.models import BERT
from minillm.tokenizers import MASK, BPETokenizer


class Gaps(NamedTuple):
    """What `evaluate_gaps` measured."""

    nats: float  # mean of −ln p of the hidden token
    accuracy: float  # how often the likeliest token is the hidden one
    places: int  # how many tokens were hidden


def hidden_places(length: int, rate: float, seed: int, number: int) -> Bool[Tensor, " length"]:
    """Which tokens of text ``number`` are hidden: each with probability ``rate``, and at least one."""
    lot = torch.rand(length, generator=generator_of(seed, "gaps", number))
    return (lot < rate) | (lot == lot.min())


@torch.no_grad()
def evaluate_gaps(
    model: BERT, tokenizer: BPETokenizer, texts: Iterable[object], rate: float = 0.15, seed: int = 0, rows: int = 32
) -> Gaps:
    """Hide tokens of each text behind the mask and ask for them; the places depend on the seed alone.

    Every text stands alone between two end markers, which are never hidden. All chosen tokens become the mask: the 10 %
    that stay and the 10 % that are changed in training would only blur what is asked.

    Raises:
        ConfigError: there is no text, or the tokenizer has no mask.
    """
    if MASK not in tokenizer.special_tokens:
        raise ConfigError(f"this tokenizer has no {MASK}; use the one that was saved with the model")
    encoded = [torch.tensor([tokenizer.end_id, *tokenizer.encode(str(text)), tokenizer.end_id]) for text in texts]
    if not encoded:
        raise ConfigError("there is no text to evaluate; give at least one")
    end = torch.zeros(1, dtype=torch.bool)
    chosen = [
        torch.cat([end, hidden_places(len(ids) - 2, rate, seed, number), end]) for number, ids in enumerate(encoded)
    ]
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))  # like lengths together: little padding
    nats, right, was_training = 0.0, 0, model.training
    model.eval()
    for first in range(0, len(order), rows):
        group = order[first : first + rows]
        ids, present = (tensor.to(model.device) for tensor in padded([encoded[i] for i in group]))
        hidden = pad_sequence([chosen[i] for i in group], batch_first=True).to(model.device)
        logits = model(ids.masked_fill(hidden, tokenizer.special_tokens[MASK]), present=present)[hidden]
        nats += F.cross_entropy(logits, ids[hidden], reduction="sum").item()
        right += int((logits.argmax(dim=-1) == ids[hidden]).sum())
    model.train(was_training)
    count = sum(int(places.sum()) for places in chosen)
    return Gaps(nats / count, right / count, count)


@torch.no_grad()
def fill(model: BERT, tokenizer: BPETokenizer, ids: list[int], places: list[int]) -> str:
    """A text whose tokens at some places were hidden, as the model fills them: each gap is set in [brackets]."""
    mask, end = tokenizer.special_tokens[MASK], tokenizer.end_id
    row = [end, *(mask if i in places else token for i, token in enumerate(ids)), end]
    likeliest = model(torch.tensor([row], device=model.device))[0].argmax(dim=-1)[1:-1].tolist()
    pieces = [likeliest[i] if i in places else token for i, token in enumerate(ids)]
    return "".join(f"[{tokenizer.decode([t])}]" if i in places else tokenizer.decode([t]) for i, t in enumerate(pieces))


def padded(
    rows: list[Int[Tensor, "_"]],
) -> tuple[Int[Tensor, "rows longest"], Bool[Tensor, "rows longest"]]:
    """Rows of ids as one tensor, and which of its places are real."""
    lengths = torch.tensor([len(row) for row in rows])
    ids = pad_sequence(rows, batch_first=True)
    return ids, torch.arange(ids.shape[1]) < lengths[:, None]
