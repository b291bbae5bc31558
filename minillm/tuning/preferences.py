"""Preferences: learn from pairs of answers of which one is better, without a reward model (DPO).

Rafailov et al. (2023), "Direct Preference Optimization: Your Language Model is Secretly a Reward Model".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from minillm.batches import IGNORED, Batch, check_ids, check_sizes, generator_of
from minillm.errors import ConfigError
from minillm.models import Model
from minillm.tokenizers import Tokenizer
from minillm.tuning.instructions import FORMAT, Example, Format, Row, Turn, rows_to_batch


class Pair(NamedTuple):
    """Two answers to one instruction about a text, the better one first."""

    text: str
    instruction: str
    chosen: str
    rejected: str
    lang: str = "en"


@dataclass(frozen=True)
class PreferenceBatches:
    """Pairs drawn at random: the chosen answers are the batch, the rejected ones its extras.

    Raises:
        ConfigError: there is no pair.
    """

    pairs: Sequence[tuple[Row, Row]]
    batch_size: int
    seed: int = 0
    end_id: int = 0

    def __post_init__(self) -> None:
        check_sizes(self.batch_size, 1)
        if not self.pairs:
            raise ConfigError("there is no pair of answers; give at least one")

    @classmethod
    def encode(
        cls, pairs: Iterable[Pair], tokenizer: Tokenizer, batch_size: int, seed: int = 0, form: Format = FORMAT
    ) -> "PreferenceBatches":
        """Batches of pairs written in a format."""

        def row(pair: Pair, answer: str) -> Row:
            return form.row(Example(pair.text, (Turn(pair.instruction, answer, ""),), pair.lang), tokenizer)

        encoded = [(row(pair, pair.chosen), row(pair, pair.rejected)) for pair in pairs]
        return cls(encoded, batch_size, seed, tokenizer.end_id)

    @property
    def context_length(self) -> int:
        """Positions of the longest row."""
        return max(len(row.ids) for pair in self.pairs for row in pair) - 1

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The pairs of one step."""
        drawn = torch.randint(len(self.pairs), (self.batch_size,), generator=generator_of(self.seed, step, rank))
        return self.batch_of(drawn.tolist())

    def batch_of(self, numbers: Sequence[int]) -> Batch:
        """Certain pairs as a batch with extras ``rejected_inputs`` and ``rejected_targets``."""
        chosen = rows_to_batch([self.pairs[i][0] for i in numbers], self.end_id)
        rejected = rows_to_batch([self.pairs[i][1] for i in numbers], self.end_id)
        extras = {"rejected_inputs": rejected.inputs, "rejected_targets": rejected.targets}
        return Batch(chosen.inputs, chosen.targets, extras)

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        ids = [token for pair in self.pairs for row in pair for token in row.ids]
        check_ids(min(ids), max(ids), vocab_size)


def answer_logprobs(
    model: Model, inputs: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]
) -> Float[Tensor, " batch"]:
    """ln π(answer | prompt) of each row: the sum, not the mean, over the targets that count."""
    logits = model(inputs).float()
    nats = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="none")
    return -nats.view_as(targets).sum(dim=1)


class PairScores(NamedTuple):
    """The implicit rewards of the answers of each pair: r = β (ln π(answer | prompt) − ln π_ref(answer | prompt))."""

    chosen: Float[Tensor, " batch"]
    rejected: Float[Tensor, " batch"]

    @property
    def margin(self) -> Float[Tensor, " batch"]:
        """How much higher the chosen answer is rewarded."""
        return self.chosen - self.rejected

    @property
    def accuracy(self) -> float:
        """The share of pairs in which the chosen answer has the higher reward; equal ones count a half."""
        margin = self.margin
        return ((margin > 0).double() + (margin == 0).double() / 2).mean().item()


def dpo_loss(scores: PairScores) -> Float[Tensor, ""]:
    """−ln σ(r_chosen − r_rejected), the mean over the pairs. Rafailov et al. (2023), equation 7.

    Its gradient is −β σ(r_rejected − r_chosen) (∇ ln π(chosen) − ∇ ln π(rejected)): pairs that are ranked wrong pull
    hardest.
    """
    return -F.logsigmoid(scores.margin).mean()


@dataclass(frozen=True)
class DPO:
    """The objective of direct preference optimization, for `minillm.training.Trainer`.

    ``reference`` is the model that training began with, a copy that stays as it is; a small ``beta`` lets the model go
    far from it.

    Raises:
        ConfigError: beta is not above 0.
    """

    reference: Model
    beta: float = 0.1

    def __post_init__(self) -> None:
        if not self.beta > 0:
            raise ConfigError(f"beta = {self.beta} must be above 0; 0.1 is usual")
        self.reference.eval().requires_grad_(False)

    def count(self, batch: Batch) -> int:
        """How many pairs the loss is a mean over."""
        return len(batch.inputs)

    def __call__(self, model: Model, batch: Batch) -> Float[Tensor, ""]:
        """The loss of a batch of pairs."""
        return dpo_loss(implicit_rewards(model, self.reference, batch, self.beta))


def implicit_rewards(model: Model, reference: Model, batch: Batch, beta: float = 0.1) -> PairScores:
    """The rewards that a model gives to the answers of a batch of pairs, measured against its reference."""
    answers = (
        (batch.inputs, batch.targets),
        (batch.extras["rejected_inputs"], batch.extras["rejected_targets"]),
    )
    with torch.no_grad():
        anchors = [answer_logprobs(reference, *answer) for answer in answers]
    return PairScores(
        *(beta * (answer_logprobs(model, *answer) - anchor) for answer, anchor in zip(answers, anchors, strict=True))
    )
