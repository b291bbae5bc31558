"""The town: drawing plans, telling them, and the exact probability of a story."""

import hashlib
import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from minillm.errors import ParseError
from minillm.town.grammar import Beat, Slot, Turn, Words, pieces, walk
from minillm.town.parsing import Cast, Source, derivations, source_table
from minillm.town.stream import Stream
from minillm.town.words import LANGUAGES, Entry, Table
from minillm.town.world import Event, World

SPLITS = ("train", "valid", "test")
PLAN, WORDING = 1, 2


@dataclass(frozen=True)
class Plan:
    """What happens in a story, before it is told in any language. Two plans are equal if their keys are."""

    key: str
    beats: tuple[Beat, ...] = field(compare=False, repr=False)
    cast: Cast = field(compare=False, repr=False)
    digest: int = field(compare=False, repr=False)

    @property
    def split(self) -> str:
        """By a hash of the key: "train" (90 %), "valid" (5 %) or "test" (5 %)."""
        return {0: "valid", 1: "test"}.get(self.digest % 20, "train")

    @property
    def events(self) -> tuple[Event, ...]:
        """What happens, in the order in which it is told."""
        return tuple(
            Event(kind, tuple(self.cast[role].name if role in self.cast else role for role in roles))
            for beat in self.beats
            for kind, *roles in beat.events
        )

    @property
    def world(self) -> World:
        """The state at the end: who has what, who is where, who feels how and why."""
        world = World()
        for event in self.events:
            world.apply(event)
        return world


@dataclass(frozen=True)
class Story:
    """A plan told in one language, on one line. `wording` holds the choices of words, in the order of the text."""

    text: str
    lang: str
    plan: Plan
    wording: tuple[int, ...] | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Floor:
    """The best mean loss that any model of the stories can reach, in nats, estimated from `stories` held-out stories.

    A token is a character or the end of a story; `standard_error` is that of `nats_per_token`.
    """

    nats_per_story: float
    nats_per_character: float
    nats_per_token: float
    standard_error: float
    stories: int
    characters: int


class Town:
    """A lexicon (name -> Table) and a grammar (a list of turns), and everything that can be told with them."""

    def __init__(self, lexicon: Mapping[str, Table], turns: Iterable[Turn]):
        self.lexicon = lexicon
        self.turns = tuple(turns)
        self.beats = walk(self.turns)
        self._sources = {
            beat: tuple((variable, self._source(name)) for variable, name in beat.cast) for beat in self.beats
        }

    def _source(self, name: str) -> Source:
        variable, _, own = name.partition(".")
        return (variable, own) if own else self.lexicon[name]

    def plan(self, seed: int, split: str | None = None) -> Plan:
        """Draw a plan. With a split, plans are drawn until one belongs to it."""
        if split is not None and split not in SPLITS:
            raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}, or None for all")
        for attempt in itertools.count():
            plan = self._draw(Stream(PLAN, seed, attempt))
            if split is None or plan.split == split:
                return plan
        raise AssertionError("unreachable")

    def _draw(self, stream: Stream) -> Plan:
        beats: list[Beat] = []
        cast: Cast = {}
        key: list[str] = []
        todo = list(reversed(self.turns))
        while todo:
            turn = todo.pop()
            beat = turn.draw(stream)
            beats.append(beat)
            if len(turn.beats) > 1:
                key.append(beat.name)
            for variable, source in self._sources[beat]:
                table = cast[source[0]].tables[source[1]] if isinstance(source, tuple) else source
                entry = table.draw(stream)
                while entry in cast.values():
                    entry = table.draw(stream)
                cast[variable] = entry
                key.append(variable + "=" + entry.name)
            todo.extend(reversed(beat.then))
        return _plan(" ".join(key), beats, cast)

    def tell(self, plan: Plan, lang: str = "en", seed: int = 0) -> Story:
        """Tell a plan in a language; the seed chooses the words."""
        check_language(lang)
        stream = Stream(WORDING, seed, plan.digest, LANGUAGES.index(lang))
        told: list[str] = []
        wording: list[int] = []
        for beat in plan.beats:
            _tell(beat.words[lang], stream, plan.cast, lang, told, wording)
        text = "".join(told)
        return Story(text[1:] if lang == "en" else text, lang, plan, tuple(wording))

    def stories(self, split: str, lang: str = "en", count: int | None = None, seed: int = 0) -> Iterator[Story]:
        """Draw stories of a split, endlessly if `count` is None. One seed gives the same plans in every language."""
        check_language(lang)
        numbers = itertools.count() if count is None else range(count)
        for number in numbers:
            once = Stream(seed, number).below(1 << 62)
            yield self.tell(self.plan(once, split), lang, once)

    def parse(self, text: str, lang: str = "en") -> Story:
        """The story behind a text. Raises ParseError, which names the first impossible word and its position."""
        check_language(lang)
        found = derivations(self.turns, self._sources, text, lang)
        if len(found) > 1:
            raise ParseError(f"{len(found)} derivations of one text; the grammar is ambiguous: {text!r}")
        beats, cast, wording = found[0]
        return Story(text, lang, _plan(self._key(beats, cast), beats, cast), wording)

    def _key(self, beats: Iterable[Beat], cast: Cast) -> str:
        key = []
        for turn, beat in self._taken(beats):
            if len(turn.beats) > 1:
                key.append(beat.name)
            key += [f"{variable}={cast[variable].name}" for variable, _ in beat.cast]
        return " ".join(key)

    def _taken(self, beats: Iterable[Beat]) -> Iterator[tuple[Turn, Beat]]:
        """The turn that led to each beat of a plan, and the beat."""
        todo = list(reversed(self.turns))
        for beat in beats:
            yield todo.pop(), beat
            todo.extend(reversed(beat.then))

    def logprob(self, story: Story) -> float:
        """ln P(text | language) in nats, exact, the end of the story included."""
        if story.wording is None:
            story = self.parse(story.text, story.lang)
        return self.plan_logprob(story.plan) + self._wording_logprob(story.plan, story.lang, story.wording or ())

    def plan_logprob(self, plan: Plan) -> float:
        """ln P(plan) in nats."""
        logs: list[float] = []
        cast: Cast = {}
        for turn, beat in self._taken(plan.beats):
            logs.append(math.log(turn.weight[beat] / turn.total))
            for variable, source in self._sources[beat]:
                table, entry = source_table(source, cast), plan.cast[variable]
                left = table.total - sum(table.weight.get(taken, 0) for taken in cast.values())
                logs.append(math.log(table.weight[entry] / left))
                cast[variable] = entry
        return math.fsum(logs)

    def _wording_logprob(self, plan: Plan, lang: str, wording: tuple[int, ...]) -> float:
        logs: list[float] = []
        choices = iter(wording)
        todo: list[str | Slot | Words | None] = [beat.words[lang] for beat in reversed(plan.beats)]
        while todo:
            words = todo.pop()
            if isinstance(words, Words):
                index = next(choices)
                logs.append(math.log(words.weights[index] / words.total))
                todo.extend(reversed(words.alternatives[index]))
        return math.fsum(logs)

    def entropy_floor(self, lang: str = "en", split: str = "valid", count: int = 2000, seed: int = 0) -> Floor:
        """The mean of -ln P(story) over stories of a split: no model can predict them better on average.

        The entropy of the source, H = E[-ln P(story)], estimated from `count` stories; the nats per character and per
        token are ratios of means, and the standard error is that of such a ratio (delta method).
        """
        stories = list(self.stories(split, lang, count, seed))
        nats = [-self.logprob(story) for story in stories]
        tokens = [len(story.text) + 1 for story in stories]
        per_token = sum(nats) / sum(tokens)
        residuals = [bits - per_token * length for bits, length in zip(nats, tokens, strict=True)]
        error = statistics.stdev(residuals) / math.sqrt(count) / statistics.fmean(tokens)
        characters = sum(tokens) - count
        return Floor(sum(nats) / count, sum(nats) / characters, per_token, error, count, characters)

    def alphabet(self, lang: str | None = None) -> str:
        """Every character that a story can contain, sorted by code point; of both languages if `lang` is None."""
        if lang is None:
            return "".join(sorted(set(self.alphabet("en")) | set(self.alphabet("zh"))))
        check_language(lang)
        return "".join(sorted(set().union(*self._texts(lang))))

    def _texts(self, lang: str) -> Iterator[str]:
        sources: dict[str, set[Source]] = {}
        for beat in self.beats:
            for variable, source in self._sources[beat]:
                sources.setdefault(variable, set()).add(source)
        for beat in self.beats:
            for piece in pieces(beat.words[lang]):
                if isinstance(piece, str):
                    yield piece
                elif piece.form.endswith("they"):
                    yield "她们他们"
                else:
                    forms = {piece.form, "", "own"} if piece.other else {piece.form}
                    entries = [e for source in sources[piece.variable] for e in self._entries(source, sources)]
                    yield from (entry.forms[lang][form] for form in forms for entry in entries)

    def _entries(self, source: Source, sources: Mapping[str, set[Source]]) -> Iterator[Entry]:
        if isinstance(source, tuple):
            for parent in sources[source[0]]:
                for entry in self._entries(parent, sources):
                    yield from entry.tables[source[1]].entries
        else:
            yield from source.entries


def _plan(key: str, beats: Iterable[Beat], cast: Cast) -> Plan:
    digest = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
    return Plan(key, tuple(beats), cast, digest)


def _tell(words: Words | None, stream: Stream, cast: Cast, lang: str, told: list[str], wording: list[int]) -> None:
    if words is None:
        return
    index = words.draw(stream)
    wording.append(index)
    for piece in words.alternatives[index]:
        if isinstance(piece, str):
            told.append(piece)
        elif isinstance(piece, Slot):
            told.append(piece.fill(cast, lang))
        else:
            _tell(piece, stream, cast, lang, told, wording)


def check_language(lang: str) -> None:
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}; it must be one of {', '.join(LANGUAGES)}")
