"""Interactive outputs that work in JupyterLab, in Colab and on the built site, from one script each."""

from minillm.explorables.attention import attention_explorer
from minillm.explorables.base import Explorable
from minillm.explorables.live_model import live
from minillm.explorables.replay import training_replay

__all__ = ["Explorable", "attention_explorer", "live", "training_replay"]
