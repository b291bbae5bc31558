"""Checkpoints that are either whole or not there, in safetensors and JSON only: nothing is ever unpickled.

A checkpoint is a folder. It is written under another name, forced to disk, and renamed when complete; a manifest holds
the SHA-256 of every file, and nothing is loaded before all of them agree.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from minillm.errors import CheckpointError
from minillm.models.gpt import GPT, GPTConfig

MANIFEST = "manifest.json"


@contextmanager
def atomic_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder to write in; on success it becomes ``path`` at once, on any failure it disappears.

    Raises:
        CheckpointError: the disk is full or the place cannot be written. What stood at ``path`` is still there.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        digests = {file.name: _sha256(file) for file in sorted(temporary.iterdir())}
        (temporary / MANIFEST).write_text(json.dumps(digests, indent=1), encoding="utf-8")
        for file in temporary.iterdir():
            _force_to_disk(file)
        _replace_folder(temporary, path)
    except (OSError, safetensors.SafetensorError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        remedy = "free some space or choose another folder" if full else "check that the folder can be written"
        raise CheckpointError(
            f"{path} could not be written ({error}); {remedy}. Earlier checkpoints are intact"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def verify_folder(path: str | Path, required: list[str]) -> Path:
    """Check that every file of a checkpoint folder is there and unchanged.

    Raises:
        CheckpointError: names the first file that is missing, truncated or altered.
    """
    path = Path(path)
    try:
        digests = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is not a minillm checkpoint: its {MANIFEST} cannot be read ({error})") from error
    for name in sorted({*required, *digests}):
        if not (path / name).is_file() or name not in digests:
            raise CheckpointError(f"{path} has no {name}; the checkpoint is incomplete, use an earlier one")
        if _sha256(path / name) != digests[name]:
            raise CheckpointError(
                f"{path / name} is truncated or altered (its SHA-256 differs); use an earlier checkpoint"
            )
    return path


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run needs to go on as if it had never stopped."""

    path: Path
    model_config: GPTConfig
    model_state: dict[str, Tensor]
    optimizer_state: dict[str, Tensor]
    step: int
    history: list[dict]
    train_config: dict

    def restore(self, model: GPT, optimizer: torch.optim.Optimizer | None = None) -> None:
        """Put the weights, the optimizer's moments and the random state back; nothing changes unless all of it fits.

        Raises:
            CheckpointError: the model or the optimizer has another shape than the one that was saved.
        """
        check_fits(self.path, model, self.model_state)
        moments = {name: tensor for name, tensor in self.optimizer_state.items() if name != "random_state"}
        if optimizer is not None:
            state: dict[int, dict[str, Tensor]] = {}
            for name, tensor in moments.items():
                index, key = name.split(".", 1)
                state.setdefault(int(index), {})[key] = tensor.clone()
            groups = optimizer.state_dict()["param_groups"]
            if state and len(state) != sum(len(group["params"]) for group in groups):
                raise CheckpointError(
                    f"{self.path} was saved with an optimizer over {len(state)} tensors; this one differs"
                )
            optimizer.load_state_dict({"state": state, "param_groups": groups})
        model.load_state_dict(self.model_state)
        torch.set_rng_state(self.optimizer_state["random_state"])


def save_checkpoint(
    path: str | Path,
    model: GPT,
    optimizer: torch.optim.Optimizer,
    step: int,
    history: list[dict],
    train_config: dict,
) -> Path:
    """Write weights, optimizer, random state, step and history as one whole.

    Raises:
        CheckpointError: the disk is full or the place cannot be written; nothing that was there is lost.
    """
    moments = {
        f"{index}.{name}": tensor.contiguous()
        for index, entries in optimizer.state_dict()["state"].items()
        for name, tensor in entries.items()
    }
    state = {
        "model": asdict(model.config),
        "training": train_config,
        "step": step,
        "history": history,
    }
    with atomic_folder(path) as folder:
        save_tensors(folder / "model.safetensors", model.state_dict())
        save_tensors(folder / "optimizer.safetensors", {**moments, "random_state": torch.get_rng_state()})
        (folder / "state.json").write_text(json.dumps(state, indent=1, ensure_ascii=False), encoding="utf-8")
    return Path(path)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint after verifying all of it.

    Raises:
        CheckpointError: it is missing, truncated, altered, or not a minillm checkpoint.
    """
    path = verify_folder(path, ["model.safetensors", "optimizer.safetensors", "state.json"])
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        return Checkpoint(
            path=path,
            model_config=GPTConfig(**state["model"]),
            model_state=load_tensors(path / "model.safetensors"),
            optimizer_state=load_tensors(path / "optimizer.safetensors"),
            step=state["step"],
            history=state["history"],
            train_config=state["training"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} holds a state that cannot be read ({error}); use an earlier checkpoint"
        ) from error


def latest_checkpoint(directory: str | Path) -> Path | None:
    """The newest complete checkpoint folder of a run, or None."""
    return max(Path(directory).glob("step-*"), default=None)


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors; unlike pickle, reading them back can run no code."""
    safetensors.torch.save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, path)


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read safetensors.

    Raises:
        CheckpointError: the file is missing, damaged, or of another format (a pickle is never opened).
    """
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"{path} is not a whole safetensors file ({error}); other formats, pickles among them, are never opened"
        ) from error


def check_fits(path: Path, model: GPT, state: dict[str, Tensor]) -> None:
    """Raise `CheckpointError`, naming the first difference, unless the tensors are those of the model."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            raise CheckpointError(
                f"{path} does not fit this model: {name} is {found.get(name, 'missing')} there and "
                f"{expected.get(name, 'missing')} here; build the model from the configuration that was saved"
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _force_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace_folder(temporary: Path, path: Path) -> None:
    """Rename a folder onto a name that may be taken by an older one, which goes only after the new one is complete."""
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    if path.exists():
        path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)
