"""The attention explorer with heads that readers switch off: opened from a disk, with mouse, keyboard and typing."""

import re

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from minillm import town
from minillm.explorables import attention_explorer
from minillm.interpret import ablate_heads
from minillm.weights import load
from tests.explorables.shown import shown

SENTENCES = [story.text[:90].rsplit(" ", 1)[0] for story in town.stories("test", "en", 2)]

SHAPE = load("town-gpt").model.config
HEADS = [(layer, head) for layer in range(SHAPE.num_layers) for head in range(SHAPE.num_heads)]


@pytest.fixture(scope="module")
def explorable():
    return attention_explorer("town-gpt", SENTENCES, token=-3, ablation=True)


def prediction(pretrained, text, off=()):
    """Log-probabilities after each token, and the mean loss of the text, by PyTorch and the package's own ablation."""
    ids = [0, *pretrained.tokenizer.encode(text)]
    with torch.no_grad():
        logp = ablate_heads(pretrained.model, off)(torch.tensor([ids]))[0].double().log_softmax(-1)
    return logp, float(-logp[range(len(ids) - 1), ids[1:]].mean()), ids


def columns(page):
    """For each column its title and the rows of token and percentage."""
    return page.eval_on_selector_all(
        ".ml-att-columns > div",
        """all => all.map((one) => [one.querySelector("h4").textContent, [...one.querySelectorAll("li")].map((row) =>
          [row.children[0].textContent.replace("␣", " "), row.children[1].textContent])])""",
    )


def assert_column(rows, pretrained, logp):
    top = logp.exp().topk(5)
    texts = [pretrained.tokenizer.decode([token]) for token in top.indices.tolist()]
    for (shown_as, _), text in zip(rows, texts, strict=True):  # bytes that are no whole character are shown as bytes
        assert shown_as.startswith("‹") if "\ufffd" in text else shown_as == text.replace("<|end|>", "end of story")
    for (_, percent), p in zip(rows, top.values.tolist(), strict=True):
        assert percent == "<1%" if p < 0.0099 else abs(int(percent[:-1]) - 100 * p) < 0.51 + 1e-3


def assert_shown(page, pretrained, text, off, t):
    """Both columns and both losses are those of PyTorch, after token t."""
    page.wait_for_function(
        "(title) => document.querySelector('.ml-att-columns > div:last-child h4')?.textContent === title",
        arg="1 head off" if len(off) == 1 else f"{len(off)} heads off",
    )
    (_, whole), (_, without) = columns(page)
    before, loss, ids = prediction(pretrained, text)
    after, loss_off, _ = prediction(pretrained, text, off)
    assert_column(whole, pretrained, before[t])
    assert_column(without, pretrained, after[t])
    said = [float(number) for number in re.findall(r"\d+\.\d+", page.inner_text(".ml-att-loss"))]
    assert said[:2] == pytest.approx([loss, loss_off], abs=0.0051)
    assert said[2] == pytest.approx(abs(loss_off - loss), abs=0.0051)
    assert (t < len(ids) - 1) == ("goes on with" in page.inner_text(".ml-att-loss"))


def test_heads_are_switched_off_and_on(browser, tmp_path, explorable, shipped):
    with shown(browser, tmp_path, explorable) as page:
        t = len(shipped.tokenizer.encode(SENTENCES[0])) - 2
        assert page.get_by_role("switch").count() == len(HEADS)
        assert page.locator('.ml-att-matrix[aria-label*="Marked row"]').count() == 1
        assert not page.evaluate("[...document.scripts].some(({src}) => src.includes('/weights/'))")
        assert page.locator(".ml-att-columns").is_hidden()
        switch = page.get_by_role("switch", name="Layer 2, head 3")
        assert (switch.get_attribute("aria-checked"), switch.inner_text()) == ("true", "On")
        switch.click()
        assert (switch.get_attribute("aria-checked"), switch.inner_text()) == ("false", "Off")
        assert_shown(page, shipped, SENTENCES[0], [(1, 2)], t)
        page.get_by_role("switch", name="Layer 3, head 1").focus()
        page.keyboard.press("Space")
        assert_shown(page, shipped, SENTENCES[0], [(1, 2), (2, 0)], t)
        page.get_by_role("button", name="Layer 2: all heads off").click()
        assert_shown(page, shipped, SENTENCES[0], [(2, 0), *(place for place in HEADS if place[0] == 1)], t)
        page.get_by_role("button", name="Layer 2: all heads on").click()
        assert_shown(page, shipped, SENTENCES[0], [(2, 0)], t)
        page.get_by_role("button", name="All heads on", exact=True).click()
        assert page.locator('[role="switch"][aria-checked="false"]').count() == 0
        page.wait_for_function("!document.querySelector('.ml-att-loss').textContent.includes('→')")
        (_, whole), (_, again) = columns(page)
        assert whole == again


def test_after_another_token_and_another_text(browser, tmp_path, explorable, shipped):
    with shown(browser, tmp_path, explorable, width=390) as page:
        page.get_by_role("button", name="Load the model").click()
        page.locator(".ml-att-columns li").first.wait_for()
        page.get_by_role("button", name="By tokens").click()
        page.get_by_role("switch", name="Layer 1, head 2").click()
        page.locator(".ml-att-token").nth(6).click()
        assert_shown(page, shipped, SENTENCES[0], [(0, 1)], 6)
        page.locator(".ml-att-token").last.click()
        assert_shown(page, shipped, SENTENCES[0], [(0, 1)], len(shipped.tokenizer.encode(SENTENCES[0])))
        page.get_by_role("button", name=SENTENCES[1]).click()
        page.locator(".ml-att-token").nth(4).click()
        page.wait_for_function("!document.querySelector('progress:not([hidden])')")
        page.wait_for_timeout(300)
        assert_shown(page, shipped, SENTENCES[1], [(0, 1)], 4)
        own = "Once upon a time a fox had a kite."
        page.get_by_label("Your own sentence").fill(own)
        page.get_by_role("button", name="Look inside").click()
        count = len(shipped.tokenizer.encode(own)) + 1
        page.wait_for_function("(n) => document.querySelectorAll('.ml-att-token').length === n", arg=count)
        page.locator(".ml-att-token").first.click()
        page.wait_for_function("document.querySelector('.ml-att-after').textContent.includes('the start')")
        assert_shown(page, shipped, own, [(0, 1)], 0)


def test_what_each_head_costs(browser, tmp_path, explorable, shipped):
    with shown(browser, tmp_path, explorable) as page:
        assert page.locator(".ml-att-cost").first.is_hidden()
        page.get_by_role("button", name="Load the model").click()
        page.get_by_role("button", name="Try each head alone").click()
        page.wait_for_function("document.querySelector('.ml-att-cost').textContent")
        said = [float(text.replace("−", "-")) for text in page.locator(".ml-att-cost").all_inner_texts()]
        _, whole, _ = prediction(shipped, SENTENCES[0])
        expected = [prediction(shipped, SENTENCES[0], [place])[1] - whole for place in HEADS]
        np.testing.assert_allclose(said, expected, atol=0.0051)
        assert page.get_by_text("Under each switch").is_visible()
        page.get_by_role("button", name=SENTENCES[1]).click()
        page.get_by_text("Under each switch").wait_for(state="hidden")
        assert page.locator(".ml-att-cost").first.is_hidden()


def test_every_head_is_named_for_what_it_does(browser, tmp_path, explorable):
    names = {"near": "nearby", "middle": "5–12 back", "far": "far back", "start": "start mark", "same": "same word",
             "after": "after same"}  # fmt: skip
    jobs = explorable.data["ablation"]["en"]["jobs"]
    with shown(browser, tmp_path, explorable) as page:
        for layer, heads in enumerate(jobs):
            for head, (kind, share, even) in enumerate(heads):
                name = f"Layer {layer + 1}, head {head + 1}: {names.get(kind, kind)}"
                page.get_by_role("radio", name=name, exact=True).click()
                told = page.get_by_text(f"Layer {layer + 1}, head {head + 1}: ", exact=False).last.inner_text()
                numbers = [int(number) for number in re.findall(r"(\d+)%", told)]
                expected = [] if kind == "spread" else [round(100 * share), round(100 * even)]
                assert numbers == pytest.approx(expected, abs=1)
                assert "12 held-out stories in English" in told


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible(browser, tmp_path, explorable, width, theme):
    with shown(browser, tmp_path, explorable, width=width) as page:
        page.evaluate("(theme) => (document.documentElement.dataset.theme = theme)", theme)
        for _ in range(2):
            violations = Axe().run(page, ".ml-explorable", {"preload": False}).response["violations"]
            assert not violations, [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations]
            sizes = page.eval_on_selector_all(
                ".ml-att-gallery button, .ml-att-ablation button",
                "all => all.filter((one) => one.offsetParent).map((one) => [one.offsetWidth, one.offsetHeight])",
            )
            assert len(sizes) >= 37
            assert np.min(sizes) >= 40
            small = page.evaluate(
                """[...document.querySelectorAll(".ml-explorable *")]
                  .filter((one) => one.offsetParent && one.textContent.trim())
                  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 12).map((one) => one.className)"""
            )
            assert set(small) <= {"ml-att-space"}
            page.get_by_role("button", name=re.compile("Layer 3: all heads")).click()
            page.locator(".ml-att-columns li").first.wait_for()


def test_a_model_that_no_page_has_keeps_its_pictures_and_shows_no_switch(browser, tmp_path, random_model):
    text = random_model.tokenizer.characters[-5:]
    with shown(browser, tmp_path, attention_explorer(random_model, text, ablation=True)) as page:
        assert page.get_by_role("radio", name=re.compile("Layer")).count() == 6
        assert page.get_by_role("switch").count() == 0
        assert page.locator(".ml-att-ablation").count() == 0
        assert page.locator("button:disabled").count() == 0
        assert "Measured on the sentences above" in page.inner_text(".ml-explorable")
