"""What a recipe asks of a model: the batches to learn from, and how well the result does on text it has not seen."""

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from minillm import town
from minillm.batches import Batches, BatchSource, Curriculum, MaskedBatches, PairBatches, TokenStream
from minillm.errors import ConfigError
from minillm.generation import generate
from minillm.generation.translation import into, pair_nats, translate
from minillm.models import NGram
from minillm.recipes.text import TOKENIZERS
from minillm.tokenizers import MASK, BPETokenizer
from minillm.training import evaluate_stories, story_nats
from minillm.training.gaps import evaluate_gaps, fill, hidden_places

if TYPE_CHECKING:
    from minillm.recipes.recipe import Recipe

Scores = dict[str, dict[str, float]]

ROWS = 64
"""How many held-out stories are measured at a time."""


class Task(ABC):
    """One objective, with the settings of one recipe."""

    unit = "nats per token; a token is {}"
    floor = ""  # why the scores hold no entropy floor, if they hold none
    special_tokens: tuple[str, ...] = ()  # what the task needs beside the tokens of text

    def __init__(self, recipe: "Recipe") -> None:
        self.recipe, self.text = recipe, recipe.text
        self.tokenizer: Any = TOKENIZERS[recipe.tokenizer][1](recipe.text.languages)
        if self.special_tokens:
            if not isinstance(self.tokenizer, BPETokenizer):
                raise ConfigError(f'objective = {recipe.objective!r} needs special tokens: tokenizer = "town-bpe"')
            self.tokenizer = self.tokenizer.with_special_tokens(*self.special_tokens)

    @abstractmethod
    def batches(self) -> BatchSource:
        """What to learn from."""

    @abstractmethod
    def evaluate(self, model: Any) -> dict:
        """A quick measurement during training, on few held-out stories, and samples."""

    @abstractmethod
    def scores(self, model: Any) -> Scores:
        """The measurement that the card reports, on all held-out stories."""

    def held_out(self, language: str, count: int) -> list[town.Story]:
        return list(town.stories("valid", language, count, seed=self.recipe.seed))


class Causal(Task):
    """The next token, from those before it."""

    unit = "nats per token; a token is {} or the end marker"

    def batches(self) -> BatchSource:
        count = self.text.train_stories * len(self.text.languages)
        drawn = self.text.stories("train", self.text.train_stories, self.recipe.seed)
        stories = list(watched(drawn, "drawing stories", count))
        batches = self.windows(stories)
        if not self.text.first_plots:
            return batches
        first = [story for story in stories if story.plan.plot in self.text.first_plots]
        return Curriculum(self.windows(first), batches, self.text.first_steps)

    def windows(self, stories: list[town.Story]) -> BatchSource:
        stream = TokenStream.encode(watched(stories, "encoding stories", len(stories)), self.tokenizer)
        starts = None if self.recipe.anywhere else stream.starts
        return Batches(stream.tokens, self.recipe.batch_size, self.recipe.window, self.recipe.seed, starts)

    def evaluate(self, model: Any) -> dict:
        losses = {
            f"valid_loss_{lang}": evaluate_stories(model, self.tokenizer, self.held_out(lang, 50))
            for lang in self.text.languages
        }
        return losses | {"samples": {lang: self._sample(model, lang) for lang in self.text.languages}}

    def _sample(self, model: Any, language: str) -> str:
        """A story from the same random numbers each time, begun by the first token of a real one."""
        start = self.tokenizer.decode(self.tokenizer.encode(self.held_out(language, 1)[0].text)[:1])
        return start + generate(model, self.tokenizer, start, temperature=0.8, seed=self.recipe.seed)

    def scores(self, model: Any) -> Scores:
        return {language: self._scores(model, language) for language in self.text.languages}

    def _scores(self, model: Any, language: str) -> dict[str, float]:
        """Loss and floor on held-out stories, a token and a character, and the loss of the n-gram baseline."""
        text, tokenizer, seed = self.text, self.tokenizer, self.recipe.seed
        stories = self.held_out(language, text.valid_stories)
        encoded = [tokenizer.encode(story.text) for story in stories]
        floor = town.entropy_floor(language, "valid", len(stories), seed, tokenizer)
        nats = (
            model.nats_per_token(encoded) * floor.tokens  # all at once, not token by token
            if isinstance(model, NGram)
            else math.fsum(
                story_nats(model, tokenizer, stories[first : first + ROWS]).sum().item()
                for first in watched(range(0, len(stories), ROWS), f"measuring {language}", unit="batch")
            )
        )
        scores = {
            "valid_loss": nats / floor.tokens,
            "entropy_floor": floor.nats_per_token,
            "valid_loss_per_character": nats / floor.characters,
            "entropy_floor_per_character": floor.nats_per_character,
        }
        if not isinstance(model, NGram):
            drawn = town.stories("train", language, text.ngram_stories, seed)
            counted = watched(drawn, f"drawing for {text.ngram_order}-gram, {language}", text.ngram_stories)
            train = [tokenizer.encode(story.text) for story in counted]
            ngram = NGram.count(train, text.ngram_order, tokenizer.vocab_size)
            scores[f"{text.ngram_order}-gram"] = ngram.nats_per_token(encoded)
        return scores


class Masked(Causal):
    """Some tokens of a text, from all the others."""

    unit = "nats per hidden token; a token is {}, and of each story 15 % are hidden, all behind the mask"
    floor = "not known: it would take a sum over all stories that agree with what is shown"
    special_tokens = (MASK,)

    def windows(self, stories: list[town.Story]) -> BatchSource:
        mask = self.tokenizer.special_tokens[MASK]
        return MaskedBatches(super().windows(stories), mask, self.tokenizer.vocab_size, self.recipe.mask_rate)

    def evaluate(self, model: Any) -> dict:
        results: dict[str, Any] = {"samples": {}}
        for language in self.text.languages:
            stories = self.held_out(language, 50)
            gaps = evaluate_gaps(model, self.tokenizer, stories)
            results |= {f"valid_loss_{language}": gaps.nats, f"valid_accuracy_{language}": gaps.accuracy}
            ids = self.tokenizer.encode(stories[0].text)
            places = hidden_places(len(ids), 0.15, 0, 0).nonzero()[:, 0].tolist()
            results["samples"][language] = fill(model, self.tokenizer, ids, places)
        return results

    def _scores(self, model: Any, language: str) -> dict[str, float]:
        stories = self.held_out(language, self.text.valid_stories)
        gaps = evaluate_gaps(model, self.tokenizer, stories)
        return {"valid_loss": gaps.nats, "accuracy": gaps.accuracy, "gaps": gaps.places}


class Translation(Task):
    """A passage in one language, from the same passage in the other."""

    unit = "nats per token of the translation; a token is {} or the end marker"
    floor = "not known: it would take a sum over all ways to tell the passage"

    def __init__(self, recipe: "Recipe") -> None:
        if len(recipe.text.languages) != 2:
            raise ConfigError(f"translation is between two languages, not {recipe.text.languages}")
        self.special_tokens = tuple(into(language) for language in recipe.text.languages)
        super().__init__(recipe)

    @property
    def directions(self) -> list[tuple[str, str]]:
        one, other = self.text.languages
        return [(one, other), (other, one)]

    def batches(self) -> BatchSource:
        drawn = self.text.passages("train", self.text.train_stories, self.recipe.seed)
        passages = list(watched(drawn, "drawing passages", unit="passage"))
        counted = watched(passages, "encoding passages", len(passages), unit="passage")
        both = self._pairs((one, other) for one, other, _ in counted)
        if not self.text.first_plots:
            return both
        chosen = ((one, other) for one, other, plot in passages if plot in self.text.first_plots)
        return Curriculum(self._pairs(chosen), both, self.text.first_steps)

    def _pairs(self, passages: Iterable[tuple[str, str]]) -> BatchSource:
        """Each pair in both directions, if both passages are short."""
        one, other = (self.tokenizer.special_tokens[into(language)] for language in self.text.languages)
        pairs = []
        for first, second in ((self.tokenizer.encode(a), self.tokenizer.encode(b)) for a, b in passages):
            if max(len(first), len(second)) <= self.text.longest_passage:
                pairs += [([other, *first], second), ([one, *second], first)]
        return PairBatches(pairs, self.recipe.batch_size, self.recipe.seed, self.tokenizer.end_id)

    def held_out_pairs(self, source: str, stories: int) -> list[tuple[str, str]]:
        """Short held-out passages, from ``source`` into the other language."""
        encode = self.tokenizer.encode
        pairs = [(a, b) for a, b, _ in self.text.passages("valid", stories, self.recipe.seed)]
        short = [pair for pair in pairs if max(len(encode(text)) for text in pair) <= self.text.longest_passage]
        return short if source == self.text.languages[0] else [(b, a) for a, b in short]

    def evaluate(self, model: Any) -> dict:
        results: dict[str, Any] = {"samples": {}}
        for source, target in self.directions:
            pairs = self.held_out_pairs(source, 50)
            results[f"valid_loss_{source}-{target}"] = self._loss(model, pairs, target)
            results["samples"][f"{source}-{target}"] = translate(model, self.tokenizer, [pairs[0][0]], target)[0]
        return results

    def scores(self, model: Any) -> Scores:
        return {f"{source}-{target}": self._scores(model, source, target) for source, target in self.directions}

    def _scores(self, model: Any, source: str, target: str) -> dict[str, float]:
        """Loss, and BLEU and chrF of greedy translations, on held-out passages; each has one reference of many."""
        from sacrebleu.metrics import BLEU, CHRF  # an import that only this card pays for

        pairs = self.held_out_pairs(source, self.text.valid_stories)
        said = translate(model, self.tokenizer, [source for source, _ in pairs], target)
        references = [[reference for _, reference in pairs]]
        return {
            "valid_loss": self._loss(model, pairs, target),
            "bleu": BLEU(tokenize="zh" if target == "zh" else "13a").corpus_score(said, references).score,
            "chrf": CHRF().corpus_score(said, references).score,
            "exact": sum(text == right for text, (_, right) in zip(said, pairs, strict=True)) / len(pairs),
            "passages": len(pairs),
        }

    def _loss(self, model: Any, pairs: list[tuple[str, str]], target: str) -> float:
        nats, count = pair_nats(model, self.tokenizer, [(into(target) + a, b) for a, b in pairs])
        return nats / count


def watched(items: Iterable[Any], what: str, total: int | None = None, unit: str = "story") -> Iterable[Any]:
    """The same items, counted on a bar in a terminal, which says how long the others take and goes with the last one.

    None is shown elsewhere, with TQDM_DISABLE set, or by any but the first of the processes that torchrun has started.
    """
    silent = bool(os.environ.get("TQDM_DISABLE")) or os.environ.get("RANK", "0") != "0"
    return tqdm(items, what, total, leave=False, unit=unit, disable=silent or None)


TASKS: dict[str, type[Task]] = {"causal": Causal, "masked": Masked, "translation": Translation}
"""What a model can be asked, by the name that recipes give it."""
