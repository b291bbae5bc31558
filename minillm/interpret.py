"""Looking inside a model: take a part away, and see what it was good for."""

import copy
from collections.abc import Iterable

import torch

from minillm.errors import ConfigError
from minillm.models import GPT


@torch.no_grad()
def ablate_heads(model: GPT, heads: Iterable[tuple[int, int]]) -> GPT:
    """A copy of the model in which some attention heads write nothing; the model itself stays as it is.

    Head h of a layer writes mixed_h · W_O[h], where W_O[h] are the d_k rows of the output matrix that are its own (in
    `output.weight`, which stores the transpose, they are columns). These become zero. Where the head looks does not
    change, only what it adds; the bias of the output matrix, which belongs to no head, stays.

    Args:
        model: any GPT.
        heads: pairs of layer and head, both counted from 0.

    Raises:
        ConfigError: there is no such layer or head.

    Source: Michel et al. (2019), "Are Sixteen Heads Really Better than One?", section 2.
    """
    ablated = copy.deepcopy(model)
    d_k = model.config.d_model // model.config.num_heads
    for layer, head in heads:
        for name, number, count in (
            ("layer", layer, model.config.num_layers),
            ("head", head, model.config.num_heads),
        ):
            if not 0 <= number < count:
                raise ConfigError(f"{name} = {number} does not exist; choose one of 0 to {count - 1}")
        output = ablated.get_parameter(f"blocks.{layer}.attention.output.weight")
        output[:, head * d_k : (head + 1) * d_k] = 0.0
    return ablated
