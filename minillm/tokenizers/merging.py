"""Byte pair encoding itself: which pairs to merge (training) and merging them (encoding).

Each comes twice, once to be read and once to be used, with the same results: `merges` and `fast_merges` learn,
`apply_merges` and `fast_apply_merges` encode. Source: Sennrich, Haddow and Birch (2016), algorithm 1; on bytes, Radford
et al. (2019).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf

Pair = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Merge:
    """One step of training."""

    pair: Pair
    """Two tokens that stand side by side."""
    count: int
    """How often they did, at that step."""

    @property
    def token(self) -> bytes:
        """The new token, which takes their place."""
        return self.pair[0] + self.pair[1]


def merge_pair(tokens: list, pair: tuple, token: object) -> list:
    """Replace every occurrence of a pair, from left to right, by one token."""
    merged, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == pair:
            merged.append(token)
            i += 2
        else:
            merged.append(tokens[i])
            i += 1
    return merged


def merges(pretokens: Mapping[bytes, int], max_token_length: float = inf) -> Iterator[Merge]:
    """Learn merges from pretokens and how often each occurs, until nothing is left to merge.

    Always the most frequent pair; among equally frequent ones the greater pair of byte strings. Pairs that together
    have more than max_token_length bytes are left alone.
    """
    words = [([bytes([byte]) for byte in pretoken], count) for pretoken, count in pretokens.items()]
    while True:
        counts: Counter[Pair] = Counter()
        for tokens, count in words:
            for pair in pairwise(tokens):
                if len(pair[0] + pair[1]) <= max_token_length:
                    counts[pair] += count
        if not counts:
            return
        step = Merge(*max(counts.items(), key=lambda item: (item[1], item[0])))
        yield step
        words = [(merge_pair(tokens, step.pair, step.token), count) for tokens, count in words]


def fast_merges(pretokens: Mapping[bytes, int], max_token_length: float = inf) -> Iterator[Merge]:
    """What `merges` yields, counting again only in the pretokens that a merge changes.

    A heap holds every count that a pair has had since it last grew or shrank; an entry that is out of date is passed
    over when it comes up.
    """
    words = [[bytes([byte]) for byte in pretoken] for pretoken in pretokens]
    occurrences = list(pretokens.values())
    counts: Counter[Pair] = Counter()
    where: dict[Pair, set[int]] = defaultdict(set)
    for i, tokens in enumerate(words):
        for pair in pairwise(tokens):
            counts[pair] += occurrences[i]
            where[pair].add(i)
    heap = [_entry(pair, count) for pair, count in counts.items()]
    heapq.heapify(heap)
    while heap:
        minus_count, _, pair = heapq.heappop(heap)
        step = Merge(pair, -minus_count)
        if counts.get(pair) != step.count or len(step.token) > max_token_length:
            continue
        yield step
        before: Counter[Pair] = Counter()
        for i in where.pop(pair):
            for old in pairwise(words[i]):
                before[old] += occurrences[i]
            words[i] = merge_pair(words[i], pair, step.token)
            for new in pairwise(words[i]):
                before[new] -= occurrences[i]
                where[new].add(i)
        for changed, loss in before.items():
            if loss:
                counts[changed] -= loss
                if counts[changed]:
                    heapq.heappush(heap, _entry(changed, counts[changed]))
                else:
                    del counts[changed]


def _entry(pair: Pair, count: int) -> tuple[int, tuple[str, ...], Pair]:
    """A heap's smallest entry is the most frequent pair, and the greatest among equals."""
    return -count, tuple(part.decode("latin-1").translate(_FLIP) + "\u0100" for part in pair), pair


# Byte b becomes the character 255 − b, and a character beyond them all ends the string: the order is reversed.
_FLIP = {byte: 255 - byte for byte in range(256)}


def apply_merges(pretoken: bytes, ranks: Mapping[Pair, int]) -> list[bytes]:
    """Encode: of all neighbors that can be merged, merge those learned first; the leftmost if there are several."""
    tokens = [bytes([byte]) for byte in pretoken]
    while len(tokens) > 1:
        rank, i = min((ranks.get(pair, inf), i) for i, pair in enumerate(pairwise(tokens)))
        if rank == inf:
            break
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens
