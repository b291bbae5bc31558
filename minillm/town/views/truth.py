"""What is true in a story, so that a changed fact is known to be false or at least not told."""

from dataclasses import replace
from functools import cache

from minillm.town import TOWN
from minillm.town.stream import Stream
from minillm.town.views.entities import BEAST, FOOD, PERSON, PLACE, SPOT, THING, WORD, named, type_of
from minillm.town.views.facts import Fact, Known, pick, shuffled
from minillm.town.views.verbs import VERB, Verb
from minillm.town.words import Entry

# Kinds that a reader would not tell apart: what is true of one may be true of the other.
ALIKE = (
    {"have", "find", "take", "buy", "make", "keep", "give", "lend", "return", "show", "share", "hide", "want", "eat"},
    {"meet", "see", "talk", "play", "visit", "come", "pass", "follow", "chase", "ask", "answer", "race", "win", "wait"},
    {"help", "thank", "praise", "teach", "mend"},
    {"sorry", "scold", "tease", "laugh-at", "warn"},
    {"go", "sit", "look", "leave", "come", "visit"},
    {"cry", "feel", "trouble", "fear"},
    {"laugh", "sing", "dance", "jump", "tumble", "sleep", "wake", "climb"},
    {"lose", "forget", "hide", "remember"},
)  # fmt: skip
ONE_WAY = ("give", "lend", "return", "show", "help", "thank", "praise", "scold", "teach", "win", "chase", "follow")
# Where two of the story may have been together without its saying so, only a stranger makes a statement false.
SOCIAL = (
    "go",
    "sit",
    "leave",
    "meet",
    "see",
    "talk",
    "come",
    "race",
    "win",
    "play",
    "visit",
    "pass",
    "ask",
    "answer",
    "hear",
)
POOLS = {PERSON: ("child",), BEAST: ("animal", "pet"), THING: ("thing",), FOOD: ("food",), PLACE: ("place",)}
GLAD, LOW = ("glad",), ("low", "loss", "cross")


def verbs(fact: Fact) -> list[Verb]:
    """The ways to put an event; none for kinds that the views have no words for."""
    special = VERB.get(f"{fact.kind}/{fact.types[-1]}")
    if special or (fact.types[-1] not in POOLS and fact.types[-1] != SPOT and fact.kind not in ("feel", "fear")):
        return special or []
    return VERB.get(fact.kind, [])


def alike(first: str, second: str) -> bool:
    return first == second or any(first in group and second in group for group in ALIKE)


def outsider(known: Known, kind: str, stream: Stream, variable: str = "") -> Entry | None:
    """Somebody or something of a type that the story does not name, from the table of the one it stands in for."""
    if kind in (SPOT, WORD):
        return None
    table, like = known.originals.get(variable, ("", None))
    if table not in TOWN.lexicon or type_of(TOWN.lexicon[table].entries[0], table) != kind:
        if kind not in POOLS:
            return None
        table, like = pick(stream, POOLS[kind]), None
    taken = [_texts(entry) for entry in known.cast.values()]
    whole, parts = frozenset().union(*taken), frozenset().union(*map(_parts, taken))
    entries = [entry for entry, texts, within in _pool(table) if not (texts & parts or within & whole)]
    if like is not None and kind == PERSON:
        entries = [e for e in entries if e.gender == like.gender] or entries
    return pick(stream, entries) if entries else None


@cache
def _pool(table: str) -> list[tuple[Entry, frozenset[str], frozenset[str]]]:
    """The entries of a table, each with its texts and all their parts."""
    entries = [named(entry, table) for entry in TOWN.lexicon[table].entries]
    return [(entry, _texts(entry), _parts(_texts(entry))) for entry in entries]


def _texts(entry: Entry) -> frozenset[str]:
    return frozenset({entry.forms["en"].get("bare", entry.forms["en"][""]).lower(), entry.forms["zh"][""]})


@cache
def _parts(texts: frozenset[str]) -> frozenset[str]:
    """Everything that the texts contain, as a snow globe contains a globe, or 书包 the character 书."""
    found = set()
    for text in texts:
        pieces, joint = (text.split(), " ") if text.isascii() else (list(text), "")
        spans = ((i, j) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1))
        found |= {joint.join(pieces[i:j]) for i, j in spans}
    return frozenset(found)


def unique(known: Known, fact: Fact, role: int) -> bool:
    """Whether only one answer fits the question for a role of an event."""
    rest = {name for i, name in enumerate(fact.names) if i != role}
    answer = fact.names[role]
    return not any(
        alike(other.kind, fact.kind)
        and rest <= set(other.names)
        and (answer not in other.names or len(other.names) > len(fact.names))
        for other in known.facts
        if other.event != fact.event
    )


def contradicted(known: Known, fact: Fact, names: tuple[str, ...]) -> bool:
    """Whether nothing in the story comes near the event with these names in its roles."""
    return not any(alike(other.kind, fact.kind) and set(names) <= set(other.names) for other in known.facts)


def changed(known: Known, fact: Fact, stream: Stream, role: int | None = None) -> Fact | None:
    """The fact with one role taken by another, such that it is false; None if there is no safe change."""
    tries = shuffled(stream, range(len(fact.roles)) if role is None else [role])
    for place in tries:
        for entry, kind in _candidates(known, fact, place, stream):
            other = fact.replaced(place, entry, kind)
            if len(set(other.names)) == len(other.names) and contradicted(known, other, other.names):
                return other
    if role is None and fact.kind in ONE_WAY and fact.types[:2] == (PERSON, PERSON):
        turned = replace(fact, roles=(fact.roles[1], fact.roles[0], *fact.roles[2:]))
        reverse = (turned.names[0], turned.names[1])
        if not any(other.kind in ONE_WAY and other.names[:2] == reverse for other in known.facts):
            return turned
    return None


def _candidates(known: Known, fact: Fact, role: int, stream: Stream) -> list[tuple[Entry, str]]:
    kind, variable = fact.types[role], fact.variables[role]
    if fact.kind == "feel":
        return _feelings(known, fact) if role == 1 else []
    mixed = kind in (PERSON, THING, BEAST) and fact.kind not in SOCIAL
    inside = [known.cast[v] for v in known.of_type(kind) if v != variable] if mixed else []
    outside = outsider(known, kind, stream, variable)
    found: list[Entry | None] = list(shuffled(stream, inside))
    return [(entry, kind) for entry in ([*found, outside] if stream.below(3) else [outside, *found]) if entry]


def _feelings(known: Known, fact: Fact) -> list[tuple[Entry, str]]:
    """Feelings of the other sign, unless the story tells of one."""
    table = known.feeling(fact)
    others = LOW if table in GLAD else GLAD
    felt = {known.feeling(f) for f in known.find("feel") if f.names[0] == fact.names[0]}
    if table not in GLAD + LOW or felt & set(others):
        return []
    return [(named(entry, t), WORD) for t in others[:1] for entry in TOWN.lexicon[t].entries[:2]]
