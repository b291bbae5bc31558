"""The engine in its Worker, as pages run it: opened from a disk, weights from script parts, in Chromium."""

import base64
import json
import shutil

import numpy as np
import pytest
import torch

from minillm.explorables.base import SCRIPTS
from minillm.explorables.weights_js import write_parts
from minillm.tokenizers import town_tokenizer
from tests.chromium import new_page
from tests.explorables.oracle import reference, stages

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>engine</title>
<div class="ml-explorable"><script type="application/json">{"name": "probe", "data": {}}</script></div>
<script src="host.js"></script>
<script>
  minillm.explorable("probe", (el, data, host) => { globalThis.host = host; });
  minillm.mount(document.querySelector(".ml-explorable"));
  globalThis.fractions = [];
  globalThis.open = (name = "MODEL") => host.model(name, { onProgress: (fraction) => fractions.push(fraction) });
  globalThis.base64 = (floats) => {
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
</script>"""

LOGITS = "async (ids) => base64((await (await open()).forward(ids)).logits)"
GENERATE = """async ([ids, options]) => {
  const client = await open();
  const tokens = [];
  const result = await client.generate(ids, { ...options, onToken: (token) => tokens.push(token) });
  return { ...result, tokens };
}"""


def open_page(browser, folder, pretrained, name):
    """A page under file:// that can open one model, and the watch over what it requests."""
    shutil.copy(SCRIPTS / "host.js", folder)
    shutil.copytree(SCRIPTS / "engine", folder / "engine")
    write_parts(name, folder / "weights", parts=8, pretrained=pretrained)
    (folder / "page.html").write_text(PAGE.replace("MODEL", name), encoding="utf-8")
    page, watch = new_page(browser)
    page.goto((folder / "page.html").as_uri())
    return page, watch


@pytest.fixture(scope="module")
def town(browser, shipped, tmp_path_factory):
    page, watch = open_page(browser, tmp_path_factory.mktemp("town"), shipped, "town-gpt")
    yield page
    assert not watch.outside and not watch.failed and not watch.errors


@pytest.fixture(scope="module")
def small(browser, random_model, tmp_path_factory):
    page, watch = open_page(browser, tmp_path_factory.mktemp("small"), random_model, "small")
    yield page
    assert not watch.outside and not watch.failed and not watch.errors


def decoded(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def test_weights_are_loaded_on_first_use_only_and_report_their_progress(browser, random_model, tmp_path):
    page, watch = open_page(browser, tmp_path, random_model, "small")
    assert page.evaluate("fractions.length") == 0
    assert not page.evaluate("[...document.scripts].some(({src}) => src.includes('/weights/small/'))")
    page.evaluate("async () => { await open(); }")
    page.evaluate("async () => { await open(); }")
    fractions = page.evaluate("fractions")
    assert fractions == sorted(fractions)
    assert set(fractions) >= {k / 8 for k in range(9)}
    assert page.evaluate("[...document.scripts].filter(({src}) => src.includes('/weights/small/')).length") == 8
    assert not watch.outside and not watch.failed and not watch.errors


def test_logits_of_a_hundred_held_out_stories(town, shipped, held_out):
    worst = 0.0
    for ids in held_out:
        expected, _ = reference(shipped, ids)
        worst = max(worst, np.abs(decoded(town.evaluate(LOGITS, ids)).reshape(expected.shape) - expected).max())
    assert worst < 1e-3


def test_every_activation(town, shipped, held_out):
    ids = held_out[60]
    expected, record = reference(shipped, ids)
    town.evaluate("async (ids) => { globalThis.all = await (await open()).forward(ids, "
                  "{attention: true, hidden: true, lens: true}); }", ids)  # fmt: skip
    for layer in range(shipped.model.config.num_layers):
        for head in range(shipped.model.config.num_heads):
            weights = record[f"blocks.{layer}.attention.weights"][head]
            ours = decoded(town.evaluate(f"base64(all.attention[{layer}][{head}])"))
            assert np.abs(ours.reshape(weights.shape) - weights).max() < 1e-4
            for name in ("scores", "query", "key", "value"):
                matrix = record[f"blocks.{layer}.attention.{name}"][head]
                ours = decoded(town.evaluate(f"base64(all.{name}[{layer}][{head}])"))
                assert np.abs(ours.reshape(matrix.shape) - matrix).max() < 1e-3
    last = shipped.model.config.num_layers
    hidden = decoded(town.evaluate(f"base64(all.hidden[{last}])")).reshape(len(ids), -1)
    assert np.abs(hidden - record[f"blocks.{last - 1}.output"]).max() < 1e-3
    assert np.abs(decoded(town.evaluate(f"base64(all.lens[{last}])")).reshape(expected.shape) - expected).max() < 1e-3


def test_stages_and_heads_that_are_off(small, random_model):
    """Through the Worker; a cache filled with all heads on is not taken for one with some off, nor the reverse."""
    ids, off = [0, 5, 9, 4], [[0, 1], [1, 2]]
    ask = "async ([ids, ablate]) => { globalThis.all = await (await open()).forward(ids, {stages: true, ablate}); }"
    small.evaluate(ask, [ids, off])
    expected, _ = reference(random_model, ids, off)
    assert np.abs(decoded(small.evaluate("base64(all.logits)")).reshape(expected.shape) - expected).max() < 1e-3
    assert small.evaluate("Object.keys(all)") == ["logits", "stages"]
    for name, matrix in stages(random_model, ids, off).items():
        if not name.endswith("heads"):
            path = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in name.split("."))
            ours = decoded(small.evaluate(f"base64(all.stages{'.layers' if path[0] == '[' else ''}{path})"))
            assert np.abs(ours - matrix.ravel()).max() < 1e-3, name
    for ablate in ([], off, []):
        written = small.evaluate(GENERATE, [ids, {"temperature": 0, "maxTokens": 4, "ablate": ablate}])
        told = [*ids]
        for token in written["tokens"]:
            logits, _ = reference(random_model, told, ablate)
            told.append(int(logits[-1].argmax()))
            assert token["id"] == told[-1]


def test_a_model_without_heads_says_so(browser, recurrent_model, tmp_path):
    page, _ = open_page(browser, tmp_path, recurrent_model, "recurrent")
    ask = "async () => (await open()).forward([0], {ablate: [[0, 0]]}).catch(({ message }) => message)"
    assert page.evaluate(ask) == 'a model of architecture "recurrent" has no heads to ablate'


def test_several_models_answer_on_one_page(browser, random_model, recurrent_model, counted_model, tmp_path):
    """Each in a Worker of its own, at the same time, and none takes another's answer."""
    models = {"small": random_model, "recurrent": recurrent_model, "counted": counted_model}
    page, watch = open_page(browser, tmp_path, random_model, "small")
    for name in ("recurrent", "counted"):
        write_parts(name, tmp_path / "weights", pretrained=models[name])
    answers = page.evaluate(
        """async (names) => Promise.all(names.map(async (name) => {
          const client = await open(name);
          const [{ logits }, { ids }] = await Promise.all([client.forward([0, 5, 9]),
            client.generate([0, 5], { temperature: 0, maxTokens: 3 })]);
          return { architecture: client.config.architecture, logits: base64(logits), ids };
        }))""",
        list(models),
    )
    assert [answer["architecture"] for answer in answers] == ["gpt", "recurrent", "ngram"]
    for answer, pretrained in zip(answers, models.values(), strict=True):
        with torch.no_grad():
            expected = pretrained.model(torch.tensor([[0, 5, 9]]))[0].numpy()
        assert np.abs(decoded(answer["logits"]).reshape(expected.shape) - expected).max() < 1e-3
        assert answer["ids"][0] == expected[1].argmax()
    assert not watch.outside and not watch.failed and not watch.errors


def test_a_tokenizer_is_opened_without_a_model(browser, random_model, tmp_path):
    page, watch = open_page(browser, tmp_path, random_model, "small")
    write_parts("town-tokenizer", tmp_path / "weights")
    text = "Mia's kite flew. 米米笑了。👩‍🚀"
    answer = page.evaluate(
        """async (text) => {
          const tokenizer = await host.tokenizer("town-tokenizer");
          const ids = tokenizer.encode(text);
          return { ids, text: tokenizer.decode(ids), tokens: tokenizer.tokens(text) };
        }""",
        text,
    )
    assert answer["ids"] == town_tokenizer().encode(text)
    assert answer["text"] == text
    assert len(answer["tokens"]) == len(answer["ids"])
    scripts = page.evaluate("[...document.scripts].map(({src}) => src)")
    assert not any("gpt.js" in script or "/small/" in script for script in scripts)
    page.evaluate("async () => { await open(); }")  # the rest of the engine comes later
    assert not watch.outside and not watch.failed and not watch.errors


def test_a_tensor_of_the_model_can_be_read(small, random_model):
    ours = decoded(small.evaluate("async () => base64(await (await open()).tensor('final_norm.weight'))"))
    np.testing.assert_array_equal(ours, random_model.model.final_norm.weight.detach().numpy())


def test_nothing_is_sent_that_was_not_asked_for(small):
    assert small.evaluate("async () => Object.keys(await (await open()).forward([1, 2]))") == ["logits"]


def test_the_tokenizer_answers_in_the_page(small, random_model):
    text = "ab é😀" + random_model.tokenizer.characters[-3:]
    ids = small.evaluate("async (text) => (await open()).tokenizer.prompt(text)", text)
    assert ids == [random_model.tokenizer.end_id, *random_model.tokenizer.encode(text)]
    assert small.evaluate("async (ids) => (await open()).tokenizer.decode(ids)", ids[1:]) == text
    assert small.evaluate("async (text) => (await open()).tokenizer.tokens(text)", text) == list(text)


def test_generation_is_that_of_node(small, random_model, node):
    options = {"seed": 11, "temperature": 1.3, "topP": 0.9, "maxTokens": 20}
    page = small.evaluate(GENERATE, [[0, 7, 3], options])
    (expected,) = node(random_model, [["generate", [0, 7, 3], options]])
    assert page["ids"] == [token["id"] for token in expected["made"]]
    assert page["reason"] == expected["reason"]
    assert [token["id"] for token in page["tokens"]] == page["ids"]
    for ours, theirs in zip(page["tokens"], expected["made"], strict=True):
        assert ours["p"] == pytest.approx(theirs["p"], abs=1e-6)


def test_a_beginning_that_is_typed_on_gives_the_same_text(small):
    """What the cache kept of the last request changes nothing."""
    options = {"seed": 3, "maxTokens": 9}
    prompts = [[0, 4, 8, 9], [0, 4, 8, 9, 5], [0, 4], [0, 4, 8, 9], [0, 4, 8, 9]]
    texts = [small.evaluate(GENERATE, [ids, options])["ids"] for ids in prompts]
    assert texts[0] == texts[3] == texts[4]
    fresh = small.evaluate(
        "async ([ids, options]) => { const c = await open(); await c.generate([0, 77], {maxTokens: 1});"
        " return (await c.generate(ids, options)).ids; }",
        [prompts[1], options],
    )
    assert texts[1] == fresh


def test_stopping(town):
    """Aborting ends a generation soon, and the next request is answered as if nothing had been."""
    stopped = town.evaluate(
        """async () => {
          const client = await open(), stopper = new AbortController();
          let seen = 0;
          const result = await client.generate(client.tokenizer.prompt("One "), { temperature: 1.5, maxTokens: 300,
            signal: stopper.signal, onToken: () => { if (++seen === 5) stopper.abort(); } });
          return { ...result, seen };
        }"""
    )
    assert stopped["reason"] == "stopped"
    assert stopped["seen"] == 5
    assert 5 <= len(stopped["ids"]) < 60
    ids, options = [0, 5, 6], {"temperature": 0, "maxTokens": 10}
    assert town.evaluate(GENERATE, [ids, options])["ids"] == town.evaluate(GENERATE, [ids, options])["ids"]


def test_requests_at_the_same_time_do_not_mix(small):
    options = {"seed": 5, "maxTokens": 8}
    alone = [small.evaluate(GENERATE, [[0, start], options])["ids"] for start in (3, 9)]
    together = small.evaluate(
        """async (options) => {
          const client = await open();
          const all = [client.generate([0, 3], options), client.forward([1, 2]), client.generate([0, 9], options)];
          const [first, , second] = await Promise.all(all);
          return [first.ids, second.ids];
        }""",
        options,
    )
    assert together == alone


@pytest.mark.parametrize(
    ("call", "name", "said"),
    [
        ("client.tokenizer.encode('ab☃')", "UnknownCharacterError", "☃"),
        ("client.tensor('head.weight')", "ConfigError", "head.weight"),
        ("client.forward([])", "PromptError", "at least one"),
        ("client.forward(new Array(41).fill(1))", "PromptError", "41 tokens"),
        ("client.generate(new Array(40).fill(1))", "PromptError", "leave no room"),
        ("client.generate([0], {temperature: -2})", "SamplingError", "temperature = -2"),
        ("client.generate([0], {topK: 0})", "SamplingError", "topK = 0"),
    ],
)
def test_errors_reach_the_page_and_leave_the_model_working(small, call, name, said):
    error = small.evaluate(
        f"async () => {{ const client = await open(); try {{ await {call}; }} "
        "catch (error) { return [error.name, error.message]; } }"
    )
    assert error[0] == name
    assert said in error[1]
    assert json.loads(small.evaluate("async () => JSON.stringify((await (await open()).forward([1])).logits.length)"))


def test_a_missing_part_is_an_error_that_names_the_file(browser, random_model, tmp_path):
    page, _ = open_page(browser, tmp_path, random_model, "small")
    (tmp_path / "weights" / "small" / "part-5.js").unlink()
    message = page.evaluate("async () => { try { await open(); } catch (error) { return error.message; } }")
    assert "part-5.js" in message
