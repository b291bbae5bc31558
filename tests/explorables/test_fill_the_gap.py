"""Fill the gap: the guesses are those of the models, and what readers do is said and shown."""

import re

import pytest
import torch

import minillm
from minillm import town
from minillm.errors import ConfigError
from minillm.explorables import fill_the_gap
from minillm.explorables.fill_the_gap import from_both_sides, from_the_left
from tests.explorables.shown import shown

TEXTS = sorted((story.text for story in town.stories("valid", "en", 40)), key=len)[:2]


@pytest.fixture(scope="module")
def explorable():
    return fill_the_gap(TEXTS)


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path, explorable):
    with shown(browser, tmp_path, explorable, request.param) as page:
        yield page


def gaps(explorable, text=0):
    return [piece for piece in explorable.data["texts"][text] if "guesses" in piece]


def test_the_pieces_are_the_text(explorable):
    for text, pieces in zip(TEXTS, explorable.data["texts"], strict=True):
        assert "".join(piece["text"] for piece in pieces) == text
    assert len(gaps(explorable)) > 30
    assert all(piece["text"].strip().isalpha() for piece in gaps(explorable))


@torch.no_grad()
def test_the_guesses_are_those_of_the_models(explorable):
    gpt, bert = minillm.load("town-gpt"), minillm.load("town-bert")
    ids = bert.tokenizer.encode(TEXTS[0])
    pieces = explorable.data["texts"][0]
    place = [i for i, piece in enumerate(pieces) if "guesses" in piece][7]
    left = gpt.model(torch.tensor([[0, *ids[:place]]]))[0, -1].softmax(dim=-1)
    hidden = [0, *ids[:place], bert.tokenizer.special_tokens["<|mask|>"], *ids[place + 1 :], 0]
    both = bert.model(torch.tensor([hidden]))[0, place + 1].softmax(dim=-1)
    torch.testing.assert_close(from_the_left(gpt, ids)[place], left, atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(from_both_sides(bert, ids, [place])[0], both, atol=1e-4, rtol=1e-3)
    for p, guesses in zip((left, both), pieces[place]["guesses"], strict=True):
        assert [word for word, _ in guesses][:1] == [bert.tokenizer.decode([int(p.argmax())]).strip() or "␣"]
        likely = [value for value in p.topk(5).values.tolist() if value >= 0.005]
        assert [value for _, value in guesses] == pytest.approx(likely, abs=2e-3)


def test_both_sides_need_models_of_the_same_tokens():
    with pytest.raises(ConfigError, match="at least one"):
        fill_the_gap([])


def test_nobody_answers_before_being_asked(page):
    """Readers are asked for a guess of their own; the page may not give it away."""
    assert page.locator(".ml-gap-row").count() == 0 and page.text_content(".ml-gap-bars + p") == ""
    assert "What would you put there?" in page.text_content(".ml-gap-verdict")
    page.click("text=Left side only")
    assert page.locator(".ml-gap-row").count() > 0 and "GPT, from the left" in page.text_content(".ml-gap-verdict")


def test_what_is_covered_is_not_readable_and_what_is_shown_is(page, explorable):
    pieces, start = explorable.data["texts"][0], explorable.data["start"]
    place = [i for i, piece in enumerate(pieces) if "guesses" in piece][start]
    after = "".join(piece["text"] for piece in pieces[place + 1 :]).split()
    shown_text = page.text_content(".ml-gap-text")
    assert shown_text.endswith("·" * len(after[-1]))
    page.click("text=Both sides")
    assert page.text_content(".ml-gap-text").replace(" ", "").endswith("".join(after[-3:]))


def test_the_bars_follow_the_gap_and_the_side(page, explorable):
    start = explorable.data["start"]
    for step in range(3):
        expected = gaps(explorable)[(start + step) % len(gaps(explorable))]
        for side, name in enumerate(("Left side only", "Both sides")):
            page.click(f"text={name}")
            words = page.eval_on_selector_all(".ml-gap-guess", "a => a.map((e) => e.textContent.replace(' ✓', ''))")
            assert words == [word for word, _ in expected["guesses"][side]]
            verdict = page.text_content(".ml-gap-verdict")
            assert ("That is what stood there" in verdict) == (words[0] == expected["text"].strip())
        page.click("text=→")


def test_the_count_is_over_the_whole_story(page, explorable):
    found = [sum(g["guesses"][side][0][0] == g["text"].strip() for g in gaps(explorable)) for side in (0, 1)]
    page.click("text=Both sides")
    numbers = [int(n) for n in re.findall(r"\d+", page.text_content(".ml-gap-bars + p"))]
    assert numbers == [len(gaps(explorable)), *found]
