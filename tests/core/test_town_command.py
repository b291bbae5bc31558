"""The command `python -m minillm town`."""

import json
import subprocess
import sys

import pytest

from minillm import town
from minillm.__main__ import main


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["minillm", "town", *arguments])
    main()
    return capsys.readouterr().out


def test_it_tells_the_stories_of_a_seed(monkeypatch, capsys):
    out = run(monkeypatch, capsys, "--seed", "5", "--count", "3", "--lang", "zh", "--split", "valid")
    assert out.split("\n\n") == [
        story.text + "\n" * (n == 2) for n, story in enumerate(town.stories("valid", "zh", 3, 5))
    ]


def test_json_lines_hold_the_story_and_the_view(monkeypatch, capsys):
    out = run(monkeypatch, capsys, "--count", "4", "--kind", "questions", "--format", "jsonl")
    for line, story in zip(out.splitlines(), town.stories("train", "en", 4, 0), strict=True):
        item = json.loads(line)
        assert item["story"] == story.text and item["kind"] == "questions" and item["items"][0]["lang"] == "en"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--lang", "fr"), "invalid choice 'fr' for argument '--lang'. Expected one of ('en', 'zh')"),
        (("--kind", "sonnet"), "invalid choice 'sonnet' for argument '--kind'. Expected one of ('story', 'summary',"),
        (("--split", "dev"), "'dev' for argument '--split'. Expected one of ('train', 'valid', 'test',"),
        (("--format", "csv"), "invalid choice 'csv' for argument '--format'. Expected one of ('text', 'jsonl')"),
        (("--count", "-2"), "error: --count is -2; it must be 1 or more, or 0"),
    ],
)
def test_wrong_values_are_named_with_what_is_allowed(monkeypatch, capsys, arguments, message):
    with pytest.raises(SystemExit) as stopped:
        run(monkeypatch, capsys, *arguments)
    said = f"{stopped.value} {capsys.readouterr().err}"
    assert message in " ".join(said.replace("│", " ").split())


def test_a_reader_who_has_enough_is_no_error():
    command = [sys.executable, "-m", "minillm", "town", "--count", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=120) == 0
        assert process.stderr.read() == b""
