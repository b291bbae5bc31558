"""DDP and FSDP2 on two live processes against one process with the same batches."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.distributed as dist

from minillm.errors import ConfigError, WorkerError
from minillm.training import load_checkpoint
from minillm.training.distributed import _meet, join
from minillm.training.processes import Processes
from minillm.training.workers import ALONE, Workers, part, whole, whole_model
from tests.core.small import CONFIG, random_batches, small_gpt
from tests.training import at_work

started = pytest.mark.slow  # to start processes takes seconds
MUON = dataclasses.replace(CONFIG, muon_learning_rate=0.02)


@pytest.fixture(scope="module")
def two():
    with Processes(2) as processes:
        yield processes


def same(found: at_work.Outcome, expected: at_work.Outcome) -> None:
    """Two runs agree up to rounding, which Adam enlarges where a gradient is near zero."""
    assert found.losses == pytest.approx(expected.losses, rel=1e-5)
    for name, weight in expected.weights.items():
        assert found.weights[name].shape == weight.shape
        assert (found.weights[name] - weight).abs().mean() < 2e-5, name
    assert found.step == expected.step == CONFIG.steps


@started
@pytest.mark.parametrize(
    "engine, config, changes",
    [
        ("ddp", CONFIG, {}),
        ("ddp", MUON, {}),
        ("fsdp", CONFIG, {"positions": "t5", "tie_weights": False, "norm_first": False}),
        ("fsdp", MUON, {}),
    ],
    ids=["ddp-adamw", "ddp-muon", "fsdp-adamw", "fsdp-muon"],
)
def test_two_processes_train_as_one(two, engine, config, changes):
    expected = at_work.train("alone", config=config, changes=changes)
    first, second = two.run(at_work.train, engine, config, changes)
    same(first, expected)
    assert first.losses == second.losses
    assert first.held == second.held == expected.held if engine == "ddp" else first.held + second.held == expected.held


@started
@pytest.mark.parametrize(
    "engine, kind", [("ddp", "prefix"), ("ddp", "seq2seq"), ("ddp", "lstm"), ("fsdp", "bert"), ("fsdp", "seq2seq")]
)
def test_every_model_and_every_target_counts_the_same_wherever_it_is(two, engine, kind):
    arguments = (CONFIG, {}, None, None, kind)
    same(two.run(at_work.train, engine, *arguments)[0], at_work.train("alone", *arguments))


@started
@pytest.mark.parametrize("engine, config", [("ddp", CONFIG), ("fsdp", MUON)], ids=["ddp", "fsdp"])
@pytest.mark.parametrize("before, after", [(1, 2), (2, 1), (2, 2)])
def test_a_checkpoint_goes_on_with_another_number_of_processes(two, tmp_path, engine, config, before, after):
    """Six steps on some processes, four on others: the run that nothing disturbed."""
    for count, until in ((before, 6), (after, None)):
        arguments = (config, {}, tmp_path, until)
        ended = at_work.train("alone", *arguments) if count == 1 else two.run(at_work.train, engine, *arguments)[0]
    same(ended, at_work.train("alone", config))


@started
@pytest.mark.parametrize("engine", ["ddp", "fsdp"])
def test_the_folder_on_disk_is_that_of_one_process(two, tmp_path, engine):
    at_work.train("alone", directory=tmp_path / "one", until=3)
    two.run(at_work.train, engine, CONFIG, {}, tmp_path / "two", 3)
    one, many = (load_checkpoint(tmp_path / name / "step-00000003") for name in ("one", "two"))
    assert [path.name for path in sorted(one.path.iterdir())] == [path.name for path in sorted(many.path.iterdir())]
    assert one.model_config == many.model_config and one.progress["training"] == many.progress["training"]
    shapes = [{name: (t.shape, t.dtype) for name, t in state.items()} for state in (one.model_state, many.model_state)]
    assert shapes[0] == shapes[1]
    assert one.optimizer_state.keys() == many.optimizer_state.keys()
    for index, entry in one.optimizer_state.items():
        for key, moment in entry.items():
            assert torch.allclose(moment, many.optimizer_state[index][key], atol=1e-5)


@started
def test_no_pickle_is_written(two, tmp_path):
    two.run(at_work.train, "fsdp", CONFIG, {}, tmp_path, 2)
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".safetensors", ".json"}


@started
def test_all_stop_when_one_does(two, tmp_path):
    assert two.run(at_work.train_until_one_stops, tmp_path) == [(3, ["step-00000003"])] * 2


@started
def test_dropout_differs_between_processes_and_not_between_runs(two):
    config = dataclasses.replace(CONFIG, steps=4)
    changes = {"dropout": 0.3}
    once, again = (two.run(at_work.train, "ddp", config, changes)[0] for _ in range(2))
    assert once.losses == again.losses
    assert once.losses != at_work.train("alone", config, changes).losses


def test_a_batch_must_divide():
    workers = Workers()
    workers.rank, workers.size = 1, 2
    assert workers.mine("abcd") == "cd"
    with pytest.raises(ConfigError, match="in 3 parts does not divide among 2 processes; choose a batch_size that"):
        workers.mine("abc")


def test_a_process_alone_has_nothing_to_do():
    model, batch = small_gpt(), random_batches()(0)
    loss = ALONE.prepare(model, lambda model, batch: model.loss(*batch))(batch)
    assert torch.equal(loss, model.loss(*batch)) and torch.equal(ALONE.sum(loss), loss)
    assert (ALONE.any(True), ALONE.any(False), ALONE.main, ALONE.mine([1, 2])) == (True, False, True, [1, 2])
    tensor = torch.ones(2)
    assert whole(tensor) is tensor and part(tensor, like=tensor) is tensor and whole_model(model) is model


def test_workers_meet_where_nobody_has_been():
    """In a store that earlier lives of the run, and one that never came about, have left full of greetings."""
    store = dist.HashStore()
    for life in range(4):
        store.set("hello/1", f"a process that died {life}")
        with ThreadPoolExecutor(3) as pool:
            corners = list(pool.map(lambda rank: _meet(store, rank, 3, 10), [0, 1, 2]))
            met = list(pool.map(lambda corner: corner.add("met", 1), corners))
        assert sorted(met) == [1, 2, 3]


def test_who_waits_in_vain_says_so():
    with pytest.raises(WorkerError, match="only 1 of 2 processes came in"):
        _meet(dist.HashStore(), 0, 2, 0.1)


def test_an_engine_that_there_is_not():
    with pytest.raises(ConfigError, match="engine = 'horses' is not known; choose from"), join("horses"):
        pass


def test_without_torchrun_a_process_is_alone():
    with join("fsdp") as workers:
        assert workers is ALONE
