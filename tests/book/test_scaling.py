"""The checkers of the chapter on scaling: each common mistake gets the sentence meant for it."""

import math

import numpy as np
import pytest

from minillm.exercises import check


def flops(weights=6.0, scores=12.0, layers=True, all_tokens=True):
    def train_flops(parameters, tokens, d_model, num_layers, length):
        each = weights * parameters + scores * length * d_model * (num_layers if layers else 1)
        return each * (tokens if all_tokens else 1)

    return train_flops


def machines(bytes_each=16, own=True, rounded=math.ceil, careful=True):
    def count(parameters, activations, memory):
        room = memory - activations if own else memory
        if careful and activations >= memory:
            return math.inf
        return rounded(bytes_each * parameters / room)

    return count


def best(tokens=lambda c, n: c / 6 / n, choose=min, swapped=False):
    def best_size(loss, flops, sizes):
        return choose(sizes, key=lambda n: loss(tokens(flops, n), n) if swapped else loss(n, tokens(flops, n)))

    return best_size


def line(keep_floor=False, sign=-1, exp=math.exp):
    def power_law(compute, losses, floor):
        gaps = [loss - (0 if keep_floor else floor) for loss in losses]
        slope, at_zero = np.polyfit(np.log(compute), np.log(gaps), 1)
        return exp(at_zero), sign * slope

    return power_law


MISTAKES = {
    "no scores": ("flops", flops(scores=0), "scores are missing"),
    "forward scores": ("flops", flops(scores=4), "count three times"),
    "two ways of scores": ("flops", flops(scores=8), "three times in all"),
    "forward weights": ("flops", flops(weights=2), "four backward"),
    "half the scores": ("flops", flops(scores=6), "as much again"),
    "one block": ("flops", flops(layers=False), "in every block"),
    "one token": ("flops", flops(all_tokens=False), "for one token"),
    "text": ("flops", lambda *a: "many", "is a str"),
    "down": ("machines", machines(rounded=math.floor), "round up"),
    "parts": ("machines", machines(rounded=float), "part of a machine"),
    "no activations": ("machines", machines(own=False), "also has to hold"),
    "shared activations": (
        "machines",
        lambda n, a, m: math.ceil((16 * n + a) / m) if a < m else math.inf,
        "each has its own",
    ),
    "no copy": ("machines", machines(bytes_each=12), "fp32 copy"),
    "no optimizer": ("machines", machines(bytes_each=4), "optimizer is missing"),
    "always": ("machines", lambda n, a, m: math.ceil(16 * n / (m - a)) if a != m else 0, "return math.inf"),
    "one flop": ("best", best(lambda c, n: c / n), "not one"),
    "forward": ("best", best(lambda c, n: c / 2 / n), "the way back counts"),
    "largest": ("best", lambda loss, c, sizes: sizes[-1], "largest size"),
    "smallest": ("best", lambda loss, c, sizes: sizes[0], "smallest size"),
    "worst": ("best", best(choose=max), "size"),
    "swapped": ("best", best(swapped=True), "the size, then the tokens"),
    "floor kept": ("exponent", line(keep_floor=True), "floor is still"),
    "sign": ("exponent", line(sign=1), "wrong sign"),
    "log": ("exponent", line(exp=float), "logarithm of the factor"),
    "order": ("exponent", lambda *a: line()(*a)[::-1], "Factor first"),
    "one number": ("exponent", lambda *a: line()(*a)[:1], "two numbers"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"scaling.{name}", answer)
    assert not result
    assert sentence in repr(result), result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [("flops", flops()), ("machines", machines()), ("best", best()), ("exponent", line())],
)
def test_right_answers_pass(name, answer):
    result = check(f"scaling.{name}", answer)
    assert result, result.message
