"""Where a run writes down what it sees: a file of JSON Lines, or TensorBoard.

A line or a point belongs to each entry of the history, with what `Trainer.readings` shows beside it. A run that goes on
from a checkpoint first removes what is later than that, so that a log tells of one run, however often it was killed.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minillm.errors import MissingPackageError
from minillm.training.callbacks import Callback

if TYPE_CHECKING:
    from minillm.training.trainer import Trainer


class JsonLines(Callback):
    """One JSON object a line, for `read_log`, pandas (``read_json(path, lines=True)``) or ``tail -f``."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def on_start(self, trainer: "Trainer") -> None:
        """Keep the lines up to the trainer's step."""
        if trainer.workers.main and self.path.exists():
            kept = [
                json.dumps(line, ensure_ascii=False) for line in read_log(self.path) if line["step"] <= trainer.step
            ]
            temporary = self.path.with_name(f".{self.path.name}.part")
            temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
            os.replace(temporary, self.path)

    def on_record(self, trainer: "Trainer", entry: dict) -> None:
        """Add a line."""
        if trainer.workers.main:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(entry | trainer.readings()))


def read_log(path: str | Path) -> list[dict]:
    """The lines of a log. A last one that a killed process left half written is not among them."""
    *lines, _ = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    return [json.loads(line) for line in lines]


def _line(entry: dict) -> str:
    return json.dumps(entry, ensure_ascii=False) + "\n"


class TensorBoard(Callback):
    """Curves and texts for ``tensorboard --logdir FOLDER``.

    Raises:
        MissingPackageError: TensorBoard is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise MissingPackageError(
                "TensorBoard is not installed: pip install tensorboard; or log with JsonLines, which needs nothing"
            ) from error
        self.folder, self._open = Path(folder), SummaryWriter
        self._writer: Any = None

    def on_start(self, trainer: "Trainer") -> None:
        """Hide the points after the trainer's step."""
        if trainer.workers.main:
            self._writer = self._open(str(self.folder), purge_step=trainer.step + 1)

    def on_record(self, trainer: "Trainer", entry: dict) -> None:
        """Add a point to each curve."""
        if not trainer.workers.main:
            return
        for name, value in _flat(entry | trainer.readings()):
            if isinstance(value, str):
                self._writer.add_text(name, value, entry["step"])
            elif isinstance(value, int | float) and name != "step":
                self._writer.add_scalar(name, value, entry["step"])

    def on_end(self, trainer: "Trainer") -> None:
        """Write what is still in memory."""
        if trainer.workers.main:
            self._writer.close()


def _flat(entry: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Names and values; those of an inner dictionary as "outer/inner"."""
    for name, value in entry.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield prefix + name, value
