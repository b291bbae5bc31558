"""A plan, and the story that it becomes in one language."""

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from minillm.town.grammar import Beat, Cast, Plot, Slot, Words
from minillm.town.world import Event, World

SPLITS = ("train", "valid", "test", "combinations")
# A sentence ends before a blank (English) or right here (Chinese), outside of quotation marks.
_BREAK = {
    "en": re.compile(r"(?<=[.!?])(?= )|(?<=[.!?]”)(?= [A-Z“])"),
    "zh": re.compile(r"(?<=[。！？])(?!”)|(?<=[。！？]”)(?=“)"),
}


@dataclass(frozen=True)
class Plan:
    """What happens in a story, before it is told in any language. Two plans are equal if their keys are.

    `split` is "combinations" for a plan that holds something kept out of training, else by a hash of the key:
    "train" (90 %), "valid" (5 %) or "test" (5 %).
    """

    key: str
    beats: tuple[Beat, ...] = field(compare=False, repr=False)
    cast: Cast = field(compare=False, repr=False)
    digest: int = field(compare=False, repr=False)
    split: str = field(compare=False, repr=False)

    @classmethod
    def of(cls, key: str, beats: Iterable[Beat], cast: Cast, held_out: bool) -> "Plan":
        digest = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
        split = "combinations" if held_out else {0: "valid", 1: "test"}.get(digest % 20, "train")
        return cls(key, tuple(beats), cast, digest, split)

    @property
    def plot(self) -> str:
        """The name of the kind of story."""
        return next((beat.name for beat in self.beats if isinstance(beat, Plot)), self.beats[0].name)

    @property
    def setting(self) -> tuple[Event, ...]:
        """When the story begins and in what weather: the events of the opening."""
        return self.events_of(self.beats[0])

    @property
    def events(self) -> tuple[Event, ...]:
        """What happens after the opening, in the order in which it is told."""
        return tuple(event for beat in self.beats[1:] for event in self.events_of(beat))

    def events_of(self, beat: Beat) -> tuple[Event, ...]:
        return tuple(Event(kind, tuple(self._named(role) for role in roles)) for kind, *roles in beat.events)

    def _named(self, role: str) -> str:
        """A role by its English name: of an entry of the cast, of a form of one ("number.less"), or a plain word."""
        variable, _, form = role.partition(".")
        if variable not in self.cast:
            return role
        return self.cast[variable].forms["en"][form] if form else self.cast[variable].name

    @property
    def world(self) -> World:
        """The state at the end: who has what, is where, knows what, feels how and why."""
        world = World()
        for event in (*self.setting, *self.events):
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

    @property
    def sentences(self) -> tuple[str, ...]:
        """The text, sentence by sentence. What somebody says counts as part of the sentence that quotes it."""
        return tuple(self.text[start:end].strip() for start, end in self._told.sentences)

    def sentence_of(self, event_index: int) -> int:
        """The index of the sentence that tells an event of the plan.

        Of the sentences of its beat, the one that names most of those who and what take part; the first of several.
        """
        return self._told.event_sentences[event_index]

    def passages(self, other: "Story") -> list[tuple[str, str]]:
        """What both stories tell, in pairs that are as short as can be: the sentences of the same part of the plan.

        A part ends where both have told the same beats and end a sentence. For a plan told in two languages these are
        parallel texts; the wordings are chosen independently, so that what one says more freely, the other may not.

        Raises:
            ValueError: the stories tell different plans.
        """
        if self.plan != other.plan:
            raise ValueError("these stories tell different plans; tell one plan twice: town.tell(story.plan, lang)")
        ours, theirs = self._told.beat_ends, other._told.beat_ends
        pairs, first, other_first = [], 0, 0
        for beat in sorted(ours.keys() & theirs.keys()):
            last, other_last = ours[beat] + 1, theirs[beat] + 1
            if last > first and other_last > other_first:
                pairs.append((self._joined(first, last), other._joined(other_first, other_last)))
                first, other_first = last, other_last
        return pairs

    def _joined(self, first: int, last: int) -> str:
        return (" " if self.lang == "en" else "").join(self.sentences[first:last])

    @cached_property
    def _told(self) -> "Told":
        if self.wording is None:
            raise ValueError("the story does not know how it was worded; obtain it from town.parse(text, lang)")
        return Told(self)


class Told:
    """Where each beat and each slot of a story stands in its text; from that its sentences, and what each tells."""

    def __init__(self, story: Story):
        lang, cast = story.lang, story.plan.cast
        choices = iter(story.wording or ())
        position = -(lang == "en")
        beats: list[tuple[int, int]] = []
        self.named: list[tuple[int, str]] = []
        for beat in story.plan.beats:
            start = position
            for piece in told_pieces(beat.words[lang], choices):
                if isinstance(piece, Slot):
                    self.named.append((position, piece.variable))
                    if piece.form.endswith("they"):
                        self.named.append((position, piece.other))
                    position += len(piece.fill(cast, lang))
                else:
                    position += len(piece)
            beats.append((max(start, 0), position))
        self.sentences = self._sentences(story, beats)
        borders = {end: i for i, (_, end) in enumerate(self.sentences)}
        self.beat_ends = {beat: borders[end] for beat, (_, end) in enumerate(beats) if end in borders}
        self.event_sentences = [
            self._sentence(event[1:], start, end)
            for beat, (start, end) in zip(story.plan.beats[1:], beats[1:], strict=True)
            for event in beat.events
        ]

    @staticmethod
    def _sentences(story: Story, beats: list[tuple[int, int]]) -> list[tuple[int, int]]:
        text = story.text
        depth, quoted = 0, bytearray(len(text) + 1)
        for position, character in enumerate(text):
            depth += (character == "“") - (character == "”")
            quoted[position + 1] = depth
        ends = {match.start() for match in _BREAK[story.lang].finditer(text) if not quoted[match.start()]}
        ends |= {
            end for _, end in beats if end and text[:end].rstrip("”")[-1:] in tuple(".!?。！？") and not quoted[end]
        }
        borders = [0, *sorted(ends - {0, len(text)}), len(text)]
        return list(itertools.pairwise(borders))

    def _sentence(self, roles: Iterable[str], start: int, end: int) -> int:
        wanted = {role.partition(".")[0] for role in roles}
        inside = [i for i, (first, last) in enumerate(self.sentences) if first < end and last > start]

        best, most = inside[0] if inside else len(self.sentences) - 1, 0
        for index in inside:
            first, last = self.sentences[index]
            low, high = max(first, start), min(last, end)
            count = len(wanted & {variable for position, variable in self.named if low <= position < high})
            if count > most:
                best, most = index, count
        return best


def told_pieces(words: Words | None, choices: Iterator[int]) -> Iterator[str | Slot]:
    """The strings and slots of a wording, given the index of each choice in the order of the text."""
    if words is None:
        return
    for piece in words.alternatives[next(choices)]:
        if isinstance(piece, Words):
            yield from told_pieces(piece, choices)
        else:
            yield piece
