"""What every plot must keep to: kinds of events, people who are named, a summary, a title, lengths."""

import functools
import itertools

import pytest

from minillm import town
from minillm.town.extent import entries_of, vocabulary
from minillm.town.grammar import Plot, Slot, Words
from minillm.town.stream import Stream
from minillm.town.telling import realize
from minillm.town.world import EVENT_KINDS, Event, World

LANGUAGES = pytest.mark.parametrize("lang", town.LANGUAGES)


def named(alternative):
    """The sets of variables that the ways to spell out an alternative name."""
    ways = [frozenset()]
    for piece in alternative:
        if isinstance(piece, Slot):
            ways = [way | {piece.variable} for way in ways]
        elif isinstance(piece, Words):
            ways = [way | more for way in ways for option in piece.alternatives for more in named(option)]
    return ways


@LANGUAGES
def test_whatever_a_beat_introduces_is_named_in_every_wording_of_it(lang):
    for beat in town.TOWN.beats:
        for alternative in beat.words[lang].alternatives if beat.words[lang] else ():
            for way in named(alternative):
                assert {variable for variable, _ in beat.cast} <= way, (beat, alternative)


def test_every_event_is_of_a_registered_kind_with_its_roles():
    told = {kind for beat in town.TOWN.beats for kind, *_ in beat.events}
    assert told <= set(EVENT_KINDS)
    for beat in town.TOWN.beats:
        for kind, *roles in beat.events:
            assert len(roles) == len(EVENT_KINDS[kind][0]), (beat, kind)
        assert not beat.events or (beat.words["en"] and beat.words["zh"]), beat


def test_the_roles_of_an_event_are_in_the_cast_by_then_or_plain_words():
    variables = {variable for beat in town.TOWN.beats for variable, _ in beat.cast}
    for seed in range(3000):
        plan, known = town.plan(seed), set()
        for beat in plan.beats:
            known |= {variable for variable, _ in beat.cast}
            for _, *roles in beat.events:
                assert not {role.partition(".")[0] for role in roles} & (variables - known), (beat, plan)


def test_every_plan_has_between_four_and_twelve_events():
    @functools.cache
    def events(beat):
        """The fewest and the most events from a beat on."""
        low = high = len(beat.events)
        for turn in beat.then:
            low += min(events(other)[0] for other in turn.beats)
            high += max(events(other)[1] for other in turn.beats)
        return low, high

    _, frames = town.TOWN.turns
    bounds = [events(beat) for beat in frames.beats]
    assert min(low for low, _ in bounds) >= 4 and max(high for _, high in bounds) <= 12


@LANGUAGES
def test_every_plan_has_a_title_and_a_summary(lang, sample):
    for story in (pair[town.LANGUAGES.index(lang)] for pair in sample):
        plot = next(beat for beat in story.plan.beats if isinstance(beat, Plot))
        assert plot.name == story.plan.plot
        title = realize(plot.titles[lang], story.plan.cast, lang, Stream(1))
        gists = [realize(beat.gist[lang], story.plan.cast, lang, Stream(1)) for beat in story.plan.beats if beat.gist]
        assert 2 <= len(title) <= 60 and not title.endswith((".", "。"))
        assert 1 <= len(gists) <= 7, story
        assert all(gist[-1] in ".!?”。！？" and gist[0] == gist[0].upper() for gist in gists), gists


def test_there_are_plots_enough_and_each_has_its_own_name():
    assert len({plot.name for _, plot in town.PLOTS}) == len(town.PLOTS) >= 14


def test_there_are_between_800_and_2000_words_in_english_and_as_many_in_chinese():
    whole = town.TOWN
    assert 800 <= len(vocabulary(whole.beats, whole.sources)) <= 2000
    sources = {}
    for variable, source in itertools.chain.from_iterable(whole.sources.values()):
        sources.setdefault(variable, {})[source] = None
    entries = {entry.forms["zh"][""] for variable in sources for entry in entries_of(variable, sources)}
    assert 800 <= len(entries) <= 2000


@LANGUAGES
def test_sentences_make_up_the_text_and_each_event_has_one(lang, sample):
    for story in (pair[town.LANGUAGES.index(lang)] for pair in sample[:400]):
        assert (" " if lang == "en" else "").join(story.sentences) == story.text
        assert all(sentence[-1] in ".!?”。！？" for sentence in story.sentences), story.sentences
        assert all(sentence.count("“") == sentence.count("”") for sentence in story.sentences), story.sentences
        told = [story.sentence_of(index) for index in range(len(story.plan.events))]
        assert told == sorted(told) or all(0 <= number < len(story.sentences) for number in told)


def test_the_sentence_of_an_event_names_who_takes_part(sample):
    """Found things: the sentence says where the thing lay."""
    looked = 0
    for pair in sample:
        for story in pair:
            for index, event in enumerate(story.plan.events):
                if event.kind == "lie" and story.plan.plot == "lost":
                    spot = story.plan.cast["spot"].forms[story.lang][""]
                    assert spot in story.sentences[story.sentence_of(index)]
                    looked += 1
    assert looked > 30


def test_a_story_without_its_wording_cannot_say_what_tells_an_event():
    story = town.tell(town.plan(0))
    bare = town.Story(story.text, story.lang, story.plan)
    with pytest.raises(ValueError, match=r"town\.parse"):
        bare.sentence_of(0)
    assert town.parse(story.text).sentences == story.sentences


def test_the_setting_and_the_world_at_the_end(sample):
    for story, _ in sample:
        plan = story.plan
        assert {event.kind for event in plan.setting} <= {"time", "weather"}
        world = plan.world
        assert world.history == [*plan.setting, *plan.events]
        if "number" in plan.cast:
            left = world.counts[plan.cast["hero"].name, plan.cast["fruit"].name]
            assert left in [plan.cast["number"].forms["en"][form] for form in ("less", "least")]
        if "riddle" in plan.cast and any(beat.name == "answered" for beat in plan.beats):
            assert plan.cast["riddle"].name in world.knows[plan.cast["hero"].name]


@pytest.mark.parametrize(
    ("before", "event", "message"),
    [
        ("", "give Mia Tom hat", "Mia does not have hat"),
        ("have Mia hat", "find Mia hat", "Mia has hat already"),
        ("have Mia hat; give Mia Tom hat", "lose Mia hat", "Mia does not have hat"),
        ("", "fly Mia", "no kind 'fly'"),
        ("", "go Mia", "roles who, where"),
    ],
)
def test_the_world_refuses_what_cannot_happen(before, event, message):
    world = World()
    for text in filter(None, before.split("; ")):
        kind, *roles = text.split()
        world.apply(Event(kind, tuple(roles)))
    kind, *roles = event.split()
    with pytest.raises(ValueError, match=message):
        world.apply(Event(kind, tuple(roles)))


def test_the_world_keeps_possession_place_knowledge_feelings_counts_time_and_weather():
    world = World()
    for text in (
        "time morning", "weather windy", "have Mia hat", "go Mia park", "lend Mia Tom hat", "feel Mia sad",
        "tell Tom Mia news", "count Mia three geese", "forget Mia news", "weather rain",
    ):  # fmt: skip
        kind, *roles = text.split()
        world.apply(Event(kind, tuple(roles)))
    assert world.has == {"hat": "Tom"} and world.where == {"Mia": "park"}
    assert world.feels["Mia"] == ("sad", Event("lend", ("Mia", "Tom", "hat")))
    assert world.knows == {"Tom": {"news"}, "Mia": set()} and world.counts == {("Mia", "geese"): "three"}
    assert (world.time, world.weather) == ("morning", "rain")
