"""The settings of a training run."""

import math
from dataclasses import dataclass

from minillm.errors import ConfigError
from minillm.training.optimizers import OPTIMIZERS
from minillm.training.precision import PRECISIONS
from minillm.training.schedule import SCHEDULES


@dataclass(frozen=True)
class TrainConfig:
    """How to train. Raises `ConfigError` for settings that cannot work."""

    steps: int = 1000
    learning_rate: float = 2e-3
    warmup_steps: int = 50
    schedule: str = "cosine"  # how the learning rate goes on after the warm-up: a name of SCHEDULES
    final_learning_rate: float = 0.1  # as a fraction of learning_rate
    cycles: int = 1  # how often the learning rate starts anew: warm restarts, Loshchilov and Hutter (2017)
    optimizer: str = ""  # a name of OPTIMIZERS; "": muon if it has a learning rate, else adamw
    muon_learning_rate: float = 0.0  # of the hidden matrices, which then learn by Muon; 0: all learn by AdamW
    weight_decay: float = 0.1
    beta1: float = 0.9
    beta2: float = 0.95
    clip_norm: float = 1.0  # longer gradients are shortened to this
    precision: str = "fp32"  # of the products: fp32, bf16, or auto, the faster of both on this machine
    accumulate: int = 1  # parts of a batch, computed one after another to save memory; the step is the same
    checkpoint_activations: bool = False  # compute each block twice instead of keeping what is inside
    compile: bool = False  # fuse the loss into few kernels: slow to start, then faster
    evaluate_every: int = 100
    evaluate_also: tuple[int, ...] = ()  # further steps, such as the first few, where most changes
    save_every: int = 0  # 0: only at the end, or when interrupted
    keep: int = 2  # newest checkpoints that stay on disk
    keep_best: str = ""  # name of a score of the evaluation; the checkpoint where it was lowest stays, too
    patience: int = 0  # evaluations without a new best of that score after which the run stops; 0: never

    def __post_init__(self) -> None:
        for name, low in {
            "steps": 1,
            "warmup_steps": 0,
            "cycles": 1,
            "accumulate": 1,
            "evaluate_every": 1,
            "save_every": 0,
            "keep": 1,
            "patience": 0,
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
        for name, known in {"schedule": SCHEDULES, "optimizer": ["", *OPTIMIZERS], "precision": PRECISIONS}.items():
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} = {getattr(self, name)!r} is not known; choose from {[*known]}")
        if self.patience and not self.keep_best:
            raise ConfigError(f"patience = {self.patience} needs keep_best, the name of the score that must get better")
