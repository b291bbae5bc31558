"""A small generated town whose stories, in English and Chinese, have exactly known probabilities."""

from functools import partial

from minillm.town import more_plots, plots, plots_fables, plots_gifts, plots_market, plots_night, plots_ways, prediction
from minillm.town.frame_lexicon import FRAME_LEXICON
from minillm.town.grammar import Turn
from minillm.town.heldout import pairs_apart
from minillm.town.lexicon import LEXICON
from minillm.town.more_lexicon import MORE_LEXICON
from minillm.town.openings import OPENING, frames
from minillm.town.story import SPLITS, Plan, Story
from minillm.town.telling import Floor, Town
from minillm.town.words import LANGUAGES

# Every kind of story with its weight.
PLOTS = (
    *plots.PLOTS,
    *plots_gifts.PLOTS,
    *more_plots.PLOTS,
    *plots_market.PLOTS,
    *plots_ways.PLOTS,
    *plots_fables.PLOTS,
    *plots_night.PLOTS,
)
TOWN = Town(
    LEXICON | FRAME_LEXICON | MORE_LEXICON,
    [OPENING, frames(Turn([plot for _, plot in PLOTS], [weight for weight, _ in PLOTS]))],
    pairs_apart(LEXICON["child"], LEXICON["thing"]),
)

plan, tell, stories = TOWN.plan, TOWN.tell, TOWN.stories
parse, logprob = TOWN.parse, TOWN.logprob
entropy_floor, alphabet = TOWN.entropy_floor, TOWN.alphabet
next_words = partial(prediction.next_words, TOWN)

__all__ = [
    "LANGUAGES", "PLOTS", "SPLITS", "TOWN", "Floor", "Plan", "Story", "Town",
    "alphabet", "entropy_floor", "logprob", "next_words", "parse", "plan", "stories", "tell",
]  # fmt: skip
