"""Interactive outputs that work in JupyterLab, in Colab and on the built site, from one script each."""

from minillm.explorables.base import Explorable

__all__ = ["Explorable"]
