"""Texts that are hard to cut and to merge, shared by the tests of the tokenizers."""

import itertools

from hypothesis import strategies as st

from minillm.tokenizers import END

CORPUS = [
    "The cat's cat sat; the cats that sat said: that's that! 'We'll see,' they've said, they're 12, 123 or 1234.",
    "小猫坐在垫子上，小猫的垫子在小猫的家里。猫说：“这是小猫的家！”小猫的家里有三只小猫。",
    "aaaaaaaa aaaa  aaa\n\n\taaaaa   bbbb\r\n  ababab\u00a0abab naïve café 🐈🐈‍⬛ \u3000。。。\x00\x85",
    "   \n  \n the then they them these theme mathematic",
]

# Everything that a pattern, a special token or UTF-8 could stumble over where it is cut.
FRAGMENTS = [
    *" \n\r\t'\u00a0\u3000\x85\x1c!.,1a<|>中猫é🐈\u0301\u200d\ufeff",
    *("  ", "\n\n", " \n ", "'s", "'ll", "'r", "'re", "'VE", "ſ", "'ſ", " '", "123", "ab", "aaa", "小猫"),
    *(
        "the",
        " the",
        "<|end",
        "<|end|",
        "|>",
        END,
        "<|end|>>",
        "<|e",
        "end of",
        " text",
        "end of text",
        "end of text here",
    ),
]

# Not surrogates, and no code points that libraries with newer tables of Unicode may know as letters.
assigned = st.characters(exclude_categories=("Cs", "Cn"))
texts = st.one_of(
    st.text(assigned), st.lists(st.one_of(st.sampled_from(FRAGMENTS), assigned), max_size=30).map("".join)
)
any_texts = st.one_of(st.text(), texts)


def chunks_of(text: str, cuts: list[int]) -> list[str]:
    """A text cut at some places."""
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[start:end] for start, end in itertools.pairwise(places)]
