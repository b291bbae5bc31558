"""The n-gram model against the formulas of Chen and Goodman, written with dictionaries and no thought of speed."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import ConfigError
from minillm.generation import generate
from minillm.models import NGram, NGramConfig
from minillm.training import evaluate_stories, token_nats
from tests.core.small import TOKENIZER

END = 0


class SlowNGram:
    """Interpolated Kneser-Ney with three discounts, straight from the definitions; pruned, then smoothed again."""

    def __init__(self, sequences, order, vocab_size, min_gain=0.0):
        self.order, self.vocab_size = order, vocab_size
        self.counts = Counter()
        before = defaultdict(set)
        for sequence in sequences:
            text = (END, *sequence, END)
            for last in range(1, len(text)):
                for n in range(1, min(order, last + 1) + 1):
                    ngram = text[last - n + 1 : last + 1]
                    self.counts[ngram] += 1
                    if last - n >= 0:
                        before[ngram].add(text[last - n])
        at_the_beginning = {ngram for ngram in self.counts if len(ngram) > 1 and ngram[0] == END}
        self.adjusted = {
            ngram: count if len(ngram) == order or ngram in at_the_beginning else len(before[ngram])
            for ngram, count in self.counts.items()
        }
        self.discounts = {n: self._discounts(n) for n in range(1, order + 1)}
        self.dropped = set()
        if min_gain:
            keep = {ngram for ngram in self.counts if len(ngram) == 1 or self._gain(ngram) >= min_gain}
            for ngram in sorted(keep, key=len, reverse=True):  # all pieces of what is kept are kept
                keep |= {ngram[i:j] for i in range(len(ngram)) for j in range(i + 1, len(ngram) + 1)}
            self.dropped = set(self.counts) - keep

    def _gain(self, ngram):
        """How much less likely the counted text would be without it, as far as one n-gram alone decides."""
        _, total, kept = self._followers(ngram[:-1])
        from_shorter = (total - kept) / total * self.probability(ngram[-1], ngram[1:-1])
        return self.counts[ngram] * math.log(self.probability(ngram[-1], ngram[:-1]) / from_shorter)

    def _discounts(self, n):
        many = Counter(count for ngram, count in self.adjusted.items() if len(ngram) == n)
        found = {0: 0.0, 1: 0.5, 2: 1.0, 3: 1.5}
        for k in (1, 2, 3):
            if many[1] and many[k]:
                y = many[1] / (many[1] + 2 * many[2])
                value = k - (k + 1) * y * many[k + 1] / many[k]
                if 0 < value < k:
                    found[k] = value
        return found

    def _followers(self, context):
        """What each follower of a context has of its own once discounted, and the totals before and after."""
        ngrams = [(*context, w) for w in range(self.vocab_size)]
        total = sum(self.adjusted.get(ngram, 0) for ngram in ngrams)
        shares = [self._share(ngram) for ngram in ngrams]
        return shares, total, sum(shares)

    def _share(self, ngram):
        count = self.adjusted.get(ngram, 0)
        return 0.0 if ngram in self.dropped else count - self.discounts[len(ngram)][min(count, 3)]

    def probability(self, token, context):
        shorter = self.probability(token, context[1:]) if context else 1 / self.vocab_size
        shares, total, kept = self._followers(context)
        return (shares[token] + (total - kept) * shorter) / total if total else shorter

    def distribution(self, text):
        context = (END, *text)[-(self.order - 1) :] if self.order > 1 else ()
        return [self.probability(token, context) for token in range(self.vocab_size)]


@st.composite
def corpora(draw):
    """Sequences over a small vocabulary, order, vocabulary, the least gain, and one more sequence."""
    vocab_size = draw(st.integers(2, 6))
    tokens = st.lists(st.integers(1, vocab_size - 1), max_size=12)
    sequences = draw(st.lists(tokens, min_size=1, max_size=12))
    return sequences, draw(st.integers(1, 5)), vocab_size, draw(st.sampled_from([0.0, 1.5, 4.0])), draw(tokens)


def both(case):
    sequences, order, vocab_size, min_gain, _ = case
    fast = NGram.count(sequences, order, vocab_size, min_gain=min_gain)
    return fast, SlowNGram(sequences, order, vocab_size, min_gain)


@given(corpora())
def test_distribution_is_the_definition(case):
    (model, slow), text = both(case), case[-1]
    for length in range(len(text) + 1):
        np.testing.assert_allclose(model.distribution(text[:length]), slow.distribution(text[:length]), rtol=1e-5)


@given(corpora())
def test_every_distribution_sums_to_one_and_rules_nothing_out(case):
    """After every context of up to four tokens, among them all that were never seen."""
    (model, _), vocab_size = both(case), case[2]
    contexts = [list(np.base_repr(i, vocab_size)[1:]) for i in range(vocab_size**3, 2 * vocab_size**3)]
    for context in contexts:
        context = [int(digit) for digit in context if digit != "0"]
        distribution = model.distribution(context)
        assert distribution.shape == (vocab_size,)
        assert distribution.sum() == pytest.approx(1, abs=1e-5)
        assert (distribution > 0).all()


@given(corpora())
def test_log_probs_are_the_distribution_step_by_step(case):
    (model, _), text = both(case), case[-1]
    expected = [math.log(model.distribution(text[:i])[token]) for i, token in enumerate([*text, END])]
    np.testing.assert_allclose(model.log_probs(text), expected, rtol=1e-5, atol=1e-6)


@given(corpora())
def test_called_as_a_model_it_gives_every_distribution_with_and_without_a_cache(case):
    (model, _), text = both(case), case[-1]
    ids = torch.tensor([[END, *text], [END, *text[::-1]]])
    logits = model(ids)
    for row, tokens in enumerate((text, text[::-1])):
        for t in range(len(text) + 1):
            np.testing.assert_allclose(logits[row, t].exp(), model.distribution(tokens[:t]), rtol=1e-5)
    cache = model.new_cache()
    parts = [model(part, cache) for part in ids.split(2, dim=1)]
    assert torch.equal(torch.cat(parts, dim=1), logits)


@given(corpora())
def test_nats_per_token_weighs_every_token_alike(case):
    (model, slow), (sequences, text) = both(case), (case[0], case[-1])
    nats = [
        -math.log(slow.distribution(sequence[:i])[token])
        for sequence in (text, *sequences)
        for i, token in enumerate([*sequence, END])
    ]
    assert model.nats_per_token(iter([text, *sequences])) == pytest.approx(sum(nats) / len(nats), rel=1e-5)


@given(corpora())
def test_its_tables_are_what_a_page_reads(case):
    """Sorted by (parent, token), each n-gram listed once, and p(w | h) found by the rule that the page follows."""
    (model, slow), text = both(case), case[-1]
    listed = [{(): 0}]
    tables = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    for n in range(1, model.config.order + 1):
        tokens, parents = tables[f"order{n}.tokens"], tables[f"order{n}.parents"]
        assert tokens.dtype == parents.dtype == np.int32 and len(tokens) == model.config.entries[n - 1]
        pairs = list(zip(parents.tolist(), tokens.tolist(), strict=True))
        assert pairs == sorted(set(pairs))
        ngrams = {index: ngram for ngram, index in listed[-1].items()}
        listed.append({(*ngrams[parent], token): index for index, (parent, token) in enumerate(pairs)})

    def logp(token, context):
        n = len(context) + 1
        if (*context, token) in listed[n]:
            return tables[f"order{n}.logp"][listed[n][(*context, token)]]
        index = listed[n - 1].get(context)
        return (0.0 if index is None else tables[f"order{n - 1}.backoff"][index]) + logp(token, context[1:])

    context = (END, *text)[-(slow.order - 1) :] if slow.order > 1 else ()
    found = [math.exp(logp(token, context)) for token in range(slow.vocab_size)]
    np.testing.assert_allclose(found, slow.distribution(text), rtol=1e-5)


def test_by_hand():
    """'1 1 2' and '1', order 2: worked on paper."""
    model = NGram.count([[1, 1, 2], [1]], order=2, vocab_size=3)
    # Bigrams: start-1 twice, 1-1, 1-2, 2-end, 1-end once: n_1 = 4, n_2 = 1, so Y = 4/6, D_1 = 1 − 2 Y/4 = 2/3, and
    # D_2 = 2 − 0 is not below 2: half of 2 is taken. Before 1 came the start and 1, before 2 came 1, before the end
    # 2 and 1: continuation counts 2, 1, 2. n_1 = 1, n_2 = 2, Y = 1/5: D_1 = 1 − 2 · 2/5 = 1/5, and D_2 = 1 again.
    freed = (1 + 1 + 1 / 5) / 5
    end, one, two = (2 - 1) / 5 + freed / 3, (2 - 1) / 5 + freed / 3, (1 - 1 / 5) / 5 + freed / 3
    np.testing.assert_allclose(model.distribution([1]), [(1 / 3 + 2 * p) / 3 for p in (end, one, two)], rtol=1e-6)
    np.testing.assert_allclose(model.distribution([]), [end / 2, 1 / 2 + one / 2, two / 2], rtol=1e-6)


def test_a_token_that_follows_one_other_only_is_not_expected_elsewhere():
    """The idea of Kneser and Ney: 2 is as frequent as 3, but it comes after 1 only, and 3 after anything."""
    texts = [[1, 2, 4, 3], [1, 2, 5, 3], [1, 2, 6, 3], [1, 2, 7, 3]] * 5
    model = NGram.count(texts, 2, 9)
    assert Counter(token for text in texts for token in text)[2] == Counter(t for text in texts for t in text)[3]
    assert model.distribution([8])[3] > 2 * model.distribution([8])[2]


def test_an_unseen_context_falls_back_to_the_shorter_one():
    model = NGram.count([[1, 2, 3, 1, 2, 4], [3, 2, 1]], 3, 6)
    np.testing.assert_array_equal(model.distribution([4, 4, 2]), model.distribution([4, 5, 2]))  # 4 2 was never seen
    assert not np.allclose(model.distribution([1, 2]), model.distribution([4, 2]))
    np.testing.assert_array_equal(model.distribution([1, 5]), model.distribution([2, 5]))  # nor was 5


def test_sequences_do_not_run_into_each_other():
    """What follows the end of one text is the beginning of no other."""
    apart = NGram.count([[1, 2], [3, 4]], 3, 5)
    assert apart.distribution([1, 2])[0] > apart.distribution([1, 2])[3]
    np.testing.assert_allclose(apart.distribution([1]), NGram.count([[3, 4], [1, 2]], 3, 5).distribution([1]))


def test_a_longer_context_predicts_a_regular_text_better():
    rng = np.random.default_rng(0)
    texts = [([1, 2, 1, 3] * 5)[rng.integers(4) :] for _ in range(50)]
    losses = [NGram.count(texts[:40], order, 4).nats_per_token(texts[40:]) for order in (1, 2, 3)]
    assert losses[0] > losses[1] + 0.1 > losses[2] + 0.2


def test_leaving_out_what_gains_little_costs_little():
    """A regular text with noise in it: most of the n-grams go, for less than a tenth of a nat a token."""
    rng = np.random.default_rng(0)
    texts = [np.where(rng.random(30) < 0.2, rng.integers(1, 40, 30), [1, 2, 3, 4, 5] * 6).tolist() for _ in range(200)]
    whole, small = NGram.count(texts[:180], 4, 40), NGram.count(texts[:180], 4, 40, min_gain=4.0)
    assert small.config.entries[0] == whole.config.entries[0] == 40
    assert sum(small.config.entries) < sum(whole.config.entries) / 2
    assert small.num_parameters() == 2 * sum(small.config.entries)
    assert small.nats_per_token(texts[180:]) < whole.nats_per_token(texts[180:]) + 0.1


def test_it_is_evaluated_and_generates_like_any_model():
    texts = ["a bad cab.", "a fed cab.", "dad fed a bad cab.", "a cab."]
    model = NGram.count([TOKENIZER.encode(text) for text in texts], 4, TOKENIZER.vocab_size)
    expected = model.nats_per_token([TOKENIZER.encode(text) for text in texts[1:3]])
    assert evaluate_stories(model, TOKENIZER, texts[1:3]) == pytest.approx(expected, rel=1e-5)
    for text, nats in zip(texts, token_nats(model, TOKENIZER, texts, batch_size=3), strict=True):
        np.testing.assert_allclose(nats, -model.log_probs(TOKENIZER.encode(text)), rtol=1e-4, atol=1e-5)
    assert generate(model, TOKENIZER, "a c", temperature=0) == "ab."
    drawn = Counter(generate(model, TOKENIZER, "a", max_new_tokens=1, seed=seed) for seed in range(2000))
    ids = TOKENIZER.encode("a")
    for i, p in enumerate(model.distribution(ids)):
        character = TOKENIZER.decode([i]) if i else ""
        assert abs(drawn[character] - 2000 * p) < 5 * math.sqrt(2000 * p)


@pytest.mark.parametrize("settings", [{"order": 0}, {"order": -1}, {"vocab_size": 0}, {"min_gain": -1.0}])
def test_impossible_settings_are_named(settings):
    name, value = next(iter(settings.items()))
    with pytest.raises(ConfigError, match=f"{name} = {value}"):
        NGram.count([[1]], **({"order": 2, "vocab_size": 3} | settings))


def test_a_configuration_that_contradicts_itself_is_named():
    with pytest.raises(ConfigError, match="entries"):
        NGramConfig(vocab_size=5, order=2, entries=(5,))
    with pytest.raises(ConfigError, match="entries"):
        NGramConfig(vocab_size=5, order=2, entries=(4, 9))


def test_nothing_to_count_or_to_measure():
    with pytest.raises(ConfigError, match="at least one"):
        NGram.count([], 2, 3)
    with pytest.raises(ConfigError, match="at least one"):
        NGram.count([[1]], 2, 3).nats_per_token([])
    assert NGram.count([[]], 2, 3).distribution([])[0] > 0.5  # one empty text is a text: it taught the end


@pytest.mark.parametrize("token", [3, -1])
def test_a_token_outside_the_vocabulary_is_named(token):
    model = NGram.count([[1, 2]], 2, 3)
    for use in (
        lambda: NGram.count([[1, token]], 2, 3),
        lambda: model.log_probs([token, 1]),
        lambda: model.distribution([token]),
    ):
        with pytest.raises(ConfigError, match=f"token {token} is outside the vocabulary, 0 to 2"):
            use()
    with pytest.raises(ConfigError, match=f"end_id = {token}"):
        NGram.count([[1]], 2, 3, end_id=token)


def test_an_end_marker_inside_a_text_is_refused():
    with pytest.raises(ConfigError, match="end_id = 0"):
        NGram.count([[1, 0, 2]], 2, 3)
