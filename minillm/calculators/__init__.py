"""Counting before building: parameters, FLOPs, memory, time, money and energy of a transformer, from its configuration.

Every count is arithmetic on a `TransformerConfig`, so it takes no time for a model of any size:
``num_parameters(PRESETS["gpt3-175b"])``.
"""

from minillm.calculators.hardware import HARDWARE, Bill, Hardware, bill, devices_needed, utilization
from minillm.calculators.laws import LAWS, ScalingLaw, rule_of_twenty
from minillm.calculators.memory import (
    OPTIMIZER_STATES,
    PRECISIONS,
    Precision,
    activations,
    block_activations,
    cache_bytes,
    optimizer_numbers,
    training_memory,
)
from minillm.calculators.shape import forward_flops, num_parameters, parameters, six_nd, training_flops

__all__ = [
    "HARDWARE",
    "LAWS",
    "OPTIMIZER_STATES",
    "PRECISIONS",
    "Bill",
    "Hardware",
    "Precision",
    "ScalingLaw",
    "activations",
    "bill",
    "block_activations",
    "cache_bytes",
    "devices_needed",
    "forward_flops",
    "num_parameters",
    "optimizer_numbers",
    "parameters",
    "rule_of_twenty",
    "six_nd",
    "training_flops",
    "training_memory",
    "utilization",
]
