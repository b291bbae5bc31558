"""Stories: one line, short, the same everywhere, about a consistent world."""

import hashlib
import itertools
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm import town
from minillm.town.extent import entries_of
from minillm.town.grammar import Slot, Words

DIGESTS = {
    "en": "ec363905b06cd961cf2697388e6ccf82",
    "zh": "dde9f9c4f4f7016b6d2f7a5bd39f7fbd",
}
HE, SHE = re.compile(r"\b(he|him|his|himself)\b", re.I), re.compile(r"\b(she|her|herself)\b", re.I)


def digest(texts):
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).hexdigest()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_first_thousand_stories_are_the_same_on_every_machine(lang):
    assert digest(str(story) for story in town.stories("train", lang, 1000)) == DIGESTS[lang]


def longest(words, lang, entries):
    """An upper bound on the characters of a choice of words, whatever the cast."""

    def length(piece):
        if isinstance(piece, str):
            return len(piece)
        if isinstance(piece, Words):
            return longest(piece, lang, entries)
        forms = {piece.form, "", "own"} if piece.other else {piece.form}
        return max(len(entry.forms[lang].get(form, "")) for entry in entries[piece.variable] for form in forms)

    return max(sum(map(length, alternative)) for alternative in words.alternatives) if words else 0


@pytest.mark.parametrize(("lang", "limit"), [("en", 1300), ("zh", 480)])
def test_no_story_can_be_longer_than_its_limit(lang, limit):
    sources = {}
    for beat in town.TOWN.beats:
        for variable, source in town.TOWN.sources[beat]:
            sources.setdefault(variable, set()).add(source)
    entries = {variable: set(entries_of(variable, sources)) for variable in sources}

    def bound(turns):
        return sum(
            max(longest(beat.words[lang], lang, entries) + bound(beat.then) for beat in turn.beats) for turn in turns
        )

    assert bound(town.TOWN.turns) - (lang == "en") <= limit


def test_typical_lengths_and_one_line(sample):
    for lang, low, high in (("en", 200, 960), ("zh", 80, 380)):
        texts = [pair[lang == "zh"].text for pair in sample]
        assert all(low <= len(text) <= high and "\n" not in text for text in texts)
    lengths = sorted(len(english.text) for english, _ in sample)
    assert lengths[50] >= 350 and 480 <= lengths[500] <= 650 and lengths[-10] <= 900


def test_alphabet_covers_every_story(sample):
    letters, characters = set(town.alphabet("en")), set(town.alphabet("zh"))
    for english, chinese in sample:
        assert set(english.text) <= letters and set(chinese.text) <= characters
    assert town.alphabet() == "".join(sorted(set(town.alphabet("en") + town.alphabet("zh"))))
    told = set().union(*(english.text for english, _ in sample))
    assert len(told) >= 0.9 * len(town.alphabet("en"))


@pytest.fixture(scope="module")
def plans():
    return [town.plan(seed) for seed in range(6000)]


def test_there_are_at_least_ten_million_plans(plans):
    # Among n equally likely plans, 6000 draws hold about 6000**2 / 2n pairs of equal ones: 1.8 for ten million.
    assert len(plans) - len({plan.key for plan in plans}) <= 1
    # exp(entropy) is never more than the number of outcomes.
    entropy = -sum(town.TOWN.plan_logprob(plan) for plan in plans) / len(plans)
    assert math.exp(entropy) > 1e7


def test_streams_of_one_seed_are_aligned_and_of_two_seeds_are_not():
    english, chinese = (list(town.stories("test", lang, 20, seed=1)) for lang in ("en", "zh"))
    assert [s.plan for s in english] == [s.plan for s in chinese]
    assert not {s.plan for s in english} & {s.plan for s in town.stories("test", "en", 20, seed=2)}
    assert all(s.plan.split == "test" for s in english)


def test_an_endless_stream_begins_like_a_counted_one():
    endless = itertools.islice(town.stories("train"), 5)
    assert [str(s) for s in endless] == [str(s) for s in town.stories("train", count=5)]


def own_words(story):
    """The text without what it takes from the lexicon as it stands ("They were wearing it")."""
    text = story.text
    for entry in story.plan.cast.values():
        for phrase in sorted(entry.forms[story.lang].values(), key=len, reverse=True):
            if entry.gender is None:
                text = text.replace(phrase, "")
    return text


def test_pronouns_agree_with_the_people_of_the_plan(sample):
    for english, chinese in sample:
        genders = {entry.gender for entry in english.plan.cast.values() if entry.gender}
        for only, pattern, character in (("f", HE, "他"), ("m", SHE, "她")):
            if genders == {only}:
                assert not pattern.search(own_words(english)), english
                assert character not in own_words(chinese).replace("他们", ""), chinese
        hero = english.plan.cast["hero"]
        assert hero.forms["en"][""] in english.text and hero.forms["zh"][""] in chinese.text


def test_the_world_allows_what_happens_and_remembers_it(sample):
    for english, _ in sample:
        cast, world = english.plan.cast, english.plan.world
        plot = english.plan.plot
        if plot in ("lost", "surprise", "gift"):
            assert world.has[cast["thing"].name] == cast["hero"].name
        if plot == "errand":
            assert world.has[cast["goods"].name] == cast["kin"].name
        assert 4 <= len(english.plan.events) <= 12


def test_whatever_is_in_a_plan_is_told_in_both_languages(sample):
    for pair in sample:
        for story in pair:
            told = [
                piece.variable
                for beat in story.plan.beats
                for alternative in (beat.words[story.lang].alternatives if beat.words[story.lang] else ())
                for piece in alternative
                if isinstance(piece, Slot)
            ]
            assert set(story.plan.cast) <= set(told)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(-(2**70), 2**70), words=st.integers(0, 2**64), lang=st.sampled_from(["en", "zh"]))
def test_any_seed_gives_a_story_that_parses_back(seed, words, lang):
    plan = town.plan(seed)
    story = town.tell(plan, lang, words)
    assert town.parse(story.text, lang) == story
    assert hash(plan) == hash(town.plan(seed)) and str(story) == story.text


@pytest.mark.parametrize("wrong", ["dev", "TRAIN", ""])
def test_an_unknown_split_is_named(wrong):
    with pytest.raises(ValueError, match="train, valid, test"):
        town.plan(0, wrong)


def test_an_unknown_language_is_named():
    with pytest.raises(ValueError, match=r"'fr'.*en, zh"):
        town.tell(town.plan(0), "fr")
