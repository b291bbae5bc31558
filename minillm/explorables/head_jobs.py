"""What each attention head of a model mostly does, in a word, measured on texts."""

from collections.abc import Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from minillm import town
from minillm.errors import UnknownCharacterError
from minillm.models import GPT, attention_maps
from minillm.weights import Pretrained

Job = tuple[str, float]
"""A kind of key, and the mean share of a query's weight that goes to keys of this kind."""

NEAR, FAR = 4, 12  # tokens
PRECISE = {"start": 0.4, "itself": 0.4, "previous": 0.4, "after": 0.4, "same": 0.4, "marks": 0.4}
VAGUE = {"near": 0.5, "far": 0.5}
STORIES = 12


def kinds_of_keys(ids: Int[Tensor, " time"], marks: Bool[Tensor, " time"]) -> dict[str, Bool[Tensor, "time time"]]:
    """For every query (row) the keys that are of each kind. Position 0 is the start marker.

    "start": the start marker; "itself"; "previous": the token before; "after": tokens that stand behind an earlier
    occurrence of the query's token; "same": earlier occurrences of it; "marks": earlier punctuation; "near": up to four
    tokens before, and itself; "far": more than twelve tokens before.
    """
    place = torch.arange(len(ids))
    distance = place[:, None] - place
    real = (place > 0).expand(len(ids), -1)
    earlier = real & (distance > 0)
    return {
        "start": ~real,
        "itself": real & (distance == 0),
        "previous": earlier & (distance == 1),
        "after": earlier & (ids[:, None] == ids.roll(1)) & (place > 1),
        "same": earlier & (ids[:, None] == ids),
        "marks": earlier & marks,
        "near": real & (distance >= 0) & (distance <= NEAR),
        "far": earlier & (distance > FAR),
    }


def head_jobs(model: GPT, texts: Iterable[tuple[list[int], list[bool]]]) -> list[list[Job]]:
    """For every layer and head its job; ``texts`` are token ids, the start marker first, and which of them are marks.

    A head's share of a kind is the mean over all queries that have a key of this kind. The job is the first kind of
    `PRECISE` whose share reaches its threshold, else the larger of `VAGUE` that does, else ("spread", 0.0).
    """
    sums: dict[str, Float[Tensor, "layers heads"]] = {}
    counts: dict[str, int] = {}
    for ids, marks in texts:
        maps = attention_maps(model.eval(), torch.tensor(ids))[:, :, 1:]  # the start marker sees only itself
        for kind, keys in kinds_of_keys(torch.tensor(ids), torch.tensor(marks)).items():
            rows = keys[1:].any(dim=1)
            sums[kind] = sums.get(kind, 0) + (maps * keys[1:])[:, :, rows].sum(dim=(-1, -2))
            counts[kind] = counts.get(kind, 0) + int(rows.sum())
    shares = {kind: total / max(1, counts[kind]) for kind, total in sums.items()}

    def job(layer: int, head: int) -> Job:
        own = {kind: float(share[layer, head]) for kind, share in shares.items()}
        reached = [kind for kind, least in PRECISE.items() if own[kind] >= least]
        reached += sorted((kind for kind, least in VAGUE.items() if own[kind] >= least), key=own.__getitem__)[::-1]
        return (reached[0], round(own[reached[0]], 3)) if reached else ("spread", 0.0)

    config = model.config
    return [[job(layer, head) for head in range(config.num_heads)] for layer in range(config.num_layers)]


def measured_jobs(pretrained: Pretrained, lang: str, sentences: list[str]) -> dict[str, object]:
    """The jobs of all heads on held-out stories in a language; on the sentences, if the model cannot read stories."""
    tokenizer, longest = pretrained.tokenizer, pretrained.model.config.context_length
    texts, measured = [], f"{STORIES} held-out stories in {'English' if lang == 'en' else 'Chinese'}"
    try:
        stories = [tokenizer.encode(story.text) for story in town.stories("valid", lang, STORIES)]
    except UnknownCharacterError:
        stories, measured = [tokenizer.encode(text) for text in sentences], "the sentences above"
    for ids in stories:
        pieces = list(tokenizer.decode_iterable(ids))
        marks = [bool(piece.strip()) and not any(map(str.isalnum, piece)) for piece in pieces]
        texts.append(([tokenizer.end_id, *ids][:longest], [False, *marks][:longest]))
    return {"jobs": head_jobs(pretrained.model, texts), "measured": measured}
