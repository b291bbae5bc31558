"""Summaries and titles, from the gists of a plan's beats and the titles of its plot."""

from minillm.town.grammar import Plot, Words
from minillm.town.story import Story
from minillm.town.telling import realize
from minillm.town.views.facts import known, stream_for
from minillm.town.views.say import sentences
from minillm.town.views.statements import told
from minillm.town.views.truth import verbs


def summary(story: Story) -> str:
    """What happens, in two to four sentences."""
    stream, lang, plan = stream_for(story.plan, "summary", story.lang), story.lang, story.plan
    gists = [beat.gist[lang] for beat in plan.beats if beat.gist.get(lang)]
    parts = [realize(gist, plan.cast, lang, stream) for gist in gists if isinstance(gist, Words)]
    if not parts:
        parts = [told(fact, verbs(fact)[0], lang) for fact in known(plan).facts if verbs(fact)][:3]
    return sentences(parts, lang)


def title(story: Story) -> str:
    """A title in the manner of its kind of story."""
    plan, lang = story.plan, story.lang
    plot = next(beat for beat in plan.beats if isinstance(beat, Plot))
    words = plot.titles[lang]
    return realize(words, plan.cast, lang, stream_for(plan, "title", lang)) if words else plan.plot
