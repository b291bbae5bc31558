"""The clocks turn as the package's rotary positions do, and what readers do is said and shown."""

import math
import re

import pytest
import torch

from minillm.errors import ConfigError
from minillm.explorables import rotation
from minillm.positions import InterleavedRotaryPositions
from tests.explorables.shown import shown

VECTORS = {
    "alike": ([0.8, 0.6, 1.0, 0.0, 0.0, 1.0, -0.5, 0.5], [0.8, 0.6, 1.0, 0.0, 0.0, 1.0, -0.5, 0.5]),
    "unlike": ([1.0, 0.5, -1.0, 0.25, 0.0, 2.0, -0.5, 0.5], [0.3, -0.6, 0.7, 0.9, 1.0, -0.4, 0.1, 0.2]),
}


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, rotation(VECTORS), request.param) as page:
        yield page


def number(text):
    return float(text.replace("−", "-"))


def score(page):
    return number(re.search(r"Score (\S+);", page.text_content(".ml-rot-total"))[1])


def adds(page):
    return [number(text) for text in page.eval_on_selector_all(".ml-rot-adds", "a => a.map((e) => e.textContent)")]


def expected(name, t, s, base):
    """What each pair adds, by the package."""
    positions = InterleavedRotaryPositions(65, 8, 1, float(base))
    query, key = (torch.tensor(vector)[None, None, None] for vector in VECTORS[name])
    products = positions.rotate(query, t) * positions.rotate(key, s)
    return products.flatten().unflatten(0, (4, 2)).sum(-1).tolist()


@pytest.mark.parametrize(("name", "base", "t", "s"), [("alike", 10000, 12, 9), ("unlike", 100, 3, 60)])
def test_the_score_is_the_packages(page, name, base, t, s):
    page.get_by_label("Query and key", exact=True).select_option(label=name)
    page.get_by_label("Base").select_option(str(base))
    page.get_by_label("Position of the query").fill(str(t))
    page.get_by_label("Position of the key").fill(str(s))
    pairs = expected(name, t, s, base)
    assert adds(page) == pytest.approx(pairs, abs=0.006)
    assert score(page) == pytest.approx(sum(pairs), abs=0.006)
    assert f"{abs(t - s)} tokens {'before' if t > s else 'after'} the query" in page.text_content(".ml-rot-total")


def test_moving_both_turns_every_hand_and_changes_nothing_else(page):
    before = score(page), adds(page), page.get_attribute(".ml-rot-dot", "cx")
    hands = page.get_attribute(".ml-rot-clock svg", "aria-label")
    page.get_by_role("button", name="both on by 10", exact=True).click()
    page.get_by_role("button", name="both back by 1", exact=True).click()
    assert page.get_by_label("Position of the query").input_value() == "21"
    assert (score(page), adds(page), page.get_attribute(".ml-rot-dot", "cx")) == before
    assert page.get_attribute(".ml-rot-clock svg", "aria-label") != hands
    on = page.get_by_role("button", name="both on by 10", exact=True)
    for _ in range(5):  # at the end of the slider both stop together
        assert on.is_enabled()
        on.click()
    assert on.is_disabled()
    assert page.get_by_label("Position of the query").input_value() == "64"
    assert page.get_by_label("Position of the key").input_value() == "61"


def test_one_position_moves_by_the_keyboard_and_is_said(page):
    page.get_by_label("Position of the key").focus()
    page.keyboard.press("ArrowRight")
    assert score(page) == pytest.approx(sum(expected("alike", 12, 10, 10000)), abs=0.006)
    assert "2 tokens before the query" in page.text_content("#ml-announcer")
    assert "2 tokens before the query" in page.get_by_label("Position of the key").get_attribute("aria-valuetext")


def test_the_hands_point_where_the_vectors_do(page):
    """A clock's zero is at the top; position 0 leaves the vector (0.8, 0.6) as it is."""
    page.get_by_label("Position of the query").fill("0")
    tip = page.locator(".ml-rot-hand.ml-rot-query circle").first
    x, y = float(tip.get_attribute("cx")), float(tip.get_attribute("cy"))
    assert math.degrees(math.atan2(x, -y)) == pytest.approx(math.degrees(math.atan2(0.6, 0.8)), abs=0.1)
    page.get_by_label("Position of the query").fill("1")
    x, y = float(tip.get_attribute("cx")), float(tip.get_attribute("cy"))
    assert math.atan2(x, -y) == pytest.approx(math.atan2(0.6, 0.8) + 1, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"vectors": {"odd": ([1, 2, 3], [1, 2, 3])}}, "even number"),
        ({"vectors": {"two sizes": ([1, 2], [1, 2, 3, 4])}}, "all the same"),
        ({"vectors": {}}, "even number"),
        ({"vectors": VECTORS, "base": 7}, "not offered"),
        ({"vectors": VECTORS, "key_position": 65}, "key_position = 65"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        rotation(**arguments)
