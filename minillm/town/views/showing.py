"""Views as text that a person can read, ground truth included."""

from collections.abc import Callable
from typing import Any

from minillm.town.story import Story
from minillm.town.views import view


def _questions(items: Any) -> str:
    return "\n".join(f"{item.text} {item.answer or '-'} [{item.kind}, {item.sentence}]" for item in items)


def _command(item: Any) -> str:
    slots = "; ".join(f"{name}: {value}" for name, value in item.slots.items())
    return f"{item.text} [{item.intent}; {slots}]"


def _paraphrases(items: Any) -> str:
    return "\n".join(f"{item.first} {'=' if item.same else '≠'} {item.second}" for item in items)


SHOWN: dict[str, Callable[[Any], str]] = {
    "questions": _questions,
    "command": _command,
    "paraphrases": _paraphrases,
    "review": lambda item: f"{item.text} [{item.sentiment}]",
    "statements": lambda items: "\n".join(f"{item.text} [{item.label}]" for item in items),
    "triples": lambda items: "\n".join(" | ".join(item) for item in items),
}


def show(story: Story, kind: str) -> str:
    """A view as text; labels, intents, answers and the like stand in brackets."""
    made = view(story, kind)
    if kind in SHOWN:
        return SHOWN[kind](made)
    return made if isinstance(made, str) else made.text
