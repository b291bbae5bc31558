"""Time, money and energy: what a number of FLOPs takes on a given machine."""

import math
from dataclasses import dataclass

from minillm.calculators.memory import PRECISIONS
from minillm.errors import ConfigError


@dataclass(frozen=True)
class Hardware:
    """One accelerator, or one processor core.

    ``flops`` are a second's at best, dense matrix products, for "fp32" and for "bf16" (fp16 where there is no bf16);
    ``memory`` is in bytes, ``bandwidth`` in bytes a second, ``power`` in watts, ``price`` in dollars an hour. The price
    is no property of the machine: it is about what one paid to rent it, and changes every month.
    """

    title: str
    flops: dict[str, float]
    memory: float
    bandwidth: float
    power: float
    price: float
    source: str

    def peak(self, precision: str) -> float:
        """FLOPs a second at best, in a precision of `PRECISIONS`."""
        if precision not in PRECISIONS:
            raise ConfigError(f"precision = {precision!r} is not known; choose one of {sorted(PRECISIONS)}")
        return self.flops[PRECISIONS[precision].compute]


HARDWARE: dict[str, Hardware] = {
    "cpu-core": Hardware(
        "one core of a laptop", {"fp32": 96e9, "bf16": 96e9}, 4e9, 10e9, 10, 0.03,
        "AVX2: two fused multiply-adds of 8 numbers a cycle at 3 GHz; the rest is a guess",
    ),
    "t4": Hardware(
        "T4 16 GB", {"fp32": 8.1e12, "bf16": 65e12}, 16e9, 320e9, 70, 0.35,
        "NVIDIA T4 datasheet (2019); fp16",
    ),
    "v100": Hardware(
        "V100 32 GB", {"fp32": 15.7e12, "bf16": 125e12}, 32e9, 900e9, 300, 1.50,
        "NVIDIA V100 datasheet (2020), SXM2; fp16; price of 2020",
    ),
    "rtx-4090": Hardware(
        "RTX 4090 24 GB", {"fp32": 82.6e12, "bf16": 165.2e12}, 24e9, 1008e9, 450, 0.40,
        "NVIDIA Ada GPU architecture whitepaper (2022), appendix A; products added up in fp32",
    ),
    "a100": Hardware(
        "A100 80 GB", {"fp32": 19.5e12, "bf16": 312e12}, 80e9, 2039e9, 400, 1.50,
        "NVIDIA A100 datasheet (2021), SXM",
    ),
    "h100": Hardware(
        "H100 80 GB", {"fp32": 67e12, "bf16": 989.4e12}, 80e9, 3350e9, 700, 2.50,
        "NVIDIA H100 datasheet (2023), SXM, without sparsity",
    ),
    "h200": Hardware(
        "H200 141 GB", {"fp32": 67e12, "bf16": 989.4e12}, 141e9, 4800e9, 700, 3.50,
        "NVIDIA H200 datasheet (2024), SXM, without sparsity",
    ),
    "b200": Hardware(
        "B200 180 GB", {"fp32": 75e12, "bf16": 2250e12}, 180e9, 7700e9, 1000, 4.50,
        "NVIDIA DGX B200 datasheet (2024), an eighth of it, without sparsity",
    ),
}  # fmt: skip
"""Machines by name, with the source of their numbers."""


def utilization(flops: float, seconds: float, hardware: Hardware, precision: str = "mixed", devices: int = 1) -> float:
    """Which share of the best possible speed a run reached: FLOPs / (seconds · devices · peak).

    With the FLOPs that the model asks for, not those of recomputed activations, this is the model FLOPs utilization of
    Chowdhery et al. (2022), "PaLM", section 4.1 and appendix B.
    """
    return flops / (seconds * devices * hardware.peak(precision))


@dataclass(frozen=True)
class Bill:
    """What a run takes."""

    seconds: float
    device_hours: float
    dollars: float
    kilowatt_hours: float

    @property
    def days(self) -> float:
        """The time in days."""
        return self.seconds / 86400


def bill(
    flops: float,
    hardware: Hardware,
    precision: str = "mixed",
    devices: int = 1,
    utilization: float = 0.4,
    overhead: float = 1.1,
) -> Bill:
    """Time, money and energy for so many FLOPs on some devices, which reach a share ``utilization`` of their peak.

    The devices are taken to draw their full power; ``overhead`` is what the building draws for each watt of them.
    A share of 0.4 is usual for large runs.

    Raises:
        ConfigError: devices is below 1, or utilization is not above 0 and at most 1.
    """
    if devices < 1 or not 0 < utilization <= 1:
        raise ConfigError(
            f"devices = {devices} must be at least 1 and utilization = {utilization} above 0 and at most 1"
        )
    device_seconds = flops / (hardware.peak(precision) * utilization)
    hours = device_seconds / 3600
    energy = hours * hardware.power * overhead / 1000
    return Bill(device_seconds / devices, hours, hours * hardware.price, energy)


def devices_needed(memory: dict[str, int], hardware: Hardware, reserve: float = 0.1) -> int | None:
    """How many devices hold a training step that shares out weights, gradients and optimizer, as FSDP does.

    ``memory`` is what `training_memory` says of the texts that one device reads at a time: their activations are not
    shared. A part of each device is kept in reserve. None if the activations alone are too much for a device.
    """
    room = hardware.memory * (1 - reserve) - memory["activations"]
    shared = sum(size for part, size in memory.items() if part != "activations")
    return max(1, math.ceil(shared / room)) if room > 0 else None
