"""What training and generation keep in memory, in bytes, counted from a configuration."""

from dataclasses import dataclass

from minillm.calculators.shape import is_gated, key_value_width, mlp_width, num_parameters, parameters
from minillm.errors import ConfigError
from minillm.layers import TransformerConfig
from minillm.models.bert import BERTConfig
from minillm.models.seq2seq import Seq2SeqConfig


@dataclass(frozen=True)
class Precision:
    """Bytes of each number that training keeps; ``master`` is a second copy of the weights, for the optimizer."""

    weights: int
    gradients: int
    master: int
    states: int
    activations: int
    compute: str  # the format of the matrix products, as hardware names its speeds


PRECISIONS: dict[str, Precision] = {
    "fp32": Precision(4, 4, 0, 4, 4, "fp32"),
    # Rajbhandari et al. (2020), "ZeRO", section 3.1: with Adam 16 bytes for each parameter, like fp32, but fast.
    "mixed": Precision(2, 2, 4, 4, 2, "bf16"),
    "bf16": Precision(2, 2, 0, 2, 2, "bf16"),
}
"""How training keeps its numbers. "mixed" computes in bf16 and adds up in fp32; "bf16" forgets small updates."""

OPTIMIZER_STATES: dict[str, tuple[int, int]] = {
    "sgd": (0, 0),
    "momentum": (1, 1),
    "adam": (2, 2),
    "adamw": (2, 2),
    "muon": (1, 2),
}
"""Numbers that an optimizer remembers for each weight of a matrix inside a block, and for each other parameter."""


def _row(registry: dict, name: str, what: str):  # type: ignore[no-untyped-def]
    if name not in registry:
        raise ConfigError(f"{what} = {name!r} is not known; choose one of {sorted(registry)}")
    return registry[name]


def optimizer_numbers(config: TransformerConfig, optimizer: str = "adamw") -> int:
    """How many numbers the optimizer remembers. Raises `ConfigError` for an unknown one."""
    hidden, rest = _row(OPTIMIZER_STATES, optimizer, "optimizer")
    total = num_parameters(config)
    if hidden == rest:
        return rest * total
    parts = parameters(config)
    matrices = parts["attention"] + parts["mlp"] - _biases(config)
    return hidden * matrices + rest * (total - matrices)


def _biases(config: TransformerConfig) -> int:
    """Parameters of attention and MLPs that are in no matrix."""
    d, norms = config.d_model, 2 * (config.d_model // config.num_heads) * config.qk_norm
    biases = (2 * d + 2 * key_value_width(config) + d + (1 + is_gated(config)) * mlp_width(config)) * config.bias
    return config.num_layers * (biases + norms)


def block_activations(config: TransformerConfig, length: int, materialized: bool = False) -> int:
    """How many numbers one block keeps of one text for the way back.

    For GPT-2's block 16 d a token: what the two norms read (2 d) and give (2 d), query, key and value (3 d), the mixed
    values (d), and the hidden numbers of the MLP before and after its activation (8 d); plus a few for each head and
    norm. Rotary positions and norms of queries and keys add 3 d: the changed query and key, and the mixed values in
    another order. Fused attention keeps one number for each query and head in place of the scores; ``materialized``
    scores and weights are 2 · heads · length² in its place.
    Compare Korthikanti et al. (2022), section 4, who count in bytes and with dropout.
    """
    d, heads, kept, wide = config.d_model, config.num_heads, key_value_width(config), mlp_width(config)
    rotary, grouped = config.positions.startswith("rotary"), kept < d
    changed = rotary or config.qk_norm
    projected = 0 if rotary and grouped and not config.qk_norm else d + 2 * kept
    query_key = (2 * d if changed else 0) + (0 if grouped else d if changed else 0)
    repeated = 2 * d if grouped else 0  # keys and values written out for every head
    statistics = 2 * (2 if config.norm == "layer" else 1) + config.qk_norm * (heads + kept * heads // d)
    hidden = {"relu": 1, "relu2": 2}.get(config.mlp, 4 if is_gated(config) else 2) * wide
    fused = 2 * heads * length if materialized else heads
    return length * (5 * d + projected + query_key + repeated + hidden + statistics + fused)


def activations(
    config: TransformerConfig, length: int | None = None, checkpointing: bool = False, materialized: bool = False
) -> dict[str, int]:
    """How many numbers are kept of one text of a GPT or BERT for the way back, by part, without dropout.

    "blocks" is L times `block_activations`; with checkpointing, only what each block reads is kept, and "recomputed" is
    the one block whose inside is computed again at the time. "logits" are the log-probabilities, one for each token
    and word of the vocabulary, and what the head reads.

    Raises:
        ConfigError: the configuration is that of an encoder-decoder.
    """
    if isinstance(config, Seq2SeqConfig):
        raise ConfigError("an encoder-decoder has two lengths; FLOPs and memory are counted for GPT and BERT")
    length = config.context_length if length is None else length
    d = config.d_model
    inside = block_activations(config, length, materialized)
    final = length * (d + (2 if config.norm == "layer" else 1)) if config.norm_first else 0
    final += 3 * length * d if isinstance(config, BERTConfig) and config.masked_lm else 0
    return {
        "blocks": config.num_layers * (length * d if checkpointing else inside),
        "recomputed": inside if checkpointing else 0,
        "logits": final + length * (d + config.vocab_size),
    }


def training_memory(
    config: TransformerConfig,
    batch_size: int = 1,
    length: int | None = None,
    optimizer: str = "adamw",
    precision: str = "fp32",
    checkpointing: bool = False,
    materialized: bool = False,
) -> dict[str, int]:
    """Bytes by part that one training step holds at its fullest, just before the way back begins.

    "weights", "gradients", "optimizer" (its states and, in mixed precision, the fp32 copy of the weights) and
    "activations". The log-probabilities are kept in fp32 in every precision. What the allocator wastes and what
    kernels need for a moment is not in it: allow a tenth more.

    Raises:
        ConfigError: a name is not known, or the configuration is that of an encoder-decoder.
    """
    form: Precision = _row(PRECISIONS, precision, "precision")
    count = num_parameters(config)
    kept = activations(config, length, checkpointing, materialized)
    inside = (kept["blocks"] + kept["recomputed"]) * form.activations
    log_probabilities = (config.context_length if length is None else length) * config.vocab_size
    inside += (kept["logits"] - log_probabilities) * form.activations + log_probabilities * 4
    return {
        "weights": count * form.weights,
        "gradients": count * form.gradients,
        "optimizer": optimizer_numbers(config, optimizer) * form.states + count * form.master,
        "activations": batch_size * inside,
    }


def cache_bytes(config: TransformerConfig, length: int | None = None, batch_size: int = 1, width: int = 2) -> int:
    """Bytes of the key-value cache: 2 · layers · heads of keys and values · d_k · length · batch · bytes a number.

    With a window, no more than its tokens are needed.
    """
    length = config.context_length if length is None else length
    length = length if config.window is None else min(length, config.window)
    return 2 * config.num_layers * key_value_width(config) * length * batch_size * width
