"""The standing facts of the town and of a story as triples of subject, predicate and object."""

from typing import NamedTuple

from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.stream import Stream, mix
from minillm.town.views.facts import Known, known
from minillm.town.words import Entry

# predicate -> its name in Chinese
PREDICATES = {
    "has type": "类别", "works at": "工作地点", "sells": "出售", "is near": "靠近", "goes to": "上学地点",
    "likes to eat": "爱吃",
    "is a friend of": "是……的朋友", "is the grandmother of": "是……的奶奶",
    "is the grandfather of": "是……的爷爷", "is the mother of": "是……的妈妈",
    "is the father of": "是……的爸爸", "is an aunt of": "是……的姑姨", "is an uncle of": "是……的叔舅",
    "is a great-aunt of": "是……的姑奶奶",
     "is a great-uncle of": "是……的叔公", "is a cousin of": "是……的表亲",
    "belongs to": "属于", "is at": "在",
    "feels": "心情", "looks": "样子", "is known as": "特点",
}  # fmt: skip
KINSHIP = {"Grandma": "is the grandmother of", "Grandpa": "is the grandfather of", "Mama": "is the mother of",
           "Papa": "is the father of", "Aunt": "is an aunt of", "Uncle": "is an uncle of",
           "Great-Aunt": "is a great-aunt of",
           "Great-Uncle": "is a great-uncle of", "Cousin": "is a cousin of"}  # fmt: skip
SORTS = {"child": ("child", "孩子"), "kin": ("grown-up", "大人"), "trade": ("tradesperson", "手艺人"),
         "place": ("place", "地方"),
         "animal": ("animal", "动物"), "pet": ("animal", "动物"), "thing": ("thing", "东西"), "toy": ("thing", "东西"),
         "food": ("food", "食物"), "job": ("tradesperson", "手艺人")}  # fmt: skip
WORKPLACES = {"baker": "market", "farmer": "farm", "grocer": "market", "gardener": "park", "fisher": "harbor",
              "beekeeper": "hill", "tailor": "market", "carpenter": "woods",
              "potter": "river", "cobbler": "station"}  # fmt: skip


class Triple(NamedTuple):
    """A fact: who or what, the relation, and to whom or what. Predicates are those of PREDICATES."""

    subject: str
    predicate: str
    object: str


Node = Entry | tuple[str, str]
Fact = tuple[Node, str, Node]


def town_triples(lang: str = "en") -> tuple[Triple, ...]:
    """What is always so: who works where and sells what, what lies near what, who likes what and is whose friend."""
    return tuple(dict.fromkeys(_put(fact, lang) for fact in _standing()))


def triples(story: Story) -> tuple[Triple, ...]:
    """What is so at the end of a story, and what is always so of those who take part in it."""
    facts = known(story.plan)
    named = {entry for _, entry in facts.originals.values()}
    standing = [fact for fact in _standing() if fact[0] in named and (fact[1] != "is a friend of" or fact[2] in named)]
    return tuple(dict.fromkeys(_put(fact, story.lang) for fact in (*_of_story(story, facts), *standing)))


def _put(fact: Fact, lang: str) -> Triple:
    subject, predicate, about = fact
    words = predicate if lang == "en" else PREDICATES[predicate]
    return Triple(_word(subject, lang), words, _word(about, lang))


def _word(entry: Node, lang: str) -> str:
    if isinstance(entry, tuple):
        return entry[lang == "zh"]
    return entry.forms[lang].get("it", entry.forms[lang][""]).removeprefix("the ")


def _standing() -> list[Fact]:
    lexicon = TOWN.lexicon
    found: list[Fact] = []
    for table, sort in SORTS.items():
        if table in lexicon:
            found += [(entry, "has type", sort) for entry in lexicon[table].entries]
    places, children, foods = (lexicon[name].entries for name in ("place", "child", "food"))
    for trade in lexicon["trade"].entries:
        place = lexicon["place"].by_name.get(WORKPLACES.get(trade.name, ""))
        if place is not None:
            found.append((trade, "works at", place))
        found += [(trade, "sells", goods) for table in trade.tables.values() for goods in table.entries]
    for first, second in zip(places, (*places[1:], places[0]), strict=True):
        found += [(first, "is near", second), (second, "is near", first)]
    for child in children:
        chance = Stream(mix(int.from_bytes(child.name.encode(), "big")))
        friend = children[chance.below(len(children))]
        found += [
            (child, "goes to", lexicon["place"].by_name["school"]),
            (child, "likes to eat", foods[chance.below(len(foods))]),
        ]
        found += [(child, "is a friend of", friend), (friend, "is a friend of", child)] if friend is not child else []
    return found


def _of_story(story: Story, facts: Known) -> list[Fact]:
    by_name = {entry.name: entry for _, entry in facts.originals.values()}
    world = story.plan.world
    found: list[Fact] = []
    hero = facts.originals["hero"][1]
    for table, entry in facts.originals.values():
        if table in ("kin", "relative") and (relation := KINSHIP.get(entry.forms["en"][""].split()[0])):
            found.append((entry, relation, hero))
        if table == "habit":
            found.append((hero, "is known as", (_habit(entry, "en"), _habit(entry, "zh"))))
    for what, who in world.has.items():
        if who in by_name and what in by_name:
            found.append((by_name[what], "belongs to", by_name[who]))
    found += [
        (by_name[who], "is at", by_name[where]) for who, where in world.where.items() if {who, where} <= set(by_name)
    ]
    found += [
        (by_name[who], "feels", by_name[how]) for who, (how, _) in world.feels.items() if {who, how} <= set(by_name)
    ]
    found += [(facts.originals[variable][1], "looks", look) for variable, look in facts.looks.items()]
    return found


def _habit(entry: Entry, lang: str) -> str:
    text = entry.forms[lang][""]
    return "one " + text if lang == "en" else text.removesuffix("的")
