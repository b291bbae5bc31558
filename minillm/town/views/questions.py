"""Questions about a story with answers, and the sentence that proves each."""

from typing import NamedTuple

from minillm.town.story import Story
from minillm.town.views.asking import Ask
from minillm.town.views.facts import mention, named_in, sentence_naming, stream_for
from minillm.town.views.topics import asks

QUESTION_KINDS = ("who", "where", "what", "why", "when", "how many", "yes/no", "unanswerable")


class Question(NamedTuple):
    """A question about a story, in the language of the story.

    `answer` is "" if the story does not tell. `sentence` is the index of the sentence that proves it (-1: none);
    `start` is where the answer stands in the text, in that sentence or, where it has a pronoun, the last time before
    (-1: nowhere, as for yes, no, and reasons). `key` is the same for the same question in the other language.
    """

    text: str
    answer: str
    kind: str
    sentence: int
    lang: str
    start: int = -1
    key: str = ""


def questions(story: Story) -> tuple[Question, ...]:
    """The questions about a story, of several kinds, in the order in which the other language has them."""
    return tuple(question for ask in asks(story.plan) if (question := _put(ask, story)))


def _put(ask: Ask, story: Story) -> Question | None:
    lang = story.lang
    stream = stream_for(story.plan, "question " + ask.key, lang)
    text = ask.text[lang](stream)
    if ask.kind == "unanswerable":
        return Question(text, "", ask.kind, -1, lang, -1, ask.key)
    sentence = story.sentence_of(ask.event) if ask.event >= 0 else sentence_naming(story, ask.variable)
    if len(ask.roles) > 1 + named_in(story, sentence, ask.roles):
        return None
    if ask.variable:
        found = mention(story, ask.variable, sentence, ask.forms)
        return Question(text, found[0], ask.kind, sentence, lang, found[1], ask.key) if found else None
    answer = ask.answer[lang]
    if ask.kind in ("yes/no", "why"):
        return Question(text, answer, ask.kind, sentence, lang, -1, ask.key)
    start = story.text.find(answer)
    return Question(text, answer, ask.kind, sentence, lang, start, ask.key) if start >= 0 else None
