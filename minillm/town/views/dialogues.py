"""Dialogues of four to eight turns between people of the town."""

from typing import NamedTuple

from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.stream import Stream
from minillm.town.views.asking import ASKED_WITH, ask_for
from minillm.town.views.command_words import TABLES
from minillm.town.views.dialogue_words import AFTERWARDS, LAST, SCENES
from minillm.town.views.entities import I_MYSELF, YOU, named
from minillm.town.views.facts import Fact, Known, known, pick, shuffled, stream_for
from minillm.town.views.say import fill, sentence
from minillm.town.views.statements import told
from minillm.town.views.truth import unique, verbs
from minillm.town.words import LANGUAGES, Entry

ME = Entry("me", {"en": {"": "me", "own": "my", "him": "me", "his": "my", "to": "to me", "at": "with me", "a": "me"},
                  "zh": {"": "我", "own": "我的", "him": "我", "his": "我的",
                         "to": "我这儿", "at": "我这儿"}})  # fmt: skip
Turns = list[tuple[Entry, str]]


class Dialogue(NamedTuple):
    """Who says what, in order; `text` has a line for each turn."""

    text: str
    turns: tuple[tuple[str, str], ...]
    scene: str
    lang: str


def dialogue(story: Story) -> Dialogue:
    """Somebody asks about what happened, or people of the story meet again elsewhere."""
    facts, stream, lang = known(story.plan), stream_for(story.plan, "dialogue"), story.lang
    scene = pick(stream, ("afterwards", "afterwards", *SCENES))
    turns = _afterwards(facts, stream, lang) if scene == "afterwards" else None
    if turns is None:
        scene = pick(stream, list(SCENES)) if scene == "afterwards" else scene
        turns = _scene(scene, facts, stream, lang)
    spoken = tuple((speaker.forms[lang]["^"], text) for speaker, text in turns)
    colon = ": " if lang == "en" else "："
    return Dialogue("\n".join(name + colon + text for name, text in spoken), spoken, scene, lang)


def _afterwards(facts: Known, stream: Stream, lang: str) -> Turns | None:
    hero = facts.hero
    usable = [(fact, role) for fact in facts.facts for role in range(1, len(fact.roles))
              if fact.roles[0] is hero and verbs(fact) and fact.types[role] in ASKED_WITH
              and unique(facts, fact, role)]  # fmt: skip
    if not usable:
        return None
    first, *others = shuffled(stream, usable)
    asked = [first, *[pair for pair in others if pair[0].event != first[0].event][:1]]
    asked.sort(key=lambda pair: pair[0].event)
    taken = facts.names()
    strangers = [e for e in TOWN.lexicon["child"].entries if e.name not in taken]
    x = named(pick(stream, strangers), "child")
    z = named(pick(stream, [e for e in TOWN.lexicon["kin"].entries if e.name not in taken]), "kin")
    y = hero
    cast = {"x": x, "y": y, "z": z}
    turns = [(who, _line(pick(stream, lines), cast, lang)) for who, lines in zip((x, y), AFTERWARDS, strict=True)]
    for fact, role in asked:
        verb = verbs(fact)[0]
        question = ask_for(as_told_to(fact, hero, YOU, YOU), role, verb)[lang](None)
        turns += [(x, question), (y, told(as_told_to(fact, hero, I_MYSELF, ME), verb, lang))]
    return turns + [(who, _line(pick(stream, lines), cast, lang)) for who, lines in zip((x, y), LAST, strict=True)]


def as_told_to(fact: Fact, who: Entry, subject: Entry, other: Entry) -> Fact:
    """The fact as it sounds when who is the one who speaks or is spoken to."""
    for role, entry in enumerate(fact.roles):
        if entry is who:
            fact = fact.replaced(role, other if role else subject, fact.types[role])
    return fact


def _scene(scene: str, facts: Known, stream: Stream, lang: str) -> Turns:
    slots, optional, answering, lines = SCENES[scene]
    cast: dict[str, Entry] = {}
    for slot in slots.split():
        variable, _, table = slot.partition(":")
        cast[variable] = _number(stream, cast) if table == "price" else _from_story(facts, table, stream, cast)
    left_out = (optional, optional + 1) if stream.below(2) else ()
    turns: Turns = []
    choice = 0
    for number, wordings in enumerate(lines):
        if number not in left_out:
            choice = choice if number in answering else stream.below(len(wordings))
            turns.append((cast["xy"[number % 2]], _line(wordings[choice], cast, lang)))
    return turns


def _line(wording: tuple[str, str], cast: dict[str, Entry], lang: str) -> str:
    return sentence(fill(wording[LANGUAGES.index(lang)], cast, lang), lang)


def _from_story(facts: Known, table: str, stream: Stream, cast: dict[str, Entry]) -> Entry:
    if table in TABLES:
        return pick(stream, TABLES[table].entries)
    taken = {entry.name for entry in cast.values()}
    choices = [e for t, e in facts.originals.values() if t == table and e.name not in taken]
    entry = pick(stream, choices) if choices and stream.below(3) else TOWN.lexicon[table].draw(stream)
    while entry.name in taken:
        entry = TOWN.lexicon[table].draw(stream)
    return entry if table in ("thing", "look", "food", "activity") else named(entry, table)


def _number(stream: Stream, cast: dict[str, Entry]) -> Entry:
    high = int(cast["q"].name) if "q" in cast else 0
    number = str(2 + stream.below(high - 2) if high else 4 + stream.below(37))
    return Entry(number, {lang: {"": number} for lang in LANGUAGES})
