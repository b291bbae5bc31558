"""Masks against their definition in loops, alone and combined, and what happens with masks that cannot be."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.attention import (
    ATTENTION,
    KVCache,
    MultiHeadAttention,
    causal_mask,
    check_mask,
    fast_attention,
    padding_mask,
    prefix_mask,
    scaled_dot_product_attention,
    sliding_window_mask,
)
from minillm.errors import MaskError, MinillmError

every_attention = pytest.mark.parametrize("name", ATTENTION)


@given(st.integers(1, 6), st.integers(0, 7), st.integers(0, 6))
def test_a_window_reaches_less_than_its_size_both_ways(window, num_queries, more_keys):
    """Query i of the last num_queries stands at position num_keys − num_queries + i."""
    mask = sliding_window_mask(window, num_queries, num_queries + more_keys)
    expected = [[abs(more_keys + i - j) < window for j in range(num_queries + more_keys)] for i in range(num_queries)]
    assert mask.tolist() == expected


@given(st.integers(1, 6), st.integers(1, 12))
def test_with_the_causal_mask_a_query_sees_itself_and_window_minus_one_before_it(window, time):
    seen = (causal_mask(time) & sliding_window_mask(window, time)).sum(dim=1)
    assert seen.tolist() == [min(i + 1, window) for i in range(time)]


def test_a_mask_for_more_queries_than_keys_gives_the_first_ones_nothing():
    assert causal_mask(3, 1).tolist() == [[False], [False], [True]]
    assert sliding_window_mask(2, 3, 1).tolist() == [[False], [True], [True]]


def test_a_window_is_square_by_default():
    assert sliding_window_mask(2, 3).tolist() == [[True, True, False], [True, True, True], [False, True, True]]


@given(st.lists(st.integers(0, 7), min_size=1, max_size=3), st.integers(1, 6), st.integers(0, 3))
def test_a_prefix_is_seen_by_all_and_the_rest_from_left_to_right(prefix, num_queries, more_keys):
    """Query i of the last num_queries stands at position more_keys + i."""
    mask = prefix_mask(torch.tensor(prefix), num_queries, num_queries + more_keys)
    keys = range(num_queries + more_keys)
    expected = [[[j <= more_keys + i or j < p for j in keys] for i in range(num_queries)] for p in prefix]
    assert mask.tolist() == expected


def test_padding_is_hidden_from_every_head_and_query():
    present = torch.tensor([[True, True, False], [False, True, True]])
    mask = padding_mask(present)
    assert mask.shape == (2, 1, 1, 3)
    query, key = torch.randn(2, 4, 5, 8), torch.randn(2, 4, 3, 8)
    _, weights = scaled_dot_product_attention(query, key, key, mask)
    assert ((weights > 0) == mask).all()


@every_attention
@given(st.data())
def test_a_combined_mask_is_the_keys_that_each_mask_leaves(name, data):
    """Causal, window and padding at once: the same as attending, for each query, to the keys picked by a loop."""
    batch, time = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6))
    window = data.draw(st.integers(1, 4))
    lengths = [data.draw(st.integers(1, time)) for _ in range(batch)]
    left = data.draw(st.booleans())
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 1000)))
    query, key, value = torch.randn(3, batch, 2, time, 4, dtype=torch.float64, generator=generator).unbind()
    slots = torch.arange(time)
    present = torch.stack([slots >= time - n if left else slots < n for n in lengths])
    mask = causal_mask(time) & sliding_window_mask(window, time) & padding_mask(present)
    output = ATTENTION[name](query, key, value, mask)
    for b, h, i in np.ndindex(batch, 2, time):
        keys = [j for j in range(time) if j <= i and i - j < window and bool(present[b, j])]
        weights = (key[b, h, keys] @ query[b, h, i] / 2).softmax(0)
        torch.testing.assert_close(output[b, h, i], weights @ value[b, h, keys], rtol=1e-9, atol=1e-9)


def readable_with_bias(query, key, value, mask):
    return scaled_dot_product_attention(query, key, value, mask, bias=torch.ones(2, 3, 3, dtype=query.dtype))[0]


def fast_with_bias(query, key, value, mask):
    return fast_attention(query, key, value, mask, bias=torch.ones(2, 3, 3, dtype=query.dtype))


@pytest.mark.parametrize("attend", [*ATTENTION.values(), readable_with_bias, fast_with_bias])
def test_a_row_that_sees_nothing_gives_zeros_and_finite_gradients(attend):
    query, key, value = (torch.randn(2, 2, 3, 4, dtype=torch.float64, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, False, True], [False, False, False], [True, True, True]])
    output = attend(query, key, value, mask)
    assert (output[:, :, 1] == 0).all()
    assert (output[:, :, [0, 2]] != 0).all()
    output.square().sum().backward()
    for tensor in (query, key, value):
        assert tensor.grad.isfinite().all()
    assert (query.grad[:, :, 1] == 0).all()
    assert (query.grad[:, :, [0, 2]] != 0).any()


@every_attention
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_rows_that_see_nothing_are_zero_in_every_precision(name, dtype):
    query, key, value = torch.randn(3, 1, 2, 70, 8).to(dtype).unbind()
    mask = torch.ones(70, 70, dtype=torch.bool)
    mask[[0, 40, 69]] = False
    output = ATTENTION[name](query, key, value, mask)
    assert output.isfinite().all()
    assert ((output == 0).all(dim=-1) == ~mask.any(dim=1)).all()


@every_attention
def test_a_text_that_is_all_padding_leaves_its_neighbors_alone(name):
    query, key, value = torch.randn(3, 3, 2, 4, 8, dtype=torch.float64).unbind()
    mask = padding_mask(torch.tensor([[True] * 4, [False] * 4, [True, True, False, False]]))
    output = ATTENTION[name](query, key, value, mask)
    assert (output[1] == 0).all()
    for row in (0, 2):
        alone = ATTENTION[name](query[[row]], key[[row]], value[[row]], mask[[row]])
        torch.testing.assert_close(output[row], alone[0], rtol=1e-9, atol=1e-9)


@every_attention
def test_a_mask_that_hides_everything_is_named(name):
    x = torch.zeros(2, 3, 4)
    with pytest.raises(MaskError, match="hides every key from every query"):
        ATTENTION[name](x, x, x, torch.zeros(3, 3, dtype=torch.bool))


@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.lists(st.integers(1, 3), min_size=2, max_size=4))
def test_a_mask_fits_where_torch_can_broadcast_it_onto_the_scores(shape, scores):
    query, key = torch.zeros(*scores[:-1], 5), torch.zeros(*scores[:-2], scores[-1], 5)
    mask = torch.ones(shape, dtype=torch.bool)
    try:
        fits = torch.broadcast_shapes(mask.shape, scores) == tuple(scores)
    except RuntimeError:
        fits = False
    if fits:
        check_mask(mask, query, key)
    else:
        with pytest.raises(MaskError, match=r"does not fit scores of shape"):
            check_mask(mask, query, key)


def test_a_mask_over_nothing_hides_nothing():
    """With no queries there is no key to hide."""
    check_mask(torch.zeros(0, 3, dtype=torch.bool), torch.zeros(0, 4), torch.zeros(3, 4))


UNCHECKED = """
import torch
from minillm.attention import ATTENTION, MultiHeadAttention
from minillm.errors import MaskError

x = torch.zeros(2, 3, 12)
module = MultiHeadAttention(12, 3, causal=True, window=2)
calls = {name: lambda mask, attend=attend: attend(x, x, x, mask) for name, attend in ATTENTION.items()}
calls["module"] = lambda mask: module(x, mask=mask)
calls["record"] = lambda mask: module(x, mask=mask, record={})
for name, call in calls.items():
    for mask in (torch.ones(4, 4).bool(), torch.zeros(3, 3).bool()):
        try:
            call(mask)
        except MaskError as error:
            print(name, error)
"""


def test_users_without_shape_checks_get_named_errors_too():
    """Tests run with jaxtyping's checks, which would speak first; a user's program runs without."""
    run = subprocess.run([sys.executable, "-c", UNCHECKED], capture_output=True, text=True, check=True)
    lines = run.stdout.splitlines()
    assert [line.split()[0] for line in lines] == [name for name in (*ATTENTION, "module", "record") for _ in range(2)]
    for wrong, hidden in zip(lines[::2], lines[1::2], strict=True):
        assert "a mask of shape (4, 4) does not fit scores of shape (2, 3" in wrong
        assert "hides every key from every query" in hidden


def test_a_mask_error_is_a_value_error_of_minillm():
    assert issubclass(MaskError, MinillmError) and issubclass(MaskError, ValueError)


@pytest.mark.parametrize("first", [None, [True, True]])
@pytest.mark.parametrize("second", [None, [False], [True]])
def test_a_cache_remembers_which_tokens_are_real(first, second):
    cache = KVCache(1)

    def extend(present, length):
        present = None if present is None else torch.tensor([present])
        known = cache.extend_present(present, length)
        cache.extend(0, torch.zeros(1, 1, length, 1), torch.zeros(1, 1, length, 1))
        return known

    assert (extend(first, 2) is None) == (first is None)
    known = extend(second, 1)
    if first is None and second is None:
        assert known is None
    else:
        assert known.tolist() == [(first or [True, True]) + (second or [True])]


def test_the_module_combines_a_given_mask_with_its_own():
    torch.manual_seed(0)
    x, record = torch.randn(2, 6, 12), {}
    present = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    module = MultiHeadAttention(12, 3, causal=True, window=3)
    module(x, mask=padding_mask(present), record=record)
    expected = causal_mask(6) & sliding_window_mask(3, 6) & padding_mask(present)
    assert torch.equal(record["weights"] > 0, expected.expand(2, 3, 6, 6))
