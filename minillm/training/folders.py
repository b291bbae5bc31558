"""Folders of files that are either whole or not there.

A folder is written under another name, forced to disk, and renamed when complete. A manifest holds the SHA-256 of
every file, and nothing is read before all of them agree. Tensors are kept as safetensors: nothing is ever unpickled.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import safetensors.torch
from torch import Tensor

from minillm.errors import CheckpointError

MANIFEST = "manifest.json"


@contextmanager
def atomic_folder(path: str | Path, files: Sequence[str] = ()) -> Iterator[Path]:
    """Give a temporary folder to write in; on success it becomes ``path`` at once, on any failure it disappears.

    An older folder there is replaced if it was made here: its manifest names all it holds, or, since a manifest can be
    damaged, ``files`` does.

    Raises:
        CheckpointError: the disk is full, the place cannot be written, or something else than a folder made here
            stands there already. What stood at ``path`` is still there.
    """
    path = Path(path).absolute()
    temporary, old = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.old")
    try:
        recover(path)
        if path.exists() and not _may_be_replaced(path, files):
            raise CheckpointError(f"{path} exists and was not written by minillm; choose another name")
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        yield temporary
        digests = {file.name: _sha256(file) for file in sorted(temporary.iterdir())}
        (temporary / MANIFEST).write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
        for file in [*temporary.iterdir(), temporary]:
            _force_to_disk(file)
        _replace(temporary, path, old)
    except (OSError, safetensors.SafetensorError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        remedy = "free some space or choose another folder" if full else "check that the folder can be written"
        raise CheckpointError(f"{path} could not be written ({error}); {remedy}. What was there is intact") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def verify_folder(path: str | Path, required: list[str]) -> Path:
    """Check that every file of a folder is there and unchanged.

    Raises:
        CheckpointError: names the first file that is missing, truncated or altered.
    """
    path = Path(path)
    recover(path)
    try:
        digests = dict(json.loads((path / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path} is not a minillm checkpoint: its {MANIFEST} cannot be read ({error})") from error
    for name in sorted({*required, *digests}):
        if not (path / name).is_file() or name not in digests:
            raise CheckpointError(f"{path} has no {name}; the checkpoint is incomplete, use an earlier one")
        if _sha256(path / name) != digests[name]:
            raise CheckpointError(f"{path / name} is truncated or altered (its SHA-256 differs); use an earlier one")
    return path


def save_tensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """Write tensors as safetensors; unlike pickle, reading them back can run no code."""
    data = safetensors.torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()})
    path.write_bytes(data)  # save_file would make a file that only its owner can read


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Read safetensors.

    Raises:
        CheckpointError: the file is missing, damaged, or of another format (a pickle is never opened).
    """
    try:
        return safetensors.torch.load_file(path)
    except (OSError, safetensors.SafetensorError) as error:
        raise CheckpointError(
            f"{path} is not a whole safetensors file ({error}); other formats, pickles among them, are never opened"
        ) from error


def recover(path: Path) -> None:
    """Put a folder back if a process was killed after moving it away and before its successor stood."""
    path = path.absolute()
    old = path.with_name(f".{path.name}.old")
    if old.is_dir() and not path.exists():
        with suppress(FileNotFoundError):  # another process of the same run was faster
            old.rename(path)


def _may_be_replaced(path: Path, files: Sequence[str]) -> bool:
    if not path.is_dir():
        return False
    names = {file.name for file in path.iterdir()}
    try:
        return names <= {MANIFEST, *files} or names <= {MANIFEST, *json.loads((path / MANIFEST).read_text("utf-8"))}
    except (OSError, ValueError, TypeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _force_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # where a folder cannot be opened
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(temporary: Path, path: Path, old: Path) -> None:
    """Rename a folder onto a name that may be taken by an older one, which goes only after the new one stands."""
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        path.rename(old)
    try:
        temporary.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    _force_to_disk(path.parent)  # the new name, before the old folder goes
    shutil.rmtree(old, ignore_errors=True)
