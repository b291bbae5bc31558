"""Checkers of the chapter on pretraining a GPT."""

import math
import os
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm import town
from minillm.batches import Batches, TokenStream
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.models import GPT, GPTConfig
from minillm.tokenizers import CharacterTokenizer
from minillm.training import TrainConfig, Trainer, evaluate_stories


@exercise(
    "pretraining-a-gpt.cross_entropy",
    hints=[
        "ln softmax(z)[y] = z[y] − ln Σ exp(z). Only the second term needs care.",
        "exp(1000) is infinite. Subtract the largest logit first, or use torch.logsumexp, which does it for you.",
        "logits[torch.arange(len(targets)), targets] takes one logit out of each row.",
    ],
    praise="Your loss equals PyTorch's, also where exp() would overflow.",
)
def cross_entropy(answer: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    logits, targets = torch.randn(12, 5), torch.randint(5, (12,))
    expected = F.cross_entropy(logits, targets)
    picked = logits[torch.arange(12), targets]
    suspects = {
        "You return the sum of the losses; return their mean, so that the batch size does not matter.": expected * 12,
        "You return bits: log2 was used where the natural logarithm is meant.": expected / math.log(2),
        "You return the mean log-probability; the loss is minus that.": -expected,
        "You return minus the mean logit of the targets: the softmax is missing.": -picked.mean(),
        "You return the mean probability of the targets: take its logarithm, token by token.": logits.softmax(-1)[
            torch.arange(12), targets
        ].mean(),
        "You normalize over the rows (dim=0); the softmax runs over the vocabulary, the last axis.": F.nll_loss(
            logits.log_softmax(0), targets
        ),
    }
    if problem := difference(answer(logits, targets), expected, "the loss", suspects=suspects):
        return problem
    large = torch.tensor([[1000.0, 0.0, -1000.0]])
    for target, loss in ((0, 0.0), (1, 1000.0)):
        value = float(answer(large, torch.tensor([target])))
        if not math.isclose(value, loss, abs_tol=1e-3):
            return f"For logits of 1000, 0 and −1000 and target {target} the loss is {value}; it should be {loss:g}."
    return None


@exercise(
    "pretraining-a-gpt.windows",
    hints=[
        "A window needs context_length + 1 tokens: the last of them is only ever a target.",
        "starts[:, None] + torch.arange(context_length + 1) holds the index of every token of every window.",
    ],
    praise="Inputs and targets are the same text, one token apart.",
)
def windows(answer: Callable[[Tensor, Tensor, int], object]) -> str | None:
    tokens, starts, length = torch.randint(50, (60,)), torch.tensor([3, 17, 40]), 7
    index = starts[:, None] + torch.arange(length)
    inputs, targets, before = tokens[index], tokens[index + 1], tokens[index - 1]
    answered = answer(tokens, starts, length)
    if not isinstance(answered, tuple) or len(answered) != 2:
        return "Return two tensors: return inputs, targets."
    given, expected = answered
    if problem := difference(given, inputs, "the first tensor, the inputs,", suspects={
        "The inputs begin one token late: a window begins at its start.": targets,
    }):  # fmt: skip
        return problem
    return difference(expected, targets, "the second tensor, the targets,", suspects={
        "The targets equal the inputs: the model would be asked to copy what it is shown. Shift them by one.": inputs,
        "The targets are the tokens before the inputs: they are shifted in the wrong direction.": before,
    })  # fmt: skip


@exercise(
    "pretraining-a-gpt.clip",
    hints=[
        "The norm is that of all gradients laid end to end: √(Σ over tensors of Σ g²).",
        "The factor is min(1, max_norm / norm), and it is the same for every tensor.",
    ],
    praise="The step is shorter now, and its direction is what it was.",
)
def clip(answer: Callable[[Sequence[Tensor], float], Sequence[Tensor]]) -> str | None:
    for scale, what in ((3.0, "large gradients"), (0.01, "small gradients")):
        gradients = [scale * torch.randn(4, 3), scale * 5 * torch.randn(6)]
        parameters = [torch.nn.Parameter(torch.zeros_like(g)) for g in gradients]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        clipped = answer([g.clone() for g in gradients], 1.0)
        if not isinstance(clipped, list | tuple) or len(clipped) != len(gradients):
            return "Return a list with one tensor for each gradient."
        for i, (given, parameter, gradient) in enumerate(zip(clipped, parameters, gradients, strict=True)):
            suspects = {
                "Small gradients grew: clipping only ever shortens. Use min(1, max_norm / norm).": gradient / norm,
                "Each tensor was clipped by its own norm, which turns the direction of the whole step. Use one "
                "norm for all of them.": gradient * min(1.0, 1.0 / float(gradient.norm())),
                "Each number was clipped by itself (clamp), which turns the direction.": gradient.clamp(-1, 1),
            }
            assert parameter.grad is not None
            if problem := difference(given, parameter.grad, f"tensor {i} of {what}", suspects=suspects, tolerance=1e-4):
                return problem
    return None


@exercise(
    "pretraining-a-gpt.bits_per_character",
    hints=[
        "First the whole text: nats_per_token · tokens nats. Then share them among the characters.",
        "One bit is ln 2 nats, so there are fewer nats than bits.",
    ],
    praise="In this unit any two models of one text can be compared, whatever their tokens.",
)
def bits_per_character(answer: Callable[[float, int, int], float]) -> str | None:
    nats, tokens, characters = 2.0, 300, 1200
    expected = torch.tensor(nats * tokens / characters / math.log(2))
    suspects = {
        "These are nats per character: divide by ln 2.": expected * math.log(2),
        "These are bits per token: tokens and characters are not used yet.": expected * characters / tokens,
        "You multiplied by ln 2; a nat is more than a bit, so divide.": expected * math.log(2) ** 2,
        "Tokens and characters are exchanged.": expected * (characters / tokens) ** 2,
    }
    return difference(answer(nats, tokens, characters), expected, "the result", suspects=suspects)


@exercise(
    "pretraining-a-gpt.better",
    hints=[
        "The configuration you were given never comes near its own learning rate: look at warmup_steps.",
        "Small models bear large steps. Multiply the learning rate by 3 until it gets worse, then go back once.",
    ],
    praise="Tuning a run is this, at every size: change one number, train, look at held-out loss.",
)
def better(answer: object) -> str | None:
    if not isinstance(answer, TrainConfig):
        return f"The answer is a {type(answer).__name__}; it should be a TrainConfig."
    if answer.steps > STEPS:
        return f"steps = {answer.steps}; this exercise allows {STEPS}."
    loss = short_run(answer)
    if loss < TARGET:
        return None
    return f"After {answer.steps} steps the held-out loss is ≈ {loss:.3f} nats a token; bring it below {TARGET}."


STEPS, TARGET = 60, 2.8


def short_run(config: TrainConfig) -> float:
    """Held-out loss of a small GPT after a few steps on the town."""
    tokenizer = CharacterTokenizer(town.alphabet("en"))
    stream = TokenStream.encode(town.stories("train", "en", 300), tokenizer)
    model = GPT(GPTConfig(tokenizer.vocab_size, context_length=1024, d_model=48, num_layers=2, num_heads=2))
    os.environ.setdefault("TQDM_DISABLE", "1")
    Trainer(model, Batches(stream.tokens, 8, 128, starts=stream.starts), config).run()
    return evaluate_stories(model, tokenizer, town.stories("valid", "en", 30))
