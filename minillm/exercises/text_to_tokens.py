"""Checkers of the chapter on text and tokens."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

import torch

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.tokenizers import BPETokenizer, CharacterTokenizer, Tokenizer
from minillm.tokenizers.merging import merges

INVISIBLE = {"\u200b": "a zero-width space", "\ufeff": "a byte-order mark", "\u00ad": "a soft hyphen"}


@exercise(
    "text-to-tokens.clean",
    hints=[
        "Three things, one after another: line ends, invisible characters, unicodedata.normalize.",
        r"Replace \r\n before \r, or one line end becomes two.",
        "Normalize last: an invisible character may stand between a letter and its accent.",
    ],
    praise="Nothing that a reader could see has changed, and two texts that look the same are now the same.",
)
def check_clean(clean: Callable[[str], str]) -> str | None:
    """clean(text): one kind of line end, no invisible characters, NFC, and nothing else."""
    answer: Any = clean("one\r\ntwo\rthree\nfour")
    if answer != "one\ntwo\nthree\nfour":
        if not isinstance(answer, str):
            return f"Return a text; you return a {type(answer).__name__}."
        doubled = "\n\n" in answer
        return f"Of the line ends comes {answer!r}." + (r" Replace \r\n first, then \r." if doubled else "")
    for character, name in INVISIBLE.items():
        if character in clean(f"Mi{character}a"):
            return f"{name} (U+{ord(character):04X}) is still there."
    if clean("cafe\u0301") == "cafe\u0301":
        return "e and its accent are still two code points: normalize to NFC."
    if clean("ﬁnd m², 你好！ ７") != "ﬁnd m², 你好！ ７":
        return "ﬁ, ², a Chinese mark or a full-width digit has been changed: that is NFKC. Use NFC."
    if clean("e\u200b\u0301") != "é":
        return "An accent behind a zero-width space is not joined with its letter: normalize last."
    for kept, what in {
        "👩\u200d🚀": "The zero-width joiner (U+200D) is gone, and with it the astronaut.",
        "  two  spaces\n\n\tand a tab ": "Spaces, tabs or empty lines have been changed; they may mean something.",
        "Rose saw a rose. It was NOT red!": "Letters or signs have been changed that anybody can see.",
    }.items():
        if clean(kept) != unicodedata.normalize("NFC", kept):
            return what
    return None


@exercise(
    "text-to-tokens.learn",
    hints=[
        "Keep the tokens of each word in a list, and count a pair as often as its word occurs.",
        "max(counts, key=lambda pair: (counts[pair], pair)) takes the most frequent pair, and the greater of equals.",
        "After each merge, put the new token into every word before you count again; stop when no word has a pair.",
    ],
    praise="From here to a vocabulary of 50,000 tokens there is only more text.",
)
def check_learn(learn_merges: Callable[[dict[str, int], int], Sequence[tuple[str, str]]]) -> str | None:
    """learn_merges(words, how_many) -> the first merges, as pairs of strings."""
    words = {"banana": 3, "bandana": 2, "cabana": 4, "nab": 1, "cabs": 4, "lull": 2}
    right = _learned(words, 5)
    answer = learn_merges(dict(words), 5)
    if not isinstance(answer, list | tuple) or not all(isinstance(pair, list | tuple) for pair in answer):
        return 'Return a list of pairs, such as [("a", "t"), ("h", "at")].'
    tied = {"xy": 2, "ab": 2, "ba": 2}
    in_order = [tuple(pair) for pair in learn_merges(dict(tied), 3)]
    if in_order != _learned(tied, 3) and sorted(in_order) == sorted(_learned(tied, 3)):
        return "Where pairs are equally frequent, the greater one comes first: ('x', 'y') before ('b', 'a')."
    if found := _compare_merges([tuple(pair) for pair in answer], right, words):
        return found
    if [tuple(pair) for pair in learn_merges({"aaaa": 1}, 10)] != _learned({"aaaa": 1}, 10):
        return "Of aaaa at most two merges can be made: aa, then aaaa. Replace from left to right, and stop when done."
    return None


def _learned(words: Mapping[str, int], how_many: int) -> list[tuple[str, str]]:
    steps = islice(merges({word.encode(): count for word, count in words.items()}), how_many)
    return [(step.pair[0].decode(), step.pair[1].decode()) for step in steps]


def _compare_merges(answer: list[Any], right: list[tuple[str, str]], words: dict[str, int]) -> str | None:
    if answer == right:
        return None
    if answer == _learned(dict.fromkeys(words, 1), len(right)):
        return "Each word is counted once; count a pair as often as its word occurs."
    counted = _first_count(words)
    ranked = sorted(counted, key=lambda pair: (counted[pair], pair), reverse=True)
    if answer == ranked[: len(right)]:
        return "These are the most frequent pairs of the first count: put in the new token, and count again."
    if len(answer) > len(right):
        return f"There are {len(answer)} merges; {len(right)} were asked for."
    first = next((i for i, (one, two) in enumerate(zip(answer, right, strict=False)) if one != two), len(answer))
    if first == len(answer):
        return f"There are {len(answer)} merges; {len(right)} were asked for and can be made."
    return f"Merge {first + 1} should be {right[first]}; yours is {answer[first]}."


def _first_count(words: Mapping[str, int]) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            counts[pair] += count
    return counts


@exercise(
    "text-to-tokens.bits",
    hints=[
        "The surprise of the whole text is the loss times the number of tokens, the end marker among them.",
        "A nat is 1/ln 2 bits, and characters are counted with len(text).",
    ],
    praise="With it you can compare a model of letters with a model of words.",
)
def check_bits(bits_per_character: Callable[[float, Tokenizer, str], float]) -> str | None:
    """bits_per_character(nats_per_token, tokenizer, text)."""
    pieces = BPETokenizer.train(["Mia saw a kite. Mia saw a cat. 米米看见了一只猫。"], 280)
    for tokenizer, text in ((pieces, "米米 saw Mia."), (CharacterTokenizer("Mia swkte."), "Mia saw a kite.")):
        tokens, nats = len(tokenizer.encode(text)), 1.25
        per_nat = 1 / math.log(2) / len(text)
        right = torch.tensor(nats * (tokens + 1) * per_nat)
        suspects = {
            "The end marker is missing: the loss is a mean over the tokens and the end.": nats * tokens * per_nat,
            "These are nats; divide by ln 2 for bits.": nats * (tokens + 1) / len(text),
            "These are bits per byte; the question is per character.": nats
            * (tokens + 1)
            / math.log(2)
            / len(text.encode()),
            "These are bits per token.": nats / math.log(2),
            "Multiply by 1/ln 2, not by ln 2: a nat is more than a bit.": nats * (tokens + 1) * math.log(2) / len(text),
        }
        suspects = {sentence: value for sentence, value in suspects.items() if abs(value - float(right)) > 1e-6}
        tensors = {sentence: torch.tensor(value) for sentence, value in suspects.items()}
        if problem := difference(bits_per_character(nats, tokenizer, text), right, "the result", suspects=tensors):
            return problem
    return None


@exercise(
    "text-to-tokens.whole",
    hints=[
        "Go through the bytes from one first byte to the next; each first byte says how long its character is.",
        "Stop at the first character that is not all there.",
        "Return data[:end].decode() and data[end:].",
    ],
    praise="Everything that streams text does this; it is why a Chinese answer sometimes waits for a moment.",
)
def check_whole(whole_characters: Callable[[bytes], tuple[str, bytes]]) -> str | None:
    """whole_characters(data) -> (text of all whole characters, bytes that must wait)."""
    text = "Mia, 米米 é 🙂!"
    data = text.encode()
    for end in (0, 5, len(data), *range(len(data))):
        start = data[:end]
        whole = start.decode("utf-8", "ignore")
        right = (whole, start[len(whole.encode()) :])
        try:
            answer: Any = whole_characters(start)
        except UnicodeDecodeError:
            return f"{start!r} ends within a character, and decoding it stops with an error: leave the rest out first."
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            return f"Return two things, a text and bytes; you return a {type(answer).__name__}."
        if tuple(answer) == right:
            continue
        if isinstance(answer[0], str) and "\ufffd" in answer[0]:
            return f"The text of {start!r} holds �: bytes of a character that is not whole must wait."
        if answer[0] == whole:
            return f"The text is right, but of {start!r} these bytes must wait: {right[1]!r}; you keep {answer[1]!r}."
        return f"For {start!r} the answer is {right!r}; yours is {tuple(answer)!r}."
    return None


@exercise(
    "text-to-tokens.longest",
    hints=[
        "Stand at the start of the text; try the longest piece first, then shorter ones.",
        "No entry is longer than max(map(len, vocabulary)), so nothing longer needs to be tried.",
    ],
    praise="WordPiece encodes this way. It mostly agrees with merges; where it does not, see which is shorter.",
)
def check_longest(longest_match: Callable[[str, Collection[str]], list[str]]) -> str | None:
    """longest_match(text, vocabulary) -> the longest entries that fit, from left to right."""
    vocabulary = {*"achtesw ", "at", "hat", "ca", "cat", "sat", "hes", "catch", "che"}
    for text in ("", "a", "catches that chat", "hatchesat", "cattches"):
        right, start = [], 0
        while start < len(text):
            fits = (text[start:end] for end in range(len(text), start, -1))
            right.append(next(piece for piece in fits if piece in vocabulary))
            start += len(right[-1])
        answer: Any = longest_match(text, set(vocabulary))
        if not isinstance(answer, list | tuple):
            return f"Return a list of pieces; you return a {type(answer).__name__}."
        if list(answer) == right:
            continue
        if "".join(answer) != text:
            return f"The pieces of {text!r} do not make the text again: {list(answer)}."
        if list(answer) == list(text):
            return f"{text!r} is cut into characters: try the longest piece first."
        return f"{text!r} is {right} by the longest match; yours is {list(answer)}."
    return None
