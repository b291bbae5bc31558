"""The probabilities are exact: every story of a reduced town is listed, and the sums and means must agree."""

import hashlib
import math
import random
import statistics
from collections import Counter

import pytest
from scipy.stats import chisquare

from minillm import town
from minillm.town.grammar import Slot
from minillm.town.stream import Stream
from tests.town.reduced import listed_town


@pytest.fixture(scope="module", params=[(0, "en"), (1, "zh")], ids=str)
def listed(request):
    """A reduced town, a language, and every story of it with its probability, what is held out left aside."""
    number, lang = request.param
    small, stories = listed_town(number, lang)
    return small, lang, stories


def test_every_story_of_a_reduced_town_has_its_own_text_and_the_probabilities_sum_to_one(listed):
    _, _, stories = listed
    assert len({text for text, _ in stories}) == len(stories)
    assert sum(probability for _, probability in stories) == 1


def test_logprob_of_a_parsed_text_is_the_logarithm_of_its_listed_probability(listed):
    small, lang, stories = listed
    for text, probability in random.Random(1).sample(stories, 200):
        story = small.parse(text, lang)
        assert small.logprob(story) == pytest.approx(math.log(probability), abs=1e-9)


def test_mean_of_minus_logprob_agrees_with_the_exact_entropy(listed):
    small, lang, stories = listed
    entropy = -sum(float(p) * math.log(p) for _, p in stories)
    drawn = [-small.logprob(small.tell(small.plan(seed), lang, seed)) for seed in range(1000)]
    error = statistics.stdev(drawn) / math.sqrt(len(drawn))
    assert abs(statistics.fmean(drawn) - entropy) < 4 * error
    assert error < 0.1


def test_stories_are_drawn_as_often_as_their_probability_says(listed):
    small, lang, stories = listed
    count, groups = 2000, 12
    group = {text: hashlib.blake2b(text.encode()).digest()[0] % groups for text, _ in stories}
    wanted, observed = [0.0] * groups, [0] * groups
    for text, probability in stories:
        wanted[group[text]] += float(probability) * count
    for seed in range(count):
        observed[group[small.tell(small.plan(seed), lang, seed).text]] += 1
    assert chisquare(observed, wanted).pvalue > 1e-4


def test_entries_of_a_table_are_drawn_by_weight():
    table = town.TOWN.lexicon["thing"]
    stream = Stream(5)
    drawn = [table.draw(stream) for _ in range(50_000)]
    observed = [drawn.count(entry) for entry in table.entries]
    assert chisquare(observed, [w * 50_000 / table.total for w in table.weights]).pvalue > 1e-4


def test_splitmix64_gives_its_published_numbers():
    stream = Stream()
    stream.state = 1234567
    assert [stream.below(1 << 64) for _ in range(3)] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423,
    ]  # fmt: skip


def test_logprob_does_not_depend_on_how_a_story_was_obtained(sample):
    for pair in sample[:100]:
        for story in pair:
            bare = town.Story(story.text, story.lang, story.plan)
            assert town.logprob(story) == town.logprob(bare) == town.logprob(town.parse(story.text, story.lang))


def test_plan_and_wording_share_the_probability(sample):
    english, chinese = sample[0]
    plan = town.TOWN.plan_logprob(english.plan)
    assert town.logprob(english) < plan and town.logprob(chinese) < plan
    assert english.plan == chinese.plan


@pytest.fixture(scope="module")
def plans():
    return [town.plan(seed) for seed in range(8000)]


@pytest.mark.parametrize("variable", ["hero", "habit", "keepsake", "elder"])
def test_the_empirical_entropy_of_a_variable_is_that_of_its_table(variable, plans):
    """H = ln N - (1/N) sum n ln n, corrected by (kinds - 1) / 2N (Miller and Madow), against -sum p ln p."""
    names = [plan.cast[variable].name for plan in plans if variable in plan.cast]
    table = town.TOWN.lexicon[{"hero": "child", "elder": "kin"}.get(variable, variable)]
    counts = Counter(names)
    entropy = math.log(len(names)) - sum(n * math.log(n) for n in counts.values()) / len(names)
    entropy += (len(table.entries) - 1) / (2 * len(names))
    chances = [weight / table.total for weight in table.weights]
    exact = -sum(p * math.log(p) for p in chances)
    error = math.sqrt((sum(p * math.log(p) ** 2 for p in chances) - exact**2) / len(names))
    assert abs(entropy - exact) < 4 * error + 1e-3


def test_plots_are_drawn_by_weight(plans):
    counts = Counter(plan.plot for plan in plans)
    total = sum(weight for weight, _ in town.PLOTS)
    wanted = [weight * len(plans) / total for weight, _ in town.PLOTS]
    assert chisquare([counts[plot.name] for _, plot in town.PLOTS], wanted).pvalue > 1e-4


def test_a_plan_of_held_out_combinations_has_no_probability():
    plan = town.plan(1, "combinations")
    assert town.logprob(town.tell(plan)) == -math.inf
    with pytest.raises(ValueError, match="no floor"):
        town.entropy_floor(split="combinations", count=10)


def test_stories_are_counted():
    """Not more than there are in a reduced town, and more than 10**12 in the whole one."""
    small, stories = listed_town(0, "en")
    assert 0.1 * len(stories) < small.count_stories("en") <= 2 * len(stories)
    assert min(town.TOWN.count_stories(lang) for lang in town.LANGUAGES) > 10**12


class Halves:
    """Tokens of two characters."""

    def encode(self, text):
        return [text[i : i + 2] for i in range(0, len(text), 2)]


def test_the_floor_of_a_tokenizer_shares_the_same_nats_among_fewer_tokens():
    by_character, by_half = (town.entropy_floor("zh", count=60, tokenizer=t) for t in (None, Halves()))
    assert by_half.nats_per_story == by_character.nats_per_story
    assert by_half.tokens == sum((len(s.text) + 1) // 2 + 1 for s in town.stories("valid", "zh", 60))
    assert by_half.nats_per_token * by_half.tokens == pytest.approx(by_character.nats_per_token * by_character.tokens)
    assert by_character.nats_per_byte * by_character.bytes == pytest.approx(60 * by_character.nats_per_story)
    assert by_character.bytes == sum(len(s.text.encode()) for s in town.stories("valid", "zh", 60))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_floors_of_two_seeds_and_two_splits_agree_within_their_errors(lang):
    floors = [town.entropy_floor(lang, "valid", 150, seed=0), town.entropy_floor(lang, "test", 150, seed=1)]
    error = math.hypot(*(floor.standard_error for floor in floors))
    assert abs(floors[0].nats_per_token - floors[1].nats_per_token) < 5 * error
    for floor in floors:
        assert floor.nats_per_story == pytest.approx(floor.nats_per_character * floor.characters / floor.stories)
        assert floor.nats_per_token == pytest.approx(
            floor.nats_per_story * floor.stories / (floor.characters + floor.stories)
        )
        assert 0 < floor.standard_error < 0.03 * floor.nats_per_token


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_wording_of_a_beat_repeats_another(lang):
    def spelled(words):
        for alternative in words.alternatives:
            texts = [""]
            for piece in alternative:
                if isinstance(piece, str):
                    ends = [piece]
                elif isinstance(piece, Slot):
                    ends = ["{" + piece.text.lower() + "}"]
                else:
                    ends = list(spelled(piece))
                texts = [text + end for text in texts for end in ends]
            yield from texts

    for beat in town.TOWN.beats:
        if beat.words[lang]:
            texts = list(spelled(beat.words[lang]))
            assert len(set(texts)) == len(texts), beat
