"""Pipeline parallelism, written out to be read: each process has some layers, and a batch flows through in parts.

See `minillm.training.parallel` for the other ways.
"""

import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor, nn

from minillm.errors import ConfigError
from minillm.models import GPT
from minillm.training.parallel import Share, gradients_of, share_of


def pipeline_parallel(
    model: GPT, inputs: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"], micro_batches: int = 1
) -> Share:
    """The loss and gradients of a batch that goes through the processes in micro-batches, each with its layers (GPipe).

    First all micro-batches go forward, then all go back. Huang et al. (2019), "GPipe", section 2.3.

    Raises:
        ConfigError: rows or layers do not divide, or the embedding is also the head, which is in another process.
    """
    if len(inputs) % micro_batches:
        raise ConfigError(f"a batch of {len(inputs)} rows does not divide into {micro_batches} micro-batches")
    stage, rank, last = Stage(model), dist.get_rank(), dist.get_world_size() - 1
    shape = (len(inputs) // micro_batches, inputs.shape[1], model.config.d_model)
    total, kept, events = torch.zeros(()), [], []
    for number, (ids, asked) in enumerate(zip(inputs.chunk(micro_batches), targets.chunk(micro_batches), strict=True)):
        x = ids if rank == 0 else _receive(shape, rank - 1).requires_grad_()
        start = time.perf_counter()
        y = stage(x)
        if rank == last:
            y = F.cross_entropy(y.flatten(0, 1), asked.flatten()) / micro_batches
            total += y.detach()
        events.append(("F", number, start, time.perf_counter()))
        if rank < last:
            dist.send(y.detach(), rank + 1)
        kept.append((number, x, y))
    for number, x, y in reversed(kept):
        gradient = None if rank == last else _receive(shape, rank + 1)
        start = time.perf_counter()
        y.backward(gradient)
        events.append(("B", number, start, time.perf_counter()))
        if rank > 0:
            dist.send(x.grad, rank - 1)
    dist.broadcast(total, last)
    gradients = gradients_of(stage)
    return Share(total.item(), gradients, sum(gradient.numel() for gradient in gradients.values()), events)


class Stage(nn.Module):
    """This process's layers of a GPT: the first stage also embeds, the last also turns vectors into logits."""

    def __init__(self, model: GPT) -> None:
        super().__init__()
        if model.head is None:
            raise ConfigError("the first and the last stage would need the same matrix; choose tie_weights=False")
        mine = share_of(torch.arange(len(model.blocks)), "layers").tolist()
        first, last = mine[0] == 0, mine[-1] == len(model.blocks) - 1
        self.embedding: nn.Module | None = model.embedding if first else None
        self.position_embedding = model.position_embedding
        self.blocks = nn.ModuleDict({str(layer): model.blocks[layer] for layer in mine})  # names stay as they were
        self.final_norm: nn.Module | None = model.final_norm if last else None
        self.head: nn.Module | None = model.head if last else None

    def forward(self, x: Tensor) -> Tensor:
        """From token ids or the vectors of the stage before to vectors or logits."""
        if self.embedding is not None:
            index = torch.arange(x.shape[1])
            x = self.position_embedding.embed(self.embedding(x), index)
        for block in self.blocks.values():
            x = block(x, self.position_embedding)
        return x if self.final_norm is None or self.head is None else self.head(self.final_norm(x))


def gpipe_schedule(stages: int, micro_batches: int) -> list[list[str]]:
    """Who does what when, if each pass of a stage takes one unit of time: a row for each stage, "" where it waits.

    "F2" is micro-batch 2 on its way forward, "B2" on its way back.
    """
    rows = []
    for stage in range(stages):
        forward = [""] * stage + [f"F{number}" for number in range(micro_batches)] + [""] * (stages - 1 - stage)
        back = [""] * (stages - 1 - stage) + [f"B{number}" for number in reversed(range(micro_batches))] + [""] * stage
        rows.append(forward + back)
    return rows


def bubble_fraction(stages: int, micro_batches: int) -> float:
    """The share of the time in which a stage waits: (p − 1) / (m + p − 1) with p stages and m micro-batches.

    Narayanan et al. (2021), "Efficient Large-Scale Language Model Training on GPU Clusters", section 2.2.1, give the
    waiting as a share of the work instead: (p − 1) / m.
    """
    return (stages - 1) / (micro_batches + stages - 1)


def _receive(shape: tuple[int, ...], source: int) -> Tensor:
    received = torch.empty(shape)
    dist.recv(received, source)
    return received
