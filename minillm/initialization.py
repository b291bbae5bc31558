"""What the weights are before the first step.

A scheme is one small function of a transformer and one row in `INITIALIZATIONS`; it changes no more than numbers.
"""

from collections.abc import Callable

import torch
from torch import nn

from minillm.attention import MultiHeadAttention
from minillm.layers import initialize
from minillm.models import Model

WRITES = ("attention.output.weight", "mlp.down.weight")
"""Matrices whose output is added to the residual stream, by the end of their names."""


def gpt2(model: Model) -> None:
    """Normal, standard deviation 0.02; what writes into the residual stream divided by √(2 · layers).

    Radford et al. (2019), section 2.3.
    """
    initialize(model, num_writes=2 * model.config.num_layers)


@torch.no_grad()
def fan_in(model: Model) -> None:
    """Normal, variance 1 / inputs, so that a matrix neither swells nor shrinks its input; what writes begins at zero.

    A row of the embedding has a length of about 1. Every block is then the identity at first, and the model a table of
    pairs of tokens. LeCun et al. (1998), "Efficient BackProp", section 4.6; zero: Zhang et al. (2019), "Fixup".
    """
    for name, parameter in model.named_parameters():
        if name.endswith(("bias", *WRITES)):
            nn.init.zeros_(parameter)
        elif "norm" not in name:
            nn.init.normal_(parameter, std=parameter.shape[-1] ** -0.5)


@torch.no_grad()
def mimetic(model: Model) -> None:
    """As `fan_in`, but each head's output matrix is the transpose of its value matrix: W_O = W_V^T.

    Then x W_V^T W_V keeps most of x: a head begins by copying what it looks at, and training has only to find where to
    look. From zero, where and what have to be found at the same time, and neither is worth anything alone.
    Trockman and Kolter (2023), "Mimetic Initialization of Self-Attention Layers", section 4, where the sign is negative
    because their images do not ask for copies.
    """
    fan_in(model)
    for attention in model.modules():
        if isinstance(attention, MultiHeadAttention):
            group = attention.num_heads // attention.num_kv_heads
            values = attention.qkv.weight[-attention.num_kv_heads * attention.d_k :]
            heads = values.unflatten(0, (attention.num_kv_heads, attention.d_k)).repeat_interleave(group, dim=0)
            attention.output.weight.copy_(heads.flatten(0, 1).T / group)


INITIALIZATIONS: dict[str, Callable[[Model], None]] = {"gpt2": gpt2, "fan-in": fan_in, "mimetic": mimetic}
"""Schemes by name, as recipes ask for them."""
