"""A planted law is found again, and the shipped runs are what their sizes and budgets say."""

import dataclasses
import json
import math

import pytest
import torch

from minillm import scaling, town
from minillm.calculators import ScalingLaw, num_parameters, training_flops
from minillm.errors import ConfigError


def points(law, noise=0.0):
    generator = torch.Generator().manual_seed(0)
    n, d = (torch.tensor(values, dtype=torch.float64) for values in zip(*grid(), strict=True))
    loss = torch.tensor([law.loss(*pair) for pair in grid()], dtype=torch.float64)
    return n, d, loss * (1 + noise * torch.randn(len(loss), generator=generator, dtype=torch.float64))


def grid():
    return [(n, c / 6 / n) for c in (1e11, 3e11, 1e12, 3e12) for n in (2e4, 5e4, 1e5, 2e5, 4e5)]


@pytest.mark.parametrize(
    "law",
    [ScalingLaw(0.26, 8000, 0.8, 3000, 0.57), ScalingLaw(1.7, 400, 0.34, 410, 0.28), ScalingLaw(0.5, 9e3, 1, 50, 0.3)],
)
def test_a_planted_law_is_found(law):
    found = scaling.fit_points(*points(law))
    assert found.floor == pytest.approx(law.floor, abs=0.05)
    assert found.size_exponent == pytest.approx(law.size_exponent, rel=0.05)
    assert found.data_exponent == pytest.approx(law.data_exponent, rel=0.05)
    known = scaling.fit_points(*points(law), floor=law.floor)
    assert known.floor == law.floor
    assert known.size_exponent == pytest.approx(law.size_exponent, rel=0.01)
    assert known.size_factor == pytest.approx(law.size_factor, rel=0.1)
    for n, d in grid():
        assert known.loss(n, d) == pytest.approx(law.loss(n, d), rel=0.003)


def test_noise_moves_the_law_little():
    law = ScalingLaw(0.26, 8000, 0.8, 3000, 0.57)
    n, d, loss = points(law, noise=0.02)
    found = scaling.fit_points(n, d, loss, floor=0.26)
    assert all(found.loss(*pair) == pytest.approx(law.loss(*pair), rel=0.05) for pair in grid())
    size, best = found.optimum(1e12)[0], law.optimum(1e12)[0]
    assert 0.7 < size / best < 1.4


def test_too_few_runs_are_refused():
    with pytest.raises(ConfigError, match="4 runs"):
        scaling.fit(scaling.shipped()[:4])


def test_shipped_runs_are_what_their_settings_say():
    *runs, larger = scaling.shipped()
    expected = [(size, budget) for budget, sizes in scaling.BUDGETS.items() for size in sizes]
    assert [((run.d_model, run.num_layers), run.budget) for run in runs] == expected
    assert (larger.budget, (larger.d_model, larger.num_layers)) == scaling.LARGER
    for run in [*runs, larger]:
        config = scaling.config_of(run.d_model, run.num_layers)
        assert run.parameters == num_parameters(config)
        assert run.tokens == scaling.steps_for(config, run.budget) * scaling.ROWS * scaling.WINDOW
        assert 6 * run.parameters * run.tokens == pytest.approx(run.budget, rel=0.01)
        assert run.exact_flops == pytest.approx(training_flops(config, run.tokens, scaling.WINDOW))
        assert run.floor < run.loss < math.log(scaling.VOCAB_SIZE)
        assert run.spans[1] > run.spans[4] > run.spans[16] >= 0
    card = json.loads(scaling.RUNS.read_text(encoding="utf-8"))["card"]
    assert card["made by"] == "python -m minillm.scaling"


def test_the_floor_is_that_of_the_held_out_stories():
    texts, floor = scaling.held_out()
    again = town.entropy_floor("en", "valid", scaling.HELD_OUT, 0, scaling.tokenizer())
    assert len(texts) == scaling.HELD_OUT and floor == pytest.approx(again.nats_per_token)
    assert floor == pytest.approx(scaling.shipped()[0].floor)
    longest = max(len(scaling.tokenizer().encode(text)) for text in texts)
    assert longest + 1 <= scaling.CONTEXT_LENGTH


def test_names_are_found_where_they_begin():
    text = "Mia was a girl. One day, Mia met Ben, and “Mia!” said Ben, who knew Minerva."
    places = scaling.name_places(text)
    pieces = scaling.tokenizer()
    ids = pieces.encode(text)
    words = [pieces.decode(ids[place:]).split()[0].strip(",.") for place, _ in places]
    assert list(zip(words, [told for _, told in places], strict=True)) == [("Mia", True), ("Ben", False), ("Ben", True)]


def test_a_tiny_run_is_repeatable_and_measured():
    first, second = (scaling.train(16, 1, 5e9) for _ in range(2))
    assert first == second
    assert dataclasses.asdict(first)["tokens"] == scaling.steps_for(scaling.config_of(16, 1), 5e9) * 576
    assert math.isfinite(first.name_nats) and first.loss > first.floor
