"""What Python puts into the explorables that show a model."""

import base64
import json
import re
from dataclasses import asdict

import numpy as np
import pytest
import safetensors.numpy
import torch

from minillm import town
from minillm.errors import ConfigError, PromptError, UnknownCharacterError
from minillm.explorables.attention import BUDGET, Reading, attention_explorer, gathered, word_groups, words
from minillm.explorables.live_model import live
from minillm.explorables.replay import training_replay
from minillm.explorables.weights_js import PART_BYTES, megabytes, pack, tokenizers, weights_bytes, write_parts
from minillm.tokenizers import WordTokenizer, load_tokenizer, town_tokenizer
from minillm.weights import Pretrained
from tests.explorables.oracle import reference


def unpacked(array):
    return np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"])


def test_packed_weights_are_the_model(random_model):
    whole = pack(random_model)
    tensors = safetensors.numpy.load(whole)
    state = random_model.model.state_dict()
    assert tensors.keys() == state.keys()
    for name, tensor in state.items():
        assert tensors[name].dtype == np.float16
        np.testing.assert_array_equal(tensors[name].astype(np.float32), tensor.numpy(), err_msg=name)
    length = int.from_bytes(whole[:8], "little")
    parts = json.loads(json.loads(whole[8 : 8 + length])["__metadata__"]["minillm"])
    assert parts["config"] == {"architecture": "gpt", **asdict(random_model.model.config)}
    assert parts["tokenizer"]["characters"] == random_model.tokenizer.characters


def test_packed_counts_stay_whole_numbers(counted_model):
    tensors = safetensors.numpy.load(pack(counted_model))
    for name, tensor in counted_model.model.state_dict().items():
        assert tensors[name].dtype == (np.float16 if tensor.is_floating_point() else np.int32)
        np.testing.assert_array_equal(tensors[name], tensor.numpy(), err_msg=name)


def test_a_tokenizer_travels_alone(tmp_path):
    assert "town-tokenizer" in tokenizers() and "town-gpt" not in tokenizers()
    whole = weights_bytes("town-tokenizer")
    (tmp_path / "tokenizer.json").write_bytes(whole)
    text = "Mia's kite. 米米笑了。"
    assert load_tokenizer(tmp_path / "tokenizer.json").encode(text) == town_tokenizer().encode(text)
    (path,) = write_parts("town-tokenizer", tmp_path)
    assert base64.b64decode(path.read_text().split('"')[3]) == whole


def test_parts_by_size_and_none_left_over(shipped, tmp_path):
    write_parts("town-gpt", tmp_path, parts=30)
    paths = write_parts("town-gpt", tmp_path)
    assert len(paths) == -(-len(pack(shipped)) // PART_BYTES) > 1
    assert sorted(tmp_path.rglob("*.js")) == sorted(paths)


def test_the_shipped_weights_lose_nothing_in_half_precision(shipped):
    for name, tensor in shipped.model.state_dict().items():
        assert torch.equal(tensor.half().float(), tensor), name
    assert weights_bytes("town-gpt") == pack(shipped)
    assert len(pack(shipped)) / 1e6 == pytest.approx(megabytes(shipped), abs=0.15)


def test_weights_beyond_half_precision_are_refused(random_model):
    model = type(random_model.model)(random_model.model.config)
    with torch.no_grad():
        model.final_norm.weight[3] = 1e5
    with pytest.raises(ConfigError, match=r"final_norm\.weight.*65504"):
        pack(Pretrained(model, random_model.tokenizer, {}, []))


def test_tokens_that_the_page_does_not_know_are_refused(random_model):
    with pytest.raises(ConfigError, match="not the tokens of a WordTokenizer"):
        pack(Pretrained(random_model.model, WordTokenizer(["a"]), {}, []))


@pytest.mark.parametrize("parts", [1, 3, 8])
def test_the_parts_put_together_are_the_whole(random_model, tmp_path, parts):
    paths = write_parts("some-model", tmp_path, parts, pretrained=random_model)
    assert [path.name for path in paths] == [f"part-{k}.js" for k in range(parts)]
    whole = b""
    for index, path in enumerate(paths):
        call = re.fullmatch(r'minillm\.part\("some-model", (\d+), (\d+), "([A-Za-z0-9+/=]+)"\);\n', path.read_text())
        assert (int(call[1]), int(call[2])) == (index, parts)
        whole += base64.b64decode(call[3])
    assert whole == pack(random_model)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One day, Leo's top", ["One", " day", ",", " Leo's", " top"]),
        ("“Don't!” said I.", ["“", "Don't", "!", "”", " said", " I", "."]),
        ("小明说：“好”。", ["小", "明", "说", "：", "“", "好", "”", "。"]),
        ("a  b", ["a", "  ", "b"]),
    ],
)
def test_words(text, expected):
    assert [text[start:end] for start, end in words(text)] == expected


def test_gathered_weights_of_a_word_sum_to_one():
    weights = torch.rand(6, 6).tril()
    weights /= weights.sum(dim=1, keepdim=True)
    group = torch.tensor([0, 1, 1, 2, 2, 2])
    together = gathered(weights, group)
    torch.testing.assert_close(together.sum(dim=1), torch.ones(3))
    expected = (weights[1, 0] + weights[2, 0]) / 2
    torch.testing.assert_close(together[1, 0], expected)
    torch.testing.assert_close(together[2, 1], weights[3:, 1:3].sum(dim=1).mean())


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["M", "ia", " was", " skip", "ping", "."], [0, 1, 1, 2, 3, 3, 4]),
        (["一个晴朗", "的", "早晨", "，"], [0, 1, 2, 3, 4]),  # words that share a token are one
        (["a", " ", "", "", "😀", "!"], [0, 1, 2, 2, 2, 2, 3]),  # bytes belong to the character that they make up
        (["Leo", "'", "s", " ", "kite"], [0, 1, 1, 1, 2, 2]),
    ],
)
def test_tokens_are_gathered_to_words(pieces, expected):
    assert word_groups(pieces).tolist() == expected


@pytest.mark.parametrize(
    ("token", "expected"), [(-1, ["sad", "."]), (0, ["Mia", "A"]), ("had", [" had", None]), ("was", [" was", " was"])]
)
def test_the_first_token(byte_pair_model, token, expected):
    texts = ["Mia had a kite, and her kite was sad", "A girl was sad."]
    entries = attention_explorer(byte_pair_model, texts, token=token).data["texts"]
    for entry, text in zip(entries, expected, strict=True):
        place = entry["token"]
        if text is None:
            assert place is None
        else:
            assert entry["tokens"][place].strip() == text.strip()
            assert text.strip() not in entry["tokens"][place + 1 :]


def test_attention_data_are_those_of_the_model(random_model):
    text = random_model.tokenizer.characters[-9:]
    explorable = attention_explorer(random_model, {text: "nine characters"}, layer=1, head=2)
    data = explorable.data
    assert (data["layer"], data["head"], data["layers"], data["heads"], data["d_k"]) == (1, 2, 2, 3, 8)
    assert data["model"] is None and explorable.pretrained is random_model
    (entry,) = data["texts"]
    assert (entry["text"], entry["gloss"]) == (text, "nine characters")
    assert next(iter(entry["stored"])) == "1.2" and len(entry["stored"]) == 6
    _, record = reference(random_model, [0, *random_model.tokenizer.encode(text)])
    for place, parts in entry["stored"].items():
        layer, head = map(int, place.split("."))
        block = f"blocks.{layer}.attention."
        np.testing.assert_allclose(unpacked(parts["scores"]), record[block + "scores"][head].ravel(), rtol=1e-3)
        for name in ("query", "key", "value"):
            expected = record[block + name][head][:, :3].ravel()
            np.testing.assert_allclose(unpacked(parts[name]), expected, rtol=1e-3, atol=1e-6)
    thumbnail = unpacked(entry["overview"][1][2]).reshape(10, 10)
    np.testing.assert_allclose(thumbnail.sum(axis=1), 1, atol=2e-3)
    assert text in explorable.alt


def test_a_shipped_model_is_named_and_the_bundle_stays_small(shipped):
    texts = [next(town.stories("test", lang, 1)).text[:160] for lang in ("en", "zh")]
    explorable = attention_explorer("town-gpt", texts)
    assert explorable.data["model"] == "town-gpt" and explorable.pretrained is None
    assert len(json.dumps(explorable.to_json())) < BUDGET + 5000 < 150_000
    assert [entry["text"] for entry in explorable.data["texts"]] == texts
    assert all(entry["stored"] for entry in explorable.data["texts"])
    assert attention_explorer(shipped, texts[1]).data["model"] == "town-gpt"


def test_the_head_that_looks_back_comes_first(random_model):
    """Of two heads, the one whose queries match early keys is chosen over one that looks at itself."""
    from minillm.explorables.attention import _telling_heads

    time = 8
    near, far = torch.eye(time), torch.zeros(time, time)
    far[:, 1] = 1
    record = {"blocks.0.attention.weights": torch.stack([near, far])[None]}
    assert _telling_heads(Reading("a b c d", list("a b c d"), record))[0] == (0, 1)


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"sentences": []}, ConfigError, "at least one"),
        ({"sentences": ""}, ConfigError, "at least one"),
        ({"sentences": "a", "layer": 2}, ConfigError, "layer = 2"),
        ({"sentences": "a", "head": -1}, ConfigError, "head = -1"),
        ({"sentences": ["ab", "a"], "token": 1}, ConfigError, "token = 1"),
        ({"sentences": "a", "token": "kite"}, ConfigError, "'kite' stands in none"),
        ({"sentences": "a", "view": "characters"}, ConfigError, "characters"),
        ({"sentences": "a☃"}, UnknownCharacterError, "☃"),
        ({"sentences": "a" * 40}, PromptError, "41 tokens"),
    ],
)
def test_attention_errors(random_model, settings, error, said):
    with pytest.raises(error, match=said):
        attention_explorer(random_model, **settings)


def test_a_model_that_does_not_attend_has_no_attention(counted_model):
    with pytest.raises(ConfigError, match="NGram has no attention"):
        attention_explorer(counted_model, "a")


HISTORY = [
    {"step": 10, "tokens": 640, "train_loss": 3.21049, "seconds": 1.0, "valid_loss_zh": 3.5, "valid_loss_en": 3.25},
    {"step": 20, "tokens": 1280, "train_loss": 2.5, "valid_loss_en": 2.25, "samples": {"en": "Once", "zh": "从前"}},
]


def test_replay_data():
    class Floor:
        nats_per_token = 0.5

    data = training_replay(HISTORY, {"en": Floor(), "zh": 0.75}).data
    assert data["steps"] == [10, 20] and data["tokens"] == [640, 1280]
    lines = {line["name"]: line["values"] for line in data["series"]}
    assert lines == {"training": [3.21, 2.5], "held-out English": [3.25, 2.25], "held-out Chinese": [3.5, None]}
    assert {line["of"]: line["value"] for line in data["floors"]} == {"en": 0.5, "zh": 0.75}
    assert [sample["texts"] for sample in data["samples"]] == [[None, "Once"], [None, "从前"]]
    assert "seconds" not in json.dumps(data)


def test_replay_of_a_run_in_one_language():
    history = [{"step": i, "train_loss": 3.0 - i, "valid_loss": 3.1 - i, "samples": "ab"} for i in range(3)]
    explorable = training_replay(history, 0.5, start=2)
    assert [line["name"] for line in explorable.data["series"]] == ["training", "held-out"]
    assert [line["of"] for line in explorable.data["floors"]] == [explorable.data["series"][1]["of"]]
    assert explorable.data["start"] == 2
    assert "entropy floor 0.5" in explorable.alt
    assert training_replay(history).data["floors"] == []


def test_replay_errors():
    with pytest.raises(ConfigError, match="has 1"):
        training_replay(HISTORY[:1])
    with pytest.raises(ConfigError, match="start = 5"):
        training_replay(HISTORY, start=5)


def test_the_shipped_history_can_be_replayed(shipped):
    explorable = training_replay(shipped.history, 0.5)
    assert len(explorable.data["steps"]) == len(shipped.history)
    assert len(explorable.data["samples"]) == 2


def test_live(shipped):
    explorable = live()
    assert explorable.data["model"] == "town-gpt"
    assert {start["lang"] for start in explorable.data["starts"]} == {"en", "zh"}
    assert all(start["gloss"] for start in explorable.data["starts"] if start["lang"] == "zh")
    assert explorable.data["megabytes"] == megabytes(shipped)


def test_stories_of_the_town_do_begin_like_that():
    for start in live().data["starts"]:
        stories = town.stories("train", start["lang"], 3000)
        assert any(story.text.startswith(start["text"]) for story in stories), start["text"]


def test_live_errors():
    with pytest.raises(UnknownCharacterError, match="D83D"):
        live(starts=[("a\ud83d", "en", "")])
    with pytest.raises(ConfigError, match="at least one"):
        live(starts=[])
    with pytest.raises(ConfigError, match="temperature = 2"):
        live(temperature=2)
