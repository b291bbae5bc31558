"""What each attention head of a model mostly does, in a word, measured on texts."""

from collections.abc import Iterable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from minillm import town
from minillm.errors import UnknownCharacterError
from minillm.models import GPT, attention_maps
from minillm.weights import Pretrained

Job = tuple[str, float, float]
"""A kind of key, the share of a query's weight that goes to keys of it, and what even weights would give them."""

NEAR, FAR = 4, 12  # tokens
PRECISE, VAGUE = ("start", "itself", "previous", "after", "same", "marks"), ("near", "middle", "far")
LEAST = 1 / 3
STORIES = 12


def kinds_of_keys(ids: Int[Tensor, " time"], marks: Bool[Tensor, " time"]) -> dict[str, Bool[Tensor, "time time"]]:
    """For every query (row) the keys that are of each kind. Position 0 is the start marker.

    "start": the start marker; "itself"; "previous": the token before; "after": tokens that stand behind an earlier
    occurrence of the query's token; "same": earlier occurrences of it; "marks": earlier punctuation; "near": up to four
    tokens before, and itself; "middle": five to twelve tokens before; "far": more than twelve.
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
        "middle": real & (distance > NEAR) & (distance <= FAR),
        "far": real & (distance > FAR),
    }


def head_jobs(model: GPT, texts: Iterable[tuple[list[int], list[bool]]]) -> list[list[Job]]:
    """For every layer and head its job; ``texts`` are token ids, the start marker first, and which of them are marks.

    A head's share of a kind is the mean over all queries that have a key of this kind. It favors a kind if it gives it
    at least a third of its weight, and at least twice what even weights would give, or half of what they leave. Its job
    is the kind with the largest share among those of `PRECISE` that it favors, or else of `VAGUE`; if it favors none,
    ("spread", 0.0, 0.0).
    """
    sums: dict[str, Float[Tensor, "layers heads"]] = {}
    evens: dict[str, float] = {}
    counts: dict[str, int] = {}
    for ids, marks in texts:
        maps = attention_maps(model.eval(), torch.tensor(ids))[:, :, 1:]  # the start marker sees only itself
        even = 1 / torch.arange(2, len(ids) + 1)[:, None]
        for kind, every in kinds_of_keys(torch.tensor(ids), torch.tensor(marks)).items():
            keys = every.tril()[1:]
            sums[kind] = sums.get(kind, 0) + (maps * keys).sum(dim=(-1, -2))
            evens[kind] = evens.get(kind, 0.0) + float((keys * even).sum())
            counts[kind] = counts.get(kind, 0) + int(keys.any(dim=1).sum())
    shares = {kind: total / max(1, counts[kind]) for kind, total in sums.items()}
    even_shares = {kind: total / max(1, counts[kind]) for kind, total in evens.items()}

    def favors(own: float, even: float) -> bool:
        return own >= max(LEAST, min(2 * even, (1 + even) / 2))

    def job(layer: int, head: int) -> Job:
        own = {kind: float(share[layer, head]) for kind, share in shares.items()}
        for group in (PRECISE, VAGUE):
            if favored := [kind for kind in group if favors(own[kind], even_shares[kind])]:
                best = max(favored, key=own.__getitem__)
                return best, round(own[best], 3), round(even_shares[best], 3)
        return "spread", 0.0, 0.0

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
