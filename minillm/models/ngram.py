"""An n-gram language model: count what followed each short context, and interpolate between context lengths.

Witten and Bell (1991), method C; Chen and Goodman (1999), section 2.4, give it in the recursive form used here.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float, Int

from minillm.errors import ConfigError


class NGram:
    """p_n(w | h) = (c(h w) + T(h) · p_{n−1}(w | h')) / (c(h) + T(h)), down to the uniform p_0(w) = 1/V.

    h is the context of n−1 tokens, h' the same without its first; c counts, and T(h) is how many different tokens
    followed h: a context that was followed by many different tokens trusts its own counts less. For a context
    never seen the formula is p_{n−1}. Sequences are padded with order − 1 end tokens before and one after, so the
    model also knows how texts begin and end.

    An n-gram is stored as one integer, the index of its first n−1 tokens among the (n−1)-grams times V plus its last
    token, so that counting is sorting and looking up is binary search.
    """

    def __init__(self, order: int, vocab_size: int, end_id: int = 0) -> None:
        if order < 1 or vocab_size < 1:
            raise ConfigError(f"order = {order} and vocab_size = {vocab_size} must both be at least 1")
        if not 0 <= end_id < vocab_size:
            raise ConfigError(f"end_id = {end_id} is outside the vocabulary, 0 to {vocab_size - 1}")
        self.order, self.vocab_size, self.end_id = order, vocab_size, end_id
        self.keys: list[np.ndarray] = []  # level n: sorted codes of the n-grams seen, n = 1 .. order
        self.counts: list[np.ndarray] = []
        self.context_totals: list[np.ndarray] = []  # level n: c(h) and T(h) of each context h of n - 1 tokens
        self.context_types: list[np.ndarray] = []

    @classmethod
    def train(cls, sequences: Iterable[Sequence[int]], order: int, vocab_size: int, end_id: int = 0) -> "NGram":
        """Count all n-grams of the sequences, for n from 1 to order."""
        model = cls(order, vocab_size, end_id)
        tokens, predicted = model._padded(sequences)
        context_ids = np.zeros(len(tokens), dtype=np.int64)  # of the n - 1 tokens before each position; none yet
        num_contexts = 1
        for _ in range(order):
            codes = context_ids * vocab_size + tokens
            # Padding extends contexts, so it must be in the table, but it is never predicted: its count is zero.
            keys, ids = np.unique(codes, return_inverse=True)
            counts = np.bincount(ids, weights=predicted, minlength=len(keys))
            parents = keys // vocab_size
            model.keys.append(keys)
            model.counts.append(counts)
            model.context_totals.append(np.bincount(parents, weights=counts, minlength=num_contexts))
            model.context_types.append(np.bincount(parents, weights=counts > 0, minlength=num_contexts))
            context_ids = np.roll(ids, 1)
            num_contexts = len(keys)
        return model

    def log_probs(self, sequence: Sequence[int]) -> Float[np.ndarray, " tokens"]:
        """ln p of each token of a sequence and of the end after it: len(sequence) + 1 numbers, in nats."""
        tokens, predicted = self._padded([sequence])
        probabilities = np.full(len(tokens), 1 / self.vocab_size)
        context_ids = np.zeros(len(tokens), dtype=np.int64)
        for level in range(self.order):
            ids = self._find(level, context_ids * self.vocab_size + tokens)
            counts = np.where((ids >= 0) & (context_ids >= 0), self.counts[level][ids], 0.0)
            totals = np.where(context_ids >= 0, self.context_totals[level][context_ids], 0.0)
            types = np.where(context_ids >= 0, self.context_types[level][context_ids], 0.0)
            known = totals > 0
            mixed = (counts + types * probabilities) / np.where(known, totals + types, 1.0)
            probabilities = np.where(known, mixed, probabilities)
            context_ids = np.roll(np.where(context_ids >= 0, ids, -1), 1)
        return np.log(probabilities[predicted])

    def nats_per_token(self, sequences: Iterable[Sequence[int]]) -> float:
        """Cross-entropy in nats a token, the end of each sequence counted as a token."""
        log_probs = [self.log_probs(sequence) for sequence in sequences]
        if not log_probs:
            raise ConfigError("no sequences to evaluate; give at least one")
        return float(-np.concatenate(log_probs).mean())

    def distribution(self, context: Sequence[int]) -> Float[np.ndarray, " vocab_size"]:
        """p(w | context) for every token w, for a context that starts at the beginning of a text."""
        self._check(context)
        padded = [self.end_id] * (self.order - 1) + list(context)
        probabilities = np.full(self.vocab_size, 1 / self.vocab_size)
        for level in range(self.order):
            context_id = self._context_id(padded[len(padded) - level :])
            if context_id < 0 or (total := self.context_totals[level][context_id]) == 0:
                break
            codes = context_id * self.vocab_size + np.arange(self.vocab_size)
            ids = self._find(level, codes)
            counts = np.where(ids >= 0, self.counts[level][ids], 0.0)
            types = self.context_types[level][context_id]
            probabilities = (counts + types * probabilities) / (total + types)
        return probabilities

    def generate(self, context: Sequence[int], max_new_tokens: int, rng: np.random.Generator) -> list[int]:
        """Sample a continuation, without the end token that stops it."""
        tokens = list(context)
        while len(tokens) < len(context) + max_new_tokens:
            token = int(rng.choice(self.vocab_size, p=self.distribution(tokens)))
            if token == self.end_id:
                break
            tokens.append(token)
        return tokens[len(context) :]

    def _context_id(self, context: Sequence[int]) -> int:
        context_id = 0
        for level, token in enumerate(context):
            if context_id >= 0:
                context_id = int(self._find(level, np.array([context_id * self.vocab_size + token]))[0])
        return context_id

    def _find(self, level: int, codes: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The index of each code among the n-grams of a level, -1 where it was never seen."""
        index = np.searchsorted(self.keys[level], codes).clip(max=len(self.keys[level]) - 1)
        return np.where(self.keys[level][index] == codes, index, -1)

    def _padded(self, sequences: Iterable[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """All tokens in one array with their padding, and which of them are to be predicted."""
        before = [self.end_id] * max(self.order - 1, 0)
        tokens: list[int] = []
        predicted: list[bool] = []
        for sequence in sequences:
            tokens += [*before, *sequence, self.end_id]
            predicted += [False] * len(before) + [True] * (len(sequence) + 1)
        if not tokens:
            raise ConfigError("an n-gram model needs at least one sequence to count")
        self._check(tokens)
        return np.array(tokens, dtype=np.int64), np.array(predicted)

    def _check(self, tokens: Sequence[int]) -> None:
        """A token outside the vocabulary would share its code with another n-gram."""
        if len(tokens) and not (min(tokens) >= 0 and max(tokens) < self.vocab_size):
            wrong = next(token for token in tokens if not 0 <= token < self.vocab_size)
            raise ConfigError(f"token {wrong} is outside the vocabulary, 0 to {self.vocab_size - 1}")
