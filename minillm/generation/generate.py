"""Generation: feed the model its own choices, one token at a time."""

from collections.abc import Iterator
from typing import Any

import torch

from minillm.attention import KVCache
from minillm.errors import PromptError, SamplingError
from minillm.generation.processors import next_token_probabilities
from minillm.models.gpt import GPT
from minillm.tokenizers import Tokenizer


@torch.no_grad()
def stream(
    model: GPT,
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
    other generator is touched. Keys and values are cached, so each token costs one forward pass of length one.

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
    room = model.config.context_length - len(ids)
    if room < 1:
        raise PromptError(
            f"the prompt has {len(ids)} tokens with its start marker, but the model's context holds "
            f"{model.config.context_length}; shorten it by at least {1 - room}"
        )
    device = model.embedding.weight.device
    generator = torch.Generator().manual_seed(seed)
    cache = KVCache(model.config.num_layers)
    was_training = model.training
    model.eval()
    try:
        for _ in range(min(room, max_new_tokens)):
            logits = model(torch.tensor([ids], device=device), cache)[0, -1].float().cpu()
            probabilities = next_token_probabilities(logits, temperature, top_k, top_p)
            ids = [int(torch.multinomial(probabilities, 1, generator=generator))]
            if ids[0] == tokenizer.end_id:
                return
            yield tokenizer.decode(ids)
    finally:
        model.train(was_training)


def generate(model: GPT, tokenizer: Tokenizer, prompt: str | None = None, **settings: Any) -> str:
    """The whole continuation at once; the settings and errors are those of `stream`."""
    return "".join(stream(model, tokenizer, prompt, **settings))
