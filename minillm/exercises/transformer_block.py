"""Checkers of the chapter on the transformer block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.layers import Block, TransformerConfig, rms_norm


@exercise(
    "transformer-block.norm",
    hints=[
        "The mean of the squares of each vector: x.square().mean(dim=-1, keepdim=True).",
        "keepdim=True leaves an axis of size 1, so that the division fits any shape in front.",
        "Divide by the root of (mean square + eps), then multiply by the weight.",
    ],
    praise="No mean is taken off, one pass less than LayerNorm: that is the whole difference.",
)
def check_norm(own_rms_norm: Callable[..., Tensor]) -> str | None:
    """own_rms_norm(x, weight, eps) for several shapes, and for a vector so short that eps matters."""
    for shape in ((6,), (3, 6), (2, 3, 6)):
        x, weight = 2 + 3 * torch.randn(shape), torch.randn(6)
        mean, size = x.mean(dim=-1, keepdim=True), x.square().mean(dim=-1, keepdim=True).sqrt()
        suspects = {
            "This is LayerNorm: RMSNorm does not take off the mean.": F.layer_norm(x, (6,), weight),
            "The weight has no effect.": x / size,
            "The vectors are divided by the mean square; divide by its root.": x / size.square() * weight,
            "The vectors are divided by their length; divide by the root of the mean of the squares.":
                F.normalize(x, dim=-1) * weight,
            "The mean runs over all vectors together; every vector has a norm of its own.":
                x / x.square().mean().sqrt() * weight,
            "The mean is taken off, but the size is that of the whole vector.": (x - mean) / size * weight,
        }  # fmt: skip
        what = f"own_rms_norm(x, weight) for x of shape {shape}"
        answer = own_rms_norm(x, weight)
        if problem := difference(answer, rms_norm(x, weight), what, suspects=suspects, tolerance=1e-4):
            return problem
    tiny, ones = torch.tensor([[3e-3, -4e-3]]), torch.ones(2)
    suspects = {
        "eps has no effect: it is added to the mean square, inside the root.": tiny / tiny.square().mean().sqrt(),
        "eps is added after the root; it belongs inside.": tiny / (tiny.square().mean().sqrt() + 1e-3),
    }
    answer = own_rms_norm(tiny, ones, 1e-3)
    return difference(answer, rms_norm(tiny, ones, 1e-3), "For a very short vector, the result", suspects=suspects)


@exercise(
    "transformer-block.count",
    hints=[
        "A linear layer from a to b numbers has a * b weights and b biases.",
        "Attention has four of them, each from d_model to d_model. The MLP has two.",
        "A LayerNorm has d_model weights and d_model biases, and there are two.",
    ],
    praise="Twelve times the square of the width, nearly: with that rule you can size any GPT in your head.",
)
def check_count(block_parameters: Callable[[int, int], int]) -> str | None:
    """block_parameters(d_model, d_mlp) against blocks that are built and counted."""
    for d_model, d_mlp in ((8, 24), (12, 48)):
        config = TransformerConfig(vocab_size=1, d_model=d_model, d_mlp=d_mlp, num_heads=2)
        right = sum(parameter.numel() for parameter in Block(config).parameters())
        attention, mlp = 4 * d_model * d_model, 2 * d_model * d_mlp
        norms, biases = 4 * d_model, 4 * d_model + d_mlp + d_model
        answer = block_parameters(d_model, d_mlp)
        if not isinstance(answer, int | float) or isinstance(answer, bool):
            return f"block_parameters({d_model}, {d_mlp}) is a {type(answer).__name__}; it should be a number."
        no_output = right - d_model * d_model - d_model
        always_four = right - (2 * d_model * d_mlp + d_mlp) + 8 * d_model**2 + 4 * d_model
        mistakes = {
            attention + mlp + norms: "The biases of the linear layers are missing.",
            attention + mlp + biases: "The weights and biases of the two norms are missing.",
            attention + mlp: "The biases and the norms are missing.",
            right - norms // 2: "A block has two LayerNorms, each with weight and bias.",
            no_output: "The output matrix of attention is missing.",
            always_four: "The MLP is d_mlp wide, not always 4 · d_model.",
        }
        if answer != right:
            reason = mistakes.get(int(answer), f"It is off by {answer - right:+,}.")
            return f"block_parameters({d_model}, {d_mlp}) is {answer:,}, but the block has {right:,}. {reason}"
    return None


@exercise(
    "transformer-block.decoder",
    hints=[
        "Three lines, each of the form x = norm(x + branch(x)).",
        "The middle branch is look_across(x, memory), with the x that the first line made.",
        "norms[0] after self-attention, norms[1] after looking across, norms[2] after the MLP.",
    ],
    praise="This is the right half of figure 1 of the paper of 2017, in three lines.",
)
def check_decoder(decoder_block: Callable[..., Tensor]) -> str | None:
    """decoder_block with random branches, against torch's and against the usual mistakes."""
    x, memory = torch.randn(2, 5, 8), torch.randn(2, 3, 8)
    own, across, up = (torch.randn(8, 8) for _ in range(3))
    norms = nn.ModuleList(nn.LayerNorm(8) for _ in range(3))
    for norm in norms:
        nn.init.normal_(norm.get_parameter("weight"))

    def attend(x: Tensor) -> Tensor:
        return torch.softmax(x @ own @ x.transpose(1, 2), dim=-1) @ x

    def look_across(x: Tensor, memory: Tensor) -> Tensor:
        return torch.softmax(x @ across @ memory.transpose(1, 2), dim=-1) @ memory

    def mlp(x: Tensor) -> Tensor:
        return F.relu(x @ up)

    def run(order: str = "sam", pre: bool = False, sums: bool = True, used: tuple[int, ...] = (0, 1, 2)) -> Tensor:
        """The block with its branches in some order: s(elf), a(cross), m(lp)."""
        branches: dict[str, Callable[[Tensor], Tensor]] = {
            "s": attend, "a": lambda x: look_across(x, memory), "m": mlp
        }  # fmt: skip
        result = x
        for which, name in zip(used, order, strict=True):
            norm, branch = norms[which], branches[name]
            added = branch(norm(result)) if pre else branch(result)
            result = result + added if sums else added
            result = result if pre else norm(result)
        return result

    with torch.no_grad():
        suspects = {
            "This is pre-norm: the norm stands inside the branch. In 2017 it stood after the sum.": run(pre=True),
            "The sums are missing: each branch adds to x.": run(sums=False),
            "The order is self-attention, then the memory, then the MLP; here the memory comes first.": run("asm"),
            "The MLP comes last, after looking across.": run("sma"),
            "Each sum has a norm of its own: norms[0], norms[1], norms[2].": run(used=(0, 0, 0)),
        }
        answer = decoder_block(x, memory, attend, look_across, mlp, list(norms))
        return difference(answer, run(), "decoder_block(...)", suspects=suspects, tolerance=1e-4)


@exercise(
    "transformer-block.parts",
    hints=[
        "The norm divides every part by one and the same number: the size of the sum of all parts.",
        "size = sqrt(parts.sum(0).square().mean() + eps), one number.",
        "parts / size * weight has a row for each part; its product with direction has a number for each.",
    ],
    praise="Split like this, every score of a model can be traced to the parts that made it.",
)
def check_parts(part_scores: Callable[..., Tensor]) -> str | None:
    """part_scores(parts, direction, weight, eps): exact shares that add up to the score."""
    parts, direction, weight = torch.randn(5, 8), torch.randn(8), torch.randn(8)
    eps = 0.1
    size = torch.sqrt(parts.sum(dim=0).square().mean() + eps)
    expected = parts / size * weight @ direction
    suspects: dict[str, Any] = {
        "Each part has been normed by itself. The norm sees only the sum of all parts.":
            rms_norm(parts, weight, eps) @ direction,
        "The norm is missing.": parts @ direction,
        "The weight of the norm is missing.": parts / size @ direction,
        "eps is missing: add it to the mean square, inside the root.":
            parts / parts.sum(dim=0).square().mean().sqrt() * weight @ direction,
    }  # fmt: skip
    answer = part_scores(parts, direction, weight, eps)
    if isinstance(answer, Tensor) and answer.dim() == 0:
        return "This is one number, the score of the sum; return one for each part."
    return difference(answer, expected, "part_scores(...)", suspects=suspects, tolerance=1e-4)
