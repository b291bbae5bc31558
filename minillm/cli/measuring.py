"""``minillm evaluate``: how far a model is from the best possible."""

import math
from typing import Literal

import tyro
from tqdm import tqdm

from minillm import town
from minillm.cli.progress import quiet
from minillm.errors import ConfigError
from minillm.models import LanguageModel, NGram
from minillm.training import story_nats
from minillm.weights import load


def evaluate(
    model: tyro.conf.Positional[str] = "town-gpt",
    split: Literal["train", "valid", "test"] = "valid",
    lang: Literal["en", "zh"] | None = None,
    count: int = 200,
    seed: int = 0,
) -> None:
    """Measure a language model on stories of the town, beside the entropy floor that no model can go below.

    Args:
        model: the name of a shipped model or the folder of a trained one.
        split: which stories; the model has seen none of valid and test.
        lang: the language; by default every language that the model was trained on.
        count: how many stories.
        seed: which stories of the split.
    """
    if count < 2:
        raise ConfigError(f"--count is {count}; it must be at least 2")
    pretrained = load(model)
    if not isinstance(pretrained.model, LanguageModel):
        raise ConfigError(f"{model} is a {type(pretrained.model).__name__}; only language models are measured here")
    known = [name for name in pretrained.card.get("scores", {}) if name in town.LANGUAGES]
    print(f"{model}, {count} stories of the {split} split, seed {seed}; nats per token")
    for language in [lang] if lang else known or list(town.LANGUAGES):
        stories = list(town.stories(split, language, count, seed))
        floor = town.entropy_floor(language, split, count, seed, pretrained.tokenizer)
        if isinstance(pretrained.model, NGram):
            encoded = [pretrained.tokenizer.encode(story.text) for story in stories]
            loss = pretrained.model.nats_per_token(encoded)
        else:
            chunks = range(0, count, 32)
            with tqdm(chunks, desc=f"  {language}", disable=quiet(), leave=False) as progress:
                nats = [story_nats(pretrained.model, pretrained.tokenizer, stories[i : i + 32]) for i in progress]
            loss = math.fsum(part.sum().item() for part in nats) / floor.tokens
        print(
            f"{language}: loss {loss:.4f}, perplexity {math.exp(loss):.3f}, entropy floor {floor.nats_per_token:.4f}, "
            f"above the floor {loss - floor.nats_per_token:.4f}; "
            f"{loss * floor.tokens / floor.characters:.4f} nats per character"
        )
