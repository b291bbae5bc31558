"""What the chapter on fine-tuning shows but has no time to train: an adapter for questions, and how it came about.

``python -m minillm.tuning.study`` makes it all again from the shipped town GPT, in about half an hour on one core:
``weights/town-questions`` (a LoRA adapter) and ``weights/tuning-runs.json`` (its answers on the way, ranks, rehearsal).
"""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from minillm import town
from minillm.batches import Batches, BatchSource, TokenStream
from minillm.models import GPT
from minillm.reproducibility import reproducible
from minillm.tokenizers import Tokenizer
from minillm.town.lexicon import CHILDREN
from minillm.training import TrainConfig, Trainer, evaluate_stories
from minillm.tuning.instructions import (
    FORMAT,
    AnswerBatches,
    Example,
    Rehearsal,
    Turn,
    answer,
    exact_match,
    instructions,
    rows_to_batch,
    same_answer,
)
from minillm.tuning.lora import LoRAConfig, inject, save_adapter, trainable_parameters, weights_digest
from minillm.tuning.preferences import Pair
from minillm.weights import FOLDER, Pretrained, load

ADAPTER, RUNS = FOLDER / "town-questions", FOLDER / "tuning-runs.json"
RANKS = (1, 4, 16)
CONFIG = LoRAConfig(rank=8, alpha=16.0)
LORA_RATE, FULL_RATE = 5e-3, 3e-3
ROWS, FEW_ROWS, FEW_STEPS = 8, 4, 40
CHILD_NAMES = tuple(line.split("|")[0].strip() for line in CHILDREN.strip().splitlines())
ASK_TITLE = "What is a good title?"


def told_and_asked(split: str, count: int, seed: int = 0, lang: str = "en") -> list[Example]:
    """Stories with all that can be asked about them in one row: a title first, then the questions."""
    pairs = zip(*(instructions(split, lang, count, seed, [task]) for task in ("title", "questions")), strict=True)
    return [Example(named.text, named.turns + asked.turns, lang) for named, asked in pairs]


@dataclass(frozen=True)
class HeldOut:
    """Questions about stories that nobody trains on, with their answers."""

    examples: Sequence[Example]

    @property
    def prompts(self) -> list[str]:
        """Each question after its story."""
        return [FORMAT.prompt(example.text, turn.instruction) for example in self.examples for turn in example.turns]

    @property
    def turns(self) -> list[Turn]:
        """The questions in the same order."""
        return [turn for example in self.examples for turn in example.turns]

    def of(self, model: GPT, tokenizer: Tokenizer) -> list[str]:
        """A model's answers."""
        return answer(model, tokenizer, self.prompts)

    def score(self, answers: Sequence[str]) -> float:
        """The share of them that is right."""
        return exact_match(answers, [turn.answer for turn in self.turns])

    def by_kind(self, answers: Sequence[str]) -> dict[str, float]:
        """The share of right answers for each kind of question."""
        right: dict[str, list[bool]] = {}
        for given, turn in zip(answers, self.turns, strict=True):
            right.setdefault(turn.kind, []).append(same_answer(given, turn.answer))
        return {kind: sum(each) / len(each) for kind, each in sorted(right.items())}


def held_out(count: int, seed: int = 7, lang: str = "en") -> HeldOut:
    """The questions about so many stories of the validation set."""
    return HeldOut(list(instructions("valid", lang, count, seed)))


def story_batches(tokenizer: Tokenizer, count: int = 400, seed: int = 1) -> Batches:
    """Stories as the model was trained on: what it may forget."""
    told = (story for lang in ("en", "zh") for story in town.stories("train", lang, count // 2, seed))
    stream = TokenStream.encode(told, tokenizer)
    return Batches(stream.tokens, FEW_ROWS, 256, seed, stream.starts)


def question_batches(
    pretrained: Pretrained, count: int = 2000, masked: bool = True, seed: int = 0, rows: int = ROWS
) -> AnswerBatches:
    """Questions and titles to tune on."""
    length = pretrained.model.config.context_length
    examples = told_and_asked("train", count, seed=5)
    return AnswerBatches.encode(examples, pretrained.tokenizer, rows, seed, context_length=length, masked=masked)


def names_a_child(title: str) -> bool:
    """The taste of the readers in the chapter: a title should say whom the story is about."""
    return any(name in title for name in CHILD_NAMES)


def title_pairs(pretrained: Pretrained, count: int, split: str = "train", seed: int = 21) -> list[Pair]:
    """Two titles that the model draws for each story, where exactly one names a child: that one is chosen."""
    told = [story.text for story in town.stories(split, "en", count, seed)]
    prompts = [FORMAT.prompt(text, ASK_TITLE) for text in told]
    drawn = [
        answer(pretrained.model, pretrained.tokenizer, prompts, temperature=1.0, seed=attempt) for attempt in (0, 1)
    ]
    ranked = (sorted(two, key=names_a_child, reverse=True) for two in zip(*drawn, strict=True))
    return [
        Pair(text, ASK_TITLE, *two)
        for text, two in zip(told, ranked, strict=True)
        if names_a_child(two[0]) != names_a_child(two[1])
    ]


def tuning_config(steps: int, learning_rate: float) -> TrainConfig:
    """How all runs of the study are trained."""
    return TrainConfig(steps=steps, learning_rate=learning_rate, warmup_steps=20, weight_decay=0.0, beta2=0.99)


def story_loss(pretrained: Pretrained, count: int = 20) -> float:
    """Nats per token of held-out stories in English."""
    return evaluate_stories(pretrained.model, pretrained.tokenizer, town.stories("valid", "en", count, seed=3))


@torch.no_grad()
def answer_loss(pretrained: Pretrained, count: int = 30) -> float:
    """Nats per token of the answers to held-out questions, those before it given: finer than right or wrong."""
    model, length = pretrained.model.eval(), pretrained.model.config.context_length
    rows = [FORMAT.row(example, pretrained.tokenizer, length + 1) for example in told_and_asked("valid", count, seed=7)]
    batches = [rows_to_batch(rows[i : i + 10], pretrained.tokenizer.end_id) for i in range(0, count, 10)]
    return sum(model.loss(*b).item() * b.counted for b in batches) / sum(b.counted for b in batches)


def tune(
    batches: BatchSource, steps: int, config: LoRAConfig | None = CONFIG, seed: int = 0
) -> tuple[Pretrained, Trainer]:
    """The shipped town GPT, and a trainer that tunes it: by LoRA or, without a config for it, whole."""
    reproducible(seed)
    pretrained = load("town-gpt")
    if config is not None:
        inject(pretrained.model, config, seed)
    rate = FULL_RATE if config is None else LORA_RATE
    return pretrained, Trainer(pretrained.model, batches, tuning_config(steps, rate))


def questions(steps: int = 600, moments: Iterable[int] = (0, 10, 25, 50, 100, 200, 400, 600)) -> dict[str, Any]:
    """Train and save the adapter, and keep its answers on the way."""
    pretrained = load("town-gpt")
    asked, shown = held_out(30), held_out(5, seed=11)
    pretrained, trainer = tune(question_batches(pretrained), steps)
    replay: dict[str, Any] = {"steps": list(moments), "right": [], "questions": len(asked.turns), "stories": []}
    said = []
    for moment in moments:
        if moment:
            trainer.run(until=moment)
        replay["right"].append(asked.score(asked.of(pretrained.model, pretrained.tokenizer)))
        said.append(shown.of(pretrained.model, pretrained.tokenizer))
        print(moment, replay["right"][-1], flush=True)
    columns = iter(zip(*said, strict=True))
    for example in shown.examples:
        turns = []
        for turn in example.turns:
            answers = next(columns)
            right = "".join("01"[same_answer(each, turn.answer)] for each in answers)
            turns.append(
                {"ask": turn.instruction, "kind": turn.kind, "wanted": turn.answer, "answers": answers}
                | {"right": right}
            )
        replay["stories"].append({"text": example.text, "lang": example.lang, "turns": turns})
    save_adapter(ADAPTER, pretrained.model, CONFIG)
    return {"replay": replay}


def few(pretrained: Pretrained, masked: bool = True, seed: int = 0) -> AnswerBatches:
    """Small batches for the runs that are compared."""
    return question_batches(pretrained, 400, masked, seed, FEW_ROWS)


def run(batches: BatchSource, steps: int, config: LoRAConfig | None, seed: int = 0) -> dict[str, Any]:
    """One run and what came of it: losses on held-out answers and on held-out stories."""
    pretrained, trainer = tune(batches, steps, config, seed)
    trainer.run()
    trained = trainable_parameters(pretrained.model)
    made = {
        "rank": config.rank if config else 0,
        "seed": seed,
        "steps": steps,
        "parameters": trained,
        "answer_loss": answer_loss(pretrained),
        "story_loss": story_loss(pretrained),
    }
    print(made, flush=True)
    return made


def ranks(steps: int = FEW_STEPS, seeds: Sequence[int] = (0,)) -> dict[str, Any]:
    """Ranks against full fine-tuning, each with the same batches."""
    pretrained = load("town-gpt")
    rows = [
        run(few(pretrained, seed=seed), steps, None if rank == 0 else LoRAConfig(rank, 2.0 * rank), seed)
        for seed in seeds
        for rank in (*RANKS, 0)
    ]
    return {"ranks": rows}


def rehearsal(steps: int = FEW_STEPS, shares: Sequence[float] = (0.25, 0.5)) -> dict[str, Any]:
    """Full fine-tuning with a share of the steps given to stories."""
    pretrained = load("town-gpt")
    new, old = few(pretrained), story_batches(pretrained.tokenizer)
    return {"rehearsal": [{"share": share} | run(Rehearsal(new, old, share), steps, None) for share in shares]}


def masks(steps: int = FEW_STEPS) -> dict[str, Any]:
    """Answers alone against everything, with an adapter."""
    pretrained = load("town-gpt")
    ways = [(masked, few(pretrained, masked=masked)) for masked in (True, False)]
    return {"masks": [{"masked": masked} | run(batches, steps, LoRAConfig(4, 8.0)) for masked, batches in ways]}


STUDIES: dict[str, Callable[[], dict[str, Any]]] = {
    "questions": questions,
    "masks": masks,
    "rehearsal": rehearsal,
    "ranks": ranks,
}


@cache
def results(path: Path = RUNS) -> dict[str, Any]:
    """What the study found."""
    return json.loads(path.read_text(encoding="utf-8"))


def main(names: Sequence[str] = ()) -> None:
    """Do some of the studies, or all, and keep what they find."""
    os.environ["TQDM_DISABLE"] = "1"
    for name in names or STUDIES:
        found = STUDIES[name]()
        kept = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.exists() else {}
        digest = weights_digest(load("town-gpt").model)
        kept = (kept if kept.get("base_digest") == digest else {}) | {"base_digest": digest} | found
        RUNS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
