"""Configurations and weights from one naming to the other, both ways, by the rows of `FAMILIES`."""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from minillm.errors import CheckpointError, ConfigError
from minillm.hub.families import FAMILIES, SYNONYMS
from minillm.hub.family import REQUIRED, Family


def family_of(config: Any) -> tuple[str, Family]:
    """The class of transformers that computes the same as a model of this configuration.

    Raises:
        CheckpointError: there is none; says which fields would have to be what.
    """
    complaints = []
    for architecture, family in FAMILIES.items():
        if type(config) is family.config:
            if not (wrong := _differences(config, family)):
                return architecture, family
            complaints.append(f"{architecture} needs {', '.join(wrong)}")
    reasons = "; ".join(complaints) or f"there is none for {type(config).__name__}"
    raise CheckpointError(f"transformers has no class that computes what this model does: {reasons}")


def _differences(config: Any, family: Family) -> list[str]:
    have = _plain(config)
    wrong = [f"{name} = {want!r}, not {have[name]!r}" for name, want in family.ours.items() if have[name] != want]
    for name, names in family.values.items():
        if have[name] not in names:
            wrong.append(f"{name} one of {sorted(names)}, not {have[name]!r}")
    return wrong


def _plain(config: Any) -> dict[str, Any]:
    """The fields of a configuration, each meaning said in one way."""
    plain = asdict(config)
    plain["d_mlp"] = config.d_mlp or config.mlp_ratio * config.d_model
    plain["num_kv_heads"] = None if config.num_kv_heads == config.num_heads else config.num_kv_heads
    return plain


def to_their_config(config: Any, architecture: str, family: Family) -> dict[str, Any]:
    """What config.json says about a model of this configuration."""
    plain, flat = _plain(config), dict(family.theirs)
    plain["num_kv_heads"] = config.num_kv_heads or config.num_heads
    for name, (theirs, _) in family.fields.items():
        flat[theirs] = family.values.get(name, {}).get(plain[name], plain[name])
    flat |= {theirs: value(config) for theirs, value in family.told.items()}
    if family.head_dim:
        flat[family.head_dim] = config.d_model // config.num_heads
    return _nested({"architectures": [architecture], "model_type": family.model_type, **flat})


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted names as dictionaries, beside what other versions of transformers call the same."""
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        outer, _, inner = name.rpartition(".")
        (nested.setdefault(outer, {}) if outer else nested)[inner] = value
    if "rope_parameters" in nested:
        nested["rope_theta"] = nested["rope_parameters"]["rope_theta"]  # before transformers 5
    if "num_labels" in nested:
        labels = [f"LABEL_{label}" for label in range(nested.pop("num_labels"))]
        nested["id2label"] = {str(i): label for i, label in enumerate(labels)}
        nested["label2id"] = {label: i for i, label in enumerate(labels)}
    return nested


def from_their_config(description: Mapping[str, Any], architecture: str | None, where: str) -> tuple[Any, Family]:
    """The configuration that a config.json means, and the row it was read by.

    Raises:
        CheckpointError: it is of another class, a field is missing, or one has a value that is not supported here.
    """
    names = [architecture] if architecture else list(description.get("architectures") or [None])
    if names[0] not in FAMILIES:
        raise CheckpointError(f"{where}: architectures = {names[0]!r} is not supported; only {sorted(FAMILIES)} are")
    family, flat = FAMILIES[names[0]], _flat(description)
    for name, want in {**family.theirs, "quantization_config": None}.items():
        if flat.get(name, want) != want:
            raise CheckpointError(f"{where}: {name} = {flat[name]!r} is not supported; only {want!r} is")
    settings = dict(family.ours)
    for name, (theirs, default) in family.fields.items():
        value = flat.get(theirs, default)
        if value is REQUIRED:
            raise CheckpointError(f"{where} has no {theirs}; it does not describe a {names[0]}")
        known = {there: here for here, there in family.values.get(name, {}).items()}
        value = SYNONYMS.get(value, value) if known else value
        if known and value not in known:
            raise CheckpointError(f"{where}: {theirs} = {value!r} is not supported; only {sorted(known)} are")
        settings[name] = known.get(value, value)
    try:
        config = family.config(**settings)
    except (ConfigError, TypeError) as error:
        raise CheckpointError(f"{where} describes a model that cannot be built: {error}") from error
    d_k = config.d_model // config.num_heads
    if family.head_dim and flat.get(family.head_dim) not in (None, d_k):
        raise CheckpointError(
            f"{where}: {family.head_dim} = {flat[family.head_dim]} is not supported; only the width divided by the "
            f"number of heads, {d_k}, is"
        )
    return config, family


def _flat(description: Mapping[str, Any]) -> dict[str, Any]:
    """Nested fields with dots, and the names of other versions as those of this one."""
    flat = dict(description)
    rope = dict(flat.pop("rope_parameters", None) or {})
    scaling = flat.pop("rope_scaling", None) or {}
    if "rope_theta" in flat:
        rope.setdefault("rope_theta", flat["rope_theta"])
    if scaling:
        rope.setdefault("rope_type", scaling.get("rope_type", scaling.get("type")))
    if flat.get("id2label"):
        flat["num_labels"] = len(flat["id2label"])
    return flat | {f"rope_parameters.{name}": value for name, value in rope.items()}


def _their_names(family: Family, name: str) -> list[str]:
    """The names there of a tensor here; several are stacked here, in this order."""
    module, _, parameter = name.rpartition(".")
    number = re.search(r"blocks\.(\d+)\.", module)
    pattern = re.sub(r"blocks\.\d+\.", "blocks.{i}.", module)
    if pattern in family.heads:
        return [f"{family.heads[pattern]}.{parameter}"]
    targets = family.modules[pattern]
    targets = (targets,) if isinstance(targets, str) else targets
    return [f"{family.prefix}{target.format(i=number and number[1])}.{parameter}" for target in targets]


def _turned(family: Family, name: str, tensor: Tensor) -> Tensor:
    return tensor.T if tensor.ndim == 2 and name.split(".")[-2] in family.transposed else tensor


def _scale(config: Any, family: Family, name: str) -> float:
    """By what a tensor is multiplied here, given its name there."""
    module = name.rpartition(".")[0]
    return next((scale(config) for pattern, scale in family.scaled.items() if re.fullmatch(pattern, module)), 1.0)


def to_their_weights(config: Any, family: Family, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a model here by their names there; tied weights once."""
    d_k = config.d_model // config.num_heads
    heads = [config.num_heads, config.num_kv_heads or config.num_heads, config.num_kv_heads or config.num_heads]
    theirs: dict[str, Tensor] = {}
    for name, tensor in state.items():
        names = _their_names(family, name)
        parts = [tensor] if len(names) == 1 else tensor.split([count * d_k for count in heads])
        for there, part in zip(names, parts, strict=True):
            theirs[there] = _turned(family, there, part) / _scale(config, family, there)
    return {name: tensor.contiguous() for name, tensor in theirs.items()}


def from_their_weights(
    config: Any, family: Family, expected: Mapping[str, Tensor], theirs: Mapping[str, Tensor], where: str
) -> dict[str, Tensor]:
    """The tensors of a model here from those there; expected is the model's own state.

    The base model's prefix may be missing, and the norms of BERT may be called by their old names.

    Raises:
        CheckpointError: a tensor is missing or has another shape, or there is one that belongs nowhere.
    """
    left = {re.sub(r"(?<=LayerNorm\.)gamma$", "weight", name): tensor for name, tensor in theirs.items()}
    left = {re.sub(r"(?<=LayerNorm\.)beta$", "bias", name): tensor for name, tensor in left.items()}
    ours = {}
    for name, own in expected.items():
        parts = []
        for there in _their_names(family, name):
            found = there if there in left else there.removeprefix(family.prefix)
            if found not in left:
                raise CheckpointError(f"{where} has no tensor {there}; it is not a whole model of this kind")
            parts.append(_turned(family, there, left.pop(found)) * _scale(config, family, there))
        if sum(len(part) for part in parts) != len(own) or any(part.shape[1:] != own.shape[1:] for part in parts):
            raise CheckpointError(
                f"{where}: {there} has shape {tuple(parts[-1].shape)}, which does not fit {name} of shape "
                f"{tuple(own.shape)}; its config.json belongs to other weights"
            )
        ours[name] = torch.cat(parts)
    if foreign := sorted(name for name in left if not re.fullmatch(family.unused, name)):
        raise CheckpointError(f"{where} holds {foreign[0]}, which has no place in this model; its class is another")
    return ours
