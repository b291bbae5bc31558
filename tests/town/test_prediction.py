"""The true probabilities of the next word, against a list of all stories and against the probability of whole ones."""

import math
from collections import defaultdict

import pytest

from minillm import town
from minillm.errors import ParseError
from minillm.town.prediction import END, NEXT_WORD, next_words, prefix_logprob
from tests.town.reduced import listed_town


@pytest.fixture(scope="module", params=[(0, "en"), (1, "zh")], ids=str)
def listed(request):
    number, lang = request.param
    small, stories = listed_town(number, lang, 1_000, 12_000)
    return small, lang, {text: float(p) for text, p in stories}


def beginnings(text, lang):
    """The text up to the end of each of its words, and the word that follows there."""
    position = 0
    while position < len(text):
        word = NEXT_WORD[lang].match(text + " ", position).group().rstrip() or END
        yield text[:position], word
        position += len(word)
    yield text, END


def test_next_words_are_those_of_a_list_of_all_stories(listed):
    small, lang, stories = listed
    wanted = defaultdict(lambda: defaultdict(float))
    asked = {text for story in list(stories)[:: len(stories) // 6] for text, _ in beginnings(story, lang)}
    for story, p in stories.items():
        for text, word in beginnings(story, lang):
            if text in asked:
                wanted[text][word] += p
    for text in asked:
        total = sum(wanted[text].values())
        assert next_words(small, text, lang) == pytest.approx({w: p / total for w, p in wanted[text].items()})


def test_the_probability_of_a_beginning_is_that_of_all_stories_with_it(listed):
    small, lang, stories = listed
    for story in list(stories)[:: len(stories) // 4]:
        for cut in (0, 1, 7, len(story) // 2, len(story)):
            wanted = math.fsum(p for text, p in stories.items() if text.startswith(story[:cut]))
            assert prefix_logprob(small, story[:cut], lang) == pytest.approx(math.log(wanted), abs=1e-9)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_along_a_story_of_the_town_the_logarithms_add_up_to_its_probability(lang):
    for story in town.stories("valid", lang, 4, seed=8):
        steps = [town.next_words(text, lang) for text, _ in beginnings(story.text, lang)]
        assert all(sum(step.values()) == pytest.approx(1) for step in steps)
        words = [word for _, word in beginnings(story.text, lang)]
        logs = [math.log(step[word]) for step, word in zip(steps, words, strict=True)]
        assert math.fsum(logs) == pytest.approx(town.logprob(story), abs=1e-9)


def test_a_beginning_that_no_story_has():
    assert prefix_logprob(town.TOWN, "Purple Tuesday") == -math.inf
    with pytest.raises(ParseError, match="begins with 'Purple'"):
        town.next_words("Purple")
    with pytest.raises(ValueError, match="fr"):
        town.next_words("", "fr")
