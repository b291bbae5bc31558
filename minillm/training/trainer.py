"""The training loop, to be read from top to bottom."""

import math
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from minillm.batches import BatchSource
from minillm.errors import CheckpointError, ConfigError, DivergedError, TrainingInterrupted
from minillm.models import Model
from minillm.training.checkpoint import CHECKPOINTS, latest_checkpoint, load_checkpoint, save_checkpoint
from minillm.training.interrupts import deferred_interrupt
from minillm.training.optimizers import Muon
from minillm.training.schedule import warmup_cosine

Evaluation = Callable[[Any], Mapping[str, object]]


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Raises `ConfigError` for settings that cannot work."""

    steps: int = 1000
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    final_learning_rate: float = 0.1  # as a fraction of learning_rate
    cycles: int = 1  # how often the learning rate starts anew: warm restarts, Loshchilov and Hutter (2017)
    muon_learning_rate: float = 0.0  # of the hidden matrices, which then learn by Muon; 0: all learn by AdamW
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip_norm: float = 1.0
    evaluate_every: int = 100
    evaluate_also: tuple[int, ...] = ()  # further steps, such as the first few, where most changes
    save_every: int = 0  # 0: only at the end, or when interrupted
    keep: int = 2  # newest checkpoints that stay on disk

    def __post_init__(self) -> None:
        for name, low in {
            "steps": 1,
            "warmup_steps": 0,
            "cycles": 1,
            "evaluate_every": 1,
            "save_every": 0,
            "keep": 1,
        }.items():
            if getattr(self, name) < low:
                raise ConfigError(f"{name} = {getattr(self, name)} must be at least {low}")
        for name in ("learning_rate", "clip_norm"):
            if not 0 < getattr(self, name) < math.inf:
                raise ConfigError(f"{name} = {getattr(self, name)} must be a number above 0")
        for name in ("beta1", "beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} = {getattr(self, name)} must be at least 0 and below 1")
        for name in ("weight_decay", "muon_learning_rate"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ConfigError(f"{name} = {getattr(self, name)} must be a number of at least 0")
        if not 0 <= self.final_learning_rate <= 1:
            raise ConfigError(f"final_learning_rate = {self.final_learning_rate} is a fraction, from 0 to 1")


def optimizer_for(model: Model, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW that decays matrices and leaves biases and norms alone; or, with a muon_learning_rate, `Muon`.

    Loshchilov and Hutter (2019), "Decoupled Weight Decay Regularization", algorithm 2.
    """
    betas = (config.beta1, config.beta2)
    if config.muon_learning_rate:
        return Muon(model, config.muon_learning_rate, config.learning_rate, config.weight_decay, betas)
    matrices = [parameter for parameter in model.parameters() if parameter.ndim >= 2]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim < 2]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=betas, fused=True)


class Trainer:
    """One training run: it can be watched, stopped, saved and resumed without changing its outcome.

    ``evaluate`` takes the model and returns named results, which are added to the history with the step they belong to;
    it runs in evaluation mode, without gradients, and with its own random state, so measuring never changes the run.
    ``directory`` is where checkpoints go; without one nothing is written.

    Raises:
        ConfigError: the batches hold token ids that the model has no embedding for.
    """

    def __init__(
        self,
        model: Model,
        batches: BatchSource,
        config: TrainConfig,
        evaluate: Evaluation | None = None,
        directory: str | Path | None = None,
    ) -> None:
        batches.check_vocabulary(model.config.vocab_size)
        self.model, self.batches, self.config, self.evaluate = model, batches, config, evaluate
        self.directory = None if directory is None else Path(directory)
        self.optimizer = optimizer_for(model, config)
        self._rates = [group["lr"] for group in self.optimizer.param_groups]  # at the top of the schedule
        self.step = 0
        self.losses: list[float] = []  # since the last entry of the history
        self.history: list[dict] = []
        self._owns_directory = False  # until something is saved or resumed, checkpoints there are another run's

    def run(self, until: int | None = None) -> list[dict]:
        """Train up to a step (by default the last) and return the history.

        Raises:
            CheckpointError: a new run would mix its checkpoints with those of an earlier one.
            DivergedError: the loss is no longer finite; names the step and the last good checkpoint.
            TrainingInterrupted: Ctrl-C; the step in hand is finished and the state kept in this object and, with a
                directory, on disk. A second Ctrl-C stops at once and saves nothing.
        """
        until = self.config.steps if until is None else min(until, self.config.steps)
        latest = None if self.directory is None else latest_checkpoint(self.directory)
        if latest is not None and not self._owns_directory:
            raise CheckpointError(f"{latest} is of an earlier run; resume() from it, or choose another directory")
        quiet = bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar does not look for itself
        with (
            deferred_interrupt() as interrupted,
            tqdm(total=until, initial=self.step, unit="step", disable=quiet) as progress,
        ):
            while self.step < until and not interrupted():
                self.losses.append(self._train_step())
                progress.update()
                if self._evaluation_is_due():
                    self._record()
                    progress.set_postfix(loss=f"{self.history[-1]['train_loss']:.3f}")
                due = self.config.save_every and self.step % self.config.save_every == 0
                if self.directory is not None and (due or self.step == self.config.steps):
                    self.save()
            if interrupted():
                kept = "in memory" if self.directory is None else f"in {self.save()}"
                raise TrainingInterrupted(
                    f"stopped after step {self.step} of {self.config.steps}; the state is kept {kept}: "
                    f"call run() again to go on, or resume() in a new process"
                )
        return self.history

    def _train_step(self) -> float:
        config = self.config
        period = math.ceil(config.steps / config.cycles)
        fraction = warmup_cosine(self.step % period, period, config.warmup_steps, config.final_learning_rate)
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * fraction
        self.model.train()
        device = self.model.device
        batch = self.batches(self.step).to(device)
        self.optimizer.zero_grad()
        loss = self.model.loss(*batch)
        loss.backward()
        gradient_norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm)
        if not (loss.isfinite() and gradient_norm.isfinite()):
            last = None if self.directory is None else latest_checkpoint(self.directory)
            raise DivergedError(
                f"at step {self.step} the loss is {loss.item()} and its gradient's norm {gradient_norm.item()}; lower "
                f"learning_rate = {config.learning_rate}, or lengthen warmup_steps = {config.warmup_steps}. The "
                f"weights are those of the step before. Last good checkpoint: {last or 'none was saved'}"
            )
        self.optimizer.step()
        self.step += 1
        return loss.item()

    def _evaluation_is_due(self) -> bool:
        config = self.config
        return self.step % config.evaluate_every == 0 or self.step in (*config.evaluate_also, config.steps)

    def _record(self) -> None:
        tokens = self.step * self.batches.batch_size * self.batches.context_length
        entry: dict = {"step": self.step, "tokens": tokens, "train_loss": sum(self.losses) / len(self.losses)}
        if self.evaluate is not None:
            self.model.eval()
            with torch.no_grad(), torch.random.fork_rng():
                results = self.evaluate(self.model)
            entry |= {name: value.item() if hasattr(value, "item") else value for name, value in results.items()}
        self.history.append(entry)
        self.losses = []

    def save(self) -> Path:
        """Write a checkpoint of this moment, then remove all but the newest ones and those of an abandoned future.

        Raises:
            CheckpointError: there is no directory, or it cannot be written; earlier checkpoints stay.
        """
        if self.directory is None:
            raise CheckpointError("this trainer has no directory; give it one to save checkpoints")
        path = self.directory / f"step-{self.step:08d}"
        progress = {"step": self.step, "losses": self.losses, "history": self.history, "training": asdict(self.config)}
        save_checkpoint(path, self.model, self.optimizer, progress)
        self._owns_directory = True
        kept = sorted(other for other in self.directory.glob(CHECKPOINTS) if other <= path)[-self.config.keep :]
        for pattern in (CHECKPOINTS, f".{CHECKPOINTS}.part", f".{CHECKPOINTS}.old"):
            for other in self.directory.glob(pattern):
                if other not in kept:
                    shutil.rmtree(other, ignore_errors=True)
        return path

    def resume(self, path: str | Path | None = None) -> "Trainer":
        """Go back to a checkpoint, by default the newest of the directory; the run then ends in the same bits.

        After going back to an earlier one, the next save removes the later ones: they belong to a future that did not
        happen. On a GPU, dropout draws from a generator that is not saved, so only a run without dropout is exact.

        Raises:
            CheckpointError: there is none, it is damaged, or it belongs to a model of another shape.
        """
        if path is None and self.directory is not None:
            path = latest_checkpoint(self.directory)
        if path is None:
            raise CheckpointError(f"there is no checkpoint in {self.directory} to resume from; train first")
        checkpoint = load_checkpoint(path)
        checkpoint.restore(self.model, self.optimizer)
        self._owns_directory = self.directory is not None and Path(path).absolute().parent == self.directory.absolute()
        self.step = checkpoint.progress["step"]
        self.losses, self.history = checkpoint.progress["losses"], checkpoint.progress["history"]
        return self
