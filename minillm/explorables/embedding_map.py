"""The embedding map: the words that a model knows as points, with their neighbors and analogies."""

from collections.abc import Iterable
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

import minillm
from minillm import town
from minillm.errors import ConfigError
from minillm.explorables.attention import packed
from minillm.explorables.base import Explorable
from minillm.tokenizers import Tokenizer
from minillm.weights import Pretrained

KINDS = {
    "name": ("child",),
    "family": ("kin", "relative"),
    "animal": ("animal", "pet"),
    "thing": ("toy", "thing", "keepsake"),
    "food": ("food", "fruit"),
    "place": ("place", "room"),
    "weather": ("weather", "forecast"),
    "feeling": ("glad", "low", "cross"),
    "time": ("day", "season", "part"),
    "look": ("look",),
    "trade": ("trade",),
}
"""Kinds of words, and the tables of the town's lexicon that hold them."""

SMALL_WORDS = {
    "en": "I you she he it they we her his him my your them was is had has took gave went came ran said asked sang sing"
    " wanted loved lost found saw made ate eat laughed cried and but because so then until when to at in on with for of"
    " not no never nobody all every some a the boy girl",
    "zh": "我 你 她 他 它 她的 他的 不 没有 很 了 去了 说 问 因为 所以 可是 男孩 女孩 大家 谁 都",
}
"""Words that no table of the lexicon holds; they are of the kind "other"."""

ANALOGIES = (("he", "she", "his"), ("he", "she", "boy"), ("sing", "sang", "eat"), ("sad", "upset", "happy"))


@dataclass(frozen=True)
class Word:
    """A word that is one token."""

    text: str
    id: int
    lang: str
    kind: str
    english: str  # the word itself, or the same entry of the lexicon in English; empty if it has none


def known_words(tokenizer: Tokenizer, langs: Iterable[str] = ("en", "zh")) -> list[Word]:
    """The words of the town that are single tokens, with their kinds. An English word has the space before it."""
    found: dict[tuple[str, str], Word] = {}
    for lang in langs:
        entries = [
            (entry.forms[lang][""], kind, entry.forms["en"][""])
            for kind, tables in KINDS.items()
            for table in tables
            for entry in town.TOWN.lexicon[table].entries
        ]
        small = [(word, "other", word if lang == "en" else "") for word in SMALL_WORDS[lang].split()]
        for text, kind, english in entries + small:
            ids = tokenizer.encode(" " + text if lang == "en" else text)
            if len(ids) == 1:
                found.setdefault((lang, text), Word(text, ids[0], lang, kind, english))
    return list(found.values())


def embedding_map(
    model: str | Pretrained = "town-gpt",
    analogies: Iterable[tuple[str, str, str]] = ANALOGIES,
    *,
    word: str = "sad",
    langs: Iterable[str] = ("en", "zh"),
) -> Explorable:
    """An explorable that shows the words which are single tokens as points, near ones close together.

    Readers search for a word, see its nearest neighbors by cosine, and ask for analogies. The vectors themselves are
    in the page, in 16-bit floats, and the page computes the rest: so it needs neither a kernel nor the model.

    Args:
        model: the name of a shipped model or one of your own; its tokenizer must know words of the town.
        analogies: triples (a, b, c) to begin with: a is to b as c is to what? Those with an unknown word are left out.
        word: where to begin.
        langs: the languages to show.

    Raises:
        ConfigError: the word is not a token of the model, or hardly any word is.
    """
    pretrained = minillm.load(model) if isinstance(model, str) else model
    words = known_words(pretrained.tokenizer, langs)
    texts = {known.text for known in words}
    if len(words) < 10 or word not in texts:
        raise ConfigError(
            f"{word!r} is not a token of this model; it knows {len(words)} words: {sorted(texts)[:20]} ..."
        )
    weight: Float[Tensor, "vocab_size d_model"] = pretrained.model.state_dict()["embedding.weight"]
    vectors = weight[[known.id for known in words]]
    kinds = [kind for kind in [*KINDS, "other"] if any(known.kind == kind for known in words)]
    data = {
        "words": [
            {"text": known.text, "lang": known.lang, "kind": known.kind}
            | ({"english": known.english} if known.lang == "zh" and known.english else {})
            for known in words
        ],
        "kinds": kinds,
        "vectors": packed(vectors),
        "d_model": vectors.shape[1],
        "word": word,
        "analogies": [list(triple) for triple in analogies if texts.issuperset(triple)],
    }
    alt = (
        f"A map of {len(words)} words, each a point, from the embeddings of a model; beside it the nearest neighbors "
        f"of a word, at first of “{word}”, and a form for analogies."
    )
    return Explorable("embedding-map", data, alt, tolerance=2e-3)
