"""``minillm town``: stories, and other views of their plans."""

import itertools
import json
import sys
from typing import Literal

from tqdm import tqdm

from minillm.cli.progress import quiet
from minillm.errors import ConfigError
from minillm.town import LANGUAGES, SPLITS, stories
from minillm.town.views import KINDS, record
from minillm.town.views.showing import show


def town(
    seed: int = 0,
    count: int = 1,
    lang: Literal[LANGUAGES] = "en",  # type: ignore[valid-type]
    kind: Literal[tuple(KINDS)] = "story",  # type: ignore[valid-type]
    split: Literal[SPLITS] = "train",  # type: ignore[valid-type]
    format: Literal["text", "jsonl"] = "text",
) -> None:
    """Tell stories of the town, or show other views of their plans: questions, reviews, dialogues, poems ...

    Args:
        seed: the same seed draws the same plans, in every language.
        count: how many stories; 0 goes on until it is stopped.
        lang: the language.
        kind: the view.
        split: the part of all plans; combinations is what is kept out of the other three.
        format: text to read, or jsonl: one JSON object a line, with the story and the ground truth.
    """
    if count < 0:
        raise ConfigError(f"--count is {count}; it must be 1 or more, or 0 to go on without end")
    told = tqdm(
        stories(split, lang, count or None, seed),
        total=count or None,
        unit="story",
        leave=False,
        disable=quiet() or sys.stdout.isatty(),  # where stories are seen, they are the progress
    )
    if format == "jsonl":
        for story in told:
            print(json.dumps(record(story, kind), ensure_ascii=False))
    else:
        for story, number in zip(told, itertools.count()):
            print(("\n" if number else "") + show(story, kind))
