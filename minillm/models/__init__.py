"""Models: the n-gram that counts, the recurrent ones that carry a state, and the transformers that attend.

GPT is a decoder, BERT an encoder, Seq2Seq both. `PRESETS` names the sizes that were published.

`MODELS` names every architecture. A configuration on disk says which one it is of; a missing name means a GPT.
"""

from dataclasses import asdict
from typing import Any

from minillm.errors import ConfigError
from minillm.models.base import LanguageModel, Model
from minillm.models.bert import BERT, BERTConfig
from minillm.models.gpt import GPT, GPTConfig, attention_maps
from minillm.models.ngram import NGram, NGramConfig
from minillm.models.presets import PRESETS
from minillm.models.recurrent import LSTM, RNN, RecurrentConfig, RecurrentLM, RecurrentState, lstm_cell, rnn_cell
from minillm.models.seq2seq import Seq2Seq, Seq2SeqConfig

MODELS: dict[str, tuple[type, type[Model]]] = {
    "gpt": (GPTConfig, GPT),
    "bert": (BERTConfig, BERT),
    "seq2seq": (Seq2SeqConfig, Seq2Seq),
    "recurrent": (RecurrentConfig, RecurrentLM),
    "ngram": (NGramConfig, NGram),
}


def describe(config: Any) -> dict[str, Any]:
    """A configuration as plain values, the name of its architecture first."""
    name = next(name for name, (config_class, _) in MODELS.items() if isinstance(config, config_class))
    return {"architecture": name, **asdict(config)}


def configuration(description: dict[str, Any]) -> Any:
    """The configuration that `describe` wrote.

    Raises:
        ConfigError: the architecture is not known or a value is impossible. TypeError: a name is not known.
    """
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in description.items()}
    name = values.pop("architecture", "gpt")
    if name not in MODELS:
        raise ConfigError(f"architecture = {name!r} is not known; choose one of {sorted(MODELS)}")
    return MODELS[name][0](**values)


def build(config: Any) -> Any:
    """The untrained `Model` of a configuration."""
    return MODELS[describe(config)["architecture"]][1](config)


__all__ = [
    "BERT", "GPT", "LSTM", "MODELS", "PRESETS", "RNN", "BERTConfig", "GPTConfig", "LanguageModel", "Model", "NGram",
    "NGramConfig", "RecurrentConfig", "RecurrentLM", "RecurrentState", "Seq2Seq", "Seq2SeqConfig", "attention_maps",
    "build", "configuration", "describe", "lstm_cell", "rnn_cell",
]  # fmt: skip
