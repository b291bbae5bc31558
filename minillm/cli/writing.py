"""``minillm generate`` and ``minillm chat``: a model goes on with what it is given."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import torch
import tyro

from minillm.errors import ConfigError, MinillmError, PromptError, SamplingError
from minillm.generation import next_token_probabilities, stream
from minillm.models import LanguageModel
from minillm.weights import Pretrained, load

SENTENCE_END = re.compile(r"[.!?。！？][\"'”’」]*\s*$")


Prompt = Annotated[  # with str as its constructor the word None is a prompt
    str | None, tyro.conf.arg(constructor=str, metavar="[PROMPT]", help_behavior_hint="(default: a new story)")
]


def generate(
    prompt: tyro.conf.Positional[Prompt] = None,
    model: str = "town-gpt",
    max_new_tokens: int = 400,
    temperature: float = 0.8,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> None:
    """Continue a prompt, or tell a new story without one.

    Args:
        prompt: the beginning of a story.
        model: the name of a shipped model or the folder of a trained one.
        max_new_tokens: stop after so many tokens at the latest.
        temperature: 0 for the likeliest token each time; 1 to sample from the model as it is.
        top_k: choose among the k likeliest tokens only.
        top_p: choose among the likeliest tokens that together have this probability.
        seed: the same seed tells the same story.
    """
    pretrained = writer(model)
    told = stream(
        pretrained.model,
        pretrained.tokenizer,
        prompt,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
    )
    first = next(told, "")  # what is wrong with the prompt or the settings is said before anything is printed
    print((prompt or "") + first, end="", flush=True)
    for piece in told:
        print(piece, end="", flush=True)
    print()


def chat(
    model: str = "town-gpt",
    temperature: float = 0.8,
    top_p: float | None = 0.95,
    max_new_tokens: int = 60,
    seed: int = 0,
) -> None:
    """Tell a story together, turn by turn: you write a piece, the model goes on with all that was told so far.

    An empty line lets the model go on by itself, /new begins another story, /quit, Ctrl-D or Ctrl-C ends. Lines can
    also be piped in.

    Args:
        model: the name of a shipped model or the folder of a trained one.
        temperature: 0 for the likeliest token each time; 1 to sample from the model as it is.
        top_p: choose among the likeliest tokens that together have this probability; None: among all.
        max_new_tokens: the model ends its turn with the first sentence that ends after half of so many tokens.
        seed: the same seed and the same lines give the same answers.
    """
    conversation = Conversation(writer(model), temperature, top_p, max_new_tokens, seed)
    asked = sys.stdin.isatty()
    if asked:
        print("Write how a story begins. Empty line: the model goes on. /new: another story. /quit or Ctrl-D: end.")
    try:
        while (line := _read("> " if asked else "")) is not None and line.strip() != "/quit":
            if line.strip() == "/new":
                conversation.begin()
                continue
            try:
                for number, piece in enumerate(conversation.answer(line)):
                    print(piece if number else piece.lstrip(), end="", flush=True)
            except MinillmError as error:  # a character that the model does not know ends no conversation
                print(f"({error})", end="")
            print("\n(The end. The next line begins another story.)" if conversation.ended else "")
    except KeyboardInterrupt:
        print()
    if asked:
        print("Goodbye.")


@dataclass
class Conversation:
    """What was told so far and who goes on with it.

    The oldest sentences are forgotten when the model's context is full.

    Raises:
        SamplingError: temperature, top_p or max_new_tokens is out of range.
    """

    pretrained: Pretrained
    temperature: float
    top_p: float | None
    max_new_tokens: int
    seed: int
    text: str = ""
    turns: int = 0
    ended: bool = False

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise SamplingError(f"max_new_tokens = {self.max_new_tokens} must be at least 1")
        next_token_probabilities(torch.zeros(1), self.temperature, p=self.top_p)  # complain before any line is read

    def begin(self) -> None:
        """Forget what was told."""
        self.text, self.ended = "", False

    def answer(self, line: str) -> Iterator[str]:
        """Add a line and yield what the model adds to it.

        Raises:
            PromptError: the line alone fills the context. UnknownCharacterError: the model cannot read it.
        """
        if self.ended:
            self.begin()
        told = self._joined(line)
        told = self._within_context(told)
        pieces = stream(
            self.pretrained.model,
            self.pretrained.tokenizer,
            told or None,
            max_new_tokens=2 * self.max_new_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed + self.turns,
        )
        self.turns += 1
        written, count, self.ended = "", 0, True  # ended, unless the model stops for another reason
        for piece in pieces:
            self.text = told + written + piece
            written, count = written + piece, count + 1
            yield piece
            whole = count >= self.max_new_tokens // 2 and SENTENCE_END.search(written)
            if whole or count == 2 * self.max_new_tokens:
                self.ended = False
                return
        self.ended = self._length(self.text) < self._room()

    def _joined(self, line: str) -> str:
        line = line.strip()
        space = " " if self.text and line and self.text[-1].isascii() and not self.text[-1].isspace() else ""
        return self.text + space + line

    def _within_context(self, told: str) -> str:
        """Without the first sentences, if the model needs their room for its turn."""
        while self._length(told) + min(self.max_new_tokens, self._room() // 2) > self._room():
            sentences = re.split(r"(?<=[.!?。！？])\s*", told, maxsplit=1)
            if len(sentences) < 2 or not sentences[1]:
                raise PromptError(
                    f"{self._length(told)} tokens in one sentence leave no room in a context of {self._room()}; "
                    f"write less at a time"
                )
            told = sentences[1]
        return told

    def _length(self, text: str) -> int:
        return 1 + len(self.pretrained.tokenizer.encode(text))

    def _room(self) -> int:
        return getattr(self.pretrained.model.config, "context_length", 10**6)


def writer(model: str) -> Pretrained:
    """A model that writes. Raises `ConfigError` for one that does something else."""
    pretrained = load(model)
    if not isinstance(pretrained.model, LanguageModel):
        raise ConfigError(f"{model} is a {type(pretrained.model).__name__}, not a language model, which town-gpt is")
    return pretrained


def _read(sign: str) -> str | None:
    try:
        return input(sign)
    except EOFError:
        return None
