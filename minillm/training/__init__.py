"""From batches to a trained model."""

from minillm.training.callbacks import Callback, EarlyStop
from minillm.training.checkpoint import (
    Checkpoint,
    best_checkpoint,
    latest_checkpoint,
    load_checkpoint,
    load_latest,
    save_checkpoint,
)
from minillm.training.evaluation import evaluate_stories, story_nats, token_nats
from minillm.training.objectives import OBJECTIVES, Objective, cross_entropy, nats_per_byte, perplexity, token_loss
from minillm.training.schedule import warmup_cosine
from minillm.training.trainer import TrainConfig, Trainer, optimizer_for

__all__ = [
    "OBJECTIVES",
    "Callback",
    "Checkpoint",
    "EarlyStop",
    "Objective",
    "TrainConfig",
    "Trainer",
    "best_checkpoint",
    "cross_entropy",
    "evaluate_stories",
    "latest_checkpoint",
    "load_checkpoint",
    "load_latest",
    "nats_per_byte",
    "optimizer_for",
    "perplexity",
    "save_checkpoint",
    "story_nats",
    "token_loss",
    "token_nats",
    "warmup_cosine",
]
