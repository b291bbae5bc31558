"""The parts that a transformer repeats: norms, feed-forward networks and the block.

A norm or a feed-forward network is one small class or function and one row in `NORMS` or `MLPS`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from minillm.attention import KVCache, MultiHeadAttention, check_heads
from minillm.errors import ConfigError
from minillm.positions import POSITIONS, Positions


def layer_norm(
    x: Float[Tensor, "*batch d_model"],
    weight: Float[Tensor, " d_model"],
    bias: Float[Tensor, " d_model"] | None = None,
    eps: float = 1e-5,
) -> Float[Tensor, "*batch d_model"]:
    """(x − mean(x)) / √(var(x) + ε) · weight + bias, over the last dimension. Ba et al. (2016), equation 4."""
    centered = x - x.mean(dim=-1, keepdim=True)
    normalized = centered / torch.sqrt(centered.square().mean(dim=-1, keepdim=True) + eps)
    return normalized * weight if bias is None else normalized * weight + bias


def rms_norm(
    x: Float[Tensor, "*batch d_model"], weight: Float[Tensor, " d_model"], eps: float = 1e-5
) -> Float[Tensor, "*batch d_model"]:
    """x / √(mean(x²) + ε) · weight, over the last dimension. Zhang and Sennrich (2019), equation 4."""
    return x / torch.sqrt(x.square().mean(dim=-1, keepdim=True) + eps) * weight


NORMS: dict[str, Callable[[int, float, bool], nn.Module]] = {
    "layer": lambda d_model, eps, bias: nn.LayerNorm(d_model, eps=eps, bias=bias),
    "rms": lambda d_model, eps, bias: nn.RMSNorm(d_model, eps=eps),
}
"""Norms by name: torch's modules, which compute `layer_norm` and `rms_norm`."""


class MLP(nn.Module):
    """The feed-forward network, applied to each position alone: f(x W_up + b_up) W_down + b_down.

    Vaswani et al. (2017), section 3.3.
    """

    def __init__(
        self,
        d_model: int,
        d_mlp: int,
        dropout: float = 0.0,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] = F.gelu,
    ) -> None:
        super().__init__()
        self.up = nn.Linear(d_model, d_mlp, bias=bias)
        self.down = nn.Linear(d_mlp, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)
        self.activation = activation

    def forward(self, x: Float[Tensor, "batch time d_model"]) -> Float[Tensor, "batch time d_model"]:
        return self.dropout(self.down(self.activation(self.up(x))))


class GatedMLP(MLP):
    """The feed-forward network with a gate: (f(x W_gate + b_gate) · (x W_up + b_up)) W_down + b_down.

    With f = SiLU this is SwiGLU. Shazeer (2020), "GLU Variants Improve Transformer", equation 6.
    """

    def __init__(
        self,
        d_model: int,
        d_mlp: int,
        dropout: float = 0.0,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] = F.silu,
    ) -> None:
        super().__init__(d_model, d_mlp, dropout, bias, activation)
        self.gate = nn.Linear(d_model, d_mlp, bias=bias)

    def forward(self, x: Float[Tensor, "batch time d_model"]) -> Float[Tensor, "batch time d_model"]:
        return self.dropout(self.down(self.activation(self.gate(x)) * self.up(x)))


def gelu_tanh(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """GELU as GPT-2 computes it: x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))). Hendrycks and Gimpel (2016), section 2."""
    return F.gelu(x, approximate="tanh")


def relu_squared(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """max(x, 0)². So et al. (2021), "Primer", section 3.2."""
    return F.relu(x).square()


MLPS: dict[str, tuple[type[MLP], Callable[[Tensor], Tensor]]] = {
    "gelu": (MLP, F.gelu),  # Hendrycks and Gimpel (2016), x Φ(x)
    "gelu-tanh": (MLP, gelu_tanh),
    "relu": (MLP, F.relu),
    "relu2": (MLP, relu_squared),
    "swiglu": (GatedMLP, F.silu),
}
"""Feed-forward networks by name: the class and its activation function."""


@dataclass(frozen=True)
class TransformerConfig:
    """The shape of a transformer, whatever it is built into. Raises `ConfigError` for a shape that cannot be built.

    ``num_kv_heads`` None means as many as num_heads; ``d_mlp`` None means mlp_ratio · d_model; ``window`` None means
    that attention reaches as far as the context. ``norm_first`` chooses pre-norm or post-norm.
    """

    vocab_size: int
    context_length: int = 512
    d_model: int = 128
    num_layers: int = 4
    num_heads: int = 4
    mlp_ratio: int = 4
    dropout: float = 0.0
    positions: str = "rotary"
    tie_weights: bool = True
    rotary_base: float = 10000.0
    num_kv_heads: int | None = None
    d_mlp: int | None = None
    norm: str = "layer"
    norm_eps: float = 1e-5
    norm_first: bool = True
    mlp: str = "gelu"
    bias: bool = True
    qk_norm: bool = False
    window: int | None = None

    def __post_init__(self) -> None:
        whole = ["vocab_size", "context_length", "d_model", "num_layers", "num_heads", "mlp_ratio"]
        whole += [name for name in ("num_kv_heads", "d_mlp", "window") if getattr(self, name) is not None]
        for name in whole:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ConfigError(f"{name} = {value!r} must be a whole number of at least 1")
        check_heads(self.d_model, self.num_heads, self.num_kv_heads)
        if not 0 <= self.dropout < 1:
            raise ConfigError(f"dropout = {self.dropout} must be at least 0 and below 1; it is a probability")
        for name, registry in (("positions", POSITIONS), ("norm", NORMS), ("mlp", MLPS)):
            if getattr(self, name) not in registry:
                raise ConfigError(f"{name} = {getattr(self, name)!r} is not known; choose one of {sorted(registry)}")
        POSITIONS[self.positions].check(self.d_model, self.num_heads)
        if not 0 < self.rotary_base < math.inf:
            raise ConfigError(f"rotary_base = {self.rotary_base} must be above 0; 10000 is usual")
        if not 0 < self.norm_eps < math.inf:
            raise ConfigError(f"norm_eps = {self.norm_eps} must be above 0; 1e-5 is usual")

    def make_norm(self) -> nn.Module:
        """A norm of this shape."""
        return NORMS[self.norm](self.d_model, self.norm_eps, self.bias)

    def make_mlp(self) -> MLP:
        """A feed-forward network of this shape."""
        mlp, activation = MLPS[self.mlp]
        return mlp(self.d_model, self.d_mlp or self.mlp_ratio * self.d_model, self.dropout, self.bias, activation)

    def make_attention(self, causal: bool = False, window: int | None = None) -> MultiHeadAttention:
        """An attention layer of this shape."""
        return MultiHeadAttention(
            self.d_model,
            self.num_heads,
            self.num_kv_heads,
            causal=causal,
            window=window,
            bias=self.bias,
            qk_norm=self.qk_norm,
            dropout=self.dropout,
        )

    def make_positions(self, bidirectional: bool = False) -> Positions:
        """The position scheme of this shape."""
        return POSITIONS[self.positions](
            self.context_length, self.d_model, self.num_heads, self.rotary_base, bidirectional
        )


class Block(nn.Module):
    """One transformer block: self-attention, in a decoder with an encoder also cross-attention, and an MLP.

    Each of them is a branch beside the residual stream. Pre-norm (``norm_first``): x ← x + branch(norm(x)), so that the
    sum from input to output is never normalized away. Post-norm: x ← norm(x + branch(x)).

    Vaswani et al. (2017), section 3.1; Xiong et al. (2020), "On Layer Normalization in the Transformer Architecture",
    figure 1.
    """

    def __init__(self, config: TransformerConfig, causal: bool = False, cross: bool = False) -> None:
        super().__init__()
        self.norm_first = config.norm_first
        self.norm1 = config.make_norm()
        self.attention = config.make_attention(causal, config.window)
        if cross:
            self.cross_norm = config.make_norm()
            self.cross_attention = config.make_attention()
        self.norm2 = config.make_norm()
        self.mlp = config.make_mlp()

    def forward(
        self,
        x: Float[Tensor, "batch time d_model"],
        positions: Positions | None = None,
        memory: Float[Tensor, "batch keys d_model"] | None = None,
        mask: Bool[Tensor, "#batch #heads #time #total"] | None = None,
        memory_mask: Bool[Tensor, "#batch #heads #time #keys"] | None = None,
        layer: int = 0,
        cache: KVCache | None = None,
        record: dict[str, Tensor] | None = None,
        complete: bool = False,
    ) -> Float[Tensor, "batch time d_model"]:
        """Every branch in turn; cross-attention reads the memory. See `GPT.forward` for cache and record.

        A mask that is complete says itself what is causal.
        """
        own: dict[str, Tensor] | None = None if record is None else {}
        cross: dict[str, Tensor] | None = None if record is None else {}
        x = middle = self._add(
            self.norm1, x, lambda x: self.attention(x, positions, None, mask, layer, cache, own, complete)
        )
        if memory is not None:
            x = self._add(
                self.cross_norm,
                x,
                lambda x: self.cross_attention(x, None, memory, memory_mask, layer, cache, cross),
            )
        x = self._add(self.norm2, x, self.mlp)
        if record is not None:
            for part, inner in (("attention", own), ("cross_attention", cross)):
                record |= {f"blocks.{layer}.{part}.{name}": tensor for name, tensor in (inner or {}).items()}
            record |= {f"blocks.{layer}.middle": middle, f"blocks.{layer}.output": x}
        return x

    def _add(self, norm: nn.Module, x: Tensor, branch: Callable[[Tensor], Tensor]) -> Tensor:
        return x + branch(norm(x)) if self.norm_first else norm(x + branch(x))


@torch.no_grad()
def initialize(module: nn.Module, num_writes: int | None = None) -> None:
    """Normal weights of standard deviation 0.02 and zero biases, as in GPT-2; norms begin as the identity.

    The matrices that write into the residual stream are divided by √num_writes, how many writes there are on the way
    through the model, unless it is None.
    """
    for name, parameter in module.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif "norm" not in name:
            writes = num_writes is not None and name.endswith(("attention.output.weight", "mlp.down.weight"))
            nn.init.normal_(parameter, std=0.02 / math.sqrt(num_writes or 1) if writes else 0.02)
