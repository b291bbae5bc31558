"""One run on many processes, on torch's own engines: DDP and FSDP2 under torchrun.

The batch of a step is the recipe's at any number of processes: each computes its share of it, and gradients are added
up. So one, two or four processes make the same run up to rounding, and a checkpoint of two goes on in one.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from minillm.batches import Batch, generator_of
from minillm.errors import ConfigError, WorkerError
from minillm.layers import Block
from minillm.training.objectives import Objective
from minillm.training.workers import ALONE, Workers


class DataParallel(Workers):
    """Each process has the whole model and a share of the batch (DDP).

    Li et al. (2020), "PyTorch Distributed: Experiences on Accelerating Data Parallel Training".
    """

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self.restarts = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))
        on_gpu = dist.get_backend() == "nccl"
        self.device: torch.device = torch.device("cuda", torch.cuda.current_device()) if on_gpu else torch.device("cpu")
        self._engine: Any = None

    def prepare(self, model: nn.Module, objective: Objective) -> Callable[[Batch], Tensor]:
        """Wrap the loss: DDP adds up gradients behind the forward pass of what it wraps."""
        self._engine = DistributedDataParallel(_Loss(model.to(self.device), objective))
        return self._engine

    def exchange(self, last: bool) -> AbstractContextManager:
        """DDP's own way of leaving gradients where they are."""
        return nullcontext() if last else self._engine.no_sync()

    def seed(self, seed: int, step: int) -> None:
        """Another dropout in each process and step."""
        torch.manual_seed(generator_of(seed, step, self.rank, "dropout").initial_seed())

    def sum(self, number: Tensor) -> Tensor:
        """An all-reduce; the argument stays as it was."""
        total = number.detach().clone()
        dist.all_reduce(total)
        return total

    def any(self, flag: bool) -> bool:
        """An all-reduce of one number."""
        return bool(self.sum(torch.tensor(float(flag), device=self.device)))

    def wait(self) -> None:
        """A barrier."""
        self.any(False)  # unlike dist.barrier, it needs no device of its own


class ShardedDataParallel(DataParallel):
    """Each process has a share of the batch and of every tensor: weights, gradients and moments (FSDP2).

    The weights of one block at a time are gathered when they are needed. Zhao et al. (2023), "PyTorch FSDP";
    Rajbhandari et al. (2020), "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", section 5.
    """

    def prepare(self, model: nn.Module, objective: Objective) -> Callable[[Batch], Tensor]:
        """Divide the model in place, block by block; what is in no block is gathered for the whole pass."""
        try:  # here, since it takes a second that a run on one process need not wait
            from torch.distributed.fsdp import fully_shard, register_fsdp_forward_method
        except ImportError as error:
            raise ConfigError(f"engine 'fsdp' needs torch 2.7, this is {torch.__version__}; use 'ddp'") from error
        mesh = dist.init_device_mesh(self.device.type, (self.size,))
        for block in [module for module in model.to(self.device).modules() if isinstance(module, Block)]:
            fully_shard(block, mesh=mesh)
        self._engine = fully_shard(model, mesh=mesh)
        for name in ("encode", "decode", "classify"):  # ways into a model that do not go through its forward
            if hasattr(model, name):
                register_fsdp_forward_method(model, name)
        return lambda batch: objective(model, batch)

    def exchange(self, last: bool) -> AbstractContextManager:
        """FSDP2 is told before the pass."""
        self._engine.set_requires_gradient_sync(last)
        return nullcontext()


ENGINES: dict[str, type[DataParallel]] = {"ddp": DataParallel, "fsdp": ShardedDataParallel}
"""How processes share a run, by name."""


@contextmanager
def join(engine: str = "ddp", timeout: float = 600) -> Iterator[Workers]:
    """Take one's place among the processes that torchrun has started, and leave it at the end; else be `ALONE`.

    They talk through NCCL if every process has a GPU of its own, else through gloo. ``timeout``: how many seconds a
    process waits for the others before it gives up.

    Raises:
        ConfigError: there is no such engine.
    """
    if engine not in ENGINES:
        raise ConfigError(f"engine = {engine!r} is not known; choose from {list(ENGINES)}")
    if not dist.is_torchelastic_launched():
        yield ALONE
        return
    on_gpus = torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"])
    if on_gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    store, rank, size = next(dist.rendezvous("env://", timeout=timedelta(seconds=timeout)))
    dist.init_process_group(
        "nccl" if on_gpus else "gloo",
        store=_meet(store, rank, size, timeout),
        rank=rank,
        world_size=size,
        timeout=timedelta(seconds=timeout),
    )
    try:
        yield ENGINES[engine]()
    finally:
        dist.destroy_process_group()


def _meet(store: dist.Store, rank: int, size: int, timeout: float) -> dist.Store:
    """A corner of torchrun's store that nobody has written to.

    torchrun keeps one store for all lives of a run, and in a new life gloo may read the addresses of dead processes.
    So each process says hello under a new name, and the first answers with the name of the corner until all are there.
    """
    me = uuid.uuid4().hex
    if rank:
        store.set(f"hello/{rank}", me)
        corner = store.get(f"welcome/{me}").decode()
        store.add(f"arrived/{corner}", 1)
        return dist.PrefixStore(corner, store)
    deadline = time.monotonic() + timeout
    while store.add(f"arrived/{me}", 0) < size - 1:
        if time.monotonic() > deadline:
            raise WorkerError(f"only {store.add(f'arrived/{me}', 0) + 1} of {size} processes came in {timeout:g} s")
        for other in range(1, size):
            if store.check([f"hello/{other}"]):
                store.set(f"welcome/{store.get(f'hello/{other}').decode()}", me)
        time.sleep(0.02)
    return dist.PrefixStore(me, store)


class _Loss(nn.Module):
    """A model and its objective as one module, since DDP watches over a forward pass."""

    def __init__(self, model: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch) -> Tensor:
        return self.objective(self.model, batch)
