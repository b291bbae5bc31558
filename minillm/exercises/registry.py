"""`exercise` registers a checker, `check` runs it on a reader's answer and never lets the answer's error escape."""

from __future__ import annotations

import functools
import importlib
import inspect
import linecache
import pkgutil
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import torch

from minillm.errors import MinillmError
from minillm.explorables import Explorable

Checker = Callable[[Any], str | None]
Status = Literal["passed", "failed", "error", "unwritten"]

PACKAGE = Path(__file__).parent
MECHANISM = {"comparison", "quizzes", "registry"}
LEADS = {
    "passed": "Passed.",
    "failed": "Not yet.",
    "error": "It stopped with an error.",
    "unwritten": "Not written yet.",
}


@dataclass(frozen=True)
class Exercise:
    """A registered exercise: its name, its checker, and hints from gentle to plain."""

    name: str
    checker: Checker
    hints: tuple[str, ...]
    praise: str


@dataclass(frozen=True, repr=False)
class Result:
    """What `check` found. It is true if the answer passes."""

    name: str
    status: Status
    message: str
    hints: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        mark = "✓" if self.passed else "✗"
        more = f"\n  {len(self.hints)} hints: .hints[0] is the gentlest." if self.hints and not self.passed else ""
        return f"{mark} {self.name}: {LEADS[self.status]} {self.message}{more}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {
            "exercise": self.name,
            "status": self.status,
            "message": self.message,
            "hints": list(self.hints),
        }
        alt = f"Exercise {self.name}. {LEADS[self.status]}"
        bundle, metadata = Explorable("exercise", data, alt)._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self)}, metadata


_exercises: dict[str, Exercise] = {}


class NotWrittenError(Exception):
    """A reader's function still returns what its stub returned."""


def exercise(name: str, *, hints: Iterable[str] = (), praise: str = "") -> Callable[[Checker], Checker]:
    """Register ``checker(answer) -> str | None`` under ``"chapter.exercise"``.

    The checker returns None if the answer passes, and otherwise a sentence that says what is wrong. It runs with a
    fixed seed, and calls the answer as the reader wrote it: what that raises is reported, with its line.

    Args:
        name: the chapter's file name, a dot, and the exercise.
        hints: sentences from gentle to plain, each shown when asked for.
        praise: what the reader learned, shown on passing.
    """

    def register(checker: Checker) -> Checker:
        _exercises[name] = Exercise(name, checker, tuple(hints), praise)
        return checker

    return register


def names() -> list[str]:
    """The names of all exercises of the book, sorted."""
    for module in pkgutil.iter_modules([str(PACKAGE)]):
        if module.name not in MECHANISM:
            importlib.import_module(f"minillm.exercises.{module.name}")
    return sorted(_exercises)


def find(name: str) -> Exercise:
    """The exercise called `name`; an unknown name is a `MinillmError` that lists the nearest ones."""
    if name not in _exercises:
        known = names()
        if name not in known:
            nearest = get_close_matches(str(name), known, n=3, cutoff=0.4) or known
            raise MinillmError(f"no exercise is called {name!r}; the nearest names are: {', '.join(nearest)}")
    return _exercises[name]


def check(name: str, answer: Any) -> Result:
    """Check `answer` against the exercise `name` and say what to change.

    Whatever the answer does, the result is a `Result`: an error in it is part of the message. Only an unknown `name`
    is an error (`MinillmError`).
    """
    task = find(name)
    try:
        if is_blank(answer):
            raise NotWrittenError
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            problem = task.checker(guarded(answer))
    except Exception as error:
        status, problem = explain(error)
        return Result(name, status, problem, task.hints)
    if problem is None:
        return Result(name, "passed", task.praise, task.hints)
    return Result(name, "failed", problem, task.hints)


def is_blank(value: Any) -> bool:
    """Whether `value` is what a stub leaves: None, ``...``, or a tuple that holds one of them."""
    return value is None or value is ... or (isinstance(value, tuple) and any(map(is_blank, value)))


def guarded(answer: Any) -> Any:
    """The answer, with a stub's return value turned into `NotWrittenError`; a class or a module stays as it is."""
    if not inspect.isroutine(answer):
        return answer

    @functools.wraps(answer)
    def call(*args: Any, **kwargs: Any) -> Any:
        value = answer(*args, **kwargs)
        if is_blank(value):
            raise NotWrittenError
        return value

    return call


def explain(error: Exception) -> tuple[Status, str]:
    """Say to the reader what `error` means, and on which line of theirs it was raised."""
    text = re.sub(r"0x[0-9a-fA-F]+", "0x…", str(error)).strip()
    untouched = isinstance(error, NotWrittenError | NotImplementedError)
    if untouched or (isinstance(error, TypeError | AttributeError) and "ellipsis" in text):
        return "unwritten", "Replace every ... in the stub by your code, then run both cells again."
    if isinstance(error, TypeError) and "not callable" in text:
        text += ". Pass the function itself to check, not what it returns."
    first_line = text.splitlines()[0] if text else "no message"
    return "error", f"{type(error).__name__}: {first_line}{where(error)}"


def where(error: Exception) -> str:
    """The innermost line of the reader's own code, or nothing if the error came from elsewhere."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        inside_library = PACKAGE.parent in path.parents or "site-packages" in path.parts or "torch" in path.parts
        source = linecache.getline(frame.filename, frame.lineno or 0).strip() or (frame.line or "")
        if not inside_library and source:
            return f"\nIt was raised on line {frame.lineno} of your cell: `{source}`"
    return ""
