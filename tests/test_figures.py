"""Figures: numbers that can be compared, words for those who do not see them, colors for the color-blind."""

import json
import math

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import pytest
import torch

from minillm import figures
from minillm.figures.style import labels, short, short_number

WORDS = {"alt": "A curve falls.", "caption": "The loss falls."}


def bundle(figure):
    return figure._repr_mimebundle_()["application/vnd.plotly.v1+json"]


ALL = {
    "lines": lambda: figures.lines({"a": ([0, 1], [1.5, 2.5])}, "step", "loss", reference={"floor": 0.5}, **WORDS),
    "losses": lambda: figures.losses({"a": ([0, 1], torch.tensor([1.0, 0.3]))}, floor=0.25, **WORDS),
    "bars": lambda: figures.bars({"a": 1.0, "b": 2.0}, "model", "nats", **WORDS),
    "grouped bars": lambda: figures.bars(
        {"train": {"a": 1.0}, "test": {"a": 2.0}}, "nats", "model", horizontal=True, **WORDS
    ),
    "heatmap": lambda: figures.heatmap(torch.rand(3, 4), [*list("abc"), "a"], list("xyz"), **WORDS),
    "frames": lambda: figures.frames(
        {str(t): figures.bars({"a": t, "b": 1.0}, "token", "p", **WORDS) for t in (0.5, 2.0)},
        slider="temperature",
        **WORDS,
    ),
}


@pytest.fixture(params=ALL, ids=str)
def figure(request):
    return ALL[request.param]()


def strings(value):
    if isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value


def test_every_figure_carries_its_words_in_the_stored_output(figure):
    meta = bundle(figure)["layout"]["meta"]
    assert (meta["alt"], meta["caption"]) == (WORDS["alt"], WORDS["caption"])
    assert "tolerance" in meta


def test_arrays_are_stored_as_numbers(figure):
    assert "bdata" not in set(strings(bundle(figure)))


def test_the_stored_output_is_small_and_survives_json(figure):
    stored = json.dumps(bundle(figure))
    assert len(stored) < 4500
    assert go.Figure({k: v for k, v in json.loads(stored).items() if k != "config"})


def test_notebooks_store_no_html_that_would_fetch_plotly():
    assert pio.renderers.default == "plotly_mimetype"


@pytest.mark.parametrize("missing", ["alt", "caption"])
def test_words_are_required(missing):
    with pytest.raises(ValueError, match="alt text"):
        figures.bars({"a": 1.0}, "x", "y", **(WORDS | {missing: "  "}))


@pytest.mark.parametrize("value", [0.0, 1.0, -123456.789, 1e-12, 0.1234567, 3.0e20])
def test_numbers_are_rounded_to_five_digits(value):
    assert math.isclose(short_number(value), value, rel_tol=5e-5)
    assert len(repr(short_number(value)).strip("-").replace(".", "").split("e")[0].strip("0")) <= 5


def test_what_is_not_finite_becomes_a_gap():
    assert short(torch.tensor([[1.0, math.nan], [math.inf, 2.25]])) == [[1, None], [None, 2.25]]


def test_whole_numbers_and_truth_values_stay_what_they_are():
    assert short(np.array([1234567, 2])) == [1234567, 2]
    assert short(torch.tensor([True, False])) == [True, False]


def test_a_signed_matrix_has_zero_in_the_middle_of_a_diverging_scale():
    trace = figures.heatmap([[-1.0, 3.0]], signed=True, **WORDS).data[0]
    assert (trace.zmin, trace.zmax) == (-3, 3)
    middle = dict(trace.colorscale)[0.5]
    assert len({middle[k : k + 2] for k in (1, 3, 5)}) == 1, "the middle is gray"


def test_an_unsigned_matrix_has_a_scale_that_grows_steadily_lighter():
    trace = figures.heatmap([[0.2, 0.7]], **WORDS).data[0]
    assert (trace.zmin, trace.zmax) == (0, 0.7)
    lightness = [luminance(color) for _, color in trace.colorscale]
    assert lightness == sorted(lightness)


def test_equal_tokens_keep_their_own_columns():
    names = labels(["the", "cat", "the", " "])
    assert len(set(names)) == 4
    assert [name.rstrip("\u200b") for name in names] == ["the", "cat", "the", "␣"]


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("paper", ["#ffffff", "#121212"])
def test_the_gray_of_letters_is_read_on_light_and_on_dark_paper(paper):
    assert contrast(figures.GRAY, paper) > 4


def deuteranope(color: str) -> np.ndarray:
    """What is seen without the middle cones: Viénot, Brettel and Mollon (1999), in linear RGB."""
    linear = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]) ** 2.2
    return np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]) @ linear


def test_colors_differ_for_the_color_blind():
    seen = [deuteranope(color) for color in figures.PALETTE[:4]]
    distances = [np.abs(one - other).max() for k, one in enumerate(seen) for other in seen[:k]]
    assert min(distances) > 0.05


def test_series_differ_by_dash_as_well_as_by_color():
    figure = figures.lines({name: ([0, 1], [0, 1]) for name in "abcd"}, "x", "y", **WORDS)
    assert len({trace.line.dash for trace in figure.data}) == 4


def test_reference_lines_span_the_curves():
    figure = figures.losses({"a": ([5, 10], [2, 1]), "b": ([0, 7], [2, 1])}, floor=0.25, **WORDS)
    floor = figure.data[-1]
    assert (floor.name, list(floor.x), list(floor.y)) == ("entropy floor", [0, 10], [0.25, 0.25])


def test_a_slider_has_a_frame_for_each_of_its_steps():
    figure = ALL["frames"]()
    steps = figure.layout.sliders[0].steps
    assert [step.label for step in steps] == [frame.name for frame in figure.frames] == ["0.5", "2.0"]
    assert [list(frame.data[0].y) for frame in figure.frames] == [[0.5, 1], [2, 1]]
    assert figure.layout.yaxis.range[1] >= 2, "the axis holds the largest frame"


def test_frames_take_the_widest_tolerance_of_their_figures():
    made = {str(t): figures.bars({"a": t}, "x", "y", tolerance=t, **WORDS) for t in (0.1, 0.2)}
    assert figures.frames(made, slider="s", **WORDS).layout.meta["tolerance"] == 0.2


def test_figures_behind_a_slider_must_have_the_same_traces():
    one = figures.lines({"a": ([0], [0])}, "x", "y", **WORDS)
    two = figures.lines({"a": ([0], [0]), "b": ([0], [0])}, "x", "y", **WORDS)
    with pytest.raises(ValueError, match="same number of traces"):
        figures.frames({"1": one, "2": two}, slider="s", **WORDS)
