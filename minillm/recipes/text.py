"""Which text of the town a recipe asks for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from minillm import town
from minillm.errors import ConfigError
from minillm.tokenizers import CharacterTokenizer, Tokenizer, town_tokenizer

TOKENIZERS: dict[str, tuple[str, Callable[[Sequence[str]], Tokenizer]]] = {
    "characters": (
        "a character",
        lambda languages: CharacterTokenizer([town.alphabet(language) for language in languages]),
    ),
    "town-bpe": ("a piece of the town's tokenizer", lambda languages: town_tokenizer()),
}
"""What a token is, and the tokenizer for stories in some languages, by the name that recipes give it."""


@dataclass(frozen=True)
class TextConfig:
    """Which stories of the town to train and to measure on.

    With ``first_plots`` (names of plots of the town) training begins with stories of these alone, for ``first_steps``
    steps: where all else is soon known, what is left to learn stands out.
    """

    languages: tuple[str, ...] = ("en", "zh")
    train_stories: int = 40000  # of each language
    valid_stories: int = 500
    ngram_order: int = 6  # of the baseline in the card
    ngram_stories: int = 10000
    first_plots: tuple[str, ...] = ()
    first_steps: int = 0
    longest_passage: int = 40  # in tokens, of a pair to translate, its marker left out

    def __post_init__(self) -> None:
        least = {"train_stories": 1, "valid_stories": 2, "ngram_order": 1, "ngram_stories": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise ConfigError(f"{name} = {getattr(self, name)} must be at least {low}")
        if not self.languages:
            raise ConfigError(f"languages is empty; choose from {list(town.LANGUAGES)}")
        plots = sorted(plot.name for _, plot in town.PLOTS)
        for plot in self.first_plots:
            if plot not in plots:
                raise ConfigError(f"first_plots has {plot!r}, which is no plot of the town; choose from {plots}")
        if bool(self.first_plots) != (self.first_steps > 0):
            raise ConfigError(
                f"first_plots = {self.first_plots} and first_steps = {self.first_steps} belong together: give both"
            )
        for language in self.languages:
            if language not in town.LANGUAGES:
                raise ConfigError(f"the town tells no stories in {language!r}; choose from {list(town.LANGUAGES)}")

    def stories(self, split: str, count: int, seed: int) -> Iterator[town.Story]:
        """Stories of all languages in turn; each language tells other plans."""
        streams = [town.stories(split, lang, count, seed=seed + i) for i, lang in enumerate(self.languages)]
        for stories in zip(*streams, strict=True):
            yield from stories

    def passages(self, split: str, count: int, seed: int) -> Iterator[tuple[str, str, str]]:
        """Parallel passages of ``count`` plans in the first two languages, with the plot that each is from."""
        one, other = self.languages
        for number, story in enumerate(town.stories(split, one, count, seed=seed)):
            for passages in story.passages(town.tell(story.plan, other, seed=seed + number)):
                yield (*passages, story.plan.plot)
