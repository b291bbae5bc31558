"""Loss landscape race: optimizers on a slice of the loss of the town's GPT."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from minillm import town
from minillm.batches import Batch, Batches, TokenStream
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

SLICE = Path(__file__).with_name("loss_race.json")
RATES = {"sgd": 0.005, "momentum": 0.001, "adam": 0.02, "muon": 0.02}
NAMES = {"sgd": "SGD", "momentum": "momentum", "adam": "Adam", "muon": "Muon"}
STEPS = 100


@cache
def stored_slice() -> dict[str, Any]:
    """The slice that is stored with the book: ``model`` and ``weights_digest`` say whose, ``loss`` holds a row for each
    of ``ys`` and a column for each of ``xs``, in nats per token. Made by ``python -m tools.landscape``."""
    return json.loads(SLICE.read_text(encoding="utf-8"))


def held_out_batch(tokenizer: Any, rows: int = 8, length: int = 64) -> Batch:
    """The held-out text over which the stored slice takes the mean: English and Chinese, half and half."""
    stories = [story for lang in ("en", "zh") for story in town.stories("valid", lang, rows)]
    stream = TokenStream.encode(stories, tokenizer)
    return Batches(stream.tokens, rows, length, seed=0, starts=stream.starts)(0)


def loss_race(
    start: tuple[float, float] | None = None,
    rates: dict[str, float] | None = None,
    shown: Sequence[str] = ("sgd", "momentum", "adam"),
    surface: dict[str, Any] | None = None,
) -> Explorable:
    """An explorable in which optimizers run over a slice of a real loss, from where the reader puts them.

    Args:
        start: where they start; by default where the training of the model began, a little to the side.
        rates: learning rates at first, by the optimizer's name (`NAMES`).
        shown: the optimizers that run at first.
        surface: ``xs``, ``ys`` (evenly spaced), ``loss`` and ``points`` (name, x, y), as `stored_slice`, the default.

    Raises:
        ConfigError: an optimizer is not known, or the start lies outside the slice.
    """
    surface = surface or stored_slice()
    rates = {**RATES, **(rates or {})}
    if unknown := sorted({*rates, *shown} - NAMES.keys()):
        raise ConfigError(f"no optimizer is called {unknown[0]!r}; choose from {list(NAMES)}")
    xs, ys = surface["xs"], surface["ys"]
    start = start or (0.02, 0.31)
    if not (xs[0] <= start[0] <= xs[-1] and ys[0] <= start[1] <= ys[-1]):
        raise ConfigError(f"start = {start} lies outside the slice: x {xs[0]} to {xs[-1]}, y {ys[0]} to {ys[-1]}")
    data = {
        "xs": xs,
        "ys": ys,
        "loss": surface["loss"],
        "points": surface["points"],
        "start": list(start),
        "steps": STEPS,
        "optimizers": [
            {"id": name, "name": label, "rate": rates[name], "shown": name in shown} for name, label in NAMES.items()
        ],
    }
    alt = (
        "A map of the model's loss over two directions in the space of its weights, with the paths of several "
        "optimizers from one start, sliders for their learning rates and momentum, and their losses step by step."
    )
    return Explorable("loss-race", data, alt)
