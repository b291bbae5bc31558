"""However often a run is killed, finds its disk full or a checkpoint damaged, it ends as if nothing had happened."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import safetensors.torch

from minillm.training import best_checkpoint, latest_checkpoint, load_checkpoint, read_log
from tests.core.small import same_tensors

ROOT = Path(__file__).parents[2]
OF_THE_MACHINE = {"tokens_per_second", "flops_per_second", "utilization"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork, which this system does not have")
def test_a_run_killed_thirty_times_ends_in_the_same_bits(tmp_path):
    command = [sys.executable, "-m", "tests.training.disturbed", str(tmp_path), "0"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    endings = process.stdout
    assert not process.stderr, process.stderr
    assert endings.count('"killed"') >= 30 and endings.count('"truncated"') >= 3 and endings.count('"no space"') >= 3
    assert endings.count('"done"') == 2 and "exit code" not in endings, endings
    run, alone = tmp_path / "run", tmp_path / "alone"
    for find in (latest_checkpoint, best_checkpoint):
        disturbed, quiet = load_checkpoint(find(run)), load_checkpoint(find(alone))
        assert disturbed.path.name == quiet.path.name
        for file in ("model.safetensors", "optimizer.safetensors"):  # the random state is in the second
            tensors = [safetensors.torch.load_file(checkpoint.path / file) for checkpoint in (disturbed, quiet)]
            assert same_tensors(*tensors)
        assert disturbed.progress == quiet.progress
    history = load_checkpoint(latest_checkpoint(run)).progress["history"]
    best = min(history, key=lambda entry: entry["score"])
    assert best_checkpoint(run).name == f"best-{best['step']:08d}"
    assert sorted(path.name for path in run.iterdir()) == sorted(path.name for path in alone.iterdir())
    logs = [
        [{k: v for k, v in line.items() if k not in OF_THE_MACHINE} for line in read_log(folder / "log.jsonl")]
        for folder in (run, alone)
    ]
    assert logs[0] == logs[1] and [line["step"] for line in logs[0]] == [entry["step"] for entry in history]
