"""The checkers of the chapter on optimization: each common mistake gets the sentence meant for it."""

import pytest
import torch

from minillm.exercises import check


def momentum(velocity=lambda v, g, b: b * v + g, step=lambda w, g, old, v, r: w - r * v):
    def answer(w, g, v, r, b):
        new = velocity(v, g, b)
        return step(w, g, v, new, r), new

    return answer


def adam(step):
    def answer(w, g, m, s, t, rate, b1, b2, eps):
        m, s = b1 * m + (1 - b1) * g, b2 * s + (1 - b2) * g**2
        return w - rate * step(m, s, m / (1 - b1**t), s / (1 - b2**t), eps, g), m, s

    return answer


def clip(scale):
    def answer(gradients, limit):
        length = torch.cat([g.flatten() for g in gradients]).norm().item()
        return [scale(g, length, limit) for g in gradients]

    return answer


def wsd(step, steps, warmup, fall, first=1, last=1):
    start = steps - fall
    if step < warmup:
        return (step + first) / warmup
    return 1.0 if step < start else (steps - last - step) / (steps - last - start)


def right_adam(m, s, mh, sh, e, g):
    return mh / (sh.sqrt() + e)


MISTAKES = {
    "along the slope": ("momentum", momentum(step=lambda w, g, old, v, r: w - r * g), "should follow the velocity"),
    "old velocity": ("momentum", momentum(step=lambda w, g, old, v, r: w - r * old), "update the velocity first"),
    "a mean": ("momentum", momentum(lambda v, g, b: b * v + (1 - b) * g), "all of g goes in"),
    "uphill": ("momentum", momentum(step=lambda w, g, old, v, r: w + r * v), "uphill"),
    "one thing": ("momentum", lambda w, g, v, r, b: w - r * (b * v + g), "returns two things"),
    "no hats": ("adam", adam(lambda m, s, mh, sh, e, g: m / (s.sqrt() + e)), "corrections are missing"),
    "mean without hat": ("adam", adam(lambda m, s, mh, sh, e, g: m / (sh.sqrt() + e)), "mean is not corrected"),
    "square without hat": ("adam", adam(lambda m, s, mh, sh, e, g: mh / (s.sqrt() + e)), "square is not corrected"),
    "no root": ("adam", adam(lambda m, s, mh, sh, e, g: mh / (sh + e)), "root is missing"),
    "eps inside": ("adam", adam(lambda m, s, mh, sh, e, g: mh / (sh + e).sqrt()), "eps is inside"),
    "two things": ("adam", lambda w, g, m, s, t, r, b1, b2, e: (w, m), "returns three things"),
    "each alone": ("clip", clip(lambda g, n, c: g * min(1, c / g.norm().item())), "by its own length"),
    "each number": ("clip", clip(lambda g, n, c: g.clamp(-c, c)), "each number is cut"),
    "always": ("clip", clip(lambda g, n, c: g * c / n), "must stay as they are"),
    "never": ("clip", clip(lambda g, n, c: g), "Nothing is cut"),
    "no list": ("clip", lambda gradients, limit: gradients[0], "returns a list"),
    "first step at zero": ("schedule", lambda *a: wsd(*a, first=0), "must not have a rate of 0"),
    "never zero": ("schedule", lambda *a: wsd(*a, last=0), "in the fall"),
    "a tensor": ("schedule", lambda *a: torch.tensor(wsd(*a)), "is a Tensor"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    torch.manual_seed(0)
    result = check(f"optimization.{name}", answer)
    assert not result
    assert sentence.lower() in repr(result).lower(), result.message


def test_a_corrected_mean_must_not_be_returned():
    def answer(w, g, m, s, t, rate, b1, b2, eps):
        w, m, s = adam(right_adam)(w, g, m, s, t, rate, b1, b2, eps)
        return w, m / (1 - b1**t), s

    assert "without the correction" in check("optimization.adam", answer).message


@pytest.mark.parametrize(("name", "answer"), [
    ("momentum", momentum()),
    ("adam", adam(right_adam)),
    ("clip", clip(lambda g, n, c: g * min(1, c / n))),
    ("schedule", wsd),
])  # fmt: skip
def test_right_answers_pass(name, answer):
    result = check(f"optimization.{name}", answer)
    assert result, result.message
