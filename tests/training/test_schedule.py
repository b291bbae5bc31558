"""Schedules: where they begin, where they end, torch's own of the same shape, and that they remember nothing."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.training import TrainConfig
from minillm.training.schedule import SCHEDULES, warmup_stable_decay

RUNS = st.integers(1, 200).flatmap(lambda steps: st.tuples(st.just(steps), st.integers(0, steps - 1)))


def rates(name, steps, warmup_steps, final=0.1):
    return [SCHEDULES[name](step, steps, warmup_steps, final) for step in range(steps)]


@given(st.sampled_from(sorted(SCHEDULES)), RUNS, st.floats(0, 1))
def test_all_rise_in_a_line_never_rise_again_and_end_at_the_final_rate(name, run, final):
    steps, warmup_steps = run
    values = rates(name, steps, warmup_steps, final)
    assert values[:warmup_steps] == [(step + 1) / warmup_steps for step in range(warmup_steps)]
    after = values[warmup_steps:]
    assert after[0] == pytest.approx(1)
    assert all(late <= early + 1e-12 for early, late in itertools.pairwise(after))
    if len(after) > 1:
        assert after[-1] == pytest.approx(1 if name == "constant" else final)


def torchs(make, steps):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule, values = make(optimizer), []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return values


@pytest.mark.parametrize("final", [0.0, 0.1, 0.5])
def test_without_warm_up_they_are_torchs(final):
    scheduler = torch.optim.lr_scheduler
    assert rates("cosine", 40, 0, final) == pytest.approx(
        torchs(lambda optimizer: scheduler.CosineAnnealingLR(optimizer, 39, final), 40)
    )
    assert rates("linear", 40, 0, final) == pytest.approx(
        torchs(lambda optimizer: scheduler.LinearLR(optimizer, 1.0, final, 39), 40)
    )
    assert rates("constant", 40, 8) == pytest.approx(
        torchs(lambda optimizer: scheduler.LinearLR(optimizer, 1 / 8, 1.0, 7), 40)
    )


def test_a_stable_run_can_be_made_longer():
    """Up to where the shorter one begins to fall, both are the same."""
    short = [warmup_stable_decay(step, 100, 10) for step in range(100)]
    longer = [warmup_stable_decay(step, 1000, 10) for step in range(1000)]
    assert short[:80] == longer[:80] and short[80:] != longer[80:100]
    assert [step for step in range(100) if short[step] < 1][9:] == list(range(81, 100))


@pytest.mark.parametrize("name", SCHEDULES)
def test_recipes_know_them(name):
    assert TrainConfig(schedule=name).schedule == name
