"""What Hugging Face calls things: one row for each class of `transformers` whose weights can be exchanged.

A row says which fields of the two configurations mean the same, what the others must be, and which modules hold the
same weights. Everything else in this package reads the rows.
"""

import math
from dataclasses import replace

from minillm.hub.family import REQUIRED, Family
from minillm.models import BERTConfig, GPTConfig, Seq2SeqConfig

ACTIVATIONS = {"gelu": "gelu", "gelu-tanh": "gelu_new", "relu": "relu", "relu2": "relu2"}
SYNONYMS = {"gelu_pytorch_tanh": "gelu_new", "swish": "silu"}
"""Names there that mean the same function."""

GPT2 = Family(
    config=GPTConfig,
    model_type="gpt2",
    fields={
        "vocab_size": ("vocab_size", REQUIRED),
        "context_length": ("n_positions", REQUIRED),
        "d_model": ("n_embd", REQUIRED),
        "num_layers": ("n_layer", REQUIRED),
        "num_heads": ("n_head", REQUIRED),
        "d_mlp": ("n_inner", None),
        "mlp": ("activation_function", "gelu_new"),
        "norm_eps": ("layer_norm_epsilon", 1e-5),
        "dropout": ("resid_pdrop", 0.1),
        "tie_weights": ("tie_word_embeddings", True),
    },
    values={"mlp": ACTIVATIONS},
    ours={
        "positions": "learned",
        "norm": "layer",
        "norm_first": True,
        "bias": True,
        "qk_norm": False,
        "num_kv_heads": None,
        "window": None,
    },
    theirs={"scale_attn_weights": True, "scale_attn_by_inverse_layer_idx": False, "add_cross_attention": False},
    told={"attn_pdrop": lambda config: 0.0, "embd_pdrop": lambda config: config.dropout},
    free=("mlp_ratio", "rotary_base"),
    modules={
        "embedding": "wte",
        "position_embedding": "wpe",
        "blocks.{i}.norm1": "h.{i}.ln_1",
        "blocks.{i}.attention.qkv": "h.{i}.attn.c_attn",
        "blocks.{i}.attention.output": "h.{i}.attn.c_proj",
        "blocks.{i}.norm2": "h.{i}.ln_2",
        "blocks.{i}.mlp.up": "h.{i}.mlp.c_fc",
        "blocks.{i}.mlp.down": "h.{i}.mlp.c_proj",
        "final_norm": "ln_f",
    },
    heads={"head": "lm_head"},
    prefix="transformer.",
    transposed=("c_attn", "c_proj", "c_fc"),
    unused=r"lm_head\.weight|.*\.attn\.(masked_)?bias",
)

LLAMA = Family(
    config=GPTConfig,
    model_type="llama",
    fields={
        "vocab_size": ("vocab_size", REQUIRED),
        "context_length": ("max_position_embeddings", REQUIRED),
        "d_model": ("hidden_size", REQUIRED),
        "num_layers": ("num_hidden_layers", REQUIRED),
        "num_heads": ("num_attention_heads", REQUIRED),
        "num_kv_heads": ("num_key_value_heads", None),
        "d_mlp": ("intermediate_size", REQUIRED),
        "mlp": ("hidden_act", "silu"),
        "norm_eps": ("rms_norm_eps", 1e-6),
        "rotary_base": ("rope_parameters.rope_theta", 10000.0),
        "tie_weights": ("tie_word_embeddings", False),
    },
    values={"mlp": {"swiglu": "silu"}},
    ours={
        "positions": "rotary",
        "norm": "rms",
        "norm_first": True,
        "bias": False,
        "qk_norm": False,
        "window": None,
    },
    theirs={
        "attention_bias": False,
        "mlp_bias": False,
        "rope_parameters.rope_type": "default",
        "rope_parameters.partial_rotary_factor": 1.0,
    },
    free=("mlp_ratio", "dropout"),
    modules={
        "embedding": "embed_tokens",
        "blocks.{i}.norm1": "layers.{i}.input_layernorm",
        "blocks.{i}.attention.qkv": tuple(f"layers.{{i}}.self_attn.{part}_proj" for part in "qkv"),
        "blocks.{i}.attention.output": "layers.{i}.self_attn.o_proj",
        "blocks.{i}.norm2": "layers.{i}.post_attention_layernorm",
        "blocks.{i}.mlp.gate": "layers.{i}.mlp.gate_proj",
        "blocks.{i}.mlp.up": "layers.{i}.mlp.up_proj",
        "blocks.{i}.mlp.down": "layers.{i}.mlp.down_proj",
        "final_norm": "norm",
    },
    heads={"head": "lm_head"},
    prefix="model.",
    head_dim="head_dim",
    unused=r"lm_head\.weight|.*\.rotary_emb\.inv_freq",
)

MISTRAL = replace(
    LLAMA,
    model_type="mistral",
    fields={**LLAMA.fields, "num_kv_heads": ("num_key_value_heads", 8), "window": ("sliding_window", 4096)},
    ours={name: value for name, value in LLAMA.ours.items() if name != "window"},
    theirs={name: value for name, value in LLAMA.theirs.items() if name.startswith("rope")},
)

BERT = Family(
    config=BERTConfig,
    model_type="bert",
    fields={
        "vocab_size": ("vocab_size", REQUIRED),
        "context_length": ("max_position_embeddings", REQUIRED),
        "d_model": ("hidden_size", REQUIRED),
        "num_layers": ("num_hidden_layers", REQUIRED),
        "num_heads": ("num_attention_heads", REQUIRED),
        "d_mlp": ("intermediate_size", REQUIRED),
        "mlp": ("hidden_act", "gelu"),
        "norm_eps": ("layer_norm_eps", 1e-12),
        "dropout": ("hidden_dropout_prob", 0.1),
        "num_token_types": ("type_vocab_size", 2),
    },
    values={"mlp": ACTIVATIONS},
    ours={
        "positions": "learned",
        "norm": "layer",
        "norm_first": False,
        "bias": True,
        "qk_norm": False,
        "num_kv_heads": None,
        "window": None,
        "tie_weights": True,
        "masked_lm": False,
        "num_classes": 0,
    },
    theirs={
        "is_decoder": False,
        "add_cross_attention": False,
        "position_embedding_type": "absolute",
        "tie_word_embeddings": True,
    },
    told={"attention_probs_dropout_prob": lambda config: 0.0},
    free=("mlp_ratio", "rotary_base"),
    modules={
        "embedding": "embeddings.word_embeddings",
        "position_embedding": "embeddings.position_embeddings",
        "type_embedding": "embeddings.token_type_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
        "blocks.{i}.attention.qkv": tuple(
            f"encoder.layer.{{i}}.attention.self.{part}" for part in ("query", "key", "value")
        ),
        "blocks.{i}.attention.output": "encoder.layer.{i}.attention.output.dense",
        "blocks.{i}.norm1": "encoder.layer.{i}.attention.output.LayerNorm",
        "blocks.{i}.mlp.up": "encoder.layer.{i}.intermediate.dense",
        "blocks.{i}.mlp.down": "encoder.layer.{i}.output.dense",
        "blocks.{i}.norm2": "encoder.layer.{i}.output.LayerNorm",
        "pooler": "pooler.dense",
    },
    unused=r"cls\..*|(bert\.)?pooler\..*|(bert\.)?embeddings\.position_ids",
    options={"add_pooling_layer": False},
)

BERT_HEADS = {
    "masked_lm": "cls.predictions",
    "masked_lm.dense": "cls.predictions.transform.dense",
    "masked_lm.norm": "cls.predictions.transform.LayerNorm",
}


def t5_blocks(side: str, *branches: str) -> dict[str, str | tuple[str, ...]]:
    """The modules of one side of T5: its branches number their norms, attentions come first, the MLP last."""
    there, modules = f"{side}.block.{{i}}.layer", dict[str, str | tuple[str, ...]]()
    names = {"SelfAttention": ("norm1", "attention"), "EncDecAttention": ("cross_norm", "cross_attention")}
    for number, branch in enumerate(branches):
        norm, attention = names[branch]
        modules[norm] = f"{there}.{number}.layer_norm"
        modules[f"{attention}.qkv"] = tuple(f"{there}.{number}.{branch}.{part}" for part in "qkv")
        modules[f"{attention}.output"] = f"{there}.{number}.{branch}.o"
    last = f"{there}.{len(branches)}"
    modules["norm2"] = f"{last}.layer_norm"
    modules |= {"mlp.up": f"{last}.DenseReluDense.wi", "mlp.down": f"{last}.DenseReluDense.wo"}
    return {f"{side}.blocks.{{i}}.{name}": module for name, module in modules.items()}


T5 = Family(
    config=Seq2SeqConfig,
    model_type="t5",
    fields={
        "vocab_size": ("vocab_size", REQUIRED),
        "context_length": ("n_positions", 512),
        "d_model": ("d_model", REQUIRED),
        "num_layers": ("num_layers", REQUIRED),
        "num_decoder_layers": ("num_decoder_layers", None),
        "num_heads": ("num_heads", REQUIRED),
        "d_mlp": ("d_ff", REQUIRED),
        "mlp": ("feed_forward_proj", "relu"),
        "norm_eps": ("layer_norm_epsilon", 1e-6),
        "dropout": ("dropout_rate", 0.1),
    },
    values={"mlp": {"relu": "relu"}},
    ours={
        "positions": "t5",
        "norm": "rms",
        "norm_first": True,
        "bias": False,
        "qk_norm": False,
        "num_kv_heads": None,
        "window": None,
        "tie_weights": True,
    },
    theirs={
        "relative_attention_num_buckets": 32,
        "relative_attention_max_distance": 128,
        "tie_word_embeddings": True,
        "is_encoder_decoder": True,
    },
    free=("mlp_ratio", "rotary_base"),
    modules={
        "embedding": "shared",
        "encoder.position_embedding": "encoder.block.0.layer.0.SelfAttention.relative_attention_bias",
        **t5_blocks("encoder", "SelfAttention"),
        "encoder.final_norm": "encoder.final_layer_norm",
        "decoder.position_embedding": "decoder.block.0.layer.0.SelfAttention.relative_attention_bias",
        **t5_blocks("decoder", "SelfAttention", "EncDecAttention"),
        "decoder.final_norm": "decoder.final_layer_norm",
    },
    # T5 does not divide scores by √d_k, but what the decoder gives by √d_model.
    scaled={
        r".*Attention\.q": lambda config: math.sqrt(config.d_model // config.num_heads),
        r"decoder\.final_layer_norm": lambda config: 1 / math.sqrt(config.d_model),
    },
    head_dim="d_kv",
    unused=r"lm_head\.weight|(en|de)coder\.embed_tokens\.weight|.*\.EncDecAttention\.relative_attention_bias\.weight",
)

FAMILIES: dict[str, Family] = {
    "GPT2LMHeadModel": GPT2,
    "LlamaForCausalLM": LLAMA,
    "MistralForCausalLM": MISTRAL,
    "BertForMaskedLM": replace(
        BERT, ours={**BERT.ours, "masked_lm": True}, heads=BERT_HEADS, prefix="bert.", options={}
    ),
    "BertForPreTraining": replace(
        BERT,
        ours={**BERT.ours, "masked_lm": True, "num_classes": 2},
        heads={**BERT_HEADS, "classifier": "cls.seq_relationship"},
        prefix="bert.",
        options={},
    ),
    "T5ForConditionalGeneration": T5,
    "BertModel": BERT,
    "BertForSequenceClassification": replace(
        BERT,
        fields={**BERT.fields, "num_classes": ("num_labels", 2)},
        ours={name: value for name, value in BERT.ours.items() if name != "num_classes"},
        heads={"classifier": "classifier"},
        prefix="bert.",
        options={},
    ),
}
"""Classes of transformers by name."""
