"""The checkers of the chapter on language models: each common mistake gets the sentence meant for it."""

import math
from collections import Counter

import pytest

from minillm.exercises import check


def plain(chances):
    bits = -sum(math.log2(p) if p else -math.inf for p in chances) / len(chances)
    return bits, 2**bits


def perplexity_by(function):
    return lambda chances: (plain(chances)[0], function(chances))


def by_own_probability(chances, u):
    return next((word for word, p in chances.items() if u < p), "stop")


def drawn(chances, u, total=0.0):
    for word, p in chances.items():
        total += p
        if u < total:
            return word
    return None


def cheapest(pair, single):
    def cost(share):
        mixed = [share * p + (1 - share) * q for p, q in zip(pair, single, strict=True)]
        return sum(-math.log(p) if p > 0 else math.inf for p in mixed)

    return min((k / 200 for k in range(201)), key=cost)


def likeliest_on_average(pair, single):
    return 1.0 if sum(pair) > sum(single) else 0.0


def only_words(texts):
    counts = Counter(word for text in texts for word in text.split())
    chances = {word: count / counts.total() for word, count in counts.items()}
    return lambda before: chances


MISTAKES = {
    "nats": ("measure", lambda ps: (-sum(map(math.log, ps)) / len(ps), 1.0), "These are nats"),
    "sum": ("measure", lambda ps: (-sum(map(math.log2, ps)), 1.0), "sum of the bits"),
    "sign": ("measure", lambda ps: (sum(map(math.log2, ps)) / len(ps), 1.0), "minus that"),
    "mean first": ("measure", lambda ps: (-math.log2(sum(ps) / len(ps)), 1.0), "logarithm of the mean"),
    "e for 2": ("measure", perplexity_by(lambda ps: math.exp(plain(ps)[0])), "You used e"),
    "mean of 1/p": ("measure", perplexity_by(lambda ps: sum(1 / p for p in ps) / len(ps)), "averaged 1/p"),
    "of the text": ("measure", perplexity_by(lambda ps: 2 ** (len(ps) * plain(ps)[0])), "whole text"),
    "one number": ("measure", lambda ps: plain(ps)[0], "Return two numbers"),
    "skips zeros": ("measure", lambda ps: plain([p for p in ps if p]), "both numbers are infinite"),
    "characters": ("bits_per_byte", lambda n, t, s: n * t / len(s) / math.log(2), "three bytes"),
    "nats per byte": ("bits_per_byte", lambda n, t, s: n * t / len(s.encode()), "divide by ln 2"),
    "multiplied": ("bits_per_byte", lambda n, t, s: n * t / len(s.encode()) * math.log(2), "so divide"),
    "per token": ("bits_per_byte", lambda n, t, s: n / math.log(2), "bytes are not used"),
    "exchanged": ("bits_per_byte", lambda n, t, s: n * len(s.encode()) / t / math.log(2), "exchanged"),
    "no tokens": ("bits_per_byte", lambda n, t, s: n / len(s.encode()) / math.log(2), "tokens is not used"),
    "greedy": ("draw", lambda chances, u: max(chances, key=chances.get), "even if another is likelier"),
    "own probability": ("draw", by_own_probability, "running sum"),
    "index": ("draw", lambda chances, u: 0, "return one of the words"),
    "another": ("draw", lambda chances, u: "stop", "falls on"),
    "rounding": ("draw", lambda chances, u: drawn(chances, u) or next(iter(chances)), "right below 1"),
    "mean": ("best_share", likeliest_on_average, "Their logarithms"),
    "other way": ("best_share", lambda p, q: 1 - cheapest(p, q), "share of the single words"),
    "half": ("best_share", lambda p, q: 0.55, "does not cost the least"),
    "percent": ("best_share", lambda p, q: 100 * cheapest(p, q), "from 0 to 1"),
    "single words": ("better_counter", only_words, "bring it below"),
    "no function": ("better_counter", lambda texts: {}, "Return a function"),
    "no dictionary": ("better_counter", lambda texts: lambda before: 0.5, "should return a dictionary"),
    "too much": ("better_counter", lambda texts: lambda before: {"a": 0.8, "b": 0.8}, "more than 1"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"language-models.{name}", answer)
    assert result.status == "failed"
    assert sentence in result.message
