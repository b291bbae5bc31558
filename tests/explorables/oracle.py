"""What the in-page engine has to agree with."""

import numpy as np
import torch

from minillm.weights import Pretrained


@torch.no_grad()
def reference(pretrained: Pretrained, ids: list[int]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Logits (time, vocab_size) and every named activation, by PyTorch."""
    record: dict[str, torch.Tensor] = {}
    logits = pretrained.model(torch.tensor([ids]), record=record)
    return logits[0].numpy(), {name: tensor[0].numpy() for name, tensor in record.items()}
