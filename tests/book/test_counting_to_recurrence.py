"""The checkers of the chapter from counting to recurrence: each common mistake gets the sentence meant for it."""

from collections import Counter

import pytest
import torch

from minillm.exercises import check


def shares(counts):
    return {word: count / counts.total() for word, count in counts.items()}


def lstm(
    order="ifgo", cell=lambda i, f, g, o, c: f * c + i * g, out=lambda o, c, old: o * torch.tanh(c), squash=torch.tanh
):
    def lstm_step(x, h, c, W_x, W_h, b):
        a = dict(zip(order, (x @ W_x + h @ W_h + b).chunk(4, dim=-1), strict=True))
        i, f, o = (torch.sigmoid(a[name]) for name in "ifo")
        new = cell(i, f, squash(a["g"]), o, c)
        return out(o, new, c), new

    return lstm_step


def latch(W_i=20.0, b_i=-10.0, W_f=0.0, b_f=12.0):
    return lambda: {"W_i": W_i, "b_i": b_i, "W_f": W_f, "b_f": b_f}


def first_below(norms, share):
    return next((k for k, norm in enumerate(norms.tolist()) if norm < share * norms[0]), len(norms))


MISTAKES = {
    "all pairs": (
        "continuation",
        lambda pairs: shares(sum((Counter({w: n}) for (_, w), n in pairs.items()), Counter())),
        "came twice",
    ),
    "beginnings": (
        "continuation",
        lambda pairs: {w: sum(a == w for a, _ in pairs) / len(pairs) for w in {b for _, b in pairs}},
        "begin with each word",
    ),
    "not divided": ("continuation", lambda pairs: Counter(w for _, w in pairs), "how many different pairs"),
    "a list": ("continuation", lambda pairs: [1.0], "a dictionary"),
    "gates exchanged": ("lstm-step", lstm(cell=lambda i, f, g, o, c: i * c + f * g), "changed places"),
    "order of gates": ("lstm-step", lstm(order="figo"), "changed places"),
    "no forgetting": ("lstm-step", lstm(cell=lambda i, f, g, o, c: c + i * g), "not forgotten in part"),
    "sigmoid candidate": ("lstm-step", lstm(squash=torch.sigmoid), "needs the tanh"),
    "results exchanged": ("lstm-step", lambda *a: lstm()(*a)[::-1], "the order is h, then c"),
    "one tensor": ("lstm-step", lambda *a: lstm()(*a)[0], "two tensors"),
    "old cell": ("lstm-step", lstm(out=lambda o, c, old: o * torch.tanh(old)), "from the old cell"),
    "no tanh": ("lstm-step", lstm(out=lambda o, c, old: o * c), "tanh around the cell"),
    "no output gate": ("lstm-step", lstm(out=lambda o, c, old: torch.tanh(c)), "output gate is missing"),
    "absolute": (
        "reach",
        lambda n, s: next((k for k, x in enumerate(n.tolist()) if x < s), len(n)),
        "means little alone",
    ),
    "last above": ("reach", lambda n, s: first_below(n, s) - 1, "last distance that is still above"),
    "a float": ("reach", lambda n, s: float(first_below(n, s)), "whole number"),
    "input shut": ("latch", latch(W_i=0.0), "open the input gate"),
    "forgets": ("latch", latch(b_f=2.0), "more open when x = 0"),
    "murmur gets in": ("latch", latch(W_i=0.0, b_i=10.0), "has grown"),
    "forgets when it murmurs": ("latch", latch(W_f=-90.0), "must not forget"),
    "names": ("latch", lambda: {"W_i": 1.0}, "four numbers"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"counting-to-recurrence.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


def test_right_answers_of_other_forms_pass():
    assert check("counting-to-recurrence.continuation", lambda pairs: shares(Counter(w for _, w in pairs)))
    assert check("counting-to-recurrence.lstm-step", lstm())
    assert check("counting-to-recurrence.reach", first_below)
    assert check("counting-to-recurrence.latch", latch(W_i=40.0, b_i=-20.0))
