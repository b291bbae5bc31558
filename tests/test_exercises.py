"""The mechanism of exercises and quizzes. What the chapters ask is tested in tests/book."""

import json

import pytest
import torch
from torch import nn

from minillm.errors import MinillmError
from minillm.exercises import check, difference, exercise, quiz, quizzes, registry

MIME_TYPE = "application/vnd.minillm.explorable+json"
NUMBERS = torch.tensor([1.0, 2.0, 5.0])


@pytest.fixture(autouse=True)
def double(monkeypatch):
    """An exercise of our own, gone after the test."""
    registry.names()  # a chapter that is imported later would be registered in the copy and lost with it
    monkeypatch.setattr(registry, "_exercises", dict(registry._exercises))

    @exercise("test.double", hints=["Look at `2 * x`.", "Return `2 * x`."], praise="You can double.")
    def checker(answer):
        suspects = {"You squared it.": NUMBERS**2}
        return difference(answer(NUMBERS), 2 * NUMBERS, "the double", suspects=suspects)


def test_a_right_answer_passes():
    result = check("test.double", lambda x: 2 * x)
    assert result
    assert (result.status, result.message) == ("passed", "You can double.")


def blank(x): ...


def ellipsis(x):
    return ...


def unfinished(x):
    factor = ...
    return factor * x


def stub(x):
    raise NotImplementedError


def blank_pair(x):
    return None, ...


@pytest.mark.parametrize("answer", [None, ..., blank, ellipsis, unfinished, stub, blank_pair])
def test_what_is_not_written_yet_is_met_kindly(answer):
    result = check("test.double", answer)
    assert not result
    assert result.status == "unwritten"
    assert "..." in result.message


def broken(x):
    y = x + 1
    return y @ torch.ones(7)


def test_an_error_in_the_answer_is_reported_with_its_line():
    result = check("test.double", broken)
    assert result.status == "error"
    assert "RuntimeError" in result.message
    assert "`return y @ torch.ones(7)`" in result.message


def leaky(x):
    raise ValueError(f"bad object at {hex(id(x))}")


def test_messages_hold_no_addresses_that_change():
    assert check("test.double", leaky).message == check("test.double", leaky).message
    assert "0x…" in check("test.double", leaky).message


def test_a_value_in_place_of_a_function_is_explained():
    assert "Pass the function itself" in check("test.double", torch.ones(3)).message


def test_a_known_mistake_is_named():
    assert check("test.double", lambda x: x**2).message == "You squared it."


def test_checking_neither_uses_nor_depends_on_the_readers_random_numbers():
    @exercise("test.random")
    def checker(answer):
        return f"{torch.rand(1).item()}"

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first = check("test.random", 1).message
    assert torch.equal(torch.rand(3), expected)
    assert check("test.random", 1).message == first


def test_modules_and_classes_are_passed_on_as_they_are():
    @exercise("test.module")
    def checker(answer):
        return None if isinstance(answer, nn.Linear) or answer is nn.Linear else "not as it was"

    assert check("test.module", nn.Linear)
    assert check("test.module", nn.Linear(1, 1))


def test_an_unknown_name_lists_the_nearest():
    with pytest.raises(MinillmError, match=r"'test\.duoble'.*test\.double"):
        check("test.duoble", None)


def test_a_result_is_shown_in_all_three_homes():
    result = check("test.double", lambda x: x**2)
    bundle, _ = result._repr_mimebundle_()
    shown = bundle[MIME_TYPE]
    assert shown["name"] == "exercise"
    assert shown["data"] == {
        "exercise": "test.double",
        "status": "failed",
        "message": "You squared it.",
        "hints": ["Look at `2 * x`.", "Return `2 * x`."],
    }
    assert bundle["text/plain"] == repr(result)
    assert "Not yet. You squared it." in repr(result)
    assert "application/vnd.jupyter.widget-view+json" in bundle


EXPECTED = torch.tensor([[1.0, 2.0], [3.0, 5.0]])


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (EXPECTED.T, "transposed"),
        (EXPECTED * 3, "3 times"),
        (EXPECTED + 0.5, r"\+0.5 away"),
        (EXPECTED[:1], r"shape \(1, 2\); it should have shape \(2, 2\)"),
        (torch.full((2, 2), float("nan")), "4 NaN of 4"),
        (EXPECTED + torch.tensor([[0, 0], [0, 0.25]]), r"at \[1, 1\], where it is 5.25 and should be 5"),
        ("text", "is a str; it should be a tensor"),
    ],
)
def test_a_difference_is_told_by_its_kind(actual, said):
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(difference(actual, EXPECTED))


def test_a_shape_with_its_axes_exchanged_is_recognized():
    assert "transpose" in difference(torch.ones(3, 2), torch.ones(2, 3))


@pytest.mark.parametrize("actual", [EXPECTED, EXPECTED.tolist(), EXPECTED.numpy(), EXPECTED + 1e-7])
def test_equal_values_of_any_type_have_no_difference(actual):
    assert difference(actual, EXPECTED) is None


def test_numbers_in_place_of_a_mask_are_told():
    mask = torch.tensor([True, False])
    assert "torch.bool" in difference(mask.float(), mask)
    assert difference(mask, mask) is None


QUESTION = {
    "id": "one",
    "prompt": "Why?",
    "options": [
        {"text": "So", "correct": True, "explanation": "Yes."},
        {"text": "Not so", "correct": False, "explanation": "No."},
    ],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(quizzes, "FOLDER", tmp_path)
    return tmp_path


def write(folder, question):
    data = {"title": "T", "questions": [question]}
    (folder / "chapter.json").write_text(json.dumps(data), encoding="utf-8")


def test_a_quiz_is_an_explorable_with_its_questions(folder):
    write(folder, QUESTION)
    shown = quiz("chapter")
    assert (shown.name, shown.data["quiz"], shown.data["questions"]) == ("quiz", "chapter", [QUESTION])


def test_an_unknown_quiz_lists_what_there_is(folder):
    write(folder, QUESTION)
    with pytest.raises(MinillmError, match="chapter"):
        quiz("chaptre")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt": ""}, "no prompt"),
        ({"id": ""}, "id of its own"),
        ({"options": QUESTION["options"][:1]}, "two options"),
        ({"options": [QUESTION["options"][1], QUESTION["options"][1] | {"text": "B"}]}, "exactly one"),
        ({"options": [QUESTION["options"][0], QUESTION["options"][1] | {"explanation": " "}]}, "an explanation"),
        ({"options": [QUESTION["options"][0], QUESTION["options"][1] | {"text": "So"}]}, "text of its own"),
    ],
)
def test_an_incomplete_quiz_is_refused(folder, change, said):
    write(folder, QUESTION | change)
    with pytest.raises(MinillmError, match=said):
        quiz("chapter")
