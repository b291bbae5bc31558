"""Pairs of entries that are kept out of training, to ask for combinations that a model has never seen."""

from hashlib import blake2b

from minillm.town.words import Table


def pairs_apart(first: Table, second: Table, one_in: int = 16) -> frozenset[tuple[str, str]]:
    """About one in so many pairs of names, chosen by a hash."""
    return frozenset(
        (one.name, other.name)
        for one in first.entries
        for other in second.entries
        if blake2b(f"{one.name} {other.name}".encode()).digest()[0] % one_in == 0
    )
