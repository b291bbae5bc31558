"""Train the tokenizer of the town by its recipe: ``python -m tools.train_town_tokenizer``."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from minillm import town
from minillm.tokenizers import BPETokenizer
from minillm.tokenizers.shipped import TOWN

RECIPE = Path(__file__).parent.parent / "recipes" / "town-tokenizer.toml"


def training_texts(recipe: dict) -> Iterator[str]:
    """Stories of the training split and what is made from them, in every language of the recipe."""
    for language, count in recipe["text"]["stories"].items():
        for story in town.stories("train", language, count, seed=recipe["seed"]):
            yield story.text


def main() -> None:
    """Train, save, and say how many tokens a story takes."""
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    tokenizer = BPETokenizer.train(training_texts(recipe), **recipe["tokenizer"])
    TOWN.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(TOWN)
    scores = {}
    for language in recipe["text"]["stories"]:
        texts = [story.text for story in town.stories("valid", language, 500, seed=recipe["seed"])]
        tokens = sum(len(tokenizer.encode(text)) for text in texts)
        scores[language] = {
            "tokens_per_story": round(tokens / len(texts), 1),
            "characters_per_token": round(sum(map(len, texts)) / tokens, 2),
            "bytes_per_token": round(sum(len(text.encode()) for text in texts) / tokens, 2),
        }
    print(json.dumps({"vocab_size": tokenizer.vocab_size, "scores": scores}, indent=1))


if __name__ == "__main__":
    main()
