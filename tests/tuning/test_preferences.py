"""DPO against a case by hand, the formula of its gradient, and what it does to a model."""

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.batches import IGNORED, Batch, BatchSource
from minillm.errors import ConfigError
from minillm.models import GPT, GPTConfig
from minillm.tokenizers import CharacterTokenizer
from minillm.tuning import DPO, Pair, PairScores, PreferenceBatches, answer_logprobs, dpo_loss, implicit_rewards
from tests.core.small import lively_gpt

TOKENIZER = CharacterTokenizer("\n ?=abcdefgh.")
PAIRS = [Pair("a b", "c", "d", "e f"), Pair("b", "c c", "g h", "a")]
numbers = st.floats(-30, 30)


class Fixed(GPT):
    """A model that says the same at every place: the logarithms of three probabilities."""

    def __init__(self, *probabilities):
        super().__init__(GPTConfig(vocab_size=3, d_model=4, num_heads=2, num_layers=1))
        self.logits = torch.nn.Parameter(torch.tensor(probabilities).log())

    def forward(self, token_ids, cache=None, record=None, present=None, visible=None):
        return self.logits.expand(*token_ids.shape, -1)


def small(seed=0):
    return lively_gpt(seed, vocab_size=TOKENIZER.vocab_size, context_length=24)


def test_a_case_by_hand():
    """π = (½, ¼, ¼), π_ref = (⅓, ⅓, ⅓), chosen "0 0", rejected "1", β = ½.

    r_chosen = ½ (2 ln ½ + 2 ln 3) = ln 3/2, r_rejected = ½ (ln ¼ + ln 3) = ½ ln ¾: the loss is
    −ln σ(ln 3/2 − ½ ln ¾) = ln(1 + (2/3) √¾) = ln(1 + 1/√3).
    """
    batch = Batch(
        torch.tensor([[2, 0]]), torch.tensor([[0, 0]]),
        {"rejected_inputs": torch.tensor([[2, 2]]), "rejected_targets": torch.tensor([[IGNORED, 1]])},
    )  # fmt: skip
    model, reference = Fixed(0.5, 0.25, 0.25), Fixed(1 / 3, 1 / 3, 1 / 3)
    scores = implicit_rewards(model, reference, batch, beta=0.5)
    assert scores.chosen.item() == pytest.approx(math.log(1.5), abs=1e-6)
    assert scores.rejected.item() == pytest.approx(0.5 * math.log(0.75), abs=1e-6)
    assert DPO(reference, 0.5)(model, batch).item() == pytest.approx(math.log(1 + 1 / math.sqrt(3)), abs=1e-6)


def test_a_logprob_is_the_sum_over_the_answer_alone():
    model, batches = small(), PreferenceBatches.encode(PAIRS, TOKENIZER, 2)
    batch = batches.batch_of([0, 1])
    for row, (chosen, _) in enumerate(batches.pairs):
        log_p = model(torch.tensor([chosen.ids[:-1]]))[0].log_softmax(-1)
        wanted = sum(log_p[i, chosen.ids[i + 1]] for i in range(len(chosen.ids) - 1) if chosen.written[i + 1])
        assert answer_logprobs(model, batch.inputs, batch.targets)[row].item() == pytest.approx(wanted.item(), rel=1e-4)
    assert answer_logprobs(model, batch.inputs, torch.full_like(batch.targets, IGNORED)).tolist() == [0, 0]


def test_the_gradient_is_that_of_the_paper():
    """∇L = −β mean of σ(r_rejected − r_chosen) (∇ ln π(chosen) − ∇ ln π(rejected)), section 4."""
    beta, reference, model = 0.3, small(1), small(0).double()
    batch = PreferenceBatches.encode(PAIRS, TOKENIZER, 2).batch_of([0, 1])
    reference = reference.double()
    DPO(reference, beta)(model, batch).backward()
    own = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad()
    weight = torch.sigmoid(-implicit_rewards(model, reference, batch, beta).margin).detach()
    difference = answer_logprobs(model, batch.inputs, batch.targets) - answer_logprobs(
        model, batch.extras["rejected_inputs"], batch.extras["rejected_targets"]
    )
    (-beta * (weight * difference).mean()).backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(own[name], parameter.grad, rtol=1e-4, atol=1e-7)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_the_loss_is_the_formula_whatever_the_scores(pairs):
    scores = PairScores(*torch.tensor(pairs, dtype=torch.double).T)
    by_hand = sum(math.log1p(math.exp(-(c - r))) if c - r > -30 else r - c for c, r in pairs) / len(pairs)
    assert dpo_loss(scores).item() == pytest.approx(by_hand, rel=1e-6, abs=1e-9)
    swapped = PairScores(scores.rejected, scores.chosen)
    assert scores.accuracy + swapped.accuracy == pytest.approx(1)
    assert torch.equal(scores.margin, -swapped.margin)
    assert scores.accuracy == pytest.approx(sum(0.5 if c == r else c > r for c, r in pairs) / len(pairs))


def test_a_model_that_is_its_reference_has_no_preference():
    model = small()
    batch = PreferenceBatches.encode(PAIRS, TOKENIZER, 2)(0)
    scores = implicit_rewards(model, copy.deepcopy(model), batch)
    assert not scores.margin.any() and scores.accuracy == 0.5
    assert dpo_loss(scores).item() == pytest.approx(math.log(2))


def test_training_raises_the_margin_and_never_touches_the_reference():
    model = small().requires_grad_(True)
    reference = copy.deepcopy(model)
    before = {name: tensor.clone() for name, tensor in reference.state_dict().items()}
    batches, objective = PreferenceBatches.encode(PAIRS, TOKENIZER, 4), DPO(reference, beta=0.5)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(25):
        optimizer.zero_grad()
        objective(model, batches(step)).backward()
        optimizer.step()
    scores = implicit_rewards(model, reference, batches.batch_of([0, 1]), 0.5)
    assert scores.accuracy == 1 and scores.margin.min() > 1
    assert all(torch.equal(tensor, before[name]) for name, tensor in reference.state_dict().items())
    assert all(p.grad is None for p in reference.parameters())


def test_pairs_are_batches():
    batches = PreferenceBatches.encode(PAIRS, TOKENIZER, 5, seed=2)
    batch = batches(3)
    assert isinstance(batches, BatchSource)
    assert torch.equal(batch.inputs, batches(3).inputs)
    assert not torch.equal(batch.inputs, batches(3, 1).inputs)
    assert batch.extras["rejected_inputs"].shape == batch.extras["rejected_targets"].shape
    assert len(batch.inputs) == len(batch.extras["rejected_inputs"]) == 5
    assert batches.context_length == max(len(row.ids) for pair in batches.pairs for row in pair) - 1
    batches.check_vocabulary(TOKENIZER.vocab_size)
    with pytest.raises(ConfigError, match="vocab_size is 4"):
        batches.check_vocabulary(4)
    chosen, rejected = batches.pairs[0]
    prompt = [i for i, w in zip(chosen.ids, chosen.written, strict=True) if not w]
    assert prompt == rejected.ids[: len(prompt)] and not any(rejected.written[: len(prompt)])


def test_wrong_settings_are_named():
    with pytest.raises(ConfigError, match="beta = 0"):
        DPO(small(), beta=0)
    with pytest.raises(ConfigError, match="no pair"):
        PreferenceBatches([], 2)
