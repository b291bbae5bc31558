"""One token for each word: known words come back, others are unknown, and mistakes have names."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import CheckpointError, ConfigError, SpecialTokenError
from minillm.tokenizers import END, UNKNOWN, CharacterTokenizer, WordTokenizer, load_tokenizer
from tests.core.bpe_texts import any_texts


@given(st.lists(any_texts, min_size=1))
def test_training_texts_come_back(texts):
    tokenizer = WordTokenizer.train(["a", *texts])
    for text in texts:
        assert tokenizer.decode(tokenizer.encode(text)) == text
        assert "".join(tokenizer.decode_iterable(tokenizer.encode(text))) == text


def test_words_in_full():
    tokenizer = WordTokenizer.train(["the cat and the dog.", "and the cat"])
    assert tokenizer.words[:2] == [" cat", " the"]  # twice each; then by code point
    assert tokenizer.words[2:] == [" and", " dog", ".", "and", "the"]
    assert tokenizer.special_tokens == {END: 0, UNKNOWN: 1} and tokenizer.end_id == 0 and tokenizer.vocab_size == 9
    ids = tokenizer.encode("the cat and a dog<|end|>")
    assert ids == [8, 2, 4, 1, 5, 0]
    assert tokenizer.decode(ids) == "the cat and<|unknown|> dog<|end|>"


def test_a_limit_keeps_the_most_frequent_words():
    tokenizer = WordTokenizer.train(["a a a b b c"], vocab_size=4)
    assert tokenizer.words == [" a", " b"] and tokenizer.vocab_size == 4
    assert tokenizer.encode("a a c b") == [1, 2, 1, 3]


@given(st.permutations(["the cat", "a cat sat", "猫坐下", "the the"]))
def test_the_order_of_texts_does_not_matter(texts):
    assert WordTokenizer.train(texts).words == WordTokenizer.train(["the cat", "a cat sat", "猫坐下", "the the"]).words


@given(any_texts)
def test_a_saved_tokenizer_is_the_same(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("words") / "tokenizer.json"
    tokenizer = WordTokenizer.train(["the cat\n sat. 'Twas 小猫！"], pattern="gpt4")
    tokenizer.save(path)
    for loaded in (load_tokenizer(path), WordTokenizer.load(path)):
        assert isinstance(loaded, WordTokenizer)
        assert (loaded.words, loaded.pattern) == (tokenizer.words, "gpt4")
        assert loaded.encode(text) == tokenizer.encode(text)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["kind"] == "words" and data["special_tokens"] == [END, UNKNOWN]


def test_special_tokens_are_policy():
    tokenizer = WordTokenizer(["a", "<|", "end", "|>"])
    assert tokenizer.encode("a<|end|>") == [2, 0]
    assert tokenizer.encode("a<|end|>", "spell") == [2, 3, 4, 5]
    with pytest.raises(SpecialTokenError):
        tokenizer.encode("a<|unknown|>", "refuse")


@pytest.mark.parametrize("words", [[], ["a", "a"], [""], ["a", END], [UNKNOWN]])
def test_words_that_make_no_vocabulary_are_named(words):
    with pytest.raises(ConfigError, match="at least one word; each once, none empty, no special token"):
        WordTokenizer(words)


@pytest.mark.parametrize("size", [2, 0, -1])
def test_a_vocabulary_that_is_too_small_is_named(size):
    with pytest.raises(ConfigError, match=f"vocab_size = {size} is too small: .* need 3"):
        WordTokenizer.train(["a"], size)


@pytest.mark.parametrize("wrong", [-1, 3])
def test_an_id_outside_the_vocabulary_is_named(wrong):
    with pytest.raises(ConfigError, match=f"token id {wrong} is outside 0 to 2"):
        WordTokenizer(["a"]).decode([wrong])


@pytest.mark.parametrize("content", ['{"kind": "words"}', '{"kind": "words", "words": [1], "pattern": "gpt2"}'])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointError, match="is not a tokenizer of one of the kinds"):
        load_tokenizer(tmp_path / "tokenizer.json")


def test_another_kind_is_named(tmp_path):
    WordTokenizer(["a"]).save(tmp_path / "tokenizer.json")
    with pytest.raises(CheckpointError, match="is a WordTokenizer, not a CharacterTokenizer"):
        CharacterTokenizer.load(tmp_path / "tokenizer.json")
