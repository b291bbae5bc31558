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
from minillm.training.config import TrainConfig
from minillm.training.evaluation import evaluate_stories, evaluate_text, story_nats, token_nats
from minillm.training.gaps import Gaps, evaluate_gaps
from minillm.training.logs import JsonLines, TensorBoard, read_log
from minillm.training.objectives import OBJECTIVES, Objective, cross_entropy, nats_per_byte, perplexity, token_loss
from minillm.training.optimizers import optimizer_for
from minillm.training.schedule import warmup_cosine
from minillm.training.trainer import Trainer

__all__ = [
    "OBJECTIVES",
    "Callback",
    "Checkpoint",
    "EarlyStop",
    "Gaps",
    "JsonLines",
    "Objective",
    "TensorBoard",
    "TrainConfig",
    "Trainer",
    "best_checkpoint",
    "cross_entropy",
    "evaluate_gaps",
    "evaluate_stories",
    "evaluate_text",
    "latest_checkpoint",
    "load_checkpoint",
    "load_latest",
    "nats_per_byte",
    "optimizer_for",
    "perplexity",
    "read_log",
    "save_checkpoint",
    "story_nats",
    "token_loss",
    "token_nats",
    "warmup_cosine",
]
