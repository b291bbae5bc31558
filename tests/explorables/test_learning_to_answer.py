"""Learning to answer shows the answers of the moment that is chosen, and which of them are right."""

import pytest

from minillm.errors import ConfigError
from minillm.explorables import learning_to_answer
from tests.explorables.shown import shown

WHO = {"ask": "Who slept?", "kind": "who", "wanted": "Mia", "answers": ["", "Ben", "Mia"], "right": "001"}
WAS = {"ask": "Did she sleep?", "kind": "yes/no", "wanted": "yes", "answers": [". She", "yes", "yes"], "right": "011"}
WO = {"ask": "谁睡了？", "kind": "who", "wanted": "米米", "answers": ["。", "米米", "小冬"], "right": "010"}
REPLAY = {
    "steps": [0, 20, 1500],
    "right": [0.0, 0.25, 0.875],
    "questions": 80,
    "stories": [
        {"text": "Mia was a girl who slept and slept and slept.", "lang": "en", "turns": [WHO, WAS]},
        {"text": "米米睡了。", "lang": "zh", "turns": [WO]},
    ],
}


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, learning_to_answer(REPLAY), request.param) as page:
        yield page


@pytest.mark.parametrize("step", range(3))
def test_every_moment_shows_its_answers(page, step):
    page.get_by_label("Steps of tuning").fill(str(step))
    for number, turn in enumerate((WHO, WAS)):
        row = page.locator(".ml-lta-turns li").nth(number)
        right = turn["right"][step] == "1"
        assert turn["ask"] in row.inner_text()
        assert (turn["answers"][step] or "nothing") in row.locator(".ml-lta-answer").inner_text()
        assert ("✓" in row.inner_text()) == right == (row.get_attribute("data-right") == "yes")
        assert (f"wanted: {turn['wanted']}" in row.inner_text()) != right
    words = page.locator(".ml-lta-total").inner_text()
    assert f"{(0, 1, 2)[step]} of these 2 right" in words
    assert ("0 %", "25 %", "88 %")[step] in words and "80 questions" in words
    assert ("no step", "20 steps", "1,500 steps")[step] in words


def test_another_story_keeps_the_moment(page):
    page.get_by_label("Steps of tuning").fill("1")
    page.get_by_label("A held-out story").select_option("1")
    assert page.locator(".ml-lta-text").inner_text() == "米米睡了。"
    assert page.locator(".ml-lta-text").get_attribute("lang") == "zh"
    assert "米米" in page.locator(".ml-lta-answer").inner_text()
    assert "1 of these 1 right" in page.locator(".ml-lta-total").inner_text()


def test_a_keyboard_moves_through_the_tuning(page):
    slider = page.get_by_label("Steps of tuning")
    slider.focus()
    page.keyboard.press("End")
    assert slider.get_attribute("aria-valuetext") == "1,500 of 1500"
    page.keyboard.press("ArrowLeft")
    assert "20 steps" in page.locator(".ml-lta-total").inner_text()


def test_the_alternative_text_says_how_much_is_learned():
    assert "0% are right at first, 88% at the end" in learning_to_answer(REPLAY).alt


@pytest.mark.parametrize("missing", [{"stories": []}, {"steps": [0, 1]}, {"right": [0.5]}])
def test_what_is_missing_is_named(missing):
    with pytest.raises(ConfigError):
        learning_to_answer(REPLAY | missing)
