"""The checkers of the chapter on pretraining a BERT: each common mistake gets the sentence meant for it."""

import pytest
import torch

from minillm.exercises import check


def hide(masked=0.8, changed=0.9, everywhere=False, ask="chosen", fill=-100, in_place=False):
    def own(tokens, chosen, fate, others, mask):
        inputs = tokens if in_place else tokens.clone()
        touched = torch.ones_like(chosen) if everywhere else chosen
        hidden, swapped = touched & (fate < masked), touched & (fate >= masked) & (fate < changed)
        truth = tokens.clone()
        inputs[hidden] = mask
        inputs[swapped] = others[swapped]
        asked = {"chosen": chosen, "hidden": hidden, "all": torch.ones_like(chosen)}[ask]
        return inputs, torch.where(asked, inputs if fill == "given" else truth, fill if fill == 0 else -100)

    return own


def sums(log_p, rows):
    return log_p[:, :-1].gather(-1, rows[:, 1:, None]).sum(dim=(1, 2))


def normal(p):
    return p / p.sum()


MISTAKES = {
    "not divided": ("both-sides", lambda a, b: a * b, "not divided by their sum"),
    "right alone": ("both-sides", lambda a, b: normal(b), "Only the right side"),
    "added": ("both-sides", lambda a, b: normal(a + b), "are added"),
    "softmax": ("both-sides", lambda a, b: (a * b).softmax(0), "softmax"),
    "all masked": ("hide", hide(1.0, 1.0), "every chosen token is masked"),
    "everywhere": ("hide", hide(everywhere=True), "not chosen are changed"),
    "none stays": ("hide", hide(0.8, 1.0), "none of the chosen tokens stays"),
    "none swapped": ("hide", hide(0.8, 0.8), "no token is swapped"),
    "masked only": ("hide", hide(ask="hidden"), "only the masked tokens are asked"),
    "all asked": ("hide", hide(ask="all"), "every token is asked"),
    "given": ("hide", hide(fill="given"), "what the model is given"),
    "zero": ("hide", hide(fill=0), "must be -100"),
    "in place": ("hide", hide(in_place=True), "work on a copy"),
    "one tensor": ("hide", lambda tokens, *others: tokens, "two tensors"),
    "unshifted": ("score", lambda p, r: p.gather(-1, r[..., None]).sum(dim=(1, 2)).argmax(), "own position"),
    "least": ("score", lambda p, r: int(sums(p, r).argmin()), "least likely"),
    "all scores": ("score", sums, "return the number of one row"),
    "a list": ("score", lambda p, r: sums(p, r).tolist(), "is a list"),
    "stays": ("span", lambda w, lots, rate: lots[w] >= rate, "mark the ones to hide"),
    "each alone": ("span", lambda w, lots, rate: torch.rand(len(w)) < rate, "The result"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"pretraining-a-bert.{name}", answer)
    assert not result
    assert sentence in repr(result), result.message


@pytest.mark.parametrize(("name", "answer"), [
    ("both-sides", lambda a, b: (a.log() + b.log()).softmax(dim=0)),
    ("hide", hide()),
    ("score", lambda p, r: int(sums(p, r).argmax())),
    ("score", lambda p, r: sums(p, r).argmax()),
    ("span", lambda w, lots, rate: (lots < rate)[w]),
])  # fmt: skip
def test_right_answers_pass(name, answer):
    result = check(f"pretraining-a-bert.{name}", answer)
    assert result, result.message
