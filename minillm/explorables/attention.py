"""The attention explorer: where every token of a sentence looks, head by head, and how the numbers come about."""

import base64
import json
import re
from collections.abc import Iterable, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor

import minillm
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.explorables.weights_js import megabytes, shipped_name
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
    token: int | None = None,
    view: str = "words",
) -> Explorable:
    """An explorable that shows where each token of a sentence looks, in every head of a model.

    Readers choose sentence, layer and head; look from any token, by words or by characters; switch mask and scaling
    off; and follow one row from scores to output. As many heads as fit are stored in the page, the most telling first;
    the others, and the reader's own sentences, are computed in the page by the model itself: on the built site if it
    is one that ships, in a notebook always.

    Args:
        model: the name of a shipped model, or a model of your own.
        sentences: one or several; a mapping gives each a line below it, such as pinyin and a translation.
        layer, head: where to begin, counted from 0; by default the head that looks farthest back in the first sentence.
        token: from which token of a sentence to look at first, counted as in Python (-1 is the last); by default the
            one with the farthest look.
        view: "words" adds up what the characters of a word give to those of another; "characters" shows every token.

    Raises:
        ConfigError: there is no such layer, head, token or view, or no sentence.
        UnknownCharacterError: the model's tokenizer does not know a character.
        PromptError: a sentence is longer than the model's context.
    """
    pretrained = minillm.load(model) if isinstance(model, str) else model
    glosses = {sentences: ""} if isinstance(sentences, str) else sentences
    glosses = dict(glosses) if isinstance(glosses, Mapping) else dict.fromkeys(glosses, "")
    config = pretrained.model.config
    _check(glosses, view, {"layer": (layer, config.num_layers), "head": (head, config.num_heads)})
    if token is not None and not all(-len(text) <= token < len(text) for text in glosses):
        raise ConfigError(f"token = {token} does not exist in every sentence; -1 is the last of each")
    records = [_record(pretrained, text) for text in glosses]
    heads = _telling_heads(records[0], next(iter(glosses)))
    first = next(place for place in heads if layer in (None, place[0]) and head in (None, place[1]))
    texts = {}
    room = BUDGET
    for done, (text, record) in enumerate(sorted(zip(glosses, records, strict=True), key=lambda pair: len(pair[0]))):
        texts[text] = _text(text, glosses[text], record, first, room // (len(glosses) - done))
        room -= len(json.dumps(texts[text]))
    data = {
        "model": shipped_name(pretrained),
        "megabytes": megabytes(pretrained),
        "layers": config.num_layers,
        "heads": config.num_heads,
        "d_k": config.d_model // config.num_heads,
        "layer": first[0],
        "head": first[1],
        "token": token,
        "view": view,
        "texts": [texts[text] for text in glosses],
    }
    alt = (
        f"Attention of a model of {config.num_layers} layers with {config.num_heads} heads each on "
        f"{_quoted(list(glosses))}: which earlier part of the text each part looks at."
    )
    return Explorable("attention", data, alt, tolerance=2e-3, pretrained=None if data["model"] else pretrained)


def _check(glosses: dict[str, str], view: str, places: dict[str, tuple[int | None, int]]) -> None:
    if not glosses or not all(glosses):
        raise ConfigError("sentences is empty; give at least one sentence of at least one character")
    if view not in ("words", "characters"):
        raise ConfigError(f'view = {view!r} is not known; choose "words" or "characters"')
    for name, (value, count) in places.items():
        if value is not None and not 0 <= value < count:
            raise ConfigError(f"{name} = {value} does not exist; choose one of 0 to {count - 1}")


def words(text: str) -> list[tuple[int, int]]:
    """Spans of words and marks in a text; a space belongs to the word after it, a Chinese character is a word."""
    return [match.span() for match in WORD.finditer(text)]


def _quoted(texts: list[str]) -> str:
    return ", ".join(f"“{text}”" for text in texts)


@torch.no_grad()
def _record(pretrained: Pretrained, text: str) -> dict[str, Tensor]:
    """Every named activation of the model reading a text from its start marker on."""
    ids = [pretrained.tokenizer.end_id, *pretrained.tokenizer.encode(text)]
    record: dict[str, Tensor] = {}
    pretrained.model.eval()(torch.tensor([ids]), record=record)
    return record


def _heads(record: dict[str, Tensor]) -> list[tuple[int, int]]:
    layers = sum(name.endswith(".attention.weights") for name in record)
    return [(layer, head) for layer in range(layers) for head in range(record["blocks.0.attention.weights"].shape[1])]


def gathered(weights: Float[Tensor, "time time"], group: Int[Tensor, " time"]) -> Float[Tensor, "groups groups"]:
    """Weights between groups of tokens: summed over the tokens looked at, averaged over those that look."""
    member = torch.nn.functional.one_hot(group).to(weights.dtype)  # (time, groups)
    return (member.T @ weights @ member) / member.sum(dim=0)[:, None]


def _word_groups(text: str) -> Int[Tensor, " time"]:
    """The number of the word that each token belongs to; the start marker is word 0."""
    lengths = [end - start for start, end in words(text)]
    return torch.repeat_interleave(torch.arange(len(lengths) + 1), torch.tensor([1, *lengths]))


def _telling_heads(record: dict[str, Tensor], text: str) -> list[tuple[int, int]]:
    """Heads in the order of the weight that words give to words behind their neighbor; far ones count more."""
    place = torch.arange(len(words(text)) + 1)
    distance = (place[:, None] - place).clamp(min=0)
    real = torch.tensor([False, *(any(map(str.isalnum, text[start:end])) for start, end in words(text))])
    counts = distance.sqrt() * (distance > 1) * real * real[:, None]

    def far(place: tuple[int, int]) -> float:
        weights = record[f"blocks.{place[0]}.attention.weights"][0, place[1]]
        return -float((gathered(weights, _word_groups(text)) * counts).sum())

    return sorted(_heads(record), key=far)


def _thumbnail(weights: Float[Tensor, "time time"], text: str) -> dict[str, str]:
    group = _word_groups(text)
    size = min(THUMBNAIL, int(group[-1]) + 1)
    return _packed(gathered(weights, group * size // (int(group[-1]) + 1)))


def _packed(tensor: Tensor) -> dict[str, str]:
    """An array in 16-bit floats, written as Plotly does: short, and compared number by number in notebook tests."""
    array = tensor.half().flatten().numpy().astype("<f2")
    return {"dtype": "f2", "bdata": base64.b64encode(array.tobytes()).decode("ascii")}


def _text(text: str, gloss: str, record: dict[str, Tensor], first: tuple[int, int], room: int) -> dict:
    """What the page needs of one sentence: thumbnails of all heads, and in full as many heads as there is room for."""
    overview: dict[int, list] = {}
    for layer, head in _heads(record):
        weights = record[f"blocks.{layer}.attention.weights"][0, head]
        overview.setdefault(layer, []).append(_thumbnail(weights, text))
    entry: dict = {"text": text, "gloss": gloss, "overview": list(overview.values()), "stored": {}}
    room -= len(json.dumps(entry))
    for layer, head in dict.fromkeys([first, *_telling_heads(record, text)]):
        block = f"blocks.{layer}.attention."
        parts = {"scores": _packed(record[block + "scores"][0, head])}
        for name in ("query", "key", "value"):
            parts[name] = _packed(record[block + name][0, head, :, :SHOWN_DIMENSIONS])
        room -= len(json.dumps(parts))
        if room < 0 and entry["stored"]:
            break
        entry["stored"][f"{layer}.{head}"] = parts
    return entry
