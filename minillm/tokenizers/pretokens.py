"""Cutting a text before tokens are made: at special tokens, then by a pattern that keeps words apart.

No token of a byte-level BPE reaches across these cuts. That keeps "dog." and "dog!" from becoming tokens of their own,
and it makes encoding fast: the same pretokens come again and again.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import regex

from minillm.errors import ConfigError, SpecialTokenError, UnknownCharacterError

PATTERNS = {
    # GPT-2 (Radford et al., 2019): a word with the space before it, digits, signs, white space.
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    # GPT-4 (cl100k_base): contractions in any case, at most three digits together, line ends kept with signs.
    "gpt4": (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+"
    ),
    # The whole text at once: tokens may hold several words.
    "none": r"(?s:.+)",
}
"""The patterns by name. Every match is one pretoken, and together the matches are the whole text.

Each pattern decides where a pretoken ends by looking at no more than the pretokens that begin within it or right after
it; `Pretokenizer.safe_cut` relies on that.
"""


class Pretokenizer:
    """Cuts texts at special tokens (the longest wins where several begin) and by a pattern between them."""

    chunk_size = 1 << 16
    """How many characters `stream` gathers before it looks for a place to cut."""

    def __init__(self, pattern: str = "gpt2", special_tokens: Iterable[str] = ()) -> None:
        if pattern not in PATTERNS:
            raise ConfigError(f"pattern = {pattern!r} is not known; choose one of {sorted(PATTERNS)}")
        special_tokens = list(special_tokens)
        for token in special_tokens:
            check_text(token)
            if not token or special_tokens.count(token) > 1:
                raise ConfigError(f"special token {token!r} is empty or given twice; each must be there once")
        self.pattern = pattern
        self.findall = regex.compile(PATTERNS[pattern]).findall
        longest_first = sorted(special_tokens, key=len, reverse=True)
        self._special = re.compile(f"({'|'.join(map(re.escape, longest_first))})" if longest_first else "((?!))")
        beginnings = {token[:n] for token in special_tokens for n in range(1, len(token))}
        self._beginnings = sorted(beginnings, key=len, reverse=True)

    def segments(self, text: str, specials: str = "recognize") -> list[str]:
        """Ordinary text at even places, special tokens at odd ones.

        With specials = "recognize", a special token that is written out in the text becomes that token: right for text
        that a program has put together. For text that came from a stranger, "spell" treats it as plain text and
        "refuse" raises.

        Raises:
            SpecialTokenError: specials is "refuse" and the text holds a special token.
            ConfigError: specials is none of the three.
        """
        if specials not in ("recognize", "spell", "refuse"):
            raise ConfigError(f'specials = {specials!r} is not known; choose "recognize", "spell" or "refuse"')
        if specials == "spell":
            return [text]
        segments = self._special.split(text)
        if specials == "refuse" and len(segments) > 1:
            raise SpecialTokenError(
                f"the text holds the special token {segments[1]!r} at position {len(segments[0])}; take it out, or "
                f'encode with specials="spell" to treat it as plain text'
            )
        return segments

    def safe_cut(self, text: str, specials: str = "recognize") -> int:
        """How much of a text can be encoded now although more is to follow: cut there, the ids stay the same.

        What follows can finish a special token that has begun, and it can change the last two pretokens, never more:
        "I'l" is ``I ' l``, but "I'll" is ``I 'll``; two spaces are one pretoken until a word takes the second.
        """
        start = 0
        while True:
            held = "" if specials == "spell" else next((b for b in self._beginnings if text.endswith(b, start)), "")
            end = len(text) - len(held)
            if specials != "spell":
                for match in self._special.finditer(text, start):
                    if match.start() < end:
                        start = match.end()
            if start <= end:
                break
        pretokens = self.findall(text[start:end])
        return start + sum(map(len, pretokens[:-2]))

    def stream(self, chunks: Iterable[str], specials: str = "recognize") -> Iterator[str]:
        """Chunks of text, cut anywhere, as longer ones that can be encoded one by one."""
        waiting, length, enough = [], 0, self.chunk_size
        for chunk in chunks:
            waiting.append(chunk)
            length += len(chunk)
            if length >= enough:
                text = "".join(waiting)
                cut = self.safe_cut(text, specials)
                yield text[:cut]
                waiting, length = [text[cut:]], len(text) - cut
                enough = max(self.chunk_size, 2 * length)
        yield "".join(waiting)


def count_pretokens(texts: Iterable[object], special_tokens: Iterable[str] = (), pattern: str = "gpt2") -> Counter[str]:
    """How often each pretoken occurs in texts; special tokens are left out."""
    if isinstance(texts, str):
        raise ConfigError("texts must be a list of texts, not one text; write [text] or text.splitlines(keepends=True)")
    pretokenizer = Pretokenizer(pattern, special_tokens)
    counts: Counter[str] = Counter()
    for text in map(str, texts):
        check_text(text)
        for segment in pretokenizer.segments(text)[::2]:
            counts.update(pretokenizer.findall(segment))
    return counts


def check_text(text: str) -> None:
    """Refuse a text that has no bytes.

    Raises:
        UnknownCharacterError: the text holds a lone surrogate, half a character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UnknownCharacterError(
            f"the code point U+{ord(text[error.start]):04X} at position {error.start} is half of a character (a lone "
            f"surrogate) and has no bytes; repair the text where it was decoded, or encode its bytes"
        ) from None
