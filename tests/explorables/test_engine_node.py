"""The engine of the pages computes what PyTorch computes. Run in node; test_engine_browser.py runs it in Chromium."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

from minillm.generation import generate, next_token_probabilities
from tests.explorables.oracle import reference

ATTENTION = {"query": "query", "key": "key", "value": "value", "scores": "scores", "attention": "weights"}


@pytest.mark.slow
def test_logits_of_a_hundred_held_out_stories(node, shipped, held_out):
    results = node(shipped, [["forward", ids] for ids in held_out])
    worst = 0.0
    for ids, logits in zip(held_out, results, strict=True):
        expected, _ = reference(shipped, ids)
        worst = max(worst, np.abs(logits.reshape(expected.shape) - expected).max())
    assert worst < 1e-3


def test_with_the_cache_logits_are_the_same(node, shipped, held_out):
    for ids in (held_out[0], held_out[-1]):
        expected, _ = reference(shipped, ids)
        for logits in node(shipped, [["forward", ids, [1] * len(ids)], ["forward", ids, [7, 1, 1, 30]]]):
            assert np.abs(logits.reshape(expected.shape) - expected).max() < 1e-3


def assert_record_agrees(pretrained, ids, result):
    expected, record = reference(pretrained, ids)
    config = pretrained.model.config
    assert np.abs(result["logits"].reshape(expected.shape) - expected).max() < 1e-3
    for ours, theirs in ATTENTION.items():
        bound = 1e-4 if ours == "attention" else 1e-3
        for layer in range(config.num_layers):
            for head in range(config.num_heads):
                matrix = record[f"blocks.{layer}.attention.{theirs}"][head]
                assert np.abs(result[ours][layer][head].reshape(matrix.shape) - matrix).max() < bound, ours
    hidden = [record["embedding"], *(record[f"blocks.{layer}.output"] for layer in range(config.num_layers))]
    assert len(result["hidden"]) == len(result["lens"]) == len(hidden)
    for ours, lens, theirs in zip(result["hidden"], result["lens"], hidden, strict=True):
        # a few dimensions of the residual stream run to hundreds, and single precision errs in proportion
        np.testing.assert_allclose(ours.reshape(theirs.shape), theirs, rtol=1e-5, atol=1e-3)
        model = pretrained.model
        head = model.embedding if model.head is None else model.head
        with torch.no_grad():
            seen = (model.final_norm(torch.from_numpy(theirs.copy())) @ head.weight.T).numpy()
        assert np.abs(lens.reshape(seen.shape) - seen).max() < 2e-3


def test_every_activation_of_a_story(node, shipped, held_out):
    for ids, result in zip(held_out[::50], node(shipped, [["record", ids] for ids in held_out[::50]]), strict=True):
        assert_record_agrees(shipped, ids, result)


def test_every_shape_of_model(node, each_model):
    config = each_model.model.config
    ids = torch.randint(config.vocab_size, (config.context_length,), generator=torch.manual_seed(2)).tolist()
    recorded, pieces = node(each_model, [["record", ids], ["forward", ids, [5, 1, 1, 9]]])
    assert_record_agrees(each_model, ids, recorded)
    assert np.abs(pieces - recorded["logits"]).max() < 1e-3


def test_the_tokenizer_is_the_same(node, shipped, held_out, random_model):
    texts = [shipped.tokenizer.decode(ids[1:]) for ids in held_out[::10]]
    for text, ids in zip(texts, node(shipped, [["encode", text] for text in texts]), strict=True):
        assert ids == shipped.tokenizer.encode(text)
    text = "ab é😀 " + random_model.tokenizer.characters[-5:]
    ids, tokens, prompt = node(random_model, [["encode", text], ["tokens", text], ["prompt", text]])
    assert ids == random_model.tokenizer.encode(text)
    assert tokens == list(text)
    assert prompt == [random_model.tokenizer.end_id, *ids]
    assert node(random_model, [["decode", prompt]]) == [random_model.tokenizer.decode(prompt)]


def test_probabilities_are_those_of_the_package(node, random_model):
    rng = np.random.default_rng(3)
    rows = [rng.normal(0, 2, 30).astype(np.float32), np.repeat(np.float32([3, 2, 1]), 4), np.zeros(5, np.float32)]
    cuts = [(None, None), (1, None), (4, None), (99, 0.9), (None, 0.5), (6, 1.0)]
    cases = list(itertools.product(rows, [0.0, 0.5, 1.0, 1.7], cuts))
    jobs = [["probabilities", row.tolist(), {"temperature": t, "topK": k, "topP": p}] for row, t, (k, p) in cases]
    for (row, t, (k, p)), ours in zip(cases, node(random_model, jobs), strict=True):
        expected = next_token_probabilities(torch.from_numpy(row).double(), t, k, p)
        np.testing.assert_allclose(ours, expected.numpy(), atol=1e-12, err_msg=f"{t=} {k=} {p=}")


def test_draws_follow_the_probabilities(node, random_model):
    p = [0.5, 0.0, 0.2, 0.05, 0.25]
    draws, again, other = node(random_model, [["draws", p, 7, 20000], ["draws", p, 7, 20000], ["draws", p, 8, 20000]])
    assert draws == again != other
    counts = np.bincount(draws, minlength=len(p))
    assert counts[1] == 0
    drawn = [0, 2, 3, 4]
    assert stats.chisquare(counts[drawn], 20000 * np.array(p)[drawn]).pvalue > 1e-4
    # one draw says nothing about the next
    pairs = np.histogram2d(draws[:-1], draws[1:], bins=[range(6)] * 2)[0][np.ix_(drawn, drawn)]
    assert stats.chi2_contingency(pairs).pvalue > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("lang_start", [0, 50])
def test_greedy_text_is_that_of_the_package(node, shipped, held_out, lang_start):
    prompts = [shipped.tokenizer.decode(ids[1:12]) for ids in held_out[lang_start : lang_start + 3]]
    jobs = [["generate", [0, *shipped.tokenizer.encode(text)], {"temperature": 0}] for text in prompts]
    for text, result in zip(prompts, node(shipped, jobs), strict=True):
        ids = [token["id"] for token in result["made"]]
        assert result["reason"] in ("end", "context", "length")
        assert (ids[-1] == 0) == (result["reason"] == "end")
        written = shipped.tokenizer.decode(ids[:-1] if result["reason"] == "end" else ids)
        assert written == generate(shipped.model, shipped.tokenizer, text, temperature=0)


def test_generation_reports_probabilities_and_is_repeatable(node, random_model):
    ids = [0, 5, 9]
    settings = {"seed": 4, "temperature": 2.0, "topK": 8, "maxTokens": 12}
    first, again, other = node(random_model, [["generate", ids, {**settings, "seed": seed}] for seed in (4, 4, 5)])
    assert first == again != other
    for token in first["made"]:
        logits, _ = reference(random_model, ids)
        p = torch.from_numpy(logits[-1].copy()).softmax(-1)
        drawn = next_token_probabilities(torch.from_numpy(logits[-1].copy()), 2.0, 8)
        assert token["p"] == pytest.approx(float(p[token["id"]]), abs=1e-4)
        assert token["drawn"] == pytest.approx(float(drawn[token["id"]]), abs=1e-4)
        assert [one["id"] for one in token["top"]] == p.topk(5).indices.tolist()
        ids.append(token["id"])


def test_generation_stops_where_the_context_ends(node, random_model):
    length = random_model.model.config.context_length
    almost = [[1] * (length - 3), {"maxTokens": 99, "seed": 1}]
    (result,) = node(random_model, [["generate", *almost]])
    assert result["reason"] == "end" or (result["reason"] == "context" and len(result["made"]) == 3)
    (error,) = node(random_model, [["generate", [1] * length, {}]])
    assert error["error"]["name"] == "PromptError"
    assert f"{length}" in error["error"]["message"]


@pytest.mark.parametrize(
    ("job", "name", "said"),
    [
        (["encode", "ab☃c"], "UnknownCharacterError", ["☃", "U+2603", "position 2"]),
        (["encode", "a\n"], "UnknownCharacterError", ["U+000A"]),
        (["forward", [1] * 41, [41]], "PromptError", ["41 tokens", "context of 40"]),
        (["forward", [3] * 41, [40]], "PromptError", ["41 tokens"]),
        (["forwardRaw", []], "PromptError", ["at least one"]),
        (["generate", [], {}], "PromptError", ["at least one"]),
        (["forwardRaw", [-1]], "PromptError", ["-1"]),
        (["forwardRaw", [100000]], "PromptError", ["100000"]),
        (["probabilities", [0, 1], {"temperature": -1}], "SamplingError", ["temperature = -1"]),
        (["probabilities", [0, 1], {"temperature": "warm"}], "SamplingError", ["temperature = warm"]),
        (["probabilities", [0, 1], {"topK": 0}], "SamplingError", ["topK = 0"]),
        (["probabilities", [0, 1], {"topK": 1.5}], "SamplingError", ["topK = 1.5"]),
        (["probabilities", [0, 1], {"topP": 0}], "SamplingError", ["topP = 0"]),
        (["probabilities", [0, 1], {"topP": 1.1}], "SamplingError", ["topP = 1.1"]),
    ],
)
def test_errors_name_the_value(node, random_model, job, name, said):
    (result,) = node(random_model, [job])
    assert result["error"]["name"] == name
    for words in said:
        assert words in result["error"]["message"]


def test_half_precision_is_decoded_exactly(node, random_model):
    halves = np.arange(2**16, dtype=np.uint16)
    finite = halves[np.isfinite(halves.view(np.float16))]
    (decoded,) = node(random_model, [["halfToFloat", finite.tolist()]])
    np.testing.assert_array_equal(decoded, finite.view(np.float16).astype(np.float32))


def test_erf(node, random_model):
    values = np.linspace(-6, 6, 2001).tolist()
    (ours,) = node(random_model, [["erf", values]])
    np.testing.assert_allclose(ours, [math.erf(x) for x in values], atol=2e-7)
