"""The objective explorer: one sentence as four different exercises for a model."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from minillm.batches import IGNORED, Batch, Batches, MaskedBatches, PairBatches, PrefixBatches
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.masks import causal_mask
from minillm.tokenizers import Tokenizer, town_tokenizer

LONGEST = 16
DRAWS = 8


def objective_explorer(
    sentences: Mapping[str, tuple[str, str]], tokenizer: Tokenizer | None = None, draws: int = DRAWS
) -> Explorable:
    """An explorable in which the reader chooses an objective and sees what a sentence asks of a model under it.

    For each position: what the model is given there, what it must say, and which other positions it may look at. All
    of it comes from the batches that the package trains on.

    Args:
        sentences: for each sentence, what it is translated to, and a gloss of the translation (pinyin and meaning).
        tokenizer: cuts the sentences; by default that of the town.
        draws: how many random maskings there are to choose from.

    Raises:
        ConfigError: there is no sentence, or one, or its translation, has fewer than 2 or more than 16 tokens.
    """
    tokenizer = tokenizer or town_tokenizer()
    for text in [text for source, (target, _) in sentences.items() for text in (source, target)] or [""]:
        if not 2 <= len(tokenizer.encode(text)) <= LONGEST:
            raise ConfigError(f"{text!r} has {len(tokenizer.encode(text))} tokens; give sentences of 2 to {LONGEST}")
    data = {
        "sentences": [
            {"text": text, "target": target, "gloss": gloss, "objectives": _objectives(text, target, tokenizer, draws)}
            for text, (target, gloss) in sentences.items()
        ]
    }
    alt = (
        "A sentence in tokens: under each what the model is given and what it must say there. Four buttons choose the "
        "objective: causal, masked, prefix, sequence to sequence. A chosen position shows which others it sees."
    )
    return Explorable("objectives", data, alt)


def _objectives(text: str, target: str, tokenizer: Tokenizer, draws: int) -> list[dict[str, Any]]:
    ids = [tokenizer.end_id, *tokenizer.encode(text), tokenizer.end_id]
    time, mask_id = len(ids) - 1, tokenizer.vocab_size
    windows = Batches(torch.tensor(ids), 1, time)
    masked, prefixed = MaskedBatches(windows, mask_id, tokenizer.vocab_size), PrefixBatches(windows)
    by_length: dict[int, Batch] = {}
    for step in itertools.count():  # the lengths are drawn; sooner or later each comes up
        batch = prefixed(step)
        by_length.setdefault(int((batch.targets == IGNORED).sum()) + 1, batch)
        if len(by_length) == time - 1:
            break
    pair = PairBatches.encode([(text, target)], tokenizer, 1)(0)
    both = torch.ones(time, time, dtype=torch.bool)
    return [
        {"name": "causal", "cases": [_case(windows(0), both.tril(), tokenizer)]},
        {"name": "masked", "cases": [_case(masked(step), both, tokenizer, ids) for step in range(draws)]},
        {
            "name": "prefix",
            "cases": [_case(by_length[n], by_length[n].extras["visible"][0], tokenizer) for n in sorted(by_length)],
        },
        {"name": "pairs", "cases": [_pair(pair, tokenizer)]},
    ]


def _case(
    batch: Batch, visible: Bool[Tensor, "time time"], tokenizer: Tokenizer, originals: Sequence[int] = ()
) -> dict[str, Any]:
    """What is given and asked at each position, and which positions it sees, as a row of 0 and 1."""
    given = batch.inputs[0].tolist()
    return {
        "given": [_shown(token, tokenizer, "start" if place == 0 else "end") for place, token in enumerate(given)],
        "changed": [_change(now, was, tokenizer) for now, was in zip(given, originals, strict=False)],
        "asked": [None if t == IGNORED else _shown(t, tokenizer, "end") for t in batch.targets[0].tolist()],
        "sees": ["".join(str(int(cell)) for cell in row) for row in visible.tolist()],
    }


def _pair(batch: Batch, tokenizer: Tokenizer) -> dict[str, Any]:
    """Source and target in one row of positions: the source sees itself, the target the source and what it wrote."""
    source, target = batch.inputs[0].tolist(), batch.extras["target_ids"][0].tolist()
    visible = torch.zeros(len(source) + len(target), len(source) + len(target), dtype=torch.bool)
    visible[:, : len(source)] = True
    visible[len(source) :, len(source) :] = causal_mask(len(target))
    row = Batch(torch.tensor([source + target]), torch.tensor([[IGNORED] * len(source) + batch.targets[0].tolist()]))
    case = _case(row, visible, tokenizer)
    case["given"][0] = _shown(source[0], tokenizer, "end")
    case["given"][len(source)] = "start"
    return case | {"source": len(source)}


def _shown(token: int, tokenizer: Tokenizer, marker: str) -> str:
    if token == tokenizer.end_id:
        return marker
    return "▢" if token == tokenizer.vocab_size else tokenizer.decode([token]).strip()


def _change(now: int, was: int, tokenizer: Tokenizer) -> str:
    """How a chosen token was treated, as far as one can see it."""
    return "" if now == was else "hidden" if now == tokenizer.vocab_size else "replaced"
