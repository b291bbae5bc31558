"""Trained weights for the in-page engine: one safetensors file in 16-bit floats, sent whole or in script parts.

The engine (``js/engine``) reads the same bytes wherever they come from. Configuration and tokenizer travel in the
file's metadata. Under ``file://`` a page may not fetch, but it may add script tags: so the site's weights are classic
scripts that hand over base64, several of them, which gives the progress bar its steps.
"""

import base64
import json
import tempfile
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

import minillm
from minillm import weights
from minillm.errors import ConfigError
from minillm.models import describe
from minillm.tokenizers import BPETokenizer, CharacterTokenizer, Tokenizer, load_tokenizer
from minillm.weights import Pretrained, available

PART_BYTES = 1 << 19


def pack(pretrained: Pretrained) -> bytes:
    """A model and its tokenizer as safetensors bytes: parameters in 16-bit floats, whole numbers in 32-bit integers.

    Raises:
        ConfigError: the page does not know the kind of tokenizer, or a parameter is beyond 65504, the largest of the
            16-bit floats.
    """
    state = pretrained.model.state_dict()
    tensors = {name: _compact(name, tensor.detach().cpu()) for name, tensor in state.items()}
    parts = {"config": describe(pretrained.model.config), "tokenizer": _as_json(pretrained.tokenizer)}
    # One entry: safetensors writes several in an order that changes from run to run.
    return save(tensors, {"minillm": json.dumps(parts, ensure_ascii=False)})


def _compact(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():
        return tensor.int().contiguous()
    half = tensor.half().contiguous()
    if not half.isfinite().all():
        raise ConfigError(f"{name} holds a number beyond 65504, the largest of the 16-bit floats that a page reads")
    return half


def _as_json(tokenizer: Tokenizer) -> dict:
    """What the tokenizer writes to disk, which is what the page reads."""
    if not isinstance(tokenizer, BPETokenizer | CharacterTokenizer):
        raise ConfigError(
            f"the page reads byte pairs and characters, not the tokens of a {type(tokenizer).__name__}; "
            f"train the model on tokens of a BPETokenizer"
        )
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.save(Path(folder) / "tokenizer.json")
        return json.loads((Path(folder) / "tokenizer.json").read_text(encoding="utf-8"))


def tokenizers() -> list[str]:
    """The names of the tokenizers that ship without a model."""
    found = {path.parent.name for path in weights.FOLDER.glob("*/tokenizer.json")}
    return sorted(found - set(available()))


def weights_bytes(model: str | Pretrained) -> bytes:
    """What a page needs to run a model, a shipped one by its name or one of your own; or a tokenizer, by its name."""
    if isinstance(model, str) and model in tokenizers():
        tokenizer = load_tokenizer(weights.FOLDER / model / "tokenizer.json")
        return json.dumps(_as_json(tokenizer), ensure_ascii=False, separators=(",", ":")).encode()
    return pack(minillm.load(model) if isinstance(model, str) else model)


def megabytes(pretrained: Pretrained) -> float:
    """The size of a model's weights in the page, as readers are told before it loads them."""
    state = pretrained.model.state_dict().values()
    return round(sum(tensor.numel() * (2 if tensor.is_floating_point() else 4) for tensor in state) / 1e6, 1)


def shipped_name(pretrained: Pretrained) -> str | None:
    """The name under which every built site has this very model, or None if it is one of your own."""
    name = pretrained.card.get("name")
    if name not in available():
        return None
    same = minillm.load(name).card.get("weights_digest") == pretrained.card.get("weights_digest")
    return name if same else None


def write_parts(
    name: str, directory: str | Path, parts: int | None = None, pretrained: Pretrained | None = None
) -> list[Path]:
    """Write the scripts ``directory/name/part-k.js`` that hand a model or a tokenizer to a page; return their paths.

    There are as many parts as the size asks for, unless told otherwise.
    """
    whole = weights_bytes(pretrained or name)
    count = parts or -(-len(whole) // PART_BYTES)
    size = -(-len(whole) // count)
    folder = Path(directory) / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*.js"):
        old.unlink()
    paths = [folder / f"part-{index}.js" for index in range(count)]
    for index, path in enumerate(paths):
        text = base64.b64encode(whole[index * size : (index + 1) * size]).decode("ascii")
        path.write_text(f'minillm.part({json.dumps(name)}, {index}, {count}, "{text}");\n', encoding="ascii")
    return paths
