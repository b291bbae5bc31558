"""A batch in parts whose gradients add up to its own."""

from minillm.batches import Batch
from minillm.errors import ConfigError


def divide(batch: Batch, parts: int) -> list[tuple[Batch, float]]:
    """Cut a batch into parts of as many rows, each with its weight: its share of the targets that count.

    A loss is a mean over the targets that count, so the loss of the batch, and its gradient, is the weighted sum over
    the parts, however unevenly padding or masks have spread the targets over the rows.

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
        weight = part.counted / batch.counted
        if not part.counted:  # a mean over nothing is no number, and times 0 still none: ask for anything instead
            part = part._replace(targets=part.targets.clamp(min=0))
        shares.append((part, weight))
    return shares
