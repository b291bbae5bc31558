"""What holds for every transformer that the registries can build, whatever its weights."""

import functools
import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.attention import KVCache
from minillm.layers import MLPS, NORMS
from minillm.masks import causal_mask, prefix_mask
from minillm.positions import POSITIONS
from tests.core.small import CONTEXT_LENGTH, VOCAB_SIZE, lively_gpt, random_ids

ABSOLUTE = ("learned", "sinusoidal")
WINDOW = 3
SHAPES = [
    {"norm": norm, "mlp": mlp, "num_kv_heads": heads, "qk_norm": qk_norm, "window": window}
    for norm, mlp, heads, qk_norm, window in itertools.product(NORMS, MLPS, (None, 2, 1), (False, True), (None, WINDOW))
]
few = settings(max_examples=20)  # of each position scheme
every_position = pytest.mark.parametrize("positions", POSITIONS)
shapes = st.fixed_dictionaries(
    {
        "norm": st.sampled_from(sorted(NORMS)),
        "mlp": st.sampled_from(sorted(MLPS)),
        "num_kv_heads": st.sampled_from([None, 2, 1]),
        "qk_norm": st.booleans(),
        "window": st.sampled_from([None, WINDOW]),
        "norm_first": st.booleans(),
        "bias": st.booleans(),
        "tie_weights": st.booleans(),
    }
)


@functools.lru_cache(maxsize=256)
def cached_model(**shape):
    return lively_gpt(num_heads=4, **shape).double().requires_grad_(False)


def model_of(positions, shape):
    """A lively model of that shape in float64, built once."""
    return cached_model(positions=positions, **shape)


def close(got, expected):
    """Equal but for rounding; tables of sines have 32 bits, and ReLU² makes large numbers."""
    size = max(1.0, expected.abs().max().item())
    torch.testing.assert_close(got, expected, rtol=0, atol=2e-6 * size)


def reach(window, time, layers=2):
    """How far back the last position sees through all layers."""
    return time if window is None else min(time, layers * (window - 1) + 1)


@every_position
def test_the_past_counts_the_future_does_not_and_a_cache_changes_nothing(positions):
    """Every shape. The gradient of the logits at t is zero after t and outside the windows, and nowhere else."""
    time = 8
    ids = random_ids(1, time)
    for number, shape in enumerate(SHAPES):
        model = lively_gpt(positions=positions, num_heads=4, **shape).double().requires_grad_(False)
        embedded = model.embedding(ids).requires_grad_()
        handle = model.embedding.register_forward_hook(lambda module, inputs, output, x=embedded: x)
        whole, t = model(ids), number % time
        (gradient,) = torch.autograd.grad((whole[0, t] * torch.linspace(-1, 2, VOCAB_SIZE)).sum(), embedded)
        handle.remove()
        seen = gradient[0].abs().amax(dim=-1) > 0
        first = t + 1 - reach(shape["window"], t + 1)
        assert seen.tolist() == [first <= s <= t for s in range(time)], shape
        cache, cut = KVCache(2), 1 + number % (time - 1)
        close(torch.cat([model(ids[:, :cut], cache), model(ids[:, cut:], cache)], dim=1), whole.detach())


@every_position
@few
@given(shapes, st.lists(st.integers(1, CONTEXT_LENGTH - 1), max_size=4, unique=True), st.integers(0, 1000))
def test_a_text_in_pieces_is_the_whole_text(positions, shape, cuts, seed):
    model, ids = model_of(positions, shape), random_ids(2, CONTEXT_LENGTH, seed=seed)
    cache, edges = model.new_cache(), [0, *sorted(cuts), CONTEXT_LENGTH]
    pieces = [model(ids[:, a:b], cache) for a, b in itertools.pairwise(edges)]
    close(torch.cat(pieces, dim=1), model(ids))


@every_position
@few
@given(shapes, st.integers(0, 1000))
def test_the_readable_computation_is_the_fast_one(positions, shape, seed):
    model, ids = model_of(positions, shape), random_ids(2, 9, seed=seed)
    present = torch.arange(9) < torch.tensor([9, 4])[:, None]
    for padding in (None, present):
        close(model(ids, record={}, present=padding), model(ids, present=padding))


@every_position
@few
@given(shapes, st.integers(1, 8), st.integers(0, 1000))
def test_who_sees_whom_can_be_said(positions, shape, prefix, seed):
    """The causal mask, said, changes nothing; a prefix read at once and the rest from a cache is the whole text."""
    model, ids = model_of(positions, shape), random_ids(2, 9, seed=seed)
    close(model(ids, visible=causal_mask(9).expand(2, 9, 9)), model(ids))
    length = torch.tensor([prefix, prefix])
    whole = model(ids, visible=prefix_mask(length, 9))
    close(model(ids, record={}, visible=prefix_mask(length, 9)), whole)
    cache = model.new_cache()
    read = model(ids[:, :prefix], cache, visible=prefix_mask(length, prefix))
    close(torch.cat([read, model(ids[:, prefix:], cache)], dim=1), whole)
    present = torch.arange(9) < torch.tensor([[9], [6]])  # padding stays hidden, whatever is said to be visible
    close(model(ids, present=present, visible=causal_mask(9).expand(2, 9, 9)), model(ids, present=present))


@st.composite
def batches_of_texts(draw):
    """Texts of different lengths and how much room each row has, to be padded on one side."""
    lengths = draw(st.lists(st.integers(1, CONTEXT_LENGTH - 4), min_size=1, max_size=3))
    width = max(lengths) + draw(st.integers(0, 2))  # leaves room for two more tokens
    return [random_ids(n, seed=draw(st.integers(0, 1000))) for n in lengths], width


def padded(texts, width, left, filler):
    """The batch and which of its tokens are real."""
    ids, present = torch.full((len(texts), width), filler), torch.zeros(len(texts), width, dtype=torch.bool)
    for row, text in enumerate(texts):
        place = slice(width - len(text), width) if left else slice(0, len(text))
        ids[row, place], present[row, place] = text, True
    return ids, present


@every_position
@few
@given(shapes, batches_of_texts(), st.booleans(), st.integers(0, VOCAB_SIZE - 1))
def test_neither_neighbors_nor_padding_change_a_text(positions, shape, texts_and_width, left, filler):
    texts, width = texts_and_width
    model, (ids, present) = model_of(positions, shape), padded(texts, width, left, filler)
    logits = model(ids, present=present)
    assert logits.isfinite().all()
    for row, text in enumerate(texts):
        close(logits[row, present[row]], model(text[None])[0])


@every_position
@few
@given(shapes, batches_of_texts(), st.integers(0, VOCAB_SIZE - 1), st.data())
def test_padding_on_the_left_and_a_cache_together(positions, shape, texts_and_width, filler, data):
    """As in generation for a batch: prompts end together, and what is added is real without saying so."""
    texts, width = texts_and_width
    model, (ids, present) = model_of(positions, shape), padded(texts, width, True, filler)
    cache, more = model.new_cache(), random_ids(len(texts), 2, seed=5)
    pieces = [model(ids, cache, present=present)]
    said = data.draw(st.booleans())
    for column in (more[:, :1], more[:, 1:]):
        pieces.append(model(column, cache, present=torch.ones_like(column, dtype=torch.bool) if said else None))
    logits = torch.cat(pieces, dim=1)
    for row, text in enumerate(texts):
        close(logits[row, width - len(text) :], model(torch.cat([text, more[row]])[None])[0])


@every_position
@few
@given(shapes, st.integers(0, 1000))
def test_what_counts_is_distance_unless_positions_are_absolute(positions, shape, seed):
    """Through windows the last logits see the last few tokens only, so that the same end of a longer text gives the
    same logits, unless the embeddings say how long the text is."""
    model, ids = model_of(positions, shape | {"window": WINDOW}), random_ids(1, CONTEXT_LENGTH, seed=seed)
    end = reach(WINDOW, CONTEXT_LENGTH)
    longer, shorter = model(ids)[0, -1], model(ids[:, CONTEXT_LENGTH - end - 2 :])[0, -1]
    if positions in ABSOLUTE:
        assert (longer - shorter).abs().max() > 1e-3
    else:
        close(longer, shorter)


@pytest.mark.parametrize("positions", ["none", *[name for name in POSITIONS if name != "none"]])
@given(shapes, st.permutations(range(6)))
def test_without_positions_the_past_is_a_bag(positions, shape, order):
    """One layer: shuffling earlier tokens leaves the last logits alone without positions, and only then."""
    model = model_of(positions, shape | {"window": None, "num_layers": 1})
    ids = torch.tensor([[0, 1, 2, 3, 4, 5, 9]])
    shuffled = torch.cat([ids[:, order], ids[:, 6:]], dim=1)
    if positions == "none":
        close(model(shuffled)[0, -1], model(ids)[0, -1])
    elif list(order) == [5, 4, 3, 2, 1, 0]:
        assert (model(shuffled)[0, -1] - model(ids)[0, -1]).abs().max() > 1e-6


@every_position
@few
@given(shapes, st.integers(0, 1000))
def test_other_rows_of_a_batch_have_no_gradient(positions, shape, seed):
    model, ids = model_of(positions, shape), random_ids(3, 5, seed=seed)
    embedded = model.embedding(ids).requires_grad_()
    handle = model.embedding.register_forward_hook(lambda module, inputs, output: embedded)
    try:
        (gradient,) = torch.autograd.grad(model(ids)[1].square().sum(), embedded)
    finally:
        handle.remove()
    assert (gradient[[0, 2]] == 0).all() and (gradient[1] != 0).any()
