"""The town: drawing plans, telling them, and the exact probability of a story."""

import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from minillm.errors import ParseError
from minillm.town.extent import alphabet, count_stories
from minillm.town.floor import Floor, floor_of
from minillm.town.grammar import Beat, Cast, Slot, Turn, Words, walk
from minillm.town.parsing import Source, derivations, source_table
from minillm.town.story import SPLITS, Plan, Story
from minillm.town.stream import Stream
from minillm.town.words import LANGUAGES, Table
from minillm.town.workers import drawn_by_workers

PLAN, WORDING = 1, 2
# The two variables of which certain pairs of entries are held out of training.
FIRST, SECOND = "hero", "thing"


class Town:
    """A lexicon (name -> Table) and a grammar (a list of turns), and everything that can be told with them.

    `apart` holds pairs of names, (hero, thing), that never meet in the splits "train", "valid" and "test": with orders
    of beats that are kept apart they make up the split "combinations".
    """

    def __init__(
        self, lexicon: Mapping[str, Table], turns: Iterable[Turn], apart: Collection[tuple[str, str]] = frozenset()
    ):
        self.lexicon = lexicon
        self.turns = tuple(turns)
        self.beats = walk(self.turns)
        self.sources: dict[Beat, tuple[tuple[str, Source], ...]] = {
            beat: tuple((variable, self._source(name)) for variable, name in beat.cast) for beat in self.beats
        }
        self.apart = frozenset(apart)
        self._apart: dict[str, frozenset[str]] = {
            hero: frozenset(thing for other, thing in apart if other == hero) for hero, _ in apart
        }

    def _source(self, name: str) -> Source:
        variable, _, own = name.partition(".")
        return (variable, own) if own else self.lexicon[name]

    def plan(self, seed: int, split: str | None = None) -> Plan:
        """Draw a plan, never one of "combinations" if no split is given; with a split, until one belongs to it."""
        if split is not None and split not in SPLITS:
            raise ValueError(f"split is {split!r}; it must be one of {', '.join(SPLITS)}, or None for the first three")
        everything = split == "combinations"
        for attempt in itertools.count():
            plan = self._draw(Stream(PLAN, seed, attempt), everything)
            if split is None or plan.split == split:
                return plan
        raise AssertionError("unreachable")

    def _draw(self, stream: Stream, everything: bool) -> Plan:
        """Draw each choice in the order in which it is told; with `everything`, what is held out as well."""
        beats: list[Beat] = []
        cast: Cast = {}
        key: list[str] = []
        held_out = False
        todo = list(reversed(self.turns))
        while todo:
            turn = todo.pop()
            barred = turn.barred(beats) if turn.apart else ()
            beat = turn.draw(stream, () if everything else barred)
            held_out = held_out or beat in barred
            beats.append(beat)
            if len(turn.beats) > 1:
                key.append(beat.name)
            for variable, source in self.sources[beat]:
                table = source_table(source, cast)
                kept_apart = self._kept_apart(variable, cast)
                entry = table.draw(stream)
                while entry in cast.values() or (entry.name in kept_apart and not everything):
                    entry = table.draw(stream)
                held_out = held_out or entry.name in kept_apart
                cast[variable] = entry
                key.append(variable + "=" + entry.name)
            todo.extend(reversed(beat.then))
        return Plan.of(" ".join(key), beats, cast, held_out)

    def _kept_apart(self, variable: str, cast: Cast) -> Collection[str]:
        """The names that a variable cannot take in training, given the cast before it."""
        if variable == SECOND and FIRST in cast:
            return self._apart.get(cast[FIRST].name, ())
        return ()

    def tell(self, plan: Plan, lang: str = "en", seed: int = 0) -> Story:
        """Tell a plan in a language; the seed chooses the words."""
        check_language(lang)
        stream = Stream(WORDING, seed, plan.digest, LANGUAGES.index(lang))
        told: list[str] = []
        wording: list[int] = []
        for beat in plan.beats:
            tell_words(beat.words[lang], plan.cast, lang, stream, told, wording)
        text = "".join(told)
        return Story(text[1:] if lang == "en" else text, lang, plan, tuple(wording))

    def stories(
        self, split: str, lang: str = "en", count: int | None = None, seed: int = 0, workers: int = 1
    ) -> Iterator[Story]:
        """Draw stories of a split, endlessly if `count` is None. One seed gives the same plans in every language.

        The same stories come in the same order from any number of `workers` (processes).
        """
        check_language(lang)
        if workers > 1:
            yield from drawn_by_workers(self, split, lang, count, seed, workers)
            return
        for number in itertools.count() if count is None else range(count):
            yield self.story(split, lang, seed, number)

    def story(self, split: str, lang: str, seed: int, number: int) -> Story:
        """The story of this number (from 0) in `stories`."""
        once = Stream(seed, number).below(1 << 62)
        return self.tell(self.plan(once, split), lang, once)

    def parse(self, text: str, lang: str = "en") -> Story:
        """The story behind a text. Raises ParseError, which names the first impossible word and its position."""
        check_language(lang)
        found = derivations(self.turns, self.sources, text, lang)
        if len(found) > 1:
            raise ParseError(f"{len(found)} derivations of one text; the grammar is ambiguous: {text!r}")
        beats, cast, wording = found[0]
        return Story(text, lang, self.plan_of(beats, cast), wording)

    def plan_of(self, beats: Iterable[Beat], cast: Cast) -> Plan:
        """The plan that consists of these beats with this cast."""
        key: list[str] = []
        told: list[Beat] = []
        held_out = False
        known: Cast = {}
        for turn, beat in self._taken(beats):
            if len(turn.beats) > 1:
                key.append(beat.name)
            held_out = held_out or (bool(turn.apart) and beat in turn.barred(told))
            for variable, _ in beat.cast:
                key.append(f"{variable}={cast[variable].name}")
                held_out = held_out or cast[variable].name in self._kept_apart(variable, known)
                known[variable] = cast[variable]
            told.append(beat)
        return Plan.of(" ".join(key), told, known, held_out)

    def _taken(self, beats: Iterable[Beat]) -> Iterator[tuple[Turn, Beat]]:
        """The turn that led to each beat of a plan, and the beat."""
        todo = list(reversed(self.turns))
        for beat in beats:
            yield todo.pop(), beat
            todo.extend(reversed(beat.then))

    def logprob(self, story: Story) -> float:
        """ln P(text | language) in nats, exact, the end of the story included; -inf for "combinations"."""
        if story.wording is None:
            story = self.parse(story.text, story.lang)
        return self.plan_logprob(story.plan) + self._wording_logprob(story.plan, story.lang, story.wording or ())

    def plan_logprob(self, plan: Plan) -> float:
        """ln P(plan) in nats; -inf for "combinations", which are never drawn for the other splits."""
        if plan.split == "combinations":
            return -math.inf
        logs: list[float] = []
        cast: Cast = {}
        told: list[Beat] = []
        for turn, beat in self._taken(plan.beats):
            left = turn.total - sum(turn.weight[other] for other in turn.barred(told))
            logs.append(math.log(turn.weight[beat] / left))
            told.append(beat)
            for variable, source in self.sources[beat]:
                table, entry = source_table(source, cast), plan.cast[variable]
                gone = set(cast.values()) | {table.by_name.get(name) for name in self._kept_apart(variable, cast)}
                left = table.total - sum(table.weight.get(other, 0) for other in gone if other)
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

    def entropy_floor(
        self, lang: str = "en", split: str = "valid", count: int = 2000, seed: int = 0, tokenizer: Any = None
    ) -> Floor:
        """The mean of -ln P(story) over stories of a split: no model can predict them better on average.

        The entropy of the source, H = E[-ln P(story)], estimated from `count` stories; a token is a character, or
        what `tokenizer.encode` makes of a text, or the end of a story.
        """
        if split == "combinations":
            raise ValueError("split is 'combinations'; it has no floor, because training never draws its stories")
        stories = list(self.stories(split, lang, count, seed))
        return floor_of(stories, [-self.logprob(story) for story in stories], tokenizer)

    def alphabet(self, lang: str | None = None) -> str:
        """Every character that a story can contain, sorted by code point; of both languages if `lang` is None."""
        if lang is None:
            return "".join(sorted(set(self.alphabet("en")) | set(self.alphabet("zh"))))
        check_language(lang)
        return alphabet(self.beats, self.sources, lang)

    def count_stories(self, lang: str = "en") -> int:
        """A number of stories, all different, that can be told in a language; there are at least so many."""
        check_language(lang)
        return count_stories(self.turns, self.sources, lang)


def tell_words(words: Words | None, cast: Cast, lang: str, stream: Stream, told: list[str], wording: list[int]) -> None:
    """Draw a wording: append its strings to `told`, and the index of each choice to `wording`."""
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
            tell_words(piece, cast, lang, stream, told, wording)


def realize(words: Words, cast: Cast, lang: str, stream: Stream) -> str:
    """Draw a wording, such as a gist or a title, and fill it."""
    told: list[str] = []
    tell_words(words, cast, lang, stream, told, [])
    return "".join(told)


def check_language(lang: str) -> None:
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}; it must be one of {', '.join(LANGUAGES)}")
