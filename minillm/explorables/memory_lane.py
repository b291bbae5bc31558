"""The memory lane: which past words a prediction depends on, in models that remember in different ways."""

import base64
import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

import minillm
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.models import LanguageModel, NGram
from minillm.tokenizers import Tokenizer
from minillm.weights import Pretrained

WORD = re.compile(r" ?(?:[^\W_]|['’-])+| ?[^\w\s]|\s+|_")
Words = list[tuple[int, int]]
"""Where each word's tokens begin and end."""


def words_of(tokenizer: Tokenizer, text: str) -> tuple[list[str], list[int], Words]:
    """The words of a text with the spaces before them, its token ids, and the tokens of each word."""
    words = WORD.findall(text)
    if "".join(words) != text:
        raise ConfigError(f"{text!r} does not fall into words")
    pieces = [tokenizer.encode(word) for word in words]
    ends = list(accumulate((len(piece) for piece in pieces), initial=0))
    return words, [token for piece in pieces for token in piece], list(pairwise(ends))


@torch.no_grad()
def influence(
    model: LanguageModel, ids: Sequence[int], words: Words, end_id: int
) -> tuple[Float[Tensor, "words words"], Float[Tensor, " words"]]:
    """How much leaving out word j changes what the model expects at word t, and how likely it finds word t.

    The first result at (t, j) is KL(p ‖ q) in nats, where p is the distribution of the first token of word t given all
    that precedes it, and q the same with the tokens of word j taken out; zero for j ≥ t. The second is p of that token.
    """
    rows = [torch.tensor([end_id, *ids])]
    rows += [torch.tensor([end_id, *ids[:start], *ids[stop:]]) for start, stop in words]
    log_probs = _log_probs(model, rows)
    first = torch.tensor([start for start, _ in words])
    p = log_probs[0, first]
    result = torch.zeros(len(words), len(words))
    for j, (start, stop) in enumerate(words):
        q = log_probs[j + 1, first[j + 1 :] - (stop - start)]
        result[j + 1 :, j] = (p[j + 1 :].exp() * (p[j + 1 :] - q)).sum(-1).clamp_min(0)
    return result, p.exp()[torch.arange(len(words)), torch.tensor([ids[start] for start in first])]


def _log_probs(model: LanguageModel, rows: list[Int[Tensor, " _"]]) -> Float[Tensor, "rows time vocab_size"]:
    """ln p of every next token, after every beginning of every row."""
    if not isinstance(model, NGram):
        batches = pad_sequence(rows, batch_first=True).split(16)
        return torch.cat([model(batch).log_softmax(-1) for batch in batches])
    known: dict[tuple[int, ...], Tensor] = {}  # few of the many contexts are different

    def after(beginning: list[int]) -> Tensor:
        context = tuple(beginning[max(len(beginning) - model.config.order + 1, 0) :])
        if context not in known:
            known[context] = model(torch.tensor([context]))[0, -1]
        return known[context]

    tables = [torch.stack([after(row[: t + 1]) for t in range(len(row))]) for row in map(Tensor.tolist, rows)]
    return pad_sequence(tables, batch_first=True)


def memory_lane(
    models: dict[str, str | Pretrained], stories: Sequence[str], *, story: int = 0, word: str | int = -1
) -> Explorable:
    """An explorable that shows, for each model, which past words its next guess depends on.

    Readers choose a story and the place of the guess; each model's lane is shaded where leaving out a word would change
    the guess (`influence`, in nats). Everything is computed here, nothing in the page.

    Args:
        models: the models to compare, by the name that readers see: a shipped one's name, or one of your own.
        stories: texts in words; the tokenizers of the models may differ.
        story: the story to begin with, counted from 0.
        word: where to begin: a word, which means its last place, or a number as in Python.

    Raises:
        ConfigError: there is no model or story, or no such word.
        PromptError: a story is longer than a model's context.
    """
    if not models or not stories:
        raise ConfigError(f"{len(models)} models and {len(stories)} stories: give at least one of each")
    loaded = {name: minillm.load(model) if isinstance(model, str) else model for name, model in models.items()}
    told = [_reading(loaded, text) for text in stories]
    data = {"names": list(models), "stories": told, "story": story, "word": _place(told[story]["words"], word)}
    alt = (
        f"A story with one word to guess, and lanes for {', '.join(models)}: each past word is shaded by how much the "
        f"guess would change without it. The first models depend on few words before the guess, the last on many."
    )
    return Explorable("memory-lane", data, alt, tolerance=5e-3)


def _reading(loaded: dict[str, Pretrained], text: str) -> dict[str, list]:
    lanes: list[dict[str, str]] = []
    likely: list[list[float]] = []
    words: list[str] = []
    for pretrained in loaded.values():
        words, ids, places = words_of(pretrained.tokenizer, text)
        matrix, p = influence(pretrained.model, ids, places, pretrained.tokenizer.end_id)
        below = matrix[tuple(torch.tril_indices(len(words), len(words), -1))]
        lanes.append({"dtype": "f2", "bdata": base64.b64encode(below.half().numpy().tobytes()).decode("ascii")})
        likely.append([round(value, 4) for value in p.tolist()])
    return {"words": words, "lanes": lanes, "likely": likely}


def _place(words: list[str], word: str | int) -> int:
    bare = [each.strip() for each in words]
    try:
        return len(bare) - 1 - bare[::-1].index(word) if isinstance(word, str) else range(len(bare))[word]
    except (ValueError, IndexError) as error:
        raise ConfigError(f"there is no word {word!r} in {''.join(words)!r}") from error


def unpack(lane: dict[str, str], words: int) -> Float[np.ndarray, "words words"]:
    """The matrix of `influence` from the data of an explorable."""
    matrix = np.zeros((words, words), dtype=np.float32)
    matrix[np.tril_indices(words, -1)] = np.frombuffer(base64.b64decode(lane["bdata"]), dtype=np.float16)
    return matrix
