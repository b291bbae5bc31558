"""The checkers of the chapter on embeddings: each common mistake gets the sentence meant for it."""

import math

import pytest
import torch
import torch.nn.functional as F

from minillm.exercises import check


def last_slope(ids, slopes, vocab_size):
    result = torch.zeros(vocab_size, slopes.shape[-1])
    result[ids] += slopes
    return result


def mean_slope(ids, slopes, vocab_size):
    total = torch.zeros(vocab_size, slopes.shape[-1]).index_add(0, ids, slopes)
    return total / torch.bincount(ids, minlength=vocab_size)[:, None].clamp(min=1)


def by_cosine(center=True, own=False, sign=1, measure=None, report=lambda top: top.indices):
    def neighbors(table, id, count):
        rows = table - table.mean(dim=0) if center else table
        scores = measure(rows, id) if measure else F.normalize(rows, dim=-1) @ F.normalize(rows, dim=-1)[id]
        scores = sign * scores
        if not own:
            scores[id] = -math.inf
        return report(scores.topk(count))

    return neighbors


def exponentials(logits, temperature):
    return (e := (logits / temperature).exp()) / e.sum(-1, keepdim=True)


def at_zero(rule):
    return lambda z, t: (z / t).softmax(-1) if t else rule(z)


def procrustes(answer):
    return lambda source, target: answer(*torch.linalg.svd(source.T @ target))


MISTAKES = {
    "indexed": ("one-hot", lambda ids, table: table[ids], "indexed"),
    "F.embedding": ("one-hot", lambda ids, table: F.embedding(ids, table), "indexed"),
    "index_select": ("one-hot", lambda ids, table: table.index_select(0, ids.flatten()), "indexed"),
    "one axis only": ("one-hot", lambda ids, table: torch.eye(len(table))[ids.flatten()] @ table, "has shape"),
    "last wins": ("backward", last_slope, "three places"),
    "averaged": ("backward", mean_slope, "averaged"),
    "transposed": ("backward", lambda i, s, v: torch.zeros(v, 3).index_add(0, i, s).T, "has shape"),
    "multiplied": ("temperature", lambda z, t: (z * t).softmax(-1), "multiplied by the temperature"),
    "ignored": ("temperature", lambda z, t: z.softmax(-1), "no effect"),
    "after": ("temperature", lambda z, t: z.softmax(-1) / t, "divides the probabilities"),
    "axis": ("temperature", lambda z, t: (z / t).softmax(-2), "wrong axis"),
    "overflows": ("temperature", exponentials, "NaN"),
    "nan at zero": ("temperature", lambda z, t: (z / t).softmax(-1), "NaN"),
    "ties share": ("temperature", at_zero(lambda z: (z * 1e6).softmax(-1)), "yours share"),
    "itself": ("neighbors", by_cosine(own=True), "among its own neighbors"),
    "not centered": ("neighbors", by_cosine(center=False), "mean row"),
    "dot products": ("neighbors", by_cosine(measure=lambda rows, i: rows @ rows[i]), "long rows win"),
    "distances": ("neighbors", by_cosine(measure=lambda rows, i: -(rows - rows[i]).norm(dim=-1)), "by distance"),
    "farthest": ("neighbors", by_cosine(sign=-1), "farthest"),
    "nearest last": ("neighbors", by_cosine(report=lambda top: top.indices.flip(0)), "nearest should come first"),
    "cosines": ("neighbors", by_cosine(report=lambda top: top.values), "return the ids"),
    "least squares": ("turn", lambda s, t: torch.linalg.lstsq(s, t).solution, "must be orthogonal"),
    "wrong way": ("turn", procrustes(lambda u, s, w: (u @ w).T), "onto the source"),
    "w transposed": ("turn", procrustes(lambda u, s, w: u @ w.T), "already transposed"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"embeddings-and-output.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


@pytest.mark.parametrize(
    "embed",
    [
        lambda ids, table: F.one_hot(ids, len(table)).to(table.dtype) @ table,
        lambda ids, table: torch.eye(len(table))[ids] @ table,
        lambda ids, table: torch.einsum("...v,vd->...d", (ids[..., None] == torch.arange(len(table))).float(), table),
    ],
)
def test_other_ways_to_make_one_hot_rows_pass(embed):
    result = check("embeddings-and-output.one-hot", embed)
    assert result, result.message
