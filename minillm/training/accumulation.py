"""A batch in parts whose gradients add up to its own."""

from collections.abc import Callable

from minillm.batches import Batch
from minillm.errors import ConfigError


def targets_that_count(batch: Batch) -> int:
    """What the loss of a language model is a mean over."""
    return batch.counted


def divide(batch: Batch, parts: int, count: Callable[[Batch], int] = targets_that_count) -> list[tuple[Batch, float]]:
    """Cut a batch into parts of as many rows, each with its weight: its share of what the loss is a mean over.

    For a mean over the targets that count, the loss of the batch, and its gradient, is the weighted sum over the parts,
    however unevenly padding or masks have spread the targets over the rows. ``count`` is how many a batch has.

    Raises:
        ConfigError: the rows do not divide evenly.
    """
    if parts == 1:
        return [(batch, 1.0)]
    rows = len(batch.inputs)
    if rows % parts:
        raise ConfigError(
            f"a batch of {rows} rows does not divide into {parts} equal parts (accumulate times processes); "
            f"choose a batch_size that does"
        )
    shares = []
    for start in range(0, rows, rows // parts):
        own = slice(start, start + rows // parts)
        extras = {name: tensor[own] for name, tensor in batch.extras.items()}
        part = Batch(batch.inputs[own], batch.targets[own], extras)
        weight = count(part) / count(batch)
        if not part.counted:  # a mean over nothing is no number, and times 0 still none: ask for anything instead
            part = part._replace(targets=part.targets.clamp(min=0))
        shares.append((part, weight))
    return shares
