"""Models before attention: counting a million tokens, and the readable recurrent layers beside torch's kernels.

    python -m benchmarks.recurrent

Every time is the best of several runs; what carries over to another machine is the ratios.
"""

import os
import time
from collections.abc import Callable

import torch
import tyro

from minillm import town
from minillm.models import NGram, RecurrentConfig, RecurrentLM
from minillm.models.recurrent import CELLS
from minillm.tokenizers import town_tokenizer


def main(runs: int = 3) -> None:
    """Print times, speeds and ratios.

    Args:
        runs: how often each measurement is made; the fastest counts.
    """
    print(f"{os.cpu_count()} processors, {torch.get_num_threads()} threads, torch {torch.__version__}\n")
    compare_counting(runs)
    for cell in CELLS:
        compare_layers(cell, runs)


def best(runs: int, function: Callable[[], object]) -> float:
    """The shortest of several times, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def compare_counting(runs: int, tokens: int = 1_000_000) -> None:
    """N-grams of a million tokens of the town: time to count and smooth, size, loss on held-out stories."""
    tokenizer = town_tokenizer()
    sequences: list[list[int]] = []
    stories = town.stories("train", "en")
    while sum(map(len, sequences)) < tokens:
        sequences += [tokenizer.encode(next(stories).text) for _ in range(100)]
    held_out = [tokenizer.encode(story.text) for story in town.stories("valid", "en", 300)]
    print(f"{sum(map(len, sequences)):,} tokens")
    for order in (2, 3, 4, 5):
        seconds = best(runs, lambda order=order: NGram.count(sequences, order, tokenizer.vocab_size))
        model = NGram.count(sequences, order, tokenizer.vocab_size)
        print(
            f"{order}-gram  {seconds:5.2f} s  {sum(model.config.entries):9,} n-grams  "
            f"{model.nats_per_token(held_out):.3f} nats a token"
        )


def compare_layers(cell: str, runs: int) -> None:
    """Tokens a second, forward and backward, of one cell in both versions."""
    torch.manual_seed(0)
    model = RecurrentLM(RecurrentConfig(2048, 128, 128, 2, cell, tie_weights=True))
    ids = torch.randint(2048, (8, 257))

    def step(record: dict | None) -> None:
        model.zero_grad()
        logits = model(ids[:, :-1], record=record)
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()

    readable, fast = best(runs, lambda: step({})), best(runs, lambda: step(None))
    size = ids[:, 1:].numel()
    print(
        f"{cell}: torch's kernel {size / fast:9,.0f} tokens/s, readable {size / readable:9,.0f}; "
        f"the kernel is {readable / fast:.1f} times as fast"
    )


if __name__ == "__main__":
    tyro.cli(main)
