"""Tokens a second of training, beside GPT-2 of `transformers` with the same shape, weights, batch and optimizer.

    python -m benchmarks.throughput

Both sides compute the same loss of the same weights, which is checked before anything is timed; neither has dropout,
both learn by torch's fused AdamW. Their steps take turns, so that other work on the machine hits both alike, and the
best of many turns counts; a time is processor time of one thread unless more are asked for.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import tyro

from minillm.hub import to_transformers
from minillm.models import GPT, PRESETS, GPTConfig

GPT2 = replace(PRESETS["gpt2"], dropout=0.0)
SIZES: dict[str, tuple[GPTConfig, int]] = {  # shape and texts in a batch
    "4 layers × 128": (replace(GPT2, vocab_size=2048, context_length=128, d_model=128, num_layers=4, num_heads=4), 8),
    "6 layers × 384": (replace(GPT2, vocab_size=8192, context_length=256, d_model=384, num_layers=6, num_heads=6), 2),
    "12 layers × 768 (GPT-2, 124M)": (replace(GPT2, context_length=256), 1),
}
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16}


@dataclass
class Side:
    """One of the two: a model, how to get its loss, and the shortest time of a step."""

    model: torch.nn.Module
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    seconds: float = float("inf")

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True)

    def step(self, inputs: torch.Tensor, targets: torch.Tensor, precision: torch.dtype, clock: Callable) -> float:
        """A whole training step; returns its loss and remembers the shortest time."""
        start = clock()
        self.optimizer.zero_grad()
        with torch.autocast("cpu", precision, enabled=precision != torch.float32):
            loss = self.loss(inputs, targets)
        loss.backward()
        self.optimizer.step()
        self.seconds = min(self.seconds, clock() - start)
        return loss.item()


def main(runs: int = 12, threads: int = 1, precisions: tuple[str, ...] = (), quick: bool = False) -> None:
    """Print tokens a second of both sides and their ratio.

    Args:
        runs: how many steps of each side; the fastest counts.
        threads: with more than one, times are wall-clock times.
        precisions: fp32, bf16 (by autocast); by default fp32, and bf16 where the processor has AMX.
        quick: the smallest shape only, two steps.
    """
    torch.set_num_threads(threads)
    amx = torch.cpu._is_amx_tile_supported()
    kind = "processor time" if threads == 1 else "wall-clock time"
    print(f"{os.cpu_count()} processors, {threads} threads, torch {torch.__version__}, AMX: {amx}; {kind}")
    for precision in precisions or (("fp32", "bf16") if amx else ("fp32",)):
        for name, (config, batch_size) in list(SIZES.items())[: 1 if quick else None]:
            ours, theirs = compare(config, batch_size, 2 if quick else runs, threads, PRECISIONS[precision])
            tokens = batch_size * config.context_length
            print(
                f"{precision}, {name}, {batch_size} × {config.context_length} tokens: "
                f"minillm {tokens / ours:,.0f} tokens/s, transformers {tokens / theirs:,.0f}, ratio {theirs / ours:.2f}"
            )


def compare(
    config: GPTConfig, batch_size: int, runs: int, threads: int = 1, precision: torch.dtype = torch.float32
) -> tuple[float, float]:
    """Seconds of a step, minillm's and that of transformers. Raises ValueError if their losses differ."""
    torch.manual_seed(0)
    model = GPT(config)
    twin = to_transformers(model).train()
    for module in twin.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    sides = (
        Side(model, lambda inputs, targets: model.loss(inputs, targets)),
        Side(twin, lambda inputs, targets: twin(inputs, labels=targets, shift_labels=targets, use_cache=False).loss),
    )
    clock = time.process_time if threads == 1 else time.perf_counter
    for run in range(runs):
        ids = torch.randint(config.vocab_size, (batch_size, config.context_length + 1))
        inputs, targets = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()
        first, second = (side.step(inputs, targets, precision, clock) for side in sides)
        if run == 0 and precision == torch.float32 and abs(first - second) > 1e-4 * abs(first):
            raise ValueError(f"the two sides compute different losses, {first} and {second}")
    return sides[0].seconds, sides[1].seconds


if __name__ == "__main__":
    tyro.cli(main)
