"""Fill the gap: what the left side of a gap says about the hidden word, and what both sides say."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import minillm
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.tokenizers import END, MASK
from minillm.weights import Pretrained

TOP = 5
LEAST = 0.005  # guesses below are not shown, but for the likeliest
ROWS = 32


def fill_the_gap(
    texts: Sequence[str],
    start: int | None = None,
    reader: str | Pretrained = "town-gpt",
    filler: str | Pretrained = "town-bert",
) -> Explorable:
    """An explorable in which the reader hides a word of a text and covers what stands to the right of it.

    With the right side covered, the likeliest words are those of ``reader``, which reads from left to right; with both
    sides in view those of ``filler``. Every word that is a single token can be hidden.

    Args:
        texts: what to hide words in.
        start: which word of the first text is hidden at first: the n-th of those that can be; by default the first that
            only both sides together find.
        reader: a GPT, by name or loaded.
        filler: a BERT, by name or loaded, whose tokens are the reader's and a mask.

    Raises:
        ConfigError: there is no text, or the models do not share their tokens.
    """
    gpt, bert = (minillm.load(model) if isinstance(model, str) else model for model in (reader, filler))
    if not texts:
        raise ConfigError("there is no text to hide words in; give at least one")
    if gpt.tokenizer.encode("".join(texts)) != bert.tokenizer.encode("".join(texts)):
        raise ConfigError("the two models cut the texts into different tokens; they cannot be compared word by word")
    pieces = [_text(text, gpt, bert) for text in texts]
    data = {"start": _decided_by_the_right(pieces[0]) if start is None else start, "texts": pieces}
    alt = (
        "A story whose words can be hidden one at a time. Bars show the likeliest words for the gap: for a GPT that "
        "sees only what stands to the left, and for a BERT that sees both sides."
    )
    return Explorable("fill-the-gap", data, alt, tolerance=0.02)


def _text(text: str, gpt: Pretrained, bert: Pretrained) -> list[dict[str, Any]]:
    """The pieces of a text; those that can be hidden with the guesses of both models."""
    tokenizer = bert.tokenizer
    ids = tokenizer.encode(text)
    pieces = [tokenizer.decode([token]) for token in ids]
    gaps = [i for i in range(len(ids)) if _is_word(pieces, i)]
    left, both = from_the_left(gpt, ids)[gaps], from_both_sides(bert, ids, gaps)
    guesses = [[_top(p, tokenizer) for p in (left[k], both[k])] for k in range(len(gaps))]
    known = dict(zip(gaps, guesses, strict=True))
    return [{"text": piece} | ({"guesses": known[i]} if i in known else {}) for i, piece in enumerate(pieces)]


def _decided_by_the_right(pieces: Sequence[dict[str, Any]]) -> int:
    """The first gap, but for the text's first word, that only both sides fill rightly; 0 if there is none."""
    gaps = [piece for piece in pieces if "guesses" in piece]
    for number, piece in enumerate(gaps):
        left, both = (guesses[0][0] == piece["text"].strip() for guesses in piece["guesses"])
        if number and both and not left:
            return number
    return 0


def _is_word(pieces: Sequence[str], i: int) -> bool:
    """A whole word in one token: it begins after a blank (or the text does) and the next token does not go on."""
    begins = pieces[i].startswith(" ") or i == 0
    ends = i + 1 == len(pieces) or not pieces[i + 1][:1].isalnum()
    return begins and ends and pieces[i].strip().isalpha()


def _top(probabilities: Float[Tensor, " vocab_size"], tokenizer: Any) -> list[list]:
    values, ids = probabilities.topk(TOP)
    words = [tokenizer.decode([token]).strip() or "␣" for token in ids.tolist()]
    shown = max(1, int((values >= LEAST).sum()))
    return [[word, round(p, 3)] for word, p in zip(words[:shown], values.tolist(), strict=False)]


@torch.no_grad()
def from_the_left(gpt: Pretrained, ids: Sequence[int]) -> Float[Tensor, "time vocab_size"]:
    """For each token, the probabilities of a GPT that has read what stands before it."""
    return gpt.model(torch.tensor([[gpt.tokenizer.special_tokens[END], *ids[:-1]]]))[0].softmax(dim=-1)


@torch.no_grad()
def from_both_sides(bert: Pretrained, ids: Sequence[int], gaps: Sequence[int]) -> Float[Tensor, "gaps vocab_size"]:
    """For each gap, the probabilities of a BERT that reads the text with this one token hidden."""
    special = bert.tokenizer.special_tokens
    rows = torch.tensor([[special[END], *ids, special[END]]]).repeat(len(gaps), 1)
    places = torch.tensor(gaps) + 1
    rows[torch.arange(len(gaps)), places] = special[MASK]
    logits = [
        bert.model(part)[torch.arange(len(part)), where]
        for part, where in zip(rows.split(ROWS), places.split(ROWS), strict=True)
    ]
    return torch.cat(logits).softmax(dim=-1)
