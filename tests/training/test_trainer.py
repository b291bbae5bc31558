"""Accumulation, precision, recomputation and compilation leave the step as it is; callbacks; the best; what stops."""

import copy
import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from minillm.batches import Batch, Batches, MaskedBatches, PairBatches
from minillm.errors import CheckpointError, ConfigError, DivergedError
from minillm.layers import Block
from minillm.models import BERT, BERTConfig, RecurrentConfig, RecurrentLM, Seq2Seq, Seq2SeqConfig
from minillm.training import (
    Callback,
    EarlyStop,
    TrainConfig,
    Trainer,
    best_checkpoint,
    latest_checkpoint,
    load_checkpoint,
)
from minillm.training import precision as precisions
from minillm.training import trainer as loop
from minillm.training.accumulation import divide
from minillm.training.callbacks import best_entry
from minillm.training.throughput import flops_per_token, peak_flops
from minillm.tuning import DPO, PreferenceBatches, Row
from tests.core.small import CONFIG, finished, random_batches, random_ids, same_run, same_tensors, small_gpt, trainer

ROOT = Path(__file__).parents[2]


def changed(**settings) -> TrainConfig:
    return dataclasses.replace(CONFIG, **settings)


# Accumulation


def translator():
    pairs = [([1, 2, 3 + i % 4], [4, 5] + [6] * (i % 5)) for i in range(30)]
    torch.manual_seed(0)
    shape = {"d_model": 16, "num_layers": 1, "num_heads": 2}
    return Seq2Seq(Seq2SeqConfig(12, context_length=16, **shape)), PairBatches(pairs, 4)


def bert():
    torch.manual_seed(0)
    shape = {"d_model": 16, "num_layers": 1, "num_heads": 2}
    return BERT(BERTConfig(12, context_length=12, **shape)), MaskedBatches(random_batches(), 11, 11)


@pytest.mark.parametrize("build", [lambda: (small_gpt(), random_batches()), bert, translator])
@pytest.mark.parametrize("parts", [2, 4])
def test_the_gradient_of_the_parts_is_that_of_the_batch(build, parts):
    """Rows of masked and padded batches differ in how many targets count, so a mean of means would not do."""
    model, batches = build()
    batch = batches(0)
    expected = model.loss(*batch)
    expected.backward()
    gradients = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    run = Trainer(model, batches, changed(accumulate=parts))
    loss = run._gradients(run._my_parts(0))
    torch.testing.assert_close(loss, expected.detach())
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, gradients[name], rtol=1e-4, atol=1e-6)


def test_a_mean_over_pairs_is_divided_by_pairs():
    """Answers differ in length, but each pair counts once in the loss of preferences."""
    rows = [
        (Row([0, 1, *[2] * n], [False, False] + [True] * n), Row([0, 1, 3], [False, False, True])) for n in range(1, 9)
    ]
    batches, model = PreferenceBatches(rows, 4), small_gpt()
    objective = DPO(small_gpt(1), beta=2.0)
    objective(model, batches(0)).backward()
    expected = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    run = Trainer(model, batches, changed(accumulate=2), objective=objective)
    run._gradients(run._my_parts(0))
    assert len({batches(0).targets[row].ne(-100).sum().item() for row in range(4)}) > 1
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-4, atol=1e-6)


def test_mean_of_means_would_be_wrong():
    """Or the test above would prove nothing."""
    model, batches = translator()
    shares = divide(batches(0), 4)
    assert len({weight for _, weight in shares}) > 1
    assert sum(weight for _, weight in shares) == pytest.approx(1)
    mean = sum(model.loss(*part).item() for part, _ in shares) / 4
    assert abs(mean - model.loss(*batches(0)).item()) > 1e-3


def test_a_part_that_asks_for_nothing_adds_nothing():
    model, (inputs, targets, _) = small_gpt(), random_batches()(0)
    targets = targets.clone()
    targets[:2] = -100
    batch = Batch(inputs, targets)
    total = sum(model.loss(*part) * weight for part, weight in divide(batch, 2))
    total.backward()
    found = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
    model.zero_grad()
    model.loss(*batch).backward()
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-6)


def test_a_whole_run_in_parts():
    whole, parts = trainer(), trainer(changed(accumulate=4))
    whole.run(), parts.run()
    assert not same_tensors(whole.model.state_dict(), small_gpt().state_dict())
    for name, tensor in parts.model.state_dict().items():
        torch.testing.assert_close(tensor, whole.model.state_dict()[name], rtol=0, atol=2e-3)
    for one, other in zip(parts.history, whole.history, strict=True):
        assert one["train_loss"] == pytest.approx(other["train_loss"], abs=1e-4) and one["tokens"] == other["tokens"]


def test_rows_that_do_not_divide_are_named():
    with pytest.raises(ConfigError, match="4 rows does not divide into 3"):
        trainer(changed(accumulate=3)).run()


# Recomputation


def test_recomputed_activations_give_the_same_gradients_and_keep_less():
    """The same bits, dropout included, with every block computed twice and a fraction of the numbers kept."""
    kept, gradients, computed = [], [], []
    for recompute in (False, True):
        run = trainer(changed(checkpoint_activations=recompute), dropout=0.2, d_model=32)
        run.model.train()
        calls, sizes = [], []
        run.model.blocks[0].norm1.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        torch.manual_seed(5)
        with torch.autograd.graph.saved_tensors_hooks(
            lambda t, sizes=sizes: sizes.append((t.data_ptr(), t.numel())) or t, lambda t: t
        ):
            loss = run._loss(run.batches(0))
        loss.backward()
        gradients.append({name: parameter.grad for name, parameter in run.model.named_parameters()})
        kept.append(sum(dict(sizes).values()))
        computed.append(len(calls))
    assert same_tensors(*gradients)
    assert computed == [1, 2]
    assert kept[1] < kept[0] / 2


def test_a_recomputing_run_ends_in_the_same_bits():
    twice = finished(config=changed(checkpoint_activations=True), dropout=0.1)
    assert same_run(finished(dropout=0.1), twice)


def test_a_model_without_blocks_cannot_recompute():
    model = RecurrentLM(RecurrentConfig(11, 8, 8))
    with pytest.raises(ConfigError, match="RecurrentLM has no blocks"):
        Trainer(model, random_batches(), changed(checkpoint_activations=True))


# Precision


def seen_by(run: Trainer) -> set[torch.dtype]:
    """The types of what the first MLP gives in training."""
    seen = set()
    run.model.blocks[0].mlp.register_forward_hook(lambda module, _, out: module.training and seen.add(out.dtype))
    run.run()
    return seen


def test_bf16_products_and_fp32_weights():
    full, half = trainer(), trainer(changed(precision="bf16"))
    assert seen_by(full) == {torch.float32} and seen_by(half) == {torch.bfloat16}
    assert all(tensor.dtype == torch.float32 for tensor in half.model.state_dict().values())
    losses = [[entry["train_loss"] for entry in run.history] for run in (full, half)]
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize(("times", "expected"), [((2.0, 1.0), "bf16"), ((1.0, 20.0), "fp32")])
def test_auto_takes_the_faster_and_changes_nothing_else(monkeypatch, times, expected):
    timed = []

    def seconds(work, device):
        timed.append(run.precision)
        work()
        return times[len(timed) - 1]

    monkeypatch.setattr(loop, "seconds", seconds)
    run = trainer(changed(precision="auto"), dropout=0.1)
    run.run()
    assert timed == ["fp32", "bf16"] and run.precision == expected
    fixed = trainer(changed(precision=expected), dropout=0.1)
    fixed.run()
    assert same_run(run, fixed)


def test_a_run_goes_on_in_the_precision_that_it_began_in(monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "seconds", lambda work, device, times=[2.0, 1.0]: times.pop(0))
    run = trainer(changed(precision="auto"), directory=tmp_path)
    run.run(4)
    run.save()
    monkeypatch.setattr(loop, "seconds", lambda work, device: pytest.fail("timed again"))
    resumed = trainer(changed(precision="auto"), directory=tmp_path).resume()
    assert resumed.precision == "bf16"
    run.run(), resumed.run()
    assert same_run(run, resumed)


def test_seconds_are_those_of_the_second_time(monkeypatch):
    clock = iter([0.0, 7.0, 10.0, 10.5])
    monkeypatch.setattr(precisions, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    done = []
    assert precisions.seconds(lambda: done.append(1), torch.device("cpu")) == 0.5 and len(done) == 2


@pytest.mark.slow
def test_a_compiled_run_is_the_same_up_to_rounding():
    """In a process without the hook that checks shapes, which torch.compile cannot see through."""
    code = """
import torch
torch.set_num_threads(1)
from minillm.training import TrainConfig
from tests.core.small import trainer
def run(compile):
    run = trainer(TrainConfig(steps=3, warmup_steps=0, compile=compile), num_layers=1)
    return run, run.run()[-1]["train_loss"]
(plain, one), (fast, other) = run(False), run(True)
assert type(fast._loss).__name__ != type(plain._loss).__name__ or fast._loss is not plain._loss
assert abs(one - other) < 1e-4, (one, other)
assert fast.model.state_dict().keys() == plain.model.state_dict().keys()
for a, b in zip(fast.model.state_dict().values(), plain.model.state_dict().values()):
    torch.testing.assert_close(a, b, rtol=0, atol=1e-3)
from torch._dynamo.utils import counters
print(counters["stats"]["unique_graphs"])
"""
    output = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert int(output) >= 1


def test_without_a_compiler_the_setting_is_named(tmp_path):
    code = """
from minillm.errors import ConfigError
from minillm.training import TrainConfig
from tests.core.small import trainer
try:
    trainer(TrainConfig(steps=1, warmup_steps=0, compile=True), num_layers=1).run()
except ConfigError as error:
    print(error)
"""
    nothing = {"CXX": str(tmp_path / "g++"), "TORCHINDUCTOR_CACHE_DIR": str(tmp_path), "PATH": str(tmp_path)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={**os.environ, **nothing}, check=True)
    assert "No working C++ compiler" in done.stdout and "set compile = false" in done.stdout


# Callbacks


class Diary(Callback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told = []

    def on_start(self, trainer):
        self.told.append(("start", trainer.step))

    def on_step(self, trainer):
        assert math.isfinite(trainer.losses[-1]) and trainer.gradient_norm > 0
        self.told.append(("step", trainer.step))

    def on_record(self, trainer, entry):
        assert entry is trainer.history[-1]
        self.told.append(("record", entry["step"]))

    def on_save(self, trainer, path):
        assert load_checkpoint(path).progress["step"] == trainer.step
        self.told.append(("save", path.name))

    def on_end(self, trainer):
        self.told.append(("end", trainer.step))


def watched(callbacks, config=CONFIG, evaluate=None, directory=None) -> Trainer:
    return Trainer(small_gpt(), random_batches(), config, evaluate, directory, callbacks=callbacks)


def test_callbacks_are_told_everything_in_order(tmp_path):
    diary = Diary()
    run = watched([diary], changed(steps=4, save_every=3), directory=tmp_path)
    run.run(2), run.run()
    assert diary.told == [
        *[("start", 0), ("step", 1), ("step", 2), ("end", 2), ("start", 2)],
        *[("step", 3), ("record", 3), ("save", "step-00000003")],
        *[("step", 4), ("record", 4), ("save", "step-00000004"), ("end", 4)],
    ]


def test_a_failing_run_ends_too():
    diary = Diary()
    run = watched([diary])
    run.model.final_norm.register_forward_hook(lambda module, inputs, output: output * math.nan)
    with pytest.raises(DivergedError):
        run.run()
    assert diary.told == [("start", 0), ("end", 0)]


def test_a_callback_that_does_nothing_changes_nothing():
    quiet, alone = watched([Callback()]), trainer()
    quiet.run(), alone.run()
    assert same_run(quiet, alone)


SCORES = [5, 3, 4, 3, 3.5, 2, 9, 9, 9, 9]


def scored(directory=None, scores=SCORES, **settings) -> Trainer:
    """Ten steps with an evaluation and a score after each."""
    config = changed(evaluate_every=1, save_every=1, keep_best="score", **settings)
    run = Trainer(small_gpt(), random_batches(), config, lambda _: {"score": scores[run.step - 1]}, directory)
    return run


@pytest.mark.parametrize(("patience", "last"), [(1, 3), (2, 4), (3, 5), (5, 10)])
def test_a_run_stops_when_nothing_gets_better(patience, last):
    """The lowest so far is at step 2, and is met again, not beaten, at step 4; at step 6 it is."""
    run = scored(patience=patience)
    history = run.run()
    assert run.step == last == len(history)
    assert run.stopped == ("" if last == 10 else f"score was lowest at step 2, {patience} evaluations ago")


def test_a_run_that_stopped_is_saved_and_stays_stopped(tmp_path):
    run = scored(tmp_path, patience=2)
    run.run()
    assert latest_checkpoint(tmp_path).name == "step-00000004"
    resumed = scored(tmp_path, patience=2).resume()
    assert resumed.run() == run.history and resumed.step == 4
    assert same_run(run, resumed)


def test_a_request_to_stop_ends_the_run_after_the_step(tmp_path):
    class AtFive(Callback):
        def on_step(self, trainer):
            if trainer.step == 5:
                trainer.stop("enough")

    run = watched([AtFive()], directory=tmp_path)
    run.run()
    assert (run.step, run.stopped, latest_checkpoint(tmp_path).name) == (5, "enough", "step-00000005")
    run.run()
    assert run.step == 10 and run.stopped == ""


def test_what_cannot_be_watched():
    with pytest.raises(ConfigError, match="patience = 0 must be at least 1"):
        EarlyStop("score", 0)
    with pytest.raises(ConfigError, match="patience = 3 needs keep_best"):
        TrainConfig(patience=3)
    with pytest.raises(ConfigError, match=r"no score 'absent'; an evaluation gives .*'step'"):
        trainer(changed(keep_best="absent")).run()


def test_a_score_that_is_no_number_is_never_best():
    history = [{"score": math.nan}, {"score": 2.0}, {"score": math.nan}, {"score": 2.0}]
    assert best_entry(history, "score") is history[1]


# The best checkpoint


def test_the_best_stays_apart_from_the_newest(tmp_path):
    run = scored(tmp_path, keep=2)
    run.run()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-00000006", "step-00000009", "step-00000010"]
    best, alone = load_checkpoint(best_checkpoint(tmp_path)), scored()
    alone.run(6)
    assert same_tensors(best.model_state, alone.model.state_dict()) and best.progress["history"] == alone.history


def test_the_first_of_equals_is_the_best(tmp_path):
    scored(tmp_path, scores=[2, 1, 1, 3, 1, 1, 4, 4, 4, 1]).run()
    assert best_checkpoint(tmp_path).name == "best-00000002"


def test_the_best_is_a_checkpoint_to_go_on_from(tmp_path):
    run = scored(tmp_path)
    run.run()
    resumed = scored(tmp_path).resume(best_checkpoint(tmp_path))
    assert resumed.step == 6
    resumed.run()
    assert same_run(run, resumed) and best_checkpoint(tmp_path).name == "best-00000006"


def test_the_best_of_a_future_that_did_not_happen_goes(tmp_path):
    scored(tmp_path, keep=9).run()
    back = scored(tmp_path, keep=9, scores=[5, 3, 4, 3, 3.5, 8, 8, 8, 8, 8]).resume(tmp_path / "step-00000004")
    back.run(5)
    assert best_checkpoint(tmp_path) is None


# What goes wrong


def test_a_diverging_run_names_the_step_the_batch_and_the_last_good_checkpoint(tmp_path):
    run = trainer(changed(save_every=2, keep=3), directory=tmp_path)
    run.run(5)
    damaged = tmp_path / "step-00000004" / "optimizer.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:100])
    run.model.final_norm.register_forward_hook(lambda module, inputs, output: output * math.nan)
    with pytest.raises(DivergedError) as caught:
        run.run()
    text = str(caught.value)
    assert "at step 5 " in text and "batches(5) of seed 0, 4 rows" in text and text.endswith("step-00000002")


def test_damaged_ones_are_named_and_the_last_whole_one_is_taken(tmp_path):
    whole = trainer(changed(save_every=2, keep=5), directory=tmp_path)
    whole.run()
    (tmp_path / "step-00000010" / "manifest.json").write_text("{")
    (tmp_path / "step-00000008" / "state.json").unlink()
    with pytest.warns(UserWarning) as warned:
        run = trainer(changed(save_every=2, keep=5), directory=tmp_path).resume()
    assert run.step == 6
    named = [str(warning.message) for warning in warned]
    assert len(named) == 2 and "step-00000010" in named[0] and "step-00000008 has no state.json" in named[1]
    run.run()
    assert same_run(run, whole)
    assert load_checkpoint(latest_checkpoint(tmp_path)).progress["step"] == 10


def test_what_another_optimizer_remembers_is_not_taken_over(tmp_path):
    """Its numbers would have the right shapes and the wrong names."""
    run = trainer(changed(optimizer="momentum"), directory=tmp_path)
    run.run()
    other = trainer(changed(optimizer="adamw"), directory=tmp_path, seed=1)
    with pytest.raises(CheckpointError, match="with the optimizer momentum, this run has adamw"):
        other.resume()
    assert other.step == 0 and same_tensors(other.model.state_dict(), small_gpt(1).state_dict())
    assert trainer(changed(optimizer="momentum"), directory=tmp_path).resume().step == 10


def test_a_run_does_not_go_on_with_other_text(tmp_path):
    run = trainer(directory=tmp_path)
    run.run()
    for change in ({"seed": 9}, {"batch_size": 5}):
        other = trainer(directory=tmp_path, seed=1)
        other.batches = dataclasses.replace(run.batches, **change)
        ((name, value),) = change.items()
        with pytest.raises(CheckpointError, match=f"with {name} = .*, this one has {name} = {value}: it would read"):
            other.resume()
        assert other.step == 0 and same_tensors(other.model.state_dict(), small_gpt(1).state_dict())
    assert trainer(directory=tmp_path).resume().step == CONFIG.steps


def test_what_the_batches_were_made_from_is_kept_and_compared(tmp_path):
    def reading(**reads):
        return Trainer(small_gpt(), random_batches(), CONFIG, directory=tmp_path, reads=reads)

    reading(stories=4, languages=["en"]).run()
    with pytest.raises(CheckpointError, match="stories = 4, this one has stories = 9"):
        reading(stories=9, languages=["en"]).resume()
    for reads in ({"stories": 4, "languages": ["en"]}, {"stories": 4}, {}):  # older checkpoints say less
        assert reading(**reads).resume().step == CONFIG.steps


def test_a_parameter_without_gradients_does_not_hinder_resuming(tmp_path):
    def idle():
        run = trainer(directory=tmp_path)
        extra = torch.nn.Parameter(torch.zeros(3))
        run.optimizer.param_groups[0]["params"].insert(0, extra)  # no loss reaches it, so it has no moments
        return run

    first = idle()
    first.run()
    second = idle().resume()
    assert second.step == CONFIG.steps
    wrong = trainer(directory=tmp_path)
    with pytest.raises(CheckpointError, match="optimizer over other tensors"):
        wrong.resume()


def test_if_all_are_damaged_all_are_named(tmp_path):
    trainer(changed(save_every=5), directory=tmp_path).run()
    for path in tmp_path.glob("step-*/model.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"is whole: .*step-00000010.*; .*step-00000005"):
        trainer(directory=tmp_path).resume()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accumulate": 0}, "accumulate = 0"),
        ({"patience": -1}, "patience = -1"),
        ({"precision": "fp8"}, r"precision = 'fp8' is not known; choose from \['fp32', 'bf16', 'auto'\]"),
        ({"schedule": "stairs"}, "schedule = 'stairs' is not known.*'cosine'"),
        ({"optimizer": "lion"}, "optimizer = 'lion' is not known.*'adamw'"),
    ],
)
def test_settings_that_cannot_work_are_named(changes, message):
    with pytest.raises(ConfigError, match=message):
        TrainConfig(**changes)


# Objectives and instruments


def test_any_objective_can_be_minimized():
    """The distance of one weight from 3: with it as objective, that weight goes there."""
    config = TrainConfig(steps=200, warmup_steps=0, learning_rate=0.1, weight_decay=0.0)
    model = small_gpt()
    seen = []

    def objective(model, batch):
        seen.append(batch.inputs.shape)
        return ((model.final_norm.bias - 3) ** 2).mean()

    Trainer(model, random_batches(), config, objective=objective).run()
    torch.testing.assert_close(model.final_norm.bias.detach(), torch.full((16,), 3.0), atol=0.02, rtol=0)
    assert set(seen) == {(4, 8)} and len(seen) == 200


def test_readings_by_hand(monkeypatch):
    run = trainer(changed(evaluate_every=100))
    clock = iter([100 + 0.25 * tick for tick in range(8)])  # each step takes a quarter of a second
    monkeypatch.setattr(
        loop, "time", SimpleNamespace(perf_counter=lambda: next(clock))
    )  # each step takes a quarter of a second
    run.run(4)
    readings = run.readings()
    assert readings["tokens_per_second"] == pytest.approx(4 * 8 / 0.25)
    assert readings["flops_per_second"] == pytest.approx(4 * 8 / 0.25 * flops_per_token(run.model, 8))
    peak = peak_flops(torch.device("cpu"), "fp32")
    assert readings["utilization"] == pytest.approx(readings["flops_per_second"] / peak)
    assert readings["learning_rate"] == run.optimizer.param_groups[0]["lr"]
    norm = math.sqrt(sum(parameter.grad.square().sum().item() for parameter in run.model.parameters()))
    assert min(readings["gradient_norm"], 1.0) == pytest.approx(norm, rel=1e-3)


def test_flops_of_a_token_as_torch_counts_them():
    from torch.utils.flop_counter import FlopCounterMode

    model = small_gpt(d_model=32)
    with FlopCounterMode(display=False) as counter:
        model.loss(random_ids(2, 8), random_ids(2, 8, seed=1)).backward()
    assert flops_per_token(model, 8) == pytest.approx(counter.get_total_flops() / 16, rel=0.05)


def test_flops_of_a_token_elsewhere_are_six_for_each_parameter():
    model = RecurrentLM(RecurrentConfig(11, 8, 8))
    assert flops_per_token(model, 8) == 6 * sum(parameter.numel() for parameter in model.parameters())


def test_measuring_speed_takes_no_time_of_evaluation(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def slow(model):
        now[0] += 1000
        return {}

    class Tick(Callback):
        def on_record(self, trainer, entry):
            speeds.append(trainer.readings().get("tokens_per_second"))

    speeds = []
    run = watched([Tick()], evaluate=slow)
    step = run._train_step

    def timed():
        now[0] += 0.5
        return step()

    run._train_step = timed
    run.run()
    assert speeds == [pytest.approx(64.0)] * 4


def test_copies_of_a_recomputing_model_are_their_own():
    """Blocks of a copy compute with the weights of the copy."""
    run = trainer(changed(checkpoint_activations=True))
    copied = copy.deepcopy(run.model)
    with torch.no_grad():
        for parameter in run.model.parameters():
            parameter.zero_()
    assert any(isinstance(module, Block) for module in copied.modules())
    ids = random_ids(1, 5)
    torch.testing.assert_close(copied.eval()(ids), small_gpt().eval()(ids))


def test_batches_of_one_window_still_work():
    """The smallest run there is: one step, one row, a context of one."""
    run = Trainer(small_gpt(), Batches(random_ids(3), 1, 1), TrainConfig(steps=1, warmup_steps=0))
    assert [entry["tokens"] for entry in run.run()] == [1]
