"""The attention explorer: where every token of a sentence looks, head by head, and how the numbers come about."""

import base64
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

import minillm
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.explorables.head_jobs import measured_jobs
from minillm.explorables.weights_js import megabytes, shipped_name
from minillm.models import GPT
from minillm.weights import Pretrained

BUDGET = 140_000  # characters of JSON: a notebook must stay small
SHOWN_DIMENSIONS = 3  # of queries, keys and values; scores are stored, so these only serve to be read
THUMBNAIL = 12  # rows and columns of the small picture of a head
WORD = re.compile(r" ?(?:[^\W_\u4e00-\u9fff]|['’-])+| ?.", re.DOTALL)


def attention_explorer(
    model: str | Pretrained,
    sentences: str | Iterable[str] | Mapping[str, str],
    *,
    layer: int | None = None,
    head: int | None = None,
    token: int | str | None = None,
    view: str = "words",
    ablation: bool = False,
) -> Explorable:
    """An explorable that shows where each token of a sentence looks, in every head of a model.

    Readers choose sentence, layer and head; look from any token, by words or by tokens; switch mask and scaling off;
    and follow one row from scores to output. As many heads as fit are stored in the page, the most telling first; the
    others, and the reader's own sentences, are computed in the page by the model itself: on the built site if it is
    one that ships, in a notebook always.

    Args:
        model: the name of a shipped model, or a model of your own.
        sentences: one or several; a mapping gives each a line below it, such as pinyin and a translation.
        layer, head: where to begin, counted from 0; by default the head that looks farthest back in the first sentence.
        token: from which token of a sentence to look at first. A number counts the model's tokens as in Python (-1 is
            the last); a string such as "her" means the last place where it stands, in the sentences that have it. By
            default the token with the farthest look.
        view: "words" adds up what the tokens of a word give to those of another; "tokens" shows every token.
        ablation: say in a word what every head does (`head_jobs`), and let readers switch heads off and see what the
            model then predicts, in place of the steps of one row. The model computes it in the page, once it is loaded.

    Raises:
        ConfigError: there is no such layer, head, token or view, no sentence, or the model does not attend.
        UnknownCharacterError: the model's tokenizer does not know a character.
        PromptError: a sentence is longer than the model's context.
    """
    pretrained = minillm.load(model) if isinstance(model, str) else model
    if not isinstance(pretrained.model, GPT):
        raise ConfigError(f"a {type(pretrained.model).__name__} has no attention to show; take a GPT")
    glosses = {sentences: ""} if isinstance(sentences, str) else sentences
    glosses = dict(glosses) if isinstance(glosses, Mapping) else dict.fromkeys(glosses, "")
    config = pretrained.model.config
    _check(glosses, view, {"layer": (layer, config.num_layers), "head": (head, config.num_heads)})
    readings = [_read(pretrained, text) for text in glosses]
    tokens = _tokens(token, readings)
    heads = _telling_heads(readings[0])
    first = next(place for place in heads if layer in (None, place[0]) and head in (None, place[1]))
    readings.sort(key=lambda reading: len(reading.pieces))
    texts = {read.text: _text(read, glosses[read.text], tokens[read.text], first, room=0) for read in readings}
    room = BUDGET
    for done, reading in enumerate(readings):
        text = reading.text
        others = sum(len(json.dumps(texts[later.text])) for later in readings[done + 1 :])  # with one head each
        share = min(room // (len(readings) - done), room - others)
        texts[text] = _text(reading, glosses[text], tokens[text], first, share)
        room -= len(json.dumps(texts[text]))
    data = {
        "model": shipped_name(pretrained),
        "megabytes": megabytes(pretrained),
        "layers": config.num_layers,
        "heads": config.num_heads,
        "d_k": config.d_model // config.num_heads,
        "layer": first[0],
        "head": first[1],
        "view": view,
        "texts": [texts[text] for text in glosses],
    }
    if config.window is not None:
        data["window"] = config.window
    if pretrained.model.position_embedding.bias(1, 1) is not None:
        data["biased"] = True
    if ablation:
        data["ablation"] = {lang: measured_jobs(pretrained, lang, list(glosses)) for lang in ("en", "zh")}
    alt = (
        f"Attention of a model of {config.num_layers} layers with {config.num_heads} heads each on "
        f"{_quoted(list(glosses))}: which earlier part of the text each part looks at."
    )
    return Explorable("attention", data, alt, tolerance=2e-3, pretrained=None if data["model"] else pretrained)


@dataclass(frozen=True)
class Reading:
    """A text as a model reads it, from its start marker on."""

    text: str
    pieces: list[str]  # what each token adds to the text; empty until a character is whole
    record: dict[str, Tensor]  # every named activation


def _check(glosses: dict[str, str], view: str, places: dict[str, tuple[int | None, int]]) -> None:
    if not glosses or not all(glosses):
        raise ConfigError("sentences is empty; give at least one sentence of at least one character")
    if view not in ("words", "tokens"):
        raise ConfigError(f'view = {view!r} is not known; choose "words" or "tokens"')
    for name, (value, count) in places.items():
        if value is not None and not 0 <= value < count:
            raise ConfigError(f"{name} = {value} does not exist; choose one of 0 to {count - 1}")


def words(text: str) -> list[tuple[int, int]]:
    """Spans of words and marks in a text; a space belongs to the word after it, a Chinese character is a word."""
    return [match.span() for match in WORD.finditer(text)]


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)


@torch.no_grad()
def _read(pretrained: Pretrained, text: str) -> Reading:
    ids = pretrained.tokenizer.encode(text)
    record: dict[str, Tensor] = {}
    pretrained.model.eval()(torch.tensor([[pretrained.tokenizer.end_id, *ids]]), record=record)
    return Reading(text, list(pretrained.tokenizer.decode_iterable(ids)), record)


def _tokens(token: int | str | None, readings: list[Reading]) -> dict[str, int | None]:
    """For each text the place of the token that was asked for; None where none was, or where a word does not stand."""
    if isinstance(token, int):
        if not all(-len(reading.pieces) <= token < len(reading.pieces) for reading in readings):
            raise ConfigError(f"token = {token} does not exist in every sentence; -1 is the last of each")
        return {reading.text: token % len(reading.pieces) for reading in readings}
    places = {reading.text: None if token is None else _place(token, reading) for reading in readings}
    if token is not None and not any(place is not None for place in places.values()):
        raise ConfigError(f"token = {token!r} stands in none of the sentences")
    return places


def _place(word: str, reading: Reading) -> int | None:
    """The token with the last character of a word, at the last place where it stands."""
    start = reading.text.rfind(word)
    last = start + len(word) - 1
    ends = itertools.accumulate(map(len, reading.pieces))
    return None if start < 0 else next(place for place, end in enumerate(ends) if end > last)


def _heads(record: dict[str, Tensor]) -> list[tuple[int, int]]:
    layers = sum(name.endswith(".attention.weights") for name in record)
    return [(layer, head) for layer in range(layers) for head in range(record["blocks.0.attention.weights"].shape[1])]


def gathered(weights: Float[Tensor, "time time"], group: Int[Tensor, " time"]) -> Float[Tensor, "groups groups"]:
    """Weights between groups of tokens: summed over the tokens looked at, averaged over those that look."""
    member = torch.nn.functional.one_hot(group).to(weights.dtype)  # (time, groups)
    return (member.T @ weights @ member) / member.sum(dim=0)[:, None]


def word_groups(pieces: list[str]) -> Int[Tensor, " time"]:
    """The number of the word that each token belongs to, 0 for the start marker. Words that share a token are one."""
    ends = {end for _, end in words("".join(pieces))}
    groups, group, end = [0], 1, 0
    for piece in pieces:
        groups.append(group)
        end += len(piece)
        group += bool(piece) and end in ends
    return torch.tensor(groups)


def _telling_heads(reading: Reading) -> list[tuple[int, int]]:
    """Heads in the order of the weight that words give to words behind their neighbor; far ones count more."""
    group = word_groups(reading.pieces)
    place = torch.arange(int(group[-1]) + 1)
    distance = (place[:, None] - place).clamp(min=0)
    spoken = torch.tensor([False, *(any(map(str.isalnum, piece)) for piece in reading.pieces)])
    real = torch.isin(place, group[spoken])
    counts = distance.sqrt() * (distance > 1) * real * real[:, None]

    def far(place: tuple[int, int]) -> float:
        weights = reading.record[f"blocks.{place[0]}.attention.weights"][0, place[1]]
        return -float((gathered(weights, group) * counts).sum())

    return sorted(_heads(reading.record), key=far)


def _thumbnail(weights: Float[Tensor, "time time"], group: Int[Tensor, " time"]) -> dict[str, str]:
    size = min(THUMBNAIL, int(group[-1]) + 1)
    return packed(gathered(weights, group * size // (int(group[-1]) + 1)))


def packed(tensor: Tensor) -> dict[str, str]:
    """An array in 16-bit floats, written as Plotly does: short, and compared number by number in notebook tests."""
    array = tensor.half().flatten().numpy().astype("<f2")
    return {"dtype": "f2", "bdata": base64.b64encode(array.tobytes()).decode("ascii")}


def _text(reading: Reading, gloss: str, token: int | None, first: tuple[int, int], room: int) -> dict:
    """What the page needs of one sentence: thumbnails of all heads, and in full as many heads as there is room for."""
    record, group = reading.record, word_groups(reading.pieces)
    overview: dict[int, list] = {}
    for layer, head in _heads(record):
        weights = record[f"blocks.{layer}.attention.weights"][0, head]
        overview.setdefault(layer, []).append(_thumbnail(weights, group))
    entry: dict = {"text": reading.text, "tokens": reading.pieces, "gloss": gloss, "token": token}
    entry |= {"overview": list(overview.values()), "stored": {}}
    room -= len(json.dumps(entry))
    for layer, head in dict.fromkeys([first, *_telling_heads(reading)]):
        block = f"blocks.{layer}.attention."
        parts = {"scores": packed(record[block + "scores"][0, head])}
        for name in ("query", "key", "value"):
            parts[name] = packed(record[block + name][0, head, :, :SHOWN_DIMENSIONS])
        room -= len(json.dumps(parts))
        if room < 0 and entry["stored"]:
            break
        entry["stored"][f"{layer}.{head}"] = parts
    return entry
