"""A small generated town whose stories, in English and Chinese, have exactly known probabilities."""

from minillm.town.grammar import one_of
from minillm.town.lexicon import LEXICON
from minillm.town.more_plots import ERRAND, NOISE, RAIN, STRAY
from minillm.town.plots import GIFT, LOST, QUARREL, SURPRISE
from minillm.town.telling import Floor, Plan, Story, Town
from minillm.town.words import LANGUAGES

TOWN = Town(LEXICON, [one_of(5, LOST, 4, QUARREL, 4, SURPRISE, 4, ERRAND, 4, RAIN, 3, GIFT, 3, STRAY, 3, NOISE)])

plan, tell, stories = TOWN.plan, TOWN.tell, TOWN.stories
parse, logprob = TOWN.parse, TOWN.logprob
entropy_floor, alphabet = TOWN.entropy_floor, TOWN.alphabet

__all__ = [
    "LANGUAGES", "TOWN", "Floor", "Plan", "Story", "Town",
    "alphabet", "entropy_floor", "logprob", "parse", "plan", "stories", "tell",
]  # fmt: skip
