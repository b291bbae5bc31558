"""The four splits share nothing; the fourth holds exactly what the first three never draw."""

import itertools

import pytest

from minillm import town
from minillm.town.grammar import Turn

SPLITS = ("train", "valid", "test", "combinations")


@pytest.fixture(scope="module")
def drawn():
    """Some stories of each split in each language."""
    return {split: {lang: list(town.stories(split, lang, 150)) for lang in town.LANGUAGES} for split in SPLITS}


def held_out(plan):
    """By the definition: a hero with a thing that is kept apart, or a beat after one that it is kept apart from."""
    pair = (plan.cast["hero"].name, plan.cast["thing"].name) if "thing" in plan.cast else None
    names = [beat.name for beat in plan.beats]
    order = any(beat.apart & set(names[:index]) for index, beat in enumerate(plan.beats))
    return pair in town.TOWN.apart or order


def test_splits_share_neither_plans_nor_texts(drawn):
    for one, other in itertools.combinations(SPLITS, 2):
        for lang in town.LANGUAGES:
            assert not {s.plan.key for s in drawn[one][lang]} & {s.plan.key for s in drawn[other][lang]}
            assert not {s.text for s in drawn[one][lang]} & {s.text for s in drawn[other][lang]}


def test_held_out_combinations_make_up_the_fourth_split_and_no_other(drawn):
    for split in SPLITS:
        for story in drawn[split]["en"]:
            assert story.plan.split == split
            assert held_out(story.plan) == (split == "combinations"), story


def test_both_kinds_of_combination_are_held_out(drawn):
    plans = [story.plan for story in drawn["combinations"]["en"]]
    pairs = [p for p in plans if "thing" in p.cast and (p.cast["hero"].name, p.cast["thing"].name) in town.TOWN.apart]
    assert 8 < len(pairs) < len(plans) - 8


def test_each_part_of_a_held_out_combination_is_met_in_training():
    heroes, things = (set(names) for names in zip(*town.TOWN.apart, strict=True))
    plans = [town.plan(seed) for seed in range(5000)]
    assert heroes <= {plan.cast["hero"].name for plan in plans}
    assert things <= {plan.cast["thing"].name for plan in plans if "thing" in plan.cast}
    met = {beat for plan in plans for beat in plan.beats}
    assert {beat for beat in town.TOWN.beats if beat.apart} <= met


def test_a_turn_always_leaves_a_beat_that_may_follow():
    with pytest.raises(ValueError, match="leave one"):
        Turn([beat for beat in town.TOWN.beats if beat.apart][:1])


def test_a_parsed_story_knows_its_split(drawn):
    for split in SPLITS:
        for lang in town.LANGUAGES:
            for story in drawn[split][lang][:20]:
                assert town.parse(story.text, lang).plan.split == split
