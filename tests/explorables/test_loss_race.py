"""Racers step as the package's rules do, over a loss that the package computed; what readers do is said and shown."""

import json

import pytest
import torch

import minillm
from minillm.errors import ConfigError
from minillm.explorables.loss_race import NAMES, held_out_batch, loss_race, stored_slice
from minillm.landscape import between, loss_at, loss_slice, random_direction, weights_of
from minillm.recipes import Recipe
from minillm.training.rules import RULES
from tests.core.small import random_batches, small_gpt
from tests.explorables.shown import shown
from tools.landscape import first_weights


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, loss_race(), request.param) as page:
        yield page


def slope(surface, point):
    """Value and gradient of the bilinear surface, by torch's autograd."""
    xs, ys = (torch.tensor(surface[name], dtype=torch.float64) for name in ("xs", "ys"))
    loss = torch.tensor(surface["loss"], dtype=torch.float64)
    at = point.detach().clone().requires_grad_()
    u, v = (at[0] - xs[0]) / (xs[1] - xs[0]), (at[1] - ys[0]) / (ys[1] - ys[0])
    i, j = min(len(xs) - 2, int(u)), min(len(ys) - 2, int(v))
    a, b = u - i, v - j
    low, high = ((1 - a) * loss[j + k, i] + a * loss[j + k, i + 1] for k in (0, 1))
    value = (1 - b) * low + b * high
    return value.item(), torch.autograd.grad(value, at)[0]


SETTINGS = {"sgd": {}, "momentum": {"beta": 0.9}, "adam": {"betas": (0.9, 0.95)}, "muon": {"beta": 0.9}}


def losses(name, rate, steps, start=(0.02, 0.31)):
    surface, state, point, values = stored_slice(), {}, torch.tensor(start, dtype=torch.float64), []
    for _ in range(steps + 1):
        value, gradient = slope(surface, point)
        values.append(value)
        if name == "muon":  # of a matrix of one row, exactly: the singular value is the length
            state["mean"] = 0.9 * state.get("mean", 0) + 0.1 * gradient
            step = 0.1 * gradient + 0.9 * state["mean"]
            point = point - rate * step / step.norm()
        else:
            point = RULES[name](point, gradient, state, rate, **SETTINGS[name])
    return values


def result(page, name):
    return page.locator(".ml-race-racer", has_text=NAMES[name]).locator(".ml-race-result").text_content()


@pytest.mark.parametrize("step", [5, 40])
def test_racers_step_as_the_rules_do(page, step):
    page.get_by_label("Muon", exact=True).check()
    page.get_by_label("Show steps").fill(str(step))
    rates = {each["id"]: each["rate"] for each in loss_race().data["optimizers"]}
    for name, rate in rates.items():
        assert float(result(page, name)) == pytest.approx(losses(name, rate, step)[-1], abs=0.006), name


def test_nobody_has_run_before_the_race(page):
    """Readers are asked to predict; no path or curve may tell them."""
    assert page.get_by_label("Show steps").input_value() == "0"
    assert len({result(page, each["id"]) for each in loss_race().data["optimizers"] if each["shown"]}) == 1
    for path in page.locator("polyline.ml-race-path").all():
        assert len(path.get_attribute("points").split()) == 1
    assert "press Race" in page.get_attribute(".ml-race-chart", "aria-label")


def test_a_rate_ten_times_too_large_leaves_the_map(page):
    page.get_by_label("Show steps").fill("100")
    before = page.get_attribute(".ml-race-chart", "aria-label")
    slider = page.get_by_label("learning rate of SGD")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.05"
    assert result(page, "sgd").startswith("off at ")
    assert "SGD off the map at step" in page.text_content("#ml-announcer")
    assert page.get_attribute(".ml-race-chart", "aria-label") != before


def test_the_start_moves_by_slider_and_by_pointer(page):
    page.get_by_label("Start: right").fill("1")
    page.get_by_label("Start: up").fill("0")
    page.get_by_label("Show steps").fill("0")
    middle = next(row for row, y in zip(stored_slice()["loss"], stored_slice()["ys"], strict=True) if y == 0)
    trained = middle[min(range(len(middle)), key=lambda i: abs(stored_slice()["xs"][i] - 1))]
    assert float(result(page, "sgd")) == pytest.approx(trained, abs=0.006)
    page.locator(".ml-race-ground").scroll_into_view_if_needed()
    box = page.locator(".ml-race-ground").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
    xs, ys = stored_slice()["xs"], stored_slice()["ys"]
    assert float(page.get_by_label("Start: right").input_value()) == pytest.approx((xs[0] + xs[-1]) / 2, abs=0.02)
    up = float(page.get_by_label("Start: up").input_value())
    assert up == pytest.approx(ys[-1] - (ys[-1] - ys[0]) / 4, abs=0.02)


def test_a_race_runs_and_can_be_stopped(page):
    page.emulate_media(reduced_motion="no-preference")
    button = page.get_by_role("button", name="Race")
    button.click()
    page.get_by_role("button", name="Stop").click()
    assert int(page.get_by_label("Show steps").input_value()) < 100 and button.is_visible()
    page.emulate_media(reduced_motion="reduce")  # for those who want no motion there is only the end
    button.click()
    assert page.get_by_label("Show steps").input_value() == "100"


def test_a_switched_off_racer_is_gone(page):
    page.get_by_label("Adam", exact=True).uncheck()
    assert result(page, "adam") == "" and page.locator(".ml-race-path.ml-race-adam").count() == 0


def test_the_stored_slice_is_of_the_model_that_ships():
    """If this fails, the model was trained again: run python -m tools.landscape."""
    surface, pretrained = stored_slice(), minillm.load("town-gpt")
    assert surface["weights_digest"] == pretrained.card["weights_digest"]
    model, batch = pretrained.model, held_out_batch(pretrained.tokenizer)
    end = weights_of(model)
    origin = first_weights(Recipe.read(pretrained.card["recipe"]), model.config)
    right, up = between(origin, end), random_direction(end)
    for i, j in ((4, 14), (24, 14), (20, 3), (30, 26)):
        x, y = surface["xs"][i], surface["ys"][j]
        value = loss_slice(model, batch, origin, right, up, [x], [y])[0][0]
        assert value == pytest.approx(surface["loss"][j][i], abs=0.02)


def test_a_slice_is_the_loss_of_a_model_with_those_weights():
    model, other = small_gpt(0), small_gpt(1)
    start, batch = weights_of(model), random_batches()(0)
    right, up = between(start, weights_of(other)), random_direction(start)
    grid = loss_slice(model, batch, start, right, up, [0.0, 1.0], [0.0])
    assert grid[0] == pytest.approx([model.loss(*batch).item(), other.loss(*batch).item()], abs=1e-5)
    assert loss_at(model, batch, start) == pytest.approx(model.loss(*batch).item(), abs=1e-5)
    for name, weight in start.items():
        assert torch.equal(weight, dict(model.named_parameters())[name])  # the model itself has not changed
        size = weight.norm(dim=1) if weight.ndim == 2 else torch.zeros(())
        torch.testing.assert_close(up[name].norm(dim=1) if weight.ndim == 2 else up[name].norm(), size)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": (9, 0)}, "outside the slice"),
        ({"rates": {"adagrad": 0.1}}, "no optimizer is called 'adagrad'"),
        ({"shown": ["lion"]}, "no optimizer is called 'lion'"),
    ],
)
def test_what_cannot_race_is_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        loss_race(**arguments)


def test_the_data_are_json():
    assert json.loads(json.dumps(loss_race().to_json()))["name"] == "loss-race"
