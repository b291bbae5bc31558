"""How Hugging Face and GPT-2 write a byte-level BPE: bytes as printable characters, JSON around them."""

from collections.abc import Iterable

from minillm.errors import ConfigError
from minillm.tokenizers.merging import Pair
from minillm.tokenizers.pretokens import PATTERNS

PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
BYTES = [bytes([byte]) for byte in [*PRINTABLE, *sorted(set(range(256)) - set(PRINTABLE))]]
"""All bytes in the order of their characters: printable ones stand for themselves, the others for U+0100 and on."""

_CHARACTER = {byte: chr(byte[0] if i < len(PRINTABLE) else 0x100 + i - len(PRINTABLE)) for i, byte in enumerate(BYTES)}
_TO_CHARACTERS = {byte[0]: character for byte, character in _CHARACTER.items()}
_TO_BYTE = {character: byte[0] for byte, character in _CHARACTER.items()}


def to_characters(token: bytes) -> str:
    """A token as printable characters: b" caf\\xc3" is "ĠcafÃ"."""
    return token.decode("latin-1").translate(_TO_CHARACTERS)


def to_bytes(characters: str) -> bytes:
    """The token behind printable characters.

    Raises:
        ConfigError: a character stands for no byte.
    """
    try:
        return bytes(_TO_BYTE[character] for character in characters)
    except KeyError as error:
        raise ConfigError(f"the character {error.args[0]!r} of token {characters!r} stands for no byte") from None


def write_tokenizer_json(
    vocab: dict[bytes, int], merges: Iterable[Pair], special_tokens: dict[str, int], pattern: str
) -> dict:
    """The content of Hugging Face's ``tokenizer.json``."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": pattern == "gpt2"}
    split = {"type": "Split", "pattern": {"Regex": PATTERNS[pattern]}, "behavior": "Isolated", "invert": False}
    plain = pattern in ("gpt2", "none")
    spelled = special_tokens | {to_characters(token): i for token, i in vocab.items()}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": i, "content": token} | flags for token, i in special_tokens.items()],
        "normalizer": None,
        "pre_tokenizer": byte_level if plain else {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "post_processor": None,
        "decoder": byte_level | {"use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": dict(sorted(spelled.items(), key=lambda item: item[1])),
            "merges": [[to_characters(left), to_characters(right)] for left, right in merges],
        },
    }


def read_tokenizer_json(data: dict) -> tuple[dict[bytes, int], list[Pair], dict[str, int], str]:
    """Vocabulary, merges, special tokens and the name of the pattern in a ``tokenizer.json``.

    Raises:
        ConfigError: the file asks for something that this package does not do.
    """
    model = data["model"]
    special_tokens = {}
    for token in data.get("added_tokens") or []:
        odd = [flag for flag in ("single_word", "lstrip", "rstrip") if token.get(flag)]
        if odd:
            raise ConfigError(f"special token {token['content']!r} has {odd[0]}, which is not supported")
        special_tokens[token["content"]] = token["id"]
    if data.get("normalizer"):
        raise ConfigError(f"normalizer {data['normalizer'].get('type')!r} is not supported; only null is")
    for option in ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "byte_fallback", "ignore_merges"):
        if model.get(option):
            raise ConfigError(f"the model's {option} = {model[option]!r} is not supported")
    vocab = {to_bytes(token): i for token, i in model["vocab"].items() if token not in special_tokens}
    return vocab, read_merges(model["merges"]), special_tokens, _pattern(data.get("pre_tokenizer"))


def read_merges(merges: Iterable) -> list[Pair]:
    """Merges written as pairs or, as older files do, as two tokens with a space between."""
    pairs = (merge.split(" ") if isinstance(merge, str) else merge for merge in merges)
    return [(to_bytes(left), to_bytes(right)) for left, right in pairs]


def _pattern(pre_tokenizer: dict | None) -> str:
    steps = [pre_tokenizer or {}]
    if steps[0].get("type") == "Sequence":
        steps = steps[0]["pretokenizers"]
    *splits, byte_level = steps
    if byte_level.get("type") == "ByteLevel" and not byte_level.get("add_prefix_space"):
        if not splits:
            return "gpt2" if byte_level.get("use_regex", True) else "none"
        names = {expression: name for name, expression in PATTERNS.items()}
        expression = splits[0].get("pattern", {}).get("Regex")
        if (
            len(splits) == 1
            and not byte_level["use_regex"]
            and expression in names
            and splits[0].get("behavior") == "Isolated"
            and not splits[0].get("invert")
        ):
            return names[expression]
    raise ConfigError(f"pre_tokenizer {pre_tokenizer!r} is none of the byte-level patterns {sorted(PATTERNS)}")
