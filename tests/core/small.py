"""Small models, texts and comparisons that the core tests share."""

import functools
import itertools

import torch

from minillm.batches import Batches
from minillm.models import GPT, GPTConfig
from minillm.positions import POSITIONS, T5Positions
from minillm.tokenizers import CharacterTokenizer
from minillm.training import TrainConfig, Trainer

VOCAB_SIZE = 11
CONTEXT_LENGTH = 12
VARIANTS = [
    {"positions": positions, "tie_weights": tied}
    for positions, tied in itertools.product(sorted(POSITIONS), (True, False))
]
VARIANT_NAMES = [f"{v['positions']}-{'tied' if v['tie_weights'] else 'untied'}" for v in VARIANTS]
CONFIG = TrainConfig(steps=10, warmup_steps=3, evaluate_every=3, learning_rate=1e-2)
TOKENIZER = CharacterTokenizer("abcdef .")


def small_gpt(seed: int = 0, **changes) -> GPT:
    """A GPT of two layers and two heads, as it is initialized."""
    settings = {
        "vocab_size": VOCAB_SIZE,
        "context_length": CONTEXT_LENGTH,
        "d_model": 16,
        "num_layers": 2,
        "num_heads": 2,
    }
    torch.manual_seed(seed)
    return GPT(GPTConfig(**(settings | changes)))


def lively_gpt(seed: int = 0, **changes) -> GPT:
    """A GPT in evaluation mode with weights so large that every part of it matters to the logits."""
    return enliven(small_gpt(seed, **changes), seed)


def enliven(model, seed: int = 0):
    """Give a model weights so large that every part of it matters to the logits, and put it in evaluation mode.

    At initialization attention is nearly uniform and biases are zero: a model with a mistake in either would agree with
    a correct one to many digits.
    """
    generator = torch.Generator().manual_seed(seed + 1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            spread = 2.0 if isinstance(model.get_submodule(name.rpartition(".")[0]), T5Positions) else 0.4
            parameter.copy_((1 if "norm" in name and name.endswith("weight") else 0) + spread * noise)
    return model.eval()


@functools.cache
def shared_gpt(**changes) -> GPT:
    """A lively GPT for tests that only look at it, built once."""
    return lively_gpt(**changes).requires_grad_(False)


def random_ids(*shape: int, seed: int = 0, vocab_size: int = VOCAB_SIZE) -> torch.Tensor:
    """Token ids drawn evenly."""
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(seed))


def random_batches(batch_size: int = 4, context_length: int = 8, seed: int = 0) -> Batches:
    """Batches of noise."""
    return Batches(random_ids(500, seed=seed), batch_size, context_length, seed=seed)


def trainer(config: TrainConfig = CONFIG, evaluate=None, directory=None, seed: int = 0, **changes) -> Trainer:
    """A fresh small model and all that trains it on noise; the same arguments give the same run."""
    return Trainer(small_gpt(seed, **changes), random_batches(), config, evaluate, directory)


def same_tensors(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """Whether two dictionaries of tensors agree in every bit."""
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def copied(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A snapshot that later training does not change."""
    return {name: tensor.clone() for name, tensor in state.items()}


def finished(**settings):
    """A run that nothing disturbed."""
    run = trainer(**settings)
    run.run()
    return run


def same_run(first, second):
    """Whether two runs stand at the same point in every bit: weights, optimizer, step, history, losses."""
    moments = [
        {
            f"{i}.{key}": tensor
            for i, entry in run.optimizer.state_dict()["state"].items()
            for key, tensor in entry.items()
        }
        for run in (first, second)
    ]
    return (
        same_tensors(first.model.state_dict(), second.model.state_dict())
        and same_tensors(*moments)
        and (first.step, first.losses, first.history) == (second.step, second.losses, second.history)
    )
