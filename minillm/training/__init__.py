"""From batches to a trained model."""

from minillm.training.checkpoint import Checkpoint, latest_checkpoint, load_checkpoint, save_checkpoint
from minillm.training.evaluation import evaluate_stories, story_nats, token_nats
from minillm.training.schedule import warmup_cosine
from minillm.training.trainer import TrainConfig, Trainer, optimizer_for

__all__ = [
    "Checkpoint",
    "TrainConfig",
    "Trainer",
    "evaluate_stories",
    "latest_checkpoint",
    "load_checkpoint",
    "optimizer_for",
    "save_checkpoint",
    "story_nats",
    "token_nats",
    "warmup_cosine",
]
