"""Batches: a pure function of seed, step and rank, and windows that fit."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from jaxtyping import TypeCheckError

from minillm.batches import Batches, BatchSource, Curriculum, TokenStream
from minillm.errors import ConfigError, UnknownCharacterError
from minillm.tokenizers import CharacterTokenizer
from tests.core.small import random_ids


@st.composite
def settings(draw):
    """Arguments of Batches over the tokens 0, 1, 2, ..., so that a token tells where it stands."""
    context_length = draw(st.integers(1, 8))
    length = draw(st.integers(context_length + 1, 30))
    starts = draw(st.none() | st.lists(st.integers(0, length - context_length - 1), min_size=1, unique=True))
    return {
        "tokens": torch.arange(length),
        "batch_size": draw(st.integers(1, 5)),
        "context_length": context_length,
        "seed": draw(st.integers(0, 2**40)),
        "starts": None if starts is None else torch.tensor(sorted(starts)),
    }


@given(settings(), st.integers(0, 10**9), st.integers(0, 64))
def test_inputs_are_whole_windows_and_targets_the_same_one_later(arguments, step, rank):
    inputs, targets, _ = Batches(**arguments)(step, rank)
    assert inputs.shape == targets.shape == (arguments["batch_size"], arguments["context_length"])
    assert inputs.dtype == targets.dtype == torch.int64
    assert torch.equal(inputs, inputs[:, :1] + torch.arange(arguments["context_length"]))  # in a row
    assert torch.equal(targets, inputs + 1)
    if arguments["starts"] is not None:
        assert torch.isin(inputs[:, 0], arguments["starts"]).all()


@given(settings(), st.integers(0, 1000), st.integers(0, 8))
def test_a_batch_is_a_pure_function(arguments, step, rank):
    batches, again = Batches(**arguments), Batches(**arguments)
    expected = batches(step, rank)
    for other in (0, step + 1, 7):
        again(other, rank + 1)
    torch.manual_seed(99)
    for one, other in zip(again(step, rank)[:2], expected[:2], strict=True):
        assert torch.equal(one, other)


def test_no_global_generator_is_touched():
    states = torch.get_rng_state(), random.getstate(), np.random.get_state()[1].copy()
    Batches(random_ids(100), 4, 8)(3)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert random.getstate() == states[1]
    assert (np.random.get_state()[1] == states[2]).all()


def test_another_step_rank_or_seed_is_another_batch():
    tokens = torch.arange(100_000)
    seen = {
        tuple(Batches(tokens, 4, 8, seed=seed)(step, rank)[0][:, 0].tolist())
        for seed in range(4)
        for step in range(20)
        for rank in range(4)
    }
    assert len(seen) == 4 * 20 * 4


def test_windows_reach_both_ends():
    """The first token is an input of some window, the last the target of some window, and nothing lies beyond."""
    batches = Batches(torch.arange(12), 8, 4)
    drawn = torch.cat([batches(step)[0][:, 0] for step in range(100)])
    assert sorted(set(drawn.tolist())) == list(range(8))
    assert batches.tokens[7 + 4] == 11


def test_windows_are_drawn_evenly():
    """Chi-square over 8 places; 24.3 is exceeded once in a thousand seeds."""
    batches = Batches(torch.arange(12), 8, 4)
    drawn = Counter(torch.cat([batches(step)[0][:, 0] for step in range(250)]).tolist())
    assert sum((drawn[place] - 250) ** 2 / 250 for place in range(8)) < 24.3


def test_only_starts_with_a_whole_window_are_used():
    starts = torch.tensor([0, 3, 7, 8, 11])
    batches = Batches(torch.arange(12), 8, 4, starts=starts)
    drawn = torch.cat([batches(step)[0][:, 0] for step in range(50)])
    assert sorted(set(drawn.tolist())) == [0, 3, 7]


def test_a_text_of_one_window():
    inputs, targets, _ = Batches(torch.tensor([5, 6, 7]), 2, 2)(0)
    assert inputs.tolist() == [[5, 6]] * 2 and targets.tolist() == [[6, 7]] * 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 0}, "batch_size = 0"),
        ({"context_length": 0}, "context_length = 0"),
        ({"context_length": 10}, "10 tokens is too short for windows of context_length = 10"),
        ({"starts": torch.tensor([6, 8])}, "context_length = 4"),
    ],
)
def test_what_cannot_be_cut_is_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        Batches(**({"tokens": torch.arange(10), "batch_size": 2, "context_length": 4} | changes))


def test_tokens_are_whole_numbers_in_a_row():
    for tokens in (torch.zeros(10), torch.zeros(2, 10, dtype=torch.long)):
        with pytest.raises(TypeCheckError, match="tokens"):
            Batches(tokens, 2, 4)


@given(st.lists(st.text("abc", max_size=5), min_size=1, max_size=6))
def test_a_stream_marks_the_beginning_of_every_text(texts):
    """<|end|> text <|end|> text <|end|>: cutting at the starts gives the texts back."""
    tokenizer = CharacterTokenizer("abc")
    stream = TokenStream.encode(iter(texts), tokenizer)
    assert stream.tokens.dtype == stream.starts.dtype == torch.int64
    assert tokenizer.decode(stream.tokens.tolist()) == "<|end|>" + "".join(text + "<|end|>" for text in texts)
    edges = [*stream.starts.tolist(), len(stream.tokens) - 1]
    for text, first, last in zip(texts, edges, edges[1:], strict=False):
        assert stream.tokens[first] == tokenizer.end_id
        assert tokenizer.decode(stream.tokens[first + 1 : last].tolist()) == text


def test_a_stream_takes_stories():
    class Story:
        def __str__(self):
            return "ab"

    assert TokenStream.encode([Story(), "b"], CharacterTokenizer("ab")).tokens.tolist() == [0, 1, 2, 0, 2, 0]


def test_a_stream_of_nothing_and_of_unknown_letters():
    with pytest.raises(ConfigError, match="no text"):
        TokenStream.encode([], CharacterTokenizer("ab"))
    with pytest.raises(UnknownCharacterError, match="'x'"):
        TokenStream.encode(["ax"], CharacterTokenizer("ab"))


def test_a_curriculum_takes_its_sources_in_turn():
    first, then = Batches(torch.arange(50), 2, 8, seed=1), Batches(torch.arange(100, 150), 2, 8, seed=2)
    both = Curriculum(first, then, first_steps=3)
    for step in range(6):
        assert torch.equal(both(step).inputs, (first if step < 3 else then)(step).inputs)
    assert (both.seed, both.batch_size, both.context_length) == (2, 2, 8)
    assert isinstance(both, BatchSource)
    both.check_vocabulary(150)
    with pytest.raises(ConfigError, match="vocab_size is 120"):
        both.check_vocabulary(120)


def test_the_sources_of_a_curriculum_have_one_shape():
    with pytest.raises(ConfigError, match="same batch_size"):
        Curriculum(Batches(torch.arange(50), 2, 8), Batches(torch.arange(50), 3, 8), 1)
