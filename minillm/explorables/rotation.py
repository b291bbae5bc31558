"""Rotation: a query and a key as the hands of clocks."""

from collections.abc import Mapping, Sequence

from minillm.errors import ConfigError
from minillm.explorables.base import Explorable

BASES = (10, 100, 10000, 500000)
LIMIT = 64


def rotation(
    vectors: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    query_position: int = 12,
    key_position: int = 9,
    base: int = 10000,
) -> Explorable:
    """An explorable in which the reader moves a query and a key along a text and watches their score.

    Each pair of dimensions is a clock with two hands, one for the query and one for the key. A hand turns by
    base^(−2i/d_k) for each position, i being the number of the pair, and what the pair adds to the score is the product
    of the hands' lengths times the cosine of the angle between them. Su et al. (2021), section 3.2.

    Args:
        vectors: for each choice by name, a query and a key of the same even number of dimensions, at most 12; both
            are those before the rotation, and neighbors are a pair: (2i, 2i + 1).
        query_position, key_position: where they stand at first, 0 to 64.
        base: the base at first, one of `BASES`.

    Raises:
        ConfigError: a vector cannot be cut into pairs, the choices differ in size, or a number is outside its range.
    """
    sizes = {len(vector) for pair in vectors.values() for vector in pair}
    if len(sizes) != 1 or not sizes <= {2, 4, 6, 8, 10, 12}:
        raise ConfigError(f"queries and keys have {sorted(sizes)} dimensions; give all the same even number, 2 to 12")
    if base not in BASES:
        raise ConfigError(f"base = {base} is not offered; choose one of {list(BASES)}")
    for name, position in (("query_position", query_position), ("key_position", key_position)):
        if not 0 <= position <= LIMIT:
            raise ConfigError(f"{name} = {position} must be from 0 to {LIMIT}")
    data = {
        "vectors": [{"name": name, "query": list(q), "key": list(k)} for name, (q, k) in vectors.items()],
        "positions": [query_position, key_position],
        "limit": LIMIT,
        "bases": list(BASES),
        "base": base,
    }
    alt = (
        f"{sizes.pop() // 2} clocks, one for each pair of dimensions, with a hand for the query and one for the key; "
        "sliders for both positions; what each clock adds to the score, and the score at every distance."
    )
    return Explorable("rotation", data, alt)
