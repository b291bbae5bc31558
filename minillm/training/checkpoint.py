"""Checkpoints: everything that a run needs to go on as if it had never stopped."""

import json
import shutil
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minillm.errors import CheckpointError
from minillm.models import Model, configuration, describe
from minillm.training.folders import MANIFEST, atomic_folder, load_tensors, recover, save_tensors, verify_folder
from minillm.training.workers import part, whole

CHECKPOINTS, BEST = "step", "best"  # the beginnings of their folders' names; the step follows
FILES = ["model.safetensors", "optimizer.safetensors", "state.json"]


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint, in memory. ``progress`` is what the trainer counts: step, history, losses, settings.

    The step is also the position in the data, since a batch is a pure function of it.
    """

    path: Path
    model_config: Any
    model_state: dict[str, Tensor]
    optimizer_state: dict[int, dict[str, Tensor]]
    random_state: Tensor
    progress: dict
    cuda_random_state: Tensor | None = None  # of the device that the model was on

    def restore(self, model: Model, optimizer: torch.optim.Optimizer | None = None) -> None:
        """Put the weights, the optimizer's moments and the random states back; nothing changes unless all fits.

        Raises:
            CheckpointError: the model or the optimizer is not of the kind that was saved; names what differs.
        """
        check_same_config(self.path, self.model_config, model.config)
        check_fits(self.path, model, self.model_state)
        state = model.state_dict()
        if optimizer is not None:
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            saved = {
                i: max((tuple(moment.shape) for moment in entry.values()), key=len)  # AdamW also counts steps
                for i, entry in self.optimizer_state.items()  # a parameter without gradients has none
            }
            now = {i: tuple(parameter.shape) for i, parameter in enumerate(parameters)}
            if not saved.items() <= now.items():
                raise CheckpointError(
                    f"{self.path} was saved with an optimizer over other tensors; build it the same way"
                )
            moments = {
                i: {key: part(t.clone(), parameters[i] if t.ndim else t) for key, t in entry.items()}
                for i, entry in self.optimizer_state.items()
            }
            optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
        model.load_state_dict({name: part(tensor, state[name]) for name, tensor in self.model_state.items()})
        torch.set_rng_state(self.random_state)
        if self.cuda_random_state is not None and model.device.type == "cuda":
            torch.cuda.set_rng_state(self.cuda_random_state, model.device)


def save_checkpoint(
    path: str | Path, model: Model, optimizer: torch.optim.Optimizer, progress: dict, write: bool = True
) -> Path:
    """Write weights, optimizer, random states and progress as one whole.

    What is divided among processes is gathered, so all of them must ask; ``write`` says whether this one writes.

    Raises:
        CheckpointError: the disk is full or the place cannot be written; nothing that was there is lost.
    """
    state = optimizer.state_dict()["state"]
    weights = {name: whole(tensor) for name, tensor in model.state_dict().items()}
    moments = {f"{index}.{key}": whole(tensor) for index, entry in state.items() for key, tensor in entry.items()}
    if not write:
        return Path(path)
    random_states = {"random_state": torch.get_rng_state()}
    if model.device.type == "cuda":
        random_states["cuda_random_state"] = torch.cuda.get_rng_state(model.device)
    description = {"model": describe(model.config), "progress": progress}
    with atomic_folder(path, FILES) as folder:
        save_tensors(folder / "model.safetensors", weights)
        save_tensors(folder / "optimizer.safetensors", moments | random_states)
        (folder / "state.json").write_text(json.dumps(description, indent=1, ensure_ascii=False), encoding="utf-8")
    return Path(path)


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint after verifying all of it.

    Raises:
        CheckpointError: it is missing, truncated, altered, or not a minillm checkpoint.
    """
    path = verify_folder(path, FILES)
    tensors = load_tensors(path / "optimizer.safetensors")
    try:
        random_state, cuda_random_state = tensors.pop("random_state"), tensors.pop("cuda_random_state", None)
        optimizer_state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, key = name.split(".", 1)
            optimizer_state.setdefault(int(index), {})[key] = tensor
        description = json.loads((path / "state.json").read_text(encoding="utf-8"))
        config, progress = configuration(description["model"]), description["progress"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} holds a state that cannot be read ({error!r}); use an earlier one") from error
    weights = load_tensors(path / "model.safetensors")
    return Checkpoint(path, config, weights, optimizer_state, random_state, progress, cuda_random_state)


def load_latest(directory: str | Path) -> Checkpoint:
    """Read the newest whole checkpoint of a run. One that is damaged is named in a warning, and passed over.

    Raises:
        CheckpointError: there is none, or all are damaged; names each.
    """
    damaged = []
    for path in checkpoints(directory):
        try:
            checkpoint = load_checkpoint(path)
        except CheckpointError as error:
            damaged.append(str(error))
            continue
        for damage in damaged:
            warnings.warn(f"{damage}: going on from {path}", stacklevel=3)
        return checkpoint
    if damaged:
        raise CheckpointError(f"no checkpoint in {directory} is whole: {'; '.join(damaged)}")
    raise CheckpointError(f"there is no checkpoint in {directory} to resume from; train first")


def checkpoints(directory: str | Path, kind: str = CHECKPOINTS) -> list[Path]:
    """The complete checkpoint folders of a run, the newest first; whether their files are unchanged is not checked."""
    pattern = _pattern(kind)
    for old in Path(directory).glob(f".{pattern}.old"):
        recover(old.with_name(old.name.removeprefix(".").removesuffix(".old")))
    return sorted((path.parent for path in Path(directory).glob(f"{pattern}/{MANIFEST}")), reverse=True)


def latest_checkpoint(directory: str | Path) -> Path | None:
    """The newest complete checkpoint folder of a run, or None."""
    return next(iter(checkpoints(directory)), None)


def best_checkpoint(directory: str | Path) -> Path | None:
    """The folder of the checkpoint with the best score of a run that keeps it (`TrainConfig.keep_best`), or None."""
    return next(iter(checkpoints(directory, BEST)), None)


def good_checkpoint(directory: str | Path) -> Path | None:
    """The newest checkpoint folder whose files are all unchanged, or None."""
    for path in checkpoints(directory):
        with suppress(CheckpointError):
            return verify_folder(path, FILES)
    return None


def remove_all_but(keep: int, directory: Path, step: int) -> None:
    """Remove all but the newest checkpoints and the best one, and whatever is later than a step or was not finished."""
    for kind, number in ((CHECKPOINTS, keep), (BEST, 1)):
        pattern, last = _pattern(kind), f"{kind}-{step:08d}"
        kept = sorted(path for path in directory.glob(pattern) if path.name <= last)[-number:]
        for leftover in (pattern, f".{pattern}.part", f".{pattern}.old"):
            for path in directory.glob(leftover):
                if path not in kept:
                    shutil.rmtree(path, ignore_errors=True)


def _pattern(kind: str) -> str:
    return f"{kind}-" + "[0-9]" * 8


def check_same_config(path: Path, saved: Any, config: Any) -> None:
    """Raise `CheckpointError` for a field that changes what the weights compute (dropout does not)."""
    before, now = describe(saved), describe(config)
    for name in before.keys() | now.keys() if before["architecture"] == now["architecture"] else ["architecture"]:
        if before[name] != now[name] and name != "dropout":
            raise CheckpointError(
                f"{path} was saved with {name} = {before[name]}, this model has {now[name]}; make them agree"
            )


def check_fits(path: Path, model: Model, state: dict[str, Tensor]) -> None:
    """Raise `CheckpointError`, naming the first difference, unless the tensors are those of the model."""
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    for name in sorted({*expected, *found}):
        if expected.get(name) != found.get(name):
            raise CheckpointError(
                f"{path} does not fit this model: {name} is {found.get(name, 'missing')} there and "
                f"{expected.get(name, 'missing')} here; build the model from the configuration that was saved"
            )
