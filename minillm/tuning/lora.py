"""LoRA: tune a model by adding to some of its matrices a product of two thin ones.

Hu et al. (2021), "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from minillm.batches import generator_of
from minillm.errors import CheckpointError, ConfigError
from minillm.models import Model
from minillm.training.folders import atomic_folder, load_tensors, save_tensors, verify_folder


@dataclass(frozen=True)
class LoRAConfig:
    """How much may change and where: ``targets`` are names of linear layers, the last part of each.

    Raises:
        ConfigError: the rank is below 1, alpha is not above 0, or there is no target.
    """

    rank: int = 8
    alpha: float = 16.0
    targets: tuple[str, ...] = ("qkv", "output", "up", "down")

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ConfigError(f"rank = {self.rank} must be at least 1")
        if not 0 < self.alpha < math.inf:
            raise ConfigError(f"alpha = {self.alpha} must be a number above 0; twice the rank is usual")
        if not self.targets:
            raise ConfigError("targets is empty; name at least one kind of linear layer, such as 'qkv'")

    @property
    def scale(self) -> float:
        """alpha / rank."""
        return self.alpha / self.rank


class LoRALinear(nn.Module):
    """A linear layer that stays as it is, and a way around it: x W^T + b + (α/r) (x A^T) B^T.

    W is (out, in) as torch stores it, A is (r, in), B is (out, r). A begins random and B zero, so that at first
    nothing is added. Hu et al. (2021), equation 3.
    """

    def __init__(self, base: nn.Linear, rank: int, scale: float, generator: torch.Generator | None = None) -> None:
        super().__init__()
        if rank > min(base.weight.shape):
            raise ConfigError(
                f"rank = {rank} is more than a matrix of {tuple(base.weight.shape)} can have; "
                f"choose at most {min(base.weight.shape)}"
            )
        self.base, self.scale = base, scale
        noise = torch.randn(rank, base.in_features, generator=generator) / math.sqrt(base.in_features)
        self.A = nn.Parameter(noise.to(base.weight))
        self.B = nn.Parameter(base.weight.new_zeros(base.out_features, rank))

    def forward(self, x: Float[Tensor, "*batch in"]) -> Float[Tensor, "*batch out"]:
        return self.base(x) + self.scale * ((x @ self.A.mT) @ self.B.mT)

    @property
    def weight(self) -> Float[Tensor, "out in"]:
        """W + (α/r) B A, for code that asks a layer for its matrix."""
        return self.base.weight + self.scale * self.B @ self.A

    @property
    def bias(self) -> Float[Tensor, " out"] | None:
        """b."""
        return self.base.bias

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """An ordinary layer that computes the same. The sum is formed in double precision and rounded once."""
        product = self.B.double() @ self.A.double()
        self.base.weight.copy_(self.base.weight.double() + self.scale * product)
        return self.base


def inject(model: Model, config: LoRAConfig, seed: int = 0) -> Model:
    """Freeze a model and put a `LoRALinear` in place of each target, which alone will learn. Returns the model.

    The function that the model computes is the same as before.

    Raises:
        ConfigError: a target names no linear layer, the rank is too high for one, or there is an adapter already.
    """
    if any(True for _ in _adapted(model)):
        raise ConfigError("the model has an adapter already; merge or remove it first")
    found = {
        name: layer
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) and name.rpartition(".")[2] in config.targets
    }
    for target in config.targets:
        if not any(name.rpartition(".")[2] == target for name in found):
            linear = {n.rpartition(".")[2] for n, layer in model.named_modules() if isinstance(layer, nn.Linear)}
            raise ConfigError(f"no linear layer is called {target!r}; choose from {sorted(linear)}")
    layers = {  # all are made before the first is put in, so that an error leaves the model whole
        name: LoRALinear(layer, config.rank, config.scale, generator_of(seed, name)) for name, layer in found.items()
    }
    model.requires_grad_(False)
    for name, layer in layers.items():
        _replace(model, name, layer.train(model.training))
    return model


def merge(model: Model) -> Model:
    """Put W + (α/r) B A in place of each adapted layer: the same function at the old cost. Returns the model."""
    return _each(model, LoRALinear.merged)


def remove(model: Model) -> Model:
    """Take the adapter out; what is left is the base, bit for bit. Returns the model."""
    return _each(model, lambda layer: layer.base)


def trainable_parameters(model: nn.Module) -> int:
    """How many numbers training would change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def adapter_state(model: nn.Module) -> dict[str, Tensor]:
    """A and B of every adapted layer, by name."""
    return {f"{name}.{part}": getattr(layer, part) for name, layer in _adapted(model) for part in ("A", "B")}


def weights_digest(model: nn.Module) -> str:
    """SHA-256 over the names, shapes and values of a model's weights, those of an adapter left out."""
    digest = hashlib.sha256()
    adapters = set(adapter_state(model))
    for name, tensor in sorted(model.state_dict().items(), key=lambda item: item[0].replace(".base.", ".")):
        if name not in adapters:
            values = tensor.detach().cpu().contiguous()
            digest.update(f"{name.replace('.base.', '.')} {tuple(values.shape)} {values.dtype}".encode())
            digest.update(values.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def save_adapter(path: str | Path, model: Model, config: LoRAConfig, card: Mapping[str, Any] | None = None) -> Path:
    """Write the adapter alone, with its settings and the digest of the weights that it belongs to.

    A card says how it was made and what it scores; it stands in the settings.

    Raises:
        ConfigError: the model has no adapter, or one of other settings.
        CheckpointError: the folder cannot be written.
    """
    state = adapter_state(model)
    ranks = {tensor.shape[0] for name, tensor in state.items() if name.endswith(".A")}
    names = {name.split(".")[-2] for name in state}
    scales = {layer.scale for _, layer in _adapted(model)}
    if (ranks, names, scales) != ({config.rank}, set(config.targets), {config.scale}):
        raise ConfigError(f"the model's adapter is not that of {config}; inject it first, and save it with the same")
    with atomic_folder(path) as folder:
        save_tensors(folder / "adapter.safetensors", state)
        settings = {"lora": asdict(config), "base_digest": weights_digest(model)} | ({"card": card} if card else {})
        (folder / "config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return Path(path)


def load_adapter(path: str | Path, model: Model) -> Model:
    """Inject a saved adapter into the base that it was trained on. Returns the model.

    Raises:
        CheckpointError: the folder is damaged, or the model has other weights than the adapter's base.
        ConfigError: the model has an adapter already.
    """
    path = verify_folder(path, ["adapter.safetensors", "config.json"])
    settings = json.loads((path / "config.json").read_text(encoding="utf-8"))
    own = weights_digest(model)
    if settings["base_digest"] != own:
        raise CheckpointError(
            f"{path} belongs to a base whose weights have the digest {settings['base_digest'][:12]}…, but those of "
            f"this model have {own[:12]}…; load the base that it was trained on"
        )
    lora = settings["lora"]
    state = load_tensors(path / "adapter.safetensors")
    inject(model, LoRAConfig(lora["rank"], lora["alpha"], tuple(lora["targets"])))
    expected = adapter_state(model)
    if {n: t.shape for n, t in state.items()} != {n: t.shape for n, t in expected.items()}:
        remove(model)
        raise CheckpointError(f"{path} holds other matrices than its config.json says; save it again")
    with torch.no_grad():
        for name, tensor in expected.items():
            tensor.copy_(state[name])
    return model


def _adapted(model: nn.Module) -> Iterator[tuple[str, LoRALinear]]:
    return ((name, layer) for name, layer in model.named_modules() if isinstance(layer, LoRALinear))


def _each(model: Model, plain: Callable[[LoRALinear], nn.Linear]) -> Model:
    adapted = list(_adapted(model))
    if not adapted:
        raise ConfigError("the model has no adapter; inject one first")
    for name, layer in adapted:
        _replace(model, name, plain(layer))
    return model.requires_grad_(True)


def _replace(model: nn.Module, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(model.get_submodule(parent), last, layer)
