"""Byte pair encoding: learned and applied as defined, the fast way as the readable way, in any order of the corpus."""

from collections import Counter
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.tokenizers.merging import Seams, apply_merges, fast_apply_merges, fast_merges, merge_pair, merges

words = st.dictionaries(st.binary(min_size=1, max_size=12), st.integers(1, 9), max_size=12)
# Few letters: pairs overlap, counts tie, tokens are each other's beginnings.
dense_words = st.dictionaries(st.text("ab", min_size=1, max_size=14).map(str.encode), st.integers(1, 4), max_size=8)
chinese = st.text("小猫的家了。aé🐈", min_size=1, max_size=14)


def learned(steps, count=None):
    return [(step.pair, step.count, step.token) for step in islice(steps, count)]


def test_an_example_by_hand():
    # Sennrich et al. (2016), with "greater first" among equals: es and st occur 9 times, and st is the greater.
    steps = learned(merges({b"low": 5, b"lower": 2, b"newest": 6, b"widest": 3}), 5)
    assert steps == [
        ((b"s", b"t"), 9, b"st"),
        ((b"e", b"st"), 9, b"est"),
        ((b"o", b"w"), 7, b"ow"),
        ((b"l", b"ow"), 7, b"low"),
        ((b"w", b"est"), 6, b"west"),
    ]


def test_pairs_are_greater_as_byte_strings_not_as_ids_or_text():
    # A prefix is the smaller string, a high byte the greater, and the left part is compared before the right one.
    for pretokens, greatest in [
        ({b"ab": 1, b"cd": 1}, (b"c", b"d")),
        ({b"a\x00": 1, b"a\xff": 1}, (b"a", b"\xff")),
        ({b"az": 1, b"ba": 1}, (b"b", b"a")),
    ]:
        assert next(merges(pretokens)).pair == next(fast_merges(pretokens)).pair == greatest
    # After "xy" is a token, it is greater than "x" before "z" although it was made later.
    assert [s.pair for s in fast_merges({b"xy": 3, b"xyq": 1, b"xz": 1})] == [(b"x", b"y"), (b"xy", b"q"), (b"x", b"z")]


@given(st.one_of(words, dense_words))
def test_fast_training_is_readable_training(pretokens):
    assert learned(fast_merges(pretokens)) == learned(merges(pretokens))


@given(st.one_of(words, dense_words), st.integers(2, 6))
def test_fast_training_with_a_limit_is_readable_training(pretokens, limit):
    steps = learned(fast_merges(pretokens, limit))
    assert steps == learned(merges(pretokens, limit))
    assert all(len(token) <= limit for _, _, token in steps)


@given(st.one_of(words, dense_words))
def test_every_step_merges_a_most_frequent_pair(pretokens):
    """Counted here from the tokens as written-out strings, independently of the package's loops."""
    tokens = {word: [bytes([b]) for b in word] for word in pretokens}
    for step in merges(pretokens):
        counts = Counter()
        for word, pieces in tokens.items():
            for i in range(len(pieces) - 1):
                counts[pieces[i], pieces[i + 1]] += pretokens[word]
        best = max(counts.values())
        assert step.count == best
        assert step.pair == max(pair for pair, count in counts.items() if count == best)
        for pieces in tokens.values():
            i = 0
            while i + 1 < len(pieces):
                if (pieces[i], pieces[i + 1]) == step.pair:
                    pieces[i : i + 2] = [step.token]
                i += 1
    assert all(pieces == [word] for word, pieces in tokens.items())


@given(st.one_of(words, dense_words), st.randoms(use_true_random=False))
def test_the_order_of_the_corpus_does_not_matter(pretokens, random):
    shuffled = list(pretokens.items())
    random.shuffle(shuffled)
    assert learned(fast_merges(dict(shuffled))) == learned(fast_merges(pretokens))


@given(dense_words)
def test_no_token_is_made_twice(pretokens):
    tokens = [step.token for step in fast_merges(pretokens)]
    assert len(set(tokens)) == len(tokens)


@given(st.lists(st.sampled_from("ab"), max_size=12), st.sampled_from([("a", "b"), ("a", "a"), ("b", "a")]))
def test_merging_a_pair_is_replacing_text(tokens, pair):
    assert merge_pair(tokens, pair, "-") == list("".join(tokens).replace("".join(pair), "-"))


@given(st.one_of(words, dense_words), st.data())
def test_fast_encoding_is_readable_encoding(pretokens, data):
    ranks = {step.pair: rank for rank, step in enumerate(islice(merges(pretokens), data.draw(st.integers(0, 40))))}
    for text in [*pretokens, data.draw(st.binary(max_size=30)), data.draw(st.text("ab", max_size=40)).encode()]:
        tokens = apply_merges(text, ranks)
        assert fast_apply_merges(text, ranks) == tokens
        assert b"".join(tokens) == text
        assert not any(pair in ranks for pair in pairwise(tokens))


@given(st.lists(st.tuples(st.text("ab", min_size=1, max_size=3), st.text("ab", min_size=1, max_size=3)), unique=True))
def test_fast_encoding_is_readable_encoding_whatever_the_ranks(pairs):
    """Foreign vocabularies may rank a merge before those that lead to it."""
    ranks = {(left.encode(), right.encode()): rank for rank, (left, right) in enumerate(pairs)}
    for text in (b"abababbaabab", b"aaaaaaaaa", b"bababaaabbb", b"", b"a"):
        assert fast_apply_merges(text, ranks) == apply_merges(text, ranks)


@given(dense_words)
def test_encoding_a_training_word_repeats_its_training(pretokens):
    steps = list(merges(pretokens))
    for stop in range(len(steps) + 1):
        ranks = {step.pair: rank for rank, step in enumerate(steps[:stop])}
        for word in pretokens:
            tokens = [bytes([b]) for b in word]
            for step in steps[:stop]:
                tokens = merge_pair(tokens, step.pair, step.token)
            assert apply_merges(word, ranks) == tokens


@given(st.lists(chinese, max_size=8), chinese)
def test_cutting_at_seams_changes_nothing(texts, text):
    """Also where tokens begin or end in the middle of a character, as frequent pieces of Chinese do."""
    steps = list(islice(merges(Counter(t.encode() for t in texts)), 60))
    ranks = {step.pair: rank for rank, step in enumerate(steps)}
    parts = Seams(step.token for step in steps).cut(text)
    assert "".join(parts) == text and all(parts)
    assert [token for part in parts for token in apply_merges(part.encode(), ranks)] == apply_merges(
        text.encode(), ranks
    )


def test_seams_are_found_and_respected():
    cat, de = "猫".encode(), "的".encode()
    assert Seams([]).cut("猫的猫") == ["猫", "的", "猫"]
    assert Seams([cat + de]).cut("猫的猫") == ["猫的", "猫"]
    assert Seams([cat + de[:1]]).cut("猫的猫") == ["猫的", "猫"]  # ends within a character
    assert Seams([cat[2:] + de]).cut("猫的猫") == ["猫的", "猫"]  # begins within a character
    assert Seams([cat[1:] + de + cat[:2]]).cut("猫的猫的") == ["猫的猫的"]
    assert Seams([cat + de]).cut("八的猫白") == ["八", "的", "猫", "白"]  # which share a byte with 猫 and 的
    assert Seams([cat[:2], de]).cut("猫的猫") == ["猫", "的", "猫"]  # within characters only


@pytest.mark.parametrize("text", [b"a" * 20_000, b"ab" * 10_000, bytes(range(256)) * 80])
def test_a_long_pretoken_takes_no_quadratic_time(text):
    steps = list(islice(fast_merges({text: 1}), 30))
    ranks = {step.pair: rank for rank, step in enumerate(steps)}
    comparisons = Counted(ranks)
    assert b"".join(fast_apply_merges(text, comparisons)) == text
    assert comparisons.lookups < 8 * len(text)


class Counted(dict):
    """A dictionary that counts how often it is asked."""

    lookups = 0

    def __contains__(self, key):
        self.lookups += 1
        return super().__contains__(key)
