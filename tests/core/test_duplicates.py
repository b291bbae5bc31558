"""Copies and near-copies: shingles against a plain definition, MinHash against Jaccard, groups against brute force."""

import itertools
import random
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from minillm import town
from minillm.duplicates import MinHash, fingerprint, jaccard, near_duplicates, shingles, without_duplicates
from minillm.errors import ConfigError

words = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "and", "ran"]), max_size=12)


@given(words, st.integers(1, 6))
def test_shingles_are_all_runs(text, size):
    runs = {" ".join(text[i : i + size]) for i in range(max(len(text) - size + 1, 1))} if text else set()
    assert shingles(", ".join(text).upper() + "!", size) == runs


def test_a_chinese_character_is_a_word():
    assert shingles("米米去了2024年的 park。", 3) == {
        "米 米 去", "米 去 了", "去 了 2024", "了 2024 年", "2024 年 的", "年 的 park",
    }  # fmt: skip


@given(st.text("ab \n\t\rÉe\u0301ＡA", max_size=12), st.text("ab \n\t\rÉe\u0301ＡA", max_size=12))
def test_a_fingerprint_sees_words_and_nothing_else(one, other):
    import unicodedata

    plain = [re.sub(r"\s+", " ", unicodedata.normalize("NFKC", t).casefold()).strip() for t in (one, other)]
    assert (fingerprint(one) == fingerprint(other)) == (plain[0] == plain[1])


def test_copies_that_look_different_have_one_fingerprint():
    assert fingerprint("Mia  saw\r\na kite.") == fingerprint("mia saw a Kite.\n")
    assert fingerprint("Mia saw a kite.") != fingerprint("Mia saw a kite!")


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_jaccard_is_counted(one, other):
    one, other = {str(i) for i in one}, {str(i) for i in other}
    both = sum(str(i) in one and str(i) in other for i in range(10))
    either = sum(str(i) in one or str(i) in other for i in range(10))
    assert jaccard(one, other) == (both / either if either else 1)


@pytest.mark.parametrize("similarity", [0.1, 0.5, 0.9])
def test_signatures_agree_as_often_as_sets_do(similarity):
    """Two texts of single words with a known overlap; within what a binomial allows once in 10^6."""
    shared = round(200 * similarity)
    own = (200 - shared) // 2
    one = " ".join(f"w{i}" for i in range(shared + own))
    other = " ".join(f"w{i}" for i in [*range(shared), *range(1000, 1000 + own)])
    real = jaccard(shingles(one, 1), shingles(other, 1))
    first, second = MinHash(2000, size=1, seed=3).signatures([one, other])
    low, high = binom.interval(1 - 1e-6, 2000, real)
    assert low <= (first == second).sum() <= high


def test_signatures_depend_on_the_set_and_the_seed_alone():
    minhash = MinHash(16, size=1)
    assert (minhash.signature("a b c") == minhash.signature("c a b b a")).all()
    assert (MinHash(16, size=1).signature("a b c") == minhash.signature("a b c")).all()
    assert (MinHash(16, size=1, seed=1).signature("a b c") != minhash.signature("a b c")).any()
    assert (minhash.signature("") == minhash.signature("?!")).all()
    assert (minhash.signature("") != minhash.signature("a")).all()


def retold(text, generator, share=0.03):
    told = text.split()
    return " ".join(generator.choice(told) if generator.random() < share else word for word in told)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_near_copies_are_found_and_strangers_are_not(lang):
    generator = random.Random(0)
    stories = [str(story) for story in town.stories("train", lang, count=60)]
    spread = [story if lang == "en" else " ".join(story) for story in stories]
    copies = [retold(story, generator) for story in spread[:20]]
    found = near_duplicates(stories + copies, threshold=0.35)
    assert set(found) == {(i, 60 + i) for i in range(20)}
    kept = without_duplicates(80, found)
    assert kept == list(range(60))


@settings(max_examples=30)
@given(st.lists(words, min_size=1, max_size=8), st.floats(0.2, 0.9))
def test_pairs_are_those_of_the_signatures(texts, threshold):
    """With as many bands as places, every pair with one equal place is compared, so nothing can be missed."""
    texts = [" ".join(text) for text in texts]
    minhash = MinHash(32, size=2)
    signatures = minhash.signatures(texts)
    expected = {}
    for i, j in itertools.combinations(range(len(texts)), 2):
        share = float(np.mean(signatures[i] == signatures[j]))
        if share >= threshold:
            expected[i, j] = share
    assert near_duplicates(texts, threshold, minhash, bands=32) == expected


@given(st.integers(1, 8), st.data())
def test_one_of_each_group_is_kept(count, data):
    number = st.integers(0, count - 1)
    pairs = [pair for pair in data.draw(st.lists(st.tuples(number, number), max_size=8)) if pair[0] != pair[1]]
    groups = [{number} for number in range(count)]
    for one, other in pairs:
        first, second = (next(g for g in groups if number in g) for number in (one, other))
        if first is not second:
            groups.remove(second)
            first |= second
    assert without_duplicates(count, pairs) == sorted(min(group) for group in groups)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MinHash(0), "num_hashes = 0"),
        (lambda: MinHash(8, size=0), "size = 0"),
        (lambda: near_duplicates(["a"], minhash=MinHash(10), bands=3), "10 places cannot be cut into 3"),
    ],
)
def test_what_cannot_be_is_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
