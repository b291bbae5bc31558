"""What a training run asks of the processes that share it; a process alone has nothing to share."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from minillm.batches import Batch
from minillm.errors import ConfigError
from minillm.models import Model, build
from minillm.training.objectives import Objective

Part = TypeVar("Part")


class Workers:
    """What training asks of the processes that share a run. This class is a process alone: there is nothing to do.

    Methods said to be of all must be called by every process, in the same order.
    """

    rank = 0
    size = 1
    restarts = 0  # how often the run was started anew after a process had died
    device: torch.device | None = None  # where the model belongs; None: where it is

    @property
    def main(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def prepare(self, model: nn.Module, objective: Objective) -> Callable[[Batch], Tensor]:
        """Get a model ready and return its loss of a batch. An optimizer is built afterwards, over what is then there.

        The mean over processes of gradients is taken in each backward pass: a share of a loss is multiplied by size.
        """
        return lambda batch: objective(model, batch)

    def mine(self, parts: Sequence[Part]) -> Sequence[Part]:
        """This process's share of the parts of a batch.

        Raises:
            ConfigError: the parts do not divide evenly.
        """
        if len(parts) % self.size:
            raise ConfigError(
                f"a batch in {len(parts)} parts does not divide among {self.size} processes; "
                f"choose a batch_size that is a multiple of accumulate times processes"
            )
        count = len(parts) // self.size
        return parts[self.rank * count : (self.rank + 1) * count]

    def exchange(self, last: bool) -> AbstractContextManager:
        """Around the passes of one of several parts of a step: gradients travel only with the last of them."""
        return nullcontext()

    def seed(self, seed: int, step: int) -> None:
        """Make what is random in a step, such as dropout, depend on the seed, the step and the rank alone.

        A process alone keeps torch's own random state instead, which is in the checkpoint.
        """

    def sum(self, number: Tensor) -> Tensor:
        """The sum over all processes. Of all."""
        return number

    def any(self, flag: bool) -> bool:
        """Whether it is true in any process, so that all decide alike. Of all."""
        return flag

    def wait(self) -> None:
        """Go on when every process has come here. Of all."""


ALONE = Workers()


def whole(tensor: Tensor) -> Tensor:
    """All of a tensor of which each process may hold a part. All processes must ask, in the same order."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def part(tensor: Tensor, like: Any) -> Tensor:
    """This process's part of a whole tensor, divided as another one is; all of it if that one is not divided."""
    if not hasattr(like, "device_mesh"):
        return tensor
    from torch.distributed.tensor import distribute_tensor  # an import that only divided models pay for

    everything = tensor.to(like.device)  # every process has it all, so nothing is sent
    return distribute_tensor(everything, like.device_mesh, like.placements, src_data_rank=None)


def whole_model(model: Model) -> Model:
    """A model whose weights are whole: itself, if they are not divided. All processes must ask."""
    state = model.state_dict()
    if not any(hasattr(tensor, "full_tensor") for tensor in state.values()):
        return model
    copy = build(model.config)
    copy.load_state_dict({name: whole(tensor) for name, tensor in state.items()})
    return copy
