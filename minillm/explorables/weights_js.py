"""Trained weights for the in-page engine: one safetensors file in 16-bit floats, sent whole or in script parts.

The engine (``js/engine.js``) reads the same bytes wherever they come from. Configuration and tokenizer travel in the
file's metadata. Under ``file://`` a page may not fetch, but it may add script tags: so the site's weights are classic
scripts that hand over base64, several of them, which gives the progress bar its steps.
"""

import base64
import json
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save

import minillm
from minillm.errors import ConfigError
from minillm.tokenizers import CharacterTokenizer
from minillm.weights import Pretrained, available


def pack(pretrained: Pretrained) -> bytes:
    """A model and its tokenizer as safetensors bytes, every parameter in 16-bit floats.

    Raises:
        ConfigError: the tokens are not characters, or a parameter is beyond 65504, the largest of the 16-bit floats.
    """
    if not isinstance(pretrained.tokenizer, CharacterTokenizer):
        raise ConfigError(f"the page reads characters only, not the tokens of {type(pretrained.tokenizer).__name__}")
    halves = {}
    for name, parameter in pretrained.model.state_dict().items():
        halves[name] = parameter.detach().cpu().half().contiguous()
        if not halves[name].isfinite().all():
            raise ConfigError(f"{name} holds a number beyond 65504, the largest of the 16-bit floats that a page reads")
    tokenizer = {
        "special_tokens": list(pretrained.tokenizer.special_tokens),
        "characters": pretrained.tokenizer.characters,
    }
    parts = {"config": asdict(pretrained.model.config), "tokenizer": tokenizer}
    # One entry: safetensors writes several in an order that changes from run to run.
    return save(halves, {"minillm": json.dumps(parts, ensure_ascii=False)})


def weights_bytes(model: str | Pretrained) -> bytes:
    """What a page needs to run a model: a shipped one by its name, or one of your own."""
    return pack(minillm.load(model) if isinstance(model, str) else model)


def megabytes(pretrained: Pretrained) -> float:
    """The size of a model's 16-bit weights, as readers are told before a page loads them."""
    return round(2 * sum(parameter.numel() for parameter in pretrained.model.parameters()) / 1e6, 1)


def shipped_name(pretrained: Pretrained) -> str | None:
    """The name under which every built site has this very model, or None if it is one of your own."""
    name = pretrained.card.get("name")
    if name not in available():
        return None
    same = minillm.load(name).card.get("weights_digest") == pretrained.card.get("weights_digest")
    return name if same else None


def write_parts(name: str, directory: str | Path, parts: int = 8, pretrained: Pretrained | None = None) -> list[Path]:
    """Write the scripts ``directory/name/part-k.js`` that hand a model to a page, and return their paths."""
    whole = weights_bytes(pretrained or name)
    size = -(-len(whole) // parts)
    folder = Path(directory) / name
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"part-{index}.js" for index in range(parts)]
    for index, path in enumerate(paths):
        text = base64.b64encode(whole[index * size : (index + 1) * size]).decode("ascii")
        path.write_text(f'minillm.part({json.dumps(name)}, {index}, {parts}, "{text}");\n', encoding="ascii")
    return paths
