"""What a row of `FAMILIES` says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED = object()
"""In place of a default: the field must be there."""


@dataclass(frozen=True)
class Family:
    """How a class of transformers and a configuration here say the same.

    ``fields`` maps a field here to the field there and what it means if that is missing, ``values`` the values of a
    field where they have other names. ``ours`` and ``theirs`` are what every other field must be to be exchangeable,
    ``free`` fields here change no result. ``modules`` maps modules here to modules there, several where their weights
    are stacked here; ``prefix`` stands before those of the base model (not those in ``heads``). ``transposed`` modules
    keep their matrices the other way round, weights of ``scaled`` modules are multiplied here. ``unused`` is a pattern
    of tensors that are copies or of no use here, ``head_dim`` the field there that must be d_model / num_heads.
    ``told`` are fields there that only training needs, which is never the same: written, and not asked for when read.
    """

    config: type
    model_type: str
    fields: Mapping[str, tuple[str, Any]]
    ours: Mapping[str, Any]
    theirs: Mapping[str, Any]
    modules: Mapping[str, str | tuple[str, ...]]
    free: tuple[str, ...] = ("mlp_ratio",)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    transposed: tuple[str, ...] = ()
    scaled: Mapping[str, Callable[[Any], float]] = field(default_factory=dict)
    head_dim: str | None = None
    unused: str = r"lm_head\.weight"
    told: Mapping[str, Callable[[Any], float]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
