"""How large a step to take, as a pure function of the step.

A schedule gives the fraction of the full learning rate to use at a step, counted from 0, of a run of ``steps``. All
rise in a straight line to 1 over the first ``warmup_steps``; all but `constant` end at ``final`` with the last step.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int, int, int, float], float]
"""(step, steps, warmup_steps, final) -> fraction of the full learning rate."""

DECAY = 0.2
"""The part of a run in which `warmup_stable_decay` comes down."""


def warmup_constant(step: int, steps: int, warmup_steps: int, final: float = 0.1) -> float:
    """Warm up, then stay: ``final`` is not used."""
    return min(1.0, (step + 1) / max(1, warmup_steps))


def warmup_cosine(step: int, steps: int, warmup_steps: int, final: float = 0.1) -> float:
    """Warm up, then fall along half a cosine. Loshchilov and Hutter (2017), section 3, without restarts."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - 1 - warmup_steps)
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def warmup_linear(step: int, steps: int, warmup_steps: int, final: float = 0.1) -> float:
    """Warm up, then fall in a straight line."""
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - 1 - warmup_steps)
    return final + (1 - final) * (1 - min(1.0, progress))


def warmup_stable_decay(step: int, steps: int, warmup_steps: int, final: float = 0.1) -> float:
    """Warm up, stay, and fall in a straight line over the last fifth of the run.

    Until the fall begins nothing depends on ``steps``, so a run can be made longer after it was started.
    Hu et al. (2024), "MiniCPM", section 4.
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    start = max(warmup_steps, round((1 - DECAY) * steps))
    progress = (step - start) / max(1, steps - 1 - start)
    return final + (1 - final) * (1 - min(1.0, max(0.0, progress)))


SCHEDULES: dict[str, Schedule] = {
    "constant": warmup_constant,
    "cosine": warmup_cosine,
    "linear": warmup_linear,
    "wsd": warmup_stable_decay,
}
"""Schedules by name, as recipes ask for them."""
