"""Every exercise: what the reader starts from does not pass, the worked solution does. Every quiz is complete."""

import ast
import json
from contextlib import suppress

import pytest

from minillm.exercises import check, names
from minillm.exercises.quizzes import FOLDER
from tools.notebook_rules import Page, calls, exercises
from tools.notebooks import short_name

QUIZZES = sorted(FOLDER.glob("*.json"))
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def execute(source: str, namespace: dict, kinds: tuple[type, ...]) -> None:
    """Run the top-level statements of the given kinds. One that stands on what was not run is left out, too."""
    for node in ast.parse(source).body:
        if isinstance(node, kinds):
            with suppress(NameError):
                exec(compile(ast.Module([node], type_ignores=[]), "<chapter>", "exec"), namespace)


def namespace_before(page: Page, last: str) -> dict:
    """What a chapter imports and defines up to the cell that defines an exercise's stub, that cell included."""
    namespace: dict = {}
    for _, cell in page.code:
        is_last = any(
            isinstance(call.args[0], ast.Constant) and call.args[0].value == last for call in calls(cell, "check")
        )
        execute(cell.source, namespace, (*DEFINITIONS, ast.Assign) if is_last else DEFINITIONS)
        if is_last:
            return namespace
    raise AssertionError(f"no cell checks {last}")


def test_stub_does_not_pass(chapter_exercise):
    page, exercise = chapter_exercise
    assert not check(exercise.name, namespace_before(page, exercise.name)[exercise.answer])


def test_solution_passes(chapter_exercise):
    page, exercise = chapter_exercise
    namespace = namespace_before(page, exercise.name)
    execute(exercise.solution.source, namespace, (*DEFINITIONS, ast.Assign))
    result = check(exercise.name, namespace[exercise.answer + "_solution"])
    assert result, result.message


def test_every_checker_belongs_to_an_exercise(chapters):
    assert sorted(exercise.name for page in chapters for exercise in exercises(page)) == names()


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.stem)
def test_quiz_is_complete(path):
    quiz = json.loads(path.read_text(encoding="utf-8"))
    assert quiz["title"].strip()
    assert 3 <= len(quiz["questions"]) <= 5
    assert len({question["id"] for question in quiz["questions"]}) == len(quiz["questions"])
    for question in quiz["questions"]:
        assert question["prompt"].strip()
        options = question["options"]
        assert len(options) >= 2
        assert any(option["correct"] is True for option in options)
        assert any(option["correct"] is False for option in options)
        for part in ("text", "explanation"):
            texts = [option[part].strip() for option in options]
            assert all(texts)
            assert len(set(texts)) == len(texts), f"two options share their {part}"


def test_every_chapter_has_its_quiz_and_shows_it(chapters):
    shown = {short_name(page.path): [
        call.args[0].value for _, cell in page.code for call in calls(cell, "quiz")
    ] for page in chapters}  # fmt: skip
    assert shown == {short_name(page.path): [page.path.stem] for page in chapters}
    assert {page.path.stem for page in chapters} == {path.stem for path in QUIZZES}
