"""Byte-level BPE: everything comes back, streams are exact, special tokens are policy, mistakes have names."""

import copy
import itertools
import json
import pickle
import random
import tomllib
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from minillm import town
from minillm.errors import CheckpointError, ConfigError, SpecialTokenError, UnknownCharacterError
from minillm.tokenizers import (
    END,
    BPETokenizer,
    CharacterTokenizer,
    Tokenizer,
    WordTokenizer,
    load_tokenizer,
    town_tokenizer,
)
from minillm.tokenizers.formats import BYTES, to_bytes, to_characters
from minillm.tokenizers.pretokens import PATTERNS, Pretokenizer
from tests.core.bpe_texts import CORPUS, any_texts, chunks_of, texts
from tools.train_town_tokenizer import RECIPE, training_texts

SPECIALS = (END, "<|end|>>", "end of", "end of text", "|>#")
TOKENIZERS = {name: BPETokenizer.train(CORPUS, 400, SPECIALS, pattern=name) for name in PATTERNS}
GPT2 = TOKENIZERS["gpt2"]
PLAIN = BPETokenizer.train(CORPUS, 330, special_tokens=())
every_pattern = pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)
every_policy = pytest.mark.parametrize("specials", ["recognize", "spell"])


@every_policy
@every_pattern
@given(text=any_texts)
def test_every_text_comes_back(tokenizer, specials, text):
    ids = tokenizer.encode(text, specials)
    assert tokenizer.decode(ids) == text
    assert "".join(tokenizer.decode_iterable(ids)) == text
    assert all(0 <= i < tokenizer.vocab_size for i in ids)


@every_pattern
@given(data=st.one_of(st.binary(), texts.map(str.encode), st.text().map(lambda t: t.encode()[1:])))
def test_any_bytes_come_back(tokenizer, data):
    assert tokenizer.decode_bytes(tokenizer.encode_bytes(data)) == data


@given(texts)
def test_the_bytes_of_a_text_are_encoded_as_the_text(text):
    assert GPT2.encode_bytes(text.encode()) == GPT2.encode(text, "spell")


@given(texts, st.binary(min_size=1, max_size=3))
def test_bytes_that_are_no_text_change_only_their_pretoken(text, odd):
    ids = GPT2.encode_bytes(text.encode() + b"\n\xff \xff\n" + odd)
    assert GPT2.decode_bytes(ids) == text.encode() + b"\n\xff \xff\n" + odd
    assert town_tokenizer().encode_bytes("小猫".encode() + b"\xff")[:-1] == town_tokenizer().encode("小猫")


@given(texts, st.integers(0, 50), st.integers(0, 50))
def test_ids_cut_anywhere_decode(text, start, length):
    ids = GPT2.encode(text)
    part = ids[start : start + length]
    assert GPT2.decode_bytes(ids[:start]) + GPT2.decode_bytes(part) + GPT2.decode_bytes(ids[start + length :]) == (
        text.encode()
    )
    assert GPT2.decode(part) == GPT2.decode_bytes(part).decode("utf-8", "replace")


@given(st.lists(st.integers(0, GPT2.vocab_size - 1)))
def test_any_ids_decode_and_stream(ids):
    text = GPT2.decode(ids)
    assert "".join(GPT2.decode_iterable(iter(ids))) == text
    text.encode()  # can be printed and saved


def test_a_character_streams_out_when_it_is_whole():
    ids = [GPT2.vocab[bytes([byte])] for byte in "猫!".encode()]
    assert list(GPT2.decode_iterable(ids)) == ["", "", "猫", "!"]
    assert list(GPT2.decode_iterable(ids[:2])) == ["", "", "\ufffd"]
    assert GPT2.decode(ids[:2]) == "\ufffd"


@every_policy
@pytest.mark.parametrize("size", [1, 7])
@pytest.mark.parametrize("name", [*PATTERNS, "words"])
@example(text="a  0: \n\nx \n \n b  c", cuts=[])
@example(text="I'll they're 1234567 'S!\n\n!\n a.b  ", cuts=[])
@example(text="<|end|>> <|end|>#<|end <|e end of text end of tex <|end|", cuts=[])
@given(text=any_texts, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_a_stream_cut_anywhere_has_the_ids_of_the_whole(name, size, specials, text, cuts):
    tokenizer = SMALL_CHUNKS[name, size]
    assert list(tokenizer.encode_iterable(chunks_of(text, cuts), specials)) == tokenizer.encode(text, specials)
    assert list(tokenizer.encode_iterable(iter(text), specials)) == tokenizer.encode(text, specials)


def with_small_chunks(tokenizer, size):
    tokenizer = copy.copy(tokenizer)
    tokenizer.pretokenizer.chunk_size = size
    return tokenizer


SMALL_CHUNKS = {
    (name, size): with_small_chunks(tokenizer, size)
    for size in (1, 7)
    for name, tokenizer in [*TOKENIZERS.items(), ("words", WordTokenizer.train(CORPUS))]
}


def test_streams_move_on():
    """Nothing is held back for long, so the tests above do cut, and a stream of any length fits into memory."""
    for name in ("gpt2", "gpt4"):
        tokenizer = SMALL_CHUNKS[name, 7]
        for sample in ("one two three ", "一，二，三。", "a<|end|>", "<|end|><|end|>", "1 \n 2 \n", "<|end"):
            portions = list(tokenizer.pretokenizer.stream(sample * 50))
            assert max(len(pretokens) for pretokens, _ in portions) <= 30, (name, sample)


def test_the_memory_of_a_stream_does_not_grow():
    tokenizer = BPETokenizer.train(CORPUS, 300)
    tokenizer.pretokenizer.chunk_size = 500
    tokenizer._ids._limit = tokenizer._seams._is_seam._limit = 200

    def peak(count):
        draw = random.Random(0)
        words = (f" {draw.randrange(10**6)} 猫{chr(draw.randrange(0x4E00, 0x9FA5))}" for _ in range(count))
        tracemalloc.start()
        total = sum(1 for _ in tokenizer.encode_iterable(words))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return total, used

    peak(500)
    (few, low), (many, high) = peak(500), peak(3_000)
    assert many > 5 * few
    assert high < 1.5 * low


@pytest.mark.parametrize("specials", ["recognize", "spell", "refuse"])
def test_a_special_token_in_a_text_is_recognized_spelled_or_refused(specials):
    text = "a<|end|>b"
    if specials == "refuse":
        with pytest.raises(SpecialTokenError, match=r"'<\|end\|>' after 'a'; .*spell"):
            GPT2.encode(text, specials)
        with pytest.raises(SpecialTokenError):
            list(GPT2.encode_iterable(text, specials))
        assert GPT2.encode("<|en d|>", specials) == GPT2.encode("<|en d|>", "recognize")
        return
    ids = GPT2.encode(text, specials)
    assert (ids.count(0) == 1) == (specials == "recognize")
    assert GPT2.decode(ids) == text


def test_a_policy_that_is_none_is_named():
    for encode in (GPT2.encode, WordTokenizer(["a"]).encode):
        with pytest.raises(ConfigError, match=r"'ignore' is not known; choose \"recognize\""):
            encode("a", "ignore")


def test_the_longest_special_token_wins_also_with_spaces():
    names = {i: name for name, i in GPT2.special_tokens.items()}
    found = [names[i] for i in GPT2.encode("end of text end of <|end|>> <|end|> <|end|>#|>#") if i in names]
    assert found == ["end of text", "end of", "<|end|>>", "<|end|>", "<|end|>", "|>#"]
    shuffled = BPETokenizer(GPT2.vocab, GPT2.merges, dict(reversed(GPT2.special_tokens.items())))
    for text in ("end of text", "<|end|>>", "<|end|>>|>#", "<|end|>#"):
        assert shuffled.encode(text) == GPT2.encode(text)


def test_overlapping_special_tokens_are_taken_from_the_left():
    tokenizer = BPETokenizer.train(CORPUS, 300, ["a#", "#b#", "#b#c"])
    assert tokenizer.encode("a#b#") == [0, *tokenizer.encode("b"), *tokenizer.encode("#", "spell")]
    assert tokenizer.encode("#b#c") == [2] and tokenizer.encode("#b#") == [1]


@pytest.mark.parametrize("specials", [["ab", "bcd"], ["aba", "bab"], ["aa", "aab"], ["a b", "b a"]])
def test_streams_and_special_tokens_that_overlap_in_every_way(specials):
    tokenizer = BPETokenizer.train(["ab ba aab abcd", "bcda  b"], 262, specials)
    tokenizer.pretokenizer.chunk_size = 1
    letters = sorted(set("".join(specials)))
    for text in map("".join, itertools.product(letters, repeat=6 if len(letters) < 4 else 5)):
        for cut in range(len(text)):
            assert list(tokenizer.encode_iterable([text[:cut], text[cut:]])) == tokenizer.encode(text), (text, cut)
        assert list(tokenizer.encode_iterable(text)) == tokenizer.encode(text), text


def test_ids_are_special_tokens_then_bytes_then_merges():
    assert list(GPT2.special_tokens.values()) == list(range(len(SPECIALS)))
    tokens = sorted(GPT2.vocab, key=GPT2.vocab.__getitem__)
    assert tokens[:256] == BYTES and GPT2.vocab[BYTES[0]] == len(SPECIALS)
    assert tokens[256:] == [left + right for left, right in GPT2.merges]
    assert GPT2.vocab_size == 400 == len(tokens) + len(SPECIALS)
    assert BYTES[:2] == [b"!", b'"'] and BYTES[188] == b"\x00" and BYTES[-1] == b"\xad" and len(set(BYTES)) == 256


@given(st.permutations(CORPUS))
def test_training_does_not_depend_on_the_order_of_texts(corpus):
    assert BPETokenizer.train(corpus, 330, special_tokens=()).merges == PLAIN.merges


def test_training_can_be_watched():
    steps = BPETokenizer.training_steps(CORPUS, special_tokens=())
    assert [next(steps).pair for _ in PLAIN.merges] == PLAIN.merges
    assert next(steps).count >= 1


def test_training_shows_how_far_it_is_if_asked(capsys):
    shown = BPETokenizer.train(CORPUS, 257 + len(PLAIN.merges), progress=True)
    count = len(shown.merges)
    assert f"{count}/{count}" in capsys.readouterr().err
    assert BPETokenizer.train(CORPUS, 257 + count).merges == shown.merges
    assert capsys.readouterr().err == ""


def test_training_takes_a_generator_and_stories_and_stops_when_nothing_is_left():
    class Story:
        def __str__(self):
            return "ab ab"

    tokenizer = BPETokenizer.train((Story() for _ in range(3)), 1000)
    assert tokenizer.merges == [(b"a", b"b"), (b" ", b"ab")]
    assert tokenizer.vocab_size == 259 and tokenizer.decode(tokenizer.encode("ab")) == "ab"
    assert BPETokenizer.train(["q"], 257).merges == []


def test_special_tokens_teach_no_merges():
    tokenizer = BPETokenizer.train(["<|end|>" * 100 + "ab"], 1000)
    assert tokenizer.merges == [(b"a", b"b")]


def test_texts_are_apart():
    assert BPETokenizer.train(["a", "b"] * 50, 1000).merges == []


def test_tokens_can_be_held_short():
    tokenizer = BPETokenizer.train(CORPUS, 1000, max_token_length=6)
    assert max(map(len, tokenizer.vocab)) == 6
    assert tokenizer.decode(tokenizer.encode("小猫的家")) == "小猫的家"


def test_end_markers():
    assert GPT2.end_id == 0
    assert BPETokenizer.train(CORPUS, 300, ["x#", "<|endoftext|>"]).end_id == 1
    with pytest.raises(ConfigError, match=r"no end marker; train it with '<\|end\|>'"):
        _ = PLAIN.end_id


def test_the_protocol_is_kept():
    assert isinstance(GPT2, Tokenizer) and isinstance(WordTokenizer(["a"]), Tokenizer)


def test_nothing_and_empty_chunks():
    assert GPT2.encode("") == [] and GPT2.decode([]) == "" and list(GPT2.encode_iterable([])) == []
    assert GPT2.encode_bytes(b"") == [] and list(GPT2.encode_iterable(["", ""])) == []


def test_a_copy_is_the_same():
    for copied in (pickle.loads(pickle.dumps(GPT2)), copy.deepcopy(GPT2)):
        assert copied.encode(CORPUS[1]) == GPT2.encode(CORPUS[1]) and copied.special_tokens == GPT2.special_tokens


def test_what_is_handed_in_can_change_later():
    vocab, merges, special_tokens = dict(GPT2.vocab), list(GPT2.merges), dict(GPT2.special_tokens)
    tokenizer = BPETokenizer(vocab, merges, special_tokens)
    before = tokenizer.encode(CORPUS[0])
    vocab.clear(), merges.clear(), special_tokens.clear()
    first = tokenizer.encode("the cat")
    first.append(99999)
    assert tokenizer.encode(CORPUS[0]) == before and 99999 not in tokenizer.encode("the cat")


def test_the_cache_changes_nothing():
    tokenizer = BPETokenizer.train(CORPUS, 400, SPECIALS)
    tokenizer._ids._limit = 3
    for text in [*CORPUS, *CORPUS]:
        assert tokenizer.encode(text) == GPT2.encode(text)
        assert len(tokenizer._ids) <= 3


# ---------------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize("wrong", [-1, 400, 10**9])
def test_an_id_outside_the_vocabulary_is_named(wrong):
    for decode in (GPT2.decode, GPT2.decode_bytes, lambda ids: list(GPT2.decode_iterable(ids))):
        with pytest.raises(ConfigError, match=f"token id {wrong} is outside 0 to 399"):
            decode([5, wrong])


@pytest.mark.parametrize("corpus", [[], [""], ["", END]])
def test_an_empty_corpus_is_named(corpus):
    for train in (BPETokenizer.train, WordTokenizer.train):
        with pytest.raises(ConfigError, match=r"at least one word|the texts it was given are empty"):
            train(corpus, 300)


@pytest.mark.parametrize(
    ("size", "specials"), [(256, [END]), (0, [END]), (-5, []), (255, []), (258, ["x#", "y#", END])]
)
def test_a_vocabulary_that_is_too_small_is_named(size, specials):
    need = 256 + len(specials)
    with pytest.raises(
        ConfigError, match=f"vocab_size = {size} .* 256 bytes and {len(specials)} special .* at least {need}"
    ):
        BPETokenizer.train(CORPUS, size, specials)
    assert BPETokenizer.train(CORPUS, need, specials).merges == []


@pytest.mark.parametrize("specials", [[END, END], ["a#", "b#", "a#"], [""]])
def test_a_special_token_that_is_empty_or_given_twice_is_named(specials):
    with pytest.raises(ConfigError, match="is empty or given twice"):
        BPETokenizer.train(CORPUS, 300, specials)


@pytest.mark.parametrize("special", ["a", "é", "Ġ", "Ġthe", "å°"])
def test_a_special_token_that_looks_like_an_ordinary_one_on_disk_is_named(special):
    with pytest.raises(ConfigError, match=r"is how tokenizer\.json writes the ordinary token"):
        BPETokenizer.train(CORPUS, 400, [special])


def test_one_text_for_a_list_of_texts_is_named():
    for train in (BPETokenizer.train, WordTokenizer.train):
        with pytest.raises(ConfigError, match=r"must be a list of texts, not one text; write \[text\]"):
            train(CORPUS[0], 300)


def test_a_pattern_that_is_not_known_is_named():
    with pytest.raises(ConfigError, match=r"'gpt5' is not known; choose one of \['gpt2', 'gpt4', 'none'\]"):
        BPETokenizer.train(CORPUS, 300, pattern="gpt5")


def test_half_a_character_is_named_wherever_it_comes_in():
    with pytest.raises(UnknownCharacterError, match=r"U\+D83D at position 2 .* lone surrogate"):
        GPT2.encode("ab\ud83d")
    for make in (
        lambda: BPETokenizer.train(["ab\ud83d"], 300),
        lambda: WordTokenizer.train(["\ud83d"]),
        lambda: BPETokenizer.train(["ab"], 300, ["\ud83d"]),
        lambda: list(GPT2.encode_iterable(["\ud83d"])),
        lambda: CharacterTokenizer("a\ud83d"),
        lambda: WordTokenizer(["a", "\ud83d"]),
    ):
        with pytest.raises(UnknownCharacterError, match=r"U\+D83D"):
            make()


def changed(**parts):
    return {"vocab": GPT2.vocab, "merges": GPT2.merges, "special_tokens": GPT2.special_tokens} | parts


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (changed(special_tokens={END: 5}), "must be 0 to"),
        (changed(special_tokens=GPT2.special_tokens | {"x#": 401}), "must be 0 to 400, each once"),
        (changed(vocab={t: i for t, i in GPT2.vocab.items() if t != b"a"}), "must be 0 to"),
        (changed(vocab={b"aa#" if t == b"a" else t: i for t, i in GPT2.vocab.items()}), "the byte b'a' is not in"),
        (changed(merges=[*GPT2.merges, (b"q", b"q")]), r"merge of b'q' and b'q' needs b'qq', which has no id"),
        (changed(merges=[*GPT2.merges, GPT2.merges[0]]), r"is there twice"),
    ],
)
def test_a_vocabulary_that_contradicts_itself_is_named(parts, message):
    with pytest.raises(ConfigError, match=message):
        BPETokenizer(**parts)


# ------------------------------------------------------------------------------------------------------------- files


@every_pattern
@given(text=texts)
def test_a_saved_tokenizer_is_the_same(tmp_path_factory, tokenizer, text):
    path = tmp_path_factory.mktemp("bpe") / "tokenizer.json"
    tokenizer.save(path)
    for loaded in (load_tokenizer(path), BPETokenizer.load(path)):
        assert isinstance(loaded, BPETokenizer)
        assert (loaded.vocab, loaded.merges, loaded.special_tokens, loaded.pattern) == (
            *(tokenizer.vocab, tokenizer.merges, tokenizer.special_tokens, tokenizer.pattern),
        )
        assert loaded.encode(text) == tokenizer.encode(text)


def test_a_tokenizer_without_special_tokens_can_be_saved(tmp_path):
    PLAIN.save(tmp_path / "tokenizer.json")
    loaded = BPETokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.special_tokens == {} and loaded.encode("the cat") == PLAIN.encode("the cat")


@given(st.binary())
def test_bytes_are_written_as_characters_and_back(token):
    spelled = to_characters(token)
    assert to_bytes(spelled) == token
    assert len(spelled) == len(token) and not any(c.isspace() for c in spelled)


def test_gpt2_files_come_back(tmp_path):
    tokenizer = BPETokenizer.train(CORPUS, 400, [END, "end of text"])
    tokenizer.save_gpt2(tmp_path)
    loaded = BPETokenizer.load_gpt2(tmp_path, [END, "end of text", "absent"])
    assert (loaded.vocab, loaded.merges) == (tokenizer.vocab, tokenizer.merges)
    assert loaded.special_tokens == tokenizer.special_tokens
    with pytest.raises(ConfigError, match="'gpt4' cannot be told"):
        TOKENIZERS["gpt4"].save_gpt2(tmp_path)


def test_merges_that_begin_with_a_number_sign_are_no_comments(tmp_path):
    tokenizer = BPETokenizer.train(["## ## #version #version"], 300)
    assert any(left.startswith(b"#") for left, _ in tokenizer.merges)
    tokenizer.save_gpt2(tmp_path)
    assert BPETokenizer.load_gpt2(tmp_path).merges == tokenizer.merges


def damaged(change):
    def make(data):
        change(data)
        return data

    return make


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(model=None), "AttributeError"),
        (lambda d: d.pop("model"), "KeyError"),
        (lambda d: d["model"].update(type="Unigram"), "unigram"),
        (lambda d: d["model"].pop("merges"), "merges"),
        (lambda d: d["model"]["merges"].append(["a"]), "ValueError"),
        (lambda d: d["model"]["merges"].append("a b c"), "ValueError"),
        (lambda d: d["model"]["merges"].append([" ", "a"]), "stands for no byte"),
        (lambda d: d["model"]["vocab"].popitem(), "needs"),
        (lambda d: d["model"]["vocab"].update({"a": 1.0}), ""),
        (lambda d: d["model"]["vocab"].update({"a": "1"}), ""),
        (lambda d: d["model"]["vocab"].update({"小": 400}), "stands for no byte"),
        (lambda d: d["model"].update(vocab=[]), ""),
        (lambda d: d["model"].update(ignore_merges=True), "ignore_merges = True is not supported"),
        (lambda d: d["model"].update(dropout=0.1), "dropout = 0.1 is not supported"),
        (lambda d: d.update(normalizer={"type": "NFC"}), "normalizer 'NFC' is not supported"),
        (lambda d: d.update(pre_tokenizer=None), "is none of the byte-level patterns"),
        (lambda d: d.update(pre_tokenizer={"type": "Whitespace"}), "is none of the byte-level patterns"),
        (lambda d: d["pre_tokenizer"].update(add_prefix_space=True), "is none of the byte-level patterns"),
        (lambda d: d["added_tokens"][0].update(lstrip=True), "has lstrip, which is not supported"),
        (lambda d: d["added_tokens"][0].update(content=""), "empty"),
        (lambda d: d["added_tokens"][0].pop("id"), "KeyError"),
        (lambda d: d["added_tokens"].append({"id": 400, "content": "a"}), ""),
    ],
)
def test_a_file_that_cannot_be_followed_is_named(tmp_path, change, message):
    path = tmp_path / "tokenizer.json"
    GPT2.save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(CheckpointError, match=f"is not a tokenizer of one of the kinds .*{message}"):
        load_tokenizer(path)


def test_a_truncated_file_is_named(tmp_path):
    path = tmp_path / "tokenizer.json"
    GPT2.save(path)
    whole = path.read_bytes()
    for keep in range(0, len(whole) - 2, 997):
        path.write_bytes(whole[:keep])
        with pytest.raises(CheckpointError, match="is not a tokenizer"):
            load_tokenizer(path)


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_damaged_gpt2_files_are_named(tmp_path, name):
    BPETokenizer.train(CORPUS, 300).save_gpt2(tmp_path)
    path = tmp_path / name
    whole = path.read_text(encoding="utf-8")
    for content in ("", "{}", "[]", "a", whole.replace("Ġ", " "), "小\n" + whole, whole[: len(whole) // 2]):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(CheckpointError, match=r"holds no vocab.json and merges.txt"):
            BPETokenizer.load_gpt2(tmp_path)
    path.unlink()
    with pytest.raises(CheckpointError, match="FileNotFoundError"):
        BPETokenizer.load_gpt2(tmp_path)


def test_a_file_of_another_kind_is_named(tmp_path):
    WordTokenizer(["a"]).save(tmp_path / "words.json")
    with pytest.raises(CheckpointError, match="is a WordTokenizer, not a BPETokenizer; use load_tokenizer"):
        BPETokenizer.load(tmp_path / "words.json")


# ----------------------------------------------------------------------------------------------------------- the town


def test_the_town_tokenizer_is_what_the_models_expect():
    tokenizer = town_tokenizer()
    assert tokenizer.vocab_size == 2048 and tokenizer.end_id == 0 and tokenizer.pattern == "gpt2"
    assert tokenizer is town_tokenizer()
    assert max(map(len, tokenizer.vocab)) <= 12


@pytest.mark.parametrize(("language", "characters_per_token"), [("en", 3.05), ("zh", 1.1)])
def test_the_town_tokenizer_is_fair_to_both_languages(language, characters_per_token):
    """A story of either language takes about as many tokens, and fits into a model's context."""
    stories = [story.text for story in town.stories("valid", language, 100)]
    lengths = [len(town_tokenizer().encode(story)) for story in stories]
    assert sum(map(len, stories)) / sum(lengths) >= characters_per_token
    assert 150 <= sum(lengths) / len(lengths) <= 190 and max(lengths) < 350


@pytest.mark.slow
def test_the_recipe_makes_the_town_tokenizer():
    """On a fifteenth of its text, which leaves the rarest tokens to chance."""
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    text = recipe["text"] | {"stories": recipe["text"]["stories"] // 15, "viewed_stories": 20}
    again = BPETokenizer.train(training_texts(recipe | {"text": text}), **recipe["tokenizer"])
    assert (again.vocab_size, again.special_tokens, again.pattern) == (2048, {END: 0}, "gpt2")
    assert len(again.vocab.keys() & town_tokenizer().vocab.keys()) >= 0.9 * len(again.vocab)


def test_patterns_cover_every_text():
    for name in PATTERNS:
        find = Pretokenizer(name).findall
        everything = "".join(chr(c) + " " for c in range(0x110000) if not 0xD800 <= c < 0xE000)
        assert "".join(find(everything)) == everything
