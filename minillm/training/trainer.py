"""The training loop, to be read from top to bottom."""

import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from minillm.batches import Batch, BatchSource
from minillm.errors import CheckpointError, DivergedError, TrainingInterrupted
from minillm.models import Model
from minillm.training.accumulation import divide, targets_that_count
from minillm.training.callbacks import Callback, EarlyStop, best_entry
from minillm.training.checkpoint import (
    BEST,
    CHECKPOINTS,
    good_checkpoint,
    latest_checkpoint,
    load_checkpoint,
    load_latest,
    remove_all_but,
    save_checkpoint,
)
from minillm.training.config import TrainConfig
from minillm.training.interrupts import deferred_interrupt
from minillm.training.objectives import Objective, token_loss
from minillm.training.optimizers import optimizer_for, optimizer_name
from minillm.training.precision import autocast, compiled, recompute_activations, seconds
from minillm.training.schedule import SCHEDULES
from minillm.training.throughput import throughput
from minillm.training.workers import ALONE, Workers, whole

Evaluation = Callable[[Any], Mapping[str, object]]


class Trainer:
    """One training run: it can be watched, stopped, saved and resumed without changing its outcome.

    ``evaluate`` takes the model and returns named results, which are added to the history with the step they belong to;
    it runs in evaluation mode, without gradients, and with its own random state, so measuring never changes the run.
    ``directory`` is where checkpoints go; without one nothing is written. ``objective`` is what is minimized: the mean
    over the targets that count or, if it has a method ``count(batch)``, over as many items. ``callbacks`` watch,
    ``workers`` are the processes that share the run. ``reads`` says what the batches were made from; checkpoints keep
    it, and a run that reads something else does not resume from them.

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
        objective: Objective = token_loss,
        callbacks: Iterable[Callback] = (),
        workers: Workers = ALONE,
        reads: Mapping[str, Any] | None = None,
    ) -> None:
        batches.check_vocabulary(model.config.vocab_size)
        self.model, self.batches, self.config, self.evaluate = model, batches, config, evaluate
        self.directory = None if directory is None else Path(directory)
        self.workers, self.reads = workers, dict(reads or {})
        self.callbacks = [*callbacks]
        if config.patience:
            self.callbacks.append(EarlyStop(config.keep_best, config.patience))
        if config.checkpoint_activations:
            recompute_activations(model)
        self._count = getattr(objective, "count", targets_that_count)  # what the objective is a mean over
        self._loss = workers.prepare(model, objective)
        if config.compile:
            self._loss = compiled(self._loss)
        self.optimizer = optimizer_for(model, config)
        self._rates = [group["lr"] for group in self.optimizer.param_groups]  # at the top of the schedule
        self.precision = config.precision
        self.step = 0
        self.losses: list[float] = []  # since the last entry of the history
        self.history: list[dict] = []
        self.gradient_norm = math.nan  # of the last step, before clipping
        self.stopped = ""  # why, if something asked the run to stop
        self._clock = (0, 0.0)  # steps, and the seconds they took, since the last entry of the history
        self._owns_directory = False  # until something is saved or resumed, checkpoints there are another run's

    def run(self, until: int | None = None) -> list[dict]:
        """Train up to a step (by default the last) and return the history.

        Raises:
            CheckpointError: a new run would mix its checkpoints with those of an earlier one.
            DivergedError: the loss is no longer finite; names the step, the batch and the last good checkpoint.
            TrainingInterrupted: Ctrl-C; the step in hand is finished and the state kept in this object and, with a
                directory, on disk. A second Ctrl-C stops at once and saves nothing.
        """
        until = self.config.steps if until is None else min(until, self.config.steps)
        latest = None if self.directory is None else latest_checkpoint(self.directory)
        if latest is not None and not self._owns_directory:
            raise CheckpointError(f"{latest} is of an earlier run; resume() from it, or choose another directory")
        quiet = bool(os.environ.get("TQDM_DISABLE"))  # tqdm's notebook bar does not look for itself
        self.stopped = ""
        with (
            deferred_interrupt() as interrupted,
            tqdm(total=until, initial=self.step, unit="step", disable=quiet or not self.workers.main) as progress,
        ):
            if self.precision == "auto":
                self.precision = self._faster_precision()
            self._tell("on_start")
            try:
                while self.step < until and not self.workers.any(bool(interrupted() or self.stopped)):
                    self._timed_step()
                    progress.update()
                    if self._evaluation_is_due():
                        self._record()
                        progress.set_postfix(loss=f"{self.history[-1]['train_loss']:.3f}")
                    due = self.config.save_every and self.step % self.config.save_every == 0
                    if self.directory is not None and (due or self.step == self.config.steps):
                        self.save()
                if self.workers.any(interrupted()):
                    kept = "in memory" if self.directory is None else f"in {self.save()}"
                    raise TrainingInterrupted(
                        f"stopped after step {self.step} of {self.config.steps}; the state is kept {kept}: "
                        f"call run() again to go on, or resume() in a new process"
                    )
                if self.directory is not None and self.workers.any(bool(self.stopped)):
                    self.save()
            finally:
                self._tell("on_end")
        return self.history

    def stop(self, reason: str) -> None:
        """End the run after the step in hand, as if that had been the last; for callbacks."""
        self.stopped = reason

    def _train_step(self) -> float:
        config = self.config
        period = math.ceil(config.steps / config.cycles)
        fraction = SCHEDULES[config.schedule](
            self.step % period, period, config.warmup_steps, config.final_learning_rate
        )
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * fraction
        self.model.train()
        self.workers.seed(self.batches.seed, self.step)
        self.optimizer.zero_grad()
        loss = self._gradients(self._my_parts(self.step))
        gradient_norm = whole(torch.nn.utils.clip_grad_norm_(self.model.parameters(), config.clip_norm))
        if not (loss.isfinite() and gradient_norm.isfinite()):
            raise self._diverged(loss, gradient_norm)
        self.optimizer.step()
        self.gradient_norm = gradient_norm.item()
        self.step += 1
        return loss.item()

    def _my_parts(self, step: int) -> list[tuple[Batch, float]]:
        """This process's parts of the batch of a step, each with its share of the targets that count."""
        parts = divide(self.batches(step), self.config.accumulate * self.workers.size, self._count)
        return [(part.to(self.model.device), weight) for part, weight in self.workers.mine(parts)]

    def _gradients(self, parts: list[tuple[Batch, float]]) -> Tensor:
        """Add up the gradients of all parts of a batch, in all processes, and return the loss of the batch."""
        total = torch.zeros((), device=self.model.device)
        for i, (part, weight) in enumerate(parts, 1):
            with self.workers.exchange(last=i == len(parts)):
                with autocast(self.precision, self.model.device):
                    loss = self._loss(part) * weight
                (loss * self.workers.size).backward()
            total += loss.detach()
        return self.workers.sum(total)

    def _diverged(self, loss: Tensor, gradient_norm: Tensor) -> DivergedError:
        last = None if self.directory is None else good_checkpoint(self.directory)
        config, batches = self.config, self.batches
        return DivergedError(
            f"at step {self.step} the loss is {loss.item()} and its gradient's norm {gradient_norm.item()}; lower "
            f"learning_rate = {config.learning_rate}, or lengthen warmup_steps = {config.warmup_steps}. The batch was "
            f"batches({self.step}) of seed {batches.seed}, {batches.batch_size} rows. The weights are those of the "
            f"step before. Last good checkpoint: {last or 'none was saved'}"
        )

    def _timed_step(self) -> None:
        start = time.perf_counter()
        self.losses.append(self._train_step())
        steps, spent = self._clock
        self._clock = steps + 1, spent + time.perf_counter() - start
        self._tell("on_step")

    def _faster_precision(self) -> str:
        """Time the gradient of the next batch in fp32 and in bf16; all processes go by the first one's clock."""
        took = {}
        with torch.random.fork_rng():
            self.model.train()
            for self.precision in ("fp32", "bf16"):
                took[self.precision] = seconds(lambda: self._gradients(self._my_parts(self.step)), self.model.device)
        self.optimizer.zero_grad()
        return "bf16" if self.workers.any(self.workers.main and took["bf16"] < took["fp32"]) else "fp32"

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
        if self.config.keep_best and best_entry(self.history, self.config.keep_best) is entry and self.directory:
            self._write(BEST)
        self._tell("on_record", entry)
        self._clock = (0, 0.0)

    def readings(self) -> dict[str, float]:
        """What the instruments show: learning rate and gradient norm of the last step, and speed since the last record.

        ``utilization`` is the share of the best possible speed of this machine. These are not part of the history,
        since another machine, or another day, gives others.
        """
        return {
            "learning_rate": self.optimizer.param_groups[0]["lr"],
            "gradient_norm": self.gradient_norm,
            **throughput(self.model, self.batches, *self._clock, self.precision, self.workers.size),
        }

    def save(self) -> Path:
        """Write a checkpoint of this moment, then remove all but the newest ones and those of an abandoned future.

        Raises:
            CheckpointError: there is no directory, or it cannot be written; earlier checkpoints stay.
        """
        return self._write(CHECKPOINTS)

    def _write(self, kind: str) -> Path:
        if self.directory is None:
            raise CheckpointError("this trainer has no directory; give it one to save checkpoints")
        path = self.directory / f"{kind}-{self.step:08d}"
        progress = {
            "step": self.step,
            "losses": self.losses,
            "history": self.history,
            "precision": self.precision,
            "training": asdict(self.config),
            "data": self._data(),
        }
        save_checkpoint(path, self.model, self.optimizer, progress, write=self.workers.main)
        self._owns_directory = True
        if self.workers.main:
            remove_all_but(self.config.keep, self.directory, self.step)
        self.workers.wait()
        self._tell("on_save", path)
        return path

    def _data(self) -> dict[str, Any]:
        """What decides which text a step reads."""
        return {name: getattr(self.batches, name) for name in ("seed", "batch_size", "context_length")} | self.reads

    def resume(self, path: str | Path | None = None) -> "Trainer":
        """Go back to a checkpoint, by default the newest whole one; the run then ends in the same bits.

        A damaged checkpoint is named in a warning, and the one before it is taken. After going back to an earlier one,
        the next save removes the later ones: they belong to a future that did not happen.

        Raises:
            CheckpointError: there is none, it is damaged, or it belongs to a model of another shape or other batches.
        """
        if path is None and self.directory is None:
            raise CheckpointError("this trainer has no directory and so no checkpoint; name one to resume from")
        checkpoint = load_checkpoint(path) if path is not None else load_latest(self.directory or "")
        before = checkpoint.progress.get("training", {})
        names = [
            optimizer_name(settings.get("optimizer", ""), settings.get("muon_learning_rate", 0.0))
            for settings in (before, asdict(self.config))
        ]
        if before and names[0] != names[1]:
            raise CheckpointError(
                f"{checkpoint.path} was saved with the optimizer {names[0]}, this run has {names[1]}, which remembers "
                f"other things; make them agree, or begin anew with load_checkpoint(path).restore(model)"
            )
        data, now = checkpoint.progress.get("data", {}), self._data()
        differ = sorted(name for name in data.keys() & now.keys() if data[name] != now[name])
        if differ:
            before, after = (", ".join(f"{name} = {each[name]!r}" for name in differ) for each in (data, now))
            raise CheckpointError(
                f"{checkpoint.path} was saved by a run with {before}, this one has {after}: it would read other text; "
                f"make them agree, or begin anew with load_checkpoint(path).restore(model)"
            )
        checkpoint.restore(self.model, self.optimizer)
        place = checkpoint.path.absolute().parent
        self._owns_directory = self.directory is not None and place == self.directory.absolute()
        self.step = checkpoint.progress["step"]
        self.losses, self.history = checkpoint.progress["losses"], checkpoint.progress["history"]
        if self.config.precision == "auto":  # whatever is faster now, the run goes on as it began
            self.precision = checkpoint.progress.get("precision", "auto")
        return self

    def _tell(self, event: str, *details: object) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(self, *details)
