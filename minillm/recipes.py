"""A recipe is one file that says everything needed to train a model again: text, tokenizer, shape, schedule, seed."""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from minillm import town
from minillm.batches import Batches, TokenStream
from minillm.errors import ConfigError
from minillm.generation import generate
from minillm.models import GPT, GPTConfig, NGram
from minillm.reproducibility import reproducible
from minillm.tokenizers import CharacterTokenizer, Tokenizer
from minillm.training import TrainConfig, Trainer, evaluate_stories
from minillm.weights import Pretrained


@dataclass(frozen=True)
class TextConfig:
    """Which stories of the town to train and to measure on."""

    languages: tuple[str, ...] = ("en", "zh")
    train_stories: int = 40000  # of each language
    valid_stories: int = 500
    ngram_order: int = 6  # of the baseline in the card
    ngram_stories: int = 10000

    def __post_init__(self) -> None:
        for language in self.languages:
            if language not in town.LANGUAGES:
                raise ConfigError(f"the town tells no stories in {language!r}; choose from {list(town.LANGUAGES)}")


@dataclass(frozen=True)
class Recipe:
    """A model's name, its seed and the settings of every stage."""

    name: str
    seed: int
    batch_size: int
    text: TextConfig
    model: dict
    training: TrainConfig

    @classmethod
    def read(cls, path: str | Path) -> "Recipe":
        """Read a TOML recipe.

        Raises:
            ConfigError: the file is missing, is not TOML, or has a setting that is unknown or impossible.
        """
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
            text = TextConfig(**{**data["text"], "languages": tuple(data["text"]["languages"])})
            also = tuple(data["training"].get("evaluate_also", ()))
            training = TrainConfig(**{**data["training"], "evaluate_also": also})
            GPTConfig(vocab_size=2, **data["model"])  # the vocabulary comes from the text; all else is checked now
            return cls(data["name"], data["seed"], data["batch_size"], text, data["model"], training)
        except (OSError, KeyError, TypeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} is not a complete recipe: {error!r}") from error

    def train(self, directory: str | Path, resume: bool = False) -> Pretrained:
        """Follow the recipe and return the model with its card; checkpoints go to the directory.

        The trained weights are rounded to half precision and kept in fp32, so that the page that runs the model from
        half-precision weights and the package that runs it from fp32 compute the same numbers.
        """
        reproducible(self.seed)
        tokenizer = CharacterTokenizer([town.alphabet(language) for language in self.text.languages])
        model = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **self.model))
        stream = TokenStream.encode(self._stories("train", self.text.train_stories), tokenizer)
        batches = Batches(stream.tokens, self.batch_size, model.config.context_length, self.seed, stream.starts)

        def evaluate(model: GPT) -> dict:
            losses = {
                f"valid_loss_{lang}": self._loss(model, tokenizer, "valid", lang, 50) for lang in self.text.languages
            }
            return losses | {"samples": self._samples(model, tokenizer)}

        trainer = Trainer(model, batches, self.training, evaluate, directory)
        if resume:
            trainer.resume()
        history = trainer.run()
        round_to_half(model)
        card = self._card(model, tokenizer, trainer)
        return Pretrained(model.eval(), tokenizer, card, history)

    def _stories(self, split: str, count: int) -> Iterator[str]:
        """Stories of all languages in turn; each language tells other plans."""
        streams = [
            town.stories(split, language, count, seed=self.seed + i) for i, language in enumerate(self.text.languages)
        ]
        for stories in zip(*streams, strict=True):
            yield from (story.text for story in stories)

    def _loss(self, model: GPT, tokenizer: Tokenizer, split: str, language: str, count: int) -> float:
        return evaluate_stories(model, tokenizer, town.stories(split, language, count, seed=self.seed))

    def _samples(self, model: GPT, tokenizer: Tokenizer) -> dict[str, str]:
        """One story of each language from the same random numbers, begun by the first character of a real one."""
        starts = {lang: next(town.stories("valid", lang, 1, seed=self.seed)).text[:1] for lang in self.text.languages}
        return {
            lang: start + generate(model, tokenizer, start, max_new_tokens=300, temperature=0.8, seed=self.seed)
            for lang, start in starts.items()
        }

    def _card(self, model: GPT, tokenizer: Tokenizer, trainer: Trainer) -> dict:
        count = self.text.valid_stories
        scores = {}
        for language in self.text.languages:
            floor = town.entropy_floor(language, "valid", count=count, seed=self.seed)
            encode = [
                tokenizer.encode(s.text) for s in town.stories("train", language, self.text.ngram_stories, self.seed)
            ]
            ngram = NGram.train(encode, self.text.ngram_order, tokenizer.vocab_size)
            held_out = [tokenizer.encode(s.text) for s in town.stories("valid", language, count, self.seed)]
            scores[language] = {
                "valid_loss": round(self._loss(model, tokenizer, "valid", language, count), 4),
                "entropy_floor": round(floor.nats_per_token, 4),
                f"{self.text.ngram_order}-gram": round(ngram.nats_per_token(held_out), 4),
            }
        weights = b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())
        return {
            "name": self.name,
            "recipe": f"recipes/{self.name}.toml",
            "seed": self.seed,
            "parameters": model.num_parameters(),
            "tokens": trainer.history[-1]["tokens"],
            "unit": "nats per token; a token is a character or the end marker",
            "valid_stories": count,
            "scores": scores,
            "weights_digest": hashlib.blake2b(weights, digest_size=8).hexdigest(),
        }


@torch.no_grad()
def round_to_half(model: GPT) -> None:
    """Replace every weight by the nearest number that half precision can hold, kept in fp32."""
    for parameter in model.parameters():
        parameter.copy_(parameter.half().float())
