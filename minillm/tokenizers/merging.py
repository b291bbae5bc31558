"""Byte pair encoding itself: which pairs to merge (training) and merging them (encoding).

Each comes twice, once to be read and once to be used, with the same results: `merges` and `fast_merges` learn,
`apply_merges` and `fast_apply_merges` encode. Source: Sennrich, Haddow and Birch (2016), algorithm 1; on bytes, Radford
et al. (2019).
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise, product
from math import inf

from minillm.tokenizers.memo import Memo

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
    """What `merges` yields, counting again only around the places that a merge changes.

    A heap holds every count that a pair has had; an entry that is out of date is passed over when it comes up.
    """
    words = [([bytes([byte]) for byte in pretoken], count) for pretoken, count in pretokens.items()]
    counts: Counter[Pair] = Counter()
    where: defaultdict[Pair, set[int]] = defaultdict(set)
    for i, (tokens, count) in enumerate(words):
        for pair in pairwise(tokens):
            counts[pair] += count
            where[pair].add(i)
    heap = [_entry(pair, count) for pair, count in counts.items()]
    heapq.heapify(heap)
    while heap:
        minus_count, _, pair = heapq.heappop(heap)
        if counts[pair] != -minus_count or len(pair[0] + pair[1]) > max_token_length:
            continue
        yield (step := Merge(pair, -minus_count))
        changes: Counter[Pair] = Counter()
        for i in where.pop(pair):
            tokens, count = words[i]
            for changed, change in _merge_in_place(tokens, pair, step.token):
                changes[changed] += change * count
                if change > 0:
                    where[changed].add(i)
        for changed, change in changes.items():
            counts[changed] += change
            if change and counts[changed]:
                heapq.heappush(heap, _entry(changed, counts[changed]))


def _merge_in_place(tokens: list[bytes], pair: Pair, token: bytes) -> Iterator[tuple[Pair, int]]:
    """Do in a list what `merge_pair` does, and say which pairs go (−1) and which come (+1)."""
    left, right = pair
    i = -1
    with suppress(ValueError):  # index raises it after the last place
        while True:
            i = tokens.index(left, i + 1)
            if tokens[i + 1 : i + 2] == [right]:
                yield pair, -1
                if i > 0:
                    yield (tokens[i - 1], left), -1
                    yield (tokens[i - 1], token), +1
                if i + 2 < len(tokens):
                    yield (right, tokens[i + 2]), -1
                    yield (token, tokens[i + 2]), +1
                tokens[i : i + 2] = [token]


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


def fast_apply_merges(pretoken: bytes, ranks: Mapping[Pair, int]) -> list[bytes]:
    """What `apply_merges` returns, in n log n steps instead of n².

    A heap holds the possible merges by rank and place. A merged token takes the place of its left part and leaves
    b"" in that of its right part; ``before`` and ``after`` lead over such gaps.
    """
    tokens = [bytes([byte]) for byte in pretoken]
    end = len(tokens)
    before, after = list(range(-1, end - 1)), list(range(1, end + 1))
    heap = [(ranks[pair], i, pair) for i, pair in enumerate(pairwise(tokens)) if pair in ranks]
    heapq.heapify(heap)
    while heap:
        _, i, (left, right) = heapq.heappop(heap)
        j = after[i]
        if j == end or tokens[i] != left or tokens[j] != right:
            continue
        tokens[i], tokens[j] = left + right, b""
        after[i] = after[j]
        neighbors = []
        if before[i] >= 0:
            neighbors.append((before[i], (tokens[before[i]], tokens[i])))
        if after[i] < end:
            before[after[i]] = i
            neighbors.append((i, (tokens[i], tokens[after[i]])))
        for place, pair in neighbors:
            if pair in ranks:
                heapq.heappush(heap, (ranks[pair], place, pair))
    return [token for token in tokens if token]


class Seams:
    """Where a pretoken can be cut without changing its tokens: between characters that no token joins.

    If no token of the vocabulary holds the end of one character and the beginning of the next, no merge ever reaches
    across. Chinese pretokens are long and hardly repeat; the parts between the seams are short and do.
    """

    def __init__(self, vocab: Iterable[bytes]) -> None:
        self._joined: set[Pair] = set()
        for token in vocab:
            starts = (i for i, byte in enumerate(token) if byte & 0xC0 != 0x80)
            cuts = sorted({0, *starts, len(token)})
            self._joined.update((token[a:b], token[b:c]) for a, b, c in zip(cuts, cuts[1:], cuts[2:], strict=False))
        self._is_seam = Memo(self._no_token_joins)

    def cut(self, pretoken: str) -> list[str]:
        """The parts of a pretoken that can be encoded one by one."""
        seams = [i for i, pair in enumerate(pairwise(pretoken), start=1) if self._is_seam[pair]]
        return [pretoken[start:end] for start, end in pairwise([0, *seams, len(pretoken)])]

    def _no_token_joins(self, pair: tuple[str, str]) -> bool:
        left, right = pair[0].encode(), pair[1].encode()
        endings = [left[i:] for i in range(len(left))]
        beginnings = [right[:j] for j in range(1, len(right) + 1)]
        return self._joined.isdisjoint(product(endings, beginnings))
