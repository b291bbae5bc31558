"""Checkers of the chapter on the objective and the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from minillm.duplicates import shingles
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise

IGNORED = -100


@exercise(
    "objective-and-data.questions",
    hints=[
        "The width is that of the longest text plus one: one marker is added on each side.",
        "torch.full((texts, width), value), then write each row's beginning.",
        "The input row is [end_id, *text], the target row [*text, end_id]: equally long, one place apart.",
    ],
    praise="Every text of n tokens asks n + 1 questions, the last of them: is it over?",
)
def check_questions(questions: Callable[[list[list[int]], int], tuple[Tensor, Tensor]]) -> str | None:
    """questions(rows, end_id) -> inputs and targets, one place apart, -100 where nothing is asked."""
    rows, end = [[5, 6, 7], [8], [4, 9]], 2
    answer: Any = questions([list(row) for row in rows], end)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return f"Return two tensors, inputs and targets; you return a {type(answer).__name__}."
    inputs = torch.tensor([[2, 5, 6, 7], [2, 8, 2, 2], [2, 4, 9, 2]])
    targets = torch.tensor([[5, 6, 7, 2], [8, 2, -100, -100], [4, 9, 2, -100]])
    suspects = {
        "The inputs are the texts without a marker in front: nothing asks for the first token.": torch.tensor(
            [[5, 6, 7, 2], [8, 2, 2, 2], [4, 9, 2, 2]]
        ),
        "The inputs are filled up with -100, which is no token; only targets may hold it.": inputs.masked_fill(
            targets == IGNORED, IGNORED
        ),
    }
    if problem := difference(answer[0], inputs, "inputs", suspects=suspects):
        return problem
    suspects = {
        "The targets are the inputs themselves; they must be one place further on.": inputs,
        "The padding is asked too: its targets must be -100.": targets.masked_fill(targets == IGNORED, end),
        "The end of the text is not asked: the last target of a text is the end marker.": targets.masked_fill(
            targets == end, IGNORED
        ),
    }
    return difference(answer[1], targets, "targets", suspects=suspects)


@exercise(
    "objective-and-data.answers",
    hints=[
        "The target at position t is the token at position t + 1: it is that one's owner you need.",
        "owner[:, 1:] is who wrote the next input; the last column has none.",
        "targets.masked_fill(..., -100) wherever the writer of the target is not 1.",
    ],
    praise="The model still reads the questions; it is only not asked to write them.",
)
def check_answers(only_answers: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """only_answers(targets, owner): -100 wherever the target was not written by the model."""
    owner = torch.tensor([[0, 0, 1, 1, 0, 1, 1], [0, 1, 1, 1, 2, 2, 2], [1, 0, 0, 1, 0, 0, 1]])
    tokens = torch.arange(1, 22).view(3, 7)
    targets = tokens.roll(-1, dims=1)
    targets[:, -1] = 99
    before = targets.clone()
    writer = torch.full_like(owner, 2)
    writer[:, :-1] = owner[:, 1:]
    expected = targets.masked_fill(writer != 1, IGNORED)
    answer = only_answers(targets, owner)
    if not torch.equal(targets, before):
        return "The targets that were handed in have been changed in place; return a new tensor."
    same_place = targets.masked_fill(owner != 1, IGNORED)
    last = torch.cat([expected[:, :-1], targets[:, -1:].masked_fill(owner[:, -1:] != 1, IGNORED)], dim=1)
    suspects = {
        "You look at who wrote the input at this place; look at who wrote the target, the token after it.": same_place,
        "The last column is asked, but what comes after it is not known.": last,
        "Padding is asked too: its owner is 2, and only 1 counts.": targets.masked_fill(writer == 0, IGNORED),
        "It is the reader's tokens that are asked now; ask for the model's.": targets.masked_fill(writer != 0, IGNORED),
        "Nothing is left out: every target is still asked.": targets,
    }
    return difference(answer, expected, "the result", suspects=suspects)


@exercise(
    "objective-and-data.visible",
    hints=[
        "Give each place the number of its text; two places may see each other if the numbers agree.",
        "torch.arange(n).repeat_interleave(torch.tensor(lengths)) writes such numbers.",
        "Then take away what is later, and give each padded place a number that no other has.",
    ],
    praise="PackedBatches(separate=True) makes the same mask (its padding may see other padding, which nobody asks).",
)
def check_visible(visible: Callable[[list[int], int], Tensor]) -> str | None:
    """visible(lengths, time): the same text, and not later; padding sees itself alone."""
    for lengths, time in (([3, 2], 7), ([1, 1, 4], 6), ([5], 5), ([2], 4)):
        owner = [number for number, length in enumerate(lengths) for _ in range(length)]
        owner += [len(lengths) + i for i in range(time - len(owner))]
        numbers = torch.tensor(owner)
        causal = torch.ones(time, time, dtype=torch.bool).tril()
        same = numbers[:, None] == numbers
        merged = numbers.clamp(max=len(lengths))
        right = same & causal
        suspects = {
            "This is the causal mask alone: texts look into those before them.": causal,
            "Within a text, later places are visible too.": same,
            "Padding looks at other padding; each padded place may look at itself alone.": (merged[:, None] == merged)
            & causal,
            "Padding sees nothing at all, not even itself; such a row has no softmax.": right
            & (numbers < len(lengths))[:, None],
            "The mask is transposed: row t says what position t may look at.": right.T,
        }
        suspects = {sentence: mask for sentence, mask in suspects.items() if not torch.equal(mask, right)}
        what = f"the mask of lengths {lengths} in {time} places"
        if problem := difference(visible(list(lengths), time), right, what, suspects=suspects):
            return problem
    return None


@exercise(
    "objective-and-data.combined",
    hints=[
        "A mean times its count is a sum; add the sums and the counts, then divide.",
        "NaN times 0 is NaN: leave batches without targets out before you add.",
    ],
    praise="With this, four small batches are one large one, to the last bit that rounding allows.",
)
def check_combined(combined: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """combined(losses, counts): the mean over all counted targets."""
    for losses, counts in (
        (torch.tensor([1.0, 3.0]), torch.tensor([4, 1])),
        (torch.tensor([2.0, float("nan"), 0.5]), torch.tensor([3, 0, 9])),
        (torch.tensor([1.5]), torch.tensor([7])),
    ):
        asked = counts > 0
        expected = (losses[asked] * counts[asked]).sum() / counts[asked].sum()
        answer = combined(losses.clone(), counts.clone())
        if torch.as_tensor(answer).isnan().any():
            return "The result is NaN: a small batch without targets has the loss NaN, and NaN · 0 is NaN too."
        suspects = {
            "This is the mean of the means: a batch with one target weighs as much as one with four.": losses[
                asked
            ].mean(),
            "These are all nats added up; divide by the number of counted targets.": (
                losses[asked] * counts[asked]
            ).sum(),
            "Divide by the number of targets, not of batches.": (losses[asked] * counts[asked]).sum() / len(losses),
        }
        suspects = {s: value for s, value in suspects.items() if not torch.isclose(value, expected)}
        if problem := difference(answer, expected, "the result", suspects=suspects):
            return problem
    return None


@exercise(
    "objective-and-data.leaks",
    hints=[
        "One set holds the shingles of all training texts together: known |= shingles(text, size).",
        "The share of a test text is len(own & known) / len(own).",
        "A text without any shingle cannot leak; mind the division by zero.",
    ],
    praise="GPT-3’s makers searched for their tests like this, with runs of 13 words.",
)
def check_leaks(leaks: Callable[..., list[int]]) -> str | None:
    """leaks(train, test, size): the numbers of test texts of which half of the shingles occur in training."""
    train = [
        "on monday a cat sat on the red mat in the sun and slept until noon",
        "yesterday the old baker wrote: one fine day ben found a blue kite behind the mill and ran home with it",
        "a b c d e f",
        "e f g h i j",
    ]
    test = [
        "one fine day Ben found a blue kite behind the mill",
        "one fine day ben found a red drum under the bridge by the river in the rain",
        "nobody has ever told this story before anywhere",
        "a b c d e f g h i j",
        "",
    ]
    answer: Any = leaks(list(train), list(test), 5)
    if not isinstance(answer, list | tuple):
        return f"Return a list of numbers; you return a {type(answer).__name__}."
    answer = [int(number) for number in answer]
    right = [0, 3]
    if answer == right:
        return _check_size(leaks)
    if 4 in answer:
        return "Text 4 is empty and has no shingles: nothing of it can have leaked."
    if 0 not in answer:
        return "Text 0 is quoted within a longer training text. Do not divide by the shingles of both texts (Jaccard)."
    if 3 not in answer:
        return (
            "Of text 3 one half stands in one training text and more in another: put the shingles of all into one set."
        )
    if 1 in answer:
        return "Of text 1 only the beginning occurs in the training texts, less than half."
    return f"The leaked texts are {right}; yours are {answer}."


def _check_size(leaks: Callable[..., list[int]]) -> str | None:
    train, test = ["the cat sat on the mat"], ["a dog and the cat sat on the mat", "the mat and the cat and the hat"]
    for size in (2, 3):
        known = shingles(train[0], size)
        right = [i for i, text in enumerate(test) if 2 * len(shingles(text, size) & known) >= len(shingles(text, size))]
        answer = [int(number) for number in leaks(train, test, size)]
        if answer != right:
            return (
                f"With runs of {size} words the leaked texts are {right}, yours {answer}: use the size that is given."
            )
    return None
