"""Two ways to divide training among processes, written out to be read; the third is in `minillm.training.pipeline`.

Data parallelism divides the batch, tensor parallelism every matrix, pipeline parallelism the layers. All three compute
what one process computes. Real runs leave this to torch's engines (`minillm.training.distributed`), which also hide the
time that messages take behind computation. The functions here run inside processes: see `Processes`.
"""

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from jaxtyping import Float, Int
from torch import Tensor, nn

from minillm.attention import MultiHeadAttention
from minillm.errors import ConfigError
from minillm.layers import MLP, GatedMLP
from minillm.models import GPT


class Share(NamedTuple):
    """What one process has after a step: the loss, gradients by name, how many parameters it held, and when it worked.

    ``events`` are of the pipeline: (kind, micro-batch, start, end), the kind "F" or "B", in seconds.
    """

    loss: float
    gradients: dict[str, Tensor]
    parameters: int
    events: Sequence[tuple[str, int, float, float]] = ()


# Data parallelism: each process has the whole model and some rows of the batch


def data_parallel(model: GPT, inputs: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]) -> Share:
    """The loss and gradients of a batch of which each process computes its rows."""
    rows = share_of(torch.arange(len(inputs)), "rows of the batch")
    loss = model.loss(inputs[rows], targets[rows])
    loss.backward()
    average_gradients(model)
    return Share(_sum(loss).item() / dist.get_world_size(), gradients_of(model), model.num_parameters())


def average_gradients(model: nn.Module) -> None:
    """Replace every gradient by its mean over the processes: that of the whole batch, if all have as many rows."""
    for parameter in model.parameters():
        if parameter.grad is not None:
            ring_all_reduce(parameter.grad)
            parameter.grad /= dist.get_world_size()


def ring_all_reduce(tensor: Float[Tensor, "..."]) -> None:
    """Sum a tensor over p processes, in place. Each sends 2 (p − 1) / p times the tensor: never more than two.

    The tensor is cut into p pieces. In p − 1 rounds each process hands a piece to its neighbor, who adds it to its own;
    then one piece is complete in each process, and goes around in p − 1 more rounds.

    Patarasuk and Yuan (2009), "Bandwidth Optimal All-reduce Algorithms for Clusters of Workstations".
    """
    rank, size = dist.get_rank(), dist.get_world_size()
    flat = tensor.flatten()
    pieces = list(flat.tensor_split(size))
    for turn in range(2 * (size - 1)):
        leaving, coming = (rank - turn) % size, (rank - turn - 1) % size
        received = torch.empty_like(pieces[coming])
        there = dist.P2POp(dist.isend, pieces[leaving].clone(), (rank + 1) % size)
        here = dist.P2POp(dist.irecv, received, (rank - 1) % size)
        for message in dist.batch_isend_irecv([there, here]):
            message.wait()
        pieces[coming].copy_(pieces[coming] + received if turn < size - 1 else received)
    tensor.copy_(flat.view_as(tensor))


# Tensor parallelism: each process has some heads of every attention and some neurons of every MLP


def tensor_parallel(model: GPT, inputs: Int[Tensor, "batch time"], targets: Int[Tensor, "batch time"]) -> Share:
    """The loss and gradients of a batch by a model of which each process holds a part of every block.

    The gradients of the divided matrices are those of the part.
    """
    split_blocks(model)
    loss = model.loss(inputs, targets)
    loss.backward()
    return Share(loss.item(), gradients_of(model), model.num_parameters())


def split_blocks(model: GPT) -> None:
    """Keep this process's heads and neurons in each block of a model, in place. Two messages a block and pass remain.

    Shoeybi et al. (2019), "Megatron-LM: Training Multi-Billion Parameter Language Models", section 3.

    Raises:
        ConfigError: heads or neurons do not divide, or the model has dropout or a position bias for each head.
    """
    if model.config.dropout or model.config.positions in ("t5", "alibi"):
        raise ConfigError(
            f"dropout = {model.config.dropout} and positions = {model.config.positions!r}: only models without dropout "
            f"and without a bias for each head are divided here; choose dropout=0.0 and positions='rotary'"
        )
    block: Any
    for block in model.blocks:
        block.attention = Divided(split_attention(block.attention), block.attention.output.bias)
        block.mlp = Divided(split_mlp(block.mlp), block.mlp.down.bias)


class Divided(nn.Module):
    """A branch of which each process computes one summand: y = Σ_r branch_r(x) + b."""

    def __init__(self, branch: nn.Module, bias: nn.Parameter | None) -> None:
        super().__init__()
        self.branch, self.bias = branch, bias

    def forward(self, x: Float[Tensor, "batch time d_model"], *arguments: Any) -> Float[Tensor, "batch time d_model"]:
        """Compute this process's summand and add up."""
        y = SumOutputs.apply(self.branch(SumGradients.apply(x), *arguments))
        return y if self.bias is None else y + self.bias


class SumGradients(torch.autograd.Function):
    """Identity on the way forward; on the way back, the sum over processes (Megatron's f)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Every process has x already."""
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """Each process has the gradient by way of its own heads or neurons."""
        return _sum(gradient)


class SumOutputs(torch.autograd.Function):
    """The sum over processes on the way forward; on the way back, identity (Megatron's g)."""

    @staticmethod
    def forward(ctx: Any, y: Tensor) -> Tensor:
        """Each process has a summand."""
        return _sum(y)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        """A sum hands its gradient to every summand as it is."""
        return gradient


def split_mlp(mlp: MLP) -> MLP:
    """f(x W_up[:, r]) W_down[r, :], r this process's share of the neurons; the bias of W_down is left out."""
    part = copy.deepcopy(mlp)
    neurons = share_of(torch.arange(mlp.down.in_features), "neurons")
    part.up, part.down = _keep_outputs(mlp.up, neurons), _keep_inputs(mlp.down, neurons)
    if isinstance(part, GatedMLP):
        part.gate = _keep_outputs(part.gate, neurons)
    return part


def split_attention(attention: MultiHeadAttention) -> MultiHeadAttention:
    """Attention of this process's share of the heads, times their rows of W_O; its bias is left out."""
    part = copy.deepcopy(attention)
    d_k, heads, kv_heads = attention.d_k, attention.num_heads, attention.num_kv_heads
    rows = torch.arange(attention.qkv.out_features).split([heads * d_k, kv_heads * d_k, kv_heads * d_k])
    mine = [share_of(each.view(-1, d_k), "heads").flatten() for each in rows]
    part.qkv, part.output = _keep_outputs(attention.qkv, torch.cat(mine)), _keep_inputs(attention.output, mine[0])
    part.num_heads, part.num_kv_heads = heads // dist.get_world_size(), kv_heads // dist.get_world_size()
    for norm in (part.query_norm, part.key_norm):  # of all heads: each process sees the gradient of its own
        for weight in norm.parameters():
            weight.register_hook(_sum)
    return part


def _keep_outputs(linear: nn.Linear, outputs: Int[Tensor, " kept"]) -> nn.Linear:
    kept = nn.Linear(linear.in_features, len(outputs), bias=linear.bias is not None)
    kept.weight = nn.Parameter(linear.weight[outputs].detach())
    if linear.bias is not None:
        kept.bias = nn.Parameter(linear.bias[outputs].detach())
    return kept


def _keep_inputs(linear: nn.Linear, inputs: Int[Tensor, " kept"]) -> nn.Linear:
    kept = nn.Linear(len(inputs), linear.out_features, bias=False)
    kept.weight = nn.Parameter(linear.weight[:, inputs].detach())
    return kept


def share_of(items: Tensor, what: str) -> Tensor:
    """This process's equal share of things that stand in a row. Raises `ConfigError` if they do not divide."""
    size = dist.get_world_size()
    if len(items) % size:
        raise ConfigError(f"{len(items)} {what} do not divide evenly among {size} processes")
    return items.chunk(size)[dist.get_rank()]


def _sum(tensor: Tensor) -> Tensor:
    total = tensor.detach().clone()
    dist.all_reduce(total)
    return total


def gradients_of(module: nn.Module) -> dict[str, Tensor]:
    """The gradients by the names of the parameters."""
    return {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
