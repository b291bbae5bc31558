"""Scaling laws: the loss that a size and an amount of text lead to, and the best use of a budget."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class ScalingLaw:
    """L(N, D) = E + A / N^α + B / D^β for N parameters and D tokens, in nats a token.

    E is what the best model could not avoid, the second term what a model of that size must, the third what so little
    text costs. Hoffmann et al. (2022), "Training Compute-Optimal Large Language Models", equation 2.
    """

    floor: float
    size_factor: float
    size_exponent: float
    data_factor: float
    data_exponent: float

    def loss(self, num_parameters: float, tokens: float) -> float:
        """L(N, D)."""
        size = self.size_factor / num_parameters**self.size_exponent
        return self.floor + size + self.data_factor / tokens**self.data_exponent

    def optimum(self, flops: float, flops_per_parameter: float = 6.0) -> tuple[float, float]:
        """The N and D with the lowest loss among all with 6 N D = flops.

        N = G (C / 6)^(β / (α + β)) with G = (α A / (β B))^(1 / (α + β)), and D = C / (6 N): equation 4.
        """
        a, b = self.size_exponent, self.data_exponent
        factor = (a * self.size_factor / (b * self.data_factor)) ** (1 / (a + b))
        product = flops / flops_per_parameter
        size = factor * product ** (b / (a + b))
        return size, product / size

    @property
    def size_growth(self) -> float:
        """The exponent with which the best size grows with the budget: β / (α + β)."""
        return self.data_exponent / (self.size_exponent + self.data_exponent)


LAWS: dict[str, ScalingLaw] = {
    "hoffmann-2022": ScalingLaw(1.69, 406.4, 0.34, 410.7, 0.28),
    "besiroglu-2024": ScalingLaw(1.8172, 482.01, 0.3478, 2085.43, 0.3658),
}
"""Published laws: Hoffmann et al. (2022), appendix D.3, as printed, and the fit of Besiroglu et al. (2024),
"Chinchilla Scaling: A replication attempt", equation 5, to the points of the same figure. The losses are those of
DeepMind's text and tokenizer, not of the town."""


def rule_of_twenty(flops: float, ratio: float = 20.0) -> tuple[float, float]:
    """N and D for 6 N D = flops with 20 tokens a parameter, which the runs of Hoffmann et al. (2022) come to."""
    size = math.sqrt(flops / (6 * ratio))
    return size, ratio * size
