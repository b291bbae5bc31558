"""Recurrent models: the equations against torch's kernels, the state, the gradient, and the sizes of the source."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from minillm.errors import ConfigError
from minillm.generation import generate, stream
from minillm.models import (
    LSTM,
    MODELS,
    RNN,
    RecurrentConfig,
    RecurrentLM,
    build,
    configuration,
    describe,
    lstm_cell,
    rnn_cell,
)
from minillm.training import TrainConfig, Trainer, load_checkpoint
from tests.core.small import TOKENIZER, random_batches, random_ids, same_tensors

CELLS = ["rnn", "lstm"]
OURS = {"rnn": RNN, "lstm": LSTM}
TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM}


def small_lm(cell="lstm", seed=0, **changes):
    settings = {"vocab_size": 11, "d_model": 8, "hidden_size": 8, "num_layers": 2, "cell": cell}
    torch.manual_seed(seed)
    model = RecurrentLM(RecurrentConfig(**(settings | changes)))
    with torch.no_grad():  # biases of zero would hide a mistake in them
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


def test_one_step_of_an_rnn_with_a_pencil():
    weights = (torch.tensor([[1.0, 2.0]]), torch.tensor([[0.5]]), torch.tensor([0.1]), torch.tensor([0.2]))
    (h,), _ = rnn_cell(torch.tensor([[0.3, -0.4]]), (torch.tensor([[0.8]]),), weights)
    assert h.item() == pytest.approx(math.tanh(0.3 - 0.8 + 0.1 + 0.4 + 0.2))


def test_one_step_of_an_lstm_with_a_pencil():
    sigmoid = lambda a: 1 / (1 + math.exp(-a))  # noqa: E731
    weights = (
        torch.tensor([[0.1], [0.2], [0.3], [0.4]]),
        torch.tensor([[1.0], [2.0], [3.0], [4.0]]),
        torch.tensor([0.5, 0.6, 0.7, 0.8]),
        torch.zeros(4),
    )
    (h, c), gates = lstm_cell(torch.tensor([[2.0]]), (torch.tensor([[0.1]]), torch.tensor([[1.5]])), weights)
    i, f, g, o = (
        sigmoid(0.2 + 0.1 + 0.5),
        sigmoid(0.4 + 0.2 + 0.6),
        math.tanh(0.6 + 0.3 + 0.7),
        sigmoid(0.8 + 0.4 + 0.8),
    )
    assert c.item() == pytest.approx(f * 1.5 + i * g)
    assert h.item() == pytest.approx(o * math.tanh(f * 1.5 + i * g))
    names = ("input_gate", "forget_gate", "candidate", "output_gate")
    assert [gates[name].item() for name in names] == pytest.approx([i, f, g, o])


@pytest.mark.parametrize("cell", CELLS)
def test_one_step_is_torchs_cell(cell):
    theirs = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell}[cell](3, 5)
    x, h, c = torch.randn(4, 3), torch.randn(4, 5), torch.randn(4, 5)
    weights = (theirs.weight_ih, theirs.weight_hh, theirs.bias_ih, theirs.bias_hh)
    if cell == "rnn":
        (ours,), _ = rnn_cell(x, (h,), weights)
        torch.testing.assert_close(ours, theirs(x, h))
    else:
        ours, _ = lstm_cell(x, (h, c), weights)
        for mine, other in zip(ours, theirs(x, (h, c)), strict=True):
            torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("cell", CELLS)
@given(shape=st.tuples(*[st.integers(1, 5)] * 4), layers=st.integers(1, 3), with_state=st.booleans())
def test_the_readable_layers_are_torchs_forward_and_gradient(cell, shape, layers, with_state):
    batch, time, inputs, hidden = shape
    torch.manual_seed(batch + 10 * time)
    ours, theirs = (kind[cell](inputs, hidden, layers, batch_first=True).double() for kind in (OURS, TORCH))
    ours.load_state_dict(theirs.state_dict())
    state = tuple(torch.randn(layers, batch, hidden).double() for _ in range(2 if cell == "lstm" else 1))
    state = state if with_state else None
    x = torch.randn(batch, time, inputs).double()
    inputs_of = [x.clone().requires_grad_() for _ in range(2)]
    out, final = ours.readable(inputs_of[0], state)
    expected, expected_final = theirs(inputs_of[1], state[0] if state is not None and cell == "rnn" else state)
    torch.testing.assert_close(out, expected)
    for mine, other in zip(final, (expected_final,) if cell == "rnn" else expected_final, strict=True):
        torch.testing.assert_close(mine, other)
    mix = torch.randn_like(out)
    (out * mix).sum().backward()
    (expected * mix).sum().backward()
    torch.testing.assert_close(inputs_of[0].grad, inputs_of[1].grad)
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad, msg=name)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("tied", [True, False])
def test_a_record_changes_nothing_and_names_every_activation(cell, tied):
    model, record = small_lm(cell, tie_weights=tied), {}
    ids = random_ids(3, 7)
    torch.testing.assert_close(model(ids, record=record), model(ids))
    gates = ["cell", "input_gate", "forget_gate", "candidate", "output_gate"] if cell == "lstm" else []
    layers = {f"layers.{layer}.{name}" for layer in range(2) for name in ["hidden", *gates]}
    assert set(record) == {"embedding", "output", *layers}
    assert all(tensor.shape == (3, 7, 8) for tensor in record.values())
    torch.testing.assert_close(record["output"], record["layers.1.hidden"])
    head = model.embedding.weight.T if tied else model.head.weight.T
    bias = 0 if tied else model.head.bias
    torch.testing.assert_close(record["output"] @ head + bias, model(ids))


@pytest.mark.parametrize("cell", CELLS)
def test_a_text_in_pieces_gives_the_same_logits(cell):
    model, ids = small_lm(cell), random_ids(2, 9)
    whole = model(ids)
    for sizes in ([1] * 9, [4, 5], [8, 1]):
        for record in (False, True):
            state = model.new_cache()
            parts = [model(part, state, {} if record else None) for part in ids.split(sizes, dim=1)]
            torch.testing.assert_close(torch.cat(parts, dim=1), whole)
            assert state.hidden.shape == (2, 2, 8) and (state.cell is None) == (cell == "rnn")


def test_a_detached_state_remembers_without_a_gradient():
    model, ids = small_lm(), random_ids(1, 8)
    state = model.new_cache()
    model(ids[:, :4], state)
    cut = state.detach()
    assert cut.hidden.grad_fn is None and cut.cell.grad_fn is None and state.hidden.grad_fn is not None
    torch.testing.assert_close(model(ids[:, 4:], cut), model(ids)[:, 4:])
    assert model.new_cache().detach().hidden is None


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_sees_the_future_and_everything_the_past(cell):
    model, ids, record = small_lm(cell), random_ids(1, 8), {}
    loss = model(ids, record=record)[0, 4].logsumexp(-1)
    (gradient,) = torch.autograd.grad(loss, record["embedding"])
    assert (gradient[0, :5].abs().sum(-1) > 0).all() and (gradient[0, 5:] == 0).all()


def test_rows_of_a_batch_do_not_meet():
    model, ids = small_lm(), random_ids(3, 6)
    torch.testing.assert_close(model(ids)[1:2], model(ids[1:2]))


def test_at_the_start_recurrences_are_orthogonal_and_forget_gates_open():
    torch.manual_seed(0)
    model = RecurrentLM(RecurrentConfig(11, 8, 8, 2, "lstm"))
    for layer in range(2):
        _, weight_hh, bias_ih, bias_hh = model.recurrent.weights(layer)
        for block in weight_hh.chunk(4):
            torch.testing.assert_close(block @ block.T, torch.eye(8), atol=1e-5, rtol=0)
        assert bias_ih.tolist() == [0] * 8 + [1] * 8 + [0] * 16 and bias_hh.tolist() == [0] * 32
    rnn = RecurrentLM(RecurrentConfig(11, 8, 8, 1, "rnn")).recurrent
    torch.testing.assert_close(rnn.weight_hh_l0 @ rnn.weight_hh_l0.T, torch.eye(8), atol=1e-5, rtol=0)


def test_the_sizes_of_the_source():
    config = RecurrentConfig.source_003()
    assert (config.d_model, config.hidden_size, config.num_layers, config.vocab_size) == (128, 256, 2, 10_000)
    model = RecurrentLM(config)
    lstm = 4 * 256 * (128 + 256 + 2) + 4 * 256 * (256 + 256 + 2)
    assert model.num_parameters() == 10_000 * 128 + lstm + 256 * 10_000 + 10_000
    assert isinstance(model.recurrent, nn.LSTM)


def test_parameters_have_the_names_that_pages_read():
    names = set(small_lm("lstm").state_dict())
    kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    assert names == {"embedding.weight", "head.weight", "head.bias"} | {
        f"recurrent.{kind}_l{layer}" for kind in kinds for layer in range(2)
    }
    assert "head.weight" not in small_lm(tie_weights=True).state_dict()


@pytest.mark.parametrize("cell", CELLS)
def test_dropout_is_off_in_evaluation_and_on_in_training(cell):
    model, ids = small_lm(cell, dropout=0.5), random_ids(1, 5)
    assert torch.equal(model(ids), model(ids))
    model.train()
    assert not torch.equal(model(ids), model(ids))
    assert small_lm(cell, num_layers=1, dropout=0.5).recurrent.dropout == 0  # there is nothing between layers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vocab_size": 0}, "vocab_size = 0"),
        ({"d_model": -1}, "d_model = -1"),
        ({"hidden_size": 0}, "hidden_size = 0"),
        ({"num_layers": True}, "num_layers = True"),
        ({"cell": "gru"}, r"cell = 'gru' is not known; choose one of \['lstm', 'rnn'\]"),
        ({"dropout": 1.0}, "dropout = 1.0"),
        ({"tie_weights": True, "d_model": 4}, "hidden_size = d_model, but they are 8 and 4"),
    ],
)
def test_impossible_shapes_are_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        small_lm(**changes)


@pytest.mark.parametrize("cell", CELLS)
def test_it_generates_with_its_state_what_it_would_without(cell):
    model = small_lm(cell, vocab_size=TOKENIZER.vocab_size)
    text = generate(model, TOKENIZER, "fade", max_new_tokens=30, temperature=0)
    ids = [TOKENIZER.end_id, *TOKENIZER.encode("fade")]
    expected = []
    while len(expected) < 30 and (token := int(model(torch.tensor([ids + expected]))[0, -1].argmax())) != 0:
        expected.append(token)
    assert text == TOKENIZER.decode(expected)
    pieces = list(stream(model, TOKENIZER, "a", max_new_tokens=700, seed=1, temperature=2.0))
    assert "".join(pieces) == generate(model, TOKENIZER, "a", max_new_tokens=700, seed=1, temperature=2.0)
    assert not model.training


@pytest.mark.parametrize("cell", CELLS)
def test_it_learns_to_say_what_it_heard_some_steps_before(cell):
    """A first token, four that say nothing, then the first again: only a memory can know it."""
    torch.manual_seed(0)
    model = RecurrentLM(RecurrentConfig(6, 16, 16, 1, cell))
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        first = torch.randint(1, 5, (32, 1), generator=generator)
        ids = torch.cat([first, torch.full((32, 4), 5), first], dim=1)
        optimizer.zero_grad()
        F.cross_entropy(model(ids[:, :-1])[:, -1], first[:, 0]).backward()
        optimizer.step()
    ids = torch.tensor([[first, 5, 5, 5, 5] for first in (1, 2, 3, 4)])
    assert model(ids)[:, -1].argmax(-1).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("cell", CELLS)
def test_training_stopped_and_resumed_ends_in_the_same_bits(cell, tmp_path):
    config = TrainConfig(steps=8, warmup_steps=2, evaluate_every=4)

    def run(directory):
        torch.manual_seed(0)
        return Trainer(RecurrentLM(RecurrentConfig(11, 8, 8, 2, cell)), random_batches(), config, directory=directory)

    whole = run(None)
    whole.run()
    first = run(tmp_path)
    first.run(5)
    saved = load_checkpoint(first.save())
    assert saved.model_config == first.model.config
    second = run(tmp_path).resume()
    second.run()
    assert same_tensors(whole.model.state_dict(), second.model.state_dict())
    np.testing.assert_array_equal(
        [entry["train_loss"] for entry in whole.history], [entry["train_loss"] for entry in second.history]
    )


def test_a_configuration_comes_back_from_plain_values():
    for config in (RecurrentConfig.source_003(), RecurrentConfig(7, 8, 8, cell="rnn", tie_weights=True)):
        described = describe(config)
        assert described["architecture"] == "recurrent"
        assert configuration(described) == config
        assert build(configuration(described)).config == config
    known = re.escape(str(sorted(MODELS)))
    with pytest.raises(ConfigError, match=f"architecture = 'mamba' is not known; choose one of {known}"):
        configuration({"architecture": "mamba"})
