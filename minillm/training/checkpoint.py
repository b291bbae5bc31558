"""Checkpoints: everything that a run needs to go on as if it had never stopped."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from minillm.errors import CheckpointError
from minillm.models import Model, configuration, describe
from minillm.training.folders import MANIFEST, atomic_folder, load_tensors, recover, save_tensors, verify_folder

CHECKPOINTS = "step-" + "[0-9]" * 8
FILES = ["model.safetensors", "optimizer.safetensors", "state.json"]


@dataclass(frozen=True)
class Checkpoint:
    """A verified checkpoint, in memory. ``progress`` is what the trainer counts: step, history, losses, settings."""

    path: Path
    model_config: Any
    model_state: dict[str, Tensor]
    optimizer_state: dict[int, dict[str, Tensor]]
    random_state: Tensor
    progress: dict

    def restore(self, model: Model, optimizer: torch.optim.Optimizer | None = None) -> None:
        """Put the weights, the optimizer's moments and the CPU random state back; nothing changes unless all fits.

        Raises:
            CheckpointError: the model or the optimizer is not of the kind that was saved; names what differs.
        """
        check_same_config(self.path, self.model_config, model.config)
        check_fits(self.path, model, self.model_state)
        if optimizer is not None:
            parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
            saved = [
                max((tuple(moment.shape) for moment in entry.values()), key=len)  # AdamW also counts steps
                for _, entry in sorted(self.optimizer_state.items())
            ]
            if saved and saved != [tuple(parameter.shape) for parameter in parameters]:
                raise CheckpointError(
                    f"{self.path} was saved with an optimizer over other tensors; build it the same way"
                )
            state = {i: {key: t.clone() for key, t in entry.items()} for i, entry in self.optimizer_state.items()}
            optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        model.load_state_dict(self.model_state)
        torch.set_rng_state(self.random_state)


def save_checkpoint(path: str | Path, model: Model, optimizer: torch.optim.Optimizer, progress: dict) -> Path:
    """Write weights, optimizer, CPU random state and progress as one whole.

    Raises:
        CheckpointError: the disk is full or the place cannot be written; nothing that was there is lost.
    """
    state = optimizer.state_dict()["state"]
    moments = {f"{index}.{key}": tensor for index, entry in state.items() for key, tensor in entry.items()}
    description = {"model": describe(model.config), "progress": progress}
    with atomic_folder(path) as folder:
        save_tensors(folder / "model.safetensors", model.state_dict())
        save_tensors(folder / "optimizer.safetensors", {**moments, "random_state": torch.get_rng_state()})
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
        random_state = tensors.pop("random_state")
        optimizer_state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, key = name.split(".", 1)
            optimizer_state.setdefault(int(index), {})[key] = tensor
        description = json.loads((path / "state.json").read_text(encoding="utf-8"))
        config, progress = configuration(description["model"]), description["progress"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} holds a state that cannot be read ({error!r}); use an earlier one") from error
    return Checkpoint(path, config, load_tensors(path / "model.safetensors"), optimizer_state, random_state, progress)


def latest_checkpoint(directory: str | Path) -> Path | None:
    """The newest complete checkpoint folder of a run, or None."""
    for old in Path(directory).glob(f".{CHECKPOINTS}.old"):
        recover(old.with_name(old.name.removeprefix(".").removesuffix(".old")))
    return max((path.parent for path in Path(directory).glob(f"{CHECKPOINTS}/{MANIFEST}")), default=None)


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
