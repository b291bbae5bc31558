"""What a model is asked to minimize, and the units in which it is reported.

Whatever the objective, the loss is the same cross-entropy: causal, masked, prefix and sequence-to-sequence training
differ only in what a batch shows, hides and asks for.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

from jaxtyping import Float, Int
from torch import Tensor

from minillm.batches import IGNORED, Batch, Batches, MaskedBatches, PairBatches, PrefixBatches
from minillm.errors import ConfigError
from minillm.models import Model

__all__ = ["IGNORED", "OBJECTIVES", "Objective", "cross_entropy", "nats_per_byte", "perplexity", "token_loss"]


def cross_entropy(
    logits: Float[Tensor, "*batch vocab_size"], targets: Int[Tensor, "*batch"], smoothing: float = 0.0
) -> Float[Tensor, ""]:
    """Mean of −Σ_v q_v ln p_v over the targets that count, in nats; p = softmax(logits).

    q is 1 at the target and 0 elsewhere; with smoothing ε it is (1 − ε) at the target and ε / vocab_size is added
    everywhere. Targets of -100 do not count. Equal to `torch.nn.functional.cross_entropy`, which is faster.

    Source: Szegedy et al. (2016), "Rethinking the Inception Architecture", section 7, for the smoothing.

    Raises:
        ConfigError: smoothing is not from 0 to 1.
    """
    if not 0 <= smoothing <= 1:
        raise ConfigError(f"smoothing = {smoothing} is a share of probability, from 0 to 1; 0.1 is usual")
    log_p = logits - logits.logsumexp(dim=-1, keepdim=True)
    counted = targets != IGNORED
    at_target = log_p.gather(-1, targets.masked_fill(~counted, 0)[..., None])[..., 0]
    nats = -(1 - smoothing) * at_target - smoothing * log_p.mean(dim=-1)
    return nats[counted].mean()


def perplexity(nats_per_token: float) -> float:
    """exp(nats per token): how many equally likely tokens the model hesitates between."""
    return math.exp(nats_per_token)


def nats_per_byte(text_nats: Float[Tensor, " texts"] | Iterable[float], texts: Iterable[object]) -> float:
    """All nats by all UTF-8 bytes of the texts: a loss that does not depend on how a tokenizer cuts them.

    ``text_nats`` are those of whole texts, their end markers included, as `story_nats` gives them; ``texts`` the same
    texts in the same order. Divided by ln 2 it is in bits per byte.

    Raises:
        ConfigError: there is not one number for each text, or there is no byte.
    """
    nats, sizes = [float(nats) for nats in text_nats], [len(str(text).encode()) for text in texts]
    if len(nats) != len(sizes) or not sum(sizes):
        raise ConfigError(f"{len(nats)} losses for {len(sizes)} texts of {sum(sizes)} bytes; give one for each text")
    return math.fsum(nats) / sum(sizes)


Objective = Callable[[Any, Batch], Tensor]
"""From a model and a batch to one number to minimize: the mean over the targets that count."""


def token_loss(model: Model, batch: Batch, smoothing: float = 0.0) -> Float[Tensor, ""]:
    """The objective of language models: mean cross-entropy of the batch's targets."""
    return model.loss(*batch, smoothing=smoothing)


OBJECTIVES: dict[str, type[Batches | MaskedBatches | PrefixBatches | PairBatches]] = {
    "causal": Batches,
    "masked": MaskedBatches,
    "prefix": PrefixBatches,
    "sequence-to-sequence": PairBatches,
}
"""Objectives by name: the batches that each of them is made of."""
