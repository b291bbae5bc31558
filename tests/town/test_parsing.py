"""Parsing undoes telling, and says where a text stops being a story."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm import town
from minillm.errors import MinillmError, ParseError
from minillm.town.parsing import derivations


@pytest.mark.slow
def test_parse_gives_back_plan_and_wording_and_finds_one_derivation(sample):
    for pair in sample:
        for story in pair:
            parsed = town.parse(story.text, story.lang)
            assert parsed.plan == story.plan and parsed.plan.key == story.plan.key
            assert parsed.plan.cast == story.plan.cast and parsed.wording == story.wording


def test_a_parsed_story_can_be_told_in_the_other_language(sample):
    for english, chinese in sample[:200]:
        parsed = town.parse(english.text)
        translated = town.tell(parsed.plan, "zh", seed=9)
        assert town.parse(translated.text, "zh").plan == chinese.plan


def error(text, lang="en"):
    with pytest.raises(ParseError) as caught:
        town.parse(text, lang)
    assert isinstance(caught.value, MinillmError)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "lang", "word", "position", "instead"),
    [
        ("hello", "en", "hello", 0, "Anna"),
        ("One sunny morning, Mia, who lived in Paris, went", "en", "lived", 28, "asked"),
        ("Mia was a girl who loved to sing. One sunny morning, he took", "en", "he", 53, "she"),
        ("Mia was a boy who loved to sing.", "en", "boy", 10, "girl"),
        ("一个晴朗的早晨，爱唱歌的米米飞了", "zh", "飞了", 14, ""),
    ],
)
def test_the_first_impossible_word_is_named_with_its_position(text, lang, word, position, instead):
    message = error(text, lang)
    assert message.startswith(f"'{word}' at position {position} is impossible")
    assert instead in message


def test_a_text_that_breaks_off_or_goes_on_is_named(sample):
    text = sample[0][0].text
    assert "breaks off" in error(text[:-30])
    assert "story is over" in error(text + " Then came Tom.")
    assert "breaks off at position 0" in error("")


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(0, 400), lang=st.sampled_from(["en", "zh"]))
def test_the_position_is_where_the_text_was_altered(seed, cut, lang):
    text = town.tell(town.plan(seed), lang, seed).text
    cut = cut % len(text)
    message = error(text[:cut] + "§" + text[cut + 1 :], lang)
    position = int(message.split("at position ")[1].split(maxsplit=1)[0].rstrip(";"))
    assert position <= cut and "§" not in text[:position]
    assert " " not in text[position:cut].strip() if lang == "en" else position == cut


def test_altering_the_person_who_comes_back_at_the_end_is_noticed():
    story = next(s for s in town.stories("train", "en") if s.plan.plot == "lost")
    hero = story.plan.cast["hero"].name
    start, end = story.text.rsplit(hero, 1)
    with pytest.raises(ParseError):
        town.parse(start + "Nobody" + end)


def test_every_derivation_is_searched(sample):
    english, chinese = sample[1]
    for story in (english, chinese):
        assert len(derivations(town.TOWN.turns, town.TOWN.sources, story.text, story.lang)) == 1
