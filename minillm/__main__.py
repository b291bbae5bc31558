"""The command line: ``python -m minillm train recipes/town-gpt.toml``, ``... generate`` and ``... town``."""

import itertools
import json
import os
import sys
from pathlib import Path

import tyro

from minillm.errors import ConfigError, MinillmError, TrainingInterrupted
from minillm.generation import stream
from minillm.models import LanguageModel
from minillm.recipes import Recipe
from minillm.weights import load


def train(recipe: tyro.conf.Positional[Path], out: Path | None = None, resume: bool = False) -> None:
    """Train a model by its recipe.

    Args:
        recipe: the TOML file to follow.
        out: the folder of the finished model; by default runs/NAME/model.
        resume: go on from the newest checkpoint in runs/NAME.
    """
    plan = Recipe.read(recipe)
    directory = Path("runs") / plan.name
    pretrained = plan.train(directory, resume)
    print(f"saved to {pretrained.save(out or directory / 'model')}")
    for language, scores in pretrained.card["scores"].items():
        print(language, scores)


def generate(
    prompt: tyro.conf.Positional[str | None] = None,
    model: str = "town-gpt",
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> None:
    """Continue a prompt, or tell a new story without one.

    Args:
        prompt: the beginning of a story.
        model: the name of a shipped model or the folder of a trained one.
        temperature: 0 for the likeliest character each time; 1 to sample from the model as it is.
        top_k: choose among the k likeliest characters only.
        top_p: choose among the likeliest characters that together have this probability.
        seed: the same seed tells the same story.
    """
    pretrained = load(model)
    if not isinstance(pretrained.model, LanguageModel):
        raise ConfigError(f"{model} is a {type(pretrained.model).__name__}, not a language model, which town-gpt is")
    print(prompt or "", end="")
    for piece in stream(
        pretrained.model,
        pretrained.tokenizer,
        prompt,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
    ):
        print(piece, end="", flush=True)
    print()


def town(
    seed: int = 0,
    count: int = 1,
    lang: str = "en",
    kind: str = "story",
    split: str = "train",
    format: str = "text",
) -> None:
    """Tell stories of the town, or show other views of their plans: questions, reviews, dialogues, poems ...

    Args:
        seed: the same seed draws the same plans, in every language.
        count: how many stories; 0 goes on until it is stopped.
        lang: en or zh.
        kind: story, summary, title, questions, review, dialogue, command, paraphrases, statements, email, notice, poem
            or triples.
        split: train, valid, test, or combinations (what is kept out of the other three).
        format: text to read, or jsonl: one JSON object a line, with the story and the ground truth.
    """
    from minillm.town import LANGUAGES, SPLITS, stories
    from minillm.town.views import KINDS, record
    from minillm.town.views.showing import show

    choices = {"lang": (lang, LANGUAGES), "kind": (kind, tuple(KINDS)), "split": (split, SPLITS),
               "format": (format, ("text", "jsonl"))}  # fmt: skip
    for name, (value, allowed) in choices.items():
        if value not in allowed:
            raise ConfigError(f"--{name} is {value!r}; it must be one of {', '.join(allowed)}")
    if count < 0:
        raise ConfigError(f"--count is {count}; it must be 1 or more, or 0 to go on without end")
    told = stories(split, lang, count or None, seed)
    try:
        if format == "jsonl":
            for story in told:
                print(json.dumps(record(story, kind), ensure_ascii=False))
        else:
            for story, number in zip(told, itertools.count()):
                print(("\n" if number else "") + show(story, kind))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has had enough; what is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run a command; errors that the user can repair are printed without a traceback."""
    try:
        tyro.extras.subcommand_cli_from_dict({"train": train, "generate": generate, "town": town})
    except TrainingInterrupted as interruption:
        sys.exit(f"{interruption}. From the command line: the same command with --resume")
    except MinillmError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
