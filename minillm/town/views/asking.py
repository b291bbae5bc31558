"""Questions about events: how they are asked, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from minillm.town.stream import Stream
from minillm.town.views.entities import BEAST, FOOD, PERSON, PLACE, SPOT, THING, standing_for
from minillm.town.views.facts import Fact
from minillm.town.views.say import fill, sentence
from minillm.town.views.verbs import Verb
from minillm.town.words import Entry

ASKED_WITH = {PERSON: "who", BEAST: "what", THING: "what", FOOD: "what", PLACE: "where", SPOT: "where",
              "riddle": "what", "rule": "what", "activity": "what"}  # fmt: skip
DONE = ("rule", "activity")
QUESTION_WORDS = {"who": ("who", "谁"), "what": ("what", "什么"), "where": ("where", "哪儿")}
Wording = Callable[[Stream | None], str]


@dataclass(frozen=True)
class Ask:
    """One question: its wordings, and the variable of the plan that answers it (or the answer itself)."""

    kind: str
    key: str
    text: dict[str, Wording]
    event: int = -1
    variable: str = ""
    forms: tuple[str, ...] = ()
    answer: dict[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()


def in_both(english: str, chinese: str, cast: dict[str, Entry]) -> dict[str, Wording]:
    """A question from templates in the two languages."""
    return {"en": partial(fill, english, cast, "en"), "zh": partial(fill, chinese, cast, "zh")}


def ask_for(fact: Fact, role: int, verb: Verb) -> dict[str, Wording]:
    """Asks for who or what takes a role in an event."""
    word = QUESTION_WORDS["who" if role == 0 else ASKED_WITH[fact.types[role]]]
    letter = "abc"[role]
    if role == 0:
        cast = {**fact.cast, "a": standing_for(*word)}
        return in_both(f"{{A}} {verb.english('past')}?", f"[{{a}}|是{{a}}]{verb.zh}？", cast)
    done = fact.types[role] in DONE
    english = fact.cast | {letter: standing_for("do" if done else "", "")}
    chinese = fact.cast | {letter: standing_for("", "做什么" if done else word[1])}
    helper = "was {a}" if verb.base == "be" else "did {a} " + verb.base
    text = partial(_english_question, f"[|Tell me: ]{word[0]} {helper} {verb.rest}?", english)
    return {"en": text, "zh": partial(fill, f"[|请问，|你知道吗，]{{a}}{verb.zh}？", chinese, "zh")}


def _english_question(text: str, cast: dict[str, Entry], stream: Stream | None = None) -> str:
    return sentence(fill(text, cast, "en", stream), "en", "?")


def yes_or_no(fact: Fact, verb: Verb) -> dict[str, Wording]:
    """Asks whether an event happened."""
    if verb.base == "be":
        english = f"[Was {{a}} {verb.rest}?|Is it true that {{a}} was {verb.rest}?]"
    else:
        english = (f"[Did {{a}} {verb.base} {verb.rest}?|Was it {{a}} who {verb.english('past')}?|"
                   f"Is it true that {{a}} {verb.english('past')}?]")  # fmt: skip
    return in_both(english, f"[{{a}}{verb.zh}吗？|是不是{{a}}{verb.zh}？|{{a}}{verb.zh}，对吗？]", fact.cast)


def because(cause: Fact, lang: str, verb: Verb | None) -> str | None:
    """A clause that gives an event as the reason."""
    word = {"en": "because ", "zh": "因为"}[lang]
    if cause.kind == "weather":
        return {"rain": {"en": "because it rained", "zh": "因为下雨了"}}.get(cause.names[0], {}).get(lang)
    if cause.kind == "trouble":
        return word + fill("{a} {b}" if lang == "en" else "{a}{b}", cause.cast, lang)
    if verb is None:
        return None
    return word + fill(f"{{a}} {verb.english('past')}" if lang == "en" else "{a}" + verb.zh, cause.cast, lang)
