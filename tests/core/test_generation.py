"""Generation: the processors against naive versions, the loop against recomputing everything, and bad input."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from minillm.errors import PromptError, SamplingError, UnknownCharacterError
from minillm.generation import generate, next_token_probabilities, stream, temperature, top_k, top_p
from minillm.models import GPT, GPTConfig
from tests.core.small import TOKENIZER, lively_gpt, same_tensors, shared_gpt

VOCABULARY = TOKENIZER.vocab_size
logits_rows = st.integers(1, 12).flatmap(
    lambda size: numpy_st.arrays(np.float64, size, elements=st.floats(-30, 30, width=32))
)


def model(**changes):
    return shared_gpt(vocab_size=VOCABULARY, context_length=24, **changes)


def softmax(logits):
    exponentials = np.exp(logits - np.max(logits))
    return exponentials / exponentials.sum()


@given(logits_rows, st.floats(0.05, 20))
def test_temperature_raises_probabilities_to_a_power(logits, value):
    """softmax(z / t) is proportional to softmax(z)^(1/t)."""
    expected = softmax(logits) ** (1 / value)
    processed = temperature(torch.from_numpy(logits), value).softmax(-1)
    np.testing.assert_allclose(processed, expected / expected.sum(), rtol=1e-6, atol=1e-12)


@given(logits_rows)
def test_temperature_zero_keeps_the_first_largest(logits):
    probabilities = temperature(torch.from_numpy(logits), 0).softmax(-1)
    assert probabilities.tolist() == [float(i == int(np.argmax(logits))) for i in range(len(logits))]


@pytest.mark.parametrize("value", [1e-3, 1e-30, 1e-45, 1e-300])
def test_a_tiny_temperature_is_almost_zero(value):
    probabilities = next_token_probabilities(torch.tensor([3.0, 5.0, -1.0, 4.0]), value)
    assert probabilities.tolist() == pytest.approx([0, 1, 0, 0])


@given(logits_rows, st.integers(1, 15))
def test_top_k_by_counting(logits, k):
    """A token stays if fewer than k tokens are above it; those that stay keep their logits."""
    expected = [z if sum(other > z for other in logits) < k else -math.inf for z in logits]
    assert top_k(torch.from_numpy(logits), k).tolist() == expected


@given(logits_rows, st.floats(0.01, 0.999))
def test_top_p_by_adding_up(logits, p):
    """Tokens from the likeliest on, until the sum reaches p; those that stay keep their logits."""
    probabilities, kept, total = softmax(logits), [], 0.0
    order = sorted(range(len(logits)), key=lambda i: -logits[i])
    for i in order:
        if total >= p:
            break
        kept.append(i)
        total += probabilities[i]
    result = top_p(torch.from_numpy(logits), p)
    if all(abs(sum(probabilities[i] for i in order[:n]) - p) > 1e-9 for n in range(len(order) + 1)):
        assert result.tolist() == [z if i in kept else -math.inf for i, z in enumerate(logits)]
    assert result.softmax(-1).sum() == pytest.approx(1)


@pytest.mark.parametrize(("p", "kept"), [(0.4999, 1), (0.5001, 2), (0.7499, 2), (0.7501, 3), (0.8749, 3), (0.8751, 4)])
def test_top_p_stops_as_soon_as_the_sum_is_reached(p, kept):
    logits = torch.tensor([0.125, 0.5, 0.125, 0.25]).log()
    assert (top_p(logits, p) > -math.inf).sum() == kept


@given(logits_rows)
def test_top_p_of_one_keeps_everything(logits):
    assert top_p(torch.from_numpy(logits), 1.0).tolist() == logits.tolist()


@pytest.mark.parametrize(
    "process",
    [lambda z: temperature(z, 0.7), lambda z: temperature(z, 0), lambda z: top_k(z, 3), lambda z: top_p(z, 0.8)],
)
def test_processors_are_pure_and_treat_rows_apart(process):
    logits = torch.randn(4, 3, 9, generator=torch.Generator().manual_seed(0))
    before = logits.clone()
    together = process(logits)
    assert torch.equal(logits, before)
    assert together.shape == logits.shape
    for i, j in np.ndindex(4, 3):
        assert torch.equal(process(logits[i, j]), together[i, j])


def test_processors_run_in_their_documented_order():
    """Temperature first: at 0.5 the two best hold more than 0.9 of the mass, at 1 they do not."""
    logits = torch.tensor([0.5, 0.3, 0.1, 0.1]).log()
    assert (next_token_probabilities(logits, 1.0, None, 0.85) > 0).sum() == 3
    assert (next_token_probabilities(logits, 0.5, None, 0.85) > 0).sum() == 2
    # top-k before top-p: of the two that are left the first holds 0.625, enough for p = 0.6 but not for p = 0.63.
    assert (next_token_probabilities(logits, 1.0, 2, 0.6) > 0).sum() == 1
    torch.testing.assert_close(next_token_probabilities(logits, 1.0, 2, 0.63), torch.tensor([0.625, 0.375, 0, 0]))


BAD_SETTINGS = [
    ({"temperature": -1.0}, "temperature = -1.0 must be 0"),
    ({"temperature": -1e-9}, "temperature = -1e-09"),
    ({"temperature": math.nan}, "temperature = nan"),
    ({"temperature": math.inf}, "temperature = inf"),
    ({"top_k": 0}, "top_k = 0 must be at least 1"),
    ({"top_k": -5}, "top_k = -5"),
    ({"top_p": 0.0}, "top_p = 0.0 must be above 0 and at most 1"),
    ({"top_p": 1.5}, "top_p = 1.5"),
    ({"top_p": -0.1}, "top_p = -0.1"),
    ({"top_p": math.nan}, "top_p = nan"),
    ({"max_new_tokens": -1}, "max_new_tokens = -1"),
]


@pytest.mark.parametrize(("setting", "message"), BAD_SETTINGS)
def test_impossible_settings_are_named_even_where_nothing_is_generated(setting, message):
    for more in ({}, {"max_new_tokens": 0}):
        with pytest.raises(SamplingError, match=message):
            generate(model(), TOKENIZER, "ab", **(more | setting))


@pytest.mark.parametrize(
    ("prompt", "error", "message"),
    [
        ("", PromptError, "the prompt is empty; write at least one character"),
        ("abXc", UnknownCharacterError, r"'X' \(U\+0058\) at position 2"),
        ("a" * 24, PromptError, r"25 tokens .* context holds 24; shorten it by at least 2"),
        ("a" * 23, PromptError, "24 tokens .* shorten it by at least 1"),
    ],
)
def test_impossible_prompts_are_named(prompt, error, message):
    with pytest.raises(error, match=message):
        generate(model(), TOKENIZER, prompt)


def test_the_longest_prompt_leaves_room_for_one_token():
    assert len(generate(never_ending(), TOKENIZER, "a" * 22)) == 1


def never_ending():
    """A model that gives the end marker no chance."""
    changed = lively_gpt(vocab_size=VOCABULARY, context_length=24, tie_weights=False)
    with torch.no_grad():
        changed.head.weight[0] = 0
        changed.final_norm.weight.fill_(0)
        changed.final_norm.bias.fill_(1)
        changed.head.weight[1:] = changed.head.weight[1:].abs() + 5
    return changed


def test_generation_stops_when_the_context_is_full():
    for prompt in (None, "a", "abcabc"):
        text = generate(never_ending(), TOKENIZER, prompt, max_new_tokens=1000)
        assert len(text) == 24 - 1 - len(prompt or "")


@pytest.mark.parametrize("limit", [0, 1, 5])
def test_generation_stops_at_the_limit(limit):
    assert len(generate(never_ending(), TOKENIZER, "ab", max_new_tokens=limit)) == limit


class Scripted(GPT):
    """A GPT that wants to say one text, whatever it is told."""

    script: list[int]

    def forward(self, token_ids, cache=None, record=None):
        logits = torch.full((*token_ids.shape, self.config.vocab_size), -50.0)
        logits[:, -1, self.script.pop(0)] = 50.0
        return logits


def test_generation_stops_at_the_end_marker_and_leaves_it_out():
    scripted = Scripted(GPTConfig(VOCABULARY, 24, 8, 1, 1))
    scripted.script = [*TOKENIZER.encode("fed. "), TOKENIZER.end_id, 1]
    assert generate(scripted, TOKENIZER, "ab", seed=5) == "fed. "
    assert scripted.script == [1]  # it was not asked again


@pytest.mark.parametrize("positions", ["rotary", "learned", "none"])
@pytest.mark.parametrize("prompt", [None, "a", "fade. bed"])
def test_temperature_zero_is_the_chain_of_argmaxes(positions, prompt):
    """Recomputed from the whole text at every token, without a cache."""
    gpt = model(positions=positions, seed=8, tie_weights=False)  # a seed whose texts vary, and sometimes end
    ids = [TOKENIZER.end_id, *TOKENIZER.encode(prompt or "")]
    start = len(ids)
    while len(ids) < 24:
        best = int(gpt(torch.tensor([ids]))[0, -1].argmax())
        if best == TOKENIZER.end_id:
            break
        ids.append(best)
    expected = TOKENIZER.decode(ids[start:])
    assert len(expected) >= 2
    for settings in ({"temperature": 0}, {"temperature": 0.0, "seed": 9}, {"top_k": 1}, {"top_p": 1e-6, "seed": 3}):
        assert generate(gpt, TOKENIZER, prompt, **settings) == expected


def test_the_seed_decides_the_text():
    texts = [generate(model(), TOKENIZER, "ab", temperature=2.0, seed=seed) for seed in range(8)]
    again = [generate(model(), TOKENIZER, "ab", temperature=2.0, seed=seed) for seed in range(8)]
    assert texts == again
    assert len(set(texts)) > 4


def test_the_stream_is_the_text_in_pieces_and_lazy():
    pieces = list(stream(model(), TOKENIZER, "ab", seed=4))
    assert "".join(pieces) == generate(model(), TOKENIZER, "ab", seed=4)
    assert all(len(piece) == 1 for piece in pieces) and len(pieces) > 1
    scripted = Scripted(GPTConfig(VOCABULARY, 24, 8, 1, 1))
    scripted.script = TOKENIZER.encode("abc")
    assert next(iter(stream(scripted, TOKENIZER))) == "a"
    assert len(scripted.script) == 2  # the second token is not computed before it is asked for


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"temperature": 0.5},
        {"temperature": 3.0},
        {"top_k": 3},
        {"top_p": 0.7},
        {"temperature": 2.0, "top_k": 5, "top_p": 0.9},
    ],
)
def test_samples_have_the_distribution_of_the_formula(settings):
    """Chi-square of the first token over 600 seeds, against a softmax worked in NumPy."""
    gpt = model(num_layers=1)
    z = gpt(torch.tensor([[0, *TOKENIZER.encode("bad")]]))[0, -1].double().numpy() / settings.get("temperature", 1.0)
    if "top_k" in settings:
        z = np.where(z >= np.sort(z)[-settings["top_k"]], z, -np.inf)
    if "top_p" in settings:
        order = np.argsort(-z)
        kept = int((np.cumsum(softmax(z)[order]) < settings["top_p"]).sum()) + 1
        z = np.where(np.isin(np.arange(len(z)), order[:kept]), z, -np.inf)
    expected = 600 * softmax(z)
    drawn = Counter(generate(gpt, TOKENIZER, "bad", max_new_tokens=1, seed=seed, **settings) for seed in range(600))
    counts = np.array([drawn[""] if i == 0 else drawn[TOKENIZER.decode([i])] for i in range(VOCABULARY)])
    assert (counts[expected == 0] == 0).all()
    common = expected >= 5  # chi-square needs a few of each
    rest = counts[~common].sum(), expected[~common].sum()
    statistic = ((counts - expected)[common] ** 2 / expected[common]).sum() + (rest[0] - rest[1]) ** 2 / max(rest[1], 1)
    assert statistic < 27.9  # 9 degrees of freedom at most: one in a thousand


def test_nothing_else_is_touched():
    """No global generator, no gradient, no weight, and the model stays in its mode, also after an error."""
    gpt = lively_gpt(vocab_size=VOCABULARY, context_length=24, dropout=0.5)
    weights = {name: tensor.clone() for name, tensor in gpt.state_dict().items()}
    states = torch.get_rng_state(), np.random.get_state()[1].copy()  # the type checks draw from Python's own
    for training in (True, False):
        gpt.train(training)
        assert generate(gpt, TOKENIZER, "ab", seed=1) == generate(gpt, TOKENIZER, "ab", seed=1)
        assert gpt.training == training
        with pytest.raises(SamplingError):
            generate(gpt, TOKENIZER, "ab", temperature=-1)
        assert gpt.training == training
        pieces = stream(gpt, TOKENIZER, "ab", seed=1)
        next(pieces)
        pieces.close()
        assert gpt.training == training
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1] == states[1]).all()
    assert same_tensors(weights, gpt.state_dict())
    assert all(parameter.grad is None for parameter in gpt.parameters())


def test_dropout_is_off_while_generating():
    dropping = lively_gpt(vocab_size=VOCABULARY, context_length=24, dropout=0.9).train()
    assert generate(dropping, TOKENIZER, "ab", temperature=0) == generate(model(), TOKENIZER, "ab", temperature=0)
