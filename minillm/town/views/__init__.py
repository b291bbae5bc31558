"""Other texts from the plan of a story, aligned with it and across languages, each with its ground truth.

A view is a function of a story; what it says hangs on the plan alone, so that the English and the Chinese story of one
plan have the same questions, the same sentiment, the same intent. `records` yields them as plain dictionaries.
"""

from collections.abc import Callable, Iterator
from typing import Any

from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.views.commands import Command, command
from minillm.town.views.dialogues import Dialogue, dialogue
from minillm.town.views.letters import Email, Notice, email, notice
from minillm.town.views.poems import Poem, poem
from minillm.town.views.questions import QUESTION_KINDS, Question, questions
from minillm.town.views.reviews import SENTIMENTS, Review, review
from minillm.town.views.statements import LABELS, Paraphrase, Statement, paraphrases, statements
from minillm.town.views.summaries import summary, title
from minillm.town.views.triples import PREDICATES, Triple, town_triples, triples


def _story(story: Story) -> str:
    return story.text


# kind -> the function that makes it from a story
KINDS: dict[str, Callable[[Story], Any]] = {
    "story": _story, "summary": summary, "title": title, "questions": questions, "review": review, "dialogue": dialogue,
    "command": command, "paraphrases": paraphrases, "statements": statements, "email": email, "notice": notice,
    "poem": poem, "triples": triples,
}  # fmt: skip


def view(story: Story, kind: str) -> Any:
    """A view of a story by the name of its kind. Raises ValueError for a name that is not in KINDS."""
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    return KINDS[kind](story)


def record(story: Story, kind: str) -> dict[str, Any]:
    """A view with the story that it belongs to, ready for JSON: strings, numbers, lists and dictionaries only."""
    made = plain(view(story, kind))
    base = {"kind": kind, "lang": story.lang, "plan": story.plan.key, "story": story.text}
    if kind == "story":
        return base | {"sentences": list(story.sentences), "events": [str(event) for event in story.plan.events]}
    if isinstance(made, dict):
        return base | made
    return base | {"items" if isinstance(made, list) else "text": made}


def plain(value: Any) -> Any:
    """Named tuples as dictionaries, tuples as lists."""
    if hasattr(value, "_asdict"):
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def records(
    kind: str, split: str = "train", lang: str = "en", count: int | None = None, seed: int = 0
) -> Iterator[dict[str, Any]]:
    """The views of one kind of the stories of a split, endlessly if `count` is None. Equal plans in every language."""
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(KINDS)}")
    return (record(story, kind) for story in TOWN.stories(split, lang, count, seed))


def texts(story: Story, kind: str) -> list[str]:
    """The words of a view, as plain texts: for a tokenizer to train on, or to read."""
    made = view(story, kind)
    if isinstance(made, str):
        return [made]
    if kind == "paraphrases":
        return [text for pair in made for text in (pair.first, pair.second)]
    if kind == "questions":
        return [(item.text + " " * (story.lang == "en") + item.answer).strip() for item in made]
    if kind == "triples":
        return [" ".join(item) if story.lang == "en" else "".join(item) for item in made]
    return [item.text for item in made] if isinstance(made, tuple) and not hasattr(made, "_asdict") else [made.text]


__all__ = [
    "KINDS", "LABELS", "PREDICATES", "QUESTION_KINDS", "SENTIMENTS", "Command", "Dialogue", "Email", "Notice",
    "Paraphrase", "Poem", "Question", "Review", "Statement", "Triple", "command", "dialogue", "email", "notice",
    "paraphrases", "plain", "poem", "questions", "record", "records", "review", "statements", "summary", "texts",
    "title", "town_triples", "triples", "view",
]  # fmt: skip
