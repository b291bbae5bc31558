"""The chapter on the objective and the data: its checkers name each mistake."""

import pytest
import torch

from minillm.duplicates import jaccard, shingles
from minillm.exercises import check


def questions(front=True, back=True, fill=-100, pad=None, shift=True):
    def answer(rows, end):
        width = max(map(len, rows)) + 1
        inputs = torch.full((len(rows), width), end if pad is None else pad)
        targets = torch.full((len(rows), width), fill if fill is not None else end)
        for i, row in enumerate(rows):
            given = [end, *row] if front else [*row, end]
            asked = [*row, end] if shift else [end, *row]
            inputs[i, : len(given)] = torch.tensor(given)
            targets[i, : len(asked)] = torch.tensor(asked)
            if not back:
                targets[i, len(row)] = -100
        return inputs, targets

    return answer


def answers(writer_of, counts=lambda writer: writer == 1):
    return lambda targets, owner: targets.where(counts(writer_of(owner)), torch.tensor(-100))


def following(owner):
    return torch.cat([owner[:, 1:], torch.full_like(owner[:, :1], 2)], dim=1)


def in_place(targets, owner):
    return targets.masked_fill_(following(owner) != 1, -100)


def visible(causal=True, apart=True, see_padding=False, blind=False, turned=False):
    def answer(lengths, time):
        padding = [time - sum(lengths)] if see_padding else [1] * (time - sum(lengths))
        sizes = torch.tensor([*lengths, *padding])
        owner = torch.arange(len(sizes)).repeat_interleave(sizes)
        mask = owner[:, None] == owner if apart else torch.ones(time, time, dtype=torch.bool)
        mask = mask.tril() if causal else mask
        if blind:
            mask[sum(lengths) :] = False
        return mask.T if turned else mask

    return answer


def leaks(known=lambda train, size: set().union(*(shingles(t, size) for t in train)), share=0.5, empty=False):
    def answer(train, test, size=5):
        pool, found = known(train, size), []
        for number, text in enumerate(test):
            own = shingles(text, size)
            if (own and len(own & pool) / len(own) >= share) or (not own and empty):
                found.append(number)
        return found

    return answer


def one_at_a_time(train, test, size=5):
    own = [shingles(text, size) for text in test]
    return [i for i, s in enumerate(own) if s and any(2 * len(s & shingles(text, size)) >= len(s) for text in train)]


def by_jaccard(train, test, size=5):
    return [
        i
        for i, text in enumerate(test)
        if text and any(jaccard(shingles(text, size), shingles(other, size)) >= 0.5 for other in train)
    ]


MISTAKES = {
    "no marker in front": ("questions", questions(front=False), "nothing asks for the first token"),
    "inputs of -100": ("questions", questions(pad=-100), "only targets may hold it"),
    "not shifted": ("questions", lambda rows, end: (questions()(rows, end)[0],) * 2, "one place further on"),
    "padding asked": ("questions", questions(fill=None), "its targets must be -100"),
    "end not asked": ("questions", questions(back=False), "the last target of a text"),
    "one tensor": ("questions", lambda rows, end: questions()(rows, end)[0], "Return two tensors"),
    "input's owner": ("answers", answers(lambda owner: owner), "who wrote the target"),
    "last column": ("answers", answers(lambda o: torch.cat([o[:, 1:], o[:, -1:]], 1)), "last column"),
    "padding counts": ("answers", answers(following, lambda w: w != 0), "Padding is asked too"),
    "the reader's": ("answers", answers(following, lambda w: w == 0), "ask for the model's"),
    "everything": ("answers", lambda targets, owner: targets, "still asked"),
    "in place": ("answers", in_place, "changed in place"),
    "causal only": ("visible", visible(apart=False), "causal mask alone"),
    "later too": ("visible", visible(causal=False), "later places"),
    "padding together": ("visible", visible(see_padding=True), "itself alone"),
    "blind padding": ("visible", visible(blind=True), "sees nothing at all"),
    "transposed": ("visible", visible(turned=True), "transposed"),
    "mean of means": ("combined", lambda losses, counts: losses.nanmean(), "mean of the means"),
    "a sum": ("combined", lambda losses, counts: (losses * counts).nansum(), "all nats added up"),
    "by batches": ("combined", lambda losses, counts: (losses * counts).nansum() / len(losses), "not of batches"),
    "NaN": ("combined", lambda losses, counts: (losses * counts).sum() / counts.sum(), "NaN"),
    "Jaccard": ("leaks", by_jaccard, "quoted within a longer"),
    "one at a time": ("leaks", one_at_a_time, "into one set"),
    "any run": ("leaks", leaks(share=0.1), "less than half"),
    "empty": ("leaks", leaks(empty=True), "no shingles"),
    "always five": ("leaks", lambda train, test, size=5: leaks()(train, test, 5), "use the size that is given"),
    "a number": ("leaks", lambda train, test, size=5: 3, "Return a list"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_its_own_sentence(mistake):
    name, answer, sentence = MISTAKES[mistake]
    result = check(f"objective-and-data.{name}", answer)
    assert not result
    assert sentence in result.message, result.message


def test_what_the_chapter_says_of_mixed_means_and_shares():
    """A run of five words, each of which stays with probability 0.9, stays with 0.59; right answers pass."""
    assert round(0.9**5, 2) == 0.59
    assert check("objective-and-data.questions", questions())
    assert check("objective-and-data.answers", answers(following))
    assert check("objective-and-data.visible", visible())
    assert check("objective-and-data.leaks", leaks())
