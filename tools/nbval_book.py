"""A pytest plugin: how nbval compares the book's outputs, beyond what nbval does by itself.

- A code cell that was never run fails; nbval would compare nothing in it.
- JSON outputs (Plotly figures, explorables, exercise results) are compared value by value: text inside them is
  sanitized like printed text, and floats may differ by the tolerance that the output declares (0 if it declares none).
- Each notebook's running time and its kernel's peak memory go to _build/notebook-times.json.
"""

from __future__ import annotations

import base64
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from nbval.plugin import IPyNbCell, IPyNbFile

from tools.kernel_environment import kernel_environment, peak_memory

TIMES = Path("_build") / "notebook-times.json"


def pytest_configure(config: pytest.Config) -> None:
    # Side by side, processes get a thread each: threads that wait spin, and on shared cores that costs a factor of ten.
    # What the first process says here, its workers inherit.
    os.environ.update(kernel_environment(threads=1 if getattr(config.option, "numprocesses", None) else 2))
    if config.option.nbval_sanitize_with:
        config.option.nbval_sanitize_with = str(config.rootpath / config.option.nbval_sanitize_with)


def declared_tolerance(bundle: Any) -> float:
    """The tolerance of a JSON output: top level in an explorable, layout.meta in a Plotly figure; 0 if none."""
    if not isinstance(bundle, dict):
        return 0.0
    layout = bundle.get("layout")
    meta = layout.get("meta") if isinstance(layout, dict) else None
    tolerance = bundle.get("tolerance", meta.get("tolerance") if isinstance(meta, dict) else None)
    return float(tolerance or 0)


def differences(reference: Any, test: Any, tolerance: float, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, in words. Floats are equal when |a - b| <= tolerance * max(1, |a|, |b|)."""
    reference, test = decoded(reference), decoded(test)
    if isinstance(reference, dict) and isinstance(test, dict):
        for key in sorted(reference.keys() ^ test.keys()):
            yield f"{path}/{key}: only in the {'stored' if key in reference else 'new'} output"
        for key in sorted(reference.keys() & test.keys()):
            yield from differences(reference[key], test[key], tolerance, f"{path}/{key}")
    elif isinstance(reference, list) and isinstance(test, list):
        if len(reference) != len(test):
            yield f"{path}: {len(reference)} items stored, {len(test)} new"
        for index, (a, b) in enumerate(zip(reference, test, strict=False)):
            yield from differences(a, b, tolerance, f"{path}/{index}")
    elif is_number(reference) and is_number(test) and isinstance(reference + test, float):
        if not (reference == test or abs(reference - test) <= tolerance * max(1, abs(reference), abs(test))):
            yield f"{path}: {reference} stored, {test} new, tolerance {tolerance}"
    elif type(reference) is not type(test) or reference != test:
        yield f"{path}: {reference!r} stored, {test!r} new"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def decoded(value: Any) -> Any:
    """The numbers of an array that Plotly wrote as base64; anything else unchanged."""
    if isinstance(value, dict) and {"dtype", "bdata"} <= value.keys():
        return np.frombuffer(base64.b64decode(value["bdata"]), dtype=value["dtype"]).tolist()
    return value


class Bundle:
    """A sanitized JSON output that compares as `differences` says: nbval asks only `!=` of it."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.differences: list[str] = []

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bundle):
            return NotImplemented
        tolerance = declared_tolerance(self.value)
        if tolerance != declared_tolerance(other.value):
            self.differences = [f"tolerance: {tolerance} stored, {declared_tolerance(other.value)} new"]
        else:
            self.differences = list(differences(self.value, other.value, tolerance))
        return not self.differences

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "\n".join(self.differences[:20]) or json.dumps(self.value)[:200]


# nbval names its classes when it calls their base classes, so they can not be replaced by subclasses of ours:
# these functions take the place of single methods, and call the ones they replace.
run_cell = IPyNbCell.runtest
sanitize_text = IPyNbCell.sanitize
explain = IPyNbCell.format_output_compare
start_kernel = IPyNbFile.setup
stop_kernel = IPyNbFile.teardown


def run_if_stored(cell: IPyNbCell) -> None:
    if cell.cell.execution_count is None and not cell.options["skip"]:
        cell.raise_cell_error("This cell was never run, so its output can not be compared")
    run_cell(cell)


def sanitize(cell: IPyNbCell, value: Any) -> Any:
    return Bundle(sanitize_inside(cell, value)) if isinstance(value, dict | list) else sanitize_text(cell, value)


def sanitize_inside(cell: IPyNbCell, value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sanitize_inside(cell, item) for key, item in value.items()}
    if isinstance(value, list):
        return [sanitize_inside(cell, item) for item in value]
    return sanitize_text(cell, value)


def explain_difference(cell: IPyNbCell, key: str, left: Any, right: Any) -> None:
    if isinstance(left, Bundle):
        cell.comparison_traceback += [f" mismatch '{key}'", str(left)]
    else:
        explain(cell, key, left, right)


def start_clock(notebook: IPyNbFile) -> None:
    start_kernel(notebook)
    notebook.started = time.perf_counter()


def record_and_stop(notebook: IPyNbFile) -> None:
    kernel = notebook.kernel
    if kernel is not None and kernel.is_alive():
        record(notebook, time.perf_counter() - notebook.started, peak_memory(kernel.km.provisioner.pid))
    stop_kernel(notebook)


def record(notebook: IPyNbFile, seconds: float, peak_bytes: int) -> None:
    root = notebook.config.rootpath
    file = root / TIMES
    file.parent.mkdir(exist_ok=True)
    with FileLock(file.with_suffix(".lock")):  # several test processes add to it
        times = json.loads(file.read_text()) if file.exists() else {}
        name = notebook.path.relative_to(root).as_posix()
        times[name] = {"seconds": round(seconds, 1), "megabytes": round(peak_bytes / 2**20)}
        file.write_text(json.dumps(times, indent=1, sort_keys=True) + "\n")


IPyNbCell.runtest = run_if_stored
IPyNbCell.sanitize = sanitize
IPyNbCell.format_output_compare = explain_difference
IPyNbFile.setup = start_clock
IPyNbFile.teardown = record_and_stop
