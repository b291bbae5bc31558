"""From a text back to the choices that made it: a search over the grammar from left to right."""

import re

from minillm.errors import ParseError
from minillm.town.grammar import Slot, Turn


class _Failures:
    """The furthest word that any reading of the text came to but not past, and what could stand there."""

    def __init__(self, text, lang):
        self.text, self.position, self.expected, self.read = text, -1, set(), 0
        self.starts = " “" if lang == "en" else None

    def note(self, position, expected):
        text = self.text
        while expected and position < len(text) and text[position] == expected[0]:
            position, expected = position + 1, expected[1:]
        start = position
        self.read = max(self.read, position)
        if self.starts:
            while start and (start == len(text) or text[start] not in self.starts) and text[start - 1] not in self.starts:
                start -= 1
        if start > self.position:
            self.position, self.expected = start, set()
        if start == self.position:
            self.expected.add(text[start:position] + expected)


def derivations(turns, sources_of, text, lang):
    """Every way to tell the text: (beats, cast, wording) each. Raises ParseError if there is none.

    A state of the search is what is still to be told (a linked list), the position in the text, and what has been
    chosen so far: beats, cast, the tables of its variables (`sources_of` a beat), and wording.
    """
    text = (" " if lang == "en" else "") + text
    failures, found = _Failures(text, lang), []
    todo = None
    for turn in reversed(turns):
        todo = (turn, todo)
    stack = [(todo, 0, (), {}, {}, ())]
    while stack:
        todo, position, beats, cast, sources, wording = stack.pop()
        if todo is None:
            if position == len(text):
                found.append((beats, cast, wording))
            else:
                failures.note(position, "")
            continue
        piece, rest = todo
        if isinstance(piece, str):
            if text.startswith(piece, position):
                stack.append((rest, position + len(piece), beats, cast, sources, wording))
            else:
                failures.note(position, piece)
        elif isinstance(piece, Turn):
            for beat in piece.beats:
                after = rest
                for turn in reversed(beat.then):
                    after = (turn, after)
                if beat.words[lang]:
                    after = (beat.words[lang], after)
                known = {**sources, **dict(sources_of[beat])} if beat.cast else sources
                stack.append((after, position, (*beats, beat), cast, known, wording))
        elif isinstance(piece, Slot):
            for filled in _bindings(piece, cast, sources):
                expected = piece.fill(filled, lang)
                if text.startswith(expected, position):
                    stack.append((rest, position + len(expected), beats, filled, sources, wording))
                else:
                    failures.note(position, expected)
        else:
            for index, alternative in enumerate(piece.alternatives):
                after = rest
                for part in reversed(alternative):
                    after = (part, after)
                stack.append((after, position, beats, cast, sources, (*wording, index)))
    if not found:
        raise ParseError(_message(failures, lang))
    return found


def _bindings(slot, cast, sources):
    """The casts in which this slot can be filled: one if its variables are known, else one for each entry."""
    casts = _bound(slot.variable, cast, sources)
    if slot.other:
        casts = [wider for known in casts for wider in _bound(slot.other, known, sources)]
    return casts


def _bound(variable, cast, sources):
    if variable in cast:
        return (cast,)
    source = sources[variable]
    if isinstance(source, tuple) and source[0] not in cast:
        return [wider for known in _bound(source[0], cast, sources) for wider in _bound(variable, known, sources)]
    taken = set(cast.values())
    entries = source_table(source, cast).entries
    return [{**cast, variable: entry} for entry in entries if entry not in taken]


def _message(failures, lang):
    text, position, could = failures.text, failures.position, failures.expected
    shift, word = (1, r"\s*“?[^\s“]*") if lang == "en" else (0, r"\w{1,4}|.?")
    if failures.read == len(text):
        could = {expected for expected in could if expected.startswith(text[position:])}
    could = sorted({re.match(word, expected).group().strip() for expected in could})
    if could == [""]:
        hint = "the story is over there; remove the rest"
    else:
        hint = "could stand there: " + ", ".join(f"'{option}'" for option in could[:6] if option)
        hint += ", ..." if len(could) > 6 else ""
    position += text[position : position + 1] == " "
    if failures.read == len(text):
        return f"the story breaks off at position {len(text) - shift}; {hint}"
    impossible = re.match(word, text[position:]).group()
    return f"'{impossible}' at position {position - shift} is impossible in a story of the town; {hint}"


def source_table(source, cast):
    """The table that a variable is drawn from; `source` is a Table or (variable, name of its table)."""
    if isinstance(source, tuple):
        return cast[source[0]].tables[source[1]]
    return source
