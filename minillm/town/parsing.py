"""From a text back to the choices that made it: a search over the grammar from left to right."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from minillm.errors import ParseError
from minillm.town.grammar import Beat, Cast, Slot, Turn, Words
from minillm.town.words import Table

# The table that a variable is drawn from: one of the lexicon, or the (variable, name) of one that hangs on an entry.
Source = Table | tuple[str, str]
Derivation = tuple[tuple[Beat, ...], Cast, tuple[int, ...]]


def source_table(source: Source, cast: Cast) -> Table:
    """The table itself, once the entry that it hangs on is in the cast."""
    if isinstance(source, tuple):
        return cast[source[0]].tables[source[1]]
    return source


def derivations(
    turns: Sequence[Turn], sources_of: Mapping[Beat, Iterable[tuple[str, Source]]], text: str, lang: str
) -> list[Derivation]:
    """Every way to tell the text: (beats, cast, wording) each. Raises ParseError if there is none."""
    text = (" " if lang == "en" else "") + text
    found = _search(turns, sources_of, text, lang, None)
    if not found:
        failures = _Failures(text, lang)
        _search(turns, sources_of, text, lang, failures)
        raise ParseError(failures.message())
    return found


def _search(
    turns: Sequence[Turn],
    sources_of: Mapping[Beat, Iterable[tuple[str, Source]]],
    text: str,
    lang: str,
    failures: "_Failures | None",
) -> list[Derivation]:
    """Depth first over what can be told next.

    A state is what is still to be told (a linked list of tuples of pieces, with the index of the next piece), the
    position in the text, and what has been chosen so far: beats and wording (linked lists, the last first), the cast,
    and the tables of its variables.
    """
    found: list[Derivation] = []
    stack: list[Any] = [(turns, 0, None, 0, None, {}, {}, None)]
    while stack:
        pieces, index, rest, position, beats, cast, sources, wording = stack.pop()
        while True:
            while index == len(pieces) and rest is not None:
                pieces, index, rest = rest
            if index == len(pieces):
                if position == len(text):
                    found.append((_unlinked(beats), cast, _unlinked(wording)))
                if failures:
                    failures.note(position, "")
                break
            piece = pieces[index]
            index += 1
            if isinstance(piece, str):
                if not text.startswith(piece, position):
                    if failures:
                        failures.note(position, piece)
                    break
                position += len(piece)
            elif isinstance(piece, Slot):
                fillings = _fillings(piece, cast, sources, lang, text, position, failures)
                if not fillings:
                    break
                for told, wider in fillings[1:]:
                    stack.append((pieces, index, rest, position + len(told), beats, wider, sources, wording))
                position, cast = position + len(fillings[0][0]), fillings[0][1]
            elif isinstance(piece, Words):
                after = (pieces, index, rest) if index < len(pieces) else rest
                for number, alternative in enumerate(piece.alternatives):
                    first = alternative[0] if alternative else None
                    if failures or not isinstance(first, str) or text.startswith(first, position):
                        stack.append((alternative, 0, after, position, beats, cast, sources, (number, wording)))
                break
            else:
                after = (pieces, index, rest) if index < len(pieces) else rest
                for beat in piece.beats:
                    known = {**sources, **dict(sources_of[beat])} if beat.cast else sources
                    told = beat.program[lang]
                    stack.append((told, 0, after, position, (beat, beats), cast, known, wording))
                break
    return found


def _unlinked(chain: Any) -> tuple[Any, ...]:
    items = []
    while chain is not None:
        items.append(chain[0])
        chain = chain[1]
    return tuple(reversed(items))


def _fillings(
    slot: Slot,
    cast: Cast,
    sources: Mapping[str, Source],
    lang: str,
    text: str,
    position: int,
    failures: "_Failures | None",
) -> list[tuple[str, Cast]]:
    """What stands at a slot: the words found there, each with the cast that it makes known."""
    if slot.variable in cast and (not slot.other or slot.other in cast):
        could = [(slot.fill(cast, lang), cast)]
    elif not slot.other and not failures and (table := _known_table(sources[slot.variable], cast)):
        lengths, entries = table.spelled(lang, slot.form)
        taken = cast.values()
        return [
            (words, {**cast, slot.variable: entry})
            for words in {text[position : position + length]: None for length in lengths}
            for entry in entries.get(words, ())
            if entry not in taken
        ]
    else:
        casts = _bound(slot.variable, cast, sources)
        if slot.other:
            casts = [wider for known in casts for wider in _bound(slot.other, known, sources)]
        could = [(slot.fill(filled, lang), filled) for filled in casts]
    if failures:
        for words, _ in could:
            if not text.startswith(words, position):
                failures.note(position, words)
    return [(words, filled) for words, filled in could if text.startswith(words, position)]


def _known_table(source: Source, cast: Cast) -> Table | None:
    if isinstance(source, tuple) and source[0] not in cast:
        return None
    return source_table(source, cast)


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
        if position + len(expected) < self.position:
            return
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
