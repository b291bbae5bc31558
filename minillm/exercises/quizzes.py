"""Quizzes: questions on misconceptions, with an explanation for every option, read from ``quizzes/<chapter>.json``."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from minillm.errors import MinillmError
from minillm.explorables import Explorable

FOLDER = Path(__file__).parent / "quizzes"


def quiz_names() -> list[str]:
    """The chapters that have a quiz, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def problems(data: dict[str, Any]) -> list[str]:
    """What is wrong with the data of a quiz, one sentence each; an empty list if nothing is."""
    found = [] if str(data.get("title", "")).strip() else ["the quiz has no title"]
    questions = data.get("questions") or []
    ids = [question.get("id") for question in questions]
    if not questions:
        found.append("the quiz has no questions")
    if len(set(ids)) < len(ids) or not all(ids):
        found.append("every question needs an id of its own")
    for question in questions:
        found += [f"question {question.get('id')!r}: {problem}" for problem in _question_problems(question)]
    return found


def _question_problems(question: dict[str, Any]) -> list[str]:
    options = question.get("options") or []
    found = [] if str(question.get("prompt", "")).strip() else ["it has no prompt"]
    if len(options) < 2:
        found.append("it needs at least two options")
    if sum(option.get("correct") is True for option in options) != 1:
        found.append('exactly one option must have "correct": true')
    texts = [str(option.get("text", "")).strip() for option in options]
    if not all(texts) or len(set(texts)) < len(texts):
        found.append("every option needs a text of its own")
    if not all(str(option.get("explanation", "")).strip() for option in options):
        found.append("every option needs an explanation")
    return found


def quiz(name: str) -> Explorable:
    """The quiz of the chapter `name`, such as ``quiz("scaled-dot-product")``.

    Raises:
        MinillmError: no chapter of that name has a quiz, or its data are not complete.
    """
    path = FOLDER / f"{name}.json"
    if name not in quiz_names():
        nearest = get_close_matches(name, quiz_names(), n=3, cutoff=0.4) or quiz_names()
        raise MinillmError(f"no chapter called {name!r} has a quiz; the nearest are: {', '.join(nearest)}")
    data = json.loads(path.read_text(encoding="utf-8"))
    if found := problems(data):
        raise MinillmError(f"the quiz {path.name} is not complete: {'; '.join(found)}")
    alt = f"Quiz: {data['title']}, {len(data['questions'])} questions. Run this cell to answer them."
    return Explorable("quiz", {"quiz": name, **data}, alt)
