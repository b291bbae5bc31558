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
it; `Pretokenizer.stream` relies on that.
"""


class Pretokenizer:
    """Cuts texts at special tokens (the longest wins where several begin) and by a pattern between them."""

    chunk_size = 1 << 16
    """How many characters `stream` gathers before it cuts them."""

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

    def cut(self, text: str, specials: str = "recognize") -> Iterator[tuple[list[str], str]]:
        """Pretokens up to a special token and that token, again and again; "" instead of the token at the end.

        With specials = "recognize", a special token that is written out in the text becomes that token: right for text
        that a program has put together. For text that came from a stranger, "spell" treats it as plain text and
        "refuse" raises.

        Raises:
            UnknownCharacterError: the text holds a lone surrogate, half a character, which has no bytes.
            SpecialTokenError: specials is "refuse" and the text holds a special token.
            ConfigError: specials is none of the three.
        """
        check_text(text)
        if specials not in ("recognize", "spell", "refuse"):
            raise ConfigError(f'specials = {specials!r} is not known; choose "recognize", "spell" or "refuse"')
        segments = [text] if specials == "spell" else self._special.split(text)
        if specials == "refuse" and len(segments) > 1:
            raise SpecialTokenError(
                f"the text holds the special token {segments[1]!r} after {segments[0][-20:]!r}; take it out, or encode "
                f'with specials="spell" to treat it as plain text'
            )
        for ordinary, special in zip(segments[::2], [*segments[1::2], ""], strict=True):
            yield self.findall(ordinary), special

    def stream(self, chunks: Iterable[str], specials: str = "recognize") -> Iterator[tuple[list[str], str]]:
        """What `cut` yields for a text that arrives in chunks, cut anywhere; pretokens may come in several portions.

        Text that is still to come can finish a special token that has begun, and it can change the last two pretokens,
        never more: "I'l" is ``I ' l``, but "I'll" is ``I 'll``; two spaces are one pretoken until a word takes the
        second. That much is held back.
        """
        waiting, length, enough = [], 0, self.chunk_size
        for chunk in chunks:
            waiting.append(chunk)
            length += len(chunk)
            if length >= enough:
                text = "".join(waiting)
                start, end = self._open_segment(text, specials)
                yield from self.cut(text[:start], specials)
                pretokens = self.findall(text[start:end])[:-2]
                yield pretokens, ""
                rest = text[start + sum(map(len, pretokens)) :]
                waiting, length = [rest], len(rest)
                enough = max(self.chunk_size, 2 * length)
        yield from self.cut("".join(waiting), specials)

    def _open_segment(self, text: str, specials: str) -> tuple[int, int]:
        """Where the last special token ends, and where the next one may have begun, with text still to come."""
        if specials == "spell":
            return 0, len(text)
        begun = next((beginning for beginning in self._beginnings if text.endswith(beginning)), "")
        start, end = 0, len(text) - len(begun)
        for match in self._special.finditer(text):
            if match.start() < end:
                start = match.end()
        return start, end


def count_pretokens(texts: Iterable[object], special_tokens: Iterable[str] = (), pattern: str = "gpt2") -> Counter[str]:
    """How often each pretoken occurs in texts; special tokens are left out."""
    if isinstance(texts, str):
        raise ConfigError("texts must be a list of texts, not one text; write [text] or text.splitlines(keepends=True)")
    pretokenizer = Pretokenizer(pattern, special_tokens)
    counts: Counter[str] = Counter()
    for text in texts:
        for pretokens, _ in pretokenizer.cut(str(text)):
            counts.update(pretokens)
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
