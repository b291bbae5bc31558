"""What the adapter learns from: one sentence with what can be copied from it, then whole stories."""

import pytest

import minillm
from minillm import town
from minillm.batches import Curriculum
from minillm.errors import ConfigError
from minillm.tuning import AnswerBatches, Example, Turn
from minillm.tuning.lessons import SPANS, Lessons, one_sentence, whole_story


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_answer_to_a_sentence_stands_in_it(lang):
    examples = one_sentence("train", 40, seed=2, lang=lang)
    told = {sentence for story in town.stories("train", lang, 40, 2) for sentence in story.sentences}
    assert len(examples) > 40 and {example.text for example in examples} <= told
    for example in examples:
        assert example.turns and example.lang == lang
        assert all(turn.kind in SPANS and turn.answer in example.text for turn in example.turns)


def test_the_title_may_stand_anywhere_in_a_row():
    rows = whole_story("train", 30, seed=2)
    places = [[turn.kind for turn in row.turns].index("title") for row in rows]
    assert len(set(places)) > 5 and [row.text for row in rows] == [s.text for s in town.stories("train", "en", 30, 2)]
    assert rows == whole_story("train", 30, seed=2)


def test_lessons_may_have_larger_batches_first():
    tokenizer = minillm.load("town-gpt").tokenizer
    short, long = (
        AnswerBatches.encode([Example(text, (Turn("Who?", "Mia", "who"),))], tokenizer, rows)
        for text, rows in (("Mia slept.", 6), ("Mia slept. Then Ben slept.", 2))
    )
    lessons = Lessons(short, long, 3)
    assert [len(lessons(step).inputs) for step in range(5)] == [6, 6, 6, 2, 2]
    with pytest.raises(ConfigError):
        Curriculum(short, long, 3)
