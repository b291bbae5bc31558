"""The training loop against arithmetic written out, and its promise that watching and stopping change nothing."""

import dataclasses
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from minillm.batches import Batches
from minillm.errors import CheckpointError, ConfigError, DivergedError
from minillm.training import TrainConfig, Trainer, latest_checkpoint, load_checkpoint, optimizer_for, warmup_cosine
from tests.core.small import (
    CONFIG,
    copied,
    finished,
    random_batches,
    random_ids,
    same_run,
    same_tensors,
    small_gpt,
    trainer,
)

ROOT = Path(__file__).parents[2]


# The schedule


def test_schedule_by_hand():
    """Four steps of warm-up, then half a cosine from 1 at step 4 to a tenth at step 14; at step 9 it is half way."""
    rates = [warmup_cosine(step, 15, 4, 0.1) for step in range(15)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert rates[9] == pytest.approx(0.55) and rates[14] == pytest.approx(0.1)
    assert rates[5] == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 10)))
    assert warmup_cosine(0, 1, 0) == 1.0
    assert warmup_cosine(99, 100, 0, final=0.0) == pytest.approx(0)


@given(st.integers(1, 200), st.integers(0, 60), st.floats(0, 1))
def test_schedule_rises_then_falls_within_its_bounds(steps, warmup_steps, final):
    rates = [warmup_cosine(step, steps, warmup_steps, final) for step in range(steps)]
    rising, falling = rates[:warmup_steps], rates[warmup_steps:]
    assert all(0 < rate <= 1 for rate in rising) and rising == sorted(set(rising))
    assert all(final - 1e-9 <= rate <= 1 for rate in falling)
    assert all(later <= earlier for earlier, later in itertools.pairwise(falling))


def test_the_optimizer_uses_the_schedule():
    run, rates = trainer(), []
    run.optimizer.register_step_pre_hook(lambda optimizer, *_: rates.append([g["lr"] for g in optimizer.param_groups]))
    run.run()
    assert rates == [[pytest.approx(1e-2 * warmup_cosine(step, 10, 3, 0.1))] * 2 for step in range(10)]


def test_the_schedule_starts_anew_with_each_cycle():
    """Ten steps in two cycles: the rates of a run of five steps, twice."""
    run, rates = trainer(dataclasses.replace(CONFIG, cycles=2)), []
    run.optimizer.register_step_pre_hook(lambda optimizer, *_: rates.append(optimizer.param_groups[0]["lr"]))
    run.run()
    assert rates == [pytest.approx(1e-2 * warmup_cosine(step, 5, 3, 0.1)) for step in range(5)] * 2


# One step


def test_matrices_decay_and_vectors_do_not():
    model = small_gpt(positions="learned", tie_weights=False)
    config = TrainConfig(weight_decay=0.3, beta1=0.8, beta2=0.9)
    decayed, others = optimizer_for(model, config).param_groups
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.3, 0.0)
    assert decayed["betas"] == others["betas"] == (0.8, 0.9)
    in_others = {names[id(parameter)] for parameter in others["params"]}
    assert in_others == {name for name in names.values() if name.endswith("bias") or "norm" in name}
    in_decayed = [names[id(parameter)] for parameter in decayed["params"]]
    assert sorted([*in_decayed, *in_others]) == sorted(names.values())


@pytest.mark.parametrize("clip_norm", [0.05, 1e6])
def test_six_steps_by_the_textbook(clip_norm):
    """Gradient, clipping and AdamW (algorithm 2 of its paper) in NumPy, in double precision."""
    config = TrainConfig(
        steps=6, warmup_steps=2, learning_rate=1e-2, weight_decay=0.2, beta1=0.8, beta2=0.9, clip_norm=clip_norm
    )
    run, model, batches = trainer(config), small_gpt().double(), random_batches()
    run.run()
    weights = {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}
    m = {name: np.zeros_like(weight) for name, weight in weights.items()}
    v = {name: np.zeros_like(weight) for name, weight in weights.items()}
    for step in range(6):
        inputs, targets, _ = batches(step)
        model.zero_grad()
        F.cross_entropy(model(inputs).transpose(1, 2), targets).backward()
        gradients = {name: parameter.grad.numpy() for name, parameter in model.named_parameters()}
        norm = math.sqrt(sum((g**2).sum() for g in gradients.values()))
        rate = 1e-2 * ((step + 1) / 2 if step < 2 else 0.1 + 0.45 * (1 + math.cos(math.pi * (step - 2) / 3)))
        for name, g in gradients.items():
            g = g * min(1, clip_norm / norm)
            m[name] = 0.8 * m[name] + 0.2 * g
            v[name] = 0.9 * v[name] + 0.1 * g**2
            update = (m[name] / (1 - 0.8 ** (step + 1))) / (np.sqrt(v[name] / (1 - 0.9 ** (step + 1))) + 1e-8)
            weights[name] -= rate * (update + (0.2 if g.ndim == 2 else 0) * weights[name])  # the parameter's own memory
    moved = 0
    for name, tensor in run.model.state_dict().items():
        # A gradient near zero is mostly rounding error, and Adam divides by it: compare against the distance moved.
        np.testing.assert_allclose(tensor, weights[name], atol=2e-3, err_msg=name)
        moved += float(np.abs(tensor.numpy() - small_gpt().state_dict()[name].numpy()).mean() > 1e-2)
        assert np.abs(tensor.numpy() - weights[name]).mean() < 2e-5, name
    assert moved > 10


@pytest.mark.parametrize("clip_norm", [1e-3, 1e3])
def test_gradients_are_clipped_to_the_norm_and_keep_their_direction(clip_norm):
    run, seen = trainer(dataclasses.replace(CONFIG, clip_norm=clip_norm)), []
    run.optimizer.register_step_pre_hook(
        lambda *_: seen.append(torch.cat([parameter.grad.flatten() for parameter in run.model.parameters()]))
    )
    run.run(1)
    model, (inputs, targets, _) = small_gpt(), random_batches()(0)
    model.loss(inputs, targets).backward()
    free = torch.cat([parameter.grad.flatten() for parameter in model.parameters()])
    assert 1e-2 < free.norm() < 1e2
    assert seen[0].norm().item() == pytest.approx(min(clip_norm, free.norm().item()), rel=1e-4)
    assert F.cosine_similarity(seen[0], free, dim=0).item() == pytest.approx(1, abs=1e-5)


def test_one_batch_is_learned_by_heart():
    # The tokens follow no rule, so only memory helps; one window means every batch is the same.
    batches = Batches(random_ids(10, seed=3), 1, 9)
    run = Trainer(
        small_gpt(d_model=32), batches, TrainConfig(steps=80, warmup_steps=5, learning_rate=1e-2, weight_decay=0.0)
    )
    run.run()
    inputs, targets, _ = batches(0)
    assert run.model.loss(inputs, targets).item() < 0.02
    assert torch.equal(run.model(inputs).argmax(-1), targets)


# The history


def test_history_says_what_happened_when():
    losses = []
    run = trainer(dataclasses.replace(CONFIG, evaluate_also=(1,)), evaluate=lambda model: {"answer": 42, "text": "ja"})
    step = run._train_step
    run._train_step = lambda: losses.append(step()) or losses[-1]
    history = run.run()
    assert history is run.history
    assert [entry["step"] for entry in history] == [1, 3, 6, 9, 10]
    assert [entry["tokens"] for entry in history] == [step * 4 * 8 for step in (1, 3, 6, 9, 10)]
    spans = [losses[a:b] for a, b in [(0, 1), (1, 3), (3, 6), (6, 9), (9, 10)]]
    assert [entry["train_loss"] for entry in history] == [pytest.approx(sum(span) / len(span)) for span in spans]
    assert all(entry["answer"] == 42 and entry["text"] == "ja" for entry in history)


def test_results_of_an_evaluation_are_kept_as_plain_numbers(tmp_path):
    run = trainer(evaluate=lambda model: {"a": torch.tensor(0.5), "b": np.float32(2), "c": 1}, directory=tmp_path)
    run.run()
    saved = load_checkpoint(latest_checkpoint(tmp_path)).progress["history"]
    assert saved == run.history == json.loads(json.dumps(run.history))
    assert (run.history[0]["a"], run.history[0]["b"], run.history[0]["c"]) == (0.5, 2.0, 1)


def test_running_in_parts_is_running_at_once():
    parts = trainer(dropout=0.1)
    for until in (0, 1, 1, 4, 3, 9, 100):
        parts.run(until)
    assert parts.step == 10
    assert same_run(parts, finished(dropout=0.1))
    assert len(parts.run()) == 4 and parts.step == 10  # nothing is left to do


# Watching


@pytest.mark.parametrize("dropout", [0.0, 0.2])
def test_evaluation_does_not_change_the_run(dropout):
    def disturbing(model):
        torch.manual_seed(int(torch.randint(1000, ())))
        torch.randn(17)
        return {"mode": model.training, "gradients": torch.is_grad_enabled()}

    watched, alone = finished(evaluate=disturbing, dropout=dropout), finished(dropout=dropout)
    assert all(entry["mode"] is False and entry["gradients"] is False for entry in watched.history)
    assert same_tensors(watched.model.state_dict(), alone.model.state_dict())
    assert [e["train_loss"] for e in watched.history] == [e["train_loss"] for e in alone.history]
    often = finished(config=dataclasses.replace(CONFIG, evaluate_every=1), evaluate=disturbing, dropout=dropout)
    assert same_tensors(often.model.state_dict(), alone.model.state_dict())


def test_training_uses_dropout_and_evaluation_does_not():
    seen = []

    def evaluate(model):
        inputs, targets, _ = random_batches()(0)
        seen.append({model.loss(inputs, targets).item() for _ in range(5)})
        return {}

    with_dropout = finished(evaluate=evaluate, dropout=0.5)
    assert all(len(losses) == 1 for losses in seen)
    assert not same_tensors(with_dropout.model.state_dict(), finished().model.state_dict())


# What goes wrong


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_a_diverging_run_stops_with_the_last_good_weights(tmp_path, where, wrong):
    run = trainer(directory=tmp_path)
    run.run(4)
    path, before = run.save(), copied(run.model.state_dict())
    if where == "loss":
        run.model.final_norm.register_forward_hook(lambda module, inputs, output: output * wrong)
    else:
        run.model.blocks[1].mlp.down.weight.register_hook(lambda gradient: gradient * wrong)
    with pytest.raises(DivergedError, match=r"at step 4 .*learning_rate = 0.01.*warmup_steps = 3") as caught:
        run.run()
    assert str(path) in str(caught.value)
    assert run.step == 4 and same_tensors(before, run.model.state_dict())
    assert same_tensors(before, load_checkpoint(latest_checkpoint(tmp_path)).model_state)


def test_a_diverging_run_without_a_directory_says_so():
    run = trainer()
    run.model.final_norm.register_forward_hook(lambda module, inputs, output: output * math.nan)
    with pytest.raises(DivergedError, match="none was saved"):
        run.run()


def test_a_far_too_large_learning_rate_is_caught_or_survived():
    """No weight is ever left infinite, whatever happens to the loss."""
    run = trainer(TrainConfig(steps=10, warmup_steps=0, learning_rate=1e25))
    with pytest.raises(DivergedError):
        run.run()
    assert all(parameter.isfinite().all() for parameter in run.model.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": 0}, "steps = 0 must be at least 1"),
        ({"warmup_steps": -1}, "warmup_steps = -1"),
        ({"cycles": 0}, "cycles = 0"),
        ({"evaluate_every": 0}, "evaluate_every = 0"),
        ({"save_every": -1}, "save_every = -1"),
        ({"keep": 0}, "keep = 0"),
        ({"learning_rate": 0.0}, "learning_rate = 0.0 must be"),
        ({"learning_rate": -1e-3}, "learning_rate = -0.001"),
        ({"learning_rate": math.nan}, "learning_rate = nan"),
        ({"learning_rate": math.inf}, "learning_rate = inf"),
        ({"clip_norm": 0.0}, "clip_norm = 0.0"),
        ({"beta1": 1.0}, "beta1 = 1.0"),
        ({"beta2": -0.1}, "beta2 = -0.1"),
        ({"weight_decay": -0.1}, "weight_decay = -0.1"),
        ({"weight_decay": math.nan}, "weight_decay = nan"),
        ({"weight_decay": math.inf}, "weight_decay = inf"),
        ({"final_learning_rate": -0.1}, "final_learning_rate = -0.1"),
        ({"final_learning_rate": 1.5}, "final_learning_rate = 1.5"),
        ({"final_learning_rate": math.nan}, "final_learning_rate = nan"),
    ],
)
def test_settings_that_cannot_work_are_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(**changes)


@pytest.mark.parametrize("token", [11, -1])
def test_a_text_for_another_vocabulary_is_named_before_training(token):
    tokens = random_ids(100)
    tokens[50] = token
    with pytest.raises(ConfigError, match="vocab_size"):
        Trainer(small_gpt(), Batches(tokens, 2, 8), CONFIG)


def test_without_a_directory_nothing_can_be_saved_or_resumed():
    with pytest.raises(CheckpointError, match="no directory"):
        trainer().save()
    with pytest.raises(CheckpointError, match="no checkpoint"):
        trainer().resume()
