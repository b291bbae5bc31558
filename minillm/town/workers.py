"""Stories drawn by several processes at once, in the order of one."""

import itertools
import multiprocessing
from collections.abc import Iterator
from typing import Any

from minillm.town.grammar import Cast
from minillm.town.parsing import source_table
from minillm.town.story import Plan, Story

CHUNK = 500
_town: Any = None

# What a process sends: text, wording, key, split, the indices of the beats, and those of the entries of the cast.
Packed = tuple[str, tuple[int, ...], str, str, int, list[int], list[int]]


def drawn_by_workers(town: Any, split: str, lang: str, count: int | None, seed: int, workers: int) -> Iterator[Story]:
    """The stories that `town.stories` draws, from `workers` processes; at most two chunks a process wait."""
    starts = itertools.count(0, CHUNK) if count is None else range(0, count, CHUNK)
    jobs = ((split, lang, seed, start, min(start + CHUNK, count or start + CHUNK)) for start in starts)
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, _enter, (town,)) as pool:
        waiting = [pool.apply_async(_draw, job) for job in itertools.islice(jobs, 2 * workers)]
        while waiting:
            chunk = waiting.pop(0).get()
            waiting += [pool.apply_async(_draw, job) for job in itertools.islice(jobs, 1)]
            for packed in chunk:
                yield _unpacked(town, lang, packed)


def _enter(town: Any) -> None:
    global _town
    _town = town


def _draw(split: str, lang: str, seed: int, start: int, end: int) -> list[Packed]:
    index = {beat: number for number, beat in enumerate(_town.beats)}
    return [_packed(_town.story(split, lang, seed, number), index) for number in range(start, end)]


def _packed(story: Story, index: dict[Any, int]) -> Packed:
    plan, entries = story.plan, []
    known: Cast = {}
    for beat in plan.beats:
        for variable, source in _town.sources[beat]:
            entries.append(source_table(source, known).entries.index(plan.cast[variable]))
            known[variable] = plan.cast[variable]
    beats = [index[beat] for beat in plan.beats]
    return story.text, story.wording or (), plan.key, plan.split, plan.digest, beats, entries


def _unpacked(town: Any, lang: str, packed: Packed) -> Story:
    text, wording, key, split, digest, numbers, entries = packed
    beats = tuple(town.beats[number] for number in numbers)
    which = iter(entries)
    cast: Cast = {}
    for beat in beats:
        for variable, source in town.sources[beat]:
            cast[variable] = source_table(source, cast).entries[next(which)]
    return Story(text, lang, Plan(key, beats, cast, digest, split), wording)
