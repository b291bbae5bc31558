"""Checkers of the chapter on language models."""

import itertools
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import torch

from minillm import town
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise


@exercise(
    "language-models.measure",
    hints=[
        "The surprise of a word with probability p is −log₂ p, in bits: math.log2, with a minus before it.",
        "Average the surprises first; the perplexity is 2 to that average, not the average of 1/p.",
        "math.log2(0) is an error. Write math.inf for that word; sums and powers carry it on by themselves.",
    ],
    praise="Perplexity is the bits again, said as the sides of a die.",
)
def measure(answer: Callable[[list[float]], Any]) -> str | None:
    chances = [0.5, 0.25, 0.5, 0.5, 0.1]
    given = answer(chances)
    if not isinstance(given, tuple | list) or len(given) != 2:
        return "Return two numbers: return bits, perplexity."
    total = -sum(map(math.log2, chances))
    mean = total / len(chances)
    if problem := difference(given[0], torch.tensor(mean), "the first number, the bits,", suspects={
        "These are nats: take the logarithm to base 2.": torch.tensor(mean * math.log(2)),
        "You return the sum of the bits; divide by the number of words.": torch.tensor(total),
        "You return the mean of log₂ p; the surprise is minus that.": torch.tensor(-mean),
        "You took the logarithm of the mean probability. Take the logarithm of each, then the mean.": torch.tensor(
            -math.log2(sum(chances) / len(chances))
        ),
    }):  # fmt: skip
        return problem
    if problem := difference(given[1], torch.tensor(2**mean), "the second number, the perplexity,", suspects={
        "You used e where the bits belong to 2: the perplexity is 2 to the bits.": torch.tensor(math.exp(mean)),
        "You averaged 1/p. Average the bits, and take 2 to that.": torch.tensor(
            sum(1 / p for p in chances) / len(chances)
        ),
        "This is the perplexity of the whole text; use the bits per word.": torch.tensor(2**total),
    }):  # fmt: skip
        return problem
    impossible = answer([0.5, 0.0])
    if any(number != math.inf for number in impossible):
        return f"For a word with probability 0 both numbers are infinite; you return {tuple(impossible)}."
    return None


@exercise(
    "language-models.bits_per_byte",
    hints=[
        "First the whole text: nats_per_token · num_tokens nats.",
        'len(text) counts characters. len(text.encode("utf-8")) counts bytes.',
        "One bit is ln 2 nats, so divide by math.log(2).",
    ],
    praise="In this unit a Chinese model of characters and an English one of words can be set side by side.",
)
def bits_per_byte(answer: Callable[[float, int, str], float]) -> str | None:
    nats, tokens, text = 2.0, 6, "猫在睡觉 (a cat sleeps)"
    size, characters = len(text.encode()), len(text)
    expected = torch.tensor(nats * tokens / size / math.log(2))
    suspects = {
        "You divided by the characters; in UTF-8 a Chinese character has three bytes.": expected * size / characters,
        "These are nats per byte: divide by ln 2.": expected * math.log(2),
        "You multiplied by ln 2; a nat is more than a bit, so divide.": expected * math.log(2) ** 2,
        "These are bits per token: the bytes are not used yet.": expected * size / tokens,
        "Tokens and bytes are exchanged.": expected * (size / tokens) ** 2,
        "The number of tokens is not used yet: nats_per_token · num_tokens is the whole text.": expected / tokens,
    }
    return difference(answer(nats, tokens, text), expected, "the result", suspects=suspects)


@exercise(
    "language-models.draw",
    hints=[
        "Go along the words and keep a running sum of their probabilities.",
        "The word on which u falls is the first whose running sum is greater than u.",
        "Or take what is behind you away from u: if u < p, this is the word; else u = u − p, and on to the next.",
    ],
    praise="Put a random number in and you have a text generator; ask it again with the longer text.",
)
def draw(answer: Callable[[dict[str, float], float], str]) -> str | None:
    chances = {"sun": 0.125, "snow": 0.25, "rain": 0.5, "stop": 0.125}
    borders = dict(zip(chances, itertools.accumulate(chances.values()), strict=True))
    for u in (0.0, 0.3, 0.13, 0.4, 0.8, 0.9, 0.999):
        expected = next(word for word, border in borders.items() if u < border)
        given = answer(dict(chances), u)
        if given not in chances:
            return f"For u = {u} you return {given!r}; return one of the words {list(chances)}."
        if given == expected:
            continue
        if u == 0:
            return f"For u = 0 you return {given!r}; it falls on the first word, even if another is likelier."
        if given == next((word for word, p in chances.items() if u < p), None):
            return f"For u = {u} you compare u with each word's own probability. Compare it with their running sum."
        return f"For u = {u} you return {given!r}; it falls on {expected!r}, which ends at {borders[expected]}."
    tenths = {str(i): 0.1 for i in range(10)}  # ten tenths add up to a little less than 1
    if answer(tenths, math.nextafter(1, 0)) != "9":
        return "For ten words of 0.1 and a u right below 1 the answer is the last word: rounding must not lose it."
    return None


@exercise(
    "language-models.best_share",
    hints=[
        "Write a function that gives the cost of one λ: the sum of −ln(λ·pair + (1−λ)·single) over the words.",
        "Try λ = 0, 0.005, 0.01, ... and keep the best. λ = 1 may cost infinitely much: ln 0.",
    ],
    praise="Chosen on held-out words, because on the words it has counted the pair would always win everything.",
)
def best_share(answer: Callable[[list[float], list[float]], Any]) -> str | None:
    grid = torch.linspace(0, 1, 1001, dtype=torch.float64)
    for weight in (0.3, 0.8):
        sure = torch.rand(400) < weight
        pair = torch.where(sure, 0.2 + 0.7 * torch.rand(400), 0.001 * torch.randint(2, (400,))).double()
        single = (0.001 + 0.1 * torch.rand(400)).double()
        share = answer(pair.tolist(), single.tolist())
        if not isinstance(share, float | int) or not 0 <= share <= 1:
            return f"You return {share!r}; λ is a number from 0 to 1."
        mixed = grid[:, None] * pair + (1 - grid[:, None]) * single
        cost = -mixed.log().sum(dim=1)
        best, average = grid[cost.argmin()].item(), grid[mixed.sum(dim=1).argmax()].item()
        if abs(share - best) <= 0.0101:
            continue
        for place, sentence in (
            (average, "makes the probabilities largest on average. Their logarithms are what is paid."),
            (1 - best, "is the share of the single words. λ is the share of the pair."),
            (share, f"does not cost the least; the best share is {'higher' if best > share else 'lower'}."),
        ):
            if abs(share - place) <= 0.0101:
                return f"You return {share:.3f}, which {sentence}"
    return None


STORIES, TARGET, FORGOTTEN = 400, 3.2, 1e-6


@exercise(
    "language-models.better_counter",
    hints=[
        "Count what follows the last two and the last three words as well, in dictionaries with tuples as keys.",
        "Mix from short to long: p = trust · (count / total) + (1 − trust) · p of the shorter context.",
        "trust = total / (total + number of different words that followed) is the rule of Witten and Bell (1991).",
    ],
    praise="This is how language models were built for fifty years, and how the package's n-gram still is.",
)
def better_counter(answer: Callable[[list[str]], Any]) -> str | None:
    chances = answer([story.text for story in town.stories("train", "en", STORIES, seed=3)])
    if not callable(chances):
        return f"Return a function chances(before); you return a {type(chances).__name__}."
    bits, count = 0.0, 0
    for story in town.stories("valid", "en", 20, seed=3):
        words = [*re.findall(r"[\w’-]+|[^\w\s]", story.text), "<|end|>"]
        for t, word in enumerate(words):
            given = chances(words[:t])
            if not isinstance(given, Mapping):
                return f"chances(before) returns a {type(given).__name__}; it should return a dictionary."
            if t % 25 == 0 and not 0 <= sum(given.values()) <= 1 + 1e-6:
                return f"After {words[:t][-3:]} your probabilities add up to {sum(given.values()):.3f}, more than 1."
            bits -= math.log2(max(given.get(word, 0.0), FORGOTTEN))
            count += 1
    if bits / count < TARGET:
        return None
    return f"Your counter pays ≈ {bits / count:.2f} bits per word on held-out stories; bring it below {TARGET}."
