"""The command line as a process of its own: signals, pipes, the entry point."""

import importlib
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from minillm.training import latest_checkpoint
from tests.test_cli import TINY

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "minillm"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"}


def test_the_entry_point_is_the_command():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, name = scripts["minillm"].split(":")
    assert callable(getattr(importlib.import_module(module), name))


def test_lines_piped_into_chat_are_answered_and_nothing_is_asked():
    done = subprocess.run(
        [*COMMAND, "chat", "--max-new-tokens", "8"], input="One day\n\n/new\nThe\n", capture_output=True, text=True,
        encoding="utf-8", env=ENVIRONMENT, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == ""
    assert len(done.stdout.splitlines()) >= 3 and "> " not in done.stdout and "Goodbye" not in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    words = ["train", "tiny.toml", "--training.steps", "100000", "--text.train-stories", "40"]
    with subprocess.Popen(
        [*COMMAND, *words, "--training.save-every", "1"], cwd=tmp_path, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + 240
        while latest_checkpoint(tmp_path / "runs" / "tiny") is None and time.monotonic() < deadline:
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=240)
    assert process.returncode == 1 and "Traceback" not in err and out == ""
    assert "stopped after step" in err
    again = err.split("To go on: minillm ")[1].split()
    assert again == [*words, "--training.save-every", "1", "--resume"]
    step = int(latest_checkpoint(tmp_path / "runs" / "tiny").name.split("-")[1])
    again[again.index("100000")] = str(step + 1)
    done = subprocess.run(
        [*COMMAND, *again], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0 and "saved to" in done.stdout, done.stderr
