"""Published models as configurations: GPT-2, BERT, Llama and the original Transformer are shapes of what is here.

`dataclasses.replace` makes a small model of the same kind: replace(PRESETS["llama-3-8b"], d_model=64, num_layers=2).
"""

from dataclasses import replace
from types import MappingProxyType

from minillm.layers import TransformerConfig
from minillm.models.bert import BERTConfig
from minillm.models.gpt import GPTConfig
from minillm.models.seq2seq import Seq2SeqConfig

# Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", table 2, and the released weights.
GPT2 = GPTConfig(
    vocab_size=50257,
    context_length=1024,
    d_model=768,
    num_layers=12,
    num_heads=12,
    positions="learned",
    mlp="gelu-tanh",
    dropout=0.1,
)

# Brown et al. (2020), "Language Models are Few-Shot Learners", table 2.1. Every other block of the original attends to
# a band of near positions only, which changes no weight.
GPT3 = replace(GPT2, context_length=2048, d_model=12288, num_layers=96, num_heads=96, dropout=0.0)

# Devlin et al. (2019), "BERT", section 3, uncased English.
BERT_BASE = BERTConfig(vocab_size=30522, context_length=512, d_model=768, num_layers=12, num_heads=12, dropout=0.1)

# Touvron et al. (2023), "Llama 2", section 2.2 and table 1, and the released weights.
LLAMA_2_7B = GPTConfig(
    vocab_size=32000,
    context_length=4096,
    d_model=4096,
    num_layers=32,
    num_heads=32,
    d_mlp=11008,
    norm="rms",
    mlp="swiglu",
    bias=False,
    tie_weights=False,
)

LLAMA_3_8B = replace(
    LLAMA_2_7B, vocab_size=128256, context_length=8192, num_kv_heads=8, d_mlp=14336, rotary_base=500000.0
)

# Vaswani et al. (2017), "Attention Is All You Need", table 3. Its pieces of English and German are about 37,000.
TRANSFORMER_BASE = Seq2SeqConfig(
    vocab_size=37000,
    context_length=1024,
    d_model=512,
    num_layers=6,
    num_heads=8,
    positions="sinusoidal",
    norm_first=False,
    mlp="relu",
    dropout=0.1,
)

# Raffel et al. (2020), section 3.7. What T5 divides by √d_k and √d_model elsewhere than here, its weights make up for.
T5_SMALL = Seq2SeqConfig(
    vocab_size=32128,
    context_length=512,
    d_model=512,
    num_layers=6,
    num_heads=8,
    positions="t5",
    norm="rms",
    norm_eps=1e-6,
    mlp="relu",
    bias=False,
    dropout=0.1,
)

PRESETS: MappingProxyType[str, TransformerConfig] = MappingProxyType(
    {
        "gpt2": GPT2,
        "gpt2-medium": replace(GPT2, d_model=1024, num_layers=24, num_heads=16),
        "gpt2-large": replace(GPT2, d_model=1280, num_layers=36, num_heads=20),
        "gpt2-xl": replace(GPT2, d_model=1600, num_layers=48, num_heads=25),
        "gpt3-175b": GPT3,
        "bert-base": BERT_BASE,
        "bert-large": replace(BERT_BASE, d_model=1024, num_layers=24, num_heads=16),
        "llama-2-7b": LLAMA_2_7B,
        "llama-2-13b": replace(LLAMA_2_7B, d_model=5120, num_layers=40, num_heads=40, d_mlp=13824),
        "llama-2-70b": replace(LLAMA_2_7B, d_model=8192, num_layers=80, num_heads=64, num_kv_heads=8, d_mlp=28672),
        # Grattafiori et al. (2024), "The Llama 3 Herd of Models", table 3; the first release, with a context of 8,192.
        "llama-3-8b": LLAMA_3_8B,
        "llama-3-70b": replace(LLAMA_3_8B, d_model=8192, num_layers=80, num_heads=64, d_mlp=28672),
        "llama-3-405b": replace(LLAMA_3_8B, d_model=16384, num_layers=126, num_heads=128, d_mlp=53248),
        # Zhang et al. (2024), "TinyLlama", table 1.
        "tinyllama-1.1b": replace(
            LLAMA_2_7B, context_length=2048, d_model=2048, num_layers=22, num_kv_heads=4, d_mlp=5632
        ),
        # Jiang et al. (2023), "Mistral 7B", table 1.
        "mistral-7b": replace(LLAMA_2_7B, context_length=32768, num_kv_heads=8, d_mlp=14336, window=4096),
        "transformer-base": TRANSFORMER_BASE,
        "transformer-big": replace(TRANSFORMER_BASE, d_model=1024, num_heads=16, dropout=0.3),
        "t5-small": T5_SMALL,
        "t5-base": replace(T5_SMALL, d_model=768, num_layers=12, num_heads=12),
    }
)
"""Published models by name. Building one makes random weights; `minillm.hub` loads the published ones."""
