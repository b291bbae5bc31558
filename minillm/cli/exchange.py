"""``minillm export``: a model as a folder that others read."""

from pathlib import Path
from typing import Literal

import tyro

from minillm.cli.progress import say
from minillm.errors import CheckpointError
from minillm.hub import export as export_to_transformers
from minillm.hub import load_pretrained
from minillm.hub.conversion import family_of
from minillm.tokenizers import BPETokenizer, load_tokenizer
from minillm.weights import Pretrained, available, load


def export(
    model: tyro.conf.Positional[str],
    folder: tyro.conf.Positional[Path],
    to: Literal["transformers", "safetensors"] | None = None,
) -> None:
    """Write a model to a folder, for Hugging Face transformers or for minillm.

    Args:
        model: the name of a shipped model, the folder of a trained one, or a folder that transformers wrote.
        folder: where to write; it must be new, or written by this command.
        to: transformers: what from_pretrained reads. safetensors: what minillm loads, with weights, settings,
            tokenizer, card and history. By default transformers, if it has a class that computes the same.
    """
    pretrained = read(model)
    if to is None:
        try:
            family_of(pretrained.model.config)
        except CheckpointError as error:
            say(f"{error}. So this is written for minillm, as by --to safetensors")
            to = "safetensors"
    if to == "safetensors":
        print(f"saved to {pretrained.save(folder)}")
        return
    tokenizer = pretrained.tokenizer if isinstance(pretrained.tokenizer, BPETokenizer) else None
    try:
        print(f"saved to {export_to_transformers(pretrained.model, folder, tokenizer)}")
    except CheckpointError as error:
        raise CheckpointError(f"{error}. Any model can be written with --to safetensors") from error
    if tokenizer is None:
        print(f"without the tokenizer: transformers reads no file of a {type(pretrained.tokenizer).__name__}")


def read(model: str) -> Pretrained:
    """A model by name or from a folder that minillm or transformers wrote. Raises `CheckpointError` for another."""
    folder = Path(model)
    if model in available() or (folder / "card.json").is_file() or not (folder / "config.json").is_file():
        return load(model)
    if not (folder / "tokenizer.json").is_file():
        raise CheckpointError(f"{folder} has no tokenizer.json; save the tokenizer of the model beside its weights")
    return Pretrained(load_pretrained(folder), load_tokenizer(folder / "tokenizer.json"), {"name": folder.name}, [])
