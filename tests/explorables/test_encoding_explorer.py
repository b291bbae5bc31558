"""The encoding explorer: the table that the page computes, its clocks and its likenesses, against the formula."""

import base64
import math
import re

import numpy as np
import pytest
import torch

from minillm.errors import ConfigError
from minillm.explorables.encoding_explorer import encoding_explorer
from minillm.positions import sinusoids
from tests.explorables.shown import shown

LEARNED = torch.cumsum(torch.randn(24, 10, generator=torch.Generator().manual_seed(0)), dim=0) + 3


@pytest.fixture(scope="module")
def explorable():
    return encoding_explorer(8, 100, 5, num_positions=40, tables={"learned": LEARNED})


def test_a_table_is_carried_in_proportion(explorable):
    (table,) = explorable.data["tables"]
    found = np.frombuffer(base64.b64decode(table["bdata"]), table["dtype"]).astype(float).reshape(24, 10)
    expected = LEARNED.numpy() / LEARNED.square().mean().sqrt().item()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"d_model": 7}, "d_model = 7"),
        ({"d_model": 130}, "d_model = 130"),
        ({"base": 3}, "base = 3"),
        ({"position": 96}, "0 to 95"),
        ({"num_positions": 4}, "num_positions = 4"),
        ({"table": "unheard"}, "unheard"),
        ({"tables": {"one row": torch.ones(1, 4)}}, "one row"),
        ({"tables": {"broken": torch.full((4, 4), math.nan)}}, "broken"),
    ],
)
def test_errors(settings, said):
    with pytest.raises(ConfigError, match=said):
        encoding_explorer(**settings)


COLORS = """canvas => [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]"""
CURVE = """line => line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number))"""


def pixels(page):
    """The heat map: (positions, dimensions, red green blue)."""
    canvas = page.locator("canvas")
    shape = [int(canvas.get_attribute(name)) for name in ("height", "width")]
    return np.array(canvas.evaluate(COLORS), dtype=float).reshape(*shape, 4)[..., :3]


def painted(table):
    """What the colors should be: from blue at -1 through light gray at 0 to vermilion at 1."""
    share = np.clip(table, -1, 1)[..., None]
    ends = np.where(share < 0, [0, 114, 178], [213, 94, 0])
    return 242 + np.abs(share) * (ends - 242)


def curve(page):
    """The curve's heights, scaled so that its own row is at 1 and the line of zero at 0."""
    points = np.array(page.locator(".ml-enc-chart polyline").evaluate(CURVE))
    zero, one = (float(page.locator(".ml-enc-chart line").nth(i).get_attribute("y1")) for i in (0, 2))
    return (zero - points[:, 1]) / (zero - one)


def set_range(page, label, value):
    page.get_by_label(label, exact=True).fill(str(value))


@pytest.mark.browser
def test_the_page_computes_the_formula(browser, explorable, tmp_path):
    with shown(browser, tmp_path, explorable) as page:
        for d, base, t in ((8, 100, 5), (32, 10000, 39), (2, 1, 0)):
            set_range(page, "Dimensions", d)
            page.get_by_label("Base", exact=True).select_option(str(base))
            set_range(page, "Position", t)
            table = sinusoids(40, d, float(base)).double().numpy()
            np.testing.assert_allclose(pixels(page), painted(table), atol=1)
            np.testing.assert_allclose(curve(page), table @ table[t] / (d / 2), atol=2e-3)
            hands = page.locator(".ml-enc-face").first.get_attribute("aria-label").replace("−", "-")
            sine, cosine = map(float, re.search(r"sine (\S+), cosine (\S+)", hands).groups())
            assert (sine, cosine) == pytest.approx((table[t, 0], table[t, 1]), abs=0.006)


@pytest.mark.browser
def test_what_it_says_of_a_position(browser, explorable, tmp_path):
    with shown(browser, tmp_path, explorable) as page:
        verdict = page.locator(".ml-enc-verdict")
        alike = (sinusoids(40, 8, 100.0) @ sinusoids(40, 8, 100.0)[5] / 4).tolist()
        assert max(alike[:5] + alike[6:]) == pytest.approx(alike[4]) == pytest.approx(alike[6])
        assert re.match(f"Position 5: nearest is position [46], at {alike[4]:.2f}", verdict.inner_text())
        page.get_by_role("button", name="on by 10").click()
        assert verdict.inner_text().startswith("Position 15")
        page.get_by_role("button", name="on by 10").press("Enter")
        page.get_by_role("button", name="on by 1", exact=True).click()
        assert verdict.inner_text().startswith("Position 26")
        page.get_by_label("Base", exact=True).select_option("1")
        set_range(page, "Position", 0)
        twins = (sinusoids(40, 8, 1.0) @ sinusoids(40, 8, 1.0)[0] / 4 > 0.995)[1:].sum().item()
        assert (f"{twins} other position" in verdict.inner_text()) == (twins > 0)
        page.locator("canvas").click(position={"x": 5, "y": 290})
        assert verdict.inner_text().startswith("Position 38")


@pytest.mark.browser
def test_it_can_begin_with_a_learned_table(browser, tmp_path):
    explorable = encoding_explorer(tables={"first": LEARNED + 1, "second": LEARNED[:, :4]}, table="second", position=90)
    with shown(browser, tmp_path, explorable) as page:
        assert page.get_by_label("Table", exact=True).input_value() == "2"
        assert page.locator(".ml-enc-verdict").inner_text().startswith("Position 23")


@pytest.mark.browser
def test_a_learned_table_is_compared_by_cosines(browser, explorable, tmp_path):
    with shown(browser, tmp_path, explorable, width=390) as page:
        page.get_by_label("Table", exact=True).select_option("1")
        set_range(page, "Position", 7)
        rows = (LEARNED - LEARNED.mean(dim=0)).double()
        expected = torch.nn.functional.cosine_similarity(rows[7], rows).numpy()
        np.testing.assert_allclose(curve(page), expected, atol=4e-3)
        assert page.get_by_label("Dimensions", exact=True).is_hidden()  # it has nothing to change here
        assert page.locator(".ml-enc-bars rect").count() == 10
        page.get_by_label("Table", exact=True).select_option("0")
        assert page.get_by_label("Dimensions", exact=True).is_enabled()
