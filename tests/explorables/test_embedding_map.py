"""The embedding map: its words and vectors, and what the page computes from them."""

import base64
import re

import numpy as np
import pytest

from minillm.errors import ConfigError
from minillm.explorables.embedding_map import embedding_map
from minillm.explorables.town_words import town_words
from tests.explorables.shown import shown


def unit_vectors(explorable):
    """The vectors of the page, less the mean of their language, at length 1."""
    words = explorable.data["words"]
    array = explorable.data["vectors"]
    flat = np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]).astype(float)
    rows = flat.reshape(len(words), -1)
    for lang in {word["lang"] for word in words}:
        own = [word["lang"] == lang for word in words]
        rows[own] -= rows[own].mean(axis=0)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def explorable(byte_pair_model):
    """Random vectors: what the page says of them must come from them alone."""
    return embedding_map(byte_pair_model, [("he", "she", "his"), ("he", "unheard", "of")])


def test_words_are_single_tokens_of_their_kind(byte_pair_model):
    tokenizer = byte_pair_model.tokenizer
    words = town_words(tokenizer)
    assert len({(word.lang, word.text) for word in words}) == len(words)
    for word in words:
        assert tokenizer.decode([word.id]) == (" " + word.text if word.lang == "en" else word.text)
    kinds = {(word.lang, word.text): word.kind for word in words}
    assert kinds["en", "Mia"] == kinds["zh", "米米"] == "name"
    assert kinds["en", "she"] == kinds["zh", "她"] == "pronoun"
    assert kinds["en", "said"] == "past verb" and kinds["zh", "个"] == "measure word"
    english = {word.text: word.english for word in words}
    assert english["三"] == english["three"] == "three"
    assert {word.lang for word in town_words(tokenizer, ["zh"])} == {"zh"}


def test_the_data_hold_the_models_own_vectors(explorable, byte_pair_model):
    words = town_words(byte_pair_model.tokenizer)
    rows = byte_pair_model.model.embedding.weight.detach().numpy()[[word.id for word in words]]
    array = explorable.data["vectors"]
    np.testing.assert_array_equal(np.frombuffer(base64.b64decode(array["bdata"]), array["dtype"]), rows.ravel())
    assert explorable.data["analogies"] == [["he", "she", "his"]]
    glosses = {word["text"]: word.get("english") for word in explorable.data["words"]}
    assert glosses["米米"] == "Mia" and glosses["Mia"] is None


@pytest.mark.parametrize(("settings", "said"), [({"word": "zebra-ish"}, "zebra-ish"), ({"langs": []}, "knows 0 words")])
def test_errors(byte_pair_model, settings, said):
    with pytest.raises(ConfigError, match=said):
        embedding_map(byte_pair_model, **settings)


def listed(page, place):
    """The words of a list of the page, each with its cosine."""
    names = page.locator(f"{place} .ml-map-word span:first-child").all_inner_texts()
    cosines = page.locator(f"{place} .ml-map-cosine").all_inner_texts()
    return [(name, float(cosine.replace("−", "-"))) for name, cosine in zip(names, cosines, strict=True)]


def assert_nearest(found, vectors, words, goal, left_out):
    cosines = vectors @ (goal / np.linalg.norm(goal))
    order = [i for i in np.argsort(-cosines) if i not in left_out][: len(found)]
    assert [text for text, _ in found] == [words[i]["text"] for i in order]
    assert [cosine for _, cosine in found] == pytest.approx(cosines[order].tolist(), abs=0.0051)


def place_of(words, text):
    return next(i for i, word in enumerate(words) if word["text"] == text)


@pytest.mark.browser
def test_neighbors_and_analogies_are_those_of_the_vectors(browser, explorable, tmp_path):
    words, vectors = explorable.data["words"], unit_vectors(explorable)
    with shown(browser, tmp_path, explorable) as page:
        page.wait_for_selector("[data-arranged]")
        three_ = place_of(words, "three")
        assert_nearest(listed(page, ".ml-map-near"), vectors, words, vectors[three_], {three_})
        three = [place_of(words, text) for text in ("he", "she", "his")]
        goal = vectors[three[1]] - vectors[three[0]] + vectors[three[2]]
        assert_nearest(listed(page, ".ml-map-answer"), vectors, words, goal, set(three))
        page.get_by_label("Find a word").fill("mia ")
        page.keyboard.press("Enter")
        mia = place_of(words, "Mia")
        assert_nearest(listed(page, ".ml-map-near"), vectors, words, vectors[mia], {mia})
        rank = re.search(r"translation 米米 comes (\d+)\w\w among all", page.inner_text(".ml-map-near"))
        cosines = vectors @ vectors[mia]
        assert int(rank[1]) == (cosines > cosines[place_of(words, "米米")]).sum()
        first = listed(page, ".ml-map-near")[0][0]
        page.locator(".ml-map-near button").first.click()
        assert page.locator(".ml-map-near h4").inner_text().startswith(f"Nearest to {first}")
        page.get_by_label("Third word").fill("nosuchword")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.ml-error').innerText.includes('nosuchword')")


PLACES = """all => all.map((one) => { const b = one.getBBox(); return [b.x + b.width / 2, b.y + b.height / 2]; })"""


def places(page):
    return np.array(page.eval_on_selector_all(".ml-map .ml-map-point", PLACES))


@pytest.fixture(scope="module")
def bunched(explorable):
    """Ten tight bunches of vectors, of growing size: the map, and the bunch of each word."""
    rng = np.random.default_rng(0)
    count, width = len(explorable.data["words"]), explorable.data["d_model"]
    bunch = np.sort(rng.integers(0, 10, count) * rng.integers(0, 2, count))
    rows = rng.normal(size=(10, width))[bunch] + 0.3 * rng.normal(size=(count, width))
    data = {**explorable.data, "vectors": {"dtype": "f2", "bdata": base64.b64encode(rows.astype("<f2")).decode()}}
    return type(explorable)("embedding-map", data, "A map."), bunch


@pytest.mark.browser
def test_seen_from_one_side_are_the_principal_components(browser, bunched, tmp_path):
    explorable, _ = bunched
    with shown(browser, tmp_path, explorable, width=390) as page:
        page.wait_for_selector("[data-arranged]")
        assert len(places(page)) == sum(word["lang"] == "en" for word in explorable.data["words"])
        page.get_by_role("button", name="Both").click()
        page.wait_for_selector("[data-arranged]")
        assert len(places(page)) == len(explorable.data["words"])
        page.get_by_role("button", name="English").click()
        page.get_by_role("button", name="Seen from one side").click()
        found = places(page)
    english = unit_vectors(explorable)[[word["lang"] == "en" for word in explorable.data["words"]]]
    centered = english - english.mean(axis=0)
    axes = np.linalg.svd(centered, full_matrices=False)[2][:2]
    for k in range(2):
        assert abs(np.corrcoef(centered @ axes[k], found[:, k])[0, 1]) > 0.99


@pytest.mark.browser
def test_words_that_are_alike_are_arranged_together(browser, bunched, tmp_path):
    explorable, bunch = bunched
    data = {**explorable.data, "words": [word | {"lang": "en"} for word in explorable.data["words"]]}
    with shown(browser, tmp_path, type(explorable)("embedding-map", data, "A map.")) as page:
        page.wait_for_selector("[data-arranged]")
        assert page.get_by_role("button", name="Both").count() == 0
        found = places(page)
    distances = np.linalg.norm(found[:, None] - found[None], axis=-1) + 1e9 * np.eye(len(found))
    assert (bunch[distances.argmin(axis=1)] == bunch).mean() > 0.95
