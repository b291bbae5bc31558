"""The objective explorer shows what the package's batches hold, and says what a chosen position sees and must say."""

import re

import pytest

from minillm.errors import ConfigError
from minillm.explorables import objective_explorer
from minillm.tokenizers import CharacterTokenizer, town_tokenizer
from tests.explorables.shown import shown

TEXT, TARGET = "Mia was a girl who loved to sing.", "米米是个爱唱歌的女孩。"
SENTENCES = {TEXT: (TARGET, "a gloss"), TARGET: (TEXT, "another gloss")}


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, objective_explorer(SENTENCES), request.param) as page:
        yield page


def cases(name):
    objectives = objective_explorer(SENTENCES).data["sentences"][0]["objectives"]
    return next(objective["cases"] for objective in objectives if objective["name"] == name)


TOKENS = [town_tokenizer().decode([i]).strip() for i in town_tokenizer().encode(TEXT)]


def test_causal_asks_for_the_next_token_everywhere():
    (case,) = cases("causal")
    assert case["given"] == ["start", *TOKENS] and case["asked"] == [*TOKENS, "end"]
    assert case["sees"] == ["1" * (i + 1) + "0" * (9 - i) for i in range(10)]


def test_masked_asks_where_it_hides_and_shows_the_rest():
    seen = set()
    for case in cases("masked"):
        assert set("".join(case["sees"])) == {"1"}
        for given, asked, changed, token in zip(
            case["given"], case["asked"], case["changed"], ["start", *TOKENS], strict=True
        ):
            assert asked in (None, token)
            assert given == token or asked == token
            assert changed == ("" if given == token else "hidden" if given == "▢" else "replaced")
            seen.add((asked is not None, changed))
    assert {(True, "hidden"), (False, "")} <= seen


def test_every_length_of_a_prefix():
    for n, case in enumerate(cases("prefix"), start=1):
        assert case["asked"] == [None] * (n - 1) + [*TOKENS, "end"][n - 1 :]
        assert case["sees"] == ["".join("1" if j <= i or j < n else "0" for j in range(10)) for i in range(10)]
    assert n == 9


def test_a_pair_reads_all_of_its_source():
    (case,) = cases("pairs")
    target = [town_tokenizer().decode([i]) for i in town_tokenizer().encode(TARGET)]
    assert case["source"] == 10
    assert case["given"] == [*TOKENS, "end", "start", *target]
    assert case["asked"] == [None] * 10 + [*target, "end"]
    assert all(row[:10] == "1" * 10 for row in case["sees"])
    assert [row[10:] for row in case["sees"][10:]] == ["1" * (i + 1) + "0" * (5 - i) for i in range(6)]


def test_the_page_counts_and_says(page):
    assert "10 of 10 positions are asked something." in page.text_content(".ml-obj-count")
    page.get_by_role("button", name=re.compile("^position 3:")).click()
    said = "Position 3 is given “was”. It sees itself, 2 before it and none after it. It must say “a”."
    assert said in page.text_content(".ml-obj-verdict")
    assert said in page.text_content("#ml-announcer")
    assert page.locator('.ml-obj-token[data-seen="no"]').count() == 7
    page.get_by_role("button", name="Sequence to sequence", exact=True).click()
    assert "6 of 6 positions of the target" in page.text_content(".ml-obj-count")
    assert page.get_by_text("a gloss").is_visible()
    assert not page.get_by_label("Length of the prefix").is_visible()


def test_the_slider_changes_the_prefix_and_the_draw(page):
    page.get_by_role("button", name="Prefix", exact=True).click()
    page.get_by_label("Length of the prefix").fill("6")  # the seventh
    assert "4 of 10 positions" in page.text_content(".ml-obj-count")
    page.get_by_role("button", name=re.compile("^position 2:")).click()
    assert "1 before it and 5 after it. Nothing is asked here." in page.text_content(".ml-obj-verdict")
    page.get_by_role("button", name="Masked", exact=True).click()
    shown_texts = set()
    for draw in range(8):
        page.get_by_label("Another draw").fill(str(draw))
        shown_texts.add(page.text_content(".ml-obj-tokens"))
        asked = sum(each is not None for each in cases("masked")[draw]["asked"])
        assert f"{asked} of 10 positions" in page.text_content(".ml-obj-count")
    assert len(shown_texts) > 3


def test_another_sentence_and_the_keyboard(page):
    page.get_by_label("Sentence").select_option(index=1)
    assert "6 of 6 positions are asked something." in page.text_content(".ml-obj-count")
    page.get_by_role("button", name=re.compile("^position 1:")).focus()
    page.keyboard.press("Enter")
    assert "Position 1 is given “start”." in page.text_content(".ml-obj-verdict")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("position 1:")


@pytest.mark.parametrize("sentences", [{}, {"a": ("ab", "")}, {"ab": ("a" * 17, "")}])
def test_what_cannot_be_drawn_is_refused(sentences):
    with pytest.raises(ConfigError, match="give sentences of 2 to 16"):
        objective_explorer(sentences, CharacterTokenizer("ab"))
