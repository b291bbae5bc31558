"""Texts that occur twice, exactly or nearly, found before training: a model is not to be tested on what it has read.

Lee et al. (2022), "Deduplicating Training Data Makes Language Models Better".
"""

import hashlib
import random
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from minillm.errors import ConfigError

PRIME = 4_294_967_311  # the first above 2³²
EMPTY = PRIME  # the signature of a text without shingles: larger than every hash


def fingerprint(text: str) -> str:
    """A hash that is equal for texts which differ only in letter case, spaces, line ends or Unicode form."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return hashlib.blake2b(plain.encode(), digest_size=16).hexdigest()


def shingles(text: str, size: int = 5) -> set[str]:
    """Every run of ``size`` words; a Chinese character is a word, as are the runs of other letters and digits.

    A text of fewer words is one shingle. Case and punctuation do not count.
    """
    words: list[str] = []
    joined = False
    for character in unicodedata.normalize("NFKC", text).casefold():
        single = "\u3400" <= character <= "\u9fff"
        if not (single or character.isalnum()):
            joined = False
        elif joined and not single:
            words[-1] += character
        else:
            words.append(character)
            joined = not single
    if not words:
        return set()
    return {" ".join(words[i : i + size]) for i in range(max(1, len(words) - size + 1))}


def jaccard(one: set[str], other: set[str]) -> float:
    """Shared shingles by all shingles of both, from 0 to 1; two texts without any are alike."""
    return len(one & other) / len(one | other) if one or other else 1.0


class MinHash:
    """Short signatures of texts, which agree in as large a share of places as the texts do in shingles.

    Each place holds the least hash of the text's shingles under a random function of its own; two sets have the same
    least element with a probability that is their Jaccard similarity. So the share of equal places estimates it, with a
    standard error of √(J (1 − J) / num_hashes).

    Broder (1997), "On the Resemblance and Containment of Documents", section 3.
    """

    def __init__(self, num_hashes: int = 128, size: int = 5, seed: int = 0) -> None:
        if num_hashes < 1 or size < 1:
            raise ConfigError(f"num_hashes = {num_hashes} and size = {size} must be at least 1")
        generator = random.Random(seed)
        self.size = size
        self._factors = np.array([generator.randrange(1, 2**32) for _ in range(num_hashes)], dtype=np.uint64)
        self._offsets = np.array([generator.randrange(2**32) for _ in range(num_hashes)], dtype=np.uint64)

    def signature(self, text: str) -> np.ndarray:
        """The least hash of the text's shingles, for each function: (num_hashes,)."""
        parts = [hashlib.blake2b(s.encode(), digest_size=4).digest() for s in shingles(text, self.size)]
        if not parts:
            return np.full(len(self._factors), EMPTY, dtype=np.uint64)
        hashes = np.frombuffer(b"".join(parts), dtype="<u4").astype(np.uint64)
        return ((hashes[:, None] * self._factors + self._offsets) % np.uint64(PRIME)).min(axis=0)

    def signatures(self, texts: Iterable[str]) -> np.ndarray:
        """One signature a row: (texts, num_hashes)."""
        return np.stack([self.signature(text) for text in texts])


def near_duplicates(
    texts: Sequence[str], threshold: float = 0.5, minhash: MinHash | None = None, bands: int = 64
) -> dict[tuple[int, int], float]:
    """Pairs of texts (i, j), i < j, whose estimated similarity is at least the threshold.

    Comparing all pairs would grow with the square of their number. Instead the places of the signatures are cut into
    bands, and only texts that agree in all of a band are compared: with b bands of r places a pair of similarity s is
    looked at with probability 1 − (1 − sʳ)ᵇ.

    Raises:
        ConfigError: the places cannot be cut into that many equal bands.

    Source: Leskovec et al. (2020), "Mining of Massive Datasets", section 3.4.
    """
    signatures = (minhash or MinHash()).signatures(texts)
    if bands < 1 or signatures.shape[1] % bands:
        raise ConfigError(f"{signatures.shape[1]} places cannot be cut into {bands} equal bands; choose a divisor")
    found: dict[tuple[int, int], float] = {}
    for band in np.split(signatures, bands, axis=1):
        alike: dict[bytes, list[int]] = {}
        for number, row in enumerate(band):
            alike.setdefault(row.tobytes(), []).append(number)
        for group in alike.values():
            for place, first in enumerate(group):
                for second in group[place + 1 :]:
                    if (first, second) not in found:
                        found[first, second] = float((signatures[first] == signatures[second]).mean())
    return {pair: share for pair, share in sorted(found.items()) if share >= threshold}


def without_duplicates(count: int, pairs: Mapping[tuple[int, int], float] | Iterable[tuple[int, int]]) -> list[int]:
    """The numbers 0 .. count − 1, of each group that pairs connect only the first."""
    first = list(range(count))

    def root(number: int) -> int:
        while first[number] != number:
            first[number] = first[first[number]]
            number = first[number]
        return number

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        first[high] = low
    return [number for number in range(count) if root(number) == number]
