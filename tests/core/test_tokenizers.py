"""Tokenizers: every text comes back, and what cannot be encoded is named."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from minillm.errors import CheckpointError, ConfigError, UnknownCharacterError
from minillm.tokenizers import END, CharacterTokenizer, Tokenizer, load_tokenizer


@given(st.lists(st.text(), min_size=1))
def test_every_text_comes_back(texts):
    assume(any(texts))
    tokenizer = CharacterTokenizer.train(texts)
    for text in texts:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert len(ids) == len(text)
        assert all(0 < i < tokenizer.vocab_size for i in ids)  # 0 is the end marker's


@given(st.text(min_size=1))
def test_ids_follow_the_code_points(text):
    tokenizer = CharacterTokenizer(text)
    characters = sorted(set(text))
    assert tokenizer.vocab_size == len(characters) + 1
    assert tokenizer.encode("".join(characters)) == list(range(1, len(characters) + 1))


@given(st.text(min_size=1))
def test_a_saved_tokenizer_is_the_same(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    CharacterTokenizer(text).save(path)
    loaded = load_tokenizer(path)
    assert isinstance(loaded, CharacterTokenizer)
    assert loaded.characters == CharacterTokenizer(text).characters
    assert loaded.encode(text) == CharacterTokenizer(text).encode(text)
    assert (loaded.end_id, loaded.special_tokens, loaded.vocab_size) == (0, {END: 0}, len(set(text)) + 1)


def test_the_file_is_the_documented_json(tmp_path):
    CharacterTokenizer("ba中\n").save(tmp_path / "tokenizer.json")
    data = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    assert data == {"kind": "characters", "special_tokens": ["<|end|>"], "characters": "\nab中"}


def test_training_takes_strings_a_generator_and_stories():
    class Story:
        def __str__(self):
            return "ca"

    assert CharacterTokenizer.train(["ab", "", "c"]).characters == "abc"
    assert CharacterTokenizer.train(text for text in ("ab", "ba")).characters == "ab"
    assert CharacterTokenizer.train([Story(), Story()]).characters == "ac"


def test_characters_keep_the_protocol():
    assert isinstance(CharacterTokenizer("a"), Tokenizer)


@given(st.text("abc", max_size=5), st.characters(exclude_characters="abc"), st.text(max_size=5))
def test_the_first_unknown_character_is_named_with_its_place(before, unknown, after):
    with pytest.raises(UnknownCharacterError) as caught:
        CharacterTokenizer("abc").encode(before + unknown + after)
    message = str(caught.value)
    assert repr(unknown) in message and f"U+{ord(unknown):04X}" in message
    assert f"at position {len(before)} " in message and "the 3 " in message


def test_an_unknown_letter_in_full():
    with pytest.raises(UnknownCharacterError, match=r"'é' \(U\+00E9\) at position 3 .* the 3 .* train a tokenizer"):
        CharacterTokenizer("caf").encode("café")


def test_the_end_marker_is_written_out_and_has_no_characters_of_its_own():
    tokenizer = CharacterTokenizer("ab")
    assert tokenizer.decode([0, 1, 2, 0]) == "<|end|>ab<|end|>"
    assert tokenizer.decode([]) == "" and tokenizer.encode("") == []
    with pytest.raises(UnknownCharacterError, match="'<'"):
        tokenizer.encode("<|end|>")


@pytest.mark.parametrize("wrong", [-1, 3, 100])
def test_an_id_outside_the_vocabulary_is_named(wrong):
    with pytest.raises(ConfigError, match=f"token id {wrong} is outside 0 to 2"):
        CharacterTokenizer("ab").decode([1, wrong])


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_a_tokenizer_of_nothing_is_refused(texts):
    for make in (CharacterTokenizer, CharacterTokenizer.train):
        with pytest.raises(ConfigError, match="at least one character"):
            make(texts)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"kind": "characters", "special_tokens": ["<|end|>"], "charac',
        b'{"kind": "characters"}',
        b'{"kind": "characters", "characters": ""}',
        b'{"kind": "characters", "characters": [1, 2]}',
        b'{"kind": "characters", "characters": null}',
        b'{"kind": "bytes", "characters": "ab"}',
        b'{"kind": ["characters"], "characters": "ab"}',
        b'{"characters": "ab"}',
        b'["characters", "ab"]',
        b"null",
        b"17",
        b"\x80\x04\x95\xff\xfe",
        b"{" * 100,
    ],
)
def test_a_file_that_is_no_tokenizer_is_named(tmp_path, content):
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is not a tokenizer of .* \['bpe', 'characters', 'words'\]"):
        load_tokenizer(path)


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(CheckpointError, match="is not a tokenizer"):
            load_tokenizer(path)
