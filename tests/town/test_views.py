"""The views: every kind in both languages, aligned, clean, the same from the same plan."""

import hashlib
import json
import re
import subprocess
import sys

import pytest

from minillm import town
from minillm.town.views import KINDS, record, records, texts, view
from minillm.town.views.showing import show

PLANS = 200
UNCLEAN = re.compile(r"[{}\[\]|一-鿿，。？！：]|  | [,.?!]|(?<!\.)\.\.(?!\.)|[?!][.?]|^\s|\s$")


@pytest.fixture(scope="module")
def pairs():
    plans = [town.plan(seed) for seed in range(PLANS)]
    return [(town.tell(plan, "en", n), town.tell(plan, "zh", n + 1)) for n, plan in enumerate(plans)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_clean_in_both_languages(pairs, kind):
    for english, chinese in pairs:
        for text in texts(english, kind):
            assert text and not UNCLEAN.search(text), text
            assert not re.search(r"\b(the the|a the|the a)\b", text), text
        for text in texts(chinese, kind):
            assert text and not re.search(r"[{}\[\]|A-Za-z ]|[，。？！][，。]|的的|了了", text), text


@pytest.mark.parametrize("kind", KINDS)
def test_records_are_json_and_hang_on_the_plan_alone(kind):
    first = [json.dumps(item, ensure_ascii=False) for item in records(kind, "train", "zh", 5, seed=3)]
    again = [json.dumps(item, ensure_ascii=False) for item in records(kind, "train", "zh", 5, seed=3)]
    assert first == again and len(set(first)) == 5
    for line in first:
        item = json.loads(line)
        assert item["kind"] == kind and item["lang"] == "zh" and item["story"] == town.parse(item["story"], "zh").text


def test_what_a_view_says_does_not_hang_on_how_the_story_is_worded(pairs):
    for story, _ in pairs[:100]:
        other = town.tell(story.plan, "en", seed=99)
        for kind in ("review", "dialogue", "command", "email", "notice", "triples", "title"):
            assert view(other, kind) == view(story, kind)


def test_both_languages_have_the_same_content(pairs):
    for english, chinese in pairs:
        assert view(english, "review")[1:2] == view(chinese, "review")[1:2]
        assert view(english, "review").hinge == view(chinese, "review").hinge
        for kind, fields in (("command", ("intent", "values")), ("email", ("events",)), ("notice", ("topic",))):
            for field in fields:
                assert getattr(view(english, kind), field) == getattr(view(chinese, kind), field)
        assert view(english, "dialogue").scene == view(chinese, "dialogue").scene
        assert len(view(english, "dialogue").turns) == len(view(chinese, "dialogue").turns)
        assert [s.key for s in view(english, "statements")] == [s.key for s in view(chinese, "statements")]
        assert [p.key for p in view(english, "paraphrases")] == [p.key for p in view(chinese, "paraphrases")]
        assert len(view(english, "triples")) == len(view(chinese, "triples"))


def test_the_first_records_are_the_same_on_every_machine():
    lines = [json.dumps(record(town.tell(town.plan(7), lang, 7), kind), ensure_ascii=False)
             for kind in KINDS for lang in town.LANGUAGES]  # fmt: skip
    code = (
        "import json; from minillm import town; from minillm.town.views import KINDS, record; "
        "print('\\n'.join(json.dumps(record(town.tell(town.plan(7), lang, 7), kind), ensure_ascii=False) "
        "for kind in KINDS for lang in town.LANGUAGES))"
    )
    environment = {"PYTHONHASHSEED": "12345", "PYTHONIOENCODING": "utf-8"}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment, timeout=120)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert hashlib.sha256(other.stdout.decode().strip().encode()).hexdigest() == digest


def test_the_views_are_loaded_only_when_asked_for():
    code = "import sys, minillm.town; print(any(name.startswith('minillm.town.views') for name in sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=120)
    assert out.stdout.strip() == "False"


def test_an_unknown_kind_is_named():
    story = next(town.stories("train"))
    with pytest.raises(ValueError, match="kind is 'sonnet'; it must be one of story, summary"):
        view(story, "sonnet")
    with pytest.raises(ValueError, match="kind is 'sonnet'"):
        records("sonnet")


def test_what_is_shown_holds_the_ground_truth(pairs):
    for story, _ in pairs[:40]:
        assert f"[{view(story, 'review').sentiment}]" in show(story, "review")
        assert f"[{view(story, 'command').intent};" in show(story, "command")
        for question in view(story, "questions"):
            assert question.text in show(story, "questions")


def test_summaries_name_the_hero_and_are_much_shorter(pairs):
    for pair in pairs:
        for story in pair:
            summary, title = view(story, "summary"), view(story, "title")
            hero = story.plan.cast["hero"].forms[story.lang][""]
            assert hero in summary or hero in title
            assert 10 < len(summary) < len(story.text) and 2 < len(title) < 60
    ratio = sum(len(view(story, "summary")) / len(story.text) for pair in pairs for story in pair) / (2 * len(pairs))
    assert ratio < 0.45
