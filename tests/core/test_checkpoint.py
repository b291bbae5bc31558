"""Checkpoints: whole or not there, whatever happens to the disk, the process or the files."""

import hashlib
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import CheckpointError
from minillm.training import Trainer, latest_checkpoint, load_checkpoint, optimizer_for
from tests.core.small import CONFIG, copied, random_batches, same_tensors, small_gpt, trainer

FILES = ["manifest.json", "model.safetensors", "optimizer.safetensors", "state.json"]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good checkpoint that no test changes."""
    run = trainer(directory=tmp_path_factory.mktemp("whole"))
    run.run(4)
    return run.save()


@pytest.fixture
def checkpoint(whole, tmp_path):
    """A copy of it to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / whole.name))


def sealed(folder):
    """Write a manifest that agrees with the files, as somebody who knows the format would."""
    files = [file for file in folder.iterdir() if file.name != "manifest.json"]
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    (folder / "manifest.json").write_text(json.dumps(digests))
    return folder


# What is saved comes back


def test_everything_comes_back(tmp_path):
    run = trainer(directory=tmp_path, dropout=0.1, positions="learned", tie_weights=False)
    run.run(4)
    random_state = torch.get_rng_state()
    checkpoint = load_checkpoint(run.save())
    assert checkpoint.model_config == run.model.config
    assert same_tensors(checkpoint.model_state, run.model.state_dict())
    assert torch.equal(checkpoint.random_state, random_state)
    state = run.optimizer.state_dict()["state"]
    assert checkpoint.optimizer_state.keys() == state.keys()
    assert all(same_tensors(checkpoint.optimizer_state[i], state[i]) for i in state)
    assert checkpoint.progress["step"] == 4 and checkpoint.progress["history"] == run.history
    assert checkpoint.progress["training"]["learning_rate"] == 1e-2


def test_the_files_are_safetensors_and_json_under_a_manifest(whole):
    assert sorted(file.name for file in whole.iterdir()) == FILES
    for name in ("model.safetensors", "optimizer.safetensors"):
        assert safetensors.torch.load_file(whole / name)
    for name in ("manifest.json", "state.json"):
        assert json.loads((whole / name).read_text(encoding="utf-8"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
def test_others_may_read_what_the_umask_lets_them(tmp_path):
    before = os.umask(0o027)
    try:
        run = trainer(directory=tmp_path)
        run.run(1)
        modes = {file.name: oct(file.stat().st_mode & 0o777) for file in run.save().iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(FILES, "0o640")


def test_one_checkpoint_can_be_restored_many_times(tmp_path):
    """Training what was restored does not change the checkpoint in memory."""
    run = trainer(directory=tmp_path)
    run.run(4)
    checkpoint = load_checkpoint(run.save())
    ends = []
    for _ in range(2):
        again = trainer(seed=9)
        checkpoint.restore(again.model, again.optimizer)
        again.step = 4
        again.run()
        ends.append(copied(again.model.state_dict()))
    run.run()
    assert same_tensors(*ends) and same_tensors(ends[0], run.model.state_dict())


def test_a_checkpoint_of_the_untrained_model(tmp_path):
    run = trainer(directory=tmp_path)
    run.save()
    resumed = trainer(directory=tmp_path, seed=5).resume()
    assert resumed.step == 0 and same_tensors(resumed.model.state_dict(), run.model.state_dict())
    run.run(), resumed.run()
    assert same_tensors(resumed.model.state_dict(), run.model.state_dict())


def test_a_text_of_any_language_in_the_history(tmp_path):
    run = trainer(
        evaluate=lambda model: {"samples": {"zh": "从前，下雨了。\n", "en": "“Oh”\u2028"}}, directory=tmp_path
    )
    run.run()
    assert load_checkpoint(latest_checkpoint(tmp_path)).progress["history"] == run.history


# What is damaged is refused


@pytest.mark.parametrize("name", FILES)
@given(st.data())
def test_one_flipped_bit_is_noticed(whole, name, data):
    folder = whole.with_name(f"flipped-{name}")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    content = bytearray((folder / name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (folder / name).write_bytes(content)
    with pytest.raises(CheckpointError, match=r"altered|incomplete|not a minillm checkpoint") as caught:
        load_checkpoint(folder)
    assert name == "manifest.json" or str(folder / name) in str(caught.value)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("keep", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_named(checkpoint, name, keep):
    content = (checkpoint / name).read_bytes()
    (checkpoint / name).write_bytes(content[: int(keep * len(content))])
    with pytest.raises(CheckpointError, match=f"{name}.*(truncated|cannot be read)"):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(checkpoint, name):
    (checkpoint / name).unlink()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(checkpoint)
    (checkpoint / name).mkdir()
    with pytest.raises(CheckpointError, match=name):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("content", ["null", "17", "[]", '"text"', '["model.safetensors"]', "{}", "\x00", "{" * 1000])
def test_a_manifest_of_another_kind(checkpoint, content):
    (checkpoint / "manifest.json").write_text(content)
    with pytest.raises(CheckpointError):
        load_checkpoint(checkpoint)


@pytest.mark.parametrize("path", ["absent", "step-00000004/model.safetensors", "."])
def test_what_is_no_checkpoint_at_all(checkpoint, path):
    with pytest.raises(CheckpointError, match=r"is not a minillm checkpoint: its manifest.json cannot be read"):
        load_checkpoint(checkpoint.parent / path)


@pytest.mark.parametrize(
    "state",
    [
        "null",
        "[]",
        "{}",
        '{"model": {}, "progress": {}}',
        '{"model": {"vocab_size": 11, "sliding_window": 4}, "progress": {}}',
        '{"model": {"vocab_size": 11, "num_layers": 0}, "progress": {}}',
        '{"model": {"vocab_size": 11}}',
        "not json",
    ],
)
def test_a_sealed_checkpoint_with_a_state_that_makes_no_sense(checkpoint, state):
    """As from a later version of this package: the digests agree, the content does not."""
    (checkpoint / "state.json").write_text(state)
    with pytest.raises(CheckpointError, match="state"):
        load_checkpoint(sealed(checkpoint))


class Bomb:
    """A pickle that leaves a file behind where it is loaded."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("seal", [True, False])
@pytest.mark.parametrize(
    "dump", [lambda b, path: path.write_bytes(pickle.dumps(b)), torch.save], ids=["pickle", "torch"]
)
def test_a_pickle_is_never_opened(checkpoint, tmp_path, name, seal, dump):
    trace = tmp_path / "unpickled"
    dump(Bomb(trace), checkpoint / name)
    if seal and name != "manifest.json":
        sealed(checkpoint)
    model = small_gpt(seed=3)
    before = copied(model.state_dict())
    with pytest.raises(CheckpointError):
        Trainer(model, random_batches(), CONFIG).resume(checkpoint)
    assert not trace.exists()
    assert same_tensors(before, model.state_dict())
    with pytest.raises(CheckpointError):
        load_checkpoint(checkpoint / name)
    assert not trace.exists()


def test_the_bomb_is_live(tmp_path):
    """Or the test above would prove nothing."""
    pickle.loads(pickle.dumps(Bomb(tmp_path / "unpickled")))
    assert (tmp_path / "unpickled").exists()


# What does not fit changes nothing


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"d_model": 32}, "d_model"),
        ({"num_layers": 1}, "num_layers"),
        ({"vocab_size": 20}, "vocab_size"),
        ({"tie_weights": False}, "tie_weights"),
        ({"positions": "learned"}, "positions"),
        ({"positions": "none"}, "positions"),  # the same tensors, another function of them
        ({"num_heads": 1}, "num_heads"),
        ({"rotary_base": 500.0}, "rotary_base"),
        ({"mlp_ratio": 2}, "mlp_ratio"),
    ],
)
def test_a_model_of_another_kind_is_refused_untouched(whole, changes, message):
    run = trainer(seed=7, **changes)
    run.run(2)
    weights, moments = copied(run.model.state_dict()), run.optimizer.state_dict()["state"]
    moments = {i: copied(entry) for i, entry in moments.items()}
    random_state = torch.get_rng_state()
    with pytest.raises(CheckpointError, match=message):
        run.resume(whole)
    assert same_tensors(weights, run.model.state_dict())
    assert all(same_tensors(moments[i], entry) for i, entry in run.optimizer.state_dict()["state"].items())
    assert torch.equal(torch.get_rng_state(), random_state)
    assert run.step == 2


def test_dropout_may_differ(whole):
    assert trainer(dropout=0.3).resume(whole).step == 4


def test_an_optimizer_over_other_tensors_is_refused_untouched(whole):
    model, checkpoint = small_gpt(seed=7), load_checkpoint(whole)
    weights = copied(model.state_dict())
    for other in (small_gpt(d_model=32), small_gpt(num_layers=1)):
        optimizer = optimizer_for(other, CONFIG)
        with pytest.raises(CheckpointError, match="optimizer"):
            checkpoint.restore(model, optimizer)
        assert same_tensors(weights, model.state_dict()) and not optimizer.state_dict()["state"]


def test_tensors_that_disagree_with_their_configuration(checkpoint):
    """Sealed, with one tensor of another shape, one missing and one too many."""
    good = safetensors.torch.load_file(checkpoint / "model.safetensors")
    name = "blocks.1.mlp.up.weight"
    for wrong in (
        good | {name: torch.zeros(3)},
        {k: t for k, t in good.items() if k != name},
        good | {"blocks.2.mlp.up.weight": torch.zeros(3)},
    ):
        safetensors.torch.save_file(wrong, checkpoint / "model.safetensors")
        model = small_gpt(seed=7)
        before = copied(model.state_dict())
        with pytest.raises(CheckpointError, match=r"blocks\.[12]\.mlp\.up\.weight"):
            load_checkpoint(sealed(checkpoint)).restore(model)
        assert same_tensors(before, model.state_dict())
