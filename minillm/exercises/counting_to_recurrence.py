"""Checkers of the chapter from counting to recurrence."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise
from minillm.models import lstm_cell

TEXT = "san francisco is foggy . san francisco is far . the bay is blue . the fog is grey ."


@exercise(
    "counting-to-recurrence.continuation",
    hints=[
        "How often a word came does not matter here: only how many different words came before it.",
        "The keys of the Counter are the different pairs; its values are how often each came.",
        "Count the pairs that end in each word, then divide by the number of pairs.",
    ],
    praise="“francisco” is frequent and yet follows one word only: it is not expected after a word never seen.",
)
def check_continuation(continuation: Callable[[Counter[tuple[str, str]]], dict[str, float]]) -> str | None:
    """continuation(pairs): for each word, the share of the different pairs that end in it."""
    pairs = Counter(itertools.pairwise(TEXT.split()))
    found = continuation(pairs)
    words = sorted({second for _, second in pairs})
    if not isinstance(found, dict) or set(found) != set(words):
        return f"The result should be a dictionary with the {len(words)} words that end a pair, each with its share."

    def shares(counts: Counter[str]) -> Tensor:
        return torch.tensor([counts[word] / counts.total() for word in words])

    ends, frequencies, starts = Counter[str](), Counter[str](), Counter[str]()
    for (first, second), count in pairs.items():
        ends[second] += 1
        starts[first] += 1
        frequencies[second] += count
    suspects = {
        "These are the shares of all pairs: a pair that came twice still counts once.": shares(frequencies),
        "These are shares of the pairs that begin with each word; count those that end in it.": shares(starts),
        "These are numbers of pairs: divide by how many different pairs there are.": torch.tensor(
            [float(ends[word]) for word in words]
        ),
    }
    values = torch.tensor([float(found[word]) for word in words])
    return difference(values, shares(ends), "The list of shares", suspects=suspects)


@exercise(
    "counting-to-recurrence.lstm-step",
    hints=[
        "One matrix product gives all four: a = x @ W_x + h @ W_h + b, then a.chunk(4, dim=-1).",
        "Gates go through torch.sigmoid and are shares from 0 to 1; the candidate goes through torch.tanh.",
        "The cell first: c = f * c + i * g. Then h = o * torch.tanh(c), with the new c.",
    ],
    praise="The same numbers as torch.nn.LSTM. The line c = f * c + i * g is the one that remembers.",
)
def check_lstm_step(lstm_step: Callable[..., Any]) -> str | None:
    """lstm_step(x, h, c, W_x, W_h, b): the new h and c, with the columns of the matrices in the order i, f, g, o."""
    x, h, c = torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 4)
    W_x, W_h, b = torch.randn(3, 16), torch.randn(4, 16), torch.randn(16)
    (new_h, new_c), gates = lstm_cell(x, (h, c), (W_x.T, W_h.T, b, torch.zeros(16)))
    i, f, g, o = (gates[name] for name in ("input_gate", "forget_gate", "candidate", "output_gate"))
    answer = lstm_step(x, h, c, W_x, W_h, b)
    if not isinstance(answer, tuple) or len(answer) != 2:
        return "The function should return two tensors: the new h, then the new c."
    a_g = (x @ W_x + h @ W_h + b).chunk(4, dim=-1)[2]
    cells = {
        "The forget and the input gate have changed places: f keeps the old cell, i lets the new in.": i * c + f * g,
        "The old cell is not forgotten in part: multiply it by the forget gate.": c + i * g,
        "The candidate went through the sigmoid; it needs the tanh, so that it can also be negative.": f * c
        + i * torch.sigmoid(a_g),
        "The second result is h; the order is h, then c.": new_h,
    }
    if problem := difference(answer[1], new_c, "The new c", suspects=cells):
        return problem
    outputs = {
        "h is made from the old cell; use the new one.": o * torch.tanh(c),
        "The tanh around the cell is missing in h.": o * new_c,
        "The output gate is missing in h.": torch.tanh(new_c),
    }
    return difference(answer[0], new_h, "The new h", suspects=outputs)


@exercise(
    "counting-to-recurrence.reach",
    hints=[
        "loss_from[k] looks k steps back, so it stands at distance k = 0, 1, 2, ...",
        "Divide by the first entry: what counts is how much smaller the gradient has become.",
        "The answer is the first k where the ratio is below the share, or the length if there is none.",
    ],
    praise="A number for memory: how many steps back the gradient still says something.",
)
def check_reach(reach: Callable[[Tensor, float], int]) -> str | None:
    """reach(norms, share): the first distance at which the norm falls below a share of the norm at distance 0."""
    for norms, share, expected in (
        ([8.0, 4.0, 2.0, 1.0, 0.5], 0.2, 3),
        ([8.0, 4.0, 2.0, 1.0, 0.5], 0.25, 3),
        ([1.0, 0.2, 0.9, 0.05], 0.5, 1),
        ([0.5, 0.5, 0.5], 0.9, 3),
        ([2.0, 1.0, 0.1], 0.01, 3),
    ):
        found: Any = reach(torch.tensor(norms), share)
        if not isinstance(found, int):
            return f"The result is a {type(found).__name__}; it should be a whole number, an int."
        if found == expected:
            continue
        what = f"For norms {norms} and a share of {share} the answer is {expected}, not {found}."
        absolute = next((k for k, norm in enumerate(norms) if norm < share), len(norms))
        if found == absolute:
            return what + " A norm means little alone: compare it with the norm at distance 0."
        if found == expected - 1:
            return what + " That is the last distance that is still above; the first below is asked for."
        return what
    return None


@exercise(
    "counting-to-recurrence.latch",
    hints=[
        "A sigmoid of 10 is as good as 1, of −10 as good as 0.",
        "Keep everything: the forget gate is always open. Let in x = 1 only: the input gate is shut for 0.1.",
        "W_i = 20 and b_i = −10 give 10 for x = 1 and −10 for x = 0. The same trick, without W, for the forget gate.",
    ],
    praise="A cell that takes one word to heart and holds it for a thousand steps: the design in four numbers.",
)
def check_latch(latch: Callable[[], dict[str, float]]) -> str | None:
    """latch(): input weights and biases W_i, b_i, W_f, b_f of an LSTM cell that keeps its first signal."""
    numbers = latch()
    names = ("W_i", "b_i", "W_f", "b_f")
    if not isinstance(numbers, dict) or set(numbers) != set(names):
        return f"The result should be a dictionary with the four numbers {', '.join(names)}."
    W_i, b_i, W_f, b_f = (float(numbers[name]) for name in names)

    def run(xs: Tensor) -> Tensor:
        c, cells = torch.zeros(()), []
        for x in xs:
            i, f = torch.sigmoid(W_i * x + b_i), torch.sigmoid(W_f * x + b_f)
            c = f * c + i * x
            cells.append(c)
        return torch.stack(cells)

    signal = torch.zeros(1001)
    signal[0] = 1.0
    cells = run(signal)
    if cells[0] < 0.9:
        return f"After the signal the cell holds {cells[0]:.2f}, not nearly 1: open the input gate for x = 1."
    if cells[-1] < 0.9:
        gone = int((cells < 0.9).nonzero()[0])
        return f"After {gone} steps the cell holds less than 0.9: keep the forget gate more open when x = 0."
    noisy = torch.full((1001,), 0.1)
    noisy[0] = 1.0
    noise = run(noisy)
    if noise[-1] > 1.1:
        return (
            f"With a murmur of 0.1 after the signal the cell has grown to {noise[-1]:.1f}: shut the input gate for "
            f"small x."
        )
    if noise[-1] < 0.9:
        return f"With a murmur of 0.1 after the signal the cell has shrunk to {noise[-1]:.2f}: it must not forget."
    return None
