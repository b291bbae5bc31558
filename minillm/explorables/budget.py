"""Budget: what training a model takes, in memory, machines, days and money."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from minillm.calculators import (
    HARDWARE,
    OPTIMIZER_STATES,
    PRECISIONS,
    activations,
    forward_flops,
    num_parameters,
    optimizer_numbers,
)
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.layers import TransformerConfig
from minillm.models import PRESETS

MODELS = (
    "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl", "gpt3-175b", "bert-large", "tinyllama-1.1b", "llama-2-7b",
    "llama-3-8b", "llama-2-70b", "llama-3-405b",
)  # fmt: skip
TOKENS = {
    "gpt3-175b": 300e9, "tinyllama-1.1b": 3e12, "llama-2-7b": 2e12, "llama-3-8b": 15e12, "llama-2-70b": 2e12,
    "llama-3-405b": 15.6e12,
}  # fmt: skip
"""How much text the published models read, where that is known; from their papers."""


def ingredients(config: TransformerConfig) -> dict:
    """What the page needs to do the sums of `minillm.calculators` for one model and any choice of the reader."""
    length = config.context_length
    work, kept = forward_flops(config, length), activations(config, length)
    return {
        "parameters": num_parameters(config),
        "length": length,
        "vocabulary": config.vocab_size,
        "layers": config.num_layers,
        "width": config.d_model,
        "flops": sum(work.values()) / length,
        "head": work["head"] / length,
        "block": kept["blocks"] // config.num_layers,
        "end": kept["logits"] - length * config.vocab_size,
        "states": {name: optimizer_numbers(config, name) for name in OPTIMIZER_STATES},
    }


def budget(
    model: str = "gpt2",
    hardware: str = "a100",
    others: Mapping[str, TransformerConfig] | None = None,
    models: Sequence[str] = MODELS,
) -> Explorable:
    """An explorable that adds up what training takes: choose a model, what it reads, how, and on which machines.

    Args:
        model: which is shown first, a name of `models` or `others`.
        hardware: on which machine, a row of `HARDWARE`.
        others: further models by the title to show.
        models: rows of `PRESETS`.

    Raises:
        ConfigError: a name is not known.
    """
    unknown = [name for name in models if name not in PRESETS]
    if unknown or model not in (*models, *(others or {})) or hardware not in HARDWARE:
        names = [*unknown, model, hardware]
        raise ConfigError(f"{names}: models are {sorted(PRESETS)} and those of others, machines {list(HARDWARE)}")
    shapes = {**(others or {}), **{name: PRESETS[name] for name in models}}
    data = {
        "shapes": {name: {**ingredients(config), "tokens": TOKENS.get(name, 0)} for name, config in shapes.items()},
        "hardware": {name: asdict(row) for name, row in HARDWARE.items()},
        "precisions": {name: asdict(row) for name, row in PRECISIONS.items()},
        "shown": model,
        "machine": hardware,
    }
    alt = (
        "Choices of model, text, precision, optimizer, checkpointing and machines; bars of the memory that weights, "
        "gradients, optimizer and activations take, beside what one machine has; days, money and energy "
        "at the press of a button."
    )
    return Explorable("budget", data, alt)
