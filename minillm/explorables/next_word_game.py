"""The next-word game: readers and models spread what they expect of the next word, and pay in bits."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

import minillm
from minillm import town
from minillm.errors import ConfigError
from minillm.explorables.base import Explorable
from minillm.explorables.weights_js import megabytes
from minillm.town.prediction import prefix_logprob

MODELS = {"town-ngram": "n-gram", "town-lstm": "LSTM", "town-gpt": "GPT"}
CHIPS = 10
KEPT = 0.01  # what every word keeps when all chips lie elsewhere: nobody may call a word impossible


@dataclass(frozen=True)
class Round:
    """The beginning of a story, the words that may come next, the one that does, and how the story goes on.

    No word may be the beginning of another: "the story goes on with this word" must mean one of them only. `pinyin`,
    `gloss` (a translation) and `glosses` (of the words) are for readers who do not know the language.
    """

    text: str
    words: tuple[str, ...]
    answer: str
    rest: str = ""
    lang: str = "en"
    pinyin: str = ""
    gloss: str = ""
    glosses: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.answer not in self.words or len(set(self.words)) < max(2, len(self.words)):
            raise ConfigError(f"answer = {self.answer!r} must be one of two or more different words: {self.words}")
        for word in self.words:
            if not word or any(other.startswith(word) for other in self.words if other != word):
                raise ConfigError(f"{word!r} is the beginning of another of the words {self.words}; choose another")

    def truth(self) -> list[float]:
        """P(the story goes on with the word | the beginning, and with one of the words), for each, from the town."""
        logs = [prefix_logprob(town.TOWN, self.text + word, self.lang) for word in self.words]
        highest = max(logs)
        if highest == -math.inf:
            raise ConfigError(f"no story of the town goes on with any of {self.words} after {self.text!r}")
        chances = [math.exp(log - highest) for log in logs]
        return [chance / sum(chances) for chance in chances]

    def to_json(self) -> dict:
        words = [
            {"text": word} | ({"gloss": self.glosses[word]} if word in self.glosses else {}) for word in self.words
        ]
        return {
            "text": self.text,
            "rest": self.rest,
            "pinyin": self.pinyin,
            "gloss": self.gloss,
            "words": words,
            "answer": self.words.index(self.answer),
            "truth": [round(p, 6) for p in self.truth()],
        }


def shipped_rounds() -> list[Round]:
    """The rounds that come with the book: beginnings of held-out stories in both languages."""
    text = files("minillm.explorables").joinpath("next_word_rounds.json").read_text(encoding="utf-8")
    return [Round(**{**entry, "words": tuple(entry["words"])}) for entry in json.loads(text)]


def next_word_game(rounds: Iterable[Round] | None = None, models: Mapping[str, str] | None = None) -> Explorable:
    """An explorable in which readers predict the next word of a story against models that run in the page.

    Readers place chips on the words that may come; everybody, models and town included, is asked for the same words
    and pays −log₂ of the share given to the word that comes. The town's shares are the true probabilities, so on
    average nobody can pay less than it.

    Args:
        rounds: what to play, in this order; by default the rounds of the book.
        models: names of shipped models, each with the name that readers see.

    Raises:
        ConfigError: there is no round or no model, or no story goes on with any word of a round.
        CheckpointError: there is no such model.
    """
    rounds = shipped_rounds() if rounds is None else list(rounds)
    models = dict(MODELS if models is None else models)
    if not rounds or not models:
        raise ConfigError(f"{len(rounds)} rounds and {len(models)} models; the game needs at least one of each")
    by_language: dict[str, list[dict]] = {}
    for each in rounds:
        by_language.setdefault(each.lang, []).append(each.to_json())
    data = {
        "models": list(models),
        "labels": list(models.values()),
        "megabytes": round(sum(megabytes(minillm.load(name)) for name in models), 1),
        "truth": "the town",
        "chips": CHIPS,
        "keep": KEPT,
        "rounds": by_language,
    }
    alt = (
        f"A game of {len(rounds)} rounds: place chips on the words that may come next in a story; "
        f"{', '.join(models.values())} and the program that wrote the story predict the same word. The fewest bits win."
    )
    return Explorable("next-word-game", data, alt, tolerance=1e-6)
