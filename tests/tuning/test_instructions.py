"""Instruction rows: what is shown, what is asked for, and what a tuned model writes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm import town
from minillm.batches import IGNORED, Batches, BatchSource
from minillm.errors import ConfigError, PromptError
from minillm.generation import generate
from minillm.tokenizers import CharacterTokenizer, town_tokenizer
from minillm.town import views
from minillm.training import TrainConfig, Trainer
from minillm.tuning import (
    FORMAT,
    TASKS,
    AnswerBatches,
    Example,
    Rehearsal,
    Row,
    Turn,
    answer,
    exact_match,
    instructions,
)
from tests.core.small import lively_gpt, random_batches, small_gpt

TOKENIZER = CharacterTokenizer("\n ?=abcdefgh.")


def example(text="a b", lang="en", **turns):
    return Example(text, tuple(Turn(ask, reply, "") for ask, reply in (turns or {"c": "d"}).items()), lang)


def written(batch, row=0):
    """The targets that count, as text."""
    targets = batch.targets[row]
    return TOKENIZER.decode([t if t else TOKENIZER.encode(".")[0] for t in targets[targets != IGNORED].tolist()])


def test_only_the_answer_and_its_end_count():
    batch = AnswerBatches.encode([example()], TOKENIZER, 1)(0)
    assert TOKENIZER.decode(batch.inputs[0, 1:].tolist()) == "a b\n? c\n= d"
    assert written(batch) == " d."


def test_every_turn_is_answered_and_the_text_comes_once():
    batch = AnswerBatches.encode([example(c="d", e="f g")], TOKENIZER, 1)(0)
    assert written(batch) == " d. f g."
    assert TOKENIZER.decode([i for i in batch.inputs[0].tolist() if i]) == "a b\n? c\n= d\n? e\n= f g"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 40))
def test_a_row_holds_the_turns_that_fit(longest):
    turns = {"c": "d", "e": "f g", "h": "a"}
    whole, row = (FORMAT.row(example(**turns), TOKENIZER, limit) for limit in (None, longest))
    ends = [1, *(i + 1 for i, token in enumerate(whole.ids) if i and not token)]
    assert len(row.ids) == max(end for end in ends if end <= max(longest, 1))
    assert (row.ids, row.written) == (whole.ids[: len(row.ids)], whole.written[: len(row.ids)])


def test_an_answer_that_fits_no_context_is_refused():
    with pytest.raises(ConfigError, match="fits in the context"):
        AnswerBatches.encode([example()], TOKENIZER, 1, context_length=5)
    assert AnswerBatches.encode([example(c="d", e="f")], TOKENIZER, 1, context_length=14).context_length <= 14


def test_a_chinese_answer_begins_without_a_space():
    assert written(AnswerBatches.encode([example(lang="zh")], TOKENIZER, 1)(0)) == "d."


def test_without_the_mask_all_but_padding_counts():
    short, long = example(text="a"), example(text="a b a b a b")
    batches = AnswerBatches.encode([short, long], TOKENIZER, 16, masked=False)
    batch = batches(0)
    lengths = {len(FORMAT.row(e, TOKENIZER).ids) - 1 for e in (short, long)}
    assert {int(n) for n in (batch.targets != IGNORED).sum(dim=1)} == lengths
    assert all(torch.equal(t[t != IGNORED][:-1], i[1:][t[:-1] != IGNORED][: int((t != IGNORED).sum()) - 1])
               for i, t in zip(*batch[:2], strict=True))  # fmt: skip


rows = st.lists(st.tuples(st.integers(1, 10), st.booleans()), min_size=2, max_size=9).map(
    lambda pairs: Row([i for i, _ in pairs], [w for _, w in pairs[:-1]] + [True])
)


@settings(deadline=None, max_examples=20)
@given(st.lists(rows, min_size=1, max_size=4), st.integers(0, 99), st.integers(0, 3))
def test_a_batch_is_the_rows_shifted_by_one(chosen, step, rank):
    batches = AnswerBatches(chosen, 3, seed=1)
    batch = batches(step, rank)
    assert isinstance(batches, BatchSource)
    assert all(torch.equal(a, b) for a, b in zip(batch[:2], batches(step, rank)[:2], strict=True))
    for inputs, targets in zip(batch.inputs.tolist(), batch.targets.tolist(), strict=True):
        fits = [
            row for row in chosen
            if inputs[: len(row.ids) - 1] == row.ids[:-1]
            and targets[: len(row.ids) - 1] == [i if w else IGNORED for i, w in [*zip(*row, strict=True)][1:]]
            and set(targets[len(row.ids) - 1 :]) <= {IGNORED}
        ]  # fmt: skip
        assert fits


def test_padding_changes_no_gradient():
    """The mean over a padded batch is that over its rows one by one, weighted by their answers' tokens."""
    examples = [example(), example(text="a b c d e", e="f g h")]
    model = lively_gpt(vocab_size=TOKENIZER.vocab_size, context_length=40)
    own = [FORMAT.row(e, TOKENIZER) for e in examples]
    total = 0.0
    for row in own:
        logits = model(torch.tensor([row.ids[:-1]]))[0].log_softmax(-1)
        total += sum(-logits[i, row.ids[i + 1]].item() for i in range(len(row.ids) - 1) if row.written[i + 1])
    count = sum(sum(row.written) for row in own)
    for step in range(9):
        batch = AnswerBatches(own, 2)(step)
        if batch.counted == count:
            assert model.loss(*batch).item() == pytest.approx(total / count, rel=1e-5)
            return
    pytest.fail("no batch held both rows")


def test_a_row_without_an_answer_is_refused():
    with pytest.raises(ConfigError, match="needs an answer"):
        AnswerBatches([Row([0, 1, 2], [False] * 3)], 1)
    with pytest.raises(ConfigError, match="at least one row"):
        AnswerBatches([], 1)
    with pytest.raises(ConfigError, match="vocab_size is 3"):
        AnswerBatches([Row([0, 5], [False, True])], 1).check_vocabulary(3)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("task", TASKS)
def test_the_ground_truth_of_every_task_is_that_of_the_views(task, lang):
    story = next(iter(town.stories("train", lang, 1, seed=3)))
    (made,) = instructions("train", lang, 1, seed=3, tasks=[task])
    assert made.lang == lang and all(turn.instruction and turn.answer for turn in made.turns)
    if task == "questions":
        told = {q.text: q.answer for q in views.questions(story)}
        assert made.text == story.text and {t.instruction for t in made.turns} == set(told)
        assert all(t.answer == told[t.instruction] for t in made.turns if t.kind != "unanswerable")
        assert all(not told[t.instruction] for t in made.turns if t.kind == "unanswerable")
    elif task == "command":
        assert views.command(story).intent in made.turns[0].answer
        assert all(value in made.turns[0].answer for value in views.command(story).slots.values())
    elif task == "review":
        assert made.text == views.review(story).text
    else:
        assert made.turns[0].answer == {"title": views.title, "summary": views.summary}[task](story)


def test_an_unknown_task_is_refused():
    with pytest.raises(ConfigError, match="choose from"):
        instructions(tasks=["sing"])


def test_names_in_answers_are_the_tokens_they_are_in_the_story():
    """Why the space belongs to the answer: "Lily" after "=" would be other tokens than " Lily" in the text."""
    tokenizer = town_tokenizer()
    ids = FORMAT.row(example(text="Then Lily slept.", **{"Who slept?": "Lily"}), tokenizer).ids
    lily = tokenizer.encode(" Lily")
    assert sum(ids[i : i + len(lily)] == lily for i in range(len(ids))) == 2


def test_rehearsal_takes_its_share_of_steps_and_is_a_pure_function_of_the_step():
    new, old = AnswerBatches([Row([0, 1, 2], [False, False, True])], 2), random_batches()
    mixed = Rehearsal(new, old, 0.3)
    rehearsed = [mixed(step).inputs.shape[1] == old.context_length for step in range(2000)]
    assert abs(sum(rehearsed) / 2000 - 0.3) < 4 * (0.3 * 0.7 / 2000) ** 0.5
    assert isinstance(mixed, BatchSource) and mixed.context_length == old.context_length
    for step in range(20):
        source = old if rehearsed[step] else new
        assert torch.equal(mixed(step, 1).inputs, source(step, 1).inputs)
    assert {Rehearsal(new, old, share)(4).inputs.shape[1] for share in (0, 1)} == {2, old.context_length}
    with pytest.raises(ConfigError, match="share = 2"):
        Rehearsal(new, old, 2)
    with pytest.raises(ConfigError):
        Rehearsal(new, Batches(torch.arange(50), 2, 4)).check_vocabulary(20)


def test_many_answers_at_once_are_those_of_one_at_a_time():
    model = lively_gpt(vocab_size=TOKENIZER.vocab_size, context_length=40)
    prompts = ["a", "b c d e f g", "h", "a b c", "..."]
    alone = [generate(model, TOKENIZER, p, max_new_tokens=7, temperature=0).strip() for p in prompts]
    assert answer(model, TOKENIZER, prompts, max_new_tokens=7, batch_size=3) == alone
    assert answer(model.train(), TOKENIZER, prompts, max_new_tokens=7) == alone
    assert model.training
    assert answer(model, TOKENIZER, []) == []


def test_a_prompt_without_room_for_its_answer_is_refused():
    with pytest.raises(PromptError, match="lower max_new_tokens"):
        answer(small_gpt(vocab_size=TOKENIZER.vocab_size), TOKENIZER, ["a" * 9], max_new_tokens=10)


def test_exact_match_counts_equal_answers():
    assert exact_match([" Lily.", "yes", "No", "丽丽。"], ["Lily", "no", "no", "丽丽"]) == 0.75
    with pytest.raises(ConfigError, match="2 answers for 1"):
        exact_match(["a", "b"], ["a"])


def test_a_model_learns_to_answer_and_to_stop():
    """An answer learned by heart, from targets that never ask for the prompt."""
    model = small_gpt(vocab_size=TOKENIZER.vocab_size, context_length=16)
    Trainer(model, AnswerBatches.encode([example(c="e f")], TOKENIZER, 4), TrainConfig(60, 1e-2, 5)).run()
    assert answer(model, TOKENIZER, [FORMAT.prompt("a b", "c")], 6) == ["e f"]
    assert generate(model, TOKENIZER, "a b", max_new_tokens=6, temperature=0) != "\n? c\n="  # nobody asked for that
