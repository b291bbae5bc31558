"""Train the tokenizer of the town by its recipe: ``python -m tools.train_town_tokenizer``."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

from minillm import town
from minillm.tokenizers import BPETokenizer
from minillm.tokenizers.shipped import TOWN
from minillm.town import views

RECIPE = Path(__file__).parent.parent / "recipes" / "town-tokenizer.toml"


def training_texts(recipe: dict) -> Iterator[str]:
    """Stories of the training split and views of others (questions, reviews, letters, ...), language by language."""
    text, seed = recipe["text"], recipe["seed"]
    for language in text["languages"]:
        for story in town.stories("train", language, text["stories"], seed=seed):
            yield story.text
        for story in town.stories("train", language, text["viewed_stories"], seed=seed + 1):
            for kind in sorted(views.KINDS.keys() - {"story"}):
                yield from views.texts(story, kind)


def main() -> None:
    """Train, save, and say how many tokens a story takes."""
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    tokenizer = BPETokenizer.train(training_texts(recipe), **recipe["tokenizer"])
    TOWN.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(TOWN)
    scores = {}
    for language in recipe["text"]["languages"]:
        texts = [story.text for story in town.stories("valid", language, 500, seed=recipe["seed"])]
        tokens = sum(len(tokenizer.encode(text)) for text in texts)
        scores[language] = {
            "tokens_per_story": round(tokens / len(texts), 1),
            "tokens_of_the_longest": max(len(tokenizer.encode(text)) for text in texts),
            "characters_per_token": round(sum(map(len, texts)) / tokens, 2),
            "bytes_per_token": round(sum(len(text.encode()) for text in texts) / tokens, 2),
        }
    print(json.dumps({"vocab_size": tokenizer.vocab_size, "scores": scores}, indent=1))


if __name__ == "__main__":
    main()
