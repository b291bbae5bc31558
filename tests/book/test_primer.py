"""The checkers of the primer: each common mistake gets the sentence meant for it."""

import pytest
import torch

from minillm.exercises import check


def steps_of(slope, report=lambda scores, steps: scores, more=0):
    def learn_scores(counts, steps, rate):
        q, scores = counts / counts.sum(), torch.zeros_like(counts)
        for _ in range(steps + more):
            scores = scores - rate * slope(torch.softmax(scores, dim=-1), q, counts)
        return report(scores, steps)

    return learn_scores


def nudged(divide, places=lambda f, w, n: f(w + n) - f(w - n)):
    def nudged_gradient(f, w, h=1e-3):
        gradient = torch.zeros_like(w)
        for i in range(w.numel()):
            nudge = torch.zeros_like(w)
            nudge.view(-1)[i] = h
            gradient.view(-1)[i] = places(f, w, nudge) / divide(h)
        return gradient

    return nudged_gradient


def in_place(f, w, h=1e-3):
    w += h
    return torch.full_like(w, f(w))


def all_at_once(f, w, h=1e-3):
    return torch.full_like(w, (f(w + h) - f(w - h)) / (2 * h))


MISTAKES = {
    "no logarithm": ("log-probability", lambda p, ids: p[ids[:-1], ids[1:]].prod(), "return its logarithm"),
    "surprise": ("log-probability", lambda p, ids: -p[ids[:-1], ids[1:]].log().sum(), "never positive"),
    "mean": ("log-probability", lambda p, ids: p[ids[:-1], ids[1:]].log().mean(), "is a sum"),
    "exchanged": ("log-probability", lambda p, ids: p[ids[1:], ids[:-1]].log().sum(), "Rows and columns"),
    "bits": ("log-probability", lambda p, ids: p[ids[:-1], ids[1:]].log2().sum(), "base 2"),
    "not summed": ("log-probability", lambda p, ids: p[ids[:-1], ids[1:]].log(), "add them up"),
    "log of product": ("log-probability", lambda p, ids: p[ids[:-1], ids[1:]].prod().log(), "take logarithms first"),
    "divided by h": ("nudge", nudged(lambda h: h), "you divide by h"),
    "not divided": ("nudge", nudged(lambda h: 1), "not divided by the distance"),
    "exchanged places": ("nudge", nudged(lambda h: -2 * h), "larger place comes first"),
    "one direction": ("nudge", nudged(lambda h: h, lambda f, w, n: f(w + n) - f(w)), "direction|values are off"),
    "changes w": ("nudge", in_place, "w has been changed"),
    "all at once": ("nudge", all_at_once, "one entry at a time|values are off"),
    "uphill": ("learn", steps_of(lambda p, q, c: q - p), "uphill"),
    "sum": ("learn", steps_of(lambda p, q, c: c.sum() * (p - q)), "not of the mean"),
    "counts": ("learn", steps_of(lambda p, q, c: p - c), "not divided by their sum"),
    "probabilities": ("learn", steps_of(lambda p, q, c: p - q, lambda s, n: s.softmax(-1)), "return the scores"),
    "one too many": ("learn", steps_of(lambda p, q, c: p - q, more=1), "One step too many"),
    "one too few": ("learn", steps_of(lambda p, q, c: p - q, more=-1), "One step too few"),
    "slope of the start": ("learn", steps_of(lambda p, q, c: 0.25 - q), "compute it anew"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"primer.{name}", answer)
    assert not result
    assert any(part in result.message for part in sentence.split("|")), result.message
