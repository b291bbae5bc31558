"""Compute the slice of the town GPT's loss that the loss landscape race runs on: ``python -m tools.landscape``.

To the right lead the weights from where the recipe began to where it ended, up leads a random direction. It takes some
minutes, and has to be done again whenever the model is trained again (a test says so).
"""

import json

import torch

import minillm
from minillm.explorables.loss_race import SLICE, held_out_batch
from minillm.initialization import INITIALIZATIONS
from minillm.landscape import between, loss_slice, random_direction, weights_of
from minillm.models import build
from minillm.recipes import Recipe

MODEL = "town-gpt"
COLUMNS, ROWS = 33, 29


def first_weights(recipe: Recipe, config: object) -> dict[str, torch.Tensor]:
    """The weights before the first step of a recipe."""
    minillm.reproducible(recipe.seed)
    model = build(config)
    if recipe.initialization:
        INITIALIZATIONS[recipe.initialization](model)
    return weights_of(model)


def main() -> None:
    """Write the slice."""
    pretrained = minillm.load(MODEL)
    model, end = pretrained.model, weights_of(pretrained.model)
    origin = first_weights(Recipe.read(pretrained.card["recipe"]), model.config)
    right, up = between(origin, end), random_direction(end)
    xs = [round(-0.2 + 0.05 * i, 4) for i in range(COLUMNS)]
    ys = [round(-0.7 + 0.05 * i, 4) for i in range(ROWS)]
    batch = held_out_batch(pretrained.tokenizer)
    loss = loss_slice(model, batch, origin, right, up, xs, ys)
    surface = {
        "model": MODEL,
        "weights_digest": pretrained.card["weights_digest"],
        "xs": xs,
        "ys": ys,
        "points": [{"name": "first weights", "x": 0.0, "y": 0.0}, {"name": "trained weights", "x": 1.0, "y": 0.0}],
        "loss": [[round(value, 3) for value in row] for row in loss],
    }
    SLICE.write_text(json.dumps(surface) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
