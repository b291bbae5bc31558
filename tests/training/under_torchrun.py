"""A small run for torchrun to start: `under_torchrun.py DIRECTORY ENGINE ACCIDENT ...`.

Accidents: "killed" kills the second process after a step of its first life, and "stopped-by-SIGINT" or
"stopped-by-SIGTERM" sends torchrun that signal later on.
"""

import dataclasses
import os
import signal
import sys
import time
from pathlib import Path

from minillm.errors import TrainingInterrupted
from minillm.training import Trainer, latest_checkpoint
from minillm.training.distributed import join
from tests.core.small import CONFIG, random_batches, small_gpt

LONG = dataclasses.replace(CONFIG, steps=30, save_every=5)
KILLED, STOPPED = 12, 21


def main(directory: Path, engine: str, *accidents: str) -> None:
    with join(engine, timeout=30) as workers:
        run = Trainer(small_gpt(), random_batches(), LONG, directory=directory, workers=workers)
        if workers.restarts and latest_checkpoint(directory):
            run.resume()

        def befall(*_: object) -> None:
            if "killed" in accidents and workers.rank == 1 and not workers.restarts and run.step == KILLED:
                os.kill(os.getpid(), signal.SIGKILL)
            for accident in accidents:
                if accident.startswith("stopped-by-") and workers.main and run.step == STOPPED:
                    os.kill(os.getppid(), signal.Signals[accident.removeprefix("stopped-by-")])

        run.optimizer.register_step_post_hook(befall)
        # Slowly then: the signal must find the run still under way.
        run.optimizer.register_step_post_hook(lambda *_: time.sleep(0.2 * (run.step >= STOPPED)))
        try:
            run.run()
        except TrainingInterrupted as interruption:
            if workers.main:
                print(interruption, f"restarts: {workers.restarts}")
            raise SystemExit(1) from None


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
