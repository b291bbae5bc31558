"""Stopping at any moment and going on, in this process or another, ends in the same bits."""

import dataclasses
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from minillm.errors import TrainingInterrupted
from minillm.training import latest_checkpoint, load_checkpoint
from tests.core.small import CONFIG, finished, same_run, trainer

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("stop", [1, 5, 6, 9])
@pytest.mark.parametrize("settings", [{"dropout": 0.1}, {"positions": "learned", "tie_weights": False}])
def test_save_and_resume_ends_in_the_same_bits(tmp_path, settings, stop):
    first = trainer(directory=tmp_path, **settings)
    first.run(stop)
    first.save()
    torch.manual_seed(12345)  # whatever else happens in between
    second = trainer(directory=tmp_path, seed=99, **settings).resume()
    assert same_run(second, first)
    second.run()
    assert same_run(second, finished(**settings))


class Fire:
    """A hook that presses Ctrl-C once."""

    def __init__(self, run, step=4):
        self.run, self.step, self.fired = run, step, False

    def __call__(self, *_):
        if self.run.step == self.step and not self.fired:
            self.fired = True
            signal.raise_signal(signal.SIGINT)


def press_in_forward(run):
    run.model.blocks[1].register_forward_hook(Fire(run))


def press_in_backward(run):
    run.model.blocks[0].mlp.up.weight.register_post_accumulate_grad_hook(Fire(run))


def press_before_the_update(run):
    run.optimizer.register_step_pre_hook(Fire(run))


def press_after_the_update(run):
    run.optimizer.register_step_post_hook(Fire(run))


def press_in_evaluation(run):
    fire = Fire(run, step=3)
    run.evaluate = lambda model: fire() or {}


@pytest.mark.parametrize(
    "press",
    [press_in_forward, press_in_backward, press_before_the_update, press_after_the_update, press_in_evaluation],
)
@pytest.mark.parametrize("resume", ["in memory", "from disk", "in memory, nothing on disk"])
def test_ctrl_c_at_any_moment_keeps_the_run(tmp_path, press, resume):
    directory = None if "nothing" in resume else tmp_path
    run = trainer(directory=directory, dropout=0.1)
    press(run)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(TrainingInterrupted) as caught:
        run.run()
    assert signal.getsignal(signal.SIGINT) is handler
    kept = "in memory" if directory is None else str(latest_checkpoint(tmp_path))
    assert str(caught.value).startswith(f"stopped after step {run.step} of 10; the state is kept") and kept in str(
        caught.value
    )
    assert 3 <= run.step <= 5
    if resume == "from disk":
        run = trainer(directory=directory, dropout=0.1).resume()
    run.run()
    assert same_run(run, finished(dropout=0.1))


def test_a_second_ctrl_c_stops_at_once(tmp_path):
    def stuck(model):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("still here after two presses")

    handler = signal.getsignal(signal.SIGINT)
    run = trainer(evaluate=stuck, directory=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run.run()
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process alone")
def test_a_process_stopped_by_ctrl_c_and_another_that_goes_on(tmp_path):
    code = """
import dataclasses, sys, time, torch
torch.set_num_threads(1)
from minillm.errors import TrainingInterrupted
from tests.core.small import CONFIG, trainer
evaluate = lambda model: print("evaluating", flush=True) or time.sleep(0.3) or {}
run = trainer(dataclasses.replace(CONFIG, steps=100_000, evaluate_every=20), evaluate, sys.argv[1], dropout=0.1)
try:
    run.run()
except TrainingInterrupted as interrupted:
    print(interrupted)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "evaluating\n"
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    path = latest_checkpoint(tmp_path)
    step = load_checkpoint(path).progress["step"]
    assert process.returncode == 0
    assert f"stopped after step {step} of 100000; the state is kept in {path}: call run() again" in output
    config = dataclasses.replace(CONFIG, steps=100_000, evaluate_every=20)
    alone = trainer(config, dropout=0.1)
    alone.run(step + 30)
    resumed = trainer(config, directory=tmp_path, dropout=0.1).resume()
    resumed.run(step + 30)
    assert same_run(resumed, alone)


def test_training_works_outside_the_main_thread():
    """Only the main thread receives Ctrl-C; notebooks and servers train elsewhere, too."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        elsewhere = pool.submit(finished).result()
    assert same_run(elsewhere, finished())
