"""The look of every figure: one color-blind-safe palette, one bare template, numbers as plain short lists."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

# Okabe and Ito (2008), "Color Universal Design". Their black is left out: the site swaps the ink between light and
# dark pages, and marks in a middle gray are seen on both.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442")
GRAY = "#767676"

# Lightness falls steadily (cividis), so that the order is seen without color and printed in gray.
SEQUENTIAL = "Cividis"
# Blue for negative, orange for positive, and no ink at zero.
DIVERGING = [[0.0, "#0072B2"], [0.25, "#7fb6d8"], [0.5, "#f2f2f2"], [0.75, "#eba56f"], [1.0, "#D55E00"]]

# Dots are kept for lines to compare with.
DASHES = ("solid", "dash", "dashdot", "longdash", "longdashdot")
REFERENCE_DASH = "dot"
SIGNIFICANT_DIGITS = 5
PIXELS_PER_LETTER = 8


def short(values: Any, digits: int = SIGNIFICANT_DIGITS) -> Any:
    """`values` as plain lists of numbers with few digits.

    Plotly would write arrays as base64, which no test can compare within a tolerance and no reader can review.
    """
    array = np.asarray(values.detach().cpu().numpy() if hasattr(values, "detach") else values)
    return _shortened(array.tolist(), digits) if array.dtype.kind == "f" else array.tolist()


def _shortened(value: Any, digits: int) -> Any:
    return [_shortened(each, digits) for each in value] if isinstance(value, list) else short_number(value, digits)


def short_number(value: float, digits: int = SIGNIFICANT_DIGITS) -> float | int | None:
    """`value` rounded to `digits` significant digits; None, a gap in a line, if it is not finite."""
    if not np.isfinite(value):
        return None
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def figure(
    traces: Sequence[Any],
    *,
    alt: str,
    caption: str,
    tolerance: float | None = None,
    x_title: str = "",
    y_title: str = "",
    height: int = 380,
    **layout: Any,
) -> go.Figure:
    """A Plotly figure of `traces` with the book's look.

    Args:
        alt: what is to be seen, in a sentence, for readers who do not see it.
        caption: the question's answer. Notebooks show it above the plot, the site below.
        tolerance: how far the numbers may differ between processors (None: not at all).
        x_title: the label of the horizontal axis, with its unit.
        y_title: the label of the vertical axis, with its unit.
        height: pixels.
        layout: anything that Plotly's layout takes.
    """
    if not alt.strip() or not caption.strip():
        raise ValueError("a figure needs an alt text (what is to be seen) and a caption (what it answers)")
    # Given here, the template replaces Plotly's own; given to update_layout, it would be merged into it.
    result = go.Figure(data=list(traces), layout={"template": _template()})
    result.update_layout(
        meta={"alt": alt, "caption": caption, "tolerance": tolerance},
        **titled(caption, layout.get("width")),
        xaxis={"title": {"text": x_title}},
        yaxis={"title": {"text": y_title}},
        height=height,
    )
    result.update_layout(**layout)
    return result


def titled(caption: str, width: int | None = None) -> dict[str, Any]:
    """The layout that shows the caption above the plot in notebooks: lines of text and room for them and a legend.

    Plotly can make the room itself, but then sets a title of several lines too high.
    """
    rows = textwrap.wrap(caption, width // PIXELS_PER_LETTER if width else 95)
    text = re.sub(r"\*([^*]+)\*", r"<i>\1</i>", "<br>".join(rows)).replace("`", "")
    return {"title": {"text": text}, "margin": {"t": 48 + 20 * len(rows)}}


def _template() -> dict[str, Any]:
    """Plotly's defaults made quiet. The site replaces the gray of the text by the ink of its theme."""
    axis = {"automargin": True, "gridcolor": "rgba(128,128,128,0.25)", "zeroline": False, "ticks": "outside"}
    return {
        "layout": {
            "autosize": True,
            "colorway": list(PALETTE),
            "font": {"size": 14, "color": GRAY},
            "hovermode": "closest",
            "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left"},
            "margin": {"l": 8, "r": 16, "t": 16, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "title": {
                "font": {"size": 14},
                "x": 0,
                "xanchor": "left",
                "y": 1,
                "yanchor": "top",
                "yref": "container",
                "pad": {"t": 18},
            },
            "xaxis": axis,
            "yaxis": axis,
        }
    }


def labels(tokens: Iterable[object]) -> list[str]:
    """Tokens as tick labels: a space and a line break are made visible, and equal tokens stay apart.

    Plotly would merge two rows of the same name, so each repetition gets one more zero-width space.
    """
    seen: dict[str, int] = {}
    result = []
    for token in tokens:
        text = str(token).replace(" ", "␣").replace("\n", "⏎")
        seen[text] = seen.get(text, -1) + 1
        result.append(text + "\u200b" * seen[text])
    return result
