"""Checkpoints: whole or not there, whatever happens to the disk, the process or the files."""

import dataclasses
import errno
import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
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


def steps(directory):
    return sorted(path.name for path in Path(directory).iterdir())


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


# Which are kept


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_only_the_newest_are_kept(tmp_path, keep):
    run = trainer(dataclasses.replace(CONFIG, save_every=2, keep=keep), directory=tmp_path)
    run.run(9)
    assert steps(tmp_path) == [f"step-0000000{step}" for step in (2, 4, 6, 8)][-keep:]
    run.run()
    assert latest_checkpoint(tmp_path) == tmp_path / "step-00000010"
    assert len(steps(tmp_path)) == keep


def test_without_save_every_the_end_is_kept(tmp_path):
    trainer(directory=tmp_path).run()
    assert steps(tmp_path) == ["step-00000010"]


def test_latest_of_nothing(tmp_path):
    assert latest_checkpoint(tmp_path) is None
    assert latest_checkpoint(tmp_path / "absent") is None
    with pytest.raises(CheckpointError, match="no checkpoint"):
        trainer(directory=tmp_path).resume()


@pytest.mark.parametrize("keep", [1, 3])
def test_going_back_leaves_the_future_that_did_not_happen(tmp_path, keep):
    """The checkpoint just saved is there and the newest, and the run ends as if it had never gone astray."""
    config = dataclasses.replace(CONFIG, save_every=2, keep=5)
    first = trainer(config, directory=tmp_path)
    first.run()
    second = trainer(dataclasses.replace(config, keep=keep), directory=tmp_path).resume(tmp_path / "step-00000004")
    second.run(6)
    assert latest_checkpoint(tmp_path) == tmp_path / "step-00000006"
    second.run()
    assert same_tensors(second.model.state_dict(), first.model.state_dict())


def test_a_damaged_newest_checkpoint_is_gone_around(tmp_path):
    """The error says which to leave; from the one before it the run goes on and replaces it."""
    config = dataclasses.replace(CONFIG, save_every=2, keep=5)
    whole = trainer(config, directory=tmp_path)
    whole.run()
    weights = tmp_path / "step-00000010" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match=r"step-00000010.*model\.safetensors is truncated .* use an earlier one"):
        trainer(config, directory=tmp_path).resume()
    run = trainer(config, directory=tmp_path).resume(tmp_path / "step-00000008")
    run.run()
    assert same_tensors(load_checkpoint(latest_checkpoint(tmp_path)).model_state, whole.model.state_dict())


def test_two_runs_do_not_mix_in_one_directory(tmp_path):
    trainer(directory=tmp_path).run()
    for other in (trainer(directory=tmp_path), trainer(directory=tmp_path).resume(copy_elsewhere(tmp_path))):
        with pytest.raises(CheckpointError, match="step-00000010 is of an earlier run; resume"):
            other.run(3)
        assert steps(tmp_path) == ["step-00000010"]


def copy_elsewhere(directory):
    other = directory.with_name(directory.name + "-other")
    run = trainer(directory=other)
    run.run(2)
    return run.save()


def test_a_readers_own_files_beside_the_checkpoints_stay(tmp_path):
    for name in ("step-by-step", "step-00000001-best", ".step-notes"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "thoughts.txt").write_text("mine")
    (tmp_path / "step-list.txt").write_text("mine")
    run = trainer(dataclasses.replace(CONFIG, save_every=1, keep=1), directory=tmp_path)
    run.run()
    assert latest_checkpoint(tmp_path) == tmp_path / "step-00000010"
    assert steps(tmp_path) == [".step-notes", "step-00000001-best", "step-00000010", "step-by-step", "step-list.txt"]
    assert (tmp_path / "step-by-step" / "thoughts.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["step-00000004", "step-00000004/step-00000004"])
def test_a_name_taken_by_something_else_is_left_alone(tmp_path, name):
    """A file, or a folder with somebody's work in it, is never replaced."""
    taken = tmp_path / name
    taken.parent.mkdir(exist_ok=True)
    taken.write_text("years of work")
    run = trainer(directory=tmp_path)
    run.run(4)
    with pytest.raises(CheckpointError, match=r"step-00000004 .* choose another"):
        run.save()
    assert taken.read_text() == "years of work"
    assert steps(tmp_path) == ["step-00000004"]


# What happens while it is saved


@pytest.fixture(scope="module")
def attempts(tmp_path_factory):
    """What many attempts to save under attack have left behind: (kind, scenario) -> [(directory, ending)]."""
    if not hasattr(os, "fork"):
        pytest.skip("saving under attack needs os.fork, which this system does not have")
    command = [sys.executable, "-m", "tests.core.crash", str(tmp_path_factory.mktemp("attacks"))]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = {}
    for line in output.splitlines():
        kind, scenario, directory, ending = line.split("\t")
        found.setdefault((kind, scenario), []).append((Path(directory), ending))
    return found


@pytest.mark.parametrize("scenario", ["a new one", "the only one again", "again after a crash"])
@pytest.mark.parametrize("kind", ["kill", "full", "limit", "sigkill"])
def test_a_good_checkpoint_survives_every_attack(attempts, kind, scenario):
    undisturbed = trainer()
    undisturbed.run()
    endings = [ending for _, ending in attempts[kind, scenario]]
    assert endings[-1] == ("killed" if kind == "sigkill" else "undisturbed")
    assert set(endings[:-1]) == {"killed" if "kill" in kind else "CheckpointError"}
    assert len(endings) >= 9
    for directory, ending in attempts[kind, scenario]:
        if "kill" not in kind and "after a crash" not in scenario:
            assert not any(name.startswith(".") for name in steps(directory)), "something was left behind"
        path = latest_checkpoint(directory)
        assert load_checkpoint(path).progress["step"] == int(path.name.removeprefix("step-"))
        if kind == "sigkill":
            continue  # its steps are counted without training
        run = trainer(directory=directory).resume()
        assert run.step == 2 if ending == "undisturbed" or scenario != "a new one" else run.step in (1, 2)
        run.run()
        assert same_tensors(run.model.state_dict(), undisturbed.model.state_dict())
        assert not any(name.startswith(".") for name in steps(directory))


def test_a_full_disk(tmp_path):
    """A real one of 400 kB, filled to many degrees: what is there stays, and with room again saving works."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "minillm-test", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs the rights of root")
    try:
        run = trainer(directory=disk)
        run.run(2)
        before = copied(load_checkpoint(run.save()).model_state)
        run.run(4)
        filler = disk / "filler"
        for free in range(0, 100_000, 8192):
            fill(filler, free)
            with pytest.raises(CheckpointError, match=r"step-00000004 could not be written \(.*free some space"):
                run.save()
            filler.unlink()
            assert steps(disk) == ["step-00000002"]
            assert same_tensors(load_checkpoint(latest_checkpoint(disk)).model_state, before)
        run.save()
        assert same_tensors(load_checkpoint(latest_checkpoint(disk)).model_state, run.model.state_dict())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(path, free):
    """Write until the disk is full, then give back `free` bytes."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC
        file.truncate(max(0, file.tell() - free))


@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.write_bytes", "pathlib.Path.write_text"])
def test_a_disk_that_fails_late(tmp_path, monkeypatch, place):
    """Some systems report a full disk only when the data are forced out."""
    run = trainer(directory=tmp_path)
    run.run(2)
    path = run.save()

    def fail(*arguments, **settings):
        raise OSError(errno.EDQUOT if place == "os.fsync" else errno.ENOSPC, "quota exceeded: No space left")

    run.run(3)
    with monkeypatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises(CheckpointError, match=r"step-00000003 could not be written .*free some space"):
            run.save()
    assert steps(tmp_path) == [path.name]
    assert load_checkpoint(path).progress["step"] == 2


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    run = trainer(directory=tmp_path / "file")
    with pytest.raises(CheckpointError, match=r"could not be written .*check that the folder can be written"):
        run.run()
    assert run.step == 10  # the trained model is still in memory
