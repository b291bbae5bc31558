"""``minillm evaluate``: how far a model is from the best possible."""

import math
from typing import Literal

import tyro

from minillm import town
from minillm.errors import ConfigError
from minillm.models import LanguageModel, NGram
from minillm.recipes import Recipe, TextConfig
from minillm.recipes.tasks import ROWS, TASKS, watched
from minillm.town.floor import floor_of
from minillm.training import story_nats
from minillm.weights import Pretrained, load


def evaluate(
    model: tyro.conf.Positional[str] = "town-gpt",
    split: Literal["train", "valid", "test"] = "valid",
    lang: Literal["en", "zh"] | None = None,
    count: int | None = None,
    seed: int = 0,
) -> None:
    """Measure a model on stories of the town: a language model beside the entropy floor that no model can go below.

    Other models get the scores of their cards.

    Args:
        model: the name of a shipped model or the folder of a trained one.
        split: which stories; the model has seen none of valid and test.
        lang: the language; by default every language that the model was trained on.
        count: how many stories; by default 200, for other models than language models as many as in their cards.
        seed: which stories of the split.
    """
    if count is not None and count < 2:
        raise ConfigError(f"--count is {count}; it must be at least 2")
    pretrained = load(model)
    if not isinstance(pretrained.model, LanguageModel):
        _evaluate_task(model, pretrained, split, lang, count, seed)
        return
    count = 200 if count is None else count
    known = [name for name in pretrained.card.get("scores", {}) if name in town.LANGUAGES]
    print(f"{model}, {count} stories of the {split} split, seed {seed}; nats per token")
    for language in [lang] if lang else known or list(town.LANGUAGES):
        stories = list(watched(town.stories(split, language, count, seed), f"drawing {language}", count))
        best = [-town.logprob(story) for story in watched(stories, f"floor {language}", count)]
        floor = floor_of(stories, best, pretrained.tokenizer)
        if isinstance(pretrained.model, NGram):
            encoded = [pretrained.tokenizer.encode(s.text) for s in watched(stories, f"encoding {language}", count)]
            loss = pretrained.model.nats_per_token(encoded)
        else:
            chunks = watched(range(0, count, ROWS), f"measuring {language}", unit="batch")
            nats = [story_nats(pretrained.model, pretrained.tokenizer, stories[i : i + ROWS]) for i in chunks]
            loss = math.fsum(part.sum().item() for part in nats) / floor.tokens
        print(
            f"{language}: loss {loss:.4f}, perplexity {math.exp(loss):.3f}, entropy floor {floor.nats_per_token:.4f}, "
            f"above the floor {loss - floor.nats_per_token:.4f}; "
            f"{loss * floor.tokens / floor.characters:.4f} nats per character"
        )


def _evaluate_task(
    name: str, pretrained: Pretrained, split: str, lang: str | None, count: int | None, seed: int
) -> None:
    """Print the scores that the objective of a card asks for."""
    card = pretrained.card
    objective = card.get("objective")
    if objective not in TASKS:
        raise ConfigError(
            f"{name} is a {type(pretrained.model).__name__} whose card has the objective {objective!r}; measured here "
            f"are language models and the objectives {list(TASKS)}"
        )
    if split != "valid":
        raise ConfigError(f"--split is {split}; a model with the objective {objective!r} is measured on valid only")
    known = tuple(dict.fromkeys(language for part in card["scores"] for language in part.split("-")))
    text = TextConfig((lang,) if lang else known, valid_stories=count or card["valid_stories"])
    task = TASKS[objective](Recipe(name, seed, text, {}, tokenizer=card["tokenizer"], objective=objective))
    print(f"{name}, {text.valid_stories} stories of the valid split, seed {seed}; {card['unit']}")
    for part, scores in task.scores(pretrained.model).items():
        print(f"{part}: {', '.join(f'{score} {round(value, 4)}' for score, value in scores.items())}")
