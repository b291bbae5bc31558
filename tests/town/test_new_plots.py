"""What is particular to the plots of the market, the road, the fables and the night."""

import itertools
from collections import defaultdict

import pytest

from minillm import town
from minillm.town.more_lexicon import MORE_LEXICON

WORDS = {
    "en": ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"],
    "zh": ["二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三"],
}
OURS = ("basket", "bargain", "swaps", "contest", "invention", "follower", "secret", "loud")


def value(entry, lang="en"):
    return WORDS[lang].index(entry.forms[lang]["sum" if lang == "zh" else ""]) + 2


@pytest.fixture(scope="module")
def told():
    """At least sixty stories of each plot: name -> (plan, English, Chinese)."""
    found = defaultdict(list)
    for seed in itertools.count():
        plan = town.plan(seed)
        if plan.plot in OURS:
            found[plan.plot].append((plan, town.tell(plan, "en", seed), town.tell(plan, "zh", seed)))
        if len(found) == len(OURS) and all(len(stories) >= 60 for stories in found.values()):
            return found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_gone_and_what_is_left_make_the_total(lang):
    for total in MORE_LEXICON["total"].entries:
        for gone in total.tables["gone"].entries:
            (left,) = gone.tables["left"].entries
            assert value(gone, lang) + value(left, lang) == value(total, lang)
            assert value(gone, lang) >= 2 and value(left, lang) >= 2


def test_offers_lie_below_the_purse_and_prices_above():
    for purse in MORE_LEXICON["purse"].entries:
        assert all(value(price) > value(purse) for price in purse.tables["price"].entries)
        for offer in purse.tables["offer"].entries:
            (left,) = offer.tables["left"].entries
            assert value(offer) + value(left) == value(purse)


def test_two_is_liang_before_a_measure_word_and_er_in_a_sum():
    two = MORE_LEXICON["few"].by_name["two"]
    assert (two.forms["zh"][""], two.forms["zh"]["sum"]) == ("两", "二")


@pytest.mark.slow
def test_every_story_is_read_back_as_it_was_told(told):
    for stories in told.values():
        for plan, *pair in stories:
            assert all(town.parse(story.text, story.lang).plan == plan for story in pair)


@pytest.mark.parametrize(
    ("plot", "owner", "thing"), [("bargain", "kin", "curio"), ("swaps", "kin", "prize"), ("follower", "hero", "thing")]
)
def test_the_thing_of_the_story_ends_where_it_belongs(told, plot, owner, thing):
    for plan, *_ in told[plot]:
        assert plan.world.has[plan.cast[thing].name] == plan.cast[owner].name


def test_a_journey_of_swaps_leaves_each_thing_with_somebody_who_needed_it(told):
    for plan, *_ in told["swaps"]:
        cast, has = plan.cast, plan.world.has
        assert has[cast["gift"].name] == cast["miller"].name
        assert has[cast["swap"].name] == (cast.get("ferryman") or cast["friend"]).name


def test_neither_the_hero_nor_the_rival_wins_the_contest(told):
    for plan, *_ in told["contest"]:
        (winner,) = {event.roles[0] for event in plan.events if event.kind == "win"}
        assert winner not in (plan.cast["hero"].name, plan.cast["rival"].name)


def test_the_first_wish_comes_back_at_the_end(told):
    for plan, english, chinese in told["invention"]:
        for story in (english, chinese):
            assert story.text.count(plan.cast["machine"].forms[story.lang][""]) >= 2
    for plan, english, chinese in told["loud"]:
        for story in (english, chinese):
            assert story.text.count(plan.cast["horn"].forms[story.lang][""]) >= 2
