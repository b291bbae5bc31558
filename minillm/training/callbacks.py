"""What may watch a run, and stop it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from minillm.errors import ConfigError

if TYPE_CHECKING:
    from minillm.training.trainer import Trainer


class Callback:
    """Is told what happens in a run. Each method does nothing; override those that matter.

    A run that is resumed must end as one that was never stopped: what a callback decides should follow from
    ``trainer.history``, which is in the checkpoint, not from what it remembers.
    """

    def on_start(self, trainer: "Trainer") -> None:
        """Before the first step of each `Trainer.run`, also after `Trainer.resume`."""

    def on_step(self, trainer: "Trainer") -> None:
        """After each step; ``trainer.losses[-1]`` is its loss."""

    def on_record(self, trainer: "Trainer", entry: dict) -> None:
        """After each evaluation; the entry is the last of the history."""

    def on_save(self, trainer: "Trainer", path: Path) -> None:
        """After a checkpoint was written."""

    def on_end(self, trainer: "Trainer") -> None:
        """At the end of each `Trainer.run`, whatever ended it."""


class EarlyStop(Callback):
    """Stop when a score has had no new best, the lowest, in ``patience`` evaluations.

    Prechelt (1998), "Early Stopping - But When?".
    """

    def __init__(self, score: str, patience: int) -> None:
        if patience < 1:
            raise ConfigError(f"patience = {patience} must be at least 1 evaluation")
        self.score, self.patience = score, patience

    def on_start(self, trainer: "Trainer") -> None:
        """Of a run that had been stopped before, too."""
        if trainer.history:
            self.on_record(trainer, trainer.history[-1])

    def on_record(self, trainer: "Trainer", entry: dict) -> None:
        """Compare with the best so far."""
        best = best_entry(trainer.history, self.score)
        if len(trainer.history) - 1 - trainer.history.index(best) >= self.patience:
            trainer.stop(f"{self.score} was lowest at step {best['step']}, {self.patience} evaluations ago")


def best_entry(history: Sequence[dict], score: str) -> dict:
    """The first entry of a history in which a score is lowest.

    Raises:
        ConfigError: no evaluation gives this score.
    """
    if not all(score in entry for entry in history):
        raise ConfigError(f"there is no score {score!r}; an evaluation gives {sorted(history[-1])}")
    return min(history, key=lambda entry: math.inf if math.isnan(entry[score]) else entry[score])
