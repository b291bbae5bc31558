"""A run disturbed in every life, in processes of their own: ``python -m tests.training.disturbed FOLDER SEED``.

One process imports everything; each life of the run is a fork of it that goes on from the checkpoints on disk, until it
is killed at a random moment, finds no space on its disk, or has its newest checkpoint truncated after it was killed.
The last life is left alone. In ``FOLDER/alone`` the same run is never disturbed. Prints how each life ended.
"""

import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from pathlib import Path

import torch

from minillm.errors import CheckpointError
from minillm.training import Callback, JsonLines, TrainConfig, Trainer, latest_checkpoint
from tests.core.small import random_batches, small_gpt

LIVES = 40
CONFIG = TrainConfig(
    steps=300, warmup_steps=3, learning_rate=1e-2, evaluate_every=3, save_every=2, keep=3, keep_best="score"
)


class Beat(Callback):
    """Writes a byte to a pipe at the start and with each step."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe

    def on_start(self, trainer: Trainer) -> None:
        os.write(self.pipe, b".")

    def on_step(self, trainer: Trainer) -> None:
        os.write(self.pipe, b".")


def live(directory: Path, pipe: int) -> None:
    """Train to the end, from wherever the run stands."""
    model = small_gpt(d_model=8, dropout=0.1)
    callbacks = [JsonLines(directory / "log.jsonl"), Beat(pipe)]
    run = Trainer(model, random_batches(), CONFIG, lambda _: {"score": sway(run)}, directory, callbacks=callbacks)
    if latest_checkpoint(directory):
        run.resume()
    run.run()


def sway(run: Trainer) -> float:
    """A score that depends on the weights and goes up and down, so that the best comes now and then."""
    return next(run.model.parameters()).norm().item() * (1 + run.step * 7 % 11)


def life(directory: Path, disturbance: str, lot: random.Random) -> str:
    """One life, and how it ended: "done", "killed", or the name of an error."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            warnings.simplefilter("ignore")
            if disturbance == "disk":
                resource.setrlimit(resource.RLIMIT_FSIZE, (lot.randrange(20_000), resource.RLIM_INFINITY))
            live(directory, writes)
            code = 0
        except (CheckpointError, OSError):
            code = 3
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writes)
    if disturbance in ("kill", "truncate"):
        steps = lot.randrange(1, 8)
        while steps and os.read(reads, 1):
            steps -= 1
        time.sleep(lot.uniform(0, 0.03))
        os.kill(child, signal.SIGKILL)
    else:
        while os.read(reads, 4096):
            pass
    os.close(reads)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "done", 3: "no space", -9: "killed"}.get(code, f"exit code {code}")


def truncate_newest(directory: Path, lot: random.Random) -> bool:
    """Cut a file of the newest checkpoint short, if there is an older one to fall back to."""
    newest = latest_checkpoint(directory)
    if newest is None or len(list(directory.glob("step-*/manifest.json"))) < 2:
        return False
    file = lot.choice(sorted(newest.iterdir()))
    os.truncate(file, lot.randrange(file.stat().st_size))
    return True


def main(folder: Path, seed: int) -> None:
    """Live, and say how."""
    lot, endings = random.Random(seed), []
    for number in range(LIVES):
        disturbance = "disk" if number % 8 == 7 else "truncate" if number % 5 == 4 else "kill"
        endings.append(life(folder / "run", disturbance, lot))
        if disturbance == "truncate" and truncate_newest(folder / "run", lot):
            endings.append("truncated")
    endings += [life(folder / "run", "", lot), life(folder / "alone", "", lot)]
    print(json.dumps(endings))


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    torch.set_num_threads(1)  # a process that has started threads cannot be forked safely
    main(Path(sys.argv[1]), int(sys.argv[2]))
