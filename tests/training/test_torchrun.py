"""Runs that torchrun starts: a worker is killed, the run is started anew, somebody presses Ctrl-C."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minillm.training import Trainer, latest_checkpoint
from tests.core.small import random_batches, small_gpt
from tests.training.under_torchrun import LONG, STOPPED

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def torchrun(*arguments: object) -> subprocess.CompletedProcess:
    """Start two workers that speak over the loopback interface, and wait for the end."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", *arguments]
    settings = {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*map(str, command)], env=os.environ | settings, cwd=ROOT, timeout=120, capture_output=True, text=True
    )


def undisturbed(directory: Path | None = None) -> list[float]:
    """The losses of one process, going on from a checkpoint if there is a directory."""
    run = Trainer(small_gpt(), random_batches(), LONG, directory=directory)
    if directory is not None:
        run.resume()
    run.run()
    return [entry["train_loss"] for entry in run.history]


def test_a_killed_worker_costs_only_the_steps_since_the_last_checkpoint(tmp_path):
    ended = torchrun("--max-restarts=1", "tests/training/under_torchrun.py", tmp_path, "ddp", "killed")
    assert ended.returncode == 0, ended.stderr
    outcome = json.loads((tmp_path / "losses.json").read_text())
    assert outcome["restarts"] == 1 and outcome["losses"] == pytest.approx(undisturbed(), rel=1e-4)


@pytest.mark.parametrize("engine, name", [("ddp", "SIGINT"), ("fsdp", "SIGTERM")])
def test_a_signal_to_torchrun_saves_and_one_process_goes_on(tmp_path, engine, name):
    ended = torchrun("tests/training/under_torchrun.py", tmp_path, engine, f"stopped-by-{name}")
    assert ended.returncode != 0 and "the state is kept in" in ended.stdout, ended.stderr
    path = latest_checkpoint(tmp_path)
    step = int(path.name.removeprefix("step-"))
    assert STOPPED <= step < LONG.steps and step % LONG.save_every, "it was the signal that saved"
    assert undisturbed(tmp_path) == pytest.approx(undisturbed(), rel=1e-4)
