"""The training replay: a finished run, scrubbed by a slider, with what the model wrote on its way to the floor."""

from collections.abc import Mapping, Sequence
from typing import Any

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

LANGUAGES = {"en": "English", "zh": "Chinese"}
COLORS = {"train": "var(--ml-1)", "en": "var(--ml-6)", "zh": "var(--ml-7)"}
DASHES = {"train": "6 4"}


def training_replay(history: Sequence[Mapping[str, Any]], floor: Any = None, *, start: int | None = None) -> Explorable:
    """An explorable that replays a training run: loss curves, entropy floors, and the samples of every saved step.

    Args:
        history: what `Trainer.run` returned, or the history of a shipped model: entries with "step", "tokens",
            "train_loss", and if measured "valid_loss" or "valid_loss_en", "valid_loss_zh" and "samples" by language.
        floor: the entropy floor in nats per token, as `town.entropy_floor` gives it or as a number; for several
            languages a mapping such as {"en": ..., "zh": ...}. Without it no floor is drawn.
        start: the entry to begin with, counted from 0; by default the first.

    Raises:
        ConfigError: the history has fewer than two entries, or there is no such entry.
    """
    if len(history) < 2:
        raise ConfigError(f"a replay needs at least two saved steps; this history has {len(history)}")
    start = 0 if start is None else start
    if not 0 <= start < len(history):
        raise ConfigError(f"start = {start} does not exist; choose one of 0 to {len(history) - 1}")
    floors = floor if isinstance(floor, Mapping) else {"": floor} if floor is not None else {}
    data: dict[str, Any] = {
        "steps": [entry["step"] for entry in history],
        "tokens": [entry.get("tokens") for entry in history],
        "unit": "nats per token",
        "series": [_series(history, key) for key in _losses(history)],
        "floors": [_floor(of, value) for of, value in floors.items()],
        "samples": _samples(history),
        "start": start,
    }
    last = ", ".join(f"{line['name']} {line['values'][-1]}" for line in data["series"])
    alt = f"Loss over {data['steps'][-1]} training steps, ending at {last} nats per token"
    if data["floors"]:
        alt += "; " + ", ".join(f"{line['name']} {line['value']}" for line in data["floors"])
    return Explorable("training-replay", data, alt + ".", tolerance=1e-3)


def _losses(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """The loss curves of a history: the training loss first, then what was held out."""
    held_out = {key for entry in history for key in entry if key.startswith("valid_loss")}
    return ["train_loss", *sorted(held_out)]


def _series(history: Sequence[Mapping[str, Any]], key: str) -> dict[str, Any]:
    of = "train" if key == "train_loss" else key.removeprefix("valid_loss").removeprefix("_")
    name = "training" if of == "train" else f"held-out {LANGUAGES.get(of, of)}".strip()
    values = [None if (value := entry.get(key)) is None else round(float(value), 3) for entry in history]
    color, dash = COLORS.get(of, COLORS["en"]), DASHES.get(of)
    return {"name": name, "of": of, "color": color, "dash": dash, "values": values}


def _floor(of: str, value: Any) -> dict[str, Any]:
    nats = round(float(getattr(value, "nats_per_token", value)), 3)
    name = f"floor, {LANGUAGES[of]}" if of in LANGUAGES else "entropy floor"
    return {"name": name, "of": of, "color": COLORS.get(of, COLORS["en"]), "value": nats}


def _samples(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The samples of each language along the steps. A sample may also be one text, of no named language."""
    by_step = [entry.get("samples", {}) for entry in history]
    by_step = [samples if isinstance(samples, Mapping) else {"": samples} for samples in by_step]
    languages = list(dict.fromkeys(lang for samples in by_step for lang in samples))
    return [
        {
            "lang": lang or "en",
            "name": f"What it writes in {LANGUAGES[lang]}" if lang in LANGUAGES else "What it writes",
            "texts": [samples.get(lang) for samples in by_step],
        }
        for lang in languages
    ]
