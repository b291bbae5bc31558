"""Commands, dialogues, letters, poems and triples."""

import collections
import re

import pronouncing
import pytest
from pypinyin import Style, pinyin

from minillm import town
from minillm.town.views import PREDICATES, command, dialogue, email, notice, poem, town_triples, triples
from minillm.town.views.command_words import INTENTS
from minillm.town.views.letter_words import NOTICES
from minillm.town.views.poem_words import CHINESE, ENGLISH

PLANS = 2000


@pytest.fixture(scope="module")
def pairs():
    plans = [town.plan(40_000 + seed) for seed in range(PLANS)]
    return [(town.tell(plan, "en", n), town.tell(plan, "zh", n)) for n, plan in enumerate(plans)]


def alike(texts):
    """How many pairs of draws are the same text."""
    return sum(count * (count - 1) // 2 for count in collections.Counter(texts).values())


def test_the_slots_of_a_command_are_words_of_its_text(pairs):
    intents = collections.Counter()
    for english, chinese in pairs:
        first, second = command(english), command(chinese)
        intents[first.intent] += 1
        assert first.intent == second.intent and first.values == second.values
        assert (
            set(first.slots) == set(second.slots) == {slot.split(":")[0] for slot in INTENTS[first.intent][0].split()}
        )
        for made in (first, second):
            assert all(value in made.text for value in made.slots.values())
    assert set(intents) == set(INTENTS) and len(intents) >= 8 and min(intents.values()) > PLANS / len(intents) / 2


@pytest.mark.slow
def test_there_are_at_least_a_million_commands_and_dialogues(pairs):
    for make in (command, dialogue):
        for number in (0, 1):
            assert PLANS**2 / 2 / max(1, alike(make(pair[number]).text for pair in pairs)) > 1e6


def test_dialogues_have_four_to_eight_turns_in_alternation(pairs):
    scenes = collections.Counter()
    for pair in pairs[:500]:
        for story in pair:
            made = dialogue(story)
            scenes[made.scene] += 1
            assert 4 <= len(made.turns) <= 8
            speakers = [speaker for speaker, _ in made.turns]
            assert speakers[0] != speakers[1] and speakers == (speakers[:2] * 4)[: len(speakers)]
            assert made.text.count("\n") == len(made.turns) - 1
    assert set(scenes) == {"afterwards", "shop", "invite", "office", "worry"}


def test_emails_tell_events_of_the_hero_to_somebody_absent(pairs):
    for english, _ in pairs[:500]:
        made = email(english)
        subject, greeting, body, regards = made.text.split("\n")
        hero = english.plan.cast["hero"].name
        assert subject == f"Subject: {made.subject}" and made.to in greeting and regards.endswith(made.sender)
        assert made.to.replace(" ", "-") not in {entry.name for entry in english.plan.cast.values()}
        for number in made.events:
            assert hero in english.plan.events[number].roles
        assert re.search(r"\b(I|me|my)\b", body) and not re.search(rf"\b{hero}\b", body)


def test_a_notice_fits_what_happened(pairs):
    topics = collections.Counter()
    for english, _ in pairs:
        made = notice(english)
        topics[made.topic] += 1
        kinds = NOTICES[made.topic][0].split()
        assert not kinds or {event.kind for event in english.plan.events} & set(kinds)
        assert made.text.count("\n") in (2, 3)
    assert set(topics) == set(NOTICES)


def rhymes(first, second):
    """Whether two English words rhyme, by the CMU pronouncing dictionary."""
    parts = [{pronouncing.rhyming_part(p) for p in pronouncing.phones_for_word(w)} for w in (first, second)]
    return first != second and any(
        a.rstrip("012") and re.sub(r"\d", "", a) == re.sub(r"\d", "", b) for a in parts[0] for b in parts[1]
    )


@pytest.mark.parametrize(("topic", "couplet"), [(topic, c) for topic, couplets in ENGLISH.items() for c in couplets])
def test_english_couplets_rhyme(topic, couplet):
    first, second = (re.findall(r"[a-z]+", line.lower())[-1] for line in couplet)
    assert rhymes(first, second), couplet


@pytest.mark.parametrize("ending", CHINESE)
def test_chinese_couplets_end_alike(ending):
    for couplets in CHINESE[ending].values():
        for _, line in couplets:
            finals = pinyin(line[-1], style=Style.FINALS, heteronym=True)[0]
            assert any(final.endswith(ending) for final in finals), line


def test_chinese_lines_have_seven_characters(pairs):
    for _, chinese in pairs[:500]:
        lines = poem(chinese).lines
        assert 4 <= len(lines) <= 8 and all(len(line) == 8 and line[-1] in "，。" for line in lines)


def test_poems_are_about_the_hero(pairs):
    for english, _ in pairs[:500]:
        made = poem(english)
        assert len(made.lines) in (4, 6, 8) and english.plan.cast["hero"].name in made.text


def test_triples_agree_with_the_world(pairs):
    for english, chinese in pairs[:500]:
        facts, world = triples(english), english.plan.world
        owners = {(t.subject, t.object) for t in facts if t.predicate == "belongs to"}
        names = {entry.name: entry.forms["en"].get("it", entry.forms["en"][""]).removeprefix("the ")
                 for entry in english.plan.cast.values()}  # fmt: skip
        assert owners == {
            (names[what], names[who]) for what, who in world.has.items() if who in names and what in names
        }
        assert {t.predicate for t in facts} <= set(PREDICATES)
        assert {t.predicate for t in triples(chinese)} <= set(PREDICATES.values())


def test_the_standing_facts_hold_together():
    facts = town_triples("en")
    assert len(facts) == len(set(facts)) > 300 and len(town_triples("zh")) > 300
    by = collections.defaultdict(set)
    for subject, predicate, about in facts:
        by[predicate].add((subject, about))
    assert all((b, a) in by["is near"] for a, b in by["is near"])
    assert all((b, a) in by["is a friend of"] and a != b for a, b in by["is a friend of"])
    places = {subject for subject, sort in by["has type"] if sort == "place"}
    works = {subject: place for subject, place in by["works at"]}
    assert len(works) == len(by["works at"]) >= 10 and set(works.values()) <= places
    assert {subject for subject, _ in by["sells"]} == {e.forms["en"][""] for e in town.TOWN.lexicon["trade"].entries}
