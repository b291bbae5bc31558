"""In how many bits to multiply, what to keep for the way back, and what to compile."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from minillm.errors import ConfigError
from minillm.layers import Block

PRECISIONS = ("fp32", "bf16", "auto")


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """Within it, products are of bf16 numbers or of fp32 ones; weights, sums and losses stay in fp32 either way.

    Micikevicius et al. (2018), "Mixed Precision Training". Since bf16 has the range of fp32, no loss is scaled.
    """
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()


def seconds(work: Callable[[], object], device: torch.device) -> float:
    """How long some work takes, once it was done before."""
    times = []
    for _ in range(2):
        start = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        times.append(time.perf_counter() - start)
    return times[-1]


def recompute_activations(model: nn.Module) -> None:
    """Make each block keep only its input for the way back, and compute what is inside once more when it is needed.

    Memory for the activations of one block instead of all, for a third more work; gradients stay the same.
    Chen et al. (2016), "Training Deep Nets with Sublinear Memory Cost".

    Raises:
        ConfigError: the model has no blocks.
    """
    blocks = [module for module in model.modules() if isinstance(module, Block)]
    if not blocks:
        raise ConfigError(f"{type(model).__name__} has no blocks to compute twice; leave checkpoint_activations off")
    for block in blocks:
        if "forward" not in vars(block):
            block.forward = partial(checkpoint, block.forward, use_reentrant=False)  # type: ignore[method-assign]


def compiled(loss: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """`torch.compile`: the same loss up to rounding in few fused kernels. The first call of each shape takes a minute.

    Raises:
        ConfigError: at the first call, if this machine has nothing to compile with.
    """
    from torch._dynamo.exc import BackendCompilerFailed  # takes a second, and few runs need it

    fused = torch.compile(loss)

    def call(*arguments: object) -> torch.Tensor:
        try:
            return fused(*arguments)
        except BackendCompilerFailed as error:
            raise ConfigError(
                f"compile = true found no way to compile ({str(error).splitlines()[0]}); install a C++ compiler, "
                f"such as g++ or clang++, or set compile = false"
            ) from error

    return call
