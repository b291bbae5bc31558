"""Models to and from Hugging Face: as objects in memory and as folders on disk."""

import json
import re
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor

from minillm.errors import CheckpointError, MissingPackageError
from minillm.hub.conversion import family_of, from_their_config, from_their_weights, to_their_config, to_their_weights
from minillm.models import Model, Seq2Seq, build
from minillm.tokenizers import BPETokenizer, Tokenizer
from minillm.training.folders import atomic_folder, load_tensors

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


def to_transformers(model: Model) -> Any:
    """The same model as an object of transformers, with the same weights.

    Raises:
        CheckpointError: transformers has no class that computes the same; says why.
        MissingPackageError: transformers is not installed.
    """
    transformers = _transformers()
    architecture, family = family_of(model.config)
    description = to_their_config(model.config, architecture, family) | _special_tokens(model, None)
    config = transformers.AutoConfig.for_model(description.pop("model_type"), **description)
    theirs = getattr(transformers, architecture)(config, **family.options)
    parameter = next(model.parameters())
    theirs = theirs.to(dtype=parameter.dtype, device=parameter.device)
    left = theirs.load_state_dict(to_their_weights(model.config, family, model.state_dict()), strict=False)
    wrong = [*left.unexpected_keys, *(name for name in left.missing_keys if not re.fullmatch(family.unused, name))]
    if wrong:
        raise CheckpointError(f"{architecture} of transformers {transformers.__version__} names {wrong[0]} otherwise")
    theirs.tie_weights()
    return theirs.train(model.training)


def from_transformers(model: Any) -> Any:
    """The same model as a `Model` of this package, with the same weights.

    Raises:
        CheckpointError: the class or one of its settings is not supported here; names it.
    """
    architecture = type(model).__name__
    config, family = from_their_config(model.config.to_dict(), architecture, f"this {architecture}")
    ours = build(config).to(dtype=model.dtype, device=model.device)
    ours.load_state_dict(
        from_their_weights(config, family, ours.state_dict(), model.state_dict(), f"this {architecture}")
    )
    return ours.train(model.training)


def export(model: Model, folder: str | Path, tokenizer: Tokenizer | None = None) -> Path:
    """Write a folder that ``from_pretrained`` of transformers reads: config.json, model.safetensors, tokenizer.json.

    Needs no transformers. The tokenizer is written where it is byte-level BPE, whose file is the one of Hugging Face.

    Raises:
        CheckpointError: transformers has no class that computes the same, the tokenizer is of another kind, or the
            folder cannot be written.
    """
    if tokenizer is not None and not isinstance(tokenizer, BPETokenizer):
        raise CheckpointError(
            f"a {type(tokenizer).__name__} has no file that transformers reads; export with a BPETokenizer or without"
        )
    architecture, family = family_of(model.config)
    description = to_their_config(model.config, architecture, family) | _special_tokens(model, tokenizer)
    weights = to_their_weights(model.config, family, {name: t.cpu() for name, t in model.state_dict().items()})
    with atomic_folder(folder) as part:
        (part / WEIGHTS).write_bytes(safetensors.torch.save(weights, metadata={"format": "pt"}))
        _write_json(part / "config.json", description)
        if tokenizer is not None:
            tokenizer.save(part / "tokenizer.json")
            end = tokenizer.decode([tokenizer.end_id])
            settings = {"bos_token": end, "eos_token": end, "pad_token": end, "clean_up_tokenization_spaces": False}
            length = {"model_max_length": model.config.context_length}
            _write_json(
                part / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"} | settings | length
            )
    return Path(folder)


def load_pretrained(folder: str | Path) -> Any:
    """The model in a folder that transformers, or `export`, wrote.

    Needs no transformers and no network, and unpickles nothing. The weights become float32. A tokenizer.json beside
    them is read by `minillm.tokenizers.load_tokenizer`.

    Raises:
        CheckpointError: a file is missing, corrupt, a pickle, or of a model that is not supported; names the field.
    """
    folder = Path(folder)
    description = _read_json(folder / "config.json")
    config, family = from_their_config(description, None, str(folder / "config.json"))
    weights = _read_weights(folder)
    model = build(config)
    model.load_state_dict(from_their_weights(config, family, model.state_dict(), weights, str(folder / WEIGHTS)))
    return model.eval()


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of a folder, from one file or from several that an index lists."""
    if (folder / WEIGHTS).is_file():
        return load_tensors(folder / WEIGHTS)
    if (folder / INDEX).is_file():
        files = _read_json(folder / INDEX).get("weight_map")
        if not isinstance(files, dict) or any(Path(file).name != file for file in files.values()):
            raise CheckpointError(f"{folder / INDEX} has no weight_map that names files of its folder")
        return {name: t for file in sorted({*files.values()}) for name, t in load_tensors(folder / file).items()}
    pickles = sorted(path.name for path in folder.glob("*.bin"))
    hint = f"; {pickles[0]} is a pickle, which is never opened: save the model as safetensors" if pickles else ""
    raise CheckpointError(f"{folder} has no {WEIGHTS}{hint}")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read ({error}); give the folder of a model") from error
    if not isinstance(data, dict):
        raise CheckpointError(f"{path} holds a {type(data).__name__}, not the fields of a model")
    return data


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _special_tokens(model: Model, tokenizer: Tokenizer | None) -> dict[str, int | None]:
    names = ["bos_token_id", "eos_token_id", "pad_token_id"]
    names += ["decoder_start_token_id"] if isinstance(model, Seq2Seq) else []
    return dict.fromkeys(names, None if tokenizer is None else tokenizer.end_id)


def _transformers() -> Any:
    try:
        import transformers
    except ModuleNotFoundError as error:
        raise MissingPackageError(
            "transformers is not installed, and this function is about it; install it with: pip install transformers"
        ) from error
    return transformers
