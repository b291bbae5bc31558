"""Runs that torchrun starts: a worker is killed, the run is started anew, somebody presses Ctrl-C."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from minillm.training import Trainer, latest_checkpoint
from minillm.training.folders import load_tensors
from tests.core.small import random_batches, small_gpt
from tests.training.under_torchrun import LONG, STOPPED

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


RECIPE = """
name = "tiny"
seed = 3
tokenizer = "town-bpe"
batch_size = 4
window = 32

[text]
languages = ["en"]
train_stories = 60
valid_stories = 4
ngram_order = 2
ngram_stories = 20

[model]
context_length = 384
d_model = 16
num_layers = 2
num_heads = 2

[training]
steps = 12
warmup_steps = 2
evaluate_every = 12
muon_learning_rate = 0.02
"""
ENVIRONMENT = os.environ | {
    "GLOO_SOCKET_IFNAME": "lo",
    "OMP_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
    "PYTHONPATH": str(ROOT),
}


def torchrun(*arguments: object) -> subprocess.CompletedProcess:
    """Start two workers that speak over the loopback interface, and wait for the end."""
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        *map(str, arguments),
    ]
    return subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, timeout=120, capture_output=True, text=True)


def undisturbed(directory: Path | None = None) -> list[float]:
    """The losses of one process, going on from a checkpoint if there is a directory."""
    run = Trainer(small_gpt(), random_batches(), LONG, directory=directory)
    if directory is not None:
        run.resume()
    run.run()
    return [entry["train_loss"] for entry in run.history]


@pytest.mark.parametrize(
    "engine, accidents", [("ddp", ["killed", "stopped-by-SIGINT"]), ("fsdp", ["stopped-by-SIGTERM"])]
)
def test_accidents_cost_at_most_the_steps_since_the_last_checkpoint(tmp_path, engine, accidents):
    """A worker is killed and torchrun starts the run anew; somebody stops torchrun; one process goes on to the end."""
    ended = torchrun("--max-restarts=1", "tests/training/under_torchrun.py", tmp_path, engine, *accidents)
    assert ended.returncode != 0 and "the state is kept in" in ended.stdout, ended.stderr
    assert f"restarts: {int('killed' in accidents)}" in ended.stdout
    step = int(latest_checkpoint(tmp_path).name.removeprefix("step-"))
    assert STOPPED <= step < LONG.steps and step % LONG.save_every, "it was the signal that saved"
    assert undisturbed(tmp_path) == pytest.approx(undisturbed(), rel=1e-4)


def test_the_command_line_trains_the_same_model_on_two_processes(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECIPE)
    command = ["-m", "minillm", "train", tmp_path / "tiny.toml", "--directory"]
    subprocess.run([sys.executable, *command, tmp_path / "one"], cwd=ROOT, env=ENVIRONMENT, check=True, timeout=120)
    ended = torchrun(*command, tmp_path / "two", "--engine", "fsdp")
    assert ended.returncode == 0 and ended.stdout.count("saved to") == 1, ended.stderr
    one, two = (json.loads((tmp_path / name / "model/card.json").read_text()) for name in ("one", "two"))
    assert two["scores"]["en"] == pytest.approx(one["scores"]["en"], abs=2e-4)
    weights = [load_tensors(tmp_path / name / "model/model.safetensors") for name in ("one", "two")]
    assert all((weights[1][name] - weight).abs().mean() < 1e-4 for name, weight in weights[0].items())
