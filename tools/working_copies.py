"""Keep a reader's working copies of the chapters fresh without ever overwriting what the reader changed.

    python -m tools.working_copies lab

A copy that the reader has not touched follows its original. A copy that was edited stays as it is, and a newer
original is put beside it under the name SUBJECT.new.ipynb.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent.parent / "book"
RECORD = ".copies.json"
COPIED = {".ipynb", ".md", ".png", ".svg"}


def fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh(folder: Path, book: Path = BOOK) -> list[Path]:
    """Copy the book into `folder`. Returns the edited copies that were kept although their original is newer."""
    record = folder / RECORD
    given: dict[str, list[str]] = json.loads(record.read_text()) if record.exists() else {}
    kept = []
    for original in sorted(book.rglob("*")):
        if original.suffix not in COPIED or ".ipynb_checkpoints" in original.parts or not original.is_file():
            continue
        name = original.relative_to(book).as_posix()
        copy, versions = folder / name, given.setdefault(name, [])
        newest = fingerprint(original)
        if copy.exists() and versions[-1:] == [newest]:
            continue
        target = unedited(copy, {*versions, newest})
        if target != copy:
            kept.append(copy)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(original, target)
        given[name] = [version for version in versions if version != newest] + [newest]
    folder.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(given, indent=1, sort_keys=True) + "\n")
    return kept


def unedited(copy: Path, versions: set[str]) -> Path:
    """`copy`, or the first of its names with .new, .new2 ... that is free or holds a version as it was given."""
    candidate, number = copy, 0
    while candidate.exists() and fingerprint(candidate) not in versions:
        number += 1
        candidate = copy.with_suffix(f".new{number if number > 1 else ''}{copy.suffix}")
    return candidate


if __name__ == "__main__":
    for path in refresh(Path(sys.argv[1])):
        print(f"{path} holds your changes and was left as it is; the new version is beside it, named .new")
