"""A slice of a loss: two directions through the space of all weights, and the loss wherever they lead.

A model of a million weights has a loss over a million dimensions. Here is what it looks like along two of them.
Li et al. (2018), "Visualizing the Loss Landscape of Neural Nets".
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.func import functional_call
from tqdm.auto import tqdm

from minillm.batches import Batch
from minillm.models import Model
from minillm.training.objectives import cross_entropy

Weights = dict[str, Tensor]


def weights_of(model: Model) -> Weights:
    """A copy of all parameters by name: one point of the landscape."""
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def between(start: Weights, end: Weights) -> Weights:
    """The direction that leads from one point to another."""
    return {name: end[name] - start[name] for name in start}


def random_direction(weights: Weights, seed: int = 0) -> Weights:
    """A random direction in which every row of every matrix is as long as that row of the weights.

    So a unit step changes each matrix by about its own size, however large its numbers are. Biases and norms do not
    change. Li et al. (2018), section 4, call it filter normalization.
    """
    generator = torch.Generator().manual_seed(seed)
    direction = {}
    for name, weight in weights.items():
        drawn = torch.randn(weight.shape, generator=generator)
        direction[name] = torch.zeros_like(weight)
        if weight.ndim == 2:
            direction[name] = drawn / drawn.norm(dim=1, keepdim=True) * weight.norm(dim=1, keepdim=True)
    return direction


@torch.no_grad()
def loss_at(model: Model, batch: Batch, weights: Weights) -> float:
    """The mean loss that the model would have with these weights; its own stay as they are."""
    logits = functional_call(model, weights, (batch.inputs,), dict(batch.extras))
    return cross_entropy(logits, batch.targets).item()


def loss_slice(
    model: Model,
    batch: Batch,
    origin: Weights,
    right: Weights,
    up: Weights,
    xs: Sequence[float],
    ys: Sequence[float],
) -> list[list[float]]:
    """The loss at origin + x · right + y · up, a row for each y and a column for each x."""
    rows = []
    for y in tqdm(ys, desc="rows", disable=None):
        points = [{name: origin[name] + x * right[name] + y * up[name] for name in origin} for x in xs]
        rows.append([loss_at(model, batch, point) for point in points])
    return rows
