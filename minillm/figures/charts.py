"""The four kinds of figure that the book needs: lines, bars, matrices, and frames under a slider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from minillm.figures.style import (
    DASHES,
    DIVERGING,
    GRAY,
    PALETTE,
    REFERENCE_DASH,
    SEQUENTIAL,
    figure,
    labels,
    short,
    titled,
)

# The site takes it off again and puts a slider that the keyboard reaches below the plot.
SLIDER_HEIGHT = 90
# For the names of the rows and the scale of the colors.
ROOM_BESIDE_MATRIX = 100


def lines(
    series: Mapping[str, tuple[Any, Any]],
    x_title: str,
    y_title: str,
    *,
    alt: str,
    caption: str,
    reference: Mapping[str, float] | None = None,
    markers: bool = False,
    log_x: bool = False,
    log_y: bool = False,
    tolerance: float | None = None,
    **layout: Any,
) -> go.Figure:
    """Curves y(x), told apart by color and by dash.

    Args:
        series: for each name in the legend, its x and its y.
        x_title: the horizontal axis, with its unit.
        y_title: the vertical axis, with its unit.
        reference: horizontal lines to compare with, by name, such as ``{"entropy floor": 0.61}``.
        markers: draw the points too.
        log_x: a logarithmic horizontal axis.
        log_y: a logarithmic vertical axis.
        alt, caption, tolerance, layout: see `minillm.figures.figure`.
    """
    traces = []
    for index, (name, (x, y)) in enumerate(series.items()):
        line = {"color": PALETTE[index % len(PALETTE)], "dash": DASHES[index % len(DASHES)], "width": 2}
        mode = "lines+markers" if markers else "lines"
        traces.append(go.Scatter(x=short(x), y=short(y), name=name, mode=mode, line=line))
    xs = np.concatenate([np.asarray(short(x), dtype=float) for x, _ in series.values()])
    for name, level in (reference or {}).items():
        ends = short([np.nanmin(xs), np.nanmax(xs)])
        line = {"color": GRAY, "dash": REFERENCE_DASH, "width": 2}
        traces.append(go.Scatter(x=ends, y=short([level, level]), name=name, mode="lines", line=line))
    result = figure(traces, alt=alt, caption=caption, tolerance=tolerance, x_title=x_title, y_title=y_title, **layout)
    result.update_layout(showlegend=len(traces) > 1)
    if log_x:
        result.update_xaxes(type="log")
    if log_y:
        result.update_yaxes(type="log")
    return result


def losses(
    history: Mapping[str, tuple[Any, Any]],
    floor: float | None = None,
    baselines: Mapping[str, float] | None = None,
    *,
    alt: str,
    caption: str,
    x_title: str = "training step",
    y_title: str = "loss (nats per token)",
    **options: Any,
) -> go.Figure:
    """Loss curves with the entropy floor that no model can pass, and baselines, as horizontal lines.

    Args:
        history: for each curve, its steps and its losses.
        floor: the entropy floor, in the unit of the losses.
        baselines: losses of simpler models, by name.
        alt, caption, options: see `lines`.
    """
    reference = dict(baselines or {})
    if floor is not None:
        reference["entropy floor"] = floor
    return lines(history, x_title, y_title, alt=alt, caption=caption, reference=reference, **options)


def bars(
    values: Mapping[str, float] | Mapping[str, Mapping[str, float]],
    x_title: str,
    y_title: str,
    *,
    alt: str,
    caption: str,
    horizontal: bool = False,
    tolerance: float | None = None,
    **layout: Any,
) -> go.Figure:
    """Bars from zero, one for each name, or groups of them.

    Args:
        values: the height of each bar; or for each group in the legend such a mapping.
        x_title: the horizontal axis, with its unit.
        y_title: the vertical axis, with its unit.
        horizontal: bars from left to right, for names that are long.
        alt, caption, tolerance, layout: see `minillm.figures.figure`.
    """
    grouped = all(isinstance(value, Mapping) for value in values.values())
    groups: Mapping[str, Any] = values if grouped else {"": values}
    traces = []
    for index, (name, heights) in enumerate(groups.items()):
        ends, sizes = [str(end) for end in heights], short([float(size) for size in heights.values()])
        axes = {"x": sizes, "y": ends, "orientation": "h"} if horizontal else {"x": ends, "y": sizes}
        traces.append(go.Bar(name=name, marker={"color": PALETTE[index % len(PALETTE)]}, **axes))
    result = figure(traces, alt=alt, caption=caption, tolerance=tolerance, x_title=x_title, y_title=y_title, **layout)
    result.update_layout(showlegend=grouped and len(traces) > 1, barmode="group")
    if horizontal:
        result.update_yaxes(autorange="reversed", type="category")
    else:
        result.update_xaxes(type="category")
    return result


def heatmap(
    matrix: Any,
    x_labels: Sequence[str] | None = None,
    y_labels: Sequence[str] | None = None,
    *,
    alt: str,
    caption: str,
    x_title: str = "",
    y_title: str = "",
    signed: bool = False,
    limit: float | None = None,
    unit: str = "",
    show_values: bool | None = None,
    tolerance: float | None = None,
    **layout: Any,
) -> go.Figure:
    """A matrix as colored cells, the first row on top.

    Args:
        matrix: the values, rows by columns: a tensor, an array or nested lists.
        x_labels: the columns' names, such as the keys' tokens.
        y_labels: the rows' names, such as the queries' tokens.
        x_title: what the columns are.
        y_title: what the rows are.
        signed: values have a sign: a diverging scale, centered on zero. Otherwise a sequential one from zero.
        limit: the value at the end of the scale (None: the largest in the matrix).
        unit: what the color means, written beside its scale.
        show_values: write each value in its cell (None: where there are at most 64).
        alt, caption, tolerance, layout: see `minillm.figures.figure`.
    """
    rows = short(matrix)
    array = np.array(rows, dtype=float)
    top = limit if limit is not None else float(np.nanmax(np.abs(array)))
    low = -top if signed else min(0.0, float(np.nanmin(array)))
    trace = _cells(rows, low, top, DIVERGING if signed else SEQUENTIAL, unit)
    trace.update(x=labels(x_labels or range(array.shape[1])), y=labels(y_labels or range(array.shape[0])))
    if show_values if show_values is not None else array.size <= 64:
        trace.update(texttemplate="%{z:.2f}")
    square = array.shape[0] == array.shape[1]
    if square:
        layout.setdefault("width", layout.get("height", 380) + ROOM_BESIDE_MATRIX)
    result = figure([trace], alt=alt, caption=caption, tolerance=tolerance, x_title=x_title, y_title=y_title, **layout)
    result.update_xaxes(tickangle=0 if array.shape[1] <= 12 else -90)
    for update in (result.update_xaxes, result.update_yaxes):
        update(type="category", dtick=1, showgrid=False, constrain="domain")
    result.update_yaxes(autorange="reversed")
    if square:
        result.update_yaxes(scaleanchor="x")
        result.update_xaxes(constraintoward="right")
    return result


def _cells(rows: list[list[float]], low: float, high: float, scale: Any, unit: str) -> go.Heatmap:
    return go.Heatmap(
        z=rows,
        zmin=short(low),
        zmax=short(high),
        colorscale=scale,
        xgap=1,
        ygap=1,
        colorbar={"title": {"text": unit, "side": "right"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="%{y} → %{x}: %{z}<extra></extra>",
    )


def frames(figures: Mapping[str, go.Figure], *, slider: str, alt: str, caption: str) -> go.Figure:
    """Figures of one kind behind one slider, all computed beforehand, so that it moves without a kernel.

    Args:
        figures: for each position of the slider, its label and the figure to show. All have the same number of traces;
            the axes are those of the first, stretched to hold all.
        slider: what the slider changes, such as ``"temperature"``.
        alt, caption: see `minillm.figures.figure`.
    """
    first, *others = figures.values()
    if any(len(other.data) != len(first.data) for other in others):
        raise ValueError("all figures behind a slider need the same number of traces")
    result = go.Figure(data=first.data, layout=first.layout)
    result.frames = [go.Frame(name=label, data=each.data) for label, each in figures.items()]
    jump = {"mode": "immediate", "frame": {"duration": 0, "redraw": True}, "transition": {"duration": 0}}
    steps = [{"label": label, "method": "animate", "args": [[label], jump]} for label in figures]
    bar = {"currentvalue": {"prefix": f"{slider}: "}, "pad": {"t": 48}, "steps": steps, "active": 0}
    tolerances = [each.layout.meta["tolerance"] for each in figures.values()]
    tolerance = max((value for value in tolerances if value is not None), default=None)
    result.update_layout(
        sliders=[bar],
        meta={"alt": alt, "caption": caption, "tolerance": tolerance},
        **titled(caption, first.layout.width),
        height=(first.layout.height or 380) + SLIDER_HEIGHT,
    )
    _hold_all(result, list(figures.values()))
    return result


def _hold_all(result: go.Figure, figures: list[go.Figure]) -> None:
    """Fix the vertical axis to what all frames need, so that it does not jump while the slider moves."""
    values = [
        float(value)
        for each in figures
        for trace in each.data
        if trace.type in ("scatter", "bar") and getattr(trace, "orientation", None) != "h"
        for value in trace.y
        if value is not None
    ]
    if values and result.layout.yaxis.type != "log":
        low, high = min(values), max(values)
        if any(trace.type == "bar" for trace in result.data):
            low, high = min(0.0, low), max(0.0, high)
        margin = 0.05 * (high - low or 1.0)
        result.update_yaxes(range=short([low - margin * (low < 0 or result.data[0].type == "scatter"), high + margin]))
