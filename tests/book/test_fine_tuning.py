"""The chapter on fine-tuning: its checkers name each mistake."""

import pytest
import torch
import torch.nn.functional as F

from minillm.exercises import check


def targets(ids, written):
    return [token if own else -100 for token, own in zip(ids[1:], written[1:], strict=True)]


def lora(x, W, A, B, alpha):
    return x @ W.T + alpha / len(A) * (x @ A.T) @ B.T


def count(d, layers, rank):
    return layers * rank * 16 * d


def dpo(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -F.logsigmoid(beta * (chosen - ref_chosen - rejected + ref_rejected)).mean()


def unstable(chosen, rejected, ref_chosen, ref_rejected, beta):
    return -torch.log(torch.sigmoid(beta * (chosen - ref_chosen - rejected + ref_rejected))).mean()


def rank(change, share, power=2):
    sizes = torch.linalg.svdvals(change) ** power
    return int((sizes.cumsum(0) / sizes.sum() < share).sum()) + 1


MISTAKES = {
    "own places": ("targets", lambda i, w: [t if o else -100 for t, o in zip(i, w, strict=True)], "one place further"),
    "marks": ("targets", lambda i, w: [t if o else -100 for t, o in zip(i[1:], w, strict=False)], "the marks are not"),
    "prompt": ("targets", lambda i, w: i[1:], "pretraining, not instruction tuning"),
    "end": ("targets", lambda i, w: [t if t else -100 for t in targets(i, w)], "where to stop"),
    "zeros": ("targets", lambda i, w: [max(t, 0) for t in targets(i, w)], "must be -100"),
    "no list": ("targets", lambda i, w: 3, "Return a list"),
    "no base": ("lora", lambda x, W, A, B, alpha: alpha / len(A) * x @ A.T @ B.T, "old matrix is missing"),
    "no scale": ("lora", lambda x, W, A, B, alpha: x @ W.T + x @ A.T @ B.T, "scale is missing"),
    "alpha": ("lora", lambda x, W, A, B, alpha: x @ W.T + alpha * x @ A.T @ B.T, "Divide alpha"),
    "upside down": ("lora", lambda x, W, A, B, a: x @ W.T + len(A) / a * x @ A.T @ B.T, "upside down"),
    "all scaled": ("lora", lambda x, W, A, B, a: a / len(A) * (x @ W.T + x @ A.T @ B.T), "what is added alone"),
    "no adapter": ("lora", lambda x, W, A, B, alpha: x @ W.T, "no effect"),
    "full": ("count", lambda d, n, r: n * 12 * d * d, "full fine-tuning"),
    "one block": ("count", lambda d, n, r: r * 16 * d, "one block"),
    "half": ("count", lambda d, n, r: n * r * 8 * d, "Half of them"),
    "biases": ("count", lambda d, n, r: n * (r * 16 + 9) * d, "biases stay"),
    "no reference": ("dpo", lambda c, r, *rest: -F.logsigmoid(rest[2] * (c - r)).mean(), "The reference has no effect"),
    "exchanged": ("dpo", lambda c, r, a, b, beta: dpo(r, c, b, a, beta), "exchanged"),
    "no beta": ("dpo", lambda c, r, a, b, beta: dpo(c, r, a, b, 1.0), "beta has no effect"),
    "sign": ("dpo", lambda *all: -dpo(*all), "sign is turned"),
    "sum": ("dpo", lambda *all: dpo(*all) * len(all[0]), "take the mean"),
    "outside": ("dpo", lambda c, r, a, b, beta: beta * dpo(c, r, a, b, 1.0), "inside the sigmoid"),
    "unstable": ("dpo", unstable, "infinite"),
    "one too few": ("rank", lambda change, share: rank(change, share) - 1, "One too few"),
    "not squared": ("rank", lambda change, share: rank(change, share, 1), "Square"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"fine-tuning.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


@pytest.mark.parametrize(
    ("name", "answer"), [("targets", targets), ("lora", lora), ("count", count), ("dpo", dpo), ("rank", rank)]
)
def test_right_answers_pass(name, answer):
    assert check(f"fine-tuning.{name}", answer)
