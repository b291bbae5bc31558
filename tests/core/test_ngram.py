"""The n-gram model against its documented recursion, written with dictionaries and no thought of speed."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import ConfigError
from minillm.models import NGram


class SlowNGram:
    """p_n(w | h) = (c(h w) + T(h) p_{n−1}(w | h')) / (c(h) + T(h)), p_0 = 1/V, straight from the formula."""

    def __init__(self, sequences, order, vocab_size, end_id=0):
        self.order, self.vocab_size, self.end_id = order, vocab_size, end_id
        self.followers = defaultdict(Counter)
        for sequence in sequences:
            padded = [end_id] * (order - 1) + list(sequence) + [end_id]
            for position in range(order - 1, len(padded)):
                for length in range(order):
                    self.followers[tuple(padded[position - length : position])][padded[position]] += 1

    def probability(self, token, context):
        shorter = self.probability(token, context[1:]) if context else 1 / self.vocab_size
        seen = self.followers.get(tuple(context))
        if not seen:
            return shorter
        return (seen[token] + len(seen) * shorter) / (seen.total() + len(seen))

    def context(self, text):
        padded = [self.end_id] * (self.order - 1) + list(text)
        return padded[len(padded) - self.order + 1 :]

    def distribution(self, text):
        return [self.probability(token, self.context(text)) for token in range(self.vocab_size)]


@st.composite
def corpora(draw):
    """Sequences over a small vocabulary, the order, the vocabulary's size, the end token, and one more sequence."""
    vocab_size = draw(st.integers(2, 5))
    tokens = st.lists(st.integers(0, vocab_size - 1), max_size=9)
    sequences = draw(st.lists(tokens, min_size=1, max_size=5))
    return sequences, draw(st.integers(1, 5)), vocab_size, draw(st.integers(0, vocab_size - 1)), draw(tokens)


@given(corpora())
def test_distribution_is_the_recursion(case):
    sequences, order, vocab_size, end_id, text = case
    model, slow = NGram.train(sequences, order, vocab_size, end_id), SlowNGram(sequences, order, vocab_size, end_id)
    for length in range(len(text) + 1):
        np.testing.assert_allclose(model.distribution(text[:length]), slow.distribution(text[:length]), rtol=1e-12)


@given(corpora())
def test_every_distribution_sums_to_one_and_rules_nothing_out(case):
    sequences, order, vocab_size, end_id, text = case
    distribution = NGram.train(sequences, order, vocab_size, end_id).distribution(text)
    assert distribution.shape == (vocab_size,)
    assert distribution.sum() == pytest.approx(1, abs=1e-12)
    assert (distribution > 0).all()


@given(corpora())
def test_log_probs_are_the_distribution_step_by_step(case):
    sequences, order, vocab_size, end_id, text = case
    model = NGram.train(sequences, order, vocab_size, end_id)
    expected = [math.log(model.distribution(text[:i])[token]) for i, token in enumerate([*text, end_id])]
    np.testing.assert_allclose(model.log_probs(text), expected, rtol=1e-12)


@given(corpora())
def test_nats_per_token_weighs_every_token_alike(case):
    sequences, order, vocab_size, end_id, text = case
    model, slow = NGram.train(sequences, order, vocab_size, end_id), SlowNGram(sequences, order, vocab_size, end_id)
    nats = [
        -math.log(slow.probability(token, slow.context(sequence[:i])))
        for sequence in (text, *sequences)
        for i, token in enumerate([*sequence, end_id])
    ]
    assert model.nats_per_token(iter([text, *sequences])) == pytest.approx(sum(nats) / len(nats), rel=1e-12)


def test_by_hand():
    """'1 1 2' and '1' with end 0, order 2: worked on paper."""
    model = NGram.train([[1, 1, 2], [1]], order=2, vocab_size=3)
    # Unigrams: c(0) = 2, c(1) = 3, c(2) = 1, so p_1 = (c + 3 · 1/3) / (6 + 3).
    one = [3 / 9, 4 / 9, 2 / 9]
    # After 1: 1, 2 and the end, once each. At the beginning: 1, twice.
    np.testing.assert_allclose(model.distribution([1]), [(1 + 3 * p) / 6 for p in one])
    np.testing.assert_allclose(model.distribution([]), [(c + p) / 3 for c, p in zip([0, 2, 0], one, strict=True)])


@given(corpora())
def test_order_one_is_the_smoothed_unigram(case):
    sequences, _, vocab_size, end_id, text = case
    counts = Counter(token for sequence in sequences for token in [*sequence, end_id])
    expected = [(counts[w] + len(counts) / vocab_size) / (counts.total() + len(counts)) for w in range(vocab_size)]
    np.testing.assert_allclose(NGram.train(sequences, 1, vocab_size, end_id).distribution(text), expected)


def test_an_unseen_context_falls_back_to_the_shorter_one():
    sequences = [[1, 2, 3, 1, 2, 4], [3, 2, 1]]
    trigram, bigram = NGram.train(sequences, 3, 6), NGram.train(sequences, 2, 6)
    np.testing.assert_allclose(trigram.distribution([4, 4, 2]), bigram.distribution([2]))  # 4 2 was never seen
    assert not np.allclose(trigram.distribution([1, 2]), bigram.distribution([2]))
    np.testing.assert_allclose(trigram.distribution([1, 5]), NGram.train(sequences, 1, 6).distribution([]))  # nor was 5


def test_sequences_do_not_run_into_each_other():
    """What follows the end of one text is the beginning of no other."""
    apart = NGram.train([[1, 2], [3, 4]], 3, 5)
    assert apart.distribution([1, 2])[0] > apart.distribution([1, 2])[3]
    np.testing.assert_allclose(apart.distribution([1]), NGram.train([[3, 4], [1, 2]], 3, 5).distribution([1]))


def test_a_longer_context_predicts_a_regular_text_better():
    rng = np.random.default_rng(0)
    texts = [([1, 2, 1, 3] * 5)[rng.integers(4) :] for _ in range(50)]
    losses = [NGram.train(texts[:40], order, 4).nats_per_token(texts[40:]) for order in (1, 2, 3)]
    assert losses[0] > losses[1] + 0.1 > losses[2] + 0.2


def test_generation_follows_the_distribution():
    """Chi-square of the first token against the exact probabilities; 18.47 is exceeded once in a thousand seeds."""
    model = NGram.train([[1, 2, 3], [1, 1, 4], [2]], 3, 5)
    rng = np.random.default_rng(0)
    drawn = Counter((model.generate([1], 1, rng) or [0])[0] for _ in range(3000))
    expected = 3000 * model.distribution([1])
    assert sum((drawn[w] - expected[w]) ** 2 / expected[w] for w in range(5)) < 18.47


def test_generation_stops_at_the_end_or_the_limit():
    model = NGram.train([[1, 2, 3]] * 50, 4, 5)
    texts = [model.generate([1], 3, np.random.default_rng(seed)) for seed in range(50)]
    assert all(0 not in text and len(text) <= 3 for text in texts)
    assert texts.count([2, 3]) > 30
    endless = NGram.train([[1, 2] * 500], 2, 3)
    assert endless.generate([1, 2, 1], 6, np.random.default_rng(0)) == [2, 1, 2, 1, 2, 1]
    assert model.generate([1], 0, np.random.default_rng(0)) == []
    assert model.generate([1], 3, np.random.default_rng(7)) == model.generate([1], 3, np.random.default_rng(7))


@pytest.mark.parametrize("settings", [{"order": 0}, {"order": -1}, {"vocab_size": 0}])
def test_impossible_settings_are_named(settings):
    name, value = next(iter(settings.items()))
    with pytest.raises(ConfigError, match=f"{name} = {value}"):
        NGram.train([[1]], **({"order": 2, "vocab_size": 3} | settings))


def test_nothing_to_count_or_to_measure():
    with pytest.raises(ConfigError, match="at least one sequence"):
        NGram.train([], 2, 3)
    with pytest.raises(ConfigError, match="at least one"):
        NGram.train([[1]], 2, 3).nats_per_token([])
    assert NGram.train([[]], 2, 3).distribution([])[0] > 0.5  # one empty text is a text: it taught the end


@pytest.mark.parametrize("token", [3, -1])
def test_a_token_outside_the_vocabulary_is_named(token):
    model = NGram.train([[1, 2]], 2, 3)
    for use in (
        lambda: NGram.train([[1, token]], 2, 3),
        lambda: model.log_probs([token, 1]),
        lambda: model.distribution([token]),
    ):
        with pytest.raises(ConfigError, match=f"token {token} is outside the vocabulary, 0 to 2"):
            use()
    with pytest.raises(ConfigError, match=f"end_id = {token}"):
        NGram(2, 3, end_id=token)
