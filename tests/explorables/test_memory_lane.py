"""The memory lane: influence from its definition, and a page that shows the numbers it was given."""

import re

import numpy as np
import pytest
import torch

from minillm.errors import ConfigError
from minillm.explorables import memory_lane
from minillm.explorables.memory_lane import influence, unpack, words_of
from minillm.models import NGram, RecurrentConfig, RecurrentLM
from minillm.tokenizers import CharacterTokenizer
from minillm.weights import Pretrained
from tests.core.small import lively_gpt
from tests.explorables.shown import shown

TEXTS = ["a bad bed, a cab.", "fade a bed."]
TOKENIZER = CharacterTokenizer("abcdef .,")


def models():
    torch.manual_seed(0)
    size = TOKENIZER.vocab_size
    recurrent = RecurrentLM(RecurrentConfig(size, 8, 8, 2, "lstm")).eval()
    gpt = lively_gpt(vocab_size=size, context_length=64)
    ngram = NGram.count([TOKENIZER.encode(text) for text in TEXTS], 3, size)
    named = {"3-gram": ngram, "LSTM": recurrent, "GPT": gpt}
    return {name: Pretrained(model, TOKENIZER, {}, []) for name, model in named.items()}


def lane(explorable, story, name):
    told = explorable.data["stories"][story]
    return unpack(told["lanes"][explorable.data["names"].index(name)], len(told["words"]))


def test_words_keep_their_spaces_and_their_tokens():
    words, ids, places = words_of(TOKENIZER, TEXTS[0])
    assert words == ["a", " bad", " bed", ",", " a", " cab", "."]
    assert ids == TOKENIZER.encode(TEXTS[0])
    assert [TOKENIZER.decode(ids[start:stop]) for start, stop in places] == words
    told = "“I'm late,” said Grandma's well-known cat — twice_!"
    assert "".join(words_of(CharacterTokenizer(told), told)[0]) == told


@pytest.mark.parametrize("name", ["3-gram", "LSTM", "GPT"])
def test_influence_is_what_leaving_a_word_out_does(name):
    model = models()[name].model
    _, ids, places = words_of(TOKENIZER, TEXTS[0])
    found, likely = influence(model, ids, places, TOKENIZER.end_id)
    for t, (first, _) in enumerate(places):
        before = [TOKENIZER.end_id, *ids[:first]]
        p = model(torch.tensor([before]))[0, -1].double().log_softmax(-1)
        assert likely[t].item() == pytest.approx(p.exp()[ids[first]].item(), rel=1e-4)
        for j, (start, stop) in enumerate(places[:t]):
            without = before[: start + 1] + before[stop + 1 :]
            q = model(torch.tensor([without]))[0, -1].double().log_softmax(-1)
            assert found[t, j].item() == pytest.approx((p.exp() * (p - q)).sum().item(), rel=1e-3, abs=1e-5)
    assert (found.triu() == 0).all()


def test_an_ngram_depends_on_nothing_beyond_its_order():
    explorable = memory_lane(models(), TEXTS)
    words, _, places = words_of(TOKENIZER, TEXTS[0])
    matrix = lane(explorable, 0, "3-gram")
    for t, (first, _) in enumerate(places):
        for j, (_, stop) in enumerate(places[:t]):
            assert first - stop < 2 or matrix[t, j] == 0
    assert matrix.max() > 0.01 and lane(explorable, 0, "GPT")[len(words) - 1, 0] > 0.001


def test_where_to_begin():
    assert memory_lane(models(), TEXTS, word="a").data["word"] == 4
    assert memory_lane(models(), TEXTS, word=2).data["word"] == 2
    assert memory_lane(models(), TEXTS, story=1).data["word"] == 3
    for wrong in ("owl", 99):
        with pytest.raises(ConfigError, match=f"no word {wrong!r}"):
            memory_lane(models(), TEXTS, word=wrong)


def test_nothing_to_show_is_refused():
    with pytest.raises(ConfigError, match="0 models"):
        memory_lane({}, TEXTS)
    with pytest.raises(ConfigError, match="0 stories"):
        memory_lane(models(), [])


@pytest.fixture(params=[1280, 390])
def page(request, browser, tmp_path):
    with shown(browser, tmp_path, memory_lane(models(), TEXTS, word="cab"), request.param) as page:
        yield page


def farthest(matrix, words, t):
    index = int(np.argmax(matrix[t, :t] >= 0.01))
    return words[index].strip(), t - index


@pytest.mark.parametrize("name", ["3-gram", "LSTM", "GPT"])
def test_the_page_shows_the_lane_of_each_model(page, name):
    explorable = memory_lane(models(), TEXTS, word="cab")
    words = explorable.data["stories"][0]["words"]
    page.get_by_role("button", name=name).click()
    matrix = lane(explorable, 0, name)
    strip = page.locator(".ml-lane-row", has=page.get_by_role("button", name=name)).locator(".ml-lane-strip")
    label = strip.get_attribute("aria-label")
    if (matrix[5, :5] >= 0.01).any():
        word, back = farthest(matrix, words, 5)
        assert f"“{word}”, {back} word" in page.text_content(".ml-lane-verdict")
    else:
        assert "no past word" in page.text_content(".ml-lane-verdict")
    assert strip.locator("rect").count() == 2 + (matrix[5, :5] >= 0.01).sum()
    likely = explorable.data["stories"][0]["likely"][explorable.data["names"].index(name)][5]
    shown_percent = float(re.search(r"([\d.]+) % likely", label)[1])
    assert shown_percent == pytest.approx(100 * likely, abs=0.51)
    assert page.get_by_role("button", name=name).get_attribute("aria-pressed") == "true"


def test_keyboard_and_clicks_move_the_guess(page):
    slider = page.get_by_label("The word to guess")
    assert slider.get_attribute("aria-valuetext") == "word 6 of 7: cab"
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "word 5 of 7: a"
    page.get_by_label("one word back").click()
    assert page.text_content(".ml-lane-guess") == ","
    page.locator(".ml-lane-future", has_text="cab").click()
    assert page.text_content(".ml-lane-guess") == "cab"
    assert "The word to guess is “cab”" in page.text_content("#ml-announcer")
    page.get_by_label("Story").select_option("1")
    assert page.text_content(".ml-lane-text") == TEXTS[1]
