"""The next-word game: its truth is the town's, its models are PyTorch's, and it is played with mouse and keyboard."""

import math
import re

import pytest
import torch

import minillm
from minillm import town
from minillm.errors import ConfigError
from minillm.explorables.next_word_game import CHIPS, KEPT, MODELS, Round, next_word_game, shipped_rounds
from tests.chromium import new_page
from tests.explorables.shown import shown, write_page

ROUNDS = shipped_rounds()
SHORT = [
    Round("One winter afternoon, Dora, who loved to", (" sing", " eat", " dance"), " sing", ", met Zoe."),
    Round("One winter afternoon, Dora, who", (" liked", " loved"), " loved", " to sing."),
]
CHINESE = Round(
    "这天夜里，", ("大雪", "月亮"), "大雪", "下了。", "zh", "Zhè tiān yèlǐ", "That night", {"大雪": "dàxuě, snow"}
)


class Fixed(Round):
    """A round whose truth is given, so that no story has to begin like it."""

    def truth(self):
        return [1 / len(self.words)] * len(self.words)


@pytest.mark.parametrize("each", ROUNDS, ids=lambda each: each.answer.strip())
def test_a_round_is_the_beginning_of_a_held_out_story(each):
    seed, count = (77, 7) if each.lang == "en" else (78, 6)
    stories = [story for story in town.stories("valid", each.lang, count, seed=seed)]
    assert sum(story.text.startswith(each.text + each.answer + each.rest) for story in stories) == 1


@pytest.mark.parametrize("each", [each for each in ROUNDS if each.lang == "en"], ids=lambda each: each.answer)
def test_the_truth_is_that_of_the_next_words_of_the_town(each):
    chances = town.next_words(each.text)
    among = [chances.get(word, 0.0) for word in each.words]
    assert each.truth() == pytest.approx([p / sum(among) for p in among])
    assert each.truth()[each.words.index(each.answer)] > 0


def test_chinese_rounds_are_glossed_word_by_word():
    chinese = [each for each in ROUNDS if each.lang == "zh"]
    assert len(chinese) >= 4
    for each in chinese:
        assert each.pinyin and each.gloss and each.glosses.keys() == set(each.words)
        assert sum(each.truth()) == pytest.approx(1)


def test_what_cannot_be_played_is_refused():
    with pytest.raises(ConfigError, match="beginning of another"):
        Round("One day, Mia", (" was", " was sad"), " was")
    with pytest.raises(ConfigError, match="one of two or more"):
        Round("One day, Mia", (" was", " had"), " ran")
    with pytest.raises(ConfigError, match="no story of the town goes on"):
        next_word_game([Round("Purple Tuesday", (" was", " had"), " was")])
    with pytest.raises(ConfigError, match="0 rounds"):
        next_word_game([])


# --- what the models say, from PyTorch ---------------------------------------------------------------


@torch.no_grad()
def goes_on(pretrained, pieces, ids, word):
    """P(the text goes on with the characters of a word), over all ways to cut it into tokens."""
    p = pretrained.model.eval()(torch.tensor([ids]))[0, -1].double().softmax(0)
    usual, total = pretrained.tokenizer.encode(word)[0], 0.0
    for token, piece in enumerate(pieces):
        if piece.startswith(word):
            total += p[token].item()
        elif piece and word.startswith(piece) and (token == usual or p[token] > 1e-5):
            total += p[token].item() * goes_on(pretrained, pieces, [*ids, token], word[len(piece) :])
    return total


def shares(name, each):
    pretrained = minillm.load(name)
    ids = [pretrained.tokenizer.end_id, *pretrained.tokenizer.encode(each.text)]
    pieces = [pretrained.tokenizer.decode([token]) for token in range(pretrained.tokenizer.vocab_size)]
    chances = [max(goes_on(pretrained, pieces, ids, word), 1e-9) for word in each.words]
    return [p / sum(chances) for p in chances]


def table(page):
    """The table after a word was shown: for every word its percentages, and the row of bits."""
    cells = "rows => rows.map((row) => [...row.children].map((cell) => cell.textContent))"
    rows = page.eval_on_selector_all(".ml-game-table tbody tr", cells)
    bits = page.eval_on_selector_all(".ml-game-table tfoot tr", cells)[0]
    return {row[0].removeprefix("→ "): row[1:] for row in rows}, [float(cell) for cell in bits[1:]]


def show_word(page):
    page.get_by_role("button", name="Show the word").click()
    page.wait_for_selector(".ml-game-table", timeout=60_000)


def test_every_player_says_what_it_should(browser, tmp_path):
    rounds = [next(each for each in ROUNDS if each.lang == lang) for lang in ("en", "zh")]
    with shown(browser, tmp_path, next_word_game(rounds)) as page:
        for each, button in zip(rounds, ("English", "Chinese"), strict=True):
            page.get_by_role("button", name=button).click()
            show_word(page)
            said, bits = table(page)
            even = 1 / len(each.words)
            columns = [[even] * len(each.words), *(shares(name, each) for name in MODELS), each.truth()]
            for place, word in enumerate(each.words):
                for cell, column in zip(said[word.strip()], columns, strict=True):
                    number = 0.0003 if cell[0] == "<" else float(cell.strip("%")) / 100
                    assert number == pytest.approx(column[place], abs=0.0051 if column[place] > 0.099 else 0.0006)
            answer = each.words.index(each.answer)
            assert bits == pytest.approx([-math.log2(column[answer]) for column in columns], abs=0.051)


def test_chips_are_what_one_believes(browser, tmp_path):
    with shown(browser, tmp_path, next_word_game(SHORT[:2], {"town-ngram": "n-gram"})) as page:
        more = page.get_by_role("button", name="One chip more on eat")
        for _ in range(CHIPS):
            more.click()
        assert more.is_disabled() and "All chips are placed" in page.inner_text(".ml-explorable")
        assert page.get_by_role("button", name="One chip less on sing").is_disabled()
        assert f"eat: {round(100 * (1 - 2 * KEPT))}%" in page.inner_text("#ml-announcer")
        page.get_by_role("button", name="One chip less on eat").click()
        left = (1 - 3 * KEPT) * (9 + 1 / 3) / CHIPS + KEPT
        assert f"{round(100 * left)}%" in page.inner_text("li:nth-child(2)")
        show_word(page)
        _, bits = table(page)
        sing = (1 - 3 * KEPT) * (1 / 3) / CHIPS + KEPT
        assert bits[0] == pytest.approx(-math.log2(sing), abs=0.051)
        assert page.inner_text(".ml-game-story").endswith("sing, met Zoe.")
        assert "The word is sing." in page.inner_text("#ml-announcer")


def test_scores_add_up_over_the_rounds(browser, tmp_path):
    with shown(browser, tmp_path, next_word_game(SHORT[:2], {"town-ngram": "n-gram"}), width=390) as page:
        show_word(page)
        _, first = table(page)
        page.get_by_role("button", name="Next word").click()
        assert "Round 2 of 2" in page.inner_text(".ml-explorable")
        show_word(page)
        _, second = table(page)
        scores = page.inner_text(".ml-game-scores")
        assert "after 2 words" in scores
        for name, one, two in zip(("you", "n-gram", "the town"), first, second, strict=True):
            mean = float(re.search(rf"{name}\s+(\d+\.\d+)", scores)[1])
            assert mean == pytest.approx((one + two) / 2, abs=0.06)
        die = float(re.search(r"a die\s+(\d+\.\d+)", scores)[1])
        assert die == pytest.approx((math.log2(3) + math.log2(2)) / 2, abs=0.01)
        page.get_by_role("button", name="Play again").click()
        assert "Round 1 of 2" in page.inner_text(".ml-explorable")
        assert "after" not in page.inner_text(".ml-game-scores")


def test_it_is_played_from_the_keyboard_in_both_languages(browser, tmp_path):
    rounds = [SHORT[0], Fixed(**vars(CHINESE))]
    with shown(browser, tmp_path, next_word_game(rounds, {"town-ngram": "n-gram"})) as page:
        page.get_by_role("button", name="Chinese").focus()
        page.keyboard.press("Enter")
        assert page.get_attribute(".ml-game-story", "lang") == "zh-Hans"
        shown_text = page.inner_text(".ml-explorable")
        assert "Zhè tiān yèlǐ" in shown_text and "That night" in shown_text and "dàxuě, snow" in shown_text
        for key in ("Tab", "Enter"):  # the first button that is not disabled: one chip more on the first word
            page.keyboard.press(key)
        assert "大雪: 55%" in page.inner_text("#ml-announcer")
        show_word(page)
        assert page.evaluate("document.activeElement.textContent") == "Play again"
        page.get_by_role("button", name="English").click()
        assert "Round 1 of 1" in page.inner_text(".ml-explorable")
        assert page.locator(".ml-game-table").count() == 0


def test_models_are_loaded_when_asked_and_a_failure_is_said(browser, tmp_path):
    file = write_page(tmp_path, next_word_game(SHORT[:1], {"town-ngram": "n-gram"}))
    (tmp_path / "weights" / "town-ngram" / "part-1.js").unlink()
    page, _ = new_page(browser)
    page.goto(file.as_uri())
    button = page.get_by_role("button", name="Show the word")
    assert not page.evaluate("[...document.scripts].some(({src}) => src.includes('/weights/'))")
    button.click()
    page.wait_for_selector(".ml-error:not([hidden])")
    assert "could not be asked" in page.inner_text(".ml-error")
    assert button.is_enabled(), "one can try again"
    page.context.close()
