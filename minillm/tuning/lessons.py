"""What the adapter of the book learns from: questions about one sentence, then about whole stories."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from minillm import town
from minillm.batches import Curriculum
from minillm.town.views import questions
from minillm.tuning.instructions import Example, Turn, instructions

SPANS = ("what", "when", "where", "how many")
"""Kinds of questions whose answer stands in the text and is no name."""


@dataclass(frozen=True)
class Lessons(Curriculum):
    """A curriculum whose first batches may have more rows than the later ones, since theirs are shorter."""

    def __post_init__(self) -> None:
        pass


def one_sentence(split: str, count: int, seed: int = 0, lang: str = "en") -> list[Example]:
    """The sentences of stories that prove an answer, each with the questions whose answer is to be copied from it.

    Where little is told there are few places to look, and what is left to learn is to copy.
    """
    return [example for story in town.stories(split, lang, count, seed) for example in _proofs(story)]


def _proofs(story: town.Story) -> Iterator[Example]:
    asked, at = questions(story), 0
    for number, sentence in enumerate(story.sentences):
        at = story.text.index(sentence, at)
        turns = [
            Turn(q.text, q.answer, q.kind)
            for q in asked
            if q.sentence == number and q.kind in SPANS and at <= q.start < at + len(sentence)
        ]
        if turns:
            yield Example(sentence, tuple(turns), story.lang)


def whole_story(split: str, count: int, seed: int = 0, lang: str = "en") -> list[Example]:
    """Stories with all that can be asked about them in one row: a title and the questions, shuffled.

    In use there is one question, and it comes first; a model that always saw the title first answers with a title.
    """
    pairs = zip(*(instructions(split, lang, count, seed, [task]) for task in ("title", "questions")), strict=True)
    order = random.Random(seed)
    turns = [(named.text, [*named.turns, *asked.turns]) for named, asked in pairs]
    return [Example(text, tuple(order.sample(every, len(every))), lang) for text, every in turns]
