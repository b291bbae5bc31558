"""Checkers of the chapter on pretraining a BERT."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from minillm.batches import IGNORED
from minillm.exercises.comparison import difference
from minillm.exercises.registry import exercise

MASK = 50


@exercise(
    "pretraining-a-bert.both-sides",
    hints=[
        "Bayes' rule: multiply, for each word, what the left side says by what the right side says.",
        "The products do not add up to 1; divide by their sum.",
    ],
    praise="Two experts, one product: this is how a model that reads from left to right can fill a gap.",
)
def check_both_sides(both_sides: Callable[[Tensor, Tensor], Tensor]) -> str | None:
    """both_sides(p_left, p_right) for several words and for a right side that rules some of them out."""
    for words in (2, 5):
        p_left, p_right = torch.rand(words).softmax(dim=0), torch.rand(words)
        p_right[0] = 0.0
        product = p_left * p_right
        suspects = {
            "The products are not divided by their sum.": product,
            "Only the right side is used; how likely is the word after the left side?": p_right / p_right.sum(),
            "The two are added. A word that the right side rules out must get 0: multiply.": (p_left + p_right)
            / (p_left + p_right).sum(),
            "This is a softmax of the products; divide them by their sum.": product.softmax(dim=0),
        }
        answer = both_sides(p_left, p_right)
        if problem := difference(answer, product / product.sum(), f"The result for {words} words", suspects=suspects):
            return problem
    return None


@exercise(
    "pretraining-a-bert.hide",
    hints=[
        "Begin with inputs that are a copy of the tokens, and targets that are all -100.",
        "torch.where(condition, a, b) takes a where the condition holds and b elsewhere.",
        "Three conditions: chosen; chosen & (fate < 0.8); chosen & (fate >= 0.8) & (fate < 0.9).",
    ],
    praise="Every chosen token is asked for, whatever became of it.",
)
def check_hide(own_hide: Callable[..., Any]) -> str | None:
    """own_hide(tokens, chosen, fate, others, mask) on random rows."""
    tokens, others = torch.randint(1, MASK, (4, 40)), torch.randint(1, MASK, (4, 40))
    chosen, fate = torch.rand(4, 40) < 0.5, torch.rand(4, 40)
    before = tokens.clone()
    result = own_hide(tokens, chosen, fate, others, MASK)
    if not torch.equal(tokens, before):
        return "The tokens that were given have changed; work on a copy: inputs = tokens.clone()."
    if not isinstance(result, tuple) or len(result) != 2:
        return "Return two tensors: inputs, targets."
    hidden, swapped = chosen & (fate < 0.8), chosen & (fate >= 0.8) & (fate < 0.9)
    inputs = torch.where(swapped, others, tokens.masked_fill(hidden, MASK))
    targets = tokens.masked_fill(~chosen, IGNORED)
    return difference(result[0], inputs, "inputs", suspects={
        "In inputs, every chosen token is masked; 10 % become another token and 10 % stay.":
            tokens.masked_fill(chosen, MASK),
        "In inputs, tokens that were not chosen are changed, too.":
            torch.where((fate >= 0.8) & (fate < 0.9), others, tokens.masked_fill(fate < 0.8, MASK)),
        "In inputs, none of the chosen tokens stays: from 0.9 on they are to stay as they are.":
            torch.where(chosen & (fate >= 0.8), others, tokens.masked_fill(hidden, MASK)),
        "In inputs, no token is swapped for another.": tokens.masked_fill(hidden, MASK),
    }) or difference(result[1], targets, "targets", suspects={
        "In targets, only the masked tokens are asked for; the swapped and the kept ones count as well.":
            tokens.masked_fill(~hidden, IGNORED),
        "In targets, every token is asked for; where nothing was chosen the target is -100.": tokens,
        "The targets hold what the model is given, not what stood there.": inputs.masked_fill(~chosen, IGNORED),
        "In targets, tokens that were not chosen are 0; they must be -100.": tokens.masked_fill(~chosen, 0),
    })  # fmt: skip


@exercise(
    "pretraining-a-bert.score",
    hints=[
        "log_p[r, t] are the log-probabilities of what follows position t of row r.",
        "The token at position t + 1 was predicted at position t: gather with the ids from 1 on.",
        "Add up over the positions: one sum for each row, and take the largest with argmax.",
    ],
    praise="One forward pass for each candidate: that is what a left-to-right model pays for the right side.",
)
def check_score(likeliest: Callable[..., Any]) -> str | None:
    """likeliest(log_p, rows) for texts whose best candidate shows only in the sum over all positions."""
    for trial in range(12):
        rows = torch.randint(0, 9, (5, 7))
        log_p = torch.randn(5, 7, 9).log_softmax(dim=-1)
        each = log_p[:, :-1].gather(-1, rows[:, 1:, None])[..., 0]
        right = int(each.sum(dim=1).argmax())
        answer = likeliest(log_p, rows)
        if isinstance(answer, Tensor) and answer.numel() != 1:
            return f"The result has shape {tuple(answer.shape)}; return the number of one row."
        if not isinstance(answer, Tensor | int):
            return f"The result is a {type(answer).__name__}; return the number of a row."
        if int(answer) != right:
            unshifted = int(log_p.gather(-1, rows[..., None]).sum(dim=(1, 2)).argmax())
            worst = int(each.sum(dim=1).argmin())
            reason = {
                unshifted: "It looks as if each token is scored by its own position; the one before predicts it.",
                worst: "That is the least likely row.",
            }.get(int(answer), "Add up the log-probabilities of all tokens of each row.")
            return f"In trial {trial + 1}, row {int(answer)} was chosen, but row {right} is the likeliest. {reason}"
    return None


@exercise(
    "pretraining-a-bert.span",
    hints=[
        "A word of several tokens must be hidden as a whole, or its other pieces give it away.",
        "Draw once for each word, then give all its tokens the word's lot.",
        "lots[word_of] hands every token the lot of its word.",
    ],
    praise="Whole-word masking: a later version of BERT was trained this way.",
)
def check_span(whole_words: Callable[[Tensor, Tensor, float], Tensor]) -> str | None:
    """whole_words(word_of, lots, rate) gives all tokens of a word the same fate."""
    for trial in range(6):
        word_of = torch.repeat_interleave(torch.arange(8), torch.randint(1, 4, (8,)))
        lots = torch.rand(8)
        expected = lots[word_of] < 0.4
        suspects = {
            "The tokens that stay are marked; mark the ones to hide.": ~expected,
        }
        if len(word_of) <= 8 * 2 and trial == 0:
            first = F.pad(word_of[1:] != word_of[:-1], (1, 0), value=True)
            suspects["Only the first token of each word is hidden; hide all of them."] = expected & first
        answer = whole_words(word_of, lots, 0.4)
        if problem := difference(answer, expected, "The result", suspects=suspects):
            return problem
    return None
