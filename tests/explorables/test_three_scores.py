"""Training by hand: the page computes what PyTorch computes, and what readers do is said and shown."""

import math
import re

import pytest
import torch

from minillm.errors import ConfigError
from minillm.explorables import three_scores
from tests.explorables.shown import shown

COUNTS = {"cat": 12, "dog": 6, "owl": 2}
SEEN = torch.tensor([0.6, 0.3, 0.1], dtype=torch.double)
FLOOR = -(SEEN * SEEN.log()).sum().item()


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, three_scores(COUNTS, "Mia saw a"), request.param) as page:
        yield page


def texts(page, what):
    return page.eval_on_selector_all(
        f".ml-three-row:not(.ml-three-head) .ml-three-{what}", "a => a.map((e) => e.textContent)"
    )


def number(text):
    return float(text.replace("−", "-"))


def loss(page):
    return float(re.search(r"Loss ([\d.]+)", page.text_content(".ml-three-verdict"))[1])


def trained(steps, rate):
    scores = torch.zeros(3, dtype=torch.double, requires_grad=True)
    for _ in range(steps):
        mean = -(SEEN * scores.log_softmax(-1)).sum()
        (slope,) = torch.autograd.grad(mean, scores)
        scores = (scores - rate * slope).detach().requires_grad_()
    return scores.detach()


def test_it_begins_without_knowledge(page):
    assert loss(page) == pytest.approx(math.log(3), abs=6e-4)
    assert texts(page, "p") == ["0.33"] * 3


@pytest.mark.parametrize("rate", ["0.3", "1", "10"])
def test_steps_are_those_of_gradient_descent(page, rate):
    page.get_by_label("Learning rate").select_option(rate)
    page.click("text=One step downhill")
    page.click("text=Ten steps")
    scores = trained(11, float(rate))
    p = scores.softmax(-1)
    assert [number(text) for text in texts(page, "p")] == pytest.approx(p.tolist(), abs=0.006)
    assert [number(text) for text in texts(page, "score")] == pytest.approx(scores.tolist(), abs=0.006)
    assert [number(text) for text in texts(page, "slope")] == pytest.approx((p - SEEN).tolist(), abs=0.006)
    assert loss(page) == pytest.approx(-(SEEN * p.log()).sum().item(), abs=6e-4)
    assert loss(page) >= round(FLOOR, 3)
    assert "after 11 steps" in page.text_content("#ml-announcer")


def test_scores_move_by_the_keyboard_and_start_again(page):
    slider = page.get_by_label("cat")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expected = torch.tensor([0.5, 0, 0]).softmax(-1)[0].item()
    assert number(texts(page, "p")[0]) == pytest.approx(expected, abs=0.006)
    assert f"probability {expected:.2f}" in slider.get_attribute("aria-valuetext")
    page.click("text=Start again")
    assert texts(page, "score") == ["+0.00"] * 3


def test_a_score_dragged_off_the_slider_is_kept(page):
    """Where steps lead beyond the slider's ends, the number is still right."""
    page.get_by_label("Learning rate").select_option("10")
    for _ in range(3):
        page.click("text=Ten steps")
    assert [number(text) for text in texts(page, "score")] == pytest.approx(trained(30, 10.0).tolist(), abs=0.02)


@pytest.mark.parametrize("counts", [{"cat": 1}, {}, {"cat": 3, "dog": 0}, dict.fromkeys("abcdef", 1)])
def test_counts_that_make_no_model_are_refused(counts):
    with pytest.raises(ConfigError, match="two to five words"):
        three_scores(counts, "Mia saw a")
