"""E-mails that people of a story write about it, and notices on the town's board."""

from typing import NamedTuple

from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.stream import Stream
from minillm.town.views import letter_words as words
from minillm.town.views.command_words import TABLES
from minillm.town.views.dialogues import ME, as_told_to
from minillm.town.views.entities import BEAST, FOOD, I_MYSELF, PERSON, THING, named
from minillm.town.views.facts import Fact, Known, known, pick, stream_for
from minillm.town.views.say import say_pair, sentence
from minillm.town.views.statements import told
from minillm.town.views.truth import verbs
from minillm.town.words import LANGUAGES, Entry


class Email(NamedTuple):
    """An e-mail; `text` has the subject on the first line. `events` are those of the plan that it tells."""

    text: str
    subject: str
    sender: str
    to: str
    events: tuple[int, ...]
    lang: str


class Notice(NamedTuple):
    """A notice; `topic` says what it is for."""

    text: str
    topic: str
    lang: str


def email(story: Story) -> Email:
    """The hero writes to somebody who was not there."""
    facts, stream, lang = known(story.plan), stream_for(story.plan, "email"), story.lang
    hero = facts.hero
    taken = facts.names()
    absent = [named(e, t) for t in ("child", "kin") for e in TOWN.lexicon[t].entries if e.name not in taken]
    to = pick(stream, absent)
    usable = [f for f in facts.facts if hero in f.roles and verbs(f) and f.types[0] in (PERSON, BEAST)]
    usable = [f for f in usable if f.kind != "have"] or usable
    start = stream.below(max(1, len(usable) - 3))
    chosen = usable[start : start + 2 + stream.below(3)]
    cast = {"a": hero, "to": to, "date": pick(stream, TABLES["date"].entries),
            "time": pick(stream, TABLES["time"].entries), "food": named(TOWN.lexicon["food"].draw(stream), "food"),
            "n": _digits(2 + stream.below(20)),
            "place": named(TOWN.lexicon["place"].draw(stream), "place")}  # fmt: skip
    things = facts.of_type(THING, BEAST)
    cast["item"] = facts.cast[pick(stream, things)] if things else named(TOWN.lexicon["thing"].draw(stream), "thing")
    parts = {name: say_pair(pick(stream, getattr(words, name)), cast, lang) for name in
             ("SUBJECTS", "GREETINGS", "STARTS", "WISHES", "REGARDS")}  # fmt: skip
    body = [parts["STARTS"], *_told(chosen, hero, stream, lang), parts["WISHES"]]
    subject = sentence(parts["SUBJECTS"], lang)[:-1] if lang == "en" else parts["SUBJECTS"]
    text = (" " if lang == "en" else "").join(sentence(part, lang) for part in body)
    lines = (("Subject: " if lang == "en" else "主题：") + subject, parts["GREETINGS"], text, parts["REGARDS"])
    return Email(
        "\n".join(lines), subject, hero.forms[lang][""], to.forms[lang][""], tuple(f.event for f in chosen), lang
    )


def _told(facts: list[Fact], hero: Entry, stream: Stream, lang: str) -> list[str]:
    """The events, as the one who writes tells them, with words for their order."""
    sentences = []
    for number, fact in enumerate(facts):
        when = pick(stream, words.FIRST if number == 0 else words.NEXT if number < len(facts) - 1 else words.FINALLY)
        text = told(as_told_to(fact, hero, I_MYSELF, ME), pick(stream, verbs(fact)), lang)
        if lang == "en" and when[0] and text.startswith("The "):
            text = text[0].lower() + text[1:]
        sentences.append(when[lang == "zh"] + text)
    return sentences


def notice(story: Story) -> Notice:
    """A notice on the board, about what the story leaves to be said in public."""
    facts, stream, lang = known(story.plan), stream_for(story.plan, "notice"), story.lang
    topics = [topic for topic, (kinds, _) in words.NOTICES.items() if not kinds or any(facts.find(*kinds.split()))]
    topic = pick(stream, topics)
    cast = _notice_cast(facts, topic, stream)
    parts = [say_pair(pick(stream, part), cast, lang) for part in words.NOTICES[topic][1]]
    return Notice("\n".join(sentence(part, lang) if n else part for n, part in enumerate(parts)), topic, lang)


def _notice_cast(facts: Known, topic: str, stream: Stream) -> dict[str, Entry]:
    """Who and what the notice is about: those of an event where there is one that fits."""
    people = facts.people()
    cast = {name: _drawn(facts, name, stream) for name in ("thing", "food", "place", "activity", "trade", "animal")}
    cast |= {"a": facts.hero, "b": people[1] if len(people) > 1 else named(TOWN.lexicon["kin"].entries[0], "kin")}
    cast |= {"date": pick(stream, TABLES["date"].entries), "time": pick(stream, TABLES["time"].entries),
             "n": _digits(2 + stream.below(40)), "look": TOWN.lexicon["look"].draw(stream)}  # fmt: skip
    fact = next(facts.find(*words.NOTICES[topic][0].split()), None)
    if fact is None:
        return cast
    for entry, kind, variable in zip(fact.roles, fact.types, fact.variables, strict=True):
        if kind in (THING, BEAST, FOOD):
            cast["thing"] = entry
            cast["look"] = facts.looks.get(variable, cast["look"])
    others = [entry for entry, kind in zip(fact.roles, fact.types, strict=True) if kind == PERSON]
    cast |= dict(zip("ab", others, strict=False))
    if cast["b"] is cast["a"]:
        cast["b"] = next((p for p in people if p is not cast["a"]), named(TOWN.lexicon["kin"].entries[0], "kin"))
    return cast


def _drawn(facts: Known, table: str, stream: Stream) -> Entry:
    """An entry of a table, of the story where it has one."""
    of_story = [facts.cast[v] for v, (source, _) in facts.originals.items() if source == table]
    return of_story[0] if of_story else named(TOWN.lexicon[table].draw(stream), table)


def _digits(number: int) -> Entry:
    return Entry(str(number), {lang: {"": str(number)} for lang in LANGUAGES})
