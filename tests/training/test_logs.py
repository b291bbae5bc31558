"""A log tells of one run, however often it was killed; and a text is evaluated on every one of its tokens."""

import json
import sys
import types

import pytest
import torch
import torch.nn.functional as F

from minillm.errors import ConfigError, MissingPackageError
from minillm.training import JsonLines, TensorBoard, Trainer, evaluate_text, read_log
from tests.core.small import CONFIG, lively_gpt, random_batches, random_ids, small_gpt

READINGS = {"learning_rate", "gradient_norm", "tokens_per_second", "flops_per_second", "utilization"}


def evaluate(model):
    return {"loss": 0.5, "samples": {"zh": "从前", "numbers": {"of": 3}}}


def logged(callback, directory=None) -> Trainer:
    return Trainer(small_gpt(), random_batches(), CONFIG, evaluate, directory, callbacks=[callback])


def test_a_line_for_each_entry(tmp_path):
    path = tmp_path / "logs" / "run.jsonl"
    run = logged(JsonLines(path))
    run.run()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == read_log(path)
    assert [{k: v for k, v in line.items() if k not in READINGS} for line in lines] == run.history
    assert all(line.keys() >= READINGS for line in lines)
    assert all(line["utilization"] > 0 for line in lines)
    assert "从前" in path.read_text(encoding="utf-8")


def test_a_run_that_goes_on_takes_back_what_did_not_happen(tmp_path):
    path = tmp_path / "run.jsonl"
    run = logged(JsonLines(path), tmp_path)
    run.run(4)
    run.save()
    run.run(9)  # and is killed while it writes a line
    with path.open("a", encoding="utf-8") as file:
        file.write('{"step": 10, "tok')
    assert [line["step"] for line in read_log(path)] == [3, 6, 9]
    resumed = logged(JsonLines(path), tmp_path).resume()
    assert resumed.step == 4
    resumed.run(5)
    assert [line["step"] for line in read_log(path)] == [3]
    resumed.run()
    assert [line["step"] for line in read_log(path)] == [3, 6, 9, 10]
    assert [line["train_loss"] for line in read_log(path)] == [entry["train_loss"] for entry in resumed.history]


def test_a_line_that_cannot_be_read_is_left_out(tmp_path):
    path = tmp_path / "run.jsonl"
    run = logged(JsonLines(path), tmp_path)
    run.run(4)
    run.save()
    path.write_text('{"st\x00\n[3]\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert [line["step"] for line in read_log(path)] == [3]
    logged(JsonLines(path), tmp_path).resume().run()
    assert [line["step"] for line in read_log(path)] == [3, 6, 9, 10]


def test_a_log_that_cannot_be_written_does_not_cost_the_run(tmp_path):
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    run = logged(JsonLines(tmp_path / "file" / "run.jsonl"))
    with pytest.warns(UserWarning, match="run.jsonl cannot be written .* goes on without its log") as told:
        run.run()
    assert run.step == CONFIG.steps and len(told) == 1


def test_half_a_character_at_the_end_of_a_log(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"step": 1}\n' + '{"text": "从'.encode()[:-1])
    assert read_log(path) == [{"step": 1}]


def test_a_process_that_is_not_the_first_writes_nothing(tmp_path):
    callback = JsonLines(tmp_path / "run.jsonl")
    run = logged(callback)
    run.workers = types.SimpleNamespace(main=False)
    callback.on_start(run)
    callback.on_record(run, {"step": 1})
    assert not list(tmp_path.iterdir())


def test_without_tensorboard_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingPackageError, match="pip install tensorboard; or log with JsonLines"):
        TensorBoard(tmp_path)


def test_curves_and_texts_for_tensorboard(tmp_path, monkeypatch):
    """Against a stand-in with the writer's interface."""
    calls = []

    class SummaryWriter:
        def __init__(self, log_dir, purge_step):
            calls.append(("open", log_dir, purge_step))

        def __getattr__(self, name):
            return lambda *arguments: calls.append((name, *arguments))

    stand_in = types.ModuleType("torch.utils.tensorboard")
    stand_in.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", stand_in)
    run = logged(TensorBoard(tmp_path))
    run.run(4)
    assert calls[0] == ("open", str(tmp_path), 1) and calls[-1] == ("close",)
    assert ("add_scalar", "train_loss", run.history[0]["train_loss"], 3) in calls
    assert ("add_text", "samples/zh", "从前", 3) in calls
    assert ("add_scalar", "samples/numbers/of", 3, 3) in calls
    names = {call[1] for call in calls if call[0] == "add_scalar"}
    assert names == {"train_loss", "tokens", "loss", "samples/numbers/of"} | READINGS
    run.run()
    assert ("open", str(tmp_path), 5) in calls


@pytest.mark.parametrize(
    ("length", "context", "batch_size"), [(2, 12, 1), (40, 7, 2), (37, 12, 64), (37, 6, 4), (9, 1, 3)]
)
def test_every_token_of_a_text_is_asked_for_once(length, context, batch_size):
    """Against a loop that predicts one token at a time from the beginning of its window."""
    model, tokens = lively_gpt(), random_ids(length)
    nats = []
    with torch.no_grad():
        for position in range(1, length):
            start = (position - 1) // context * context
            logits = model(tokens[None, start:position])[0, -1]
            nats.append(F.cross_entropy(logits, tokens[position]).item())
    model.train()
    assert evaluate_text(model, tokens, context, batch_size) == pytest.approx(sum(nats) / (length - 1), rel=1e-5)
    assert model.training


def test_a_text_that_cannot_be_evaluated():
    for tokens, context, batch_size in ((random_ids(1), 4, 4), (random_ids(9), 0, 4), (random_ids(9), 4, 0)):
        with pytest.raises(ConfigError, match="at least"):
            evaluate_text(small_gpt(), tokens, context, batch_size)
