"""What tests have other processes do: functions that can be imported by name."""

import os
import signal
import time

import psutil
import torch
import torch.distributed as dist

from minillm.training.parallel import ring_all_reduce


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
