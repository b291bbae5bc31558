"""A recipe is one file that says everything needed to train a model again: text, tokenizer, shape, schedule, seed."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from minillm import town
from minillm.batches import Batches, BatchSource, Curriculum, TokenStream
from minillm.errors import ConfigError
from minillm.generation import generate
from minillm.initialization import INITIALIZATIONS
from minillm.models import LanguageModel, NGram, NGramConfig, build, configuration
from minillm.reproducibility import reproducible
from minillm.tokenizers import CharacterTokenizer, Tokenizer, town_tokenizer
from minillm.training import TrainConfig, Trainer, evaluate_stories, story_nats
from minillm.weights import Pretrained

TOKENIZERS: dict[str, tuple[str, Callable[[Sequence[str]], Tokenizer]]] = {
    "characters": (
        "a character",
        lambda languages: CharacterTokenizer([town.alphabet(language) for language in languages]),
    ),
    "town-bpe": ("a piece of the town's tokenizer", lambda languages: town_tokenizer()),
}
"""What a token is, and the tokenizer for stories in some languages, by the name that recipes give it."""


@dataclass(frozen=True)
class TextConfig:
    """Which stories of the town to train and to measure on.

    With ``first_plots`` (names of plots of the town) training begins with stories of these alone, for ``first_steps``
    steps: where all else is soon known, what is left to learn stands out.
    """

    languages: tuple[str, ...] = ("en", "zh")
    train_stories: int = 40000  # of each language
    valid_stories: int = 500
    ngram_order: int = 6  # of the baseline in the card
    ngram_stories: int = 10000
    first_plots: tuple[str, ...] = ()
    first_steps: int = 0

    def __post_init__(self) -> None:
        plots = sorted(plot.name for _, plot in town.PLOTS)
        for plot in self.first_plots:
            if plot not in plots:
                raise ConfigError(f"first_plots has {plot!r}, which is no plot of the town; choose from {plots}")
        if bool(self.first_plots) != (self.first_steps > 0):
            raise ConfigError(
                f"first_plots = {self.first_plots} and first_steps = {self.first_steps} belong together: give both"
            )
        for language in self.languages:
            if language not in town.LANGUAGES:
                raise ConfigError(f"the town tells no stories in {language!r}; choose from {list(town.LANGUAGES)}")


@dataclass(frozen=True)
class Recipe:
    """A model's name, its seed and the settings of every stage.

    An n-gram model is counted, not trained: its recipe has no batches and no [training]. ``window`` is how many tokens
    a model reads at a time in training; by default its context_length, for a recurrent model it must be given. Windows
    begin at the start of a story or, with ``anywhere``, at any token, so that short windows reach the ends of stories.
    ``initialization`` names the scheme of a transformer's first weights; "" leaves a model as it was built.
    """

    name: str
    seed: int
    text: TextConfig
    model: dict
    training: TrainConfig | None = None
    batch_size: int = 1
    window: int = 0
    tokenizer: str = "characters"
    anywhere: bool = False
    initialization: str = ""

    @classmethod
    def read(cls, path: str | Path) -> "Recipe":
        """Read a TOML recipe.

        Raises:
            ConfigError: the file is missing, is not TOML, or has a setting that is unknown or impossible.
        """
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
            text = data.pop("text")
            lists = {key: tuple(value) for key, value in text.items() if isinstance(value, list)}
            text = TextConfig(**{**text, **lists, "languages": tuple(text["languages"])})
            config = configuration({**data["model"], "vocab_size": 2})  # the vocabulary comes with the tokenizer
            if not isinstance(config, NGramConfig):
                also = tuple(data["training"].get("evaluate_also", ()))
                data["training"] = TrainConfig(**{**data["training"], "evaluate_also": also})
                data["window"] = data.get("window") or config.context_length
            if data.get("tokenizer", "characters") not in TOKENIZERS:
                raise ConfigError(f"tokenizer = {data['tokenizer']!r} is not known; choose from {list(TOKENIZERS)}")
            if data.get("initialization") not in (None, "", *INITIALIZATIONS):
                raise ConfigError(
                    f"initialization = {data['initialization']!r} is not known; choose from {list(INITIALIZATIONS)}"
                )
            return cls(text=text, **data)
        except (OSError, KeyError, TypeError, AttributeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} is not a complete recipe: {error!r}") from error

    def train(self, directory: str | Path, resume: bool = False) -> Pretrained:
        """Follow the recipe and return the model with its card; checkpoints go to the directory.

        The trained weights are rounded to half precision and kept in fp32, so that the page that runs the model from
        half-precision weights and the package that runs it from fp32 compute the same numbers.
        """
        reproducible(self.seed)
        tokenizer = TOKENIZERS[self.tokenizer][1](self.text.languages)
        config = configuration({**self.model, "vocab_size": tokenizer.vocab_size})
        model: LanguageModel
        history: list[dict] = []
        if isinstance(config, NGramConfig):
            model, tokens = self._count(config, tokenizer)
        else:
            model, history = self._fit(config, tokenizer, directory, resume)
            tokens = history[-1]["tokens"]
        round_to_half(model)
        return Pretrained(model.eval(), tokenizer, self._card(model, tokenizer, tokens), history)

    def _count(self, config: NGramConfig, tokenizer: Tokenizer) -> tuple[LanguageModel, int]:
        encoded = [tokenizer.encode(story.text) for story in self._stories("train", self.text.train_stories)]
        model = NGram.count(encoded, config.order, config.vocab_size, tokenizer.end_id, config.min_gain)
        return model, sum(len(sequence) + 1 for sequence in encoded)

    def _fit(
        self, config: Any, tokenizer: Tokenizer, directory: str | Path, resume: bool
    ) -> tuple[LanguageModel, list[dict]]:
        assert self.training is not None
        model = build(config)
        if self.initialization:
            INITIALIZATIONS[self.initialization](model)
        batches = self._batches(tokenizer)

        def evaluate(model: LanguageModel) -> dict:
            losses = {
                f"valid_loss_{lang}": evaluate_stories(model, tokenizer, self._held_out(lang, 50))
                for lang in self.text.languages
            }
            return losses | {"samples": self._samples(model, tokenizer)}

        trainer = Trainer(model, batches, self.training, evaluate, directory)
        if resume:
            trainer.resume()
        return model, trainer.run()

    def _batches(self, tokenizer: Tokenizer) -> BatchSource:
        stories = list(self._stories("train", self.text.train_stories))
        batches = self._windows(stories, tokenizer)
        if not self.text.first_plots:
            return batches
        first = [story for story in stories if story.plan.plot in self.text.first_plots]
        return Curriculum(self._windows(first, tokenizer), batches, self.text.first_steps)

    def _windows(self, stories: list[town.Story], tokenizer: Tokenizer) -> Batches:
        stream = TokenStream.encode(stories, tokenizer)
        starts = None if self.anywhere else stream.starts
        return Batches(stream.tokens, self.batch_size, self.window, self.seed, starts)

    def _stories(self, split: str, count: int) -> Iterator[town.Story]:
        """Stories of all languages in turn; each language tells other plans."""
        streams = [
            town.stories(split, language, count, seed=self.seed + i) for i, language in enumerate(self.text.languages)
        ]
        for stories in zip(*streams, strict=True):
            yield from stories

    def _held_out(self, language: str, count: int) -> list:
        return list(town.stories("valid", language, count, seed=self.seed))

    def _samples(self, model: LanguageModel, tokenizer: Tokenizer) -> dict[str, str]:
        """One story of each language from the same random numbers, begun by the first token of a real one."""
        samples = {}
        for language in self.text.languages:
            start = tokenizer.decode(tokenizer.encode(self._held_out(language, 1)[0].text)[:1])
            samples[language] = start + generate(model, tokenizer, start, temperature=0.8, seed=self.seed)
        return samples

    def _card(self, model: LanguageModel, tokenizer: Tokenizer, tokens: int) -> dict:
        weights = b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())
        return {
            "name": self.name,
            "recipe": f"recipes/{self.name}.toml",
            "seed": self.seed,
            "parameters": model.num_parameters(),
            "tokenizer": self.tokenizer,
            "tokens": tokens,
            "unit": f"nats per token; a token is {TOKENIZERS[self.tokenizer][0]} or the end marker",
            "valid_stories": self.text.valid_stories,
            "scores": {language: self._scores(model, tokenizer, language) for language in self.text.languages},
            "weights_digest": hashlib.blake2b(weights, digest_size=8).hexdigest(),
        }

    def _scores(self, model: LanguageModel, tokenizer: Tokenizer, language: str) -> dict[str, float]:
        """Loss and floor on held-out stories, a token and a character, and the loss of the n-gram baseline."""
        stories = self._held_out(language, self.text.valid_stories)
        encoded = [tokenizer.encode(story.text) for story in stories]
        floor = town.entropy_floor(language, "valid", len(stories), self.seed, tokenizer)
        nats = (
            model.nats_per_token(encoded) * floor.tokens  # all at once, not token by token
            if isinstance(model, NGram)
            else story_nats(model, tokenizer, stories).sum().item()
        )
        scores = {
            "valid_loss": nats / floor.tokens,
            "entropy_floor": floor.nats_per_token,
            "valid_loss_per_character": nats / floor.characters,
            "entropy_floor_per_character": floor.nats_per_character,
        }
        if not isinstance(model, NGram):
            order, count = self.text.ngram_order, self.text.ngram_stories
            train = [tokenizer.encode(s.text) for s in town.stories("train", language, count, self.seed)]
            scores[f"{order}-gram"] = NGram.count(train, order, tokenizer.vocab_size).nats_per_token(encoded)
        return {name: round(score, 4) for name, score in scores.items()}


@torch.no_grad()
def round_to_half(model: LanguageModel) -> None:
    """Replace every weight by the nearest number that half precision can hold, kept in fp32."""
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half().float())
