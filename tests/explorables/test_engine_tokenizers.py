"""The tokenizers of the pages give the ids and the texts that the package's tokenizers give."""

import random
from pathlib import Path

import pytest
import tokenizers

from minillm import town
from minillm.models import GPT, GPTConfig
from minillm.tokenizers import BPETokenizer, town_tokenizer
from minillm.weights import Pretrained

GPT2 = Path(__file__).parents[3] / "shared" / "data" / "gpt2"
STRANGE = [
    "",
    " ",
    "One sunny morning, Mia's kite didn't fly. “They'll see!” she said; we've 42 reasons, I'd say.",
    "一个晴朗的早晨，米米带着风筝去了小山。“你好吗？”她问。",
    "Café naïve — ½ × 10³ ≠ ٣; Ελλάς; हिन्दी; 👩‍🚀🇨🇳 😀😀",
    "a\u00a0b\u0085c\ufeffd\u3000e\u2028f  g\t\th\r\n\n i \v\f \x1c\x1d x",
    "'s 'S 'll 'LL 've I'M x'ſ don't  don 't",
    "<|end|>Mia<|end|><|en|end|>|> <|end|",
    "line\n\nline\n   indented   \n",
    "1234567 12.5 3,000 x1y2",
    "\ufffd\ufffe\U0010ffff\x00\x01",
    "word" * 40 + "小" * 70,
]
ALPHABETS = [
    "abcdefghij ",
    "Mia's go to the hill. ",
    "米小山风筝，。去了的 ",
    "’'\"“!?…-— ",
    "\t\n\r \u00a0\u3000\u0085\ufeff",
    "é😀ñ½٣ह्🇨",
]


def strange_texts(count: int) -> list[str]:
    rng = random.Random(5)
    made = ["".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(rng.randrange(60))) for _ in range(count)]
    stories = [story.text for lang in ("en", "zh") for story in town.stories("test", lang, 20)]
    return STRANGE + stories + made


def holding(tokenizer) -> Pretrained:
    """The engine is handed tokenizers by models: the smallest one that there is."""
    config = GPTConfig(tokenizer.vocab_size, context_length=8, d_model=2, num_layers=1, num_heads=1)
    return Pretrained(GPT(config), tokenizer, {}, [])


def trained(pattern: str) -> BPETokenizer:
    texts = [story.text for story in town.stories("train", "en", 50)]
    return BPETokenizer.train(texts, 400, ("<|end|>", "<|en|", "a b"), pattern)


TOKENIZERS = {"town": town_tokenizer, **{name: lambda name=name: trained(name) for name in ("gpt2", "gpt4", "none")}}


@pytest.mark.parametrize("name", TOKENIZERS)
def test_ids_and_texts_are_those_of_the_package(node, name):
    tokenizer = TOKENIZERS[name]()
    texts = strange_texts(300)
    results = node(holding(tokenizer), [job for text in texts for job in (["encode", text], ["tokens", text])])
    for text, ids, tokens in zip(texts, results[::2], results[1::2], strict=True):
        assert ids == tokenizer.encode(text), text
        assert len(tokens) == len(ids)
        if not any("‹" in token for token in tokens):
            assert "".join(tokens) == text
    decoded = node(holding(tokenizer), [["decode", tokenizer.encode(text)] for text in texts])
    assert decoded == texts


def test_ids_in_any_order_and_cut_anywhere(node):
    tokenizer = town_tokenizer()
    rng = random.Random(6)
    runs = [rng.choices(range(tokenizer.vocab_size), k=rng.randrange(1, 20)) for _ in range(300)]
    runs += [rng.choices(range(1, 257), k=12) for _ in range(300)]  # single bytes: hardly ever a character
    ids = tokenizer.encode("猫")
    runs += [ids[:n] for n in range(1, len(ids) + 1)] + [[]]
    results = node(holding(tokenizer), [job for run in runs for job in (["decode", run], ["pieces", run])])
    for run, text, pieces in zip(runs, results[::2], results[1::2], strict=True):
        assert text == tokenizer.decode(run) == "".join(pieces)
        assert len(pieces) == len(run)
        theirs = list(tokenizer.decode_iterable(run))
        assert pieces[:-1] == theirs[: len(run)][:-1]


def test_bytes_that_are_no_character_are_written_out(node):
    tokenizer = town_tokenizer()
    (tokens,) = node(holding(tokenizer), [["tokens", "a☃"]])
    assert tokens == ["a", "‹E2›", "‹98›", "‹83›"]


def test_the_prompt_begins_with_the_end_marker(node):
    tokenizer = town_tokenizer()
    assert node(holding(tokenizer), [["prompt", "Mia"]]) == [[tokenizer.end_id, *tokenizer.encode("Mia")]]


def test_errors(node):
    half, outside = node(holding(town_tokenizer()), [["encode", "a\ud83dz"], ["decode", [2048]]])
    assert half["error"]["name"] == "UnknownCharacterError"
    assert "U+D83D" in half["error"]["message"]
    assert outside["error"] == {"name": "ConfigError", "message": "token id 2048 is outside 0 to 2047"}


def test_gpt2s_own_vocabulary(node, tmp_path):
    if not GPT2.is_dir():
        pytest.skip("GPT-2's vocabulary is not on this machine; the other vocabularies are still tested")
    theirs = tokenizers.ByteLevelBPETokenizer(str(GPT2 / "vocab.json"), str(GPT2 / "merges.txt"))
    theirs.add_special_tokens(["<|endoftext|>"])
    theirs.save(str(tmp_path / "tokenizer.json"))
    texts = strange_texts(150)
    results = node(holding(BPETokenizer.load(tmp_path / "tokenizer.json")), [["encode", text] for text in texts])
    for text, ids in zip(texts, results, strict=True):
        assert ids == theirs.encode(text).ids, text
