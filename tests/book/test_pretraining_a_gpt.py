"""The checkers of the chapter on pretraining a GPT: each common mistake gets the sentence meant for it."""

import math

import pytest
import torch
import torch.nn.functional as F

from minillm.exercises import check
from minillm.training import TrainConfig


def picked(logits, targets):
    return logits[torch.arange(len(targets)), targets]


def cut(inputs_from, targets_from):
    def windows(tokens, first, context_length):
        index = first[:, None] + torch.arange(context_length)
        return tokens[index + inputs_from], tokens[index + targets_from]

    return windows


def overflowing(logits, targets):
    return (logits.exp().sum(-1).log() - picked(logits, targets)).mean()


def norm(gradients):
    return math.sqrt(sum(float((g**2).sum()) for g in gradients))


MISTAKES = {
    "sum": ("cross_entropy", lambda z, y: F.cross_entropy(z, y, reduction="sum"), "the sum of the losses"),
    "bits": ("cross_entropy", lambda z, y: F.cross_entropy(z, y) / math.log(2), "You return bits"),
    "sign": ("cross_entropy", lambda z, y: -F.cross_entropy(z, y), "the loss is minus that"),
    "no softmax": ("cross_entropy", lambda z, y: -picked(z, y).mean(), "the softmax is missing"),
    "no logarithm": ("cross_entropy", lambda z, y: picked(z.softmax(-1), y).mean(), "take its logarithm"),
    "wrong axis": ("cross_entropy", lambda z, y: -picked(z.log_softmax(0), y).mean(), "over the vocabulary"),
    "overflow": ("cross_entropy", overflowing, "For logits of 1000"),
    "not shifted": ("windows", cut(0, 0), "asked to copy"),
    "backwards": ("windows", cut(0, -1), "wrong direction"),
    "late": ("windows", cut(1, 1), "one token late"),
    "one tensor": ("windows", lambda tokens, first, n: tokens[first[:, None] + torch.arange(n)], "Return two tensors"),
    "each alone": ("clip", lambda gs, c: [g * min(1.0, c / float(g.norm())) for g in gs], "by its own norm"),
    "clamped": ("clip", lambda gs, c: [g.clamp(-c, c) for g in gs], "clamp"),
    "grows": ("clip", lambda gs, c: [g * c / norm(gs) for g in gs], "Small gradients grew"),
    "not a list": ("clip", lambda gs, c: gs[0], "Return a list"),
    "nats": ("bits_per_character", lambda n, t, c: n * t / c, "divide by ln 2"),
    "per token": ("bits_per_character", lambda n, t, c: n / math.log(2), "bits per token"),
    "multiplied": ("bits_per_character", lambda n, t, c: n * t / c * math.log(2), "so divide"),
    "exchanged": ("bits_per_character", lambda n, t, c: n * c / t / math.log(2), "exchanged"),
    "timid": ("better", TrainConfig(60, 3e-4, warmup_steps=60), "bring it below"),
    "longer": ("better", TrainConfig(400), "allows 60"),
    "not a configuration": ("better", 1e-2, "should be a TrainConfig"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"pretraining-a-gpt.{name}", answer)
    assert result.status == "failed"
    assert sentence in result.message
