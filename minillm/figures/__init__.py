"""The book's figures: Plotly charts with one palette, an alt text, a caption, and numbers that tests can compare."""

import os

import plotly.io as pio

from minillm.figures.charts import bars, frames, heatmap, lines, losses
from minillm.figures.style import DIVERGING, GRAY, PALETTE, SEQUENTIAL, figure

__all__ = [
    "DIVERGING",
    "GRAY",
    "PALETTE",
    "SEQUENTIAL",
    "bars",
    "figure",
    "frames",
    "heatmap",
    "lines",
    "losses",
]

# A notebook must store the figure's JSON, not HTML that fetches Plotly from the network. Colab cannot draw the JSON.
if "COLAB_RELEASE_TAG" not in os.environ and "COLAB_NOTEBOOK_ID" not in os.environ:
    pio.renderers.default = "plotly_mimetype"
