"""What the chapter on fine-tuning shows but has no time to train: an adapter for questions, and how it came about.

``python -m minillm.tuning.study`` makes it all again from the shipped town GPT, in about twelve minutes on two cores:
``weights/town-questions`` (a LoRA adapter) and ``weights/tuning-runs.json`` (its answers on the way, ranks, rehearsal).
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from minillm import town
from minillm.batches import Batches, BatchSource, TokenStream
from minillm.models import GPT
from minillm.reproducibility import reproducible
from minillm.tokenizers import Tokenizer
from minillm.town.lexicon import CHILDREN
from minillm.training import TrainConfig, Trainer, evaluate_stories, token_nats
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
from minillm.tuning.lessons import Lessons, one_sentence, whole_story
from minillm.tuning.lora import LoRAConfig, inject, save_adapter, trainable_parameters, weights_digest
from minillm.tuning.preferences import Pair
from minillm.weights import FOLDER, Pretrained, load

ADAPTER, RUNS = FOLDER / "town-questions", FOLDER / "tuning-runs.json"
RANKS, SEEDS = (1, 2, 4, 8, 16, 32), (0, 1)
CONFIG = LoRAConfig(rank=32, alpha=64.0)
STEPS, MOMENTS = 700, (0, 20, 60, 150, 200, 300, 450, 700)
LORA_RATE, FULL_RATE, REST_RATE = 0.012, 0.01, 1e-3  # of A and B, of whole matrices, and of all that is no matrix
STORIES, SHARE = 2500, 0.25
FIRST_STEPS, FIRST_ROWS, ROWS, FEW_ROWS, FEW_STEPS, PLAIN_STEPS = 150, 24, 8, 4, 40, 300
CHILD_NAMES = tuple(line.split("|")[0].strip() for line in CHILDREN.strip().splitlines())
ASK_TITLE = "What is a good title?"


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
    pretrained: Pretrained, count: int = STORIES, masked: bool = True, seed: int = 0, rows: int = ROWS
) -> AnswerBatches:
    """Questions and titles to tune on."""
    length = pretrained.model.config.context_length
    examples = whole_story("train", count, seed=5)
    return AnswerBatches.encode(examples, pretrained.tokenizer, rows, seed, context_length=length, masked=masked)


def shipped_batches(pretrained: Pretrained) -> Lessons:
    """What the adapter that the book ships learns from: single sentences, then whole stories, and old ones between."""
    sentences = one_sentence("train", STORIES, seed=5)
    first = AnswerBatches.encode(
        sentences, pretrained.tokenizer, FIRST_ROWS, context_length=pretrained.model.config.context_length
    )
    then = Rehearsal(question_batches(pretrained), story_batches(pretrained.tokenizer), SHARE)
    return Lessons(first, then, FIRST_STEPS)


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


def tuning_config(steps: int, matrix_rate: float) -> TrainConfig:
    """How all runs of the study are trained: matrices, whole or thin, by Muon, the rest by AdamW."""
    return TrainConfig(
        steps=steps,
        learning_rate=REST_RATE,
        muon_learning_rate=matrix_rate,
        final_learning_rate=0.02,
        warmup_steps=min(20, steps // 4),
        weight_decay=0.0,
        beta2=0.99,
    )


def story_loss(pretrained: Pretrained, count: int = 20) -> float:
    """Nats per token of held-out stories in English."""
    return evaluate_stories(pretrained.model, pretrained.tokenizer, town.stories("valid", "en", count, seed=3))


def told_again(pretrained: Pretrained, count: int = 80) -> dict[str, float]:
    """What a model pays, in nats a word, for names and for other words of the plot that its story has told before."""
    told = list(town.stories("valid", "en", count, seed=3))
    paid: dict[str, list[float]] = {"names": [], "things": []}
    nats = token_nats(pretrained.model, pretrained.tokenizer, [story.text for story in told])
    encode = pretrained.tokenizer.encode
    for story, row in zip(told, nats, strict=True):
        for word in sorted({entry.forms["en"][""] for entry in story.plan.cast.values()}):
            for found in list(re.finditer(rf"(?<= ){word}\b", story.text))[1:]:
                first, last = (len(encode(story.text[:place])) for place in (found.start() - 1, found.end()))
                paid["names" if word[0].isupper() else "things"].append(row[first:last].sum().item())
    return {kind: sum(each) / len(each) for kind, each in paid.items()}


@torch.no_grad()
def answer_loss(pretrained: Pretrained, count: int = 30) -> float:
    """Nats per token of the answers to held-out questions, those before it given: finer than right or wrong."""
    model, length = pretrained.model.eval(), pretrained.model.config.context_length
    rows = [FORMAT.row(example, pretrained.tokenizer, length + 1) for example in whole_story("valid", count, seed=7)]
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


def questions(steps: int = STEPS, moments: Iterable[int] = MOMENTS) -> dict[str, Any]:
    """Train and save the adapter, and keep its answers on the way."""
    asked, shown = held_out(20), held_out(5, seed=11)
    pretrained, trainer = tune(shipped_batches(load("town-gpt")), steps)
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
    save_adapter(ADAPTER, pretrained.model, CONFIG, card(pretrained, steps))
    return {"replay": replay}


def card(pretrained: Pretrained, steps: int = STEPS) -> dict[str, Any]:
    """What belongs to the shipped adapter: how it was made, what it read, what it scores on held-out text."""
    asked, lessons = held_out(20), shipped_batches(load("town-gpt"))
    return {
        "name": ADAPTER.name,
        "base": "town-gpt",
        "recipe": "python -m minillm.tuning.study questions",
        "seed": 0,
        "steps": steps,
        "answer_tokens": sum(lessons(step).counted for step in range(steps)),
        "scores": {
            "right": asked.score(asked.of(pretrained.model, pretrained.tokenizer)),
            "answer_loss": answer_loss(pretrained),
            "story_loss": story_loss(pretrained),
        },
        "entropy_floor": "of the answers 0: the story and the question decide them",
    }


def plain(steps: int = PLAIN_STEPS) -> dict[str, Any]:
    """The same on whole stories from the first step on, with a schedule that ends here."""
    pretrained = load("town-gpt")
    batches = Rehearsal(question_batches(pretrained), story_batches(pretrained.tokenizer), SHARE)
    pretrained, trainer = tune(batches, steps)
    trainer.run()
    asked = held_out(20)
    return {"plain": {"steps": steps, "right": asked.score(asked.of(pretrained.model, pretrained.tokenizer))}}


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


def ranks(steps: int = FEW_STEPS, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Ranks against full fine-tuning, for each seed with the same batches."""
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
    "plain": plain,
    "ranks": ranks,
    "rehearsal": rehearsal,
    "masks": masks,
}


@cache
def results(path: Path = RUNS) -> dict[str, Any]:
    """What the study found."""
    return json.loads(path.read_text(encoding="utf-8"))


def main(names: Sequence[str] = ()) -> None:
    """Do some of the studies, or all, two at a time on a thread each, and keep what they find."""
    os.environ["TQDM_DISABLE"] = "1"
    digest = weights_digest(load("town-gpt").model)
    with ProcessPoolExecutor(2, get_context("spawn"), torch.set_num_threads, (1,)) as pool:
        for done in as_completed([pool.submit(STUDIES[name]) for name in names or STUDIES]):
            kept = json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.exists() else {}
            kept = (kept if kept.get("base_digest") == digest else {}) | {"base_digest": digest} | done.result()
            RUNS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
