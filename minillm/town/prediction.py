"""What comes next in a story, with its true probability: the town as the best language model of itself.

A beginning is read like a whole story in `parsing`, and every way to tell it is followed until it has told the next
word. Of the entries that a beat introduces some may still be untold then; they are summed over.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from minillm.errors import ParseError
from minillm.town.grammar import Beat, Cast, Slot, Words
from minillm.town.parsing import Source, source_table
from minillm.town.telling import FIRST, Town, check_language
from minillm.town.words import Table

END = "<|end|>"
# A word or a mark that is certainly complete: whatever follows does not belong to it any more.
NEXT_WORD = {"en": re.compile(r" ?(?:[\w’-]+(?=[^\w’-])|[^\w\s’-])"), "zh": re.compile(r".", re.DOTALL)}


@dataclass(frozen=True)
class _State:
    """A way to tell the beginning: what is left to tell (a linked list), where it stands, and its choices so far."""

    todo: Any
    position: int
    weight: float = 1.0  # the product of the probabilities of beats and wordings
    beyond: str = ""  # what has been told after the beginning
    beats: tuple[Beat, ...] = ()
    draws: tuple[tuple[str, Source], ...] = ()  # the variables, in the order in which they are drawn
    cast: Mapping[str, Any] | None = None  # those whose entries the text has told


def next_words(town: Town, text: str, lang: str = "en") -> dict[str, float]:
    """P(next word | text), for every word or mark that a story beginning with `text` can go on with, likeliest first.

    The last word of `text` counts as complete. A word keeps the blank before it; in Chinese it is a single character;
    ``<|end|>`` is the end of the story. The probabilities are exact: along a story, their logarithms add up to
    `town.logprob(story)`.

    Raises:
        ParseError: no story begins like this.
    """
    check_language(lang)
    inside = lang == "en" and re.search(r"[\w’-]$", text)
    found: dict[str, float] = {}
    for state in _told(town, text, lang, NEXT_WORD[lang].match):
        if inside and re.match(r"[\w’-]", state.beyond):
            continue  # the last word of the text is only the beginning of this one
        match = NEXT_WORD[lang].match(state.beyond)
        word = match.group() if match else state.beyond or END
        found[word] = found.get(word, 0.0) + state.weight * _cast_probability(town, state)
    total = math.fsum(found.values())
    if not total:
        raise ParseError(f"no story of the town begins with {text!r}")
    likeliest_first = sorted(found.items(), key=lambda pair: -pair[1])
    return {word: p / total for word, p in likeliest_first if p}


def prefix_logprob(town: Town, text: str, lang: str = "en") -> float:
    """ln P(a story begins with `text`) in nats, exact; -inf if none does."""
    check_language(lang)
    total = math.fsum(state.weight * _cast_probability(town, state) for state in _told(town, text, lang))
    return math.log(total) if total else -math.inf


def _told(town: Town, text: str, lang: str, complete: Callable[[str], Any] = lambda beyond: True) -> list[_State]:
    """Every way to tell the text, followed until what it has told beyond it is complete, or the story is over."""
    if lang == "en":
        text = " " + text
    found = []
    stack = [_State((town.turns, 0, None), 0, cast={})]
    while stack:
        state = stack.pop()
        if state.position >= len(text) and complete(state.beyond):
            found.append(state)
            continue
        pieces, index, rest = state.todo
        while index == len(pieces) and rest is not None:
            pieces, index, rest = rest
        if index == len(pieces):
            if state.position >= len(text):
                found.append(state)
            continue
        after = replace(state, todo=(pieces, index + 1, rest))
        stack.extend(_steps(town, pieces[index], after, text, lang))
    return found


def _steps(town: Town, piece: Any, state: _State, text: str, lang: str) -> Iterator[_State]:
    """The states after one piece, those that the text rules out left out."""
    if isinstance(piece, str):
        if after := _say(piece, state, text):
            yield after
    elif isinstance(piece, Slot):
        for cast in _bound(piece, state):
            if after := _say(piece.fill(cast, lang), replace(state, cast=cast), text):
                yield after
    elif isinstance(piece, Words):
        for weight, alternative in zip(piece.weights, piece.alternatives, strict=True):
            yield replace(state, todo=(alternative, 0, state.todo), weight=state.weight * weight / piece.total)
    else:
        barred = piece.barred(state.beats)
        left = piece.total - sum(piece.weight[beat] for beat in barred)
        for beat in piece.beats:
            if beat not in barred:
                yield replace(
                    state,
                    todo=(beat.program[lang], 0, state.todo),
                    weight=state.weight * piece.weight[beat] / left,
                    beats=(*state.beats, beat),
                    draws=state.draws + town.sources[beat],
                )


def _say(words: str, state: _State, text: str) -> _State | None:
    """The state after these words, or None if the text goes on differently."""
    inside = text[state.position : state.position + len(words)]
    if not words.startswith(inside):
        return None
    return replace(state, position=state.position + len(words), beyond=state.beyond + words[len(inside) :])


def _bound(slot: Slot, state: _State) -> list[Cast]:
    """The casts in which the variables of a slot are known."""
    casts = [dict(state.cast or {})]
    for variable in filter(None, (slot.variable, slot.other)):
        casts = [wider for cast in casts for wider in _with(variable, cast, dict(state.draws))]
    return casts


def _with(variable: str, cast: Cast, sources: Mapping[str, Source]) -> Iterator[Cast]:
    if variable in cast:
        yield cast
        return
    source = sources[variable]
    for known in _with(source[0], cast, sources) if isinstance(source, tuple) else [cast]:
        taken = known.values()
        for entry in source_table(source, known).entries:
            if entry not in taken:
                yield {**known, variable: entry}


def _cast_probability(town: Town, state: _State) -> float:
    """P(the entries told so far | the beats): each draw excludes what is in the cast already and what is kept apart."""
    return _draw_probability(town, state.draws, state.cast or {}, {})


def _draw_probability(town: Town, draws: tuple[tuple[str, Source], ...], told: Mapping[str, Any], cast: Cast) -> float:
    draws = draws[: max((k + 1 for k, (variable, _) in enumerate(draws) if variable in told), default=0)]
    if not draws:
        return 1.0
    (variable, source), later = draws[0], draws[1:]
    table = source_table(source, cast)
    kept_apart = town._kept_apart(variable, cast)
    free = {
        entry: table.weight[entry]
        for entry in table.entries
        if entry not in cast.values() and entry.name not in kept_apart
    }
    if variable in told:
        free, total = {told[variable]: free.get(told[variable], 0)}, sum(free.values())
    elif not _matters(variable, table, later, told):
        return _draw_probability(town, later, told, cast)
    else:
        total = sum(free.values())
    return sum(
        weight / total * _draw_probability(town, later, told, {**cast, variable: entry})
        for entry, weight in free.items()
        if weight
    )


def _matters(variable: str, table: Table, later: tuple[tuple[str, Source], ...], told: Mapping[str, Any]) -> bool:
    """Whether an untold entry can change the probability of a later one that is told."""
    entries = set(table.entries)
    return variable == FIRST or any(
        (isinstance(source, tuple) and source[0] == variable)
        or told.get(later_variable) in entries
        or (isinstance(source, Table) and later_variable not in told and not entries.isdisjoint(source.entries))
        for later_variable, source in later
    )
