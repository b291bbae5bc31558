"""Filling the templates of the views."""

import re
from functools import cache

from minillm.town.grammar import Pieces, Slot, Words, template
from minillm.town.stream import Stream
from minillm.town.words import LANGUAGES, Entry


@cache
def compiled(text: str) -> Pieces:
    return template(text)


def fill(text: str, cast: dict[str, Entry], lang: str, stream: Stream | None = None) -> str:
    """A template with its slots filled; of [this|that] the stream takes one (the first without a stream)."""
    return tidy(_join(compiled(text), cast, lang, stream))


def _join(parts: Pieces, cast: dict[str, Entry], lang: str, stream: Stream | None) -> str:
    told = []
    for part in parts:
        if isinstance(part, Slot):
            told.append(part.fill(cast, lang))
        elif isinstance(part, Words):
            index = stream.below(len(part.alternatives)) if stream else 0
            told.append(_join(part.alternatives[index], cast, lang, stream))
        else:
            told.append(part)
    return "".join(told)


def say(texts: list[str] | tuple[str, ...], cast: dict[str, Entry], lang: str, stream: Stream) -> str:
    """One of the templates, filled."""
    return fill(texts[stream.below(len(texts))], cast, lang, stream)


def tidy(text: str) -> str:
    """Without the spaces that an empty slot leaves, and without a doubled 的."""
    return re.sub(r"\s+(?=[ ,.?!]|$)", "", text).lstrip(" ").replace("的的", "的")


def sentence(text: str, lang: str, mark: str = "") -> str:
    """With a capital letter and a full stop, unless the text ends with a mark already."""
    if lang == "en":
        text = text[:1].upper() + text[1:]
        return text if text[-1:] in ".?!" else text + (mark or ".")
    return text if text[-1:] in "。？！" else text + (mark or "。")


def sentences(parts: list[str], lang: str) -> str:
    """Sentences one after the other, each with a capital letter and a full stop where it has no mark of its own."""
    texts = [part if part[-1:] in ":：”" else sentence(part, lang) for part in parts if part]
    return (" " if lang == "en" else "").join(texts)


def say_pair(pair: tuple[str, str], cast: dict[str, Entry], lang: str) -> str:
    """The template of a pair (English, Chinese) in that language, filled."""
    return fill(pair[LANGUAGES.index(lang)], cast, lang)
