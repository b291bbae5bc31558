"""How good a model is, measured on whole texts that it has not seen."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pad_sequence

from minillm.errors import ConfigError
from minillm.models.gpt import GPT
from minillm.tokenizers import Tokenizer


@torch.no_grad()
def evaluate_stories(model: GPT, tokenizer: Tokenizer, stories: Iterable[object], batch_size: int = 64) -> float:
    """Mean cross-entropy in nats a token, over every token of every story and the end marker after it.

    Each story is read from its own start marker, nothing before it, so the number can be set against the town's
    entropy floor. Uses no random numbers and leaves the model in the mode it was in.

    Raises:
        ConfigError: there is no story to evaluate, or batch_size is below 1.
        PromptError: a story does not fit in the context.
    """
    rows = [torch.tensor([tokenizer.end_id, *tokenizer.encode(str(story)), tokenizer.end_id]) for story in stories]
    if not rows or batch_size < 1:
        raise ConfigError(
            f"{len(rows)} stories in batches of {batch_size}: draw at least one story, batch_size at least 1"
        )
    rows.sort(
        key=len, reverse=True
    )  # rows of like length together waste no work on padding; a too long one fails first
    device = model.embedding.weight.device
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    try:
        for first in range(0, len(rows), batch_size):
            batch = rows[first : first + batch_size]
            inputs = pad_sequence([row[:-1] for row in batch], batch_first=True).to(device)
            targets = pad_sequence([row[1:] for row in batch], batch_first=True, padding_value=-100).to(device)
            logits = model(inputs)
            total += F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum").item()
            count += sum(len(row) - 1 for row in batch)
    finally:
        model.train(was_training)
    return total / count
