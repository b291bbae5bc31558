"""Where a run writes down what it sees: a file of JSON Lines, or TensorBoard.

A line or a point belongs to each entry of the history, with what `Trainer.readings` shows beside it. A run that goes on
from a checkpoint first removes what is later than that, so that a log tells of one run, however often it was killed.
"""

import json
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
        self.failed = False

    def on_start(self, trainer: "Trainer") -> None:
        """Keep the lines up to the trainer's step."""
        if trainer.workers.main and self.path.exists():
            kept = [_line(line) for line in read_log(self.path) if line["step"] <= trainer.step]
            temporary = self.path.with_name(f".{self.path.name}.part")
            with self._told():
                temporary.write_text("".join(kept), encoding="utf-8")
                os.replace(temporary, self.path)

    def on_record(self, trainer: "Trainer", entry: dict) -> None:
        """Add a line."""
        if trainer.workers.main and not self.failed:
            with self._told():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(_line(entry | trainer.readings()))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A log that cannot be written is no reason to lose the run: it is told once, and the run goes on."""
        try:
            yield
        except OSError as error:
            self.failed = True
            warnings.warn(f"{self.path} cannot be written ({error}); the run goes on without its log", stacklevel=3)


def read_log(path: str | Path) -> list[dict]:
    """The lines of a log. One that a killed process left half written, or a full disk, is not among them."""
    *lines, _ = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    return [entry for line in lines if (entry := _entry(line))]


def _entry(line: str) -> dict | None:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return None
    return entry if isinstance(entry, dict) and "step" in entry else None


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
