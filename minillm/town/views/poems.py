"""Short poems about a story: rhyming couplets in English, lines of seven characters in Chinese."""

from typing import NamedTuple

from minillm.town.story import Story
from minillm.town.views.entities import PERSON, PLACE, THING
from minillm.town.views.facts import Fact, Known, known, pick, stream_for
from minillm.town.views.poem_words import CHINESE, ENGLISH
from minillm.town.views.say import fill
from minillm.town.words import LANGUAGES, Entry

# What an event adds to a poem.
ABOUT = {"lose": "lose", "find": "find", "give": "give", "lend": "give", "return": "give", "share": "give",
         "meet": "meet", "help": "meet", "play": "meet", "thank": "meet",
         "cry": "sad", "break": "sad", "laugh": "glad", "win": "glad", "dance": "glad"}  # fmt: skip
LINE = 7


class Poem(NamedTuple):
    """A poem of four to eight lines."""

    text: str
    lines: tuple[str, ...]
    lang: str


def poem(story: Story) -> Poem:
    """Begins with the hero, tells what happened in a couplet or two, and ends in the evening."""
    facts, stream, lang = known(story.plan), stream_for(story.plan, "poem"), story.lang
    middle = _topics(facts)
    start = stream.below(max(1, len(middle) - 1))
    topics = [("open", None), *middle[start : start + 1 + stream.below(2)], ("end", None)]
    ending = pick(stream, list(CHINESE))
    wording = stream_for(story.plan, "poem", lang)
    lines: list[str] = []
    for topic, fact in topics:
        couplets = ENGLISH[topic] if lang == "en" else CHINESE[ending][topic]
        cast = _cast(facts, fact, topic)
        usable = [couplet for couplet in couplets if _fits(couplet, cast, lang)]
        told = [fill(line, cast, lang) for line in pick(wording, usable)]
        marks = ("", "") if lang == "en" else ("，", "。")
        lines += [line[0].upper() + line[1:] + mark for line, mark in zip(told, marks, strict=True)]
    return Poem("\n".join(lines), tuple(lines), lang)


def _topics(facts: Known) -> list[tuple[str, Fact | None]]:
    """What the events give to write about, in their order and each once."""
    found: dict[str, Fact | None] = {}
    for fact in facts.facts:
        topic = ABOUT.get(fact.kind)
        if fact.kind == "feel":
            topic = {"glad": "glad", "low": "sad", "loss": "sad"}.get(facts.feeling(fact))
        if fact.kind == "weather" and fact.names[0] == "rain":
            topic = "rain"
        about_another = topic == "glad" and fact.roles[0] is not facts.hero
        no_friend = topic == "meet" and not _friend(facts, fact)
        no_thing = topic in ("lose", "find") and fact.types[-1] != THING
        if topic and not (about_another or no_friend or no_thing):
            found.setdefault(topic, fact)
    return list(found.items()) or [("more", None)]


def _friend(facts: Known, fact: Fact) -> Entry | None:
    """The other child of an event with the hero."""
    if facts.hero not in fact.roles:
        return None
    others = [e for e, t in zip(fact.roles, fact.types, strict=True) if t == PERSON and e is not facts.hero]
    return _chinese(others[0], others[0].forms["zh"][""][-2:]) if others else None


def _cast(facts: Known, fact: Fact | None, topic: str) -> dict[str, Entry]:
    cast = dict(fact.cast) if fact else {}
    cast["h"] = _chinese(facts.hero, facts.hero.forms["zh"][""][-2:])
    places = facts.of_type(PLACE)
    place = facts.cast[places[0]] if places else None
    if place:
        cast["p"] = _chinese(place, _three_of_place(place))
    if fact and topic == "meet" and (friend := _friend(facts, fact)):
        cast["f"] = friend
    if fact and fact.types[-1] == THING:
        cast["t"] = _chinese(fact.roles[-1], _three_of_thing(fact.roles[-1]))
    return cast


def _chinese(entry: Entry, text: str) -> Entry:
    forms = {lang: {f: t for f, t in entry.forms[lang].items() if f[:1] != "^"} for lang in LANGUAGES}
    return Entry(entry.name, {"en": forms["en"], "zh": {**forms["zh"], "": text}}, entry.gender)


def _three_of_place(entry: Entry) -> str:
    """The place in three characters."""
    forms = entry.forms["zh"]
    return next((t for t in (forms["at"], forms[""], "小" + forms[""]) if len(t) == 3), "小镇上")


def _three_of_thing(entry: Entry) -> str:
    """The thing in three characters."""
    text = entry.forms["zh"][""]
    return {1: "那" + entry.forms["zh"].get("mw", "个") + text, 2: "小" + text, 3: text}.get(len(text), "小宝贝")


def _fits(couplet: tuple[str, str], cast: dict[str, Entry], lang: str) -> bool:
    """Whether the cast has all that a couplet names, and a Chinese line has its seven characters."""
    wanted = {part.split("}")[0].split(".")[0].lower() for line in couplet for part in line.split("{")[1:]}
    if not wanted <= set(cast):
        return False
    return lang == "en" or all(len(fill(line, cast, lang)) == LINE for line in couplet)
