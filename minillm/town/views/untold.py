"""Questions that a story does not answer, though they sound like those that it does."""

from collections.abc import Iterator

from minillm.town.stream import Stream
from minillm.town.views.asking import ASKED_WITH, Ask, ask_for, in_both
from minillm.town.views.entities import PERSON, THING
from minillm.town.views.facts import Fact, Known, pick, shuffled
from minillm.town.views.truth import alike, outsider, verbs
from minillm.town.views.verbs import VERB
from minillm.town.words import Entry

UNTOLD_KINDS = ("break", "mend", "eat", "lend", "buy", "lose", "scold", "climb", "wait", "win", "thank", "hide")
UNTOLD = (
    ("How old [is|was] {a}?", "{a}[几岁了|今年几岁|多大了]？"),
    ("What is the name of {a.own} [teacher|cousin|neighbor]?", "{a.own}[老师|表哥|邻居]叫什么名字？"),
    ("How much did {b} [cost|weigh]?", "{b}[值多少钱|有多重]？"),
    ("Which street does {a} live in?", "{a}住在哪条街上？"),
    ("What did {a} eat for breakfast?", "{a}早饭吃了什么？"),
    ("Who made {a.own} shoes?", "{a.own}鞋子是谁做的？"),
    ("What did {a} dream of that night?", "那天夜里{a}梦见了什么？"),
    ("How many brothers does {a} have?", "{a}有几个哥哥？"),
    ("Who sewed a ribbon on {b}?", "谁在{b}上系过丝带？"),
    ("When is {a.own} birthday?", "{a.own}生日是哪一天？"),
)  # fmt: skip


def unanswerable(facts: Known, stream: Stream) -> Iterator[Ask]:
    people = facts.people()
    things = [facts.cast[v] for v in facts.of_type(THING)]
    if people and stream.below(3) == 0:
        number = stream.below(len(UNTOLD))
        if things or "{b" not in "".join(UNTOLD[number]):
            cast = {"a": pick(stream, people)} | ({"b": pick(stream, things)} if things else {})
            yield Ask("unanswerable", f"untold {number}", in_both(*UNTOLD[number], cast))
    for fact in shuffled(stream, facts.facts):
        ways, roles = verbs(fact), [i for i, t in enumerate(fact.types) if t in ASKED_WITH]
        if not ways or len(roles) < 2 or fact.types[0] != PERSON:
            continue
        asked = pick(stream, roles)
        other = pick(stream, [i for i in roles if i != asked])
        stranger = outsider(facts, fact.types[other], stream, fact.variables[other])
        if stranger is not None:
            strange = fact.replaced(other, stranger, fact.types[other])
            yield Ask("unanswerable", f"stranger {fact.event}", ask_for(strange, asked, pick(stream, ways)))
            break
    yield from _never_happened(facts, stream, people, things)


def _never_happened(facts: Known, stream: Stream, people: list[Entry], things: list[Entry]) -> Iterator[Ask]:
    """About people of the story, but an event of a kind that nothing in the story is like."""
    told = {fact.kind for fact in facts.facts}
    kinds = [kind for kind in UNTOLD_KINDS if not any(alike(kind, other) for other in told)]
    if not kinds or not people:
        return
    kind = pick(stream, kinds)
    who, role = pick(stream, people), 1
    if kind in ("scold", "wait", "win", "thank"):
        fact = Fact(kind, (who, who), (PERSON, PERSON), -1)
    elif kind in ("lend", "buy"):
        other = outsider(facts, PERSON, stream)
        if other is None or not things:
            return
        fact, role = Fact(kind, (who, other, things[0]), (PERSON, PERSON, THING), -1), 2
    else:
        fact = Fact(kind, (who, who), (PERSON, THING), -1)
    yield Ask("unanswerable", f"never {kind}", ask_for(fact, role, pick(stream, VERB[kind])))
