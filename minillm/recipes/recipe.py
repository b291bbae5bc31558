"""A recipe is one file that says everything needed to train a model again: text, tokenizer, shape, schedule, seed."""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from minillm.errors import ConfigError
from minillm.initialization import INITIALIZATIONS
from minillm.models import Model, NGram, NGramConfig, build, configuration
from minillm.recipes.tasks import TASKS, Task, watched
from minillm.recipes.text import TOKENIZERS, TextConfig
from minillm.reproducibility import reproducible
from minillm.training import JsonLines, TrainConfig, Trainer, latest_checkpoint
from minillm.training.workers import ALONE, Workers, whole_model
from minillm.weights import Pretrained


@dataclass(frozen=True)
class Recipe:
    """A model's name, its seed and the settings of every stage.

    An n-gram model is counted, not trained: its recipe has no batches and no [training]. ``window`` is how many tokens
    a model reads at a time in training; by default its context_length, for a recurrent model it must be given. Windows
    begin at the start of a story or, with ``anywhere``, at any token, so that short windows reach the ends of stories.
    ``initialization`` names the scheme of a transformer's first weights; "" leaves a model as it was built.
    ``objective`` is what the model is asked; a masked one hides ``mask_rate`` of the tokens.
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
    objective: str = "causal"
    mask_rate: float = 0.15

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ConfigError(f"seed = {self.seed} must be at least 0")
        if self.batch_size < 1:
            raise ConfigError(f"batch_size = {self.batch_size} must be at least 1")

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
            for field, known in (
                ("tokenizer", [*TOKENIZERS]),
                ("initialization", ["", *INITIALIZATIONS]),
                ("objective", [*TASKS]),
            ):
                if data.get(field, known[0]) not in known:
                    raise ConfigError(f"{field} = {data[field]!r} is not known; choose from {known}")
            return cls(text=text, **data)
        except (OSError, KeyError, TypeError, AttributeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{path} is not a complete recipe: {error!r}") from error

    def train(self, directory: str | Path, resume: bool = False, workers: Workers = ALONE) -> Pretrained:
        """Follow the recipe and return the model with its card; checkpoints go to the directory.

        Of several processes that share the run, only the main one measures the model and has a card. A run that was
        started anew because one of them had died goes on from its checkpoint.

        The trained weights are rounded to half precision and kept in fp32, so that the page that runs the model from
        half-precision weights and the package that runs it from fp32 compute the same numbers.
        """
        if self.training and self.training.compile:
            # Compiled kernels crawl where numbers are denormal, and trained models are sure of much: such numbers count
            # as 0. A thread takes the setting from the one that starts it, so it comes before any work.
            torch.set_flush_denormal(True)
        if Path(directory).exists() and not Path(directory).is_dir():
            raise ConfigError(f"{directory} is a file; checkpoints need a folder")
        reproducible(self.seed)
        task = TASKS[self.objective](self)
        config = configuration({**self.model, "vocab_size": task.tokenizer.vocab_size})
        history: list[dict] = []
        if isinstance(config, NGramConfig):
            model, tokens = self._count(config, task)
        else:
            model, history = self._fit(config, task, directory, resume, workers)
            tokens = history[-1]["tokens"]
        round_to_half(model)
        card = self._card(model, task, tokens) if workers.main else {}
        return Pretrained(model.eval(), task.tokenizer, card, history)

    def _count(self, config: NGramConfig, task: Task) -> tuple[Model, int]:
        stories = self.text.stories("train", self.text.train_stories, self.seed)
        total = self.text.train_stories * len(self.text.languages)
        encoded = [task.tokenizer.encode(story.text) for story in watched(stories, "reading stories", total)]
        model = NGram.count(encoded, config.order, config.vocab_size, task.tokenizer.end_id, config.min_gain)
        return model, sum(len(sequence) + 1 for sequence in encoded)

    def _fit(
        self, config: Any, task: Task, directory: str | Path, resume: bool, workers: Workers
    ) -> tuple[Model, list[dict]]:
        assert self.training is not None
        model = build(config)
        if self.initialization:
            INITIALIZATIONS[self.initialization](model)
        log = JsonLines(Path(directory) / "log.jsonl")
        trainer = Trainer(
            model,
            task.batches(),
            self.training,
            task.evaluate,
            directory,
            callbacks=[log],
            workers=workers,
            reads=self._reads(),
        )
        if resume or (workers.restarts and latest_checkpoint(directory)):
            trainer.resume()
        history = trainer.run()
        return whole_model(model).to("cpu"), history

    def _reads(self) -> dict[str, Any]:
        """What decides the training text, besides the seed and the shape of the batches."""
        text = ("languages", "train_stories", "first_plots", "first_steps", "longest_passage")
        own = ("objective", "tokenizer", "anywhere", "mask_rate")
        settings = {name: getattr(self.text, name) for name in text} | {name: getattr(self, name) for name in own}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}

    def _card(self, model: Model, task: Task, tokens: int) -> dict:
        weights = b"".join(tensor.numpy().tobytes() for tensor in model.state_dict().values())
        return {
            "name": self.name,
            "recipe": f"recipes/{self.name}.toml",
            "seed": self.seed,
            "parameters": model.num_parameters(),
            "objective": self.objective,
            "tokenizer": self.tokenizer,
            "tokens": tokens,
            "unit": task.unit.format(TOKENIZERS[self.tokenizer][0]),
            "valid_stories": self.text.valid_stories,
            "scores": {
                part: {name: round(score, 4) for name, score in scores.items()}
                for part, scores in task.scores(model).items()
            },
            "weights_digest": hashlib.blake2b(weights, digest_size=8).hexdigest(),
        } | ({"entropy_floor": task.floor} if task.floor else {})


@torch.no_grad()
def round_to_half(model: Model) -> None:
    """Replace every weight by the nearest number that half precision can hold, kept in fp32."""
    for tensor in model.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half().float())
