"""Interactive outputs that work in JupyterLab, in Colab and on the built site, from one script each."""

from minillm.explorables.attention import attention_explorer
from minillm.explorables.base import Explorable
from minillm.explorables.bpe_stepper import bpe_stepper
from minillm.explorables.budget import budget
from minillm.explorables.embedding_map import embedding_map
from minillm.explorables.encoding_explorer import encoding_explorer
from minillm.explorables.fill_the_gap import fill_the_gap
from minillm.explorables.follow_a_token import follow_a_token
from minillm.explorables.learning_to_answer import learning_to_answer
from minillm.explorables.live_model import live
from minillm.explorables.loss_race import loss_race
from minillm.explorables.memory_lane import memory_lane
from minillm.explorables.next_word_game import next_word_game
from minillm.explorables.objectives import objective_explorer
from minillm.explorables.replay import training_replay
from minillm.explorables.rotation import rotation
from minillm.explorables.three_scores import three_scores

__all__ = [
    "Explorable",
    "attention_explorer",
    "bpe_stepper",
    "budget",
    "embedding_map",
    "encoding_explorer",
    "fill_the_gap",
    "follow_a_token",
    "learning_to_answer",
    "live",
    "loss_race",
    "memory_lane",
    "next_word_game",
    "objective_explorer",
    "rotation",
    "three_scores",
    "training_replay",
]
