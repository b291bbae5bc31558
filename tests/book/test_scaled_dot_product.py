"""The checkers of the chapter on scaled dot-product attention: each common mistake gets the sentence meant for it."""

import math

import pytest
import torch

from minillm.exercises import check


def scores_of(query, key):
    return query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])


def by_window(condition):
    def window_mask(time, window):
        back = torch.arange(time)[:, None] - torch.arange(time)[None, :]
        return condition(back, window)

    return window_mask


def looking(shift, length):
    def head(time):
        key = torch.eye(time)
        return length * key.roll(-shift, dims=1), key

    return head


def chunked(join):
    def attention_in_chunks(query, key, value, chunk):
        pairs = zip(key.split(chunk), value.split(chunk), strict=True)
        return join(torch.stack([scores_of(query, k).softmax(-1) @ v for k, v in pairs]))

    return attention_in_chunks


MISTAKES = {
    "wrong axis": ("softmax", lambda s: s.softmax(-2), "Each column sums to 1"),
    "not divided": ("softmax", lambda s: s.exp(), "divide each row by its sum"),
    "over all": ("softmax", lambda s: s.flatten().softmax(0).view_as(s), "All values together"),
    "overflows": ("softmax", lambda s: s.exp() / s.exp().sum(-1, keepdim=True), "NaN"),
    "largest of all rows": ("softmax", lambda s: (e := (s - s.max()).exp()) / e.sum(-1, keepdim=True), "NaN"),
    "not scaled": ("attention", lambda q, k, v, m: (q @ k.mT).softmax(-1) @ v, "not divided by √d_k"),
    "no root": ("attention", lambda q, k, v, m: (q @ k.mT / q.shape[-1]).softmax(-1) @ v, "its square root"),
    "d_v": ("attention", lambda q, k, v, m: (q @ k.mT / math.sqrt(v.shape[-1])).softmax(-1) @ v, "root of d_v"),
    "over queries": ("attention", lambda q, k, v, m: scores_of(q, k).softmax(-2) @ v, "over the queries"),
    "no softmax": ("attention", lambda q, k, v, m: scores_of(q, k) @ v, "the softmax is missing"),
    "no mask": ("attention", lambda q, k, v, m: scores_of(q, k).softmax(-1) @ v, "no effect"),
    "mask too late": ("attention", lambda q, k, v, m: scores_of(q, k).softmax(-1) * m @ v, "after the softmax"),
    "hidden is zero": (
        "attention",
        lambda q, k, v, m: scores_of(q, k).masked_fill(~m, 0.0).softmax(-1) @ v,
        "minus infinity",
    ),
    "key.T": ("attention", lambda q, k, v, m: q @ k.T, "stopped|error|size"),
    "not itself": ("window", by_window(lambda back, w: (back > 0) & (back <= w)), "cannot see itself"),
    "one too long": ("window", by_window(lambda back, w: (back >= 0) & (back <= w)), "one token too long"),
    "to the future": ("window", by_window(lambda back, w: back.abs() < w), "opens to the future"),
    "no window": ("window", by_window(lambda back, w: back >= 0), "no window yet"),
    "exchanged": ("window", by_window(lambda back, w: (back < 0) | (back >= w)), "exchanged"),
    "floats": ("window", by_window(lambda back, w: ((back >= 0) & (back < w)).float()), "True and False"),
    "itself": ("previous", looking(0, 100.0), "looks at itself"),
    "next": ("previous", looking(-1, 100.0), "should look at token"),
    "too weak": ("previous", looking(1, 1.0), "not sharply"),
    "one tensor": ("previous", lambda time: torch.eye(time), "two tensors"),
    "average of chunks": ("chunks", chunked(lambda parts: parts.mean(0)), "averaged"),
    "sum of chunks": ("chunks", chunked(lambda parts: parts.sum(0)), "summed"),
    "last chunk": ("chunks", chunked(lambda parts: parts[-1]), "last chunk"),
    "whole matrix": ("chunks", lambda q, k, v, chunk: scores_of(q, k).softmax(-1) @ v, "3000 numbers"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"scaled-dot-product.{name}", answer)
    assert not result
    assert any(part in result.message for part in sentence.split("|")), result.message


def test_attention_without_protection_from_large_scores_fails_in_chunks():
    def unprotected(query, key, value, chunk):
        total, mixed = 0.0, 0.0
        for k, v in zip(key.split(chunk), value.split(chunk), strict=True):
            exponentials = scores_of(query, k).exp()
            total, mixed = total + exponentials.sum(-1, keepdim=True), mixed + exponentials @ v
        return mixed / total

    result = check("scaled-dot-product.chunks", unprotected)
    assert not result
    assert "scores in the hundreds" in result.message
