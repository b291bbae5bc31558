"""Statements that a story entails, contradicts or leaves open, and sentences that mean the same in other words."""

from typing import NamedTuple

from minillm.town.story import Story
from minillm.town.stream import Stream
from minillm.town.views.entities import BEAST, FOOD, PERSON, THING
from minillm.town.views.facts import Fact, Known, known, pick, shuffled, stream_for
from minillm.town.views.say import fill, sentence
from minillm.town.views.truth import changed, contradicted, outsider, unique, verbs
from minillm.town.views.verbs import SAYING, Verb
from minillm.town.words import Entry

LABELS = ("entailed", "neutral", "contradicted")


class Statement(NamedTuple):
    """A sentence about a story; `label` says whether the story entails it, contradicts it, or neither (neutral)."""

    text: str
    label: str
    lang: str
    sentence: int
    key: str


class Paraphrase(NamedTuple):
    """Two sentences; `same` if they mean the same. Those that do not share most of their words all the same."""

    first: str
    second: str
    same: bool
    lang: str
    key: str


# Shapes of a statement, each affirming and denying: plain, about who it was, and about what it was and what it was not.
PLAIN = (
    ("{A} {past}.", "{a}{zh}。"),
    ("It is true that {a} {past}.", "{a}确实{zh}。"),
    ("In this story, {a} {past}.", "在这个故事里，{a}{zh}。"),
)
PLAIN_DENIAL = (
    ("{A} did not {base}.", "{a}{zh_not}。"),
    ("{A} never {past}.", "{a}始终{zh_not}。"),
    ("It is not true that {a} {past}.", "说{a}{zh}，这不是真的。"),
)
WHO = (
    ("It was {a} who {past}.", "是{a}{zh}。"),
    ("The one who {past} was {a}.", "{zh}的是{a}。"),
    ("Nobody but {a} {past}.", "除了{a}，没有人{zh_bare}。"),
    ("{A}, and no one else, {past}.", "{zh}的是{a}，不是别人。"),
)
WHO_DENIAL = (
    ("It was not {a} who {past}.", "{zh}的不是{a}。"),
    ("The one who {past} was not {a}.", "{zh}的人不是{a}。"),
    ("Somebody {past}, but not {a}.", "有人{zh}，可不是{a}。"),
    ("Somebody other than {a} {past}.", "{zh}的是别人，不是{a}。"),
)
WHAT = (
    ("{A} {past}, not {x}.", "{a}{zh}，不是{x}。"),
    ("In this story, {a} {past}, not {x}.", "在这个故事里，{a}{zh}，不是{x}。"),
    ("Not {x}: {a} {past}.", "不是{x}，{a}{zh}。"),
    ("It is true that {a} {past}, and not {x}.", "{a}确实{zh}，而不是{x}。"),
)
BEING_DENIED = "{A} was not {rest}."


def statements(story: Story) -> tuple[Statement, ...]:
    """Up to six statements about a story, two of each label. Denying words tell nothing about the label."""
    plan = story.plan
    facts, stream = known(plan), stream_for(plan, "statements")
    usable = shuffled(
        stream, [f for f in facts.facts if verbs(f) and (f.types[0] in (PERSON, BEAST) or f.kind == "lie")]
    )
    usable = [fact for fact in usable if fact.kind != "have"] or usable
    found: list[Statement] = []
    for label in LABELS:
        wanted = 2
        for fact in (*usable, *usable):
            if wanted and (content := _content(facts, fact, label, stream)):
                told_of, (english, chinese), verb, other = content
                text = _worded(english if story.lang == "en" else chinese, verb, told_of, other, story.lang)
                where = -1 if label == "neutral" else story.sentence_of(fact.event)
                found.append(Statement(text, label, story.lang, where, f"{label} {fact.event}"))
                wanted -= 1
    return tuple(shuffled(stream, found))


def _worded(text: str, verb: Verb, fact: Fact, other: Entry | None, lang: str) -> str:
    if verb.base == "be" and "{base}" in text:
        text = BEING_DENIED
    parts = {"past": verb.english("past"), "base": verb.english("base"), "rest": verb.rest, "zh": verb.zh}
    parts |= {"zh_not": verb.zh_not, "zh_bare": verb.zh.replace("了", "过") if "了" in verb.zh else verb.zh}
    if other is not None and "{b.to}" in verb.rest:
        text = text.replace("{x}", "{x.to}" if lang == "en" else "{x}")
    for name, part in parts.items():
        text = text.replace("{" + name + "}", part)
    return fill(text, fact.cast | ({"x": other} if other else {}), lang)


Content = tuple[Fact, tuple[str, str], Verb, Entry | None]


def _content(facts: Known, fact: Fact, label: str, stream: Stream) -> Content | None:
    """A fact, a shape, a verb (and what it was not) that together deserve the label; None if there is no safe way."""
    sort = stream.below(5)
    verb = pick(stream, verbs(fact))
    if label == "neutral":
        strange = _untold(facts, fact, stream)
        if strange is None or not verbs(strange):
            return None
        verb = pick(stream, verbs(strange))
        if sort == 0 or len(fact.roles) < 2 or fact.kind == "feel":
            return strange, pick(stream, PLAIN + PLAIN_DENIAL), verb, None
        if sort < 3 and fact.kind != "lie":
            return strange, pick(stream, WHO + WHO_DENIAL), verb, None
        other = outsider(facts, fact.types[-1], stream, fact.variables[-1])
        return (strange, pick(stream, WHAT), verb, other) if other and other not in strange.roles else None
    if fact.kind == "lie" or sort >= 3:
        return _about_what(facts, fact, label, verb, stream)
    if sort == 0 or fact.kind in ("feel", "fear"):
        return _plain(facts, fact, label, verb, stream)
    return _about_who(facts, fact, label, verb, stream)


def _plain(facts: Known, fact: Fact, label: str, verb: Verb, stream: Stream) -> Content | None:
    if stream.below(2):
        return fact, pick(stream, PLAIN if label == "entailed" else PLAIN_DENIAL), verb, None
    role = 1 if fact.kind in ("feel", "fear") else 0
    other = changed(facts, fact, stream, role) if role or unique(facts, fact, 0) else None
    return (other, pick(stream, PLAIN_DENIAL if label == "entailed" else PLAIN), verb, None) if other else None


def _about_who(facts: Known, fact: Fact, label: str, verb: Verb, stream: Stream) -> Content | None:
    if not unique(facts, fact, 0):
        return None
    if stream.below(2):
        return fact, pick(stream, WHO if label == "entailed" else WHO_DENIAL), verb, None
    other = changed(facts, fact, stream, 0)
    return (other, pick(stream, WHO_DENIAL if label == "entailed" else WHO), verb, None) if other else None


def _about_what(facts: Known, fact: Fact, label: str, verb: Verb, stream: Stream) -> Content | None:
    role = len(fact.roles) - 1
    if not role or not unique(facts, fact, role):
        return None
    other = changed(facts, fact, stream, role)
    if other is None or other.names[:role] != fact.names[:role]:
        return None
    if label == "entailed":
        return fact, pick(stream, WHAT), verb, other.roles[role]
    return other, pick(stream, WHAT), verb, fact.roles[role]


def _untold(facts: Known, fact: Fact, stream: Stream) -> Fact | None:
    """The event with two or more roles taken by others, of whom the story says nothing of the kind."""
    roles = [r for r in range(len(fact.roles)) if fact.types[r] in (PERSON, BEAST, THING, FOOD) or fact.kind == "go"]
    if len(fact.roles) == 1:
        roles = [0]
    if len(roles) < min(2, len(fact.roles)):
        return None
    other: Fact = fact
    for role in roles[:2] if len(roles) == 2 else [roles[0], roles[-1]]:
        inside = [facts.cast[v] for v in facts.of_type(fact.types[role]) if facts.cast[v] not in fact.roles]
        stranger = outsider(facts, fact.types[role], stream, fact.variables[role])
        chosen = pick(stream, inside) if inside and stream.below(2) else stranger
        if chosen is None or chosen in other.roles:
            return None
        other = other.replaced(role, chosen, fact.types[role])
    return other if contradicted(facts, other, other.names) and not _excluded(facts, other) else None


def _excluded(facts: Known, other: Fact) -> bool:
    """Whether the story says of the same thing that it was somebody else, which makes a statement false, not open."""
    things = {name for name, kind in zip(other.names, other.types, strict=True) if kind in (THING, FOOD, BEAST)}
    return any(things & set(fact.names) for fact in facts.facts)


def paraphrases(story: Story) -> tuple[Paraphrase, ...]:
    """Pairs of sentences about events of the story: some mean the same in other words, some differ in one fact."""
    plan, lang = story.plan, story.lang
    facts, stream = known(plan), stream_for(plan, "paraphrases")
    found = []
    usable = shuffled(stream, [f for f in facts.facts if verbs(f) and _saying(f)])
    for fact in ([fact for fact in usable if fact.kind != "have"] or usable)[:3]:
        way, saying = pick(stream, verbs(fact)), pick(stream, _saying(fact))
        first = told(fact, way, lang)
        second = sentence(fill(saying[lang == "zh"], fact.cast, lang), lang)
        if stream.below(2):
            first, second = second, first
        found.append(Paraphrase(first, second, True, lang, f"same {fact.event}"))
        if (other := changed(facts, fact, stream)) and verbs(other):
            turned = told(other, way, lang)
            found.append(Paraphrase(told(fact, way, lang), turned, False, lang, f"other {fact.event}"))
    return tuple(found)


def _saying(fact: Fact) -> list[tuple[str, str]]:
    return SAYING.get(f"{fact.kind}/{fact.types[-1]}") or SAYING.get(fact.kind, [])


def told(fact: Fact, verb: Verb, lang: str) -> str:
    """A fact as a plain sentence."""
    text = f"{{A}} {verb.english('past')}" if lang == "en" else "{a}" + verb.zh
    return sentence(fill(text, fact.cast, lang), lang)
