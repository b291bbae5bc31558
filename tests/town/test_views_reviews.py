"""Reviews: the sentiment follows from what is said, and counting kind words does not find it."""

import collections
import re

import pytest

from minillm import town
from minillm.town.views import SENTIMENTS, review
from minillm.town.views.reviews import ASPECTS

PLANS = 2000
GOOD = {pair[0] for aspects in ASPECTS.values() for aspect in aspects for pair in aspect.good}
BAD = {pair[0] for aspects in ASPECTS.values() for aspect in aspects for pair in aspect.bad}
ADVERB = "(?:really |quite |surely )?"
SAID = re.compile(rf"(?:is {ADVERB}|finds the \w+ |were |Were the \w+ |been )$")
DENIED = re.compile(r"(?:is not |far from |anything but |could call the \w+ |wrong to call the \w+ |never )$")
KEEPS = (
    "buy it again|keep it|recommend it|order another one|give one to|take it everywhere|eat it again|ask for more|"
    "order it for|come back for|share it|go there again|send my friends|become a regular|walk an hour|praise it"
)
LEAVES = (
    "send it back|ask for my money|give it away|warn my|hide it|return it|leave it on|feed it|complain|"
    "go somewhere else|walk past|write to the mayor"
)
REFUSES = re.compile(r"(?:I would not|I would never|nobody could make me|I see no reason to) $", re.I)


@pytest.fixture(scope="module")
def reviews():
    return [review(town.tell(town.plan(30_000 + seed), "en", seed)) for seed in range(PLANS // 2)]


def opinions(text):
    """The opinions of an English review in their order: +1 or -1 each, found by reading the words."""
    found = []
    for match in re.finditer(rf"\b(?:{'|'.join(sorted(GOOD | BAD))})\b", text):
        sign, before = 1 if match.group() in GOOD else -1, text[: match.start()]
        if DENIED.search(before):
            found.append(-sign)
        elif SAID.search(before):
            found.append(sign)
    return found


def verdict(text):
    """What the customer would do: +1 to keep it, -1 to be rid of it, turned round by a refusal."""
    found = re.search(f"{KEEPS}|{LEAVES}", text)
    return (1 if re.match(KEEPS, found.group()) else -1) * (-1 if REFUSES.search(text[: found.start()]) else 1)


def test_sentiments_are_balanced(reviews):
    counts = collections.Counter(r.sentiment for r in reviews)
    assert set(counts) == set(SENTIMENTS) and min(counts.values()) > 0.28 * len(reviews)
    hinges = collections.Counter(r.hinge for r in reviews)
    assert set(hinges) == {"but", "although", "because", "if", "and", "mixed"}
    assert min(hinges.values()) > 0.05 * len(reviews)


def test_the_label_is_what_a_reader_finds(reviews):
    for made in reviews:
        signs, label = opinions(made.text), {"positive": 1, "negative": -1, "mixed": 0}[made.sentiment]
        if made.hinge == "but":
            assert signs == [-label, label], made
        elif made.hinge == "and":
            assert signs == [label, label], made
        elif made.hinge == "mixed":
            assert sorted(signs) == [-1, 1], made
        elif made.hinge == "if":
            assert signs == [-label], made
        elif made.hinge == "because":
            assert signs == [label] and verdict(made.text) == label, made
        else:
            assert signs == [-label] and verdict(made.text) == label, made


def test_counting_kind_words_does_not_find_the_sentiment(reviews):
    right = total = 0
    for made in reviews:
        if made.sentiment != "mixed":
            words = re.findall(r"[a-z]+", made.text.lower())
            score = sum(word in GOOD for word in words) - sum(word in BAD for word in words)
            right += (score > 0) == (made.sentiment == "positive") if score else 0.5
            total += 1
    assert right / total < 0.6


@pytest.mark.slow
def test_there_are_at_least_a_million_reviews():
    """Among n draws of N equally likely texts, n^2 / 2N are expected to be alike: few alike, many texts."""
    texts = collections.Counter(review(town.tell(town.plan(seed), "zh", seed)).text for seed in range(PLANS))
    alike = sum(count * (count - 1) // 2 for count in texts.values())
    assert PLANS**2 / 2 / max(alike, 1) > 1e6
