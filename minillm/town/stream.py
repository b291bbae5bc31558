"""Random integers that are the same on every machine and in every version of Python."""

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    """Scramble a 64-bit integer with the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


class Stream:
    """SplitMix64: the n-th number is `mix(start + n * GOLDEN)`, where the start is scrambled from the seeds."""

    __slots__ = ("state",)

    def __init__(self, *seeds: int):
        state = 0
        for seed in seeds:
            state = mix(mix(state + GOLDEN) ^ mix(seed + GOLDEN))
        self.state = state

    def below(self, bound: int) -> int:
        """An integer in [0, bound), each equally likely to within 2**-64."""
        self.state = value = (self.state + GOLDEN) & MASK
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        return ((value ^ (value >> 31)) * bound) >> 64
