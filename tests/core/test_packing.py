"""Packing: no text is lost, rows hold no more than they can, and nobody looks into another's text if that is asked."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.batches import IGNORED
from minillm.errors import ConfigError
from minillm.packing import PackedBatches, pack
from minillm.positions import POSITIONS
from tests.core.small import lively_gpt, random_ids

ALONE = [name for name in POSITIONS if name not in ("learned", "sinusoidal")]


def texts_of(lengths):
    return [(1 + random_ids(length, seed=i, vocab_size=10)).tolist() for i, length in enumerate(lengths)]


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(20, 30))
def test_every_text_once_and_no_row_too_full(lengths, capacity):
    rows = pack(lengths, capacity)
    assert sorted(text for row in rows for text in row) == list(range(len(lengths)))
    loads = [sum(lengths[text] for text in row) for row in rows]
    assert all(0 <= load <= capacity for load in loads)
    fewest = -(-sum(lengths) // capacity)
    assert len(rows) <= 11 / 9 * max(fewest, 1) + 4 or len(rows) <= 2 * fewest
    assert sum(load <= capacity / 2 for load in loads) <= 1  # two rows half empty would have been one


def brute_force(lengths, capacity):
    """The fewest rows, by trying everything."""

    def place(rest, rows):
        if not rest:
            return len(rows)
        fits = [i for i, load in enumerate(rows) if load + rest[0] <= capacity]
        options = [[*rows[:i], rows[i] + rest[0], *rows[i + 1 :]] for i in fits]
        return min(place(rest[1:], option) for option in [*options, [*rows, rest[0]]])

    return place(lengths, [])


@given(st.lists(st.integers(1, 10), min_size=1, max_size=7))
def test_close_to_the_fewest_rows(lengths):
    assert len(pack(lengths, 10)) <= brute_force(lengths, 10) + 1


def test_a_text_longer_than_a_row_is_named():
    with pytest.raises(ConfigError, match="text 1 has 8 tokens, a row 7"):
        pack([3, 8], 7)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 100))
def test_rows_hold_whole_texts_with_markers_and_targets_one_later(lengths, seed):
    texts = texts_of(lengths)
    source = PackedBatches(texts, 3, 12, seed)
    inputs, targets, extras = source(0)
    assert not extras
    for given_row, asked in zip(inputs.tolist(), targets.tolist(), strict=True):
        counted = sum(target != IGNORED for target in asked)
        assert all(target == IGNORED for target in asked[counted:]) and not any(given_row[counted:])
        assert asked[: counted - 1] == given_row[1:counted] and asked[counted - 1] == 0
        row, cut = [], given_row[:counted]
        for place, token in enumerate(cut):
            row = [*row, []] if token == 0 else [*row[:-1], [*row[-1], token]]
            assert place or token == 0
        assert sorted(row) in [sorted(texts[text] for text in packed) for packed in source.rows]


@pytest.mark.parametrize("positions", ALONE)
def test_apart_means_that_each_text_has_the_logits_it_has_alone(positions):
    model = lively_gpt(positions=positions)
    texts = texts_of([4, 2, 3, 5, 1, 6])
    apart, together = (PackedBatches(texts, 4, 12, separate=separate) for separate in (True, False))
    assert any(len(row) > 1 for row in apart.rows)
    inputs, targets, extras = apart(0)
    logits, mixed = model(inputs, **extras), model(together(0).inputs)
    changed = 0
    for row in range(4):
        edges = [i for i in range(12) if inputs[row, i] == 0 and targets[row, i] != IGNORED]
        end = int((targets[row] != IGNORED).sum())
        for first, last in zip(edges, [*edges[1:], end], strict=True):
            alone = model(inputs[row : row + 1, first:last])[0]
            torch.testing.assert_close(logits[row, first:last], alone, rtol=1e-3, atol=1e-4)
            changed += int(first > 0 and not torch.allclose(mixed[row, first:last], alone, atol=1e-2))
    assert changed  # without separation later texts do see earlier ones


def test_who_is_visible_entry_by_entry():
    source = PackedBatches([[1, 2], [3], [4, 5]], 6, 9, separate=True)
    extras = source(0).extras
    owner = torch.cat([torch.full((len(source.texts[t]) + 1,), t) for t in source.rows[0]])
    owner = torch.cat([owner, torch.full((9 - len(owner),), -1)])
    assert len(source.rows) == 1
    for i in range(9):
        for j in range(9):
            assert (extras["visible"][:, i, j] == (j <= i and owner[i] == owner[j])).all()


def test_what_cannot_be_packed_is_named():
    with pytest.raises(ConfigError, match="no text"):
        PackedBatches([], 1, 4)
    with pytest.raises(ConfigError, match="context_length = 0"):
        PackedBatches([[1]], 1, 0)
