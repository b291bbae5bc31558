"""Instructions: a text, something that is asked about it, and the answer, as rows for a causal language model.

A row is ordinary text with two marks in it, one before what is asked and one before the answer. What makes it
instruction tuning is the loss: the model is asked for the answers alone, and for the end marker after each.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from minillm.batches import IGNORED, Batch, BatchSource, check_ids, check_sizes, generator_of
from minillm.errors import ConfigError, PromptError
from minillm.generation import next_token_probabilities
from minillm.models import GPT
from minillm.tokenizers import Tokenizer
from minillm.town import TOWN
from minillm.town.story import Story
from minillm.town.views import command, questions, review, summary, title

NOT_TOLD = {"en": "the story does not say", "zh": "故事里没有说"}
"""The answer to a question that the story leaves open."""


class Turn(NamedTuple):
    """One thing that is asked, and the right answer."""

    instruction: str
    answer: str
    kind: str


class Example(NamedTuple):
    """A text and what is asked about it, one thing after another, as in a conversation."""

    text: str
    turns: tuple[Turn, ...]
    lang: str = "en"


class Row(NamedTuple):
    """The tokens of an example, and for each whether the model is to write it."""

    ids: list[int]
    written: list[bool]


@dataclass(frozen=True)
class Format:
    """How an example is written down: ``text ? instruction = answer``, the signs each on a new line.

    The space before an English answer belongs to the answer: inside a text the tokens of words begin with it, and a
    word can be copied from the text only as the token that it was there.
    """

    ask: str = "\n? "
    reply: str = "\n="

    def prompt(self, text: str, instruction: str) -> str:
        """What the model is given."""
        return f"{text}{self.ask}{instruction}{self.reply}"

    def row(self, example: Example, tokenizer: Tokenizer, longest: int | None = None) -> Row:
        """An end marker, the text, and each turn; the answers and the end marker after each are to be written.

        Turns from the first on that would make the row longer than ``longest`` tokens are left out.
        """
        ids, written, text = [tokenizer.end_id], [False], example.text
        for turn in example.turns:
            given = tokenizer.encode(self.prompt(text, turn.instruction))
            own = [*tokenizer.encode(" " * (example.lang == "en") + turn.answer), tokenizer.end_id]
            if longest is not None and len(ids) + len(given) + len(own) > longest:
                break
            ids += given + own
            written += [False] * len(given) + [True] * len(own)
            text = ""
        return Row(ids, written)


FORMAT = Format()


def _questions(story: Story) -> Example:
    answers = ((q, q.answer or NOT_TOLD[story.lang]) for q in questions(story))
    return Example(story.text, tuple(Turn(q.text, answer, q.kind) for q, answer in answers), story.lang)


def _title(story: Story) -> Example:
    ask = {"en": "What is a good title?", "zh": "给故事起个题目。"}
    return Example(story.text, (Turn(ask[story.lang], title(story), "title"),), story.lang)


def _summary(story: Story) -> Example:
    ask = {"en": "Sum it up.", "zh": "概括一下。"}
    return Example(story.text, (Turn(ask[story.lang], summary(story), "summary"),), story.lang)


def _review(story: Story) -> Example:
    made = review(story)
    ask = {"en": "Is this review positive or negative?", "zh": "这条评论是好评还是差评？"}
    words = {"en": {}, "zh": {"positive": "好评", "negative": "差评"}}
    answer = words[story.lang].get(made.sentiment, made.sentiment)
    return Example(made.text, (Turn(ask[story.lang], answer, "review"),), story.lang)


def _command(story: Story) -> Example:
    made = command(story)
    slots = "".join(f"; {name}: {made.slots[name]}" for name in sorted(made.slots))
    ask = {"en": "What is to be done?", "zh": "要做什么？"}
    return Example(made.text, (Turn(ask[story.lang], made.intent + slots, "command"),), story.lang)


TASKS: dict[str, Callable[[Story], Example]] = {
    "questions": _questions,
    "title": _title,
    "summary": _summary,
    "review": _review,
    "command": _command,
}
"""What can be asked about a story, by name; the ground truth comes from its plan."""


def instructions(
    split: str = "train",
    lang: str = "en",
    count: int | None = None,
    seed: int = 0,
    tasks: Sequence[str] = ("questions",),
) -> Iterator[Example]:
    """The examples of each of the tasks for ``count`` stories of a split, endlessly if None.

    Raises:
        ConfigError: there is no such task.
    """
    for name in tasks:
        if name not in TASKS:
            raise ConfigError(f"there is no task {name!r}; choose from {list(TASKS)}")
    return (TASKS[name](story) for story in TOWN.stories(split, lang, count, seed) for name in tasks)


@dataclass(frozen=True)
class AnswerBatches:
    """Rows drawn at random, padded on the right; with ``masked`` only answers count in the loss, without it all does.

    Padding never counts; being behind the text it is not seen either.

    Raises:
        ConfigError: there is no row, or one has nothing to write.
    """

    rows: Sequence[Row]
    batch_size: int
    seed: int = 0
    end_id: int = 0
    masked: bool = True

    def __post_init__(self) -> None:
        check_sizes(self.batch_size, 1)
        if not self.rows or not all(any(row.written[1:]) for row in self.rows):
            raise ConfigError("every row needs an answer that fits in the context; give at least one row")

    @classmethod
    def encode(
        cls,
        examples: Iterable[Example],
        tokenizer: Tokenizer,
        batch_size: int,
        seed: int = 0,
        *,
        context_length: int | None = None,
        masked: bool = True,
        form: Format = FORMAT,
    ) -> "AnswerBatches":
        """Batches of examples written in a format, each with as many of its turns as a context holds."""
        longest = None if context_length is None else context_length + 1
        rows = [form.row(example, tokenizer, longest) for example in examples]
        return cls(rows, batch_size, seed, tokenizer.end_id, masked)

    @property
    def context_length(self) -> int:
        """Positions of the longest row."""
        return max(len(row.ids) for row in self.rows) - 1

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The rows of one step."""
        drawn = torch.randint(len(self.rows), (self.batch_size,), generator=generator_of(self.seed, step, rank))
        rows = [self.rows[i] for i in drawn.tolist()]
        if not self.masked:
            rows = [Row(row.ids, [True] * len(row.ids)) for row in rows]
        return rows_to_batch(rows, self.end_id)

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token is outside 0 .. vocab_size − 1."""
        ids = [token for row in self.rows for token in row.ids]
        check_ids(min(ids), max(ids), vocab_size)


def rows_to_batch(rows: Sequence[Row], end_id: int) -> Batch:
    """Rows as inputs and the same rows one token later as targets, -100 where the model is not to write."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [end_id] * (longest - len(row.ids)) for row in rows])
    written = torch.tensor([row.written + [False] * (longest - len(row.ids)) for row in rows])
    return Batch(ids[:, :-1], ids[:, 1:].masked_fill(~written[:, 1:], IGNORED))


@dataclass(frozen=True)
class Rehearsal:
    """New work with old in between: a ``share`` of the steps, drawn at random, takes its batch from ``old``.

    Robins (1995), "Catastrophic Forgetting, Rehearsal and Pseudorehearsal".
    """

    new: BatchSource
    old: BatchSource
    share: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ConfigError(f"share = {self.share} is the part of the steps that rehearse, from 0 to 1")

    @property
    def seed(self) -> int:
        """That of the new batches."""
        return self.new.seed

    @property
    def batch_size(self) -> int:
        """Rows in a batch of new ones."""
        return self.new.batch_size

    @property
    def context_length(self) -> int:
        """Positions in the longest row of either."""
        return max(self.new.context_length, self.old.context_length)

    def __call__(self, step: int, rank: int = 0) -> Batch:
        """The batch of one step, new or old."""
        lot = torch.rand((), generator=generator_of(self.seed, step, "rehearsal")).item()
        return (self.old if lot < self.share else self.new)(step, rank)

    def check_vocabulary(self, vocab_size: int) -> None:
        """Raise `ConfigError` if a token of either is outside 0 .. vocab_size − 1."""
        self.new.check_vocabulary(vocab_size)
        self.old.check_vocabulary(vocab_size)


@torch.no_grad()
def answer(
    model: GPT,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    max_new_tokens: int = 24,
    batch_size: int = 64,
    *,
    temperature: float = 0.0,
    seed: int = 0,
) -> list[str]:
    """A continuation of each prompt up to the end marker, many at once: at temperature 0 the likeliest token each time.

    Raises:
        SamplingError: the temperature is negative.
        PromptError: a prompt and its answer do not fit in the context.
    """
    rows = [[tokenizer.end_id, *tokenizer.encode(prompt)] for prompt in prompts]
    room = model.config.context_length - max_new_tokens
    if rows and max(map(len, rows)) > room:
        raise PromptError(
            f"a prompt has {max(map(len, rows))} tokens, but with {max_new_tokens} for the answer the context holds "
            f"{room}; shorten the prompt or lower max_new_tokens"
        )
    generator = torch.Generator().manual_seed(seed)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    answers = [""] * len(rows)
    was_training = model.training
    model.eval()
    try:
        for first in range(0, len(rows), batch_size):
            chosen = order[first : first + batch_size]
            written = _continue(
                model, [rows[i] for i in chosen], tokenizer.end_id, max_new_tokens, temperature, generator
            )
            for i, ids in zip(chosen, written, strict=True):
                answers[i] = tokenizer.decode(ids).strip()
    finally:
        model.train(was_training)
    return answers


def _continue(
    model: GPT, rows: list[list[int]], end_id: int, most: int, temperature: float, generator: torch.Generator
) -> list[list[int]]:
    """Up to ``most`` ids after each row. Padding stands before shorter rows, so that all go on at one place."""
    longest = max(map(len, rows))
    ids = torch.tensor([[end_id] * (longest - len(row)) + row for row in rows], device=model.device)
    real = torch.tensor([[False] * (longest - len(row)) + [True] * len(row) for row in rows], device=model.device)
    present: Tensor | None = None if real.all() else real
    cache, done, written = model.new_cache(), torch.zeros(len(rows), dtype=torch.bool), []
    for _ in range(most):
        logits = model(ids, cache, present=present)[:, -1].float().cpu()
        drawn = torch.multinomial(next_token_probabilities(logits, temperature), 1, generator=generator)
        ids, present = drawn.to(model.device), None
        written.append(drawn[:, 0].tolist())
        done |= drawn[:, 0] == end_id
        if done.all():
            break
    columns = zip(*written, strict=True)
    return [list(row[: row.index(end_id)] if end_id in row else row) for row in columns]


def exact_match(answers: Sequence[str], wanted: Sequence[str]) -> float:
    """The share of answers that are the wanted ones, letter for letter but for case and marks at either end.

    Raises:
        ConfigError: there is not one answer for each wanted one, or there is none.
    """
    if len(answers) != len(wanted) or not answers:
        raise ConfigError(f"{len(answers)} answers for {len(wanted)} wanted ones; give one for each, at least one")
    return sum(map(same_answer, answers, wanted)) / len(wanted)


def same_answer(answer: str, wanted: str) -> bool:
    """Whether two answers are one, case and marks at either end aside."""
    return _plain(answer) == _plain(wanted)


def _plain(text: str) -> str:
    return text.strip(" .!?。！？“”\"'\n").casefold()
