"""The checkers of the chapter on multi-head attention: each common mistake gets the sentence meant for it."""

import math

import pytest
import torch

from minillm.exercises import check


def cut(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def cross(swap=False, source="memory", heads=None, width=None, join=lambda m: m.transpose(1, 2).flatten(2), write=True):
    def attend(x, memory, W_Q, W_K, W_V, W_O, num_heads):
        count = heads or num_heads
        W_Q, W_K = (W_K, W_Q) if swap else (W_Q, W_K)
        text = x if source == "x" else memory
        asking = memory if source == "exchanged" else x
        answering = x if source == "exchanged" else text
        query, key, value = cut(asking @ W_Q, count), cut(answering @ W_K, count), cut(answering @ W_V, count)
        scores = query @ key.mT / math.sqrt(width or query.shape[-1])
        mixed = join(scores.softmax(-1) @ value)
        return mixed @ W_O if write else mixed

    return attend


def look(join=lambda causal, padding: causal & padding, real=lambda t, n, longest: t >= longest - n, squeeze=False):
    def who_may_look(lengths):
        longest = int(lengths.max())
        causal = torch.ones(longest, longest, dtype=torch.bool).tril()
        padding = real(torch.arange(longest), lengths[:, None], longest)[:, None, None, :]
        mask = join(causal, padding).expand(len(lengths), 1, longest, longest)
        return mask[:, 0] if squeeze else mask

    return who_may_look


def size(kv=2, layers=True, heads=1, time=1, bytes_=True):
    def cache_size(num_layers, num_kv_heads, d_k, length, number_bytes):
        numbers = kv * (num_layers if layers else 1) * num_kv_heads**heads * d_k * length**time
        return numbers * (number_bytes if bytes_ else 1)

    return cache_size


def share(pool=lambda x, g: x.unflatten(0, (-1, g)).mean(1), queries=False):
    def share_keys(weight, num_heads, num_kv_heads):
        group = num_heads // num_kv_heads
        query, key, value = (part.unflatten(0, (num_heads, -1)) for part in weight.chunk(3))
        pooled = [pool(part, group).flatten(0, 1) for part in (query, key, value)]
        return torch.cat([pooled[0] if queries else query.flatten(0, 1), *pooled[1:]])

    return share_keys


def by_stride(x, group):
    return x.unflatten(0, (group, -1)).mean(0)


MISTAKES = {
    "straight": ("split", lambda x, h: x.reshape(x.shape[0], h, x.shape[1], -1), "a piece of the text"),
    "interleaved": ("split", lambda x, h: x.unflatten(-1, (-1, h)).permute(0, 3, 1, 2), "contiguous slice"),
    "time first": ("split", lambda x, h: x.unflatten(-1, (h, -1)), "Heads must come before time"),
    "keys from x": ("attention", cross(source="x"), "come from x"),
    "memory asks": ("attention", cross(source="exchanged"), "each token of memory"),
    "one head": ("attention", cross(heads=1), "never cut"),
    "no W_O": ("attention", cross(write=False), "W_O is missing"),
    "d_model": ("attention", cross(width=12), "√d_model"),
    "torn": ("attention", cross(join=lambda m: m.reshape(m.shape[0], m.shape[2], -1)), "before you flatten"),
    "swapped": ("attention", cross(swap=True), "changed places"),
    "no causal": ("mask", look(lambda c, p: p.expand(-1, 1, c.shape[0], -1)), "causal mask is missing"),
    "no padding": ("mask", look(lambda c, p: c & (p | True)), "causal mask alone"),
    "exchanged": ("mask", look(lambda c, p: ~(c & p)), "exchanged"),
    "or": ("mask", look(lambda c, p: c | p), "says |"),
    "as a query": ("mask", look(lambda c, p: c & p.mT), "Hide it as a key"),
    "one too many": ("mask", look(real=lambda t, n, longest: t >= longest - n - 1), "one place of padding"),
    "at the end": ("mask", look(real=lambda t, n, longest: t < n), "stands in front"),
    "no axis": ("mask", look(squeeze=True), "axis of size 1"),
    "floats": ("mask", lambda n: look()(n).float(), "torch.bool"),
    "values forgotten": ("cache", size(kv=1), "keys *and* values"),
    "numbers": ("cache", size(bytes_=False), "how many numbers"),
    "one layer": ("cache", size(layers=False), "Every layer"),
    "heads twice": ("cache", size(heads=2), "counts once"),
    "scores": ("cache", size(time=2), "scores are not kept"),
    "sum": ("share", share(lambda x, g: x.unflatten(0, (-1, g)).sum(1)), "summed"),
    "strided": ("share", share(by_stride), "neighbors should"),
    "first": ("share", share(lambda x, g: x.unflatten(0, (-1, g))[:, 0]), "first head"),
    "queries too": ("share", share(queries=True), "every query head"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"multi-head.{name}", answer)
    assert not result
    assert any(part in result.message for part in sentence.split("|")), result.message


@pytest.mark.parametrize(
    ("name", "answer"),
    [("attention", cross()), ("mask", look()), ("cache", size()), ("share", share()), ("split", cut)],
)
def test_the_models_of_the_mistakes_are_right_without_them(name, answer):
    result = check(f"multi-head.{name}", answer)
    assert result, result.message
