"""Statements and paraphrases: the labels follow from the plan, and words alone do not give them away."""

import collections
import math
import re

import pytest

from minillm import town
from minillm.town.views import LABELS, paraphrases, statements

PLANS = 300
PEOPLE = [e.forms["en"][""] for table in ("child", "kin", "relative") for e in town.TOWN.lexicon[table].entries]
NAME = "(" + "|".join(map(re.escape, sorted(PEOPLE, key=len, reverse=True))) + ")"
# English shapes that say who it was: what they claim of the name.
CLAIMS = (
    (re.compile(rf"^It was {NAME} who "), True), (re.compile(rf"^The one who .* was {NAME}\.$"), True),
    (re.compile(rf"^Nobody but {NAME} "), True), (re.compile(rf"^{NAME}, and no one else, "), True),
    (re.compile(rf"^It was not {NAME} who "), False), (re.compile(rf"^The one who .* was not {NAME}\.$"), False),
    (re.compile(rf"^Somebody .*, but not {NAME}\.$"), False), (re.compile(rf"^Somebody other than {NAME} "), False),
)  # fmt: skip


@pytest.fixture(scope="module")
def made():
    plans = [town.plan(20_000 + seed) for seed in range(PLANS)]
    stories = [(town.tell(plan, "en", n), town.tell(plan, "zh", n)) for n, plan in enumerate(plans)]
    return [(story, statement) for pair in stories for story in pair for statement in statements(story)]


def test_labels_are_balanced(made):
    counts = collections.Counter(statement.label for _, statement in made)
    assert set(counts) == set(LABELS)
    assert min(counts.values()) > 0.3 * sum(counts.values())
    assert len(made) > 5 * 2 * PLANS


def test_statements_about_who_agree_with_the_events(made):
    seen = collections.Counter()
    for story, statement in made:
        for shape, affirms in CLAIMS:
            found = shape.match(statement.text)
            if story.lang == "en" and found and statement.label != "neutral":
                event = story.plan.events[int(statement.key.split()[1])]
                is_so = event.roles[0] == found.group(1).replace(" ", "-")
                assert (is_so == affirms) == (statement.label == "entailed"), (statement, event)
                seen[affirms, statement.label] += 1
                break
    assert len(seen) == 4 and min(seen.values()) > 20


def test_statements_about_what_agree_with_the_events(made):
    seen = collections.Counter()
    for story, statement in made:
        found = re.search(r",(?: and)? not (?:(?:to|from|in|at|on) )?(?:the )?([^,]+)\.$", statement.text)
        if story.lang == "en" and found and statement.label != "neutral":
            event = story.plan.events[int(statement.key.split()[1])]
            denied, told = found.group(1).lower(), event.roles[-1].replace("-", " ").lower()
            same = re.search(rf"\b{denied}\b", told) or re.search(rf"\b{told}\b", denied)
            assert bool(same) == (statement.label == "contradicted"), (statement, event)
            seen[statement.label] += 1
    assert min(seen["entailed"], seen["contradicted"]) > 30


def test_neutral_statements_name_nothing_that_the_story_tells_together(made):
    for story, statement in made:
        if statement.label == "neutral" and story.lang == "en":
            names = {name.replace(" ", "-") for name in re.findall(NAME, statement.text)}
            kind = story.plan.events[int(statement.key.split()[1])].kind
            things = {
                e.name for e in story.plan.cast.values() if re.search(rf"\b{e.forms['en']['']}\b", statement.text)
            }
            for event in story.plan.events:
                same = event.kind == kind and len(event.roles) > 1
                assert not (same and set(event.roles) <= names | things), (statement, event)
            assert statement.sentence == -1


def words_of(text, lang):
    return re.findall(r"[a-z']+", text.lower()) if lang == "en" else [text[i : i + 2] for i in range(len(text) - 1)]


@pytest.mark.parametrize("lang", town.LANGUAGES)
def test_a_bag_of_words_cannot_guess_the_label_without_the_story(made, lang):
    items = [(set(words_of(s.text, lang)), s.label) for story, s in made if story.lang == lang]
    half = len(items) // 2
    counts = {label: collections.Counter() for label in LABELS}
    totals = collections.Counter()
    for words, label in items[:half]:
        counts[label].update(words)
        totals[label] += 1

    def guess(words):
        return max(LABELS, key=lambda label: math.log(totals[label])
                   + sum(math.log((counts[label][word] + 1) / (totals[label] + 2)) for word in words))  # fmt: skip

    right = sum(guess(words) == label for words, label in items[half:])
    assert right / (len(items) - half) < 0.5


@pytest.mark.parametrize("lang", town.LANGUAGES)
def test_paraphrases_share_few_words_and_near_misses_many(lang):
    shared = {True: [], False: []}
    for seed in range(PLANS):
        for pair in paraphrases(town.tell(town.plan(seed), lang, seed)):
            first, second = (set(words_of(text, lang)) for text in (pair.first, pair.second))
            shared[pair.same].append(len(first & second) / len(first | second))
            assert pair.first != pair.second
    same, other = (sum(shared[kind]) / len(shared[kind]) for kind in (True, False))
    assert len(shared[True]) > 2 * PLANS and len(shared[False]) > PLANS
    assert same < 0.35 and other > same + 0.25
