"""An n-gram language model: count what followed each short context, and interpolate between context lengths.

Kneser and Ney (1995); Chen and Goodman (1999), section 3, give the interpolated form and its three discounts used here.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from minillm.errors import ConfigError
from minillm.models.base import LanguageModel


@dataclass(frozen=True)
class NGramConfig:
    """The order of an n-gram model and how many n-grams it lists, for n from 1 to order."""

    vocab_size: int
    order: int = 3
    entries: tuple[int, ...] = ()
    end_id: int = 0
    min_gain: float = 0.0

    def __post_init__(self) -> None:
        for name in ("vocab_size", "order"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} = {getattr(self, name)} must be at least 1")
        if not 0 <= self.min_gain < math.inf:
            raise ConfigError(f"min_gain = {self.min_gain} must be at least 0; it is in nats")
        if not 0 <= self.end_id < self.vocab_size:
            raise ConfigError(f"end_id = {self.end_id} is outside the vocabulary, 0 to {self.vocab_size - 1}")
        entries = tuple(self.entries) or (self.vocab_size,) + (0,) * (self.order - 1)
        if len(entries) != self.order or entries[0] != self.vocab_size:
            raise ConfigError(f"entries = {entries} must name {self.order} numbers, the first of them vocab_size")
        object.__setattr__(self, "entries", entries)


class Level(nn.Module):
    """The n-grams of one n, sorted by the index of their first n−1 tokens among the (n−1)-grams, then by last token.

    ``logp`` is ln p(last token | the others), ``backoff`` the logarithm of the share of probability that the n-gram, as
    a context, leaves to what never followed it.
    """

    tokens: Int[Tensor, " ngrams"]
    parents: Int[Tensor, " ngrams"]
    logp: Float[Tensor, " ngrams"]
    backoff: Float[Tensor, " ngrams"]

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("tokens", torch.zeros(size, dtype=torch.int32))
        self.register_buffer("parents", torch.zeros(size, dtype=torch.int32))
        self.register_buffer("logp", torch.zeros(size))
        self.register_buffer("backoff", torch.zeros(size))


@dataclass
class RecentTokens:
    """What an n-gram model remembers: the last order − 1 tokens; None at the start."""

    tokens: Int[Tensor, "batch recent"] | None = None


class NGram(LanguageModel):
    """p(w | h) = max(a(h w) − D, 0) / a(h) + γ(h) · p(w | h'), down to the uniform 1/V.

    h is the context of n−1 tokens, h' the same without its first, a(h) = Σ_w a(h w). At the highest order a is the
    count; below, it is the number of different tokens that came before the n-gram, since a shorter context is asked
    only where the longer one had nothing to say: *Francisco* is frequent, but only after *San*. N-grams at the very
    beginning of a text, with nothing before them, keep their counts. D is one of three discounts, for a of 1, 2, and 3
    or more; γ(h) is what the discounts freed.

    N-grams whose listing makes all of the counted text likelier by less than min_gain nats, c(h w) · ln (p(w | h) /
    γ(h) p(w | h')), are left out, and γ(h) takes over their share (Seymore and Rosenfeld, 1996): the model becomes
    smaller and still sums to one.

    A text is read as end marker, tokens, end marker, as by every model here: contexts near its beginning are shorter.
    Each `Level` lists the n-grams seen: p(w | h) = exp(logp) if h w is among them, else exp(backoff(h)) p(w | h').
    """

    def __init__(self, config: NGramConfig) -> None:
        super().__init__()
        self.config = config
        for n, size in enumerate(config.entries, start=1):
            self.add_module(f"order{n}", Level(size))

    @property
    def levels(self) -> list[Level]:
        """The n-grams of 1, 2, ... tokens."""
        return [level for level in self.children() if isinstance(level, Level)]

    @classmethod
    def count(
        cls, sequences: Iterable[Sequence[int]], order: int, vocab_size: int, end_id: int = 0, min_gain: float = 0.0
    ) -> "NGram":
        """Count all n-grams of the sequences, for n from 1 to order, and smooth.

        Raises:
            ConfigError: a setting is impossible, there is no sequence, or one holds a token that it must not.
        """
        config = NGramConfig(vocab_size, order, end_id=end_id, min_gain=min_gain)
        counted = count_ngrams(*_joined(sequences, config), config)
        tables = smooth(counted, worth_keeping(counted, config), config)
        model = cls(NGramConfig(vocab_size, order, tuple(len(table["tokens"]) for table in tables), end_id, min_gain))
        for level, table in zip(model.levels, tables, strict=True):
            level.load_state_dict({name: torch.from_numpy(array) for name, array in table.items()})
        return model

    @torch.no_grad()
    def forward(
        self, token_ids: Int[Tensor, "batch time"], cache: RecentTokens | None = None
    ) -> Float[Tensor, "batch time vocab_size"]:
        """ln p of every token that could follow each position; token_ids begin with the end marker or go on a cache."""
        known = 0
        if cache is not None:
            if cache.tokens is not None:
                known, token_ids = cache.tokens.shape[1], torch.cat([cache.tokens, token_ids], dim=1)
            cache.tokens = token_ids[:, max(token_ids.shape[1] - self.config.order + 1, 0) :]
        rows = [
            torch.stack([self._log_distribution(row[: t + 1]) for t in range(known, len(row))])
            for row in token_ids.tolist()
        ]
        return torch.stack(rows)

    def new_cache(self) -> RecentTokens:
        """The memory at the beginning of a text."""
        return RecentTokens()

    def distribution(self, context: Sequence[int]) -> Float[np.ndarray, " vocab_size"]:
        """p(w | context) for every token w, for a context that starts at the beginning of a text."""
        _check(context, self.config)
        return self._log_distribution([self.config.end_id, *context]).double().exp().numpy()

    def _log_distribution(self, context: Sequence[int]) -> Float[Tensor, " vocab_size"]:
        logp = self.levels[0].logp.clone()
        for n in range(2, min(self.config.order, len(context) + 1) + 1):
            parent = self._find(context[len(context) - n + 1 :])
            if parent is None:
                break  # a context that was never seen is not part of a longer one that was
            first, last = self._children(n, parent)
            logp += self.levels[n - 2].backoff[parent]
            logp[self.levels[n - 1].tokens[first:last].long()] = self.levels[n - 1].logp[first:last]
        return logp

    def _children(self, n: int, parent: int) -> tuple[int, int]:
        """Where the n-grams that continue an (n−1)-gram begin and end."""
        first, last = torch.searchsorted(self.levels[n - 1].parents, torch.tensor([parent, parent + 1])).tolist()
        return first, last

    def _find(self, ngram: Sequence[int]) -> int | None:
        """The index of an n-gram among those of its length, or None."""
        index = ngram[0]
        for n, token in enumerate(ngram[1:], start=2):
            first, last = self._children(n, index)
            tokens = self.levels[n - 1].tokens[first:last]
            index = first + int(torch.searchsorted(tokens, token))
            if index == last or self.levels[n - 1].tokens[index] != token:
                return None
        return index

    def log_probs(self, sequence: Sequence[int]) -> Float[np.ndarray, " tokens"]:
        """ln p of each token of a sequence and of the end after it: len(sequence) + 1 numbers, in nats."""
        return self._log_probs([sequence])

    def nats_per_token(self, sequences: Iterable[Sequence[int]]) -> float:
        """Cross-entropy in nats a token, the end of each sequence counted as a token."""
        return float(-self._log_probs(sequences).mean())

    def _log_probs(self, sequences: Iterable[Sequence[int]]) -> Float[np.ndarray, " tokens"]:
        """All n-grams are looked up at once: an n-gram's code is the index of its context and its last token."""
        tokens, starts = _joined(sequences, self.config)
        ids = tokens
        logp = self.levels[0].logp.double().numpy()[tokens]
        for shorter, level in itertools.pairwise(self.levels):
            parents = np.roll(ids, 1)
            seen = (parents >= 0) & ~starts
            keys = level.parents.numpy().astype(np.int64) * self.config.vocab_size + level.tokens.numpy()
            codes = np.where(seen, parents * self.config.vocab_size + tokens, -1)
            index = np.searchsorted(keys, codes)
            found = np.append(keys, -2)[index] == codes
            logp[seen] += shorter.backoff.double().numpy()[parents[seen]]
            logp[found] = level.logp.double().numpy()[index[found]]
            ids = np.where(found, index, -1)
        return logp[~starts]

    def num_parameters(self) -> int:
        """How many probabilities and backoffs are stored."""
        return sum(level.logp.numel() + level.backoff.numel() for level in self.levels)


@dataclass
class Counted:
    """The n-grams of one n: their codes in order, how often and after how many different tokens they came."""

    keys: Int[np.ndarray, " ngrams"]
    counts: Int[np.ndarray, " ngrams"]
    adjusted: Int[np.ndarray, " ngrams"]
    suffixes: Int[np.ndarray, " ngrams"]  # index of the n-gram without its first token


def count_ngrams(
    tokens: Int[np.ndarray, " positions"], starts: Bool[np.ndarray, " positions"], config: NGramConfig
) -> list[Counted]:
    """Count by sorting: an n-gram is one integer, the index of its first n−1 tokens times V plus its last token."""
    vocab_size, end_id = config.vocab_size, config.end_id
    ids, counts = tokens, np.bincount(tokens[~starts], minlength=vocab_size)
    levels = [Counted(np.arange(vocab_size), counts, counts, np.zeros(vocab_size, dtype=np.int64))]
    begins = np.zeros(vocab_size, dtype=bool)  # whether an n-gram begins with the start marker
    for n in range(2, config.order + 1):
        contexts = np.roll(ids, 1)
        places = np.flatnonzero((contexts >= 0) & ~starts)
        keys, first, inverse, counts = np.unique(
            contexts[places] * vocab_size + tokens[places], return_index=True, return_inverse=True, return_counts=True
        )
        suffixes = ids[places[first]]
        preceded = np.bincount(suffixes, minlength=len(levels[-1].keys))
        levels[-1].adjusted = np.where(begins, levels[-1].counts, preceded)
        levels.append(Counted(keys, counts, counts, suffixes))
        begins = keys // vocab_size == end_id if n == 2 else begins[keys // vocab_size]
        ids = np.full(len(tokens), -1)
        ids[places] = inverse
    return levels


def discounts(adjusted: Int[np.ndarray, " ngrams"]) -> Float[np.ndarray, " 4"]:
    """What to take from a count of 0, 1, 2, and 3 or more: D_k = k − (k+1) Y n_{k+1}/n_k with Y = n_1 / (n_1 + 2 n_2).

    n_k is how many n-grams have a count of k. Where a text is too small or too regular for the formula to give a number
    between 0 and k, D_k is k/2. Chen and Goodman (1999), section 3.
    """
    n = np.bincount(adjusted.clip(max=5), minlength=6).astype(float)
    result = np.array([0, 0.5, 1.0, 1.5])
    for k in (1, 2, 3):
        if n[1] * n[k]:
            value = k - (k + 1) * n[1] / (n[1] + 2 * n[2]) * n[k + 1] / n[k]
            result[k] = value if 0 < value < k else result[k]
    return result


def smoothed(
    levels: list[Counted], kept: list[Bool[np.ndarray, "_"]], config: NGramConfig
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For n = 1, 2, ...: p(w | h) and γ(h) p(w | h') of each n-gram h w, and γ of each context h."""
    shorter = np.full(1, 1 / config.vocab_size)
    for level, keep in zip(levels, kept, strict=True):
        parents = level.keys // config.vocab_size
        discount = np.where(keep, discounts(level.adjusted)[level.adjusted.clip(max=3)], level.adjusted)
        totals = np.bincount(parents, weights=level.adjusted, minlength=len(shorter))
        freed = np.bincount(parents, weights=discount, minlength=len(shorter))
        backoff = np.where(totals > 0, freed / np.maximum(totals, 1), 1.0)
        from_shorter = backoff[parents] * shorter[level.suffixes]
        shorter = (level.adjusted - discount) / totals[parents] + from_shorter
        yield shorter, from_shorter, backoff


def worth_keeping(levels: list[Counted], config: NGramConfig) -> list[Bool[np.ndarray, "_"]]:
    """Which n-grams to list: those that gain enough, with all their beginnings and ends, and every single token."""
    everything = [np.ones(len(level.keys), dtype=bool) for level in levels]
    kept = [
        level.counts * np.log(probabilities / from_shorter) >= config.min_gain
        for level, (probabilities, from_shorter, _) in zip(levels, smoothed(levels, everything, config), strict=True)
    ]
    for n in range(len(levels) - 1, 0, -1):
        kept[n - 1][levels[n].keys[kept[n]] // config.vocab_size] = True
        kept[n - 1][levels[n].suffixes[kept[n]]] = True
    kept[0][:] = True
    return kept


def smooth(
    levels: list[Counted], kept: list[Bool[np.ndarray, "_"]], config: NGramConfig
) -> list[dict[str, np.ndarray]]:
    """The arrays of each `Level`, from the shortest n-grams to the longest."""
    tables: list[dict[str, np.ndarray]] = []
    before = np.ones(1, dtype=bool)  # which n-grams one token shorter are listed
    for level, keep, (probabilities, _, backoff) in zip(levels, kept, smoothed(levels, kept, config), strict=True):
        parents = (np.cumsum(before) - 1)[level.keys[keep] // config.vocab_size]
        if tables:
            tables[-1]["backoff"] = np.log(backoff[before]).astype(np.float32)
        tables.append(
            {
                "tokens": (level.keys[keep] % config.vocab_size).astype(np.int32),
                "parents": parents.astype(np.int32),
                "logp": np.log(probabilities[keep]).astype(np.float32),
                "backoff": np.zeros(keep.sum(), dtype=np.float32),
            }
        )
        before = keep
    return tables


def _joined(
    sequences: Iterable[Sequence[int]], config: NGramConfig
) -> tuple[Int[np.ndarray, " positions"], Bool[np.ndarray, " positions"]]:
    """All texts in one array, an end marker before and after each, and which positions are the marker before."""
    pieces = [np.array([config.end_id, *sequence, config.end_id]) for sequence in sequences]
    if not pieces:
        raise ConfigError("there are no sequences; an n-gram model needs at least one")
    tokens = np.concatenate(pieces)
    starts = np.zeros(len(tokens), dtype=bool)
    starts[np.cumsum([0, *(len(piece) for piece in pieces[:-1])])] = True
    _check(tokens, config)
    if (tokens == config.end_id).sum() != 2 * len(pieces):
        raise ConfigError(f"a sequence holds end_id = {config.end_id}, which is put around sequences; take it out")
    return tokens, starts


def _check(tokens: Sequence[int] | np.ndarray, config: NGramConfig) -> None:
    """A token outside the vocabulary would share its code with another n-gram."""
    array = np.asarray(tokens, dtype=np.int64)
    wrong = array[(array < 0) | (array >= config.vocab_size)]
    if len(wrong):
        raise ConfigError(f"token {wrong[0]} is outside the vocabulary, 0 to {config.vocab_size - 1}")
