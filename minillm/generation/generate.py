"""Generation: feed the model its own choices, one token at a time."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from minillm.errors import PromptError, SamplingError
from minillm.generation.processors import next_token_probabilities
from minillm.models import LanguageModel
from minillm.tokenizers import Tokenizer


def stream(
    model: LanguageModel,
    tokenizer: Tokenizer,
    prompt: str | None = None,
    *,
    max_new_tokens: int = 400,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[str]:
    """Yield the continuation of a prompt piece by piece; without a prompt, a new text from its beginning.

    Stops at the end marker, after max_new_tokens, or when the context is full. The same seed gives the same text; no
    other generator is touched. The model's cache remembers the text so far (keys and values, a recurrent state or the
    last few tokens), so each token costs one forward pass of length one.

    Raises:
        PromptError: the prompt is empty, or leaves no room in the context.
        UnknownCharacterError: the tokenizer does not know a character of the prompt.
        SamplingError: temperature, top_k, top_p or max_new_tokens is out of range.
    """
    if prompt == "":
        raise PromptError("the prompt is empty; write at least one character, or leave it out to begin a new text")
    if max_new_tokens < 0:
        raise SamplingError(f"max_new_tokens = {max_new_tokens} must be at least 0")
    next_token_probabilities(torch.zeros(1), temperature, top_k, top_p)  # complain of settings before any work
    ids = [tokenizer.end_id, *tokenizer.encode(prompt or "")]
    # An n-gram and a recurrent model read on and on.
    context_length = getattr(model.config, "context_length", len(ids) + max(max_new_tokens, 1))
    room = context_length - len(ids)
    if room < 1:
        raise PromptError(
            f"the prompt has {len(ids)} tokens with its start marker, but the model's context holds "
            f"{context_length}; shorten it by at least {1 - room}"
        )

    def choose(logits: Tensor) -> int:
        probabilities = next_token_probabilities(logits.float().cpu(), temperature, top_k, top_p)
        return int(torch.multinomial(probabilities, 1, generator=generator))

    generator = torch.Generator().manual_seed(seed)
    new_ids = _continue(model, ids, min(room, max_new_tokens), tokenizer.end_id, choose)
    yield from (piece for piece in tokenizer.decode_iterable(new_ids) if piece)


@torch.no_grad()
def _continue(
    model: LanguageModel, ids: list[int], most: int, end_id: int, choose: Callable[[Tensor], int]
) -> Iterator[int]:
    """At most so many ids after those given, each chosen from the logits, up to the end marker."""
    cache = model.new_cache()
    was_training = model.training
    model.eval()
    try:
        for _ in range(most):
            ids = [choose(model(torch.tensor([ids], device=model.device), cache)[0, -1])]
            if ids[0] == end_id:
                return
            yield ids[0]
    finally:
        model.train(was_training)


def generate(model: LanguageModel, tokenizer: Tokenizer, prompt: str | None = None, **settings: Any) -> str:
    """The whole continuation at once; the settings and errors are those of `stream`."""
    return "".join(stream(model, tokenizer, prompt, **settings))
