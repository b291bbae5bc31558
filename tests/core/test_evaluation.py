"""evaluate_stories against one story at a time, added up in double precision."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import ConfigError, PromptError, UnknownCharacterError
from minillm.models import RecurrentConfig, RecurrentLM
from minillm.training import evaluate_stories, story_nats, token_nats
from tests.core.small import TOKENIZER, lively_gpt, shared_gpt


def model(**changes):
    return shared_gpt(vocab_size=TOKENIZER.vocab_size, context_length=16, **changes)


def one_at_a_time(gpt, stories):
    """−ln p of every character and of the end, each from all that came before it in its own story."""
    nats = []
    for story in stories:
        ids = [TOKENIZER.end_id, *TOKENIZER.encode(story), TOKENIZER.end_id]
        log_probabilities = gpt(torch.tensor([ids[:-1]]))[0].double().log_softmax(-1)
        nats += [-log_probabilities[i, token].item() for i, token in enumerate(ids[1:])]
    return sum(nats) / len(nats)


@given(st.lists(st.text("abcdef .", max_size=15), min_size=1, max_size=9), st.integers(1, 10))
def test_it_is_the_mean_over_tokens_whatever_the_batch(stories, batch_size):
    expected = one_at_a_time(model(), stories)
    assert evaluate_stories(model(), TOKENIZER, iter(stories), batch_size) == pytest.approx(expected, rel=1e-4)


@given(st.lists(st.text("abcdef .", max_size=15), min_size=1, max_size=9), st.integers(1, 10))
def test_the_nats_of_stories_and_tokens_keep_their_order(stories, batch_size):
    rows = token_nats(model(), TOKENIZER, stories, batch_size)
    totals = story_nats(model(), TOKENIZER, stories, batch_size)
    for story, row, total in zip(stories, rows, totals, strict=True):
        assert len(row) == len(story) + 1
        assert total.item() == pytest.approx(one_at_a_time(model(), [story]) * len(row), rel=1e-4)
        assert row.sum().item() == pytest.approx(total.item(), rel=1e-4)


@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_it_holds_for_recurrent_models(cell):
    stories = ["abc", "fade a bed.", "", "d"]
    torch.manual_seed(0)
    recurrent = RecurrentLM(RecurrentConfig(TOKENIZER.vocab_size, 8, 8, 2, cell))
    expected = one_at_a_time(recurrent, stories)
    assert evaluate_stories(recurrent, TOKENIZER, stories, batch_size=3) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("positions", ["learned", "none"])
def test_it_holds_for_other_positions(positions):
    stories = ["abc", "fade a bed.", "", "d"]
    expected = one_at_a_time(model(positions=positions), stories)
    assert evaluate_stories(model(positions=positions), TOKENIZER, stories) == pytest.approx(expected, rel=1e-4)


def test_long_stories_count_for_more_and_the_end_for_one():
    """A model that says 'end' with certainty pays nothing for the empty story and much for each character."""
    certain = lively_gpt(vocab_size=9, context_length=16, tie_weights=False)
    with torch.no_grad():
        certain.final_norm.weight.fill_(0)
        certain.final_norm.bias.fill_(1)
        certain.head.weight.fill_(0)
        certain.head.weight[0] = 1.0  # a logit of 16 for the end, 0 for all else
    wrong, right = math.log(math.exp(16) + 8), math.log1p(8 * math.exp(-16))
    assert evaluate_stories(certain, TOKENIZER, [""]) == pytest.approx(right, abs=1e-6)
    assert evaluate_stories(certain, TOKENIZER, ["", "abc"]) == pytest.approx((2 * right + 3 * wrong) / 5, rel=1e-5)


def test_it_takes_stories_and_their_text_alike():
    class Story:
        def __str__(self):
            return "a bad bed"

    assert evaluate_stories(model(), TOKENIZER, [Story()]) == evaluate_stories(model(), TOKENIZER, ["a bad bed"])


@pytest.mark.parametrize("training", [True, False])
def test_it_leaves_no_trace(training):
    gpt = lively_gpt(vocab_size=9, context_length=16, dropout=0.5).train(training)
    before = torch.get_rng_state()
    assert evaluate_stories(gpt, TOKENIZER, ["abc"]) == evaluate_stories(gpt, TOKENIZER, ["abc"])
    assert gpt.training is training
    assert torch.equal(torch.get_rng_state(), before)
    assert all(parameter.grad is None for parameter in gpt.parameters())
    for stories, error in ((["a", "b" * 16], PromptError), (["a", "xyz"], UnknownCharacterError), ([], ConfigError)):
        with pytest.raises(error):
            evaluate_stories(gpt, TOKENIZER, stories)
        assert gpt.training is training


def test_what_cannot_be_evaluated_is_named():
    with pytest.raises(ConfigError, match=r"0 stories .* draw at least one"):
        evaluate_stories(model(), TOKENIZER, [])
    with pytest.raises(PromptError, match="17 tokens do not fit in a context of 16"):
        evaluate_stories(model(), TOKENIZER, ["a" * 16])
    with pytest.raises(ConfigError, match=r"in batches of 0: .* batch_size at least 1"):
        evaluate_stories(model(), TOKENIZER, ["a"], batch_size=0)
