"""The explorables that show a model, used as readers use them: opened from a disk, with mouse, keyboard and typing."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from minillm import town
from minillm.explorables import attention as attention_module
from minillm.explorables.attention import attention_explorer, gathered, word_groups, words
from minillm.explorables.live_model import live
from minillm.explorables.replay import training_replay
from minillm.explorables.weights_js import write_parts
from minillm.models import GPT
from minillm.tokenizers import town_tokenizer
from minillm.weights import Pretrained
from tests.chromium import new_page
from tests.explorables.conftest import shaken
from tests.explorables.oracle import reference
from tests.explorables.shown import copy_scripts

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>explorable</title><link rel="stylesheet" href="explorables.css">
<div class="ml-explorable"><script type="application/json">DATA</script></div>
<script src="host.js"></script><script>minillm.mount(document.querySelector(".ml-explorable"))</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorables")
    copy_scripts(folder)
    write_parts("town-gpt", folder / "weights")
    return folder


@pytest.fixture
def show(browser, folder):
    """Opens an explorable in a page; at the end, nothing may have gone wrong in it."""
    watches = []

    def show(explorable, width=1280):
        data = json.dumps(explorable.to_json(), ensure_ascii=False).replace("<", "\\u003c")
        file = folder / f"{explorable.name}-{len(watches)}.html"
        file.write_text(PAGE.replace("DATA", data), encoding="utf-8")
        page, watch = new_page(browser, width)
        watches.append(watch)
        page.goto(file.as_uri())
        page.wait_for_selector('[data-state="ready"]')
        return page

    yield show
    for watch in watches:
        assert not watch.outside and not watch.failed and not watch.errors


@pytest.fixture(scope="module")
def sentence():
    """The beginning of a held-out story, and a word that takes several tokens."""
    return re.match(r".{46}\S*", next(town.stories("test", "en", 1)).text)[0] + " zigzagging"


@pytest.fixture(scope="module")
def tokens(sentence):
    """What each token of it adds to the text."""
    return list(town_tokenizer().decode_iterable(town_tokenizer().encode(sentence)))


def shares(page):
    """What is said of each token: its weight in percent, or that it is hidden."""
    labels = page.eval_on_selector_all(".ml-att-token", "all => all.map((one) => one.getAttribute('aria-label'))")
    return [label.rsplit(", ", 1)[1] for label in labels]


def percent(weight):
    return "<1%" if 0 < weight < 0.01 else f"{int(100 * weight + 0.5)}%"


def assert_close(said, weights):
    """Percentages as shown; one in the last place is allowed, since the page holds 16-bit floats."""
    assert len(said) == len(weights)
    for text, weight in zip(said, weights, strict=True):
        if "hidden" in text:
            assert weight == 0
        elif text == "<1%":
            assert 0 < weight < 0.0125
        else:
            assert abs(int(text[:-1]) - 100 * weight) < 1.2, (text, weight)


def head_weights(record, layer, head, mask=True, scale=True):
    """Softmax of the scores of one head, with or without its mask and its scaling, in NumPy."""
    scores = record[f"blocks.{layer}.attention.scores"][head].astype(np.float64)
    if not scale:
        scores *= np.sqrt(record["blocks.0.attention.query"].shape[-1])
    if mask:
        scores = np.where(np.tril(np.ones_like(scores)) > 0, scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


@pytest.fixture
def explorer(show, shipped, sentence):
    """An attention explorer by tokens, and PyTorch's activations for its sentence."""
    page = show(attention_explorer("town-gpt", sentence, layer=1, head=2, view="tokens"))
    _, record = reference(shipped, [0, *shipped.tokenizer.encode(sentence)])
    return page, record


def test_weights_are_those_of_pytorch_under_every_switch(explorer, tokens):
    page, record = explorer
    row = len(tokens) - 6
    page.click(f".ml-att-token:nth-child({row + 1})")
    assert_close(shares(page), head_weights(record, 1, 2)[row])
    assert sum("hidden" in text for text in shares(page)) == 6
    page.get_by_label("Causal mask").uncheck()
    assert_close(shares(page), head_weights(record, 1, 2, mask=False)[row])
    page.get_by_label("Divide by").uncheck()
    assert_close(shares(page), head_weights(record, 1, 2, mask=False, scale=False)[row])
    page.get_by_label("Causal mask").check()
    assert_close(shares(page), head_weights(record, 1, 2, scale=False)[row])


@pytest.mark.parametrize("option", [{"window": 3}, {"positions": "alibi"}, {"positions": "t5", "window": 5}])
def test_windows_and_biases_are_those_of_the_model(show, random_model, option):
    """What a window hides is hidden here too; where positions add to the scores, no step pretends that q · k is all."""
    config = replace(random_model.model.config, **option)
    pretrained = Pretrained(shaken(GPT(config)), random_model.tokenizer, {"name": "random"}, [])
    text = random_model.tokenizer.characters[-9:]
    page = show(attention_explorer(pretrained, text, layer=1, head=2, view="tokens"))
    page.locator(".ml-att-token").last.click()
    _, record = reference(pretrained, [0, *pretrained.tokenizer.encode(text)])
    said = shares(page)
    for label, weight in zip(said, record["blocks.1.attention.weights"][2][-1], strict=True):
        assert label == "0%" if weight == 0 else label == "<1%" or abs(int(label[:-1]) - 100 * weight) < 1.2
    assert said.count("0%") >= ("window" in option) * (10 - option.get("window", 0))
    assert page.locator(".ml-att-steps").count() == ("positions" not in option)


def test_words_gather_their_tokens(explorer, sentence, tokens):
    import torch

    page, record = explorer
    assert page.locator(".ml-att-token").count() == len(tokens) + 1
    page.get_by_role("button", name="By words").click()
    assert page.locator(".ml-att-token").count() == len(words(sentence)) + 1 < len(tokens)
    page.locator(".ml-att-token").last.click()
    assert page.locator(".ml-att-token").last.get_attribute("aria-label").startswith("zigzagging, ")
    group = word_groups(tokens)
    assert_close(shares(page), gathered(torch.from_numpy(head_weights(record, 1, 2)), group)[-1].numpy())


def test_where_every_token_is_a_word_there_is_no_choice_between_them(show):
    page = show(attention_explorer("town-gpt", ["Mia was sad.", "It was zigzagging"]))
    assert page.get_by_role("button", name="By tokens").is_hidden()
    page.get_by_role("button", name="It was").click()
    assert page.get_by_role("button", name="By tokens").is_visible()


def test_bytes_of_a_character_are_shown_as_parts_of_it(show, byte_pair_model):
    page = show(attention_explorer(byte_pair_model, "A ☃.", view="tokens"))
    names = page.eval_on_selector_all(".ml-att-token", "all => all.map((one) => one.getAttribute('aria-label'))")
    names = [name.split(",")[0] for name in names]
    assert names[:2] == ["start", "A"] and names[-2:] == ["☃", "."] and set(names[2:-2]) <= {"␣", "…"}
    page.get_by_role("button", name="By words").click()
    assert page.locator(".ml-att-token").count() == 4


@pytest.mark.parametrize(("token", "expected"), [(-1, "sad"), (0, "Mia"), ("was", "was")])
def test_it_begins_at_the_token_asked_for(show, shipped, token, expected):
    page = show(attention_explorer(shipped, "Mia was sad", token=token))
    chosen = page.locator('.ml-att-token[aria-checked="true"]')
    assert chosen.count() == 1
    assert chosen.get_attribute("aria-label").split(",")[0] == expected


def test_the_keyboard_walks_through_tokens_and_heads(explorer):
    page, record = explorer
    page.click(".ml-att-token:nth-child(10)")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("[...document.querySelectorAll('.ml-att-token')].indexOf(document.activeElement)") == 8
    assert_close(shares(page), head_weights(record, 1, 2)[8])
    page.locator('.ml-att-gallery [aria-checked="true"]').focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Layer 2, head 2"
    page.wait_for_function(
        "document.querySelector('.ml-att-matrix').ariaLabel.startsWith('Attention weights of layer 2, head 2')"
    )
    assert_close(shares(page), head_weights(record, 1, 1)[8])


def test_the_steps_lead_from_scores_to_the_output(explorer):
    page, record = explorer
    page.click(".ml-att-token:nth-child(9)")
    query, key, value = (record[f"blocks.1.attention.{name}"][2] for name in ("query", "key", "value"))
    weights = head_weights(record, 1, 2)[8]

    def table():
        cells = "rows => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
        return page.eval_on_selector_all(".ml-att-steps tbody tr", cells)

    def numbers(text):
        return [float(number) for number in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]

    page.get_by_role("button", name="1 Compare").click()
    own = next(row for row in table() if numbers(row[1]) == pytest.approx(key[8][:3].tolist(), abs=0.011))
    assert numbers(own[2])[0] == pytest.approx(float(query[8] @ key[8]), abs=0.03)
    page.get_by_role("button", name="2 Scale").click()
    raw, scaled = (numbers(cell)[0] for cell in table()[0][1:])
    assert scaled == pytest.approx(raw / np.sqrt(query.shape[-1]), abs=0.011)
    page.get_by_role("button", name="3 Mask").click()
    assert [row[2] for row in table()].count("−∞") == 2
    page.get_by_role("button", name="4 Softmax").click()
    shown = {row[2] for row in table()}
    assert percent(weights.max()) in shown or percent(weights.max() - 0.005) in shown
    page.get_by_role("button", name="5 Mix").click()
    assert numbers(table()[-1][3]) == pytest.approx((weights @ value)[:3].tolist(), abs=0.02)


def test_a_sentence_of_the_readers_own(explorer, shipped):
    page, _ = explorer
    own = next(town.stories("test", "zh", 1)).text[:30]
    ids = shipped.tokenizer.encode(own)
    assert not page.evaluate("[...document.scripts].some(({src}) => src.includes('/weights/town-gpt/'))")
    page.get_by_label("Your own sentence").fill(own)
    page.get_by_role("button", name="Look inside").click()
    page.wait_for_function("(count) => document.querySelectorAll('.ml-att-token').length === count", arg=len(ids) + 1)
    page.locator(".ml-att-token").last.click()
    _, record = reference(shipped, [0, *ids])
    assert_close(shares(page), head_weights(record, 1, 2)[-1])
    page.get_by_label("Your own sentence").fill("~" * 201)
    page.wait_for_function("document.querySelector('.ml-error').textContent.includes('201 tokens')")
    assert page.locator(".ml-att-token").count() == len(ids) + 1, "the last good sentence stays"


def test_a_head_that_is_not_stored_is_computed(show, shipped, sentence, monkeypatch):
    monkeypatch.setattr(attention_module, "BUDGET", 1)
    explorable = attention_explorer("town-gpt", sentence, layer=0, head=0, view="tokens")
    assert list(explorable.data["texts"][0]["stored"]) == ["0.0"]
    page = show(explorable, width=390)
    page.get_by_role("radio", name="Layer 3, head 1").click()
    page.wait_for_function(
        "document.querySelector('.ml-att-matrix').ariaLabel.startsWith('Attention weights of layer 3')"
    )
    page.locator(".ml-att-token").nth(10).click()
    _, record = reference(shipped, [0, *shipped.tokenizer.encode(sentence)])
    assert_close(shares(page), head_weights(record, 2, 0)[10])
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_model_of_ones_own_has_no_control_that_does_nothing(show, random_model):
    text = random_model.tokenizer.characters[-5:]
    page = show(attention_explorer(random_model, text))
    assert page.get_by_label("Your own sentence").count() == 0
    assert page.locator(".ml-att-gallery button:disabled").count() == 0


def test_the_matrix_and_the_thumbnails_are_drawn(explorer, shipped):
    page, _ = explorer
    config = shipped.model.config
    shades = page.eval_on_selector_all(
        "canvas",
        """all => all.map((canvas) => new Set(new Uint32Array(
          canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size)""",
    )
    assert len(shades) == 1 + config.num_layers * config.num_heads
    assert min(shades) > 3
    assert page.locator(".ml-att-arcs path").count() > 0


HISTORY = [
    {"step": 25 * k, "tokens": 1000 * k, "train_loss": 4 / k, "valid_loss_en": 4.5 / k, "valid_loss_zh": 5 / k,
     "samples": {"en": f"sample {k}", "zh": f"第{k}个"}}
    for k in range(1, 9)
]  # fmt: skip


def test_the_replay_follows_its_slider(show):
    page = show(training_replay(HISTORY, {"en": 0.4, "zh": 0.5}))
    assert "sample 1" in page.inner_text(".ml-replay-samples")
    page.locator(".ml-replay-slider").focus()
    page.keyboard.press("End")
    shown = page.inner_text(".ml-explorable")
    assert "sample 8" in shown and "第8个" in shown and "200" in shown
    assert re.search(r"0\.562\s+floor \+ 0\.162|0\.563\s+floor \+ 0\.163", shown)
    assert "Step 200" in page.get_attribute(".ml-replay-chart", "aria-label")
    page.keyboard.press("ArrowLeft")
    assert "sample 7" in page.inner_text(".ml-replay-samples")


@pytest.mark.parametrize("switch", ["Logarithmic steps", "Zoom in on the floor"])
def test_the_replays_switches_redraw_the_curves(show, switch):
    page = show(training_replay(HISTORY, 0.4))
    curves = "lines => lines.map((line) => line.getAttribute('points'))"
    before = page.eval_on_selector_all(".ml-replay-chart polyline", curves)
    page.get_by_label(switch).check()
    after = page.eval_on_selector_all(".ml-replay-chart polyline", curves)
    assert len(before) == len(after) == 3
    assert all(a != b for a, b in zip(before, after, strict=True))
    page.get_by_label(switch).uncheck()
    assert page.eval_on_selector_all(".ml-replay-chart polyline", curves) == before


def test_close_to_the_floor_a_short_run_still_has_curves(show):
    history = [{"step": 10 * k, "train_loss": 4 - 0.1 * k, "valid_loss": 4.2 - 0.1 * k} for k in range(1, 4)]
    page = show(training_replay(history, 0.1))
    page.get_by_label("Zoom in on the floor").check()
    curves = page.eval_on_selector_all(
        ".ml-replay-chart polyline", "all => all.map((one) => one.getAttribute('points'))"
    )
    assert len(curves) == 2
    assert all(curves) and "NaN" not in "".join(curves)


def test_the_replays_curve_lies_where_the_loss_says(show):
    page = show(training_replay(HISTORY, 0.4))
    points = page.eval_on_selector_all("polyline", "lines => lines[0].getAttribute('points')").split()
    x, y = np.array([point.split(",") for point in points], float).T
    steps, losses = np.array([entry["step"] for entry in HISTORY]), np.array([entry["train_loss"] for entry in HISTORY])
    assert np.corrcoef(x, steps)[0, 1] > 0.99999
    assert np.corrcoef(y, losses)[0, 1] < -0.99999
    floor = float(
        page.eval_on_selector("line[stroke-dasharray='2 4'][stroke-width='2']", "line => line.getAttribute('y1')")
    )
    slope, offset = np.polyfit(losses, y, 1)
    assert floor == pytest.approx(slope * 0.4 + offset, abs=0.5)


def test_the_replay_plays_and_pauses(show):
    page = show(training_replay(HISTORY, 0.4))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.ml-replay-samples').innerText.includes('sample 3')")
    page.get_by_role("button", name="Pause").click()
    stopped = page.input_value(".ml-replay-slider")
    page.wait_for_timeout(1500)
    assert page.input_value(".ml-replay-slider") == stopped


def pieces(page):
    return page.eval_on_selector_all(".ml-live-token:not(.ml-live-end)", "all => all.map((one) => one.textContent)")


def written(page):
    return "".join(pieces(page))


def test_the_live_model_continues_a_beginning(show):
    page = show(live(temperature=0))
    assert not page.evaluate("[...document.scripts].some(({src}) => src.includes('/weights/town-gpt/'))")
    page.get_by_role("button", name="Load the model").click()
    page.wait_for_selector(".ml-live-token")
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    assert len(written(page)) > 5
    first = page.locator(".ml-live-token").first
    first.focus()
    assert page.locator(".ml-live-top li").count() == 5
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[...document.querySelectorAll('.ml-live-token')].indexOf(document.activeElement)") == 1


def test_the_live_model_writes_what_the_package_writes(show, shipped):
    from minillm.generation import generate

    page = show(live(temperature=0))
    prompt = page.input_value(".ml-live-prompt")
    page.get_by_role("button", name="Load the model").click()
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    assert written(page) == generate(shipped.model, shipped.tokenizer, prompt, temperature=0)


def test_another_token_can_be_chosen(show):
    page = show(live(temperature=0))
    page.get_by_role("button", name="Load the model").click()
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    page.locator(".ml-live-token").nth(2).click()
    other = page.locator('.ml-live-top button[aria-pressed="false"]').filter(has_not_text="end of story").first
    name = other.locator(".ml-live-name").inner_text()
    before = pieces(page)
    other.click()
    page.wait_for_function("document.querySelectorAll('.ml-live-token').length > 3")
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    after = pieces(page)
    assert after[:2] == before[:2]
    assert after[2] == name.replace("␣", " ") != before[2]


def test_characters_of_several_tokens_and_spaces_at_the_end(show, shipped):
    """The story is whole although its characters come byte by byte, and a space goes to the word to be written."""
    page = show(live())
    page.get_by_role("button", name="Load the model").click()
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    page.locator(".ml-live-prompt").fill("One day  ")
    page.wait_for_function("document.querySelector('.ml-live-begun').textContent === 'One day'")
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    assert "\ufffd" not in written(page)


def test_typing_goes_on_and_a_mistake_is_named(show):
    page = show(live(), width=390)
    box = page.locator(".ml-live-prompt")
    page.get_by_role("button", name="Load the model").click()
    page.wait_for_selector(".ml-live-token")
    box.fill("~" * 2000)
    page.wait_for_function("document.querySelector('.ml-error').textContent.includes('context')")
    assert written(page) == ""
    box.fill("")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_function("document.querySelector('.ml-error').textContent.includes('at least one character')")
    box.fill("One ")
    page.wait_for_selector(".ml-live-token")
    assert page.locator(".ml-error").is_hidden()
    # A story may be over before the test can press the button.
    page.evaluate("const b = document.querySelector('.ml-live-action'); if (b.textContent.includes('Stop')) b.click();")
    stopped = written(page)
    page.wait_for_timeout(300)
    assert written(page) == stopped
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_temperature_changes_what_is_written(show):
    page = show(live(temperature=0))
    page.get_by_role("button", name="Load the model").click()
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    before = written(page)
    page.get_by_role("slider", name="Temperature").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").wait_for(timeout=60_000)
    assert written(page) != before
    assert "daring" in page.inner_text(".ml-explorable")
