"""From a text back to the choices that made it: a search over the grammar from left to right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minillm.errors import ParseError
from minillm.town.grammar import Beat, Slot, Turn, Words
from minillm.town.words import Entry, Table

# The table that a variable is drawn from: one of the lexicon, or the (variable, name) of one that hangs on an entry.
Source = Table | tuple[str, str]
Cast = dict[str, Entry]
Derivation = tuple[tuple[Beat, ...], Cast, tuple[int, ...]]


def source_table(source: Source, cast: Cast) -> Table:
    """The table itself, once the entry that it hangs on is in the cast."""
    if isinstance(source, tuple):
        return cast[source[0]].tables[source[1]]
    return source


def derivations(
    turns: Sequence[Turn], sources_of: Mapping[Beat, Iterable[tuple[str, Source]]], text: str, lang: str
) -> list[Derivation]:
    """Every way to tell the text: (beats, cast, wording) each. Raises ParseError if there is none.

    A state of the search is what is still to be told (a linked list), the position in the text, and what has been
    chosen so far: beats, cast, the tables of its variables (`sources_of` a beat), and wording.
    """
    text = (" " if lang == "en" else "") + text
    failures, found = _Failures(text, lang), []
    stack: list[Any] = [(_before(turns, None), 0, (), {}, {}, ())]
    while stack:
        todo, position, beats, cast, sources, wording = stack.pop()
        if todo is None:
            if position == len(text):
                found.append((beats, cast, wording))
            failures.note(position, "")
            continue
        piece, rest = todo
        if isinstance(piece, str):
            if text.startswith(piece, position):
                stack.append((rest, position + len(piece), beats, cast, sources, wording))
            elif position + len(piece) >= failures.position:
                failures.note(position, piece)
        elif isinstance(piece, Turn):
            for beat in piece.beats:
                after = _before(beat.then, rest)
                if beat.words[lang]:
                    after = (beat.words[lang], after)
                known = {**sources, **dict(sources_of[beat])} if beat.cast else sources
                stack.append((after, position, (*beats, beat), cast, known, wording))
        elif isinstance(piece, Words):
            for index, alternative in enumerate(piece.alternatives):
                stack.append((_before(alternative, rest), position, beats, cast, sources, (*wording, index)))
        else:
            for expected, known in _fillings(piece, cast, sources, lang):
                if text.startswith(expected, position):
                    stack.append((rest, position + len(expected), beats, {**cast, **known}, sources, wording))
                elif position + len(expected) >= failures.position:
                    failures.note(position, expected)
    if not found:
        raise ParseError(failures.message())
    return found


def _before(pieces: Sequence[Any], rest: Any) -> Any:
    for piece in reversed(pieces):
        rest = (piece, rest)
    return rest


def _fillings(slot: Slot, cast: Cast, sources: Mapping[str, Source], lang: str) -> list[tuple[str, Cast]]:
    """What can stand at a slot, each with what it would make known of the cast."""
    if slot.variable in cast and not slot.other:
        return [(slot.fill(cast, lang), {})]
    source = sources[slot.variable]
    if isinstance(source, Table) and slot.variable not in cast and not slot.other:
        taken = set(cast.values())
        form, variable = slot.form, slot.variable
        return [(entry.forms[lang][form], {variable: entry}) for entry in source.entries if entry not in taken]
    casts = _bound(slot.variable, cast, sources)
    if slot.other:
        casts = [wider for known in casts for wider in _bound(slot.other, known, sources)]
    return [(slot.fill(filled, lang), filled) for filled in casts]


def _bound(variable: str, cast: Cast, sources: Mapping[str, Source]) -> list[Cast]:
    """The casts in which the variable is known: this one if it is already, else one for each entry not yet taken."""
    if variable in cast:
        return [cast]
    source = sources[variable]
    if isinstance(source, tuple) and source[0] not in cast:
        return [wider for known in _bound(source[0], cast, sources) for wider in _bound(variable, known, sources)]
    taken = set(cast.values())
    return [{**cast, variable: entry} for entry in source_table(source, cast).entries if entry not in taken]


class _Failures:
    """The furthest word that any reading of the text came to but not past, and what could stand there."""

    def __init__(self, text: str, lang: str):
        self.text, self.shift = text, int(lang == "en")
        self.position, self.read = -1, 0
        self.expected: set[str] = set()
        self.opening, self.word = (" “", r"\s*“?[^\s“]*") if lang == "en" else ("", r"\w{1,4}|.?")

    def note(self, position: int, expected: str) -> None:
        """At this position the text does not go on as expected ("": it does not end there)."""
        text = self.text
        while expected and position < len(text) and text[position] == expected[0]:
            position, expected = position + 1, expected[1:]
        self.read = max(self.read, position)
        start = self._start_of_word(position)
        if start > self.position:
            self.position, self.expected = start, set()
        if start == self.position:
            self.expected.add(text[start:position] + expected)

    def _start_of_word(self, position: int) -> int:
        text, opening = self.text, self.opening
        if not opening or text[position : position + 1] in (" ", "“"):
            return position
        while position and text[position - 1] not in opening:
            position -= 1
        return position

    def message(self) -> str:
        text, position, could = self.text, self.position, self.expected
        if self.read == len(text):
            could = {expected for expected in could if expected.startswith(text[position:])}
        position += text[position : position + 1] == " "
        words = sorted({self._first_word(expected) for expected in could})
        hint = "the story is over there; remove the rest"
        if words != [""]:
            hint = "could stand there: " + ", ".join(f"'{word}'" for word in words[:6] if word)
            hint += ", ..." if len(words) > 6 else ""
        if self.read == len(text):
            return f"the story breaks off at position {len(text) - self.shift}; {hint}"
        impossible = self._first_word(text[position:])
        return f"'{impossible}' at position {position - self.shift} is impossible in a story of the town; {hint}"

    def _first_word(self, text: str) -> str:
        match = re.match(self.word, text)
        return match.group().strip() if match else ""
