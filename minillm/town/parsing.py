"""From a text back to the choices that made it: a search over the grammar from left to right."""

import re

from minillm.errors import ParseError
from minillm.town.grammar import Slot, Turn


class _Failures:
    """The furthest place that any reading of the text reached, and what it expected there."""

    def __init__(self, text):
        self.text, self.position, self.expected = text, -1, []

    def note(self, position, expected):
        while expected and position < len(self.text) and self.text[position] == expected[0]:
            position, expected = position + 1, expected[1:]
        if position > self.position:
            self.position, self.expected = position, []
        if position == self.position and expected not in self.expected:
            self.expected.append(expected)


def derivations(turns, sources_of, text, lang):
    """Every way to tell the text: (beats, cast, wording) each. Raises ParseError if there is none.

    A state of the search is what is still to be told (a linked list), the position in the text, and what has been
    chosen so far: beats, cast, the tables of its variables (`sources_of` a beat), and wording.
    """
    text = (" " if lang == "en" else "") + text
    failures, found = _Failures(text), []
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
    """The casts in which this slot can be filled: one if its variable is known, else one for each entry."""
    if slot.variable in cast:
        return (cast,)
    taken = set(cast.values())
    entries = source_table(sources[slot.variable], cast).entries
    return [{**cast, slot.variable: entry} for entry in entries if entry not in taken]


def _message(failures, lang):
    text, position = failures.text, failures.position
    shift = 1 if lang == "en" else 0
    start = position
    while lang == "en" and start > shift and text[start - 1] not in ' “"':
        start -= 1
    start = max(start, shift)
    begun = text[start:position]
    pattern = r"\s*\S*" if lang == "en" else r".{0,4}"
    endings = (re.match(pattern, ending).group() for ending in failures.expected)
    expected = sorted({(begun + ending).strip() for ending in endings})
    options = ", ".join(f"'{option}'" for option in expected[:6] if option) + (", ..." if len(expected) > 6 else "")
    hint = f"could stand there: {options}" if options else "the story is over there; remove the rest"
    if position >= len(text):
        return f"the story breaks off at position {len(text) - shift}; {hint}"
    word = re.match(r"\S*" if lang == "en" else r"\w{1,4}|.", text[start:]).group()
    return f"'{word}' at position {start - shift} is impossible in a story of the town; {hint}"


def source_table(source, cast):
    """The table that a variable is drawn from; `source` is a Table or (variable, name of its table)."""
    if isinstance(source, tuple):
        return cast[source[0]].tables[source[1]]
    return source
