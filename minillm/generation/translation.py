"""Translation with an encoder-decoder: read the source once, then write the target token by token."""

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from minillm.batches import PairBatches
from minillm.errors import ConfigError
from minillm.models import Seq2Seq
from minillm.tokenizers import BPETokenizer


def into(language: str) -> str:
    """The special token at the head of a source that says which language to write: ``<|zh|>``.

    Johnson et al. (2017), "Google's Multilingual Neural Machine Translation System", section 3.
    """
    return f"<|{language}|>"


@torch.no_grad()
def translate(
    model: Seq2Seq, tokenizer: BPETokenizer, texts: Sequence[str], language: str, max_new_tokens: int = 100
) -> list[str]:
    """Translate texts into a language, all at once, the likeliest token each time.

    Raises:
        ConfigError: the tokenizer has no marker for the language.
        PromptError: a text is longer than the context.
    """
    if into(language) not in tokenizer.special_tokens:
        raise ConfigError(f"this model does not write {language!r}: its tokenizer has no {into(language)}")
    if not texts:
        return []
    end = tokenizer.end_id
    sources = [torch.tensor([*tokenizer.encode(into(language) + text), end]) for text in texts]
    ids, present = (tensor.to(model.device) for tensor in _padded(sources, end))
    memory, cache = model.encode(ids, present), model.new_cache()
    last = torch.full((len(texts), 1), end, device=model.device)
    written: list[Tensor] = []
    finished = torch.zeros(len(texts), dtype=torch.bool, device=model.device)
    for _ in range(min(max_new_tokens, model.config.context_length)):
        last = model.decode(memory, last, present, cache=cache)[:, -1:].argmax(dim=-1)
        finished |= last[:, 0] == end
        if finished.all():
            break
        written.append(last)
    rows = torch.cat(written, dim=1).tolist() if written else [[] for _ in texts]
    return [tokenizer.decode(row[: row.index(end)] if end in row else row) for row in rows]


@torch.no_grad()
def pair_nats(
    model: Seq2Seq, tokenizer: BPETokenizer, pairs: Iterable[tuple[str, str]], rows: int = 64
) -> tuple[float, int]:
    """The sum of −ln p of every target token and its end marker, given the source, and how many they are."""
    by_length = sorted(pairs, key=lambda pair: len(pair[0]))  # little padding
    batches = PairBatches.encode(by_length, tokenizer, rows)
    nats, count = 0.0, 0
    for first in range(0, len(batches.pairs), rows):
        batch = batches.of(range(first, min(first + rows, len(batches.pairs)))).to(model.device)
        logits = model(batch.inputs, **batch.extras)
        nats += F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), reduction="sum").item()
        count += batch.counted
    return nats, count


def _padded(rows: list[Int[Tensor, "_"]], end: int) -> tuple[Int[Tensor, "rows longest"], Bool[Tensor, "rows longest"]]:
    ids = pad_sequence(rows, batch_first=True, padding_value=end)
    return ids, torch.arange(ids.shape[1]) < torch.tensor([len(row) for row in rows])[:, None]
