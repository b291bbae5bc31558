"""The command line: ``python -m minillm train recipes/town-gpt.toml`` and ``python -m minillm generate``."""

import sys
from pathlib import Path

import tyro

from minillm.errors import MinillmError, TrainingInterrupted
from minillm.generation import stream
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


def main() -> None:
    """Run a command; errors that the user can repair are printed without a traceback."""
    try:
        tyro.extras.subcommand_cli_from_dict({"train": train, "generate": generate})
    except TrainingInterrupted as interruption:
        sys.exit(f"{interruption}. From the command line: the same command with --resume")
    except MinillmError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
