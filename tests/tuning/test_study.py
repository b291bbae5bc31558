"""The stored adapter and results belong to the shipped town GPT, and a part of them is made again."""

import json

import pytest

import minillm
from minillm.tuning import LoRAConfig, inject, load_adapter, study, trainable_parameters, weights_digest


def test_the_results_are_those_of_the_shipped_model():
    """After training town-gpt again: python -m minillm.tuning.study."""
    assert study.results()["base_digest"] == weights_digest(minillm.load("town-gpt").model)
    assert {"replay", "plain", "ranks", "rehearsal", "masks"} <= study.results().keys()


def test_the_shipped_adapter_answers_as_its_replay_says():
    pretrained = minillm.load("town-gpt")
    load_adapter(study.ADAPTER, pretrained.model)
    replay = study.results()["replay"]
    for story in replay["stories"][:2]:
        asked = study.HeldOut([study.Example(story["text"], tuple(
            study.Turn(turn["ask"], turn["wanted"], turn["kind"]) for turn in story["turns"]))])  # fmt: skip
        answers = asked.of(pretrained.model, pretrained.tokenizer)
        stored = [turn["answers"][-1] for turn in story["turns"]]
        assert (
            sum(a == b for a, b in zip(answers, stored, strict=True)) >= len(stored) - 1
        )  # processors round differently


def test_the_replay_is_of_held_out_stories_and_learns():
    replay = study.results()["replay"]
    held_out = {example.text for example in study.held_out(5, seed=11).examples}
    assert {story["text"] for story in replay["stories"]} == held_out
    assert replay["right"][0] < 0.05 < 0.45 < replay["right"][-1]


def test_a_first_lesson_on_sentences_pays():
    replay, plain = study.results()["replay"], study.results()["plain"]
    assert plain["right"] + 0.03 < replay["right"][replay["steps"].index(plain["steps"])]


@pytest.mark.parametrize("rank", study.RANKS)
def test_the_numbers_of_parameters_are_those_of_the_adapters(rank):
    model = inject(minillm.load("town-gpt").model, LoRAConfig(rank, 2.0 * rank))
    rows = [row for row in study.results()["ranks"] if row["rank"] == rank]
    assert [row["seed"] for row in rows] == [*study.SEEDS]
    assert all(row["parameters"] == trainable_parameters(model) for row in rows)


def test_full_fine_tuning_changes_every_parameter():
    full = [row for row in study.results()["ranks"] if row["rank"] == 0]
    assert full and all(row["parameters"] == minillm.load("town-gpt").model.num_parameters() for row in full)


def test_readers_like_titles_that_name_a_child():
    assert study.names_a_child("Lily and the Kitten")
    assert not study.names_a_child("Four apples and a jar of mustard")


def test_the_adapter_has_a_card_that_its_scores_hold_to():
    card = json.loads((study.ADAPTER / "config.json").read_text(encoding="utf-8"))["card"]
    pretrained = minillm.load("town-gpt")
    load_adapter(study.ADAPTER, pretrained.model)
    assert (card["base"], card["seed"], card["steps"]) == ("town-gpt", 0, study.STEPS)
    assert card["scores"]["right"] == pytest.approx(study.results()["replay"]["right"][-1], abs=0.02)
    assert study.answer_loss(pretrained) == pytest.approx(card["scores"]["answer_loss"], abs=2e-3)
    assert study.story_loss(pretrained) == pytest.approx(card["scores"]["story_loss"], abs=2e-3)
