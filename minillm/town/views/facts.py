"""What a story says, as facts: the events of its plan with those who take part, and the colors and looks of things."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeVar

from minillm.town.grammar import Beat, Pieces, Slot, Words
from minillm.town.story import Plan, Story
from minillm.town.stream import Stream
from minillm.town.views.entities import BEAST, PERSON, named, plain_word, type_of
from minillm.town.words import LANGUAGES, Entry

T = TypeVar("T")
LETTERS = "abc"


@dataclass(frozen=True)
class Fact:
    """One event: its kind, those who take part in the order of the roles (with types), and its number in the plan."""

    kind: str
    roles: tuple[Entry, ...]
    types: tuple[str, ...]
    event: int
    variables: tuple[str, ...] = ()

    @property
    def cast(self) -> dict[str, Entry]:
        """The roles under the letters that the templates use: a acts, b and c take part."""
        return dict(zip(LETTERS, self.roles, strict=False))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.roles)

    def replaced(self, role: int, entry: Entry, kind: str) -> "Fact":
        """The same with another in one role."""
        roles = (*self.roles[:role], entry, *self.roles[role + 1 :])
        types = (*self.types[:role], kind, *self.types[role + 1 :])
        return Fact(self.kind, roles, types, self.event, self.variables)


@dataclass(frozen=True)
class Known:
    """All that the views need of a plan."""

    facts: tuple[Fact, ...]
    cast: dict[str, Entry]
    types: dict[str, str]
    looks: dict[str, Entry]
    originals: dict[str, tuple[str, Entry]]

    def of_type(self, *kinds: str) -> list[str]:
        """The variables of these types, in the order in which the story brings them in."""
        return [variable for variable, kind in self.types.items() if kind in kinds]

    def people(self) -> list[Entry]:
        return [self.cast[variable] for variable in self.of_type(PERSON)]

    @property
    def hero(self) -> Entry:
        return self.cast["hero"]

    def feeling(self, fact: "Fact") -> str:
        """The table of a feeling: low, loss, cross or glad."""
        return self.originals.get(fact.variables[1], ("glad" if fact.names[1] == "happy" else "", None))[0]

    def names(self) -> set[str]:
        return {entry.name for entry in self.cast.values()}

    def find(self, *kinds: str) -> Iterator[Fact]:
        return (fact for fact in self.facts if fact.kind in kinds)


@lru_cache(maxsize=256)
def known(plan: Plan) -> Known:
    """The facts of a plan and its cast. Events that the views have no words for are left out."""
    found = Known((), {}, {}, {}, {})
    facts: list[Fact] = []
    number = 0
    for place, beat in enumerate(plan.beats):
        _introduce(beat, plan, found)
        for kind, *roles in beat.events if place else ():
            filled = [_role(role, found) for role in roles]
            pairs = [pair for pair in filled if pair]
            if len(pairs) == len(roles):
                types, entries = tuple(t for t, _ in pairs), tuple(e for _, e in pairs)
                acts = types[0] in (PERSON, BEAST)
                if not acts or is_told(beat, tuple(roles), frozenset(found.of_type(PERSON))):
                    facts.append(Fact(kind, entries, types, number, tuple(roles)))
            number += 1
    return Known(tuple(facts), found.cast, found.types, found.looks, found.originals)


def _role(role: str, found: Known) -> tuple[str, Entry] | None:
    """(type, entry) of a role: a variable, a form of one ("number.less"), or a plain word."""
    variable, _, form = role.partition(".")
    if variable not in found.cast:
        return plain_word(role)
    entry = found.cast[variable]
    if form:
        entry = Entry(f"{entry.name}.{form}", {lang: {"": entry.forms[lang][form]} for lang in LANGUAGES})
    return found.types[variable], entry


def _introduce(beat: Beat, plan: Plan, found: Known) -> None:
    look = None
    for variable, source in beat.cast:
        entry = plan.cast[variable]
        table = source.partition(".")[2] or source
        found.cast[variable], found.types[variable] = named(entry, table), type_of(entry, table)
        found.originals[variable] = (table, entry)
        if table == "look":
            look = entry
        elif look is not None and found.types[variable] not in (PERSON, BEAST):
            found.looks[variable], look = look, None


@cache
def is_told(beat: Beat, roles: tuple[str, ...], people: frozenset[str]) -> bool:
    """Whether no wording of the beat leaves out who acts while it speaks of another person instead."""
    for words in beat.words.values():
        for alternative in words.alternatives if words else ():
            spoken = {slot.variable for slot in slots_of(alternative)}
            if _goes_on(beat):
                spoken.add("hero")
            if roles[0] not in spoken and spoken & people - set(roles):
                return False
    return True


@cache
def _goes_on(beat: Beat) -> bool:
    """Whether the beat goes on with a sentence whose subject is the hero."""
    words = beat.words["en"]
    first = next((piece for piece in words.alternatives[0] if piece != " "), "") if words else ""
    return isinstance(first, Words) or (isinstance(first, str) and first.strip()[:1].islower())


def slots_of(parts: Pieces) -> Iterator[Slot]:
    for part in parts:
        if isinstance(part, Slot):
            yield part
        elif isinstance(part, Words):
            for alternative in part.alternatives:
                yield from slots_of(alternative)


def sentence_naming(story: Story, variable: str) -> int:
    """The number of the first sentence that names a variable."""
    told = story._told
    position = next((position for position, name in told.named if name == variable), 0)
    return next(number for number, (_, end) in enumerate(told.sentences) if position < end)


def named_in(story: Story, sentence: int, roles: tuple[str, ...]) -> int:
    """How many of the roles a sentence names, the hero taken for named."""
    told = story._told
    start, end = told.sentences[sentence]
    spoken = {name for position, name in told.named if start <= position < end}
    return sum(role.partition(".")[0] in spoken or role == "hero" or role not in story.plan.cast for role in roles)


def mention(story: Story, variable: str, sentence: int, forms: tuple[str, ...]) -> tuple[str, int] | None:
    """How the story calls the one behind a variable, and where: in the sentence, else the last time before it."""
    told = story._told
    start, end = told.sentences[sentence]
    variable, _, special = variable.partition(".")
    entry = story.plan.cast[variable]
    if special:
        forms = (special, "^" + special)
    texts = [entry.forms[story.lang][form] for form in forms if form in entry.forms[story.lang]]
    best = None
    for position, name in told.named:
        if name == variable and position < end and (best is None or best[1] < start):
            for text in sorted(texts, key=len, reverse=True):
                if story.text.startswith(text, position):
                    best = (text, position)
                    break
    return best


def stream_for(plan: Plan, kind: str, lang: str = "") -> Stream:
    """The random numbers of a view: without a language those of its content, with one those of its wording."""
    return Stream(plan.digest, _number(kind, lang))


@cache
def _number(kind: str, lang: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{kind} {lang}".encode(), digest_size=8).digest(), "big")


def pick(stream: Stream, items: Sequence[T]) -> T:
    return items[stream.below(len(items))]


def shuffled(stream: Stream, items: Iterable[T]) -> list[T]:
    """The items in another order (Fisher and Yates)."""
    items = list(items)
    for last in range(len(items) - 1, 0, -1):
        other = stream.below(last + 1)
        items[last], items[other] = items[other], items[last]
    return items
