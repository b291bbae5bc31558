"""The same ids as `tokenizers`, `tiktoken` and `transformers`, on GPT-2's vocabulary and on those trained here."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
import tiktoken
import tokenizers
import transformers
from hypothesis import given
from hypothesis import strategies as st

from minillm import town
from minillm.tokenizers import END, BPETokenizer, load_tokenizer, town_tokenizer
from minillm.tokenizers.formats import to_bytes, to_characters
from minillm.tokenizers.merging import merges
from minillm.tokenizers.pretokens import PATTERNS
from tests.core.bpe_texts import CORPUS, texts

GPT2_FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "gpt2"
SPECIALS = (END, "<|end|>>", "end of", "end of text", "|>#")
SAMPLES = [
    *CORPUS,
    "I'll  don't\n\n  x 'S 's they'RE 1234567 naïve\u00a0\u3000 a.b ... !\r\n \t\x0b\x1c\x85\u2028\ufeff x   ",
    "<|end|><|end|>> <|end|end of end of text<|end|>#",
    "".join(chr(c) for c in range(0x20, 0x3000)),
    "混合 English 和中文，123号。\n\n  第二段！？🐈‍⬛",
]
TRAINED = {name: BPETokenizer.train(CORPUS, 420, SPECIALS, pattern=name) for name in PATTERNS}
every_pattern = pytest.mark.parametrize("name", PATTERNS)


def hugging_face(tokenizer, folder):
    """What `tokenizers` makes of the saved file."""
    tokenizer.save(folder / "tokenizer.json")
    return tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))


def tiktoken_of(tokenizer):
    """tiktoken merges in the order of the ids: for GPT-2 and for a tokenizer trained here, that of the merges."""
    return tiktoken.Encoding(
        "own",
        pat_str=PATTERNS[tokenizer.pattern],
        mergeable_ranks=tokenizer.vocab,
        special_tokens=tokenizer.special_tokens,
    )


@pytest.fixture(scope="module")
def peers(tmp_path_factory):
    """`tokenizers` and tiktoken for every tokenizer trained here."""
    return {
        name: (hugging_face(tokenizer, tmp_path_factory.mktemp(name)), tiktoken_of(tokenizer))
        for name, tokenizer in TRAINED.items()
    }


@every_pattern
@given(text=texts)
def test_ids_of_any_text_are_those_of_the_peers(peers, name, text):
    agree(TRAINED[name], *peers[name], text)


@every_pattern
@pytest.mark.parametrize("text", SAMPLES)
def test_ids_of_samples_are_those_of_the_peers(peers, name, text):
    agree(TRAINED[name], *peers[name], text)


def agree(tokenizer, hf, tik, text):
    ids = tokenizer.encode(text)
    assert ids == hf.encode(text).ids
    if "end of text" not in text and "<|end|>>" not in text:  # where two begin, tiktoken takes either
        assert ids == tik.encode(text, allowed_special="all")
    assert tokenizer.encode(text, "spell") == tik.encode(text, disallowed_special=())
    assert tokenizer.decode(ids) == hf.decode(ids, skip_special_tokens=False) == tik.decode(ids)


@every_pattern
@given(drawn=st.lists(st.integers(0, 10**6), max_size=20))
def test_any_ids_decode_as_the_peers_decode_them(peers, name, drawn):
    hf, tik = peers[name]
    ids = [number % TRAINED[name].vocab_size for number in drawn]
    assert TRAINED[name].decode(ids) == tik.decode(ids)
    assert TRAINED[name].decode_bytes(ids) == tik.decode_bytes(ids)
    ordinary = [i for i in ids if i >= len(SPECIALS)]
    assert TRAINED[name].decode(ordinary) == hf.decode(ordinary)


@every_pattern
def test_the_file_that_hugging_face_writes_is_read(peers, name, tmp_path):
    peers[name][0].save(str(tmp_path / "tokenizer.json"))
    loaded, tokenizer = load_tokenizer(tmp_path / "tokenizer.json"), TRAINED[name]
    assert isinstance(loaded, BPETokenizer)
    assert (loaded.vocab, loaded.merges, loaded.special_tokens, loaded.pattern) == (
        *(tokenizer.vocab, tokenizer.merges, tokenizer.special_tokens, name),
    )


def test_older_files_are_read(tmp_path):
    """Merges as strings with a space between, no type of model: as the files of 2020 have them."""
    TRAINED["gpt2"].save(tmp_path / "tokenizer.json")
    data = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    data["model"]["merges"] = [" ".join(pair) for pair in data["model"]["merges"]]
    del data["model"]["type"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    assert load_tokenizer(tmp_path / "tokenizer.json").merges == TRAINED["gpt2"].merges


def test_the_town_tokenizer_is_the_same_elsewhere(tmp_path):
    tokenizer = town_tokenizer()
    hf = hugging_face(tokenizer, tmp_path)
    for language in ("en", "zh"):
        for story in town.stories("valid", language, 50):
            assert tokenizer.encode(story.text) == hf.encode(story.text).ids


# ---------------------------------------------------------------------------------------------------------- training


def trained_by_hugging_face(corpus, vocab_size, max_token_length=None):
    hf = tokenizers.Tokenizer(tokenizers.models.BPE())
    hf.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    limit = {} if max_token_length is None else {"max_token_length": max_token_length}
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
        **limit,
    )
    hf.train_from_iterator(corpus, trainer)
    data = json.loads(hf.to_str())
    return hf, [tuple(map(to_bytes, pair)) for pair in data["model"]["merges"]]


def steps_until_a_tie(pretokens, stop=400):
    """The merges up to the first that has an equally frequent rival."""
    words = {word: [bytes([b]) for b in word] for word in pretokens}
    for step in itertools.islice(merges(pretokens), stop):
        counts = Counter()
        for word, tokens in words.items():
            for pair in itertools.pairwise(tokens):
                counts[pair] += pretokens[word]
        if list(counts.values()).count(step.count) > 1:
            return
        yield step.pair
        for tokens in words.values():
            for i in range(len(tokens)):
                if tuple(tokens[i : i + 2]) == step.pair:
                    tokens[i : i + 2] = [step.token]


@given(st.dictionaries(st.text("abcd", min_size=2, max_size=6), st.integers(1, 2000), min_size=1, max_size=8))
def test_training_is_hugging_faces_until_two_pairs_tie(counts):
    corpus = ["\n".join([word] * count) for word, count in counts.items()]
    ours = [*steps_until_a_tie({word.encode(): count for word, count in counts.items()})]
    _, theirs = trained_by_hugging_face(corpus, 257 + len(ours))
    assert theirs == ours


# Words of letters of their own, and their beginnings, as often as makes every pair's count unlike every other's.
UNTIED = [
    "\n".join([word[:length]] * (7 ** (6 - rank) // length))
    for rank, word in enumerate(["abcdef", " hijkl", "123456789", "小猫的家", "XYZ"])
    for length in range(2, len(word) + 1)
]


def test_whole_trainings_without_ties_agree():
    pretokens = Counter(pretoken.encode() for text in UNTIED for pretoken in text.split("\n"))
    size = 257 + len([*steps_until_a_tie(pretokens)])
    assert size > 257 + 15
    hf, theirs = trained_by_hugging_face(UNTIED, size)
    tokenizer = BPETokenizer.train(UNTIED, size)
    assert tokenizer.merges == theirs
    assert {to_characters(token): i for token, i in tokenizer.vocab.items()} | {END: 0} == hf.get_vocab()


def test_ties_are_where_the_trainers_differ():
    """Hugging Face takes the pair of lower ids, which follow the printable characters of the bytes; minillm the greater
    byte strings."""
    _, theirs = trained_by_hugging_face(["ab\ncd"], 258)
    assert theirs == [(b"a", b"b")]
    assert BPETokenizer.train(["ab\ncd"], 258).merges == [(b"c", b"d")]


# -------------------------------------------------------------------------------------------------- GPT-2's vocabulary


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory):
    """GPT-2 here, in `tokenizers`, in tiktoken and in `transformers`."""
    if not GPT2_FOLDER.is_dir():
        pytest.skip(f"GPT-2's vocab.json and merges.txt are not in {GPT2_FOLDER}")
    tokenizer = BPETokenizer.load_gpt2(GPT2_FOLDER)
    peer = transformers.GPT2Tokenizer.from_pretrained(str(GPT2_FOLDER))
    return tokenizer, hugging_face(tokenizer, tmp_path_factory.mktemp("gpt2")), tiktoken_of(tokenizer), peer


@given(text=texts)
def test_gpt2_ids_of_any_text(gpt2, text):
    tokenizer, hf, tik, peer = gpt2
    agree(tokenizer, hf, tik, text)
    assert tokenizer.encode(text) == peer(text)["input_ids"]


@pytest.mark.parametrize("text", [*SAMPLES, "Hello world<|endoftext|> again  <|endoftext|>", "x" * 3000])
def test_gpt2_ids_of_samples(gpt2, text):
    tokenizer, hf, tik, peer = gpt2
    agree(tokenizer, hf, tik, text)
    assert tokenizer.encode(text) == peer(text)["input_ids"]


def test_gpt2_is_whole(gpt2, tmp_path):
    tokenizer = gpt2[0]
    assert tokenizer.vocab_size == 50257 and tokenizer.end_id == 50256 and len(tokenizer.merges) == 50000
    assert tokenizer.encode("Hello world") == [15496, 995]
    tokenizer.save_gpt2(tmp_path)
    for name in ("vocab.json", "merges.txt"):
        ours, theirs = ((folder / name).read_text(encoding="utf-8") for folder in (tmp_path, GPT2_FOLDER))
        assert (json.loads(ours) == json.loads(theirs)) if name == "vocab.json" else (ours == theirs)
