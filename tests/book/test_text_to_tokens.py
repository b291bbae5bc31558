"""The chapter on text and tokens: its checkers, and its merges beside Hugging Face's."""

import math
import unicodedata
from collections import Counter
from itertools import pairwise

import pytest

from minillm.exercises import check
from minillm.tokenizers.merging import merge_pair


def cleaned(*steps):
    def clean(text):
        for step in steps:
            text = step(text)
        return text

    return clean


def line_ends(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without(*characters):
    return lambda text: "".join(c for c in text if c not in characters)


def form(name):
    return lambda text: unicodedata.normalize(name, text)


INVISIBLE = without("\u200b", "\ufeff", "\u00ad")


def learner(
    weigh=lambda count: count, best=lambda c: max(c, key=lambda pair: (c[pair], pair)), join=merge_pair, more=0
):
    def learn_merges(words, how_many):
        cut, merges = {word: list(word) for word in words}, []
        while len(merges) < how_many + more:
            counts = Counter()
            for word, tokens in cut.items():
                for pair in pairwise(tokens):
                    counts[pair] += weigh(words[word])
            if not counts:
                break
            merges.append(best(counts))
            cut = {word: join(tokens, merges[-1], "".join(merges[-1])) for word, tokens in cut.items()}
        return merges

    return learn_merges


def counted_once(words, how_many):
    counts = Counter()
    for word, count in words.items():
        for pair in pairwise(word):
            counts[pair] += count
    return sorted(counts, key=lambda pair: (counts[pair], pair), reverse=True)[:how_many]


LN_2 = math.log(2)


def bits(tokens=lambda n: n + 1, length=len, scale=1 / LN_2):
    return lambda nats, tokenizer, text: nats * tokens(len(tokenizer.encode(text))) * scale / length(text)


def greedy(text, vocabulary, order=-1):
    pieces = []
    while text:
        pieces.append(sorted((p for p in vocabulary if text.startswith(p)), key=len)[order])
        text = text[len(pieces[-1]) :]
    return pieces


MISTAKES = {
    "doubled line ends": ("clean", cleaned(lambda t: t.replace("\r", "\n"), INVISIBLE, form("NFC")), r"\r\n first"),
    "old line ends": ("clean", cleaned(lambda t: t.replace("\r\n", "\n"), INVISIBLE, form("NFC")), "line ends"),
    "byte-order mark": ("clean", cleaned(line_ends, without("\u200b", "\u00ad"), form("NFC")), "byte-order mark"),
    "soft hyphen": ("clean", cleaned(line_ends, without("\u200b", "\ufeff"), form("NFC")), "soft hyphen"),
    "no form": ("clean", cleaned(line_ends, INVISIBLE), "normalize to NFC"),
    "NFKC": ("clean", cleaned(line_ends, INVISIBLE, form("NFKC")), "that is NFKC"),
    "normalized first": ("clean", cleaned(form("NFC"), line_ends, INVISIBLE), "normalize last"),
    "joiner": ("clean", cleaned(line_ends, INVISIBLE, without("\u200d"), form("NFC")), "astronaut"),
    "spaces": ("clean", cleaned(line_ends, INVISIBLE, form("NFC"), str.strip), "Spaces, tabs"),
    "small letters": ("clean", cleaned(line_ends, INVISIBLE, form("NFC"), str.lower), "anybody can see"),
    "once each": ("learn", learner(weigh=lambda count: 1), "counted once"),
    "lesser of equals": (
        "learn",
        learner(best=lambda c: min(c, key=lambda pair: (-c[pair], pair))),
        "equally frequent",
    ),
    "not counted again": ("learn", counted_once, "count again"),
    "too many": ("learn", learner(more=1), "were asked for"),
    "too few": ("learn", learner(more=-1), "were asked for"),
    "no end marker": ("bits", bits(tokens=lambda n: n), "end marker"),
    "nats": ("bits", bits(scale=1), "divide by ln 2"),
    "bytes": ("bits", bits(length=lambda text: len(text.encode())), "per byte"),
    "per token": ("bits", lambda nats, tokenizer, text: nats / LN_2, "per token"),
    "times ln 2": ("bits", bits(scale=LN_2), "more than a bit"),
    "strict": ("whole", lambda data: (data.decode(), b""), "stops with an error"),
    "replaced": ("whole", lambda data: (data.decode("utf-8", "replace"), b""), "must wait"),
    "rest is lost": ("whole", lambda data: (data.decode("utf-8", "ignore"), b""), "these bytes must wait"),
    "one thing": ("whole", lambda data: data.decode("utf-8", "ignore"), "two things"),
    "waits too long": ("whole", lambda data: ("", data), "the answer is"),
    "characters": ("longest", lambda text, vocabulary: list(text), "longest piece first"),
    "shortest": ("longest", lambda text, vocabulary: greedy(text, vocabulary, 0), "longest piece first"),
    "lossy": ("longest", lambda text, vocabulary: greedy(text, vocabulary)[:-1], "do not make the text"),
    "from the right": (
        "longest",
        lambda text, vocabulary: [p[::-1] for p in greedy(text[::-1], {p[::-1] for p in vocabulary})][::-1],
        "by the longest match",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"text-to-tokens.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


def test_the_tokenizer_of_the_chapter_gives_the_ids_of_hugging_face(tmp_path):
    """What the chapter says of tokenizer.json: their library reads the file and cuts alike."""
    from minillm import town
    from minillm.tokenizers import BPETokenizer

    tokenizers = pytest.importorskip("tokenizers")
    stories = [str(story) for story in town.stories("train", "en", count=300)]
    ours = BPETokenizer.train(stories, vocab_size=457)
    ours.save(tmp_path / "tokenizer.json")
    theirs = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for text in [*stories[:50], *map(str, town.stories("test", "zh", count=20)), "Mia saw a yak. “米米!”  \n x"]:
        assert ours.encode(text) == theirs.encode(text).ids
