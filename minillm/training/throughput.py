"""How fast training goes, and which share of the machine's best that is."""

import functools
from typing import Any

import torch

from minillm.batches import BatchSource
from minillm.layers import TransformerConfig
from minillm.models import Model, Seq2SeqConfig
from minillm.training.precision import autocast, seconds


def throughput(
    model: Model, batches: BatchSource, steps: int, spent: float, precision: str = "fp32", devices: int = 1
) -> dict[str, float]:
    """Tokens and FLOPs a second of some steps, and the share of the best possible: model FLOPs utilization.

    A step is counted as long as its rows can be; what activation checkpointing repeats is not counted.
    Chowdhery et al. (2022), "PaLM", appendix B. Nothing is said of no steps.
    """
    if not steps or not spent:
        return {}
    rows, length = batches.batch_size, batches.context_length
    speed = steps * rows * length / spent
    flops = speed * flops_per_token(model, length)
    return {
        "tokens_per_second": speed,
        "flops_per_second": flops,
        "utilization": flops / (devices * peak_flops(model.device, precision)),
    }


def flops_per_token(model: Model, length: int) -> float:
    """FLOPs to train on one token: exact for a transformer of one stack, else 6 for each parameter."""
    from minillm.calculators import training_flops  # an import that only a run that is measured pays for

    config: Any = model.config
    one_stack = isinstance(config, TransformerConfig) and not isinstance(config, Seq2SeqConfig)
    return training_flops(config, 1, min(length, config.context_length)) if one_stack else 6.0 * model.num_parameters()


@functools.cache
def peak_flops(device: torch.device, precision: str = "fp32") -> float:
    """FLOPs a second of a device at a product of two large matrices: as good as it gets."""
    size = 1024 if device.type == "cpu" else 8192
    matrix = torch.ones(size, size, device=device)
    with torch.no_grad(), autocast(precision, device):
        return 2.0 * size**3 / min(seconds(lambda: matrix @ matrix, device) for _ in range(3))
