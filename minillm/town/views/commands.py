"""Commands to an assistant, with the intent and the slots that it has to understand."""

from collections.abc import Iterator
from typing import NamedTuple

from minillm.town import TOWN
from minillm.town.grammar import Slot, Words
from minillm.town.story import Story
from minillm.town.stream import Stream
from minillm.town.views.command_words import AFTER, BEFORE, INTENTS, TABLES, THEN
from minillm.town.views.facts import Known, known, pick, stream_for
from minillm.town.views.say import compiled
from minillm.town.words import Entry

# A wording that begins with one of these is a question.
ASKING = "how which is will what do should can when until does has where who".split()  # noqa: SIM905


class Command(NamedTuple):
    """What somebody asks for: `slots` maps a name to the words of the text; `values` to the same thing in English."""

    text: str
    intent: str
    slots: dict[str, str]
    values: dict[str, str]
    lang: str


def command(story: Story) -> Command:
    """A command that somebody of the story could give, about its people, places and things."""
    facts, stream, lang = known(story.plan), stream_for(story.plan, "command"), story.lang
    intent = pick(stream, list(INTENTS))
    slots, wordings = INTENTS[intent]
    cast: dict[str, Entry] = {}
    for slot in slots.split():
        name, _, table = slot.partition(":")
        cast[name] = _entry(facts, table, stream, set(cast.values()))
    wording, before, after, then = pick(stream, wordings), pick(stream, BEFORE), pick(stream, AFTER), pick(stream, THEN)
    which = int(lang == "zh")
    pieces = list(_pieces(wording[which], cast, lang))
    text = before[which] + "".join(text for text, _ in pieces)
    found = {name: text for text, name in pieces if name}
    if _is_question(wording[0]):
        text += "?？"[which]
    else:
        text += after[which] + ".。"[which]
    text += " " * (lang == "en" and then[0] > "") + then[which]
    if lang == "en":
        found = {name: _at_start(text, value) for name, value in found.items()}
        text = text[0].upper() + text[1:]
    return Command(text, intent, found, {name: entry.name for name, entry in cast.items() if name in found}, lang)


def _at_start(text: str, value: str) -> str:
    return value[0].upper() + value[1:] if text.startswith(value) else value


def _is_question(english: str) -> bool:
    return english.split()[0] in ASKING and not english.startswith("do not")


def _entry(facts: Known, table: str, stream: Stream, taken: set[Entry]) -> Entry:
    """Something of that table: mostly from the story, where it has one."""
    if table in TABLES:
        return pick(stream, TABLES[table].entries)
    source = TOWN.lexicon[table]
    of_story = [e for t, e in facts.originals.values() if t == table and e not in taken]
    if of_story and stream.below(3):
        return pick(stream, of_story)
    entry = source.draw(stream)
    while entry in taken:
        entry = source.draw(stream)
    return entry


def _pieces(text: str, cast: dict[str, Entry], lang: str) -> Iterator[tuple[str, str]]:
    """(words, name of the slot that they fill or "") of a template."""
    for piece in compiled(text):
        if isinstance(piece, Slot):
            filled = piece.fill(cast, lang)
            owner = lang == "en" and piece.form == "own"
            yield filled.removesuffix("'s") if owner else filled, piece.variable
            if owner:
                yield "'s", ""
        elif isinstance(piece, Words):
            raise ValueError(f"a command has no choice of words within: {text!r}")
        else:
            yield piece, ""
