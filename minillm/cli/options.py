"""Options from dataclasses: every field of a recipe, with what it means and what it may be."""

import dataclasses
import inspect
import re
from collections.abc import Collection
from typing import Annotated, Any, Literal, get_type_hints

import tyro

from minillm.initialization import INITIALIZATIONS
from minillm.layers import MLPS, NORMS
from minillm.models.recurrent import CELLS
from minillm.positions import POSITIONS
from minillm.recipes import TOKENIZERS
from minillm.recipes.tasks import TASKS
from minillm.town import LANGUAGES
from minillm.training.optimizers import OPTIMIZERS
from minillm.training.precision import PRECISIONS
from minillm.training.schedule import SCHEDULES

HELP = {
    # a recipe
    "name": "what the model is called; checkpoints go to runs/NAME",
    "seed": "all random numbers come from it: the same seed gives the same model",
    "batch_size": "how many windows of text a step reads",
    "window": "how many tokens a window has",
    "tokenizer": "what a token is",
    "anywhere": "windows begin at any token, not only where a story begins",
    "initialization": "scheme of the first weights of a transformer; '' keeps the weights as they were built",
    "objective": "what the model learns to do",
    "mask_rate": "share of tokens that a masked model is asked for",
    # its text
    "languages": "which languages the stories are told in",
    "train_stories": "how many stories of each language to learn from",
    "valid_stories": "how many held-out stories of each language to measure on",
    "ngram_order": "order of the n-gram model that the card compares with",
    "ngram_stories": "how many stories of each language that n-gram model counts",
    "first_plots": "names of plots of the town that training begins with, for first_steps steps",
    "first_steps": "how many steps training stays with first_plots",
    "longest_passage": "tokens of the longest passage that is translated",
    # its model
    "context_length": "the longest text, in tokens, that the model reads",
    "d_model": "numbers in the vector of a token",
    "num_layers": "blocks",
    "num_heads": "attention heads of a block; must divide d_model",
    "mlp_ratio": "width of the feed-forward network as a multiple of d_model",
    "dropout": "share of values that is set to zero in training",
    "positions": "how the model knows where a token stands",
    "tie_weights": "read the logits with the embedding instead of a head of its own",
    "rotary_base": "the base of rotary positions",
    "num_kv_heads": "heads of keys and values; None: as many as num_heads",
    "d_mlp": "width of the feed-forward network; None: mlp_ratio times d_model",
    "norm": "kind of normalization",
    "norm_eps": "what a norm adds before it takes the root",
    "norm_first": "normalize before each branch (pre-norm) or after it (post-norm)",
    "mlp": "activation of the feed-forward network",
    "bias": "whether linear layers add a bias",
    "qk_norm": "normalize queries and keys",
    "window_model": "how far attention reaches back, in tokens; None: over the whole context",
    "num_token_types": "kinds of token, such as first and second sentence",
    "masked_lm": "whether the model has a head that fills in masked tokens",
    "num_classes": "classes of a text; 0: none",
    "num_decoder_layers": "blocks of the decoder; None: as many as num_layers",
    "hidden_size": "numbers in the state of a layer",
    "cell": "what a layer computes at each token",
    "order": "how many tokens an n-gram has at most",
    "min_gain": "an n-gram is kept if it is worth this many nats",
    # its training
    "steps": "how many steps to train",
    "learning_rate": "the highest one, of AdamW",
    "warmup_steps": "steps in which the learning rate rises from zero",
    "schedule": "how the learning rate goes on after the warm-up",
    "optimizer": "what turns gradients into steps; '': muon if it has a learning rate, else adamw",
    "weight_decay": "how strongly matrices are pulled toward zero",
    "beta1": "memory of the mean of gradients",
    "beta2": "memory of the mean of squared gradients",
    "clip_norm": "gradients that are longer are cut to this length",
    "evaluate_every": "steps between two measurements on held-out stories",
}
"""What a field means, where the class that has it does not say so itself."""

CHOICES: dict[str, Collection[str]] = {
    "positions": POSITIONS,
    "norm": NORMS,
    "mlp": MLPS,
    "cell": CELLS,
    "tokenizer": TOKENIZERS,
    "initialization": ("", *INITIALIZATIONS),
    "languages": LANGUAGES,
    "objective": TASKS,
    "schedule": SCHEDULES,
    "optimizer": ("", *OPTIMIZERS),
    "precision": PRECISIONS,
}
"""What a field may be, for those that name one row of a registry."""

HIDDEN = {"vocab_size", "entries", "end_id"}
"""Fields of a model that its tokenizer and its text decide."""


def options(config: Any, prefix: str = "", leave_out: Collection[str] = ()) -> list[tuple[str, Any, Any]]:
    """The fields of a configuration as options with a help text and their choices; its values are the defaults.

    Args:
        config: an instance of a dataclass.
        prefix: "model" for a model, whose ``window`` is another than a recipe's.
        leave_out: fields that become no options.
    """
    hints = get_type_hints(type(config), include_extras=True)
    return [
        (field.name, _annotated(type(config), field.name, hints[field.name], prefix), dataclasses.field(default=value))
        for field in dataclasses.fields(config)
        if field.name not in leave_out
        for value in [getattr(config, field.name)]
    ]


def optional(config: Any, prefix: str = "") -> type:
    """A subclass of the class of a configuration with these `options`, so that what it refuses is refused here too."""
    made = dataclasses.make_dataclass(
        type(config).__name__, options(config, prefix), bases=(type(config),), frozen=True
    )
    made.__doc__ = ""
    return made


def plain(config: Any, original: type) -> Any:
    """What was parsed into a class that `optional` made, as the class that it was made from."""
    return original(**{field.name: getattr(config, field.name) for field in dataclasses.fields(original)})


def _annotated(owner: type, name: str, kind: Any, prefix: str) -> Any:
    if name in HIDDEN:
        return Annotated[kind, tyro.conf.Suppress]
    if name in CHOICES:
        one: Any = Literal[tuple(CHOICES[name])]
        kind = tuple[one, ...] if name == "languages" else one
    text = HELP.get(f"{name}_{prefix}", HELP.get(name)) or _comment(owner, name)
    return Annotated[kind, tyro.conf.arg(help=text)]


def _comment(owner: type, name: str) -> str:
    """The comment beside a field, where the class has one."""
    for base in owner.__mro__[:-1]:
        found = re.search(rf"^    {name}: [^#\n]*# *(.+)$", inspect.getsource(base), re.MULTILINE)
        if found:
            return found[1]
    return ""
