"""The small trained models that ship with the book.

Each is a folder with its weights (fp32 safetensors), its configuration (which names the architecture), its tokenizer, a
card (recipe, seed, tokens seen, scores, floor) and the history of its training.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minillm.errors import CheckpointError
from minillm.models import build, configuration, describe
from minillm.tokenizers import Tokenizer, load_tokenizer
from minillm.training.checkpoint import check_fits
from minillm.training.folders import atomic_folder, load_tensors, recover, save_tensors, verify_folder

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Pretrained:
    """A trained model with all that is needed to use it and to know where it comes from."""

    model: Any  # a minillm.models.Model; most are language models
    tokenizer: Tokenizer
    card: dict
    history: list[dict]

    def save(self, path: str | Path) -> Path:
        """Write the folder, whole or not at all. Raises `CheckpointError` if it cannot be written."""
        with atomic_folder(path) as folder:
            save_tensors(folder / "model.safetensors", self.model.state_dict())
            self.tokenizer.save(folder / "tokenizer.json")
            parts = {"config": describe(self.model.config), "card": self.card, "history": self.history}
            for name, part in parts.items():
                text = json.dumps(part, indent=1, ensure_ascii=False)
                (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        return Path(path)


def available() -> list[str]:
    """The names that `load` knows."""
    return sorted(path.parent.name for path in FOLDER.glob("*/card.json"))


def load(name: str | Path) -> Pretrained:
    """Load a model that ships with the book, by name, or one that `Pretrained.save` wrote, by path.

    Raises:
        CheckpointError: there is no such model, or one of its files is truncated, altered or foreign.
    """
    path = FOLDER / name if str(name) in available() else Path(name)
    recover(path)
    if not path.is_dir():
        raise CheckpointError(
            f"there is no model {str(name)!r}; choose one of {available()} or give the path of a folder"
        )
    verify_folder(path, ["model.safetensors", "tokenizer.json", "config.json", "card.json", "history.json"])
    parts = {
        part: json.loads((path / f"{part}.json").read_text(encoding="utf-8")) for part in ("config", "card", "history")
    }
    try:
        model = build(configuration(parts["config"]))
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path / 'config.json'} does not describe a model of this version: {error}") from error
    state = load_tensors(path / "model.safetensors")
    check_fits(path, model, state)
    model.load_state_dict(state)
    tokenizer = load_tokenizer(path / "tokenizer.json")
    if tokenizer.vocab_size != model.config.vocab_size:
        raise CheckpointError(
            f"{path}: tokenizer.json has {tokenizer.vocab_size} tokens, but the model a vocab_size of "
            f"{model.config.vocab_size}; they do not belong together"
        )
    return Pretrained(model.eval(), tokenizer, parts["card"], parts["history"])
