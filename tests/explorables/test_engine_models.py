"""The models before attention, and GPTs of byte pairs, compute in the page what PyTorch computes. Run in node."""

import numpy as np
import pytest
import torch

from minillm import town
from minillm.explorables.weights_js import pack
from minillm.weights import Pretrained, available, load


@torch.no_grad()
def logits_of(pretrained: Pretrained, ids: list[int]) -> np.ndarray:
    return pretrained.model(torch.tensor([ids]))[0].numpy()


def random_ids(pretrained: Pretrained, count: int) -> list[int]:
    return torch.randint(pretrained.model.config.vocab_size, (count,), generator=torch.manual_seed(4)).tolist()


def assert_agrees(node, pretrained: Pretrained, ids: list[int]) -> None:
    """All at once, token by token, in pieces, and after going back."""
    expected = logits_of(pretrained, ids)
    jobs = [["forward", ids], ["forward", ids, [1] * len(ids)], ["forward", ids, [3, 1, 5]]]
    for logits in node(pretrained, jobs):
        assert np.abs(logits.reshape(expected.shape) - expected).max() < 1e-3
    (rest,) = node(pretrained, [["rewound", ids, 4]])
    assert np.abs(rest.reshape(len(ids) - 4, -1) - expected[4:]).max() < 1e-3


def test_recurrent_models(node, recurrent_model):
    assert_agrees(node, recurrent_model, random_ids(recurrent_model, 30))


def test_states_of_recurrent_models(node, recurrent_model):
    ids = random_ids(recurrent_model, 12)
    record: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        recurrent_model.model(torch.tensor([ids]), record=record)
    (result,) = node(recurrent_model, [["record", ids]])
    config = recurrent_model.model.config
    np.testing.assert_allclose(result["hidden"][0].ravel(), record["embedding"].ravel(), atol=1e-6)
    assert len(result["hidden"]) == config.num_layers + 1
    for layer in range(config.num_layers):
        hidden = record[f"layers.{layer}.hidden"].ravel()
        np.testing.assert_allclose(result["hidden"][layer + 1].ravel(), hidden, atol=1e-5)
        if config.cell == "lstm":
            np.testing.assert_allclose(result["cell"][layer].ravel(), record[f"layers.{layer}.cell"].ravel(), atol=1e-5)
    assert len(result["cell"]) == (config.num_layers if config.cell == "lstm" else 0)


def test_ngram_models(node, counted_model):
    tokenizer = counted_model.tokenizer
    texts = [story.text for lang in ("en", "zh") for story in town.stories("test", lang, 2)]
    for text in texts:
        assert_agrees(node, counted_model, [tokenizer.end_id, *tokenizer.encode(text)[:60]])
    assert_agrees(node, counted_model, [0, *random_ids(counted_model, 20)])


def test_an_ngram_model_says_how_far_it_looked_back(node, counted_model):
    """After a beginning that many stories have, long n-grams are known; after a byte that no text has, none is."""
    story = next(town.stories("train", "en", 1)).text
    ids = [0, *counted_model.tokenizer.encode(story)[:6]]
    never = counted_model.tokenizer.vocab[b"\xff"]
    known, nonsense = node(counted_model, [["record", ids], ["record", [0, never]]])
    assert known["order"][:4] == [2, 3, 4, 4]
    assert nonsense["order"] == [2, 1]


def test_gpt_of_byte_pairs(node, byte_pair_model):
    tokenizer = byte_pair_model.tokenizer
    for lang in ("en", "zh"):
        text = next(town.stories("test", lang, 1)).text
        assert_agrees(node, byte_pair_model, [tokenizer.end_id, *tokenizer.encode(text)])


def test_a_recurrent_model_writes(node, recurrent_model):
    assert_writes(node, recurrent_model)


@pytest.mark.parametrize("kind", ["counted_model", "byte_pair_model"])
def test_other_models_write(node, kind, request):
    assert_writes(node, request.getfixturevalue(kind))


def assert_writes(node, pretrained):
    """The same text for the same seed, and greedily the likeliest tokens with their probabilities."""
    ids = [pretrained.tokenizer.end_id, *pretrained.tokenizer.encode("One ")]
    first, again, greedy = node(
        pretrained,
        [["generate", ids, options] for options in ({"seed": 3, "maxTokens": 9}, {"seed": 3, "maxTokens": 9},
                                                    {"temperature": 0, "maxTokens": 9})],
    )  # fmt: skip
    assert first == again
    for token in greedy["made"]:
        expected = torch.from_numpy(logits_of(pretrained, ids)[-1].copy()).double().softmax(-1)
        assert token["id"] == int(expected.argmax())
        assert token["p"] == pytest.approx(float(expected.max()), abs=1e-4)
        ids.append(token["id"])


def test_without_a_context_length_a_text_may_be_long(node, recurrent_model):
    (result,) = node(recurrent_model, [["generate", [0, 5], {"seed": 1, "maxTokens": 450}]])
    assert result["reason"] == "end" or len(result["made"]) == 450


def test_errors_name_the_value(node, recurrent_model, counted_model):
    size = recurrent_model.model.config.vocab_size
    for result in node(recurrent_model, [["forwardRaw", [size]], ["forwardRaw", []]]):
        assert result["error"]["name"] == "PromptError"
    (result,) = node(counted_model, [["forwardRaw", [-1]]])
    assert "-1" in result["error"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*available()} - {"town-bert", "town-translator"}))  # these do not write on
def test_shipped_models_on_held_out_stories(node, name):
    pretrained = load(name)
    texts = [story.text for lang in pretrained.card["scores"] for story in town.stories("test", lang, 25)]
    stories = [[pretrained.tokenizer.end_id, *pretrained.tokenizer.encode(text)] for text in texts]
    for ids, logits in zip(stories, node(pretrained, [["forward", ids] for ids in stories]), strict=True):
        expected = logits_of(pretrained, ids)
        assert np.abs(logits.reshape(expected.shape) - expected).max() < 1e-3
    for tensor in pretrained.model.state_dict().values():
        assert not tensor.is_floating_point() or torch.equal(tensor.half().float(), tensor)
    assert pack(pretrained) == pack(load(name))
