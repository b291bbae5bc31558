"""Three scores: training with a pencil's worth of parameters."""

from collections.abc import Mapping

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

RATES = (0.1, 0.3, 1, 3, 10)
LIMIT = 4


def three_scores(counts: Mapping[str, int], prompt: str) -> Explorable:
    """An explorable in which the reader trains a model of one score for each word.

    The words' probabilities are the softmax of the scores, the loss is the cross-entropy against what was seen, and
    its slope in each score is probability minus share seen. Readers move the scores, or take steps against the slopes.

    Args:
        counts: how often each word was seen after the prompt; two to five words.
        prompt: the beginning that the words follow.

    Raises:
        ConfigError: there are fewer than two or more than five words, or one was never seen.
    """
    if not 2 <= len(counts) <= 5 or min(counts.values()) < 1:
        raise ConfigError(f"counts = {dict(counts)} must be two to five words, each seen at least once")
    data = {
        "prompt": prompt,
        "words": list(counts),
        "counts": list(counts.values()),
        "limit": LIMIT,
        "rates": list(RATES),
        "rate": 1,
    }
    alt = (
        f"Sliders for the scores of {', '.join(counts)}, the probabilities that follow from them beside the shares "
        f"seen after “{prompt}”, and the loss, which steps against its slopes make smaller."
    )
    return Explorable("three-scores", data, alt)
