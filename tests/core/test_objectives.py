"""Losses against torch and against counting by hand; the four objectives: what their batches show, hide and ask for."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import binom, chisquare

from minillm.batches import IGNORED, Batch, Batches, BatchSource, MaskedBatches, PairBatches, PrefixBatches, TokenStream
from minillm.errors import ConfigError
from minillm.models import BERT, BERTConfig, Seq2Seq, Seq2SeqConfig
from minillm.packing import PackedBatches
from minillm.tokenizers import CharacterTokenizer
from minillm.training import (
    OBJECTIVES,
    TrainConfig,
    Trainer,
    cross_entropy,
    nats_per_byte,
    perplexity,
    story_nats,
    token_loss,
)
from tests.core.small import VOCAB_SIZE, enliven, lively_gpt, random_ids

MASK = VOCAB_SIZE


def windows(batch_size: int = 4, context_length: int = 8, seed: int = 0) -> Batches:
    return Batches(random_ids(500, seed=seed), batch_size, context_length, seed=seed)


def masked(batch_size: int = 4, context_length: int = 8, seed: int = 0, **changes) -> MaskedBatches:
    return MaskedBatches(windows(batch_size, context_length, seed), MASK, VOCAB_SIZE, **changes)


def pairs(batch_size: int = 4, seed: int = 0) -> PairBatches:
    texts = [random_ids(2 + i % 5, seed=i).tolist() for i in range(40)]
    return PairBatches(list(zip(texts[::2], texts[1::2], strict=True)), batch_size, seed)


def packed(batch_size: int = 4, seed: int = 0, **changes) -> PackedBatches:
    texts = [(1 + random_ids(2 + i % 7, seed=i, vocab_size=10)).tolist() for i in range(40)]
    return PackedBatches(texts, batch_size, 12, seed, **changes)


SOURCES = {
    "causal": windows,
    "masked": masked,
    "prefix": lambda **settings: PrefixBatches(windows(**settings)),
    "sequence-to-sequence": pairs,
    "packed": packed,
    "packed, apart": partial(packed, separate=True),
    "masked, packed": lambda **settings: MaskedBatches(packed(**settings), MASK, VOCAB_SIZE),
}
every_source = pytest.mark.parametrize("name", SOURCES)


def flat(batch: Batch) -> list[torch.Tensor]:
    return [batch.inputs, batch.targets, *(batch.extras[name] for name in sorted(batch.extras))]


def same(one: Batch, other: Batch) -> bool:
    pairs = list(zip(flat(one), flat(other), strict=True))
    return all(a.shape == b.shape and torch.equal(a, b) for a, b in pairs)


def test_every_objective_is_tested():
    assert set(OBJECTIVES) <= set(SOURCES)
    assert all(isinstance(SOURCES[name](), source) for name, source in OBJECTIVES.items())


@every_source
def test_a_batch_is_a_pure_function_of_seed_step_and_rank(name):
    source, again = SOURCES[name](seed=3), SOURCES[name](seed=3)
    assert isinstance(source, BatchSource)
    expected = source(5, 1)
    for other in (0, 9):
        again(other, 2)
    state = torch.get_rng_state()
    assert same(again(5, 1), expected)
    assert torch.equal(torch.get_rng_state(), state)
    others = [source(6, 1), source(5, 2), SOURCES[name](seed=4)(5, 1)]
    assert not any(same(other, expected) for other in others)


@every_source
def test_shapes_and_vocabulary(name):
    source = SOURCES[name]()
    batch = source(0)
    assert batch.inputs.dtype == batch.targets.dtype == torch.int64
    assert all(tensor.shape[0] == source.batch_size == 4 for tensor in flat(batch))
    assert batch.inputs.shape[1] <= source.context_length and batch.targets.shape[1] <= source.context_length
    assert 0 < batch.counted == int((batch.targets >= 0).sum()) <= batch.targets.numel()
    assert same(batch.to("cpu"), batch)
    source.check_vocabulary(VOCAB_SIZE + 1)
    with pytest.raises(ConfigError, match="the model's vocab_size is 5"):
        source.check_vocabulary(5)


# The loss


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 6), st.floats(0, 1), st.data())
def test_cross_entropy_equals_torchs_and_scipys(seed, rows, vocab_size, smoothing, data):
    generator = torch.Generator().manual_seed(seed)
    logits = 30 * torch.randn(2, rows, vocab_size, generator=generator, dtype=torch.float64)
    targets = torch.randint(vocab_size, (2, rows), generator=generator)
    targets[0, : data.draw(st.integers(0, rows))] = IGNORED
    ours = cross_entropy(logits, targets, smoothing)
    torch.testing.assert_close(
        ours, F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=smoothing)
    )
    log_p = log_softmax(logits.numpy(), axis=-1)
    spread = smoothing / vocab_size
    by_hand = [
        -sum((spread + (1 - smoothing) * (v == y)) * log_p[i, t, v] for v in range(vocab_size))
        for i, row in enumerate(targets.tolist())
        for t, y in enumerate(row)
        if y != IGNORED
    ]
    assert ours.item() == pytest.approx(sum(by_hand) / len(by_hand))


def test_cross_entropy_and_its_gradient_where_exponentials_overflow():
    logits = torch.tensor([[1000.0, 0.0], [0.0, -1000.0]], requires_grad=True)
    loss = cross_entropy(logits, torch.tensor([1, 0]))
    loss.backward()
    assert loss.item() == pytest.approx(500)
    assert logits.grad.tolist() == [[0.5, -0.5], [0.0, 0.0]]  # (p − q) / 2


def test_smoothing_is_a_share():
    with pytest.raises(ConfigError, match=r"smoothing = 1\.5"):
        cross_entropy(torch.zeros(1, 2), torch.zeros(1, dtype=torch.long), 1.5)


@given(st.integers(1, 1000))
def test_perplexity_of_an_even_guess_is_the_number_of_choices(choices):
    assert perplexity(math.log(choices)) == pytest.approx(choices)


def test_nats_per_byte_counts_utf8():
    assert nats_per_byte([3.0, 5.0], ["ab", "猫"]) == pytest.approx(8 / 5)
    tokenizer, model = CharacterTokenizer("abcdefghij"), lively_gpt()
    texts = ["abba", "c", "hijab"]
    nats = story_nats(model, tokenizer, texts)
    per_token = nats.sum() / sum(len(text) + 1 for text in texts)
    assert nats_per_byte(nats, texts) == pytest.approx(float(per_token) * 13 / 10)
    for losses, given_texts in (([1.0], ["a", "b"]), ([1.0], [""])):
        with pytest.raises(ConfigError, match="one for each text"):
            nats_per_byte(losses, given_texts)


@every_source
def test_the_loss_is_the_readable_one_for_every_model_and_objective(name):
    shape = {"vocab_size": VOCAB_SIZE + 1, "context_length": 12, "d_model": 16, "num_layers": 2, "num_heads": 2}
    if "masked" in name:
        model = enliven(BERT(BERTConfig(**shape)))
    elif name == "sequence-to-sequence":
        model = enliven(Seq2Seq(Seq2SeqConfig(**shape)))
    else:
        model = lively_gpt(vocab_size=VOCAB_SIZE + 1)
    batch = SOURCES[name]()(0)
    logits = model(batch.inputs, **batch.extras)
    for smoothing in (0.0, 0.1):
        expected = cross_entropy(logits, batch.targets, smoothing)
        torch.testing.assert_close(token_loss(model, batch, smoothing), expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(model.loss(*batch, smoothing=smoothing), expected, rtol=1e-4, atol=1e-5)


# Masked


def test_masking_proportions():
    """Shares of 0.15, and of the chosen 0.8 mask, 0.1 random, 0.1 kept: within what a binomial allows once in 10^6."""
    source = MaskedBatches(Batches(1 + random_ids(5000, vocab_size=10), 64, 256), MASK, VOCAB_SIZE)
    chosen = masks = changed = total = 0
    for step in range(4):
        batch, (tokens, _, _) = source(step), source.windows(step)
        asked = batch.targets != IGNORED
        assert torch.equal(batch.targets[asked], tokens[asked])
        assert torch.equal(batch.inputs[~asked], tokens[~asked])
        chosen, total = chosen + int(asked.sum()), total + asked.numel()
        masks += int((batch.inputs == MASK).sum())
        changed += int(((batch.inputs != tokens) & (batch.inputs != MASK)).sum())
    for count, of, share in ((chosen, total, 0.15), (masks, chosen, 0.8), (changed, chosen, 0.1 * 9 / 10)):
        low, high = binom.interval(1 - 1e-6, of, share)  # a random token is the same one once in ten
        assert low <= count <= high, (count, of, share)


def test_random_tokens_are_ordinary_and_even():
    tokens = torch.full((5000,), 1)
    source = MaskedBatches(Batches(tokens, 32, 128), 3, 6, rate=1.0, special=(0, 5))
    seen = torch.cat([source(step).inputs.flatten() for step in range(4)])
    counts = [int((seen == token).sum()) for token in range(6)]
    assert counts[0] == counts[5] == 0
    assert chisquare([counts[2], counts[4]]).pvalue > 1e-6
    assert counts[2] == pytest.approx(len(seen) * 0.1 / 3, rel=0.25)


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(1e-6, 0.2))
def test_at_least_one_token_of_a_row_is_asked_for_and_no_special_one(seed, context_length, rate):
    tokens = torch.arange(100) % 3  # every third is an end marker
    source = MaskedBatches(Batches(tokens, 5, context_length, seed), 3, 3, rate=rate)
    inputs, targets, _ = source(0)
    originals = source.windows(0).inputs
    asked = targets != IGNORED
    assert torch.equal(asked.any(dim=1), (originals != 0).any(dim=1))
    assert not (asked & (originals == 0)).any()
    assert torch.equal(inputs[originals == 0], originals[originals == 0])


@pytest.mark.parametrize(("changes", "message"), [({"rate": 0.0}, "rate = 0"), ({"special": range(11)}, "all 11")])
def test_masks_that_cannot_be(changes, message):
    with pytest.raises(ConfigError, match=message):
        masked(**(changes | ({"special": tuple(changes["special"])} if "special" in changes else {})))


# Prefix


def test_the_prefix_mask_entry_by_entry():
    source = PrefixBatches(windows(batch_size=16))
    seen = set()
    for step in range(20):
        inputs, targets, extras = source(step)
        tokens = source.windows(step)
        assert torch.equal(inputs, tokens.inputs)
        for row in range(16):
            first = (targets[row] != IGNORED).nonzero()[0].item()
            prefix = first + 1  # the last token of the prefix predicts the next one
            seen.add(prefix)
            assert torch.equal(targets[row, first:], tokens.targets[row, first:])
            assert (targets[row, :first] == IGNORED).all()
            for i in range(8):
                for j in range(8):
                    assert extras["visible"][row, i, j].item() == (j <= i or j < prefix)
    assert seen == set(range(1, 8))


def test_no_counted_target_is_seen():
    """The gradient of each counted loss at the token that is its target, and after it, is zero; inside it is not."""
    model = lively_gpt(positions="none")
    inputs, targets, extras = PrefixBatches(windows(batch_size=6, seed=2))(0)
    embedded = model.embedding(inputs).detach().requires_grad_()
    model.embedding.forward = lambda ids: embedded
    logits = model(inputs, **extras)
    for row in range(6):
        prefix = int((targets[row] == IGNORED).sum()) + 1
        for position in range(8):
            (gradient,) = torch.autograd.grad(logits[row, position].square().sum(), embedded, retain_graph=True)
            moved = gradient[row].abs().sum(dim=1) > 0
            assert moved.tolist() == [j <= position or j < prefix for j in range(8)]
            assert not gradient[torch.arange(6) != row].any()


def test_a_prefix_needs_two_tokens():
    with pytest.raises(ConfigError, match="context_length of at least 2"):
        PrefixBatches(windows(context_length=1))


# Pairs


def test_pairs_are_shifted_padded_and_marked():
    source = PairBatches([([5, 6, 7], [8]), ([9], [3, 4])], 16)
    inputs, targets, extras = source(0)
    drawn = {
        (tuple(i), tuple(t), tuple(d), tuple(s), tuple(p))
        for i, t, d, s, p in zip(
            inputs.tolist(),
            targets.tolist(),
            extras["target_ids"].tolist(),
            extras["source_present"].tolist(),
            extras["target_present"].tolist(),
            strict=True,
        )
    }
    assert drawn == {
        ((5, 6, 7, 0), (8, 0, IGNORED), (0, 8, 0), (True,) * 4, (True, True, False)),
        ((9, 0, 0, 0), (3, 4, 0), (0, 3, 4), (True, True, False, False), (True,) * 3),
    }
    assert source.context_length == 4


def test_pairs_of_texts():
    tokenizer = CharacterTokenizer("abc")
    assert PairBatches.encode([("ab", "c")], tokenizer, 2).pairs == [([1, 2], [3])]
    with pytest.raises(ConfigError, match="no pair"):
        PairBatches.encode([], tokenizer, 2)
    with pytest.raises(ConfigError, match="batch_size = 0"):
        PairBatches([([1], [2])], 0)


# Training


def test_each_objective_learns():
    """A text of one cycle of ten tokens: whatever is hidden follows from what is shown, and the trainer finds it."""
    tokens = 1 + torch.arange(500) % 10
    shape = {"vocab_size": 12, "context_length": 12, "d_model": 32, "num_layers": 1, "num_heads": 2}
    cycle = Batches(tokens, 16, 12)
    texts = [tokens[i : i + 5].tolist() for i in range(10)]
    runs = {
        "causal": (lively_gpt(**shape), cycle),
        "masked": (BERT(BERTConfig(**shape, positions="rotary", norm_first=True)), MaskedBatches(cycle, 11, 11)),
        "prefix": (lively_gpt(**shape), PrefixBatches(cycle)),
        "sequence-to-sequence": (
            Seq2Seq(Seq2SeqConfig(**shape, positions="learned")),
            PairBatches([(text, text[::-1]) for text in texts], 16),
        ),
    }
    assert set(runs) == set(OBJECTIVES)
    for name, (model, source) in runs.items():
        torch.manual_seed(0)
        config = TrainConfig(steps=300, warmup_steps=10, learning_rate=1e-2, evaluate_every=30)
        assert Trainer(model, source, config).run()[-1]["train_loss"] < 0.4, name  # an even guess: ln 10 = 2.3


def test_a_stream_from_stories_reaches_the_objectives():
    stream = TokenStream.encode(["abc", "cab"], CharacterTokenizer("abc"))
    source = MaskedBatches(Batches(stream.tokens, 2, 4, starts=stream.starts), 4, 4)
    assert source(0).inputs[:, 0].tolist() == [0, 0]  # start markers are never hidden
