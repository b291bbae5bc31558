"""Saving under attack, in processes of their own: ``python -m tests.core.crash FOLDER``.

Each attempt saves in a forked child, on a fresh copy of the same run's directory, while

- ``kill``: the k-th file operation ends the child, as a power cut would, with nothing tidied up;
- ``full``: the k-th file operation that needs space fails with "no space left on device";
- ``limit``: no file may grow larger than k blocks of 4096 bytes;
- ``sigkill``: the child saves one step after another until it is killed after k times 7 milliseconds.

Attempts go on until one is not disturbed. Each prints the attack, the scenario, the directory that it leaves behind and
how it ended.
"""

import errno
import itertools
import os
import resource
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import torch

from minillm.errors import CheckpointError
from minillm.training import Trainer
from tests.core.small import trainer

KINDS = ("kill", "full", "limit", "sigkill")
SCENARIOS = ("a new one", "the only one again", "again after a crash")
ENDINGS = {0: "undisturbed", 3: "CheckpointError", 9: "killed", -9: "killed"}


def prepare(scenario: str, directory: Path) -> Trainer:
    """A trainer about to save a second step, or a step that is there already and alone.

    "after a crash": the same, but an earlier attempt was killed at the one moment when nothing stands under the name.
    """
    run = trainer(directory=directory)
    if scenario == "a new one":
        run.run(1)
        run.save()
    run.run(2)
    if scenario != "a new one":
        run.save()
    return run


def writes(flags: int) -> bool:
    """Whether a file is opened for writing."""
    return bool(flags & (os.O_WRONLY | os.O_RDWR))


class Attack:
    """What goes wrong, from `arm` on."""

    def __init__(self, kind: str, k: int) -> None:
        self.kind, self.k, self.seen = kind, k, 0

    def arm(self) -> None:
        if self.kind == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.k * 4096, resource.RLIM_INFINITY))
        else:
            sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple) -> None:
        if self.kind == "kill" and event.startswith(("open", "os.", "shutil.")):
            self.seen += 1
            if self.seen == self.k:
                os._exit(9)
        if self.kind == "full" and (event in ("os.mkdir", "os.rename") or (event == "open" and writes(arguments[2]))):
            self.seen += 1
            if self.seen == self.k:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def carry_out(self, run: Trainer) -> int:
        """The exit code of a child that saves under this attack."""
        self.arm()
        try:
            run.save()
            while self.kind == "sigkill":
                run.step += 1
                run.save()
        except CheckpointError:
            return 3
        return 0


def attempt(run: Trainer, attack: Attack) -> str:
    """How a child ended that saved under attack."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = attack.carry_out(run)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    if attack.kind == "sigkill":
        time.sleep(0.007 * attack.k)
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return ENDINGS.get(code, f"exit code {code}")


def killed_attempts(run: Trainer, folder: Path) -> Iterator[Path]:
    """What is left of the trainer's directory by a crash at each file operation."""
    original = run.directory
    for k in range(1, 500):
        run.directory = folder / f"killed at {k}"
        shutil.copytree(original, run.directory)
        if attempt(run, Attack("kill", k)) == "undisturbed":
            break
        yield run.directory


def attempts(kind: str, scenario: str, folder: Path) -> None:
    """One attempt for each k, until one is not disturbed."""
    original = folder / "original"
    run = prepare(scenario, original)
    if scenario == "again after a crash":
        original = next(crashed for crashed in killed_attempts(run, folder) if not list(crashed.glob("step-*")))
    for k in range(1, 16 if kind == "sigkill" else 500):
        run.directory = folder / f"{k:03}"
        shutil.copytree(original, run.directory)
        ending = attempt(run, Attack(kind, k))
        print(kind, scenario, run.directory, ending, sep="\t", flush=True)
        if ending == "undisturbed":
            break


if __name__ == "__main__":
    torch.set_num_threads(1)  # a process that has started threads cannot be forked safely
    for kind, scenario in itertools.product(KINDS, SCENARIOS):
        attempts(kind, scenario, Path(sys.argv[1]) / f"{kind} {scenario}")
