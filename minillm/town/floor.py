"""The entropy floor: how well a model of the stories can do at best."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minillm.town.story import Story


@dataclass(frozen=True)
class Floor:
    """The best mean loss that any model of the stories can reach, in nats, estimated from `stories` held-out stories.

    A token is a character, or what the tokenizer makes of a text, or the end of a story; `standard_error` is that of
    `nats_per_token`. Bytes are those of UTF-8.
    """

    nats_per_story: float
    nats_per_character: float
    nats_per_byte: float
    nats_per_token: float
    standard_error: float
    stories: int
    characters: int
    bytes: int
    tokens: int


def floor_of(stories: Sequence[Story], nats: Sequence[float], tokenizer: Any = None) -> Floor:
    """The floor from stories and their -ln P; the rates are ratios of means, the standard error by the delta method."""
    count, total = len(stories), math.fsum(nats)
    characters = sum(len(story.text) for story in stories)
    size = sum(len(story.text.encode()) for story in stories)
    tokens = [1 + len(tokenizer.encode(story.text) if tokenizer else story.text) for story in stories]
    per_token = total / sum(tokens)
    residuals = [loss - per_token * length for loss, length in zip(nats, tokens, strict=True)]
    error = statistics.stdev(residuals) / math.sqrt(count) / statistics.fmean(tokens)
    return Floor(
        total / count, total / characters, total / size, per_token, error, count, characters, size, sum(tokens)
    )
