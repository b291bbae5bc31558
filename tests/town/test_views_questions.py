"""Questions: answers stand in the text, and the events of the plan say that they are right."""

import collections
import re

import pytest

from minillm import town
from minillm.town.views import QUESTION_KINDS, questions
from minillm.town.views.topics import asks
from minillm.town.world import World

PLANS = 200
PEOPLE = [e.forms["en"][""] for table in ("child", "kin", "relative") for e in town.TOWN.lexicon[table].entries]
NAMES = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(PEOPLE, key=len, reverse=True))) + r")\b")
PLAIN = re.compile(r"^(the|an|a|in|at|on|by|to|up|some|half) ")


@pytest.fixture(scope="module")
def asked():
    """(story, question) for many stories in both languages."""
    plans = [town.plan(10_000 + seed) for seed in range(PLANS)]
    stories = [town.tell(plan, lang, n) for n, plan in enumerate(plans) for lang in town.LANGUAGES]
    return [(story, question) for story in stories for question in questions(story)]


def names_in(text):
    """The English names of people that a text names, in their order."""
    return [name.replace(" ", "-") for name in NAMES.findall(text)]


def test_every_kind_is_asked_often_enough(asked):
    counts = collections.Counter(question.kind for _, question in asked)
    assert set(counts) == set(QUESTION_KINDS)
    assert min(counts.values()) > 0.02 * len(asked) and len(asked) > 7 * 2 * PLANS


def test_answers_stand_where_they_are_said_to(asked):
    for story, question in asked:
        if question.start >= 0:
            assert story.text.startswith(question.answer, question.start)
            end = 0
            for sentence in story.sentences[: question.sentence + 1]:
                end = story.text.index(sentence, end) + len(sentence)
            assert question.start < end
        else:
            assert question.kind in ("yes/no", "why", "unanswerable")


def test_most_answers_stand_in_the_proving_sentence(asked):
    direct = [q.answer in s.sentences[q.sentence] for s, q in asked if q.start >= 0 and q.kind != "who"]
    assert sum(direct) > 0.8 * len(direct)


def test_answers_are_the_roles_of_the_events(asked):
    checked = 0
    for story, question in asked:
        kind, *numbers = question.key.split(" ")
        if kind in ("who", "where", "what") and len(numbers) == 2 and story.lang == "en":
            event, role = map(int, numbers)
            name = story.plan.events[event].roles[role].replace("-", " ").lower()
            core = PLAIN.sub("", question.answer.lower().replace("-", " "))
            assert core in name or name in core or core.split()[-1] in name, (question, name)
            assert question.sentence == story.sentence_of(event)
            checked += 1
    assert checked > PLANS


def test_no_other_event_answers_a_question_about_who(asked):
    for story, question in asked:
        kind, *numbers = question.key.split(" ")
        if kind == "who" and numbers[-1] == "0":
            event = story.plan.events[int(numbers[0])]
            for other in story.plan.events:
                if other.kind == event.kind and other.roles[1:] == event.roles[1:]:
                    assert other.roles[0] == event.roles[0]


def test_yes_and_no_are_balanced_and_true(asked):
    contents = [ask.answer for seed in range(1000) for ask in asks(town.plan(seed)) if ask.kind == "yes/no"]
    counts = collections.Counter((answer["en"], answer["zh"]) for answer in contents)
    assert set(counts) == {("yes", "是"), ("no", "不是")}
    assert abs(counts["yes", "是"] - len(contents) / 2) < 0.04 * len(contents)
    for story, question in asked:
        if question.kind == "yes/no" and story.lang == "en":
            names = names_in(question.text)
            event = story.plan.events[int(question.key.split()[1])]
            people = [role for role in event.roles if role in {e.name for e in story.plan.cast.values()}]
            if question.answer == "yes":
                assert set(names) <= set(people), question
            elif event.kind != "feel" and names and names == names_in(" ".join(people).replace("-", " ")):
                # The people are right, so a thing or a place must be wrong.
                what = [role for role in event.roles if role not in names]
                assert not all(re.search(rf"\b{role.replace('-', ' ')}", question.text) for role in what), question


def test_reasons_are_the_causes_that_the_world_keeps(asked):
    for story, question in asked:
        number = int(question.key.split()[1]) if question.kind == "why" else 0
        if question.kind == "why" and story.plan.events[number].kind == "feel":
            world = World()
            for event in (*story.plan.setting, *story.plan.events[: number + 1]):
                world.apply(event)
            feeling, cause = world.feels[story.plan.events[number].roles[0]]
            assert feeling == story.plan.events[number].roles[1] and cause == story.plan.events[number - 1]
            assert question.sentence == story.sentence_of(number - 1)
            assert question.answer.startswith(("because ", "因为"))


def test_numbers_are_those_of_the_counts(asked):
    checked = 0
    for story, question in asked:
        if question.kind == "how many" and story.lang == "en":
            event = story.plan.events[int(question.key.split()[-1])]
            assert event.kind == "count" and question.answer.lower() == event.roles[1]
            assert names_in(question.text) == [event.roles[0]]
            checked += 1
    assert checked > 50


def test_what_is_not_told_is_nowhere(asked):
    sorts = collections.Counter()
    for story, question in asked:
        if question.kind == "unanswerable":
            sort, name = question.key.split(" ", 1)
            sorts[sort] += 1
            assert question.answer == "" and question.sentence == question.start == -1
            if sort == "never":
                assert all(event.kind != name for event in story.plan.events)
            if sort == "stranger" and story.lang == "en":
                strangers = [n for n in names_in(question.text) if n not in {e.name for e in story.plan.cast.values()}]
                words = set(re.findall(r"[a-z]+", question.text.lower())) - set(
                    re.findall(r"[a-z]+", story.text.lower())
                )
                assert strangers or words, question
    assert set(sorts) == {"never", "stranger", "untold"} and sorts["untold"] < 0.4 * sum(sorts.values())


@pytest.mark.slow
def test_the_same_is_asked_in_both_languages():
    both, either = 0, 0
    for seed in range(PLANS):
        plan = town.plan(seed)
        first, second = ({(q.key, q.kind) for q in questions(town.tell(plan, lang, seed))} for lang in town.LANGUAGES)
        both, either = both + len(first & second), either + len(first | second)
    assert both > 0.95 * either
