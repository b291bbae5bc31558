"""The grammar of a story: turns between beats, and the wordings of a beat with their slots.

A *turn* is a choice of the plan: which beat comes next. A *beat* is a piece of the story: who and what it introduces,
what happens (events), how it can be worded in each language, and the turns that follow from it. A wording is a
template: `{hero}` is a slot, `{hero.his}` one of its forms, `{Hero.he}` the same with a capital letter,
`{hero.he-friend}` a pronoun that gives way to the name where the friend has the same gender, and
`[looked|searched]` a choice of words. Earlier alternatives are likelier.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any

from minillm.town.stream import Stream
from minillm.town.words import Entry

Cast = dict[str, Entry]
NAME_FOR = {"he": "", "him": "", "his": "own"}


class Slot:
    """A place in a template that the cast of the story fills."""

    __slots__ = ("form", "other", "text", "variable")

    def __init__(self, text: str):
        self.text = text
        name, _, form = text.partition(".")
        form, _, self.other = form.partition("-")
        self.variable = name.lower()
        self.form = "^" + form if name[0].isupper() else form

    def fill(self, cast: Cast, lang: str) -> str:
        """The words that stand here, given the cast (variable -> entry)."""
        entry, form = cast[self.variable], self.form
        if self.other:
            rival = cast[self.other]
            if form == "they":
                return "她们" if entry.gender == rival.gender == "f" else "他们"
            if entry.gender == rival.gender:
                form = ("^" if form[0] == "^" else "") + NAME_FOR[form.lstrip("^")]
        return entry.forms[lang][form]


class Words:
    """A choice between wordings: each alternative is a tuple of strings, slots and further choices."""

    __slots__ = ("alternatives", "ends", "total", "weights")

    def __init__(self, alternatives: "Iterable[Pieces]", weights: Iterable[int] | None = None):
        self.alternatives = tuple(alternatives)
        self.weights = tuple(weights or (max(12 - 2 * rank, 4) for rank in range(len(self.alternatives))))
        self.ends = list(accumulate(self.weights))
        self.total = self.ends[-1]

    def draw(self, stream: Stream) -> int:
        return bisect_right(self.ends, stream.below(self.total)) if self.total > self.weights[0] else 0


Pieces = tuple[str | Slot | Words, ...]


def template(text: str) -> Pieces:
    """Compile a template to a tuple of strings, slots and choices."""
    pieces: list[str | Slot | Words] = []
    for part in re.findall(r"\[[^\]]*\]|\{[^}]*\}|[^\[{]+", text):
        if part[0] == "[":
            pieces.append(Words(template(option) for option in part[1:-1].split("|")))
        elif part[0] == "{":
            pieces.append(Slot(part[1:-1]))
        else:
            pieces.append(part)
    return tuple(pieces)


Wordings = Mapping[str, Sequence[str]]


class Beat:
    """A piece of the story.

    `cast` lists the variables that it introduces, "hero:child spot:place.spots" (a table of the lexicon, or a table
    that depends on an entry already in the cast); `events` what happens, "lose hero thing; go hero place";
    `en` and `zh` the wordings, one of which is told; `then` the turns that follow. `gist` words it in one sentence
    for a summary. Plans in which it follows a beat named in `apart` are held out of training.
    """

    def __init__(
        self,
        name: str,
        cast: str = "",
        events: str = "",
        en: Sequence[str] = (),
        zh: Sequence[str] = (),
        then: "Sequence[Beat | Turn]" = (),
        gist: Wordings | None = None,
        apart: Sequence[str] = (),
    ):
        self.name = name
        self.cast = tuple((variable, table) for variable, _, table in (pair.partition(":") for pair in cast.split()))
        self.events = tuple(tuple(event.split()) for event in events.split(";") if event.strip())
        self.words = {"en": _wordings(en, " "), "zh": _wordings(zh, "")}
        self.then = tuple(turn if isinstance(turn, Turn) else Turn([turn]) for turn in then)
        self.gist = {lang: _wordings(texts, "") for lang, texts in (gist or {}).items()}
        self.apart = frozenset(apart)

    @cached_property
    def program(self) -> "dict[str, tuple[Words | Turn, ...]]":
        """What is told from here on, in each language: the words of the beat, and the turns that follow."""
        return {lang: ((words,) if words else ()) + self.then for lang, words in self.words.items()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Plot(Beat):
    """A kind of story: the beat that all others of a plan follow from, with titles in each language."""

    def __init__(self, name: str, titles: Wordings, then: "Sequence[Beat | Turn]"):
        super().__init__(name, then=then)
        self.titles = {lang: _wordings(texts, "") for lang, texts in titles.items()}


def _wordings(texts: Sequence[str], separator: str) -> Words | None:
    return Words(template(separator + text) for text in texts) if texts else None


class Turn:
    """A choice of the plan between beats, with integer weights."""

    def __init__(self, beats: Iterable[Beat], weights: Iterable[int] | None = None):
        self.beats = tuple(beats)
        self.weights = tuple(weights or [1] * len(self.beats))
        self.total = sum(self.weights)
        self._ends = list(accumulate(self.weights))
        self.by_name = {beat.name: beat for beat in self.beats}
        self.weight = dict(zip(self.beats, self.weights, strict=True))
        self.apart = [beat for beat in self.beats if beat.apart]
        if len(self.apart) == len(self.beats) > 0:
            raise ValueError(f"every beat of {self.beats} can be held out; leave one that is never kept apart")

    def barred(self, told: Sequence[Beat]) -> list[Beat]:
        """The beats that are held out of training after those told."""
        return [beat for beat in self.apart if any(earlier.name in beat.apart for earlier in told)]

    def draw(self, stream: Stream, barred: Sequence[Beat] = ()) -> Beat:
        """A beat that is not barred, with the probability weight / (total - weights of the barred)."""
        if len(self.beats) == 1:
            return self.beats[0]
        while True:
            beat = self.beats[bisect_right(self._ends, stream.below(self.total))]
            if beat not in barred:
                return beat


def one_of(*pairs: Any) -> Turn:
    """A turn from weight, beat, weight, beat, ..."""
    return Turn(pairs[1::2], pairs[0::2])


def walk(turns: Iterable[Turn]) -> list[Beat]:
    """Every beat that can be reached, once."""
    seen: dict[Beat, None] = {}
    stack = list(turns)
    while stack:
        for beat in stack.pop().beats:
            if beat not in seen:
                seen[beat] = None
                stack.extend(beat.then)
    return list(seen)


def pieces(words: Words | None) -> Iterator[str | Slot]:
    """Every string and slot of a choice of words."""
    for alternative in words.alternatives if words else ():
        for piece in alternative:
            if isinstance(piece, Words):
                yield from pieces(piece)
            else:
                yield piece
