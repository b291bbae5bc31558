"""``minillm train``: a recipe, any of its settings changed."""

import dataclasses
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from minillm.cli.options import optional, options, plain
from minillm.cli.progress import say
from minillm.errors import CheckpointError, ConfigError, TrainingInterrupted
from minillm.models import configuration, describe
from minillm.recipes import Recipe
from minillm.training import latest_checkpoint
from minillm.training.distributed import ENGINES, join
from minillm.training.folders import atomic_folder
from minillm.training.workers import Workers

RECIPES = Path("recipes"), Path(__file__).parents[2] / "recipes"
"""Where recipes are looked for by name: here, and beside the package in a copy of the repository."""

TOKENIZER = "town-tokenizer"
"""The recipe among them that makes no model."""

SECTIONS = ("text", "model", "training")
ABOUT = (
    "Train a model by its recipe. Every setting of the recipe is an option: --training.steps 100, "
    "--model.num-layers 2, --text.languages en. All of them, with the values of a recipe: minillm train RECIPE --help"
)


def train(recipe: tyro.conf.Positional[str]) -> None:
    """Train a model by its recipe, any of its settings changed.

    Args:
        recipe: the name of a recipe or the path of a TOML file. All options: minillm train RECIPE --help
    """


def main(arguments: Sequence[str]) -> None:
    """Parse the recipe first, since the options and their defaults are those of the recipe."""
    if not arguments or arguments[0] in ("-h", "--help"):
        tyro.cli(train, prog="minillm train", description=f"{ABOUT}. Recipes here: {_listed()}.", args=arguments)
    named, *rest = arguments
    if named.startswith("-"):
        raise ConfigError(f"the recipe comes first, before {named}: minillm train RECIPE {named} ...")
    recipe = Recipe.read(find(named))
    given: Any = tyro.cli(_command(recipe), prog=f"minillm train {named}", description=ABOUT, args=rest)
    changed = _changed(recipe, given)
    directory = given.directory or Path("runs") / changed.name
    out = given.out or directory / "model"
    changes = differences(recipe, changed)
    try:
        with join(given.engine) as workers:
            if latest_checkpoint(directory) is not None and not (given.resume or workers.restarts):
                raise CheckpointError(
                    f"{directory} holds checkpoints of an earlier run: --resume goes on with it, "
                    f"--directory FOLDER begins another"
                )
            if workers.main:
                check_place(out)
                for name, (before, after) in changes.items():
                    say(f"{name}: {after} (in the recipe: {before})")
                if changed.training is None:
                    say(f"counting {changed.text.train_stories * len(changed.text.languages):,} stories ...")
            pretrained = changed.train(directory, given.resume, workers)
    except TrainingInterrupted as interruption:
        sys.exit(f"{interruption}. To go on: {again(arguments, workers)}" if workers.main else 1)
    if not workers.main:
        return
    if changes:
        pretrained.card["changed"] = {name: after for name, (_, after) in changes.items()}
    print(f"saved to {pretrained.save(out)}")
    for part, scores in pretrained.card["scores"].items():
        print(part, scores)


def names() -> list[str]:
    """The recipes that have a name here."""
    return sorted({path.stem for folder in RECIPES for path in folder.glob("*.toml") if path.stem != TOKENIZER})


def find(recipe: str) -> Path:
    """The file of a recipe that is given by its path or its name.

    Raises:
        ConfigError: there is none, or it makes no model.
    """
    places = [Path(recipe), *(folder / f"{recipe}.toml" for folder in RECIPES)]
    path = next((path for path in places if path.is_file()), None)
    if path is None:
        what = "file" if recipe.endswith(".toml") else "recipe"
        raise ConfigError(f"there is no {what} {recipe!r}; give the path of a TOML file or one of: {_listed()}")
    if path.stem == TOKENIZER:
        raise ConfigError(
            f"{path} makes the town's tokenizer, not a model: python -m tools.train_town_tokenizer follows it, and "
            f"minillm tokenizer train learns one from other texts"
        )
    return path


def check_place(path: Path) -> None:
    """Raise now what keeps a folder from being saved there after hours of training."""

    class Enough(Exception):
        pass

    with suppress(Enough), atomic_folder(path):
        raise Enough  # what stands there stays, and of what was begun nothing does


def again(arguments: Sequence[str], workers: Workers) -> str:
    """The command that goes on with an interrupted run, on as many processes."""
    launcher = []
    if workers.size > 1:
        launcher = ["torchrun", "--nproc-per-node", os.environ["LOCAL_WORLD_SIZE"], "-m"]
    options = [word for word in arguments if word != "--resume"]
    return shlex.join([*launcher, "minillm", "train", *options, "--resume"])


def differences(before: Recipe, after: Recipe) -> dict[str, tuple[Any, Any]]:
    """The settings that differ, by their names as options have them, with both values."""
    old, new = (_settings(recipe) for recipe in (before, after))
    return {name: (old.get(name), value) for name, value in new.items() if old.get(name) != value}


def _settings(recipe: Recipe) -> dict[str, Any]:
    settings = dataclasses.asdict(recipe)
    settings["model"] = describe(_model(recipe))
    nested = {name: settings.pop(name) or {} for name in SECTIONS}
    return settings | {f"{part}.{name}": value for part, values in nested.items() for name, value in values.items()}


def _model(recipe: Recipe) -> Any:
    return configuration({**recipe.model, "vocab_size": 2})


def _command(recipe: Recipe) -> type:
    """A dataclass of all options: those of the command, and the settings of the recipe in sections."""
    fields: list[Any] = [
        _option("out", Path | None, "the folder of the finished model; by default runs/NAME/model"),
        _option("directory", Path | None, "the folder of the checkpoints; by default runs/NAME"),
        _option("resume", bool, "go on from the newest checkpoint"),
        _option("engine", Literal[tuple(ENGINES)], "how processes share the run under torchrun", "ddp"),
    ]
    fields += options(recipe, leave_out=SECTIONS)
    for name, config in (("text", recipe.text), ("model", _model(recipe)), ("training", recipe.training)):
        if config is not None:
            section = optional(config, name)
            fields.append((name, section, dataclasses.field(default_factory=section)))
    return dataclasses.make_dataclass("Train", fields, frozen=True)


def _option(name: str, kind: Any, text: str, default: Any = None) -> tuple[str, Any, Any]:
    default = False if kind is bool else default
    return name, Annotated[kind, tyro.conf.arg(help=text)], dataclasses.field(default=default)


def _changed(recipe: Recipe, given: Any) -> Recipe:
    top = {
        field.name: getattr(given, field.name)
        for field in dataclasses.fields(recipe)
        if field.name not in SECTIONS and hasattr(given, field.name)
    }
    model = _model(recipe)
    before, after = describe(model), describe(plain(given.model, type(model)))
    changed = {name: value for name, value in after.items() if name in recipe.model or value != before[name]}
    sections: dict[str, Any] = {"text": plain(given.text, type(recipe.text)), "model": changed}
    if recipe.training is not None:
        sections["training"] = plain(given.training, type(recipe.training))
    if top["window"] == before.get("context_length"):  # as long as the context, unless said otherwise
        top["window"] = after["context_length"]
    return dataclasses.replace(recipe, **top, **sections)


def _listed() -> str:
    return ", ".join(names()) or "none"
