"""How good a model is, measured on whole texts that it has not seen."""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from minillm.errors import ConfigError
from minillm.models import LanguageModel
from minillm.tokenizers import Tokenizer


def evaluate_stories(
    model: LanguageModel, tokenizer: Tokenizer, stories: Iterable[object], batch_size: int = 64
) -> float:
    """Mean cross-entropy in nats a token, over every token of every story and the end marker after it.

    Each story is read from its own start marker, nothing before it, so the number can be set against the town's
    entropy floor. Uses no random numbers and leaves the model in the mode it was in.

    Raises:
        ConfigError: there is no story to evaluate, or batch_size is below 1.
        PromptError: a story does not fit in the context.
    """
    nats = token_nats(model, tokenizer, stories, batch_size)
    return math.fsum(row.double().sum().item() for row in nats) / sum(len(row) for row in nats)


def story_nats(
    model: LanguageModel, tokenizer: Tokenizer, stories: Iterable[object], batch_size: int = 64
) -> Float[Tensor, " stories"]:
    """−ln p of each story, its end included, in nats.

    Divided by characters or bytes it can be compared between models whatever their tokens are. Errors are those of
    `evaluate_stories`.
    """
    return torch.stack([row.double().sum() for row in token_nats(model, tokenizer, stories, batch_size)])


@torch.no_grad()
def evaluate_text(
    model: LanguageModel, tokens: Int[Tensor, " length"], context_length: int, batch_size: int = 64
) -> float:
    """Mean cross-entropy in nats a token over all of a text but its first token, read in windows one after another.

    Each token is asked for once. The first of a window is predicted from the last of the window before it alone, so a
    longer context gives a lower number for that reason, too. Leaves the model in the mode it was in.

    Raises:
        ConfigError: the text has fewer than two tokens, or context_length or batch_size is below 1.
    """
    if len(tokens) < 2 or context_length < 1 or batch_size < 1:
        raise ConfigError(
            f"{len(tokens)} tokens in windows of {context_length}, {batch_size} at a time: give at least two tokens, "
            f"the others at least 1"
        )
    was_training = model.training
    model.eval()
    count = len(tokens) - 1
    whole = count // context_length * context_length
    inputs, targets = (part.to(model.device) for part in (tokens[:-1], tokens[1:]))
    rows = [*zip(*(part[:whole].view(-1, context_length).split(batch_size) for part in (inputs, targets)), strict=True)]
    if whole < count:
        rows.append((inputs[None, whole:], targets[None, whole:]))
    try:
        nats = [
            F.cross_entropy(model(given).flatten(0, 1), asked.flatten(), reduction="none").double().sum().item()
            for given, asked in rows
            if len(given)
        ]
    finally:
        model.train(was_training)
    return math.fsum(nats) / count


@torch.no_grad()
def token_nats(
    model: LanguageModel, tokenizer: Tokenizer, stories: Iterable[object], batch_size: int = 64
) -> list[Float[Tensor, " tokens"]]:
    """−ln p of each token of each story and of the end marker after it. Errors are those of `evaluate_stories`."""
    rows = [torch.tensor([tokenizer.end_id, *tokenizer.encode(str(story)), tokenizer.end_id]) for story in stories]
    if not rows or batch_size < 1:
        raise ConfigError(
            f"{len(rows)} stories in batches of {batch_size}: draw at least one story, batch_size at least 1"
        )
    # Rows of like length together waste no work on padding; a too long one fails first.
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
    nats: list[Tensor] = [torch.empty(0)] * len(rows)
    was_training = model.training
    model.eval()
    try:
        for first in range(0, len(rows), batch_size):
            chosen = order[first : first + batch_size]
            inputs = pad_sequence([rows[row][:-1] for row in chosen], batch_first=True).to(model.device)
            targets = pad_sequence([rows[row][1:] for row in chosen], batch_first=True).to(model.device)
            losses = F.cross_entropy(model(inputs).transpose(1, 2), targets, reduction="none").cpu()
            for row, loss in zip(chosen, losses, strict=True):
                nats[row] = loss[: len(rows[row]) - 1]
    finally:
        model.train(was_training)
    return nats
