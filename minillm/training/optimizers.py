"""How gradients become steps, fast: torch's own fused optimizers, and Muon. To be read: `minillm.training.rules`.

Each row of `OPTIMIZERS` makes an optimizer for a model from the settings of a run. Matrices decay; biases and norms do
not.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim.adamw import adamw

from minillm.training.workers import part, whole

if TYPE_CHECKING:
    from minillm.training.config import TrainConfig

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients that pull singular values from anywhere in (0, 1] to near 1 in few steps. Jordan et al. (2024)."""


def orthogonalize(
    matrices: Float[Tensor, "*batch rows columns"],
    polynomials: Sequence[tuple[float, float, float]] = (NEWTON_SCHULZ,) * 5,
) -> Float[Tensor, "*batch rows columns"]:
    """U V^T, approximately, for each matrix U S V^T: all singular values become about 1, between 0.7 and 1.2.

    Newton-Schulz: with X = M / ‖M‖, for each polynomial X ← a X + (b A + c A²) X with A = X X^T. No decomposition is
    needed. Source: Jordan et al. (2024), "Muon: An optimizer for hidden layers in neural networks".
    """
    x = matrices.reshape(-1, *matrices.shape[-2:])
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for a, b, c in polynomials:
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).reshape(matrices.shape)


class Muon(torch.optim.Optimizer):
    """Muon for the hidden matrices of a model, AdamW for embeddings, heads, norms and biases.

    For a matrix W with gradient G: B ← μ B + (1 − μ) G;  W ← W (1 − η λ) − η √max(1, rows/columns) · UV^T of
    ((1 − μ) G + μ B). Every direction of the step has the same size, however rare its gradient. Matrices of the same
    shape are orthogonalized together; one that holds queries, keys and values is taken as the three that it is made of.
    Weights of embeddings, norms and biases are not decayed.

    Source: Jordan et al. (2024), as `orthogonalize`; for the rest Loshchilov and Hutter (2019).
    """

    def __init__(
        self,
        model: nn.Module,
        learning_rate: float,
        adamw_learning_rate: float,
        weight_decay: float = 0.0,
        betas: tuple[float, float] = (0.9, 0.95),
        momentum: float = 0.95,
        polynomials: Sequence[tuple[float, float, float]] = (NEWTON_SCHULZ,) * 5,
    ) -> None:
        hidden = {
            parameter: 3 if name.endswith("qkv.weight") and parameter.shape[0] == 3 * parameter.shape[1] else 1
            for name, parameter in model.named_parameters()
            if parameter.ndim == 2 and "blocks." in name and parameter.requires_grad
        }
        rest = [parameter for parameter in model.parameters() if parameter.requires_grad and parameter not in hidden]
        matrices = [[p for p, parts in hidden.items() if parts == count] for count in (1, 3)]
        groups: list[dict] = [
            {"params": params, "lr": learning_rate, "muon": True, "parts": parts, "weight_decay": weight_decay}
            for params, parts in zip(matrices, (1, 3), strict=True)
            if params
        ]
        groups.append({"params": rest, "lr": adamw_learning_rate, "muon": False, "weight_decay": 0.0})
        super().__init__(groups, {"momentum": momentum, "betas": betas})
        self.polynomials = polynomials

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            params = [parameter for parameter in group["params"] if parameter.grad is not None]
            if group["muon"]:
                self._step_matrices(group, params)
            else:
                self._step_rest(group, params)

    def _step_matrices(self, group: dict, params: list[Tensor]) -> None:
        momentum, shapes = group["momentum"], dict[torch.Size, list[Tensor]]()
        for parameter in params:
            shapes.setdefault(parameter.shape, []).append(parameter)
        for (rows, columns), same in shapes.items():
            ahead = []
            for parameter in same:
                assert parameter.grad is not None
                buffer = self._buffer(parameter).lerp_(parameter.grad, 1 - momentum)
                ahead.append(parameter.grad.lerp(buffer, momentum))
            gradients = whole(torch.stack(ahead))  # a part of a matrix cannot be orthogonalized
            parts = gradients.unflatten(1, (group["parts"], rows // group["parts"]))
            steps = orthogonalize(parts, self.polynomials).flatten(1, 2)
            scale = max(1.0, rows / group["parts"] / columns) ** 0.5
            for parameter, step in zip(same, steps, strict=True):
                if group["weight_decay"]:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.sub_(part(step, like=parameter), alpha=group["lr"] * scale)

    def _buffer(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        return state["momentum"]

    def _step_rest(self, group: dict, params: list[Tensor]) -> None:
        for parameter in params:  # the state has the names that torch's own AdamW gives it
            if not self.state[parameter]:
                zeros = torch.zeros_like(parameter)
                step = torch.zeros((), device=parameter.device)
                self.state[parameter] |= {"step": step, "exp_avg": zeros, "exp_avg_sq": zeros.clone()}
        states = [self.state[parameter] for parameter in params]
        beta1, beta2 = group["betas"]
        adamw(
            params,
            [parameter.grad for parameter in params if parameter.grad is not None],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=1e-8,
            maximize=False,
        )


def _groups(model: nn.Module, weight_decay: float) -> list[dict]:
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim >= 2], "weight_decay": weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]


def _sgd(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    return torch.optim.SGD(_groups(model, config.weight_decay), lr=config.learning_rate)


def _momentum(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    return torch.optim.SGD(_groups(model, config.weight_decay), lr=config.learning_rate, momentum=config.beta1)


def _adam(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    betas = (config.beta1, config.beta2)
    return torch.optim.Adam(_groups(model, config.weight_decay), lr=config.learning_rate, betas=betas, fused=True)


def _adamw(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    betas = (config.beta1, config.beta2)
    return torch.optim.AdamW(_groups(model, config.weight_decay), lr=config.learning_rate, betas=betas, fused=True)


def _muon(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    betas = (config.beta1, config.beta2)
    rate = config.muon_learning_rate or MUON_LEARNING_RATE
    return Muon(model, rate, config.learning_rate, config.weight_decay, betas)


OPTIMIZERS: dict[str, Callable[[nn.Module, "TrainConfig"], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "adam": _adam,
    "adamw": _adamw,
    "muon": _muon,
}
"""Optimizers by name, as recipes ask for them.

``sgd`` and ``momentum`` (with β = beta1) are classical and decay by adding λ w to the gradient, as does ``adam``;
``adamw`` decays apart from the gradient; ``muon`` is `Muon`.
"""

MUON_LEARNING_RATE = 0.02
"""Of the hidden matrices, where a recipe asks for ``muon`` and names no rate. Jordan et al. (2024)."""


def optimizer_for(model: nn.Module, config: "TrainConfig") -> torch.optim.Optimizer:
    """The optimizer that a run asks for by name; without a name `Muon` if it has a rate for it, else AdamW.

    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", algorithm 2.
    """
    return OPTIMIZERS[optimizer_name(config.optimizer, config.muon_learning_rate)](model, config)


def optimizer_name(optimizer: str, muon_learning_rate: float) -> str:
    """The row of `OPTIMIZERS` that these two settings of a run mean."""
    return optimizer or ("muon" if muon_learning_rate else "adamw")
