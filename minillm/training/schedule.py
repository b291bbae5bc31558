"""How large a step to take, as a pure function of the step."""

import math


def warmup_cosine(step: int, steps: int, warmup_steps: int, final: float = 0.1) -> float:
    """The fraction of the full learning rate to use at a step, counted from 0.

    Rises in a straight line to 1 over the warm-up, then falls along half a cosine to ``final`` at the last step.
    Loshchilov and Hutter (2017), section 3, without restarts.
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    progress = (step - warmup_steps) / max(1, steps - 1 - warmup_steps)
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
