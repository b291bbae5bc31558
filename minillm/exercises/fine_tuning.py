"""Checkers of the chapter on fine-tuning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise


@exercise(
    "fine-tuning.targets",
    hints=[
        "The target of a position is the token one place further on: there is one target less than there are tokens.",
        "A target counts if the token that it *is* was to be written: look at written one place further on, too.",
        "Where it does not count, the target is -100.",
    ],
    praise="Only the answer and its end are asked for. The prompt is still read: it is in the inputs.",
)
def check_targets(own_targets: Callable[[list[int], list[bool]], Sequence[int] | Tensor]) -> str | None:
    """own_targets(ids, written) for one answer, for two turns, and for an answer of one token."""
    cases = [
        ([0, 7, 8, 9, 4, 0], [False, False, False, False, True, True]),
        ([0, 5, 3, 0, 6, 2, 0], [False, False, True, True, False, True, True]),
        ([0, 0], [False, True]),
    ]
    for ids, written in cases:
        answer = own_targets(list(ids), list(written))
        if isinstance(answer, Tensor):
            answer = answer.tolist()
        if not isinstance(answer, (list, tuple)):
            return f"Return a list of targets, one for each token but the last, not {type(answer).__name__}."
        wanted = [token if own else -100 for token, own in zip(ids[1:], written[1:], strict=True)]
        suspects = {
            "These are the tokens in their own places; each position is asked for the token one place further on.": [
                token if own else -100 for token, own in zip(ids, written, strict=True)
            ],
            "The tokens are shifted, but the marks are not: the first token of the answer is not asked for.": [
                token if own else -100 for token, own in zip(ids[1:], written[:-1], strict=True)
            ],
            "The prompt is asked for as well: that is pretraining, not instruction tuning.": ids[1:],
            "The end marker of the answer is not asked for: a model tuned like this would not know where to stop.": [
                token if own and token else -100 for token, own in zip(ids[1:], written[1:], strict=True)
            ],
            "What does not count must be -100; 0 is the end marker, a token like any other.": [
                token if own else 0 for token, own in zip(ids[1:], written[1:], strict=True)
            ],
        }
        if list(answer) != wanted:
            for sentence, wrong in suspects.items():
                if list(answer) == wrong:
                    return sentence
            return f"For the tokens {ids}, written {written}, the targets are {wanted}, not {list(answer)}."
    return None


@exercise(
    "fine-tuning.lora",
    hints=[
        "The old way is x @ W.T; it stays.",
        "The way around is thin: x @ A.T has r numbers, and @ B.T makes d_out of them again.",
        "Scale what is added by alpha / r; r is the number of rows of A.",
    ],
    praise="Never form B A while training: the two thin products cost less, and that is where LoRA saves.",
)
def check_lora(lora: Callable[..., Tensor]) -> str | None:
    """lora(x, W, A, B, alpha) for two shapes."""
    for rank, alpha in ((2, 6.0), (3, 1.5)):
        x, W = torch.randn(4, 5, 7), torch.randn(6, 7)
        A, B = torch.randn(rank, 7), torch.randn(6, rank)
        old, added = x @ W.T, x @ A.T @ B.T
        suspects = {
            "The old matrix is missing: LoRA adds to W, it does not replace it.": alpha / rank * added,
            "The scale is missing: what is added is multiplied by alpha / r.": old + added,
            "Divide alpha by the rank r: the scale is alpha / r.": old + alpha * added,
            "The scale is upside down; it is alpha / r.": old + rank / alpha * added,
            "The scale multiplies W as well; it belongs to what is added alone.": alpha / rank * (old + added),
            "B has no effect on the result: is the adapter added?": old,
        }
        answer = lora(x, W, A, B, alpha)
        if problem := difference(
            answer, old + alpha / rank * added, "lora(x, W, A, B, alpha)", suspects=suspects, tolerance=1e-4
        ):
            return problem
    return None


@exercise(
    "fine-tuning.count",
    hints=[
        "For one matrix, A has r rows of d_in numbers, B has d_out rows of r.",
        "That is r * (d_in + d_out) numbers for each matrix, and no biases.",
        "Four matrices in each block: d to 3d, d to d, d to 4d, 4d to d.",
    ],
    praise="It grows with the width and not with its square: the larger the model, the smaller the share.",
)
def check_count(adapter_parameters: Callable[[int, int, int], int]) -> str | None:
    """adapter_parameters(d_model, num_layers, rank) for three models."""
    for d, layers, rank in ((128, 4, 8), (768, 12, 1), (4096, 32, 16)):
        each = (d + 3 * d) + (d + d) + (d + 4 * d) + (4 * d + d)
        wanted, answer = layers * rank * each, adapter_parameters(d, layers, rank)
        suspects = {
            layers * (3 * d * d + d * d + 8 * d * d): "This is full fine-tuning: all numbers of the matrices.",
            rank * each: "This is one block; there are num_layers of them.",
            wanted // 2: "Half of them: each of the four matrices (qkv, output, up, down) needs an A and a B.",
            wanted + layers * 9 * d: "The biases stay as they are; an adapter has none.",
        }
        if answer != wanted:
            return (
                suspects.get(answer)
                or f"For d_model {d}, {layers} layers, rank {rank} it is {wanted:,}, not {answer!r}."
            )
    return None


@exercise(
    "fine-tuning.dpo",
    hints=[
        "The reward of an answer is beta times (its log-probability now minus that of the reference).",
        "The margin is the reward of the chosen minus that of the rejected answer.",
        "The loss is -log sigmoid(margin), the mean over the pairs; F.logsigmoid keeps it finite.",
    ],
    praise="Without any reward model: the model's own log-probabilities are the reward.",
)
def check_dpo(own_dpo: Callable[..., Tensor]) -> str | None:
    """own_dpo(chosen, rejected, reference_chosen, reference_rejected, beta), each of the first four (pairs,)."""
    for beta in (0.1, 0.7):
        chosen, rejected, ref_chosen, ref_rejected = -8 * torch.rand(4, 5)
        gain, loss = chosen - ref_chosen, rejected - ref_rejected
        suspects = {
            "The reference has no effect: rewards are measured against it.": -F.logsigmoid(
                beta * (chosen - rejected)
            ).mean(),
            "Chosen and rejected are exchanged, or a sign is turned.": -F.logsigmoid(beta * (loss - gain)).mean(),
            "beta has no effect.": -F.logsigmoid(gain - loss).mean(),
            "The sign is turned: training lowers the loss.": F.logsigmoid(beta * (gain - loss)).mean(),
            "The sum over the pairs; take the mean.": -F.logsigmoid(beta * (gain - loss)).sum(),
            "The sigmoid is there, its logarithm is not.": -torch.sigmoid(beta * (gain - loss)).mean(),
            "beta belongs inside the sigmoid.": -beta * F.logsigmoid(gain - loss).mean(),
        }
        answer = own_dpo(chosen, rejected, ref_chosen, ref_rejected, beta)
        wanted = -F.logsigmoid(beta * (gain - loss)).mean()
        if problem := difference(answer, wanted, "own_dpo(...)", suspects=suspects, tolerance=1e-5):
            return problem
    far = torch.tensor([-400.0]), torch.tensor([-1.0]), torch.tensor([-1.0]), torch.tensor([-400.0])
    if not torch.isfinite(own_dpo(*far, 1.0)):
        return (
            "For a pair that is ranked far wrong the loss is infinite; use F.logsigmoid instead of log(sigmoid(...))."
        )
    return None


@exercise(
    "fine-tuning.rank",
    hints=[
        "torch.linalg.svdvals(change) gives the singular values, largest first.",
        "The part that the first r explain is the sum of their squares divided by the sum of all squares.",
        "cumsum, compare with the share, and count: the smallest r that reaches it.",
    ],
    praise="That is how LoRA's bet can be checked: is the change that full fine-tuning makes really of low rank?",
)
def check_rank(rank_needed: Callable[[Tensor, float], int]) -> str | None:
    """rank_needed(change, share) for matrices with known singular values."""
    for values, share in (
        ([3.0, 2.0, 1.0, 0.5], 0.9),
        ([1.0, 1.0, 1.0, 1.0], 0.7),
        ([5.0, 0.1, 0.1], 0.5),
        ([2.0, 1.0], 1.0),
    ):
        size = len(values)
        left, right = (torch.linalg.qr(torch.randn(n, n, dtype=torch.double))[0] for n in (size + 2, size))
        sizes = torch.tensor(values, dtype=torch.double)
        change = left[:, :size] * sizes @ right
        share = min(share, 1 - 1e-9)
        squares = (sizes**2).cumsum(0) / (sizes**2).sum()
        wanted, plain = int((squares < share).sum()) + 1, int(((sizes.cumsum(0) / sizes.sum()) < share).sum()) + 1
        answer = int(rank_needed(change, share))
        if answer == wanted:
            continue
        if answer == wanted - 1:
            return "One too few: the smallest r whose singular values together *reach* the share."
        if answer == plain:
            return "Square the singular values: their squares add up to the squared size of the matrix."
        return f"With singular values {values} and a share of {share:.2f} it is {wanted}, not {answer}."
    return None
