"""The comparison of notebook outputs itself: what may change, and what must not.

Every case is one cell: its code makes an output now, and beside it stands the output that is stored. All cells
go into one notebook, pytest runs it in a process of its own, and each cell must pass or fail as the case says.
"""

import base64
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import nbformat.v4 as nbf
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PLOTLY = "application/vnd.plotly.v1+json"
EXPLORABLE = "application/vnd.minillm.explorable+json"


@dataclass(frozen=True, eq=False)
class Case:
    name: str
    passes: bool
    code: str
    stored: object
    was_run: bool = True

    def cell(self):
        cell = nbf.new_code_cell(self.code, execution_count=1 if self.was_run else None)
        if isinstance(self.stored, str):
            cell.outputs = [nbf.new_output("stream", name="stdout", text=self.stored)]
        elif self.stored is not None:
            cell.outputs = [nbf.new_output("display_data", data=self.stored)]
        return cell


def printed(name, passes, now, stored):
    return Case(name, passes, f"print({now!r})", stored + "\n")


def shown(name, passes, mime, now, stored):
    code = f"from IPython.display import display\ndisplay({{{mime!r}: {now!r}}}, raw=True)"
    return Case(f"{name} [{mime.split('.')[1]}]", passes, code, {mime: stored})


def bundle(mime, tolerance=None, text="loss", values=(), **others):
    """A bundle of either kind, with its text, its floats and its tolerance at the places of that kind."""
    if mime == PLOTLY:
        layout = {"title": {"text": text}, "meta": {"tolerance": tolerance}}
        return {"data": [{"type": "scatter", "y": list(values)}], "layout": layout} | others
    return {"name": "x", "data": {"labels": [text], "y": list(values)}, "tolerance": tolerance} | others


def json_cases(mime):
    def case(name, passes, now, stored):
        return shown(name, passes, mime, bundle(mime, **now), bundle(mime, **stored))

    return [
        case("equal", True, {"values": [0.5]}, {"values": [0.5]}),
        case("number after the sign", True, {"text": "loss \u2248 1.25"}, {"text": "loss \u2248 1.31"}),
        case("plain number in text", False, {"text": "step 200"}, {"text": "step 100"}),
        case("float, no tolerance", False, {"values": [0.5]}, {"values": [0.5000001]}),
        case("float within tolerance", True,
             {"values": [0.5], "tolerance": 1e-3}, {"values": [0.5005], "tolerance": 1e-3}),
        case("float beyond tolerance", False,
             {"values": [0.5], "tolerance": 1e-3}, {"values": [0.502], "tolerance": 1e-3}),
        case("integer within tolerance", False,
             {"values": [7], "tolerance": 2.0}, {"values": [8], "tolerance": 2.0}),
        case("tolerance itself", False,
             {"values": [0.5], "tolerance": 0.5}, {"values": [0.5], "tolerance": 0.6}),
        case("one value more", False, {"values": [0.5, 0.5]}, {"values": [0.5]}),
        case("one key more", False, {"extra": 1}, {}),
        case("true for one", False, {"values": [True]}, {"values": [1]}),
    ]  # fmt: skip


def array(*values):
    """An array as Plotly writes it."""
    return {"dtype": "f4", "bdata": base64.b64encode(np.array(values, dtype="f4").tobytes()).decode()}


def figure(values, tolerance):
    return {"data": [{"z": values}], "layout": {"meta": {"tolerance": tolerance}}}


CASES = [
    printed("same text", True, "loss 1.25", "loss 1.25"),
    printed("number after the sign", True, "loss \u2248 1.25 nats", "loss \u2248 1.31 nats"),
    printed("width of the number", True, "|  \u2248 9.5  |", "| \u2248 10.5 |"),
    printed("sign and exponent", True, "\u2248 -1.5e-05", "\u2248 2.5"),
    printed("number before the sign", False, "200 \u2248 1.25", "100 \u2248 1.25"),
    printed("word after the number", False, "\u2248 1.25 nats", "\u2248 1.25 bits"),
    printed("not a number after all", False, "\u2248 nan", "\u2248 1.25"),
    printed("plain number", False, "step 200", "step 100"),
    Case("never run, output stored", False, "print(1)", "1\n", was_run=False),
    Case("never run, nothing stored", False, "x = 1", None, was_run=False),
    Case("output vanished", False, "x = 1", "1\n"),
    Case("output appeared", False, "print(1)", None),
    Case("error", False, "1 / 0", None),
    *json_cases(PLOTLY),
    *json_cases(EXPLORABLE),
    shown("array within tolerance", True, PLOTLY, figure(array(0.5), 1e-3), figure(array(0.5004), 1e-3)),
    shown("array beyond tolerance", False, PLOTLY, figure(array(0.5), 1e-3), figure(array(0.51), 1e-3)),
    Case("outside sockets are refused", True,
         "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), timeout=1)\n"
         "except ConnectionRefusedError:\n    print('refused')", "refused\n"),
    Case("outside names are refused", True,
         "try:\n    socket.getaddrinfo('example.org', 80)\n"
         "except ConnectionRefusedError:\n    print('refused')", "refused\n"),
    Case("this machine is open", True,
         "server = socket.create_server(('127.0.0.1', 0))\n"
         "socket.create_connection(server.getsockname()).close()\nserver.close()\nprint('open')", "open\n"),
    Case("no progress bars", True, "import os; print(os.environ['TQDM_DISABLE'])", "1\n"),
]  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Run one notebook with all the cases. Returns the folder and the outcome of each case."""
    folder = tmp_path_factory.mktemp("comparison")
    notebook = nbf.new_notebook(cells=[case.cell() for case in CASES])
    (folder / "cases.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.nbval_book", "--nbval", "--nbval-current-env",
               f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval-sanitize.cfg'}", "--junitxml=result.xml"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    results = ElementTree.parse(folder / "result.xml").iter("testcase")
    passed = [result.find("failure") is None and result.find("error") is None for result in results]
    assert len(passed) == len(CASES), done.stdout + done.stderr
    return folder, dict(zip(CASES, passed, strict=True)), done.stdout


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_change(session, case):
    _, passed, output = session
    assert passed[case] == case.passes, output


def test_time_and_memory_are_recorded(session):
    folder, _, _ = session
    times = json.loads((folder / "_build" / "notebook-times.json").read_text())
    assert times["cases.ipynb"]["seconds"] > 0
    assert times["cases.ipynb"]["megabytes"] > 10


def test_message_names_the_place(session):
    assert "/data/0/y/0: 0.502 stored, 0.5 new, tolerance 0.001" in session[2]
