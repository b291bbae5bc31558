"""The live model: type a beginning, and a model trained in this book continues it in the page."""

from collections.abc import Iterable

import minillm
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.explorables.weights_js import megabytes

STARTS = (
    ("One sunny morning,", "en", ""),
    ("Mia was a girl who", "en", ""),
    ("On Saturday", "en", ""),
    ("一个晴朗的早晨，", "zh", "yí gè qínglǎng de zǎochén: one sunny morning"),
    ("有一天，", "zh", "yǒu yì tiān: one day"),
)


def live(
    model: str = "town-gpt", starts: Iterable[tuple[str, str, str]] = STARTS, temperature: float = 0.8
) -> Explorable:
    """An explorable in which a shipped model continues what the reader types.

    Each token that it writes is shaded by the model's doubt and can be opened to see the likeliest alternatives,
    and changed for one of them. The weights are loaded on first use.

    Args:
        model: the name of a shipped model.
        starts: beginnings to choose from, each with its language ("en" or "zh") and a gloss, which may be empty.
        temperature: where the slider stands at first, 0 to 1.5.

    Raises:
        ConfigError: there are no beginnings, or the temperature is off the slider.
        UnknownCharacterError: the model's tokenizer does not know a character of a beginning.
    """
    starts = list(starts)
    if not starts:
        raise ConfigError("starts is empty; give at least one beginning")
    if not 0 <= temperature <= 1.5:
        raise ConfigError(f"temperature = {temperature} is off the slider; choose a number from 0 to 1.5")
    pretrained = minillm.load(model)
    for text, _, _ in starts:
        pretrained.tokenizer.encode(text)
    data = {
        "model": model,
        "megabytes": megabytes(pretrained),
        "starts": [{"text": text, "lang": lang, "gloss": gloss} for text, lang, gloss in starts],
        "temperature": temperature,
    }
    alt = "A text box: type the beginning of a story, and a small model trained in this book continues it."
    return Explorable("live", data, alt)
