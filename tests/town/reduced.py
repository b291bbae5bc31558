"""A town small enough to list every story of it, and the list: the oracle for probabilities."""

import copy
import functools
import itertools
import random
from collections import Counter
from fractions import Fraction

from minillm import town
from minillm.town.grammar import Beat, Turn, Words
from minillm.town.words import Table


@functools.cache
def needed():
    """How many entries of a table one plan can need at once, as far as a sample tells."""
    most = Counter()
    for seed in range(1000):
        tables = Counter(name for beat in town.plan(seed).beats for _, name in beat.cast if "." not in name)
        most |= tables
    return most | Counter({"thing": 2, "child": 2})


def reduce_table(table, count, rng):
    entries = []
    for entry in rng.sample(table.entries, min(count, len(table.entries))):
        entry = copy.copy(entry)
        entry.tables = {name: reduce_table(own, 2, rng) for name, own in entry.tables.items()}
        entries.append(entry)
    return Table(entries)


def reduce_words(words, rng, keep=(1, 1, 1, 2)):
    if words is None:
        return None
    chosen = sorted(rng.sample(range(len(words.alternatives)), min(rng.choice(keep), len(words.alternatives))))
    alternatives = [
        tuple(reduce_words(piece, rng) if isinstance(piece, Words) else piece for piece in words.alternatives[i])
        for i in chosen
    ]
    return Words(alternatives, [words.weights[i] for i in chosen])


def reduce_turns(turns, rng, done):
    reduced = []
    for turn in turns:
        beats = rng.sample(turn.beats, min(rng.choice((1, 2)), len(turn.beats)))
        small = [reduce_beat(beat, rng, done) for beat in beats]
        if all(beat.apart for beat in small):
            small[0].apart = frozenset()
        reduced.append(Turn(small, [turn.weight[beat] for beat in beats]))
    return tuple(reduced)


def reduce_beat(beat, rng, done):
    if beat not in done:
        small = done[beat] = Beat(beat.name)
        small.cast, small.events, small.apart = beat.cast, beat.events, beat.apart
        small.words = {lang: reduce_words(words, rng) for lang, words in beat.words.items()}
        small.then = reduce_turns(beat.then, rng, done)
    return done[beat]


def reduced_town(seed):
    """A town with a few of the words, wordings and turns of the whole one, drawn by `seed`."""
    rng = random.Random(seed)
    rich = set(rng.sample(sorted(town.TOWN.lexicon), 2))
    lexicon = {
        name: reduce_table(table, max(needed()[name], 2 if name in rich else 1), rng)
        for name, table in town.TOWN.lexicon.items()
    }
    apart = {
        (child.name, thing.name) for child in lexicon["child"].entries[:1] for thing in lexicon["thing"].entries[:1]
    }
    return town.Town(lexicon, reduce_turns(town.TOWN.turns, rng, {}), apart)


def listed_town(number, lang, least=2_000, most=12_000):
    """The town of this number (from 0) among the reduced ones that can be listed, and all its stories.

    Only towns in which a beat is kept apart from another count.
    """
    for seed in itertools.count():
        small = reduced_town(seed)
        names = {beat.name for beat in small.beats}
        if any(beat.apart & names for beat in small.beats):
            stories = list(itertools.islice(outcomes(small.turns, small, lang), most + 1))
            if least <= len(stories) <= most:
                if not number:
                    return small, stories
                number -= 1


def wordings(words, cast, lang):
    """Every text of a choice of words with its probability."""
    if words is None:
        yield "", Fraction(1)
        return
    for alternative, weight in zip(words.alternatives, words.weights, strict=True):
        parts = [
            [(piece, Fraction(1))] if isinstance(piece, str)
            else list(wordings(piece, cast, lang)) if isinstance(piece, Words)
            else [(piece.fill(cast, lang), Fraction(1))]
            for piece in alternative
        ]  # fmt: skip
        for combination in itertools.product(*parts):
            probability = Fraction(weight, sum(words.weights))
            for _, share in combination:
                probability *= share
            yield "".join(text for text, _ in combination), probability


def casts(wanted, cast, small):
    """Every way to fill the variables of a beat, with its probability."""
    if not wanted:
        yield cast, Fraction(1)
        return
    (variable, name), *others = wanted
    parent, _, own = name.partition(".")
    table = cast[parent].tables[own] if own else small.lexicon[name]
    free = [
        (entry, weight)
        for entry, weight in zip(table.entries, table.weights, strict=True)
        if entry not in cast.values() and not (variable == "thing" and (cast["hero"].name, entry.name) in small.apart)
    ]
    for entry, weight in free:
        for filled, probability in casts(others, {**cast, variable: entry}, small):
            yield filled, probability * Fraction(weight, sum(w for _, w in free))


def outcomes(turns, small, lang, cast=None, told="", names=(), probability=Fraction(1)):
    """Every story that the grammar can tell with its probability, by walking through all choices."""
    if not turns:
        yield told.removeprefix(" "), probability
        return
    turn, *others = turns
    free = [(b, w) for b, w in zip(turn.beats, turn.weights, strict=True) if not b.apart & set(names)]
    for beat, weight in free:
        share = probability * Fraction(weight, sum(w for _, w in free))
        for filled, chance in casts(beat.cast, cast or {}, small):
            for text, likelihood in wordings(beat.words[lang], filled, lang):
                yield from outcomes(
                    (*beat.then, *others), small, lang, filled, told + text, (*names, beat.name),
                    share * chance * likelihood,
                )  # fmt: skip
