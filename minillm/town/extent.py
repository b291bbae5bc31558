"""What can be told at all: every character, and how many stories."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from minillm.town.grammar import Beat, Turn, Words, pieces
from minillm.town.parsing import Source
from minillm.town.words import Entry, Table

Sources = Mapping[Beat, Sequence[tuple[str, Source]]]


def alphabet(beats: Iterable[Beat], sources: Sources, lang: str) -> str:
    """Every character that a story can contain, sorted by code point."""
    return "".join(sorted(set().union(*_texts(list(beats), sources, lang))))


def vocabulary(beats: Iterable[Beat], sources: Sources) -> list[str]:
    """Every English word that a story can contain, in small letters and without "'s", sorted."""
    words = {word for text in _texts(list(beats), sources, "en") for word in re.findall(r"[a-z][a-z'-]*", text.lower())}
    return sorted({word.removesuffix("'s").strip("'-") for word in words})


def _texts(beats: Sequence[Beat], sources_of: Sources, lang: str) -> Iterator[str]:
    sources: dict[str, dict[Source, None]] = {}
    for beat in beats:
        for variable, source in sources_of[beat]:
            sources.setdefault(variable, {})[source] = None
    for beat in beats:
        for piece in pieces(beat.words[lang]):
            if isinstance(piece, str):
                yield piece
            elif piece.form.endswith("they"):
                yield "她们他们"
            else:
                forms = {piece.form, *_names(piece.form)} if piece.other else {piece.form}
                for entry in entries_of(piece.variable, sources):
                    yield from (entry.forms[lang][form] for form in forms if form in entry.forms[lang])


def _names(form: str) -> tuple[str, str]:
    """The forms of a name that can stand for a pronoun, with a capital where the pronoun has one."""
    return ("^", "^own") if form[0] == "^" else ("", "own")


def entries_of(variable: str, sources: Mapping[str, Iterable[Source]]) -> Iterator[Entry]:
    """Every entry that a variable can stand for."""
    for source in sources[variable]:
        if isinstance(source, tuple):
            for parent in entries_of(source[0], sources):
                if source[1] in parent.tables:
                    yield from parent.tables[source[1]].entries
        else:
            yield from source.entries


def count_stories(turns: Sequence[Turn], sources: Sources, lang: str) -> int:
    """At least so many different stories: no two derivations give one text, so derivations are counted.

    Where a table hangs on an entry (the hiding places of a place), the smallest of its kind counts; of a table that
    several variables draw from, each leaves one entry less to the next.
    """
    sizes = _smallest(sources)

    @cache
    def count(todo: tuple[Turn, ...], used: tuple[tuple[str, int], ...]) -> int:
        if not todo:
            return 1
        turn, *others = todo
        total = 0
        for beat in turn.beats:
            drawn, ways = Counter(dict(used)), _ways(beat.words[lang])
            for _, name in beat.cast:
                ways *= max(sizes[name] - drawn[name], 1)
                drawn[name] += 1
            total += ways * count((*beat.then, *others), tuple(sorted(drawn.items())))
        return total

    return count(tuple(turns), ())


def _smallest(sources_of: Sources) -> dict[str, int]:
    """Name of a table, as beats write it -> how many entries it has at least."""
    sources: dict[str, dict[Source, None]] = {}
    for drawn in sources_of.values():
        for variable, source in drawn:
            sources.setdefault(variable, {})[source] = None
    sizes: dict[str, int] = {}
    for beat, drawn in sources_of.items():
        for (_, name), (_, source) in zip(beat.cast, drawn, strict=True):
            if isinstance(source, Table):
                sizes[name] = len(source.entries)
            else:
                tables = [entry.tables for entry in entries_of(source[0], sources)]
                sizes[name] = min(len(own[source[1]].entries) for own in tables if source[1] in own)
    return sizes


def _ways(words: Words | None) -> int:
    if words is None:
        return 1
    total = 0
    for alternative in words.alternatives:
        ways = 1
        for piece in alternative:
            if isinstance(piece, Words):
                ways *= _ways(piece)
        total += ways
    return total
