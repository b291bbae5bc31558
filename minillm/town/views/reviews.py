"""Reviews by customers, whose sentiment often hangs on a denial, a contrast or a cause."""

from dataclasses import dataclass
from typing import NamedTuple

from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.stream import Stream
from minillm.town.views import review_words as words
from minillm.town.views.entities import FOOD, PERSON, THING, named
from minillm.town.views.facts import Known, known, pick, stream_for
from minillm.town.views.say import fill, sentences
from minillm.town.words import LANGUAGES, Entry

SENTIMENTS = ("positive", "negative", "mixed")
Pair = tuple[str, str]


class Review(NamedTuple):
    """What a customer writes; `hinge` names what the sentiment hangs on: but, although, because, if, and, mixed."""

    text: str
    sentiment: str
    item: str
    hinge: str
    lang: str


@dataclass(frozen=True)
class Aspect:
    name: Pair
    good: tuple[Pair, ...]
    bad: tuple[Pair, ...]


def _read() -> dict[str, list[Aspect]]:
    found: dict[str, list[Aspect]] = {}
    for line in words.ASPECTS.strip().splitlines():
        sort, name, good, bad = (cell.strip() for cell in line.split("|"))
        lists = [tuple(_pair(text) for text in cell.split(";")) for cell in (good, bad)]
        found.setdefault(sort, []).append(Aspect(_pair(name), *lists))
    return found


def _pair(text: str) -> Pair:
    english, chinese = text.split("=")
    return english.strip(), chinese.strip()


ASPECTS = _read()


class _Writer:
    """Draws what a review says; every piece is a pair, English and Chinese."""

    def __init__(self, sort: str, stream: Stream):
        self.sort, self.stream = sort, stream
        first = stream.below(len(ASPECTS[sort]))
        self.aspects = ASPECTS[sort][first:] + ASPECTS[sort][:first]

    def clause(self, good: bool, aspect: int = 0) -> Pair:
        """Says that an aspect is good or bad: straight, or by denying the opposite."""
        about, denied = self.aspects[aspect], self.stream.below(2) == 1
        word = pick(self.stream, about.good if good != denied else about.bad)
        shape = pick(self.stream, words.DENIED if denied else words.STRAIGHT)
        return _both(shape, asp=about.name, adj=word)

    def verdict(self, good: bool) -> Pair:
        """What the customer would do or would not do."""
        denied = self.stream.below(2) == 1
        act = pick(self.stream, words.ACTS[self.sort][0 if good != denied else 1])
        return _both(pick(self.stream, words.WOULD_NOT if denied else words.WOULD), act=act)

    def unreal(self, good: bool) -> Pair:
        """What would be if it were otherwise: a good "if" makes a bad review."""
        about = self.aspects[0]
        word, act = pick(self.stream, about.bad if good else about.good), words.ACTS[self.sort][1 if good else 0]
        return _both(pick(self.stream, words.IF), asp=about.name, adj=word, act=pick(self.stream, act))

    def body(self, sentiment: str) -> tuple[str, Pair]:
        """The hinge and the text of the opinion."""
        good, stream = sentiment == "positive", self.stream
        if sentiment == "mixed":
            yes = stream.below(2) == 0
            return "mixed", _both(pick(stream, words.MIXED), yes=self.clause(yes), no=self.clause(not yes, 1))
        hinge = pick(stream, ("but", "although", "because", "if", "and", "but"))
        if hinge == "but":
            return hinge, _both(pick(stream, words.BUT), no=self.clause(not good), yes=self.clause(good))
        if hinge == "although":
            return hinge, _both(pick(stream, words.ALTHOUGH), no=self.clause(not good), act=self.verdict(good))
        if hinge == "because":
            return hinge, _both(pick(stream, words.BECAUSE), yes=self.clause(good), act=self.verdict(good))
        if hinge == "if":
            return hinge, self.unreal(good)
        return hinge, _both(pick(stream, words.AGREE), yes=self.clause(good), also=self.clause(good, 1))


def _both(shape: Pair, **parts: Pair) -> Pair:
    """The shape with its parts put in; a part in capitals, {Yes}, begins with a capital letter."""
    english, chinese = shape
    for name, (first, second) in parts.items():
        english = english.replace("{" + name + "}", first).replace("{" + name.capitalize() + "}", _capital(first))
        chinese = chinese.replace("{" + name + "}", second).replace("{" + name.capitalize() + "}", second)
    return english, chinese


def _capital(text: str) -> str:
    if text.startswith("["):
        raise ValueError(f"{text!r} begins with a choice and cannot be given a capital letter")
    return text[:1].upper() + text[1:]


def _item(facts: Known, stream: Stream) -> tuple[str, Entry]:
    """(sort, entry) of what the review is about: something of the story."""
    found = [(v, "food" if facts.types[v] == FOOD else "thing") for v in facts.of_type(THING, FOOD)
             if "mw" in facts.cast[v].forms["zh"] and "many" not in facts.cast[v].forms["en"]]  # fmt: skip
    found += [(v, "shop") for v in facts.of_type(PERSON) if facts.originals[v][0] == "trade"]
    if not found:
        return "thing", named(TOWN.lexicon["thing"].draw(stream), "thing")
    variable, sort = pick(stream, found)
    return sort, facts.cast[variable]


def review(story: Story) -> Review:
    """A review of something that the story names, signed by somebody of the story."""
    facts, stream = known(story.plan), stream_for(story.plan, "review")
    sort, item = _item(facts, stream)
    sentiment = pick(stream, SENTIMENTS)
    writer = _Writer(sort, stream)
    opening = pick(stream, words.OPENINGS[sort])
    hinge, opinion = writer.body(sentiment)
    people = facts.people()
    taken = {entry.name for entry in people}
    friends = [named(e, t) for t in ("child", "kin") for e in TOWN.lexicon[t].entries if e.name not in taken]
    number = 2 + stream.below(28)
    cast = {"a": facts.hero, "who": pick(stream, people[1:] + friends), "item": _bare(item), "n": _digits(number),
            "mw": _measure(item), "look": TOWN.lexicon["look"].draw(stream),
            "place": named(TOWN.lexicon["place"].draw(stream), "place")}  # fmt: skip
    closing = pick(stream, words.CLOSINGS)
    lang = story.lang
    wording = stream_for(story.plan, "review", lang)
    which = LANGUAGES.index(lang)
    parts = [fill(part[which], cast, lang, wording) for part in (opening, opinion, closing) if part[which]]
    return Review(sentences(parts, lang), sentiment, item.forms[lang]["bare"], hinge, lang)


def _bare(entry: Entry) -> Entry:
    return Entry(entry.name, {lang: {"": entry.forms[lang]["bare"]} for lang in LANGUAGES})


def _measure(entry: Entry) -> Entry:
    return Entry("measure", {"en": {"": "one"}, "zh": {"": entry.forms["zh"].get("mw", "个")}})


def _digits(number: int) -> Entry:
    return Entry(str(number), {"en": {"": str(number)}, "zh": {"": str(number)}})
