"""The checkers of the chapter on the transformer block: each common mistake gets the sentence meant for it."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from minillm.exercises import check
from minillm.layers import rms_norm


def size(x, eps=0.0):
    return (x.square().mean(-1, keepdim=True) + eps).sqrt()


def count(missing=lambda d, m: 0):
    return lambda d, m: 4 * d * d + 2 * d * m + 9 * d + m - missing(d, m)


def decoder(order="sam", used=(0, 1, 2), sums=True, pre=False):
    def block(x, memory, attend, look_across, mlp, norms):
        branches = {"s": attend, "a": lambda x: look_across(x, memory), "m": mlp}
        for name, which in zip(order, used, strict=True):
            added = branches[name](norms[which](x) if pre else x)
            x = x + added if sums else added
            x = x if pre else norms[which](x)
        return x

    return block


def parts(score):
    return lambda parts, direction, weight, eps: score(parts, direction, weight, eps, size(parts.sum(0), eps))


MISTAKES = {
    "layer norm": ("norm", lambda x, w, eps=1e-5: F.layer_norm(x, x.shape[-1:], w, eps=eps), "This is LayerNorm"),
    "no weight": ("norm", lambda x, w, eps=1e-5: x / size(x, eps), "weight has no effect"),
    "no root": ("norm", lambda x, w, eps=1e-5: x / (size(x) ** 2 + eps) * w, "divide by its root"),
    "length": ("norm", lambda x, w, eps=1e-5: F.normalize(x, dim=-1) * w, "by their length"),
    "all together": ("norm", lambda x, w, eps=1e-5: x / (x.square().mean() + eps).sqrt() * w, "norm of its own"),
    "centered": ("norm", lambda x, w, eps=1e-5: (x - x.mean(-1, keepdim=True)) / size(x, eps) * w, "mean is taken off"),
    "no eps": ("norm", lambda x, w, eps=1e-5: x / size(x) * w, "eps has no effect"),
    "eps outside": ("norm", lambda x, w, eps=1e-5: x / (size(x) + eps) * w, "after the root"),
    "keepdim": ("norm", lambda x, w, eps=1e-5: x / x.square().mean(-1).sqrt() * w, "It stopped with an error"),
    "no biases": ("count", count(lambda d, m: 5 * d + m), "biases of the linear layers are missing"),
    "no norms": ("count", count(lambda d, m: 4 * d), "two norms are missing"),
    "bare": ("count", count(lambda d, m: 9 * d + m), "biases and the norms"),
    "one norm": ("count", count(lambda d, m: 2 * d), "two LayerNorms"),
    "three matrices": ("count", count(lambda d, m: d * d + d), "output matrix"),
    "always four": ("count", lambda d, m: 12 * d * d + 13 * d, "not always 4"),
    "off by one": ("count", count(lambda d, m: -1), "off by +1"),
    "a shape": ("count", lambda d, m: (d, m), "is a tuple"),
    "pre-norm": ("decoder", decoder(pre=True), "This is pre-norm"),
    "no sums": ("decoder", decoder(sums=False), "sums are missing"),
    "memory first": ("decoder", decoder("asm"), "the memory comes first"),
    "mlp second": ("decoder", decoder("sma"), "MLP comes last"),
    "one norm for all": ("decoder", decoder(used=(0, 0, 0)), "norm of its own"),
    "each normed": ("parts", lambda p, d, w, eps: rms_norm(p, w, eps) @ d, "normed by itself"),
    "not normed": ("parts", parts(lambda p, d, w, eps, s: p @ d), "norm is missing"),
    "unweighted": ("parts", parts(lambda p, d, w, eps, s: p / s @ d), "weight of the norm"),
    "without eps": ("parts", lambda p, d, w, eps: p / size(p.sum(0)) * w @ d, "eps is missing"),
    "the sum": ("parts", parts(lambda p, d, w, eps, s: (p / s * w @ d).sum()), "one number"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"transformer-block.{name}", answer)
    assert not result
    assert sentence in repr(result), result.message


@pytest.mark.parametrize(("name", "answer"), [
    ("norm", lambda x, w, eps=1e-5: F.rms_norm(x, x.shape[-1:], w, eps)),
    ("count", count()),
    ("count", lambda d, m: sum(p.numel() for p in nn.TransformerEncoderLayer(d, 1, m).parameters())),
    ("decoder", decoder()),
    ("parts", parts(lambda p, d, w, eps, s: torch.einsum("pi,i,i->p", p / s, w, d))),
])  # fmt: skip
def test_other_right_answers_pass(name, answer):
    result = check(f"transformer-block.{name}", answer)
    assert result, result.message
