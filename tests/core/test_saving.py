"""Which checkpoints are kept, and what happens to them when the process dies or the disk fills up."""

import dataclasses
import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from minillm.errors import CheckpointError
from minillm.training import latest_checkpoint, load_checkpoint
from tests.core.small import CONFIG, copied, same_tensors, trainer

ROOT = Path(__file__).parents[2]


def steps(directory):
    return sorted(path.name for path in Path(directory).iterdir())


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
    """A warning says which; from the one before it the run goes on and replaces it."""
    config = dataclasses.replace(CONFIG, save_every=2, keep=5)
    whole = trainer(config, directory=tmp_path)
    whole.run()
    weights = tmp_path / "step-00000010" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    damage = r"step-00000010.*model\.safetensors is truncated"
    with pytest.raises(CheckpointError, match=damage):
        trainer(config, directory=tmp_path).resume(tmp_path / "step-00000010")
    with pytest.warns(UserWarning, match=f"{damage}.*going on from .*step-00000008"):
        run = trainer(config, directory=tmp_path).resume()
    assert run.step == 8
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


@pytest.mark.slow
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
