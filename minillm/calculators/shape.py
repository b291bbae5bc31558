"""Parameters and FLOPs, counted from a configuration: no model is built.

One FLOP is one addition or one multiplication, so a product of (n, k) and (k, m) matrices takes 2 n k m of them. Only
matrix products are counted: the rest grows with d_model, they with its square.
"""

from minillm.errors import ConfigError
from minillm.layers import MLPS, GatedMLP, TransformerConfig
from minillm.models.bert import BERTConfig
from minillm.models.seq2seq import Seq2SeqConfig


def mlp_width(config: TransformerConfig) -> int:
    """How many hidden numbers an MLP has."""
    return config.d_mlp or config.mlp_ratio * config.d_model


def key_value_width(config: TransformerConfig) -> int:
    """How many numbers the keys of one token have in one block, all heads together; the values have as many."""
    return (config.num_kv_heads or config.num_heads) * (config.d_model // config.num_heads)


def is_gated(config: TransformerConfig) -> bool:
    """Whether an MLP has a third matrix, the gate."""
    return issubclass(MLPS[config.mlp][0], GatedMLP)


def block_counts(config: TransformerConfig) -> dict[str, int]:
    """How often each kind of branch occurs: "attention", "cross" (attention to a memory) and "mlp"."""
    if not isinstance(config, Seq2SeqConfig):
        return {"attention": config.num_layers, "cross": 0, "mlp": config.num_layers}
    decoder = config.num_decoder_layers or config.num_layers
    return {"attention": config.num_layers + decoder, "cross": decoder, "mlp": config.num_layers + decoder}


def parameters(config: TransformerConfig) -> dict[str, int]:
    """How many parameters each part of a GPT, a BERT or an encoder-decoder has; their sum is what training adjusts.

    A block of GPT-2 has 4 d² + 4 d in its attention, 8 d² + 5 d in its MLP and 4 d in its norms: about 12 d² in all.
    """
    d, bias = config.d_model, int(config.bias)
    wide, kept = mlp_width(config), key_value_width(config)
    counts = block_counts(config)
    attention = d * (d + 2 * kept) + bias * (d + 2 * kept) + d * d + bias * d
    query_key_norms = 2 * (d // config.num_heads) if config.qk_norm else 0
    mlp = (2 + is_gated(config)) * d * wide + bias * ((1 + is_gated(config)) * wide + d)
    norm = d * (1 + (config.norm == "layer" and bias))
    sides = 2 if isinstance(config, Seq2SeqConfig) else 1
    parts = {
        "embedding": config.vocab_size * d,
        "positions": sides * _position_parameters(config),
        "attention": (counts["attention"] + counts["cross"]) * (attention + query_key_norms),
        "mlp": counts["mlp"] * mlp,
        "norms": (sum(counts.values()) + sides * config.norm_first) * norm,
        "head": 0 if config.tie_weights else config.vocab_size * d,
    }
    if isinstance(config, BERTConfig):
        parts["embedding"] += config.num_token_types * d
        parts["norms"] += norm
        classes = config.num_classes
        parts["head"] = d * d + d + d * classes + classes if classes else 0
        if config.masked_lm:
            parts["head"] += d * d + d + norm + config.vocab_size * (1 if config.tie_weights else 1 + d)
    return parts


def _position_parameters(config: TransformerConfig) -> int:
    return {"learned": config.context_length * config.d_model, "t5": 32 * config.num_heads}.get(config.positions, 0)


def num_parameters(config: TransformerConfig) -> int:
    """The sum of `parameters`."""
    return sum(parameters(config).values())


def forward_flops(config: TransformerConfig, length: int | None = None, past: int = 0) -> dict[str, int]:
    """FLOPs by part to read one text of ``length`` tokens (by default the whole context) with a GPT or a BERT.

    "attention" and "mlp" are the products with weights, 2 for each weight and token; "scores" are Q K^T and the mixing
    of the values, 4 · length · (past + length) · d_model in each block, and belong to no parameter; "head" makes the
    logits. The whole square of scores is counted, also the half that a causal mask hides, as is usual; a kernel may
    skip it. With ``past`` tokens in a key-value cache, only the new ones are computed.

    Raises:
        ConfigError: the configuration is that of an encoder-decoder, or the length does not fit.
    """
    if isinstance(config, Seq2SeqConfig):
        raise ConfigError("an encoder-decoder has two lengths; FLOPs and memory are counted for GPT and BERT")
    length = config.context_length if length is None else length
    if length < 1 or past < 0 or past + length > config.context_length:
        raise ConfigError(
            f"{past} + {length} tokens do not fit a context of 1 to {config.context_length}; change length or the "
            f"configuration"
        )
    d, kept = config.d_model, key_value_width(config)
    head = 2 * length * d * config.vocab_size
    if isinstance(config, BERTConfig):
        head = head + 2 * length * d * d if config.masked_lm else 0
    return {
        "attention": config.num_layers * 2 * length * d * (2 * d + 2 * kept),
        "scores": config.num_layers * 4 * length * (past + length) * d,
        "mlp": config.num_layers * 2 * length * d * mlp_width(config) * (2 + is_gated(config)),
        "head": head,
    }


def training_flops(
    config: TransformerConfig, tokens: float, length: int | None = None, checkpointing: bool = False
) -> float:
    """FLOPs to train on so many tokens, in texts of ``length`` (by default the whole context).

    The way back takes twice the products of the way forward: one for the gradient of the input, one for that of the
    weights. So a token costs three times its `forward_flops`. With checkpointing every block is computed once more.
    This is the count of the hardware's work; utilization is measured without the repeated part.
    """
    length = config.context_length if length is None else length
    parts = forward_flops(config, length)
    again = sum(parts.values()) - parts["head"] if checkpointing else 0
    return (3 * sum(parts.values()) + again) * tokens / length


def six_nd(config: TransformerConfig, tokens: float) -> float:
    """The rule of thumb 6 N D: two FLOPs forward and four backward for each parameter and token.

    It leaves out the scores and takes every parameter for a matrix that each token is multiplied with.
    Kaplan et al. (2020), section 2.1, who leave the embeddings out of N; here N is all of `parameters`.
    """
    return 6.0 * num_parameters(config) * tokens
