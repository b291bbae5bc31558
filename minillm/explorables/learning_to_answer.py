"""Learning to answer: what a model says to questions about a story, at several moments of its tuning."""

from collections.abc import Mapping, Sequence
from typing import Any

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable


def learning_to_answer(replay: Mapping[str, Any]) -> Explorable:
    """An explorable in which the reader moves through the tuning of a model and reads its answers.

    Args:
        replay: ``steps``; ``right``, the share of ``questions`` held-out questions answered rightly at each step; and
            ``stories``, each with its ``text``, ``lang`` and ``turns`` (ask, kind, wanted, and at each step the answer
            and "1" or "0" for whether it is right), as `minillm.tuning.study` writes it.

    Raises:
        ConfigError: there is no story, or an answer is missing for a step.
    """
    steps: Sequence[int] = replay["steps"]
    turns = [turn for story in replay["stories"] for turn in story["turns"]]
    if not turns or any(len(row) != len(steps) for turn in turns for row in (turn["answers"], turn["right"])):
        raise ConfigError(f"there must be a story, and for each question one answer at each of the {len(steps)} steps")
    if len(replay["right"]) != len(steps):
        raise ConfigError(f"{len(replay['right'])} shares of right answers for {len(steps)} steps; give one for each")
    alt = (
        "A story that the model has not seen, and questions about it. A slider leads through the steps of tuning: "
        "beside each question stands what the model answers there, and whether it is right. "
        f"Of all held-out questions {replay['right'][0]:.0%} are right at first, {replay['right'][-1]:.0%} at the end."
    )
    return Explorable("learning-to-answer", dict(replay), alt)
