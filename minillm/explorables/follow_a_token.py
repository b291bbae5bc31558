"""Follow a token: every stage of a real forward pass, from a row of the table to the words that may come next."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import minillm
from minillm.errors import ConfigError
from minillm.explorables.attention import packed
from minillm.explorables.base import Explorable
from minillm.explorables.weights_js import megabytes, shipped_name
from minillm.layers import Block
from minillm.models import GPT
from minillm.tokenizers import BPETokenizer, Tokenizer
from minillm.weights import Pretrained

WORDS_ON_THE_WAY = 3  # likeliest next tokens after each branch
WORDS_AT_THE_END = 8


def follow_a_token(
    model: str | Pretrained, sentences: str | Iterable[str] | Mapping[str, str], *, token: int | str = -1
) -> Explorable:
    """An explorable in which readers follow a token of a sentence through every stage of a forward pass.

    The numbers of the sentences given here are stored in the page: what each branch adds, from which the page computes
    the stream and its norms, and what the model would predict if it ended there. Sentences of the reader's own are
    computed in the page by the model itself: on the built site if it is one that ships, in a notebook always.

    Args:
        model: the name of a shipped model, or a model of your own; a GPT with norms before its branches.
        sentences: one or several; a mapping gives each a line below it, such as pinyin and a translation. A token
            takes about 10 KB of the page, so short ones.
        token: the token to follow at first, in the sentences that have it. A number counts as in Python (-1 is the
            last); a string is the text of a token, at its last place.

    Raises:
        ConfigError: there is no sentence or no such token, or the model is none that can be followed.
        UnknownCharacterError: the model's tokenizer does not know a character.
        PromptError: a sentence is longer than the model's context.
    """
    pretrained = minillm.load(model) if isinstance(model, str) else model
    if not (isinstance(pretrained.model, GPT) and pretrained.model.config.norm_first):
        raise ConfigError(f"a {type(pretrained.model).__name__} cannot be followed; take a GPT with norm_first = True")
    glosses = {sentences: ""} if isinstance(sentences, str) else sentences
    glosses = dict(glosses) if isinstance(glosses, Mapping) else dict.fromkeys(glosses, "")
    if not glosses or not all(glosses):
        raise ConfigError("sentences is empty; give at least one sentence of at least one character")
    texts = [_text(pretrained, text, gloss) for text, gloss in glosses.items()]
    places = [_place(token, text["tokens"]) for text in texts]
    if all(place is None for place in places):
        raise ConfigError(f"token = {token!r} stands in none of the sentences")
    config = pretrained.model.config
    data = {
        "model": shipped_name(pretrained),
        "megabytes": megabytes(pretrained),
        "layers": config.num_layers,
        "heads": config.num_heads,
        "vocabulary": config.vocab_size,
        "norm": config.norm,
        "eps": config.norm_eps,
        "norms": [_norm_weights(norm) for norm in _norms(pretrained.model)],
        "texts": [
            text | {"token": len(text["tokens"]) - 1 if place is None else place}
            for text, place in zip(texts, places, strict=True)
        ],
    }
    quoted = ", ".join(f"“{text}”" for text in glosses)
    alt = (
        f"One token of {quoted} at every stage of a forward pass through {config.num_layers} blocks: its vector, what "
        f"each attention and each MLP adds to it, and the likeliest next words if the model ended there."
    )
    return Explorable("follow-a-token", data, alt, tolerance=2e-3, pretrained=None if data["model"] else pretrained)


def _norms(model: GPT) -> list[nn.Module]:
    """Every norm on the way, in order: two in each block, and the last."""
    return [model.get_submodule(name) for name in _norm_names(model.config.num_layers)]


def _norm_names(num_layers: int) -> list[str]:
    return [*(f"blocks.{i}.{norm}" for i in range(num_layers) for norm in ("norm1", "norm2")), "final_norm"]


def _norm_weights(norm: nn.Module) -> dict:
    return {name: packed(parameter.detach()) for name, parameter in norm.named_parameters()}


@torch.no_grad()
def stages(model: GPT, token_ids: Int[Tensor, " time"]) -> dict[str, Tensor]:
    """What a forward pass of one text adds to the stream and what it adds it from, without the batch axis.

    "embedding" (time, d_model), and for each block i "i.query", "i.key", "i.value" (time, heads · d_k), "i.weights"
    (heads, time, time), "i.attention" (time, d_model), "i.mlp_hidden" (time, d_mlp) and "i.mlp" (time, d_model). The
    stream is the embedding and the sum of all "attention" and "mlp" so far.
    """
    found: dict[str, Tensor] = {}
    hooks = []
    for i, block in enumerate(model.blocks):
        assert isinstance(block, Block)
        hooks += [
            block.attention.register_forward_hook(_keeper(found, f"{i}.attention")),
            block.mlp.down.register_forward_pre_hook(_keeper(found, f"{i}.mlp_hidden")),
            block.mlp.register_forward_hook(_keeper(found, f"{i}.mlp")),
        ]
    record: dict[str, Tensor] = {}
    try:
        model.eval()(token_ids[None], record=record)
    finally:
        for hook in hooks:
            hook.remove()
    found["embedding"] = record["embedding"][0]
    for i in range(len(model.blocks)):
        found[f"{i}.weights"] = record[f"blocks.{i}.attention.weights"][0]
        for name in ("query", "key", "value"):
            found[f"{i}.{name}"] = record[f"blocks.{i}.attention.{name}"][0].transpose(0, 1).flatten(1)
    return found


def _keeper(found: dict[str, Tensor], name: str) -> Callable[..., None]:
    """A hook that keeps what a module gives, or, before it ran, what it gets."""

    def keep(module: nn.Module, inputs: tuple[Any, ...], output: Tensor | None = None) -> None:
        found[name] = (inputs[0] if output is None else output)[0]

    return keep


def streams(found: dict[str, Tensor]) -> Float[Tensor, "stages time d_model"]:
    """The stream after the embedding and after each branch: running sums of what `stages` found."""
    names = [name for name in found if name.endswith((".attention", ".mlp"))]
    names.sort(key=lambda name: (int(name.split(".")[0]), name))  # "attention" before "mlp"
    return torch.stack([found["embedding"], *(found[name] for name in names)]).cumsum(dim=0)


@torch.no_grad()
def _text(pretrained: Pretrained, text: str, gloss: str) -> dict:
    model, tokenizer = pretrained.model, pretrained.tokenizer
    assert isinstance(model, GPT)
    ids = [tokenizer.end_id, *tokenizer.encode(text)]
    found = stages(model, torch.tensor(ids))
    head = model.embedding.weight if model.head is None else model.head.weight
    logits = model.final_norm(streams(found)) @ head.T  # (stages, time, vocab_size)
    chances = logits.softmax(dim=-1)
    on_the_way = chances.topk(min(WORDS_ON_THE_WAY, chances.shape[-1]))
    at_the_end = chances[-1].topk(min(WORDS_AT_THE_END, chances.shape[-1])).indices
    return {
        "text": text,
        "gloss": gloss,
        "ids": ids,
        "tokens": ["", *tokenizer.decode_iterable(ids[1:])],
        "stored": {name: packed(tensor) for name, tensor in found.items()},
        "lens": [
            [_words(tokenizer, *row) for row in zip(*stage, strict=True)]
            for stage in zip(on_the_way.indices.tolist(), on_the_way.values.tolist(), strict=True)
        ],
        "end": [
            _words(tokenizer, row, chances[-1, t, row].tolist(), logits[-1, t, row].tolist())
            for t, row in enumerate(at_the_end.tolist())
        ],
    }


def _words(tokenizer: Tokenizer, ids: list[int], *numbers: list[float]) -> list[list]:
    """Each token's text, with its numbers in few digits."""
    return [
        [token_text(tokenizer, token), *(round(number, 4) for number in row)]
        for token, *row in zip(ids, *numbers, strict=True)
    ]


def token_text(tokenizer: Tokenizer, token: int) -> str:
    """The text of a token; bytes that are no whole character are written ‹E4 B8›, as the page writes them."""
    if not isinstance(tokenizer, BPETokenizer):
        return tokenizer.decode([token])
    raw = tokenizer.decode_bytes([token])
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"‹{raw.hex(' ').upper()}›"


def _place(token: int | str, tokens: list[str]) -> int | None:
    """The token to begin with, counted with the start mark, which is 0; None where it does not stand."""
    if isinstance(token, int):
        return range(1, len(tokens))[token] if -len(tokens) < token < len(tokens) - 1 else None
    found = [place for place, text in enumerate(tokens) if place and text == token]
    return found[-1] if found else None
