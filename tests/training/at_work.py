"""What tests have other processes do: functions that can be imported by name."""

import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

import psutil
import torch
import torch.distributed as dist

from minillm.batches import BatchSource, MaskedBatches, PairBatches, PrefixBatches
from minillm.models import BERT, BERTConfig, Model, RecurrentConfig, Seq2Seq, Seq2SeqConfig, build
from minillm.training import TrainConfig, Trainer
from minillm.training.callbacks import Callback
from minillm.training.distributed import ENGINES, DataParallel
from minillm.training.parallel import ring_all_reduce
from minillm.training.workers import ALONE, whole
from tests.core.small import CONFIG, random_batches, small_gpt


def introduce() -> tuple[int, int]:
    """Who I am and how many we are."""
    return dist.get_rank(), dist.get_world_size()


def ring_sum(tensors: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """The sum of the tensors of all ranks by the ring and by torch."""
    by_ring, by_torch = tensors[dist.get_rank()].clone(), tensors[dist.get_rank()].clone()
    ring_all_reduce(by_ring)
    dist.all_reduce(by_torch)
    return by_ring, by_torch


def spoil(model: torch.nn.Module) -> float:
    """Change a model that was handed over."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
    return next(model.parameters()).mean().item()


def fail(rank: int, how: str) -> str:
    """Fail in one process while the others wait for it."""
    if dist.get_rank() == rank:
        if how == "error":
            raise ZeroDivisionError("on purpose")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
    dist.all_reduce(torch.zeros(1))
    return "done"


def addresses() -> set[str]:
    """The addresses of all sockets of this process, at both ends."""
    dist.all_reduce(torch.zeros(1))
    open_sockets = psutil.Process().net_connections("inet")
    return {end.ip for socket in open_sockets for end in (socket.laddr, socket.raddr) if end}


class Outcome(NamedTuple):
    """How a run ended, and how many numbers of weights and moments a process held."""

    step: int
    losses: list[float]
    weights: dict[str, torch.Tensor]
    held: int


def small(kind: str, changes: dict) -> tuple[Model, BatchSource]:
    """A small model and its batches. But for "gpt" and "lstm", rows differ in how many of their targets count."""
    if kind in ("gpt", "prefix"):
        return small_gpt(**changes), random_batches() if kind == "gpt" else PrefixBatches(random_batches())
    torch.manual_seed(0)
    shape = {"d_model": 16, "num_layers": 2, "num_heads": 2}
    if kind == "bert":
        return BERT(BERTConfig(12, context_length=12, **shape)), MaskedBatches(random_batches(), 11, 11)
    if kind == "seq2seq":
        pairs = [([1, 2, 3 + i % 4], [4, 5] + [6] * (i % 5)) for i in range(30)]
        return Seq2Seq(Seq2SeqConfig(12, context_length=16, **shape)), PairBatches(pairs, 4)
    return build(RecurrentConfig(11, d_model=16, hidden_size=16)), random_batches()


def train(
    engine: str,
    config: TrainConfig = CONFIG,
    changes: dict | None = None,
    directory: Path | None = None,
    until: int | None = None,
    kind: str = "gpt",
) -> Outcome:
    """Train a small model; with a directory and until, stop and save there, without until go on from what is there."""
    workers = ALONE if engine == "alone" else ENGINES[engine]()
    model, batches = small(kind, changes or {})
    run = Trainer(model, batches, config, directory=directory, workers=workers)
    if directory is not None and until is None:
        run.resume()
    run.run(until)
    if directory is not None and until is not None:
        run.save()
    moments = [moment for entry in run.optimizer.state.values() for moment in entry.values() if moment.ndim]
    held = sum(getattr(tensor, "to_local", lambda t=tensor: t)().numel() for tensor in [*model.parameters(), *moments])
    losses = [entry["train_loss"] for entry in run.history] + run.losses
    return Outcome(run.step, losses, {name: whole(t).clone() for name, t in model.state_dict().items()}, held)


class StopOne(Callback):
    """Ask one process to stop after a step, as a clock of its own might."""

    def on_step(self, trainer: Trainer) -> None:
        """After three steps."""
        if trainer.workers.rank == 1 and trainer.step == 3:
            trainer.stop("its time is up")


def train_until_one_stops(directory: Path) -> tuple[int, list[str]]:
    """Train, and say after which step it ended and what is on disk."""
    workers = DataParallel()
    run = Trainer(small_gpt(), random_batches(), CONFIG, None, directory, callbacks=[StopOne()], workers=workers)
    run.run()
    return run.step, sorted(path.name for path in directory.iterdir())
