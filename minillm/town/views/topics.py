"""What a plan gives to ask about."""

from collections.abc import Iterator
from functools import lru_cache

from minillm.town.story import Plan
from minillm.town.stream import Stream
from minillm.town.views.asking import ASKED_WITH, Ask, ask_for, because, in_both, yes_or_no
from minillm.town.views.entities import BEAST, FOOD, PERSON, PLACE, SPOT, THING
from minillm.town.views.facts import Known, known, pick, shuffled, stream_for
from minillm.town.views.say import fill
from minillm.town.views.truth import changed, unique, verbs
from minillm.town.views.untold import unanswerable
from minillm.town.words import LANGUAGES

# How an answer may stand in a story, the best first.
ANSWER_FORMS = {
    PERSON: ("", "^"), BEAST: ("", "one", "^"), THING: ("", "it", "one", "many", "^", "^it", "^many"),
    FOOD: ("some", "one", "", "^"), PLACE: ("at", "to", ""), SPOT: ("",),
    "riddle": ("",), "rule": ("",), "activity": ("",),
}  # fmt: skip
NOT_ASKED = {("want", 0), ("feel", 0), ("stick", 0)}
GOOD_CAUSES = "find give win praise sorry return share mend thank help buy lend make lie".split()  # noqa: SIM905
HELPS = ("give", "lend", "help")
BAD_CAUSES = "lose break trouble scold tease laugh-at leave forget".split()  # noqa: SIM905
MOST = {"who": 2, "where": 2, "what": 2, "why": 2, "when": 1, "how many": 2, "yes/no": 2, "unanswerable": 2}
ANSWERS = {True: {"en": "yes", "zh": "是"}, False: {"en": "no", "zh": "不是"}}


@lru_cache(maxsize=256)
def asks(plan: Plan) -> tuple[Ask, ...]:
    """At most two questions of each kind, in an order drawn from the plan."""
    facts, stream = known(plan), stream_for(plan, "questions")
    found: list[Ask] = []
    for make in (_roles, _looks, _weather, _habits, _reasons, _times, _numbers, _yes_or_no, unanswerable):
        found += make(facts, stream)
    chosen, left = [], dict(MOST)
    for ask in shuffled(stream, found):
        if left[ask.kind]:
            left[ask.kind] -= 1
            chosen.append(ask)
    return tuple(chosen)


def _roles(facts: Known, stream: Stream) -> Iterator[Ask]:
    for fact in facts.facts:
        ways = verbs(fact)
        for role, kind in enumerate(fact.types):
            variable = fact.variables[role]
            if not ways or kind not in ASKED_WITH or variable not in facts.cast or (fact.kind, role) in NOT_ASKED:
                continue
            if (role == 0 and kind != PERSON) or not unique(facts, fact, role):
                continue
            asked = "who" if role == 0 else ASKED_WITH[kind]
            text = ask_for(fact, role, pick(stream, ways))
            yield Ask(
                asked,
                f"{asked} {fact.event} {role}",
                text,
                fact.event,
                variable,
                ANSWER_FORMS[kind],
                {},
                fact.variables,
            )


def _looks(facts: Known, stream: Stream) -> Iterator[Ask]:
    for variable, look in facts.looks.items():
        name = next(v for v, (_, entry) in facts.originals.items() if entry is look)
        text = in_both("[What did {b} look like?|How would you describe {b}?|What sort of {b.bare} was it?]",
                       "[{b}是什么样的？|那是什么样的{b}？|{b}长什么样？]", {"b": facts.cast[variable]})  # fmt: skip
        yield Ask("what", f"look {variable}", text, -1, name, ("", "a", "^", "^a"))


def _weather(facts: Known, stream: Stream) -> Iterator[Ask]:
    if "weather" in facts.cast:
        text = in_both(
            "[What was the weather like?|What kind of weather was it?]", "[那天天气怎么样？|那是什么样的天气？]", {}
        )
        yield Ask("what", "weather", text, -1, "weather", ("", "^"))


def _habits(facts: Known, stream: Stream) -> Iterator[Ask]:
    if "habit" in facts.cast:
        text = in_both("[What does the story say about {a} at first?|What was {a} known for?|What was {a} like?]",
                       "[故事开头说{a}怎么样？|{a}是个什么样的孩子？|{a}有什么特点？]", {"a": facts.hero})  # fmt: skip
        yield Ask("what", "habit", text, -1, "habit", ("",))


def _reasons(facts: Known, stream: Stream) -> Iterator[Ask]:
    by_event = {fact.event: fact for fact in facts.facts}
    for fact in facts.facts:
        cause = by_event.get(fact.event - 1)
        if cause is None or not verbs(fact):
            continue
        if fact.kind == "feel":
            glad = facts.feeling(fact) == "glad"
            wet = cause.kind == "weather" and cause.names[0] == "rain" and not glad
            if not wet and cause.kind not in (GOOD_CAUSES if glad else BAD_CAUSES):
                continue
        elif (
            cause.kind != "trouble" or fact.kind not in ("give", "lend", "help") or cause.names[0] not in fact.names[1:]
        ):
            continue
        ways = verbs(cause)
        verb = pick(stream, ways) if ways else None
        answers = {lang: because(cause, lang, verb) for lang in LANGUAGES}
        if all(answers.values()):
            way = verbs(fact)[0]
            helper = "was {a}" if way.base == "be" else "did {a} " + way.base
            text = in_both(f"Why {helper} {way.rest}?", f"{{a}}为什么{way.zh}？", fact.cast)
            yield Ask("why", f"why {fact.event}", text, cause.event, answer={k: v or "" for k, v in answers.items()})


# The words for the time of a story: the variables of its opening, and how they stand in the text.
TIMES = (
    (("day", "half"), "{day} {half}", "{day}{half}"),
    (("season", "part"), "{season} {part}", "{season}的{part.one}"),
    (("weather", "part"), "{weather} {part}", "{weather}{part}"),
    (("occasion",), "{occasion}", "{occasion}"),
)


def _times(facts: Known, stream: Stream) -> Iterator[Ask]:
    fact = next(
        (f for f in facts.facts if f.roles[0] is facts.hero and verbs(f) and f.kind not in ("feel", "have")), None
    )
    for variables, english, chinese in TIMES:
        if fact is None or not set(variables) <= set(facts.cast):
            continue
        way = verbs(fact)[0]
        if way.base != "be":
            text = in_both(
                f"When did {{a}} {way.base} {way.rest}?", "{a}[什么时候|是什么时候]" + way.zh + "？", fact.cast
            )
            answer = {"en": fill(english, facts.cast, "en"), "zh": fill(chinese, facts.cast, "zh")}
            yield Ask("when", f"when {fact.event}", text, fact.event, answer=answer)


# What is counted -> the verb for it; everything else is had.
COUNTED = {
    "flock": ("count", "数到了"),
    "drops": ("count", "数到了"),
    "candles": ("count", "数到了"),
    "points": ("get", "得了"),
}


def _numbers(facts: Known, stream: Stream) -> Iterator[Ask]:
    counts = [fact for fact in facts.find("count") if "mw" in fact.roles[2].forms["zh"]]
    for fact in counts:
        same = [other.event for other in counts if other.names[::2] == fact.names[::2]]
        when = ("", "") if len(same) == 1 else ("at first", "一开始")
        if len(same) > 1 and fact.event == same[-1]:
            when = ("in the end", "最后")
        elif fact.event != same[0]:
            continue
        thing = fact.variables[2]
        verb, chinese = COUNTED.get(facts.originals[thing][0] if thing in facts.originals else thing, ("have", "有"))
        many = "{c.many}" if "many" in fact.roles[2].forms["en"] else "{c.bare}"
        noun = "{c.mw}{c}" if fact.roles[2].forms["zh"]["mw"] else "{c}"
        text = in_both(f"How many {many} did {{a}} {verb} {when[0]}?", f"{when[1]}{{a}}{chinese}几{noun}？", fact.cast)
        yield Ask("how many", f"how many {fact.event}", text, fact.event, fact.variables[1], ("", "^"))


def _yes_or_no(facts: Known, stream: Stream) -> Iterator[Ask]:
    usable = [fact for fact in facts.facts if verbs(fact) and (fact.types[0] in (PERSON, BEAST) or fact.kind == "lie")]
    for fact in shuffled(stream, usable)[:2]:
        true = stream.below(2) == 0
        asked = fact if true else changed(facts, fact, stream)
        if asked is not None:
            text = yes_or_no(asked, pick(stream, verbs(asked)))
            yield Ask("yes/no", f"yes/no {fact.event}", text, fact.event, "", (), ANSWERS[true], fact.variables)
