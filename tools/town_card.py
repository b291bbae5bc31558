"""The data card of the town: a page of the book whose every number is counted anew.

python -m tools.town_card     count, and write book/reference/the-town.md
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from minillm import town
from minillm.tokenizers import town_tokenizer
from minillm.town.extent import vocabulary
from minillm.town.views import KINDS, PREDICATES, texts
from minillm.town.views.command_words import INTENTS
from minillm.town.views.showing import show

PAGE = Path(__file__).resolve().parent.parent / "book" / "reference" / "the-town.md"
TEXT = Path(__file__).resolve().parent / "town_card.md"
STORIES, FLOOR_STORIES, VIEW_STORIES, PLANS, SEED, EXAMPLE = 2000, 2000, 150, 5000, 0, 154
NAMES = {"en": "English", "zh": "Chinese"}
RANKS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def render() -> str:
    """The page: the text beside this file with its tables filled in."""
    stories = {lang: list(town.stories("train", lang, STORIES, SEED)) for lang in town.LANGUAGES}
    page = TEXT.read_text(encoding="utf-8")
    for name, lines in {
        "sizes": sizes(stories), "plots": plots(), "zipf": zipf(stories["en"]), "kinds": kinds(),
        "floor": floor(), "splits": splits(), "examples": examples(),
    }.items():  # fmt: skip
        page = page.replace("{{" + name + "}}", "\n".join(lines))
    return page


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z][a-z'-]*", text.lower())


def sizes(stories: dict[str, list[town.Story]]) -> Iterator[str]:
    """A table of what there is, and how long."""
    yield "| | English | Chinese |\n|---|---:|---:|"
    counts = [f"10<sup>{int(math.log10(town.TOWN.count_stories(lang)))}</sup>" for lang in stories]
    yield f"| different stories, at least | {counts[0]} | {counts[1]} |"
    yield f"| word types in the whole grammar | {len(vocabulary(town.TOWN.beats, town.TOWN.sources)):,} | not counted |"
    alphabets = [len(town.alphabet(lang)) for lang in stories]
    yield f"| different characters | {alphabets[0]:,} | {alphabets[1]:,} |"
    rows = {
        "characters a story: median": lambda s: statistics.median(len(story.text) for story in s),
        "characters a story: fewest": lambda s: min(len(story.text) for story in s),
        "characters a story: most": lambda s: max(len(story.text) for story in s),
        "bytes of UTF-8 a story: median": lambda s: statistics.median(len(story.text.encode()) for story in s),
        "sentences a story: median": lambda s: statistics.median(len(story.sentences) for story in s),
        "events a story: median": lambda s: statistics.median(len(story.plan.events) for story in s),
    }
    for name, count in rows.items():
        yield f"| {name} | " + " | ".join(f"{count(told):,.0f}" for told in stories.values()) + " |"


def plots() -> Iterator[str]:
    """The kinds of stories with how often each is drawn."""
    total = sum(weight for weight, _ in town.PLOTS)
    yield (
        ", ".join(f"{plot.name} ({weight / total:.0%})" for weight, plot in sorted(town.PLOTS, key=lambda p: -p[0]))
        + "."
    )


def zipf(stories: list[town.Story]) -> Iterator[str]:
    """How often the word of each rank is used, and the slope of the whole."""
    counts = Counter(word for story in stories for word in words_of(story.text))
    ranked, total = counts.most_common(), sum(counts.values())
    yield "| rank | word | a million words have |\n|---:|---|---:|"
    for rank in RANKS:
        word, count = ranked[rank - 1]
        yield f"| {rank:,} | {word} | {1e6 * count / total:,.0f} |"
    once = sum(count < 10 for count in counts.values())
    found = f"{len(counts):,} words that occur in {len(stories):,} stories ({total:,} words)"
    yield f"\nOf {found}, {once:,} occur fewer than ten times."


def kinds() -> Iterator[str]:
    """How long the views are."""
    yield "| kind | items | English | Chinese |\n|---|---:|---:|---:|"
    stories = {lang: list(town.stories("train", lang, VIEW_STORIES, SEED)) for lang in town.LANGUAGES}
    for kind in KINDS:
        made = [[text for story in told for text in texts(story, kind)] for told in stories.values()]
        lengths = [statistics.fmean(map(len, items)) for items in made]
        yield f"| {kind} | {len(made[0]) / VIEW_STORIES:.1f} | {lengths[0]:.0f} | {lengths[1]:.0f} |"
    yield f"\nCommands have {len(INTENTS)} intents: {', '.join(INTENTS)}. Triples have {len(PREDICATES)} predicates."


def floor() -> Iterator[str]:
    """The entropy floor in every unit."""
    yield "| | nats a story | a character | a byte | a token | ± |\n|---|---:|---:|---:|---:|---:|"
    for lang, name in NAMES.items():
        least = town.entropy_floor(lang, "valid", FLOOR_STORIES, SEED, town_tokenizer())
        yield (f"| {name} | {least.nats_per_story:.1f} | {least.nats_per_character:.4f} | {least.nats_per_byte:.4f} | "
               f"{least.nats_per_token:.4f} | {least.standard_error:.4f} |")  # fmt: skip


def splits() -> Iterator[str]:
    """The shares of the splits among plans drawn without a wish; combinations are drawn only on request."""
    drawn = Counter(town.plan(seed).split for seed in range(PLANS))
    yield "| split | share |\n|---|---:|"
    for split in town.SPLITS:
        yield f"| {split} | {f'{drawn[split] / PLANS:.1%}' if drawn[split] else 'on request'} |"


def examples() -> Iterator[str]:
    """Every kind from one plan, in both languages."""
    plan = town.plan(EXAMPLE, "train")
    for kind in KINDS:
        yield f"### {kind}\n"
        for lang in town.LANGUAGES:
            shown = show(town.tell(plan, lang, EXAMPLE), kind).split("\n")
            shown = shown[:8] + ["..."] * (len(shown) > 8) if kind == "triples" else shown
            yield "```text\n" + "\n".join(shown) + "\n```\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    print(f"wrote {PAGE}")
