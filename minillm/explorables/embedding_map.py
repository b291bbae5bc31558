"""The embedding map: the words that a model knows as points, with their neighbors and analogies."""

from collections.abc import Iterable

from jaxtyping import Float
from torch import Tensor

import minillm
from minillm.errors import ConfigError
from minillm.explorables.attention import packed
from minillm.explorables.base import Explorable
from minillm.explorables.town_words import town_words
from minillm.weights import Pretrained

ANALOGIES = (("he", "she", "his"), ("he", "she", "boy"), ("sing", "sang", "eat"), ("two", "three", "seven"))


def embedding_map(
    model: str | Pretrained = "town-gpt",
    analogies: Iterable[tuple[str, str, str]] = ANALOGIES,
    *,
    word: str = "three",
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
    words = town_words(pretrained.tokenizer, langs)
    texts = {known.text for known in words}
    if len(words) < 10 or word not in texts:
        raise ConfigError(
            f"{word!r} is not a token of this model; it knows {len(words)} words: {sorted(texts)[:20]} ..."
        )
    weight: Float[Tensor, "vocab_size d_model"] = pretrained.model.state_dict()["embedding.weight"]
    vectors = weight[[known.id for known in words]]
    data = {
        "words": [
            {"text": known.text, "lang": known.lang, "kind": known.kind}
            | ({"english": known.english} if known.lang != "en" else {})
            for known in words
        ],
        "kinds": list(dict.fromkeys(known.kind for known in words)),
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
