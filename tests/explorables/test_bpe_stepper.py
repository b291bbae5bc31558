"""The BPE stepper: it learns in the page what the package learns, and encodes as the town's tokenizer does."""

import re
from itertools import takewhile

import pytest

from minillm.errors import ConfigError
from minillm.explorables import bpe_stepper
from minillm.tokenizers import BPETokenizer, town_tokenizer
from tests.explorables.shown import shown

CAT = "the cat saw the other cat, and the other cat sat on that hat"
TEXTS = {
    "English": "Peter Piper picked a peck of pickled peppers;\n a peck of  pickled peppers Peter\tpicked. He'll 12 123",
    "Chinese": "四是四，十是十，十四是十四，四十是四十。“四”！",
    "signs": "🙂🙃🙂🙃 naïve naïve cafe\u0301 ﬁ ﬁ ١٢٣ ١٢٣ \u00a0\u3000\u2028x",
    "ties": "ab ba ab ba xyz zyx yxz",
}


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, bpe_stepper([("cat", CAT, "")]), request.param) as page:
        yield page


def label(token):
    """How the page writes a token: marks for blanks, hexadecimal numbers for bytes that are no whole characters."""
    try:
        text = token.decode()
    except UnicodeDecodeError:
        return "·".join(f"{byte:02X}" for byte in token)
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")


def pieces(page, group="The text, cut into tokens"):
    return page.get_by_role("group", name=group).locator(".ml-bpe-piece").all_text_contents()


def learned(page):
    """The merges that the page lists, the first first: left, right and new token, and the count."""
    rows = page.locator(".ml-bpe-learned li").all()
    found = [
        (row.locator(".ml-bpe-piece").all_text_contents(), row.locator(".ml-muted").text_content()) for row in rows
    ]
    return [(*parts, int(count.strip(" ×"))) for parts, count in reversed(found)]


def merges_of(text, pattern="gpt2"):
    steps = takewhile(lambda step: step.count > 1, BPETokenizer.training_steps([text], pattern=pattern))
    return [(*map(label, step.pair), label(step.token), step.count) for step in steps]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_it_learns_what_the_package_learns(page, text):
    page.get_by_label("Text to cut into tokens").fill(text)
    for pattern in ("gpt2", "none"):
        while page.get_by_role("button", name="Ten merges").is_enabled():
            page.get_by_role("button", name="Ten merges").click()
        expected = merges_of(text, pattern)
        assert learned(page) == expected
        assert len(expected) > 3
        tokenizer = BPETokenizer.train([text], 257 + len(expected), pattern=pattern)
        assert pieces(page) == [label(tokenizer.decode_bytes([i])) for i in tokenizer.encode(text)]
        page.get_by_label("Keep words apart").uncheck()


def test_back_is_where_it_was(page):
    seen = []
    for _ in range(4):
        seen.append(pieces(page))
        page.get_by_role("button", name="One merge").click()
    for before in reversed(seen):
        page.get_by_role("button", name="Back").click()
        assert pieces(page) == before
    assert "".join(seen[0]) == CAT.replace(" ", "␣")
    assert page.get_by_role("button", name="Back").is_disabled()


def test_what_is_said_is_what_is_shown(page):
    page.get_by_role("button", name="One merge").click()
    left, right, token, count = merges_of(CAT)[0]
    said = page.text_content("#ml-announcer").strip()
    assert said == page.text_content(".ml-bpe-said")
    assert said.startswith(f"Merge 1: {left} and {right}, side by side {count} times, become {token}.")
    assert f"{len(pieces(page))} tokens" in said
    assert page.locator(".ml-bpe-new").all_text_contents() == [token] * count


def test_the_keyboard_reaches_everything(page):
    page.get_by_label("Merges made").focus()
    page.keyboard.press("End")
    assert len(learned(page)) == len(merges_of(CAT))
    page.get_by_role("tab", name="Watch it learn").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="The town").get_attribute("aria-selected") == "true"
    assert page.evaluate("document.activeElement.textContent").startswith("The town")
    page.get_by_role("tabpanel").locator(".ml-bpe-id").first.wait_for()
    assert not page.get_by_label("Merges made").is_visible()


def test_playing_ends_by_itself(page):
    page.get_by_label("Text to cut into tokens").fill("aaaa aaaa")
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for(timeout=20_000)
    page.wait_for_function("document.querySelector('.ml-bpe-controls button').disabled", timeout=20_000)
    assert len(learned(page)) == len(merges_of("aaaa aaaa"))


@pytest.mark.parametrize("text", [*TEXTS.values(), "Mia <|end|> 你好"], ids=[*TEXTS, "special"])
def test_the_finished_tokenizer_is_the_towns(page, text):
    page.get_by_label("Text to cut into tokens").fill(text)
    page.get_by_role("tab", name="The town").click()
    page.locator(".ml-bpe-id").first.wait_for()
    ids = town_tokenizer().encode(text)
    assert [int(number) for number in page.locator(".ml-bpe-id").all_text_contents()] == ids
    expected = [f"{label(town_tokenizer().decode_bytes([i]))}{i}" for i in ids]
    assert pieces(page, "The text in tokens of the town") == expected
    numbers = page.get_by_role("tabpanel").inner_text()
    assert re.search(rf"tokens\s+{len(ids)}\b", numbers)
    assert re.search(rf"bytes\s+{len(text.encode())}\b", numbers)


def test_no_text_is_no_error(page):
    page.get_by_label("Text to cut into tokens").fill("")
    assert pieces(page) == []
    assert page.get_by_role("button", name="One merge").is_disabled()
    page.get_by_role("tab", name="The town").click()
    page.wait_for_function("document.querySelectorAll('.ml-bpe-numbers')[1].textContent.includes('tokens')")


@pytest.mark.parametrize("texts", [[], [("empty", "", "")], [("long", "x" * 1201, "")]])
def test_texts_that_cannot_be_shown_are_refused(texts):
    with pytest.raises(ConfigError, match="texts must be"):
        bpe_stepper(texts)
