"""Random small configurations of every family, models and texts for them."""

import torch
from hypothesis import strategies as st

from minillm.models import BERTConfig, GPTConfig, Seq2SeqConfig, build
from tests.core.small import enliven


def lively(config, seed=0):
    """A model with weights so large that every part matters, in double precision where transformers can.

    Its Llama takes the softmax in single precision, where the number that hides a key in double precision is infinite:
    a row of padding becomes NaN.
    """
    model = enliven(build(config), seed).requires_grad_(False)
    return model if config.norm == "rms" else model.double()


@st.composite
def sizes(draw):
    """What every family has."""
    num_heads = draw(st.sampled_from([1, 2, 3, 4]))
    return {
        "vocab_size": draw(st.integers(5, 40)),
        "context_length": draw(st.integers(10, 20)),
        "d_model": num_heads * draw(st.sampled_from([2, 4, 6])),
        "num_layers": draw(st.integers(1, 3)),
        "num_heads": num_heads,
        "d_mlp": draw(st.sampled_from([3, 8, 20])),
        "norm_eps": draw(st.sampled_from([1e-12, 1e-6, 1e-3])),
    }


@st.composite
def gpt2_configs(draw):
    mlp = draw(st.sampled_from(["gelu", "gelu-tanh", "relu", "relu2"]))
    return GPTConfig(**draw(sizes()), positions="learned", mlp=mlp, tie_weights=draw(st.booleans()))


NO_WINDOW = st.none()


@st.composite
def llama_configs(draw, windows=NO_WINDOW):
    shape = draw(sizes())
    divisors = [n for n in range(1, shape["num_heads"] + 1) if shape["num_heads"] % n == 0]
    return GPTConfig(
        **shape,
        num_kv_heads=draw(st.sampled_from(divisors)),
        norm="rms",
        mlp="swiglu",
        bias=False,
        tie_weights=draw(st.booleans()),
        rotary_base=draw(st.sampled_from([100.0, 10000.0, 500000.0])),
        window=draw(windows),
    )


def mistral_configs():
    return llama_configs(windows=st.integers(1, 6))


@st.composite
def bert_configs(draw, **heads):
    mlp = draw(st.sampled_from(["gelu", "gelu-tanh", "relu"]))
    return BERTConfig(**draw(sizes()), mlp=mlp, num_token_types=draw(st.integers(1, 3)), **heads)


@st.composite
def bert_classifiers(draw):
    return draw(bert_configs(masked_lm=False, num_classes=draw(st.integers(1, 5))))


@st.composite
def t5_configs(draw):
    shape = {"positions": "t5", "norm": "rms", "mlp": "relu", "bias": False}
    return Seq2SeqConfig(**draw(sizes()), **shape, num_decoder_layers=draw(st.none() | st.integers(1, 3)))


CONFIGS = {
    "GPT2LMHeadModel": gpt2_configs(),
    "LlamaForCausalLM": llama_configs(),
    "MistralForCausalLM": mistral_configs(),
    "T5ForConditionalGeneration": t5_configs(),
    "BertForMaskedLM": bert_configs(),
    "BertForPreTraining": bert_configs(num_classes=2),
    "BertModel": bert_configs(masked_lm=False),
    "BertForSequenceClassification": bert_classifiers(),
}
"""A strategy for each row of the registry."""

SMALL = {"vocab_size": 13, "context_length": 12, "d_model": 16, "num_layers": 2, "num_heads": 4, "d_mlp": 24}
GROUPED = {"num_kv_heads": 2, "norm": "rms", "mlp": "swiglu", "bias": False, "rotary_base": 5000.0}
FIXED = {
    "GPT2LMHeadModel": GPTConfig(**SMALL, positions="learned", mlp="gelu-tanh"),
    "LlamaForCausalLM": GPTConfig(**SMALL, **GROUPED, tie_weights=False),
    "MistralForCausalLM": GPTConfig(**SMALL, **GROUPED, window=3),
    "T5ForConditionalGeneration": Seq2SeqConfig(**SMALL, positions="t5", norm="rms", mlp="relu", bias=False),
    "BertForMaskedLM": BERTConfig(**SMALL),
    "BertForPreTraining": BERTConfig(**SMALL, num_classes=2),
    "BertModel": BERTConfig(**SMALL, masked_lm=False),
    "BertForSequenceClassification": BERTConfig(**SMALL, masked_lm=False, num_classes=3),
}
"""One configuration of each row, for tests that need no more."""


@st.composite
def batches(draw, config, sides=("left", "right")):
    """Token ids and which of them are real: texts of different lengths, padded on one side."""
    lengths = draw(st.lists(st.integers(1, config.context_length), min_size=1, max_size=3))
    time, counts = max(lengths), torch.tensor(lengths)[:, None]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 1000)))
    ids = torch.randint(config.vocab_size, (len(lengths), time), generator=generator)
    left = draw(st.sampled_from(sides)) == "left"
    return ids, torch.arange(time) >= time - counts if left else torch.arange(time) < counts


def run(model, ids, present=None):
    """Whatever a model here says about a batch: logits if it has any for tokens or classes, else vectors."""
    config = model.config
    if isinstance(config, Seq2SeqConfig):
        return model(ids, ids, present, present)
    if isinstance(config, BERTConfig) and not config.masked_lm:
        compute = model.classify if config.num_classes else model.encode
        return compute(ids, present=present)
    return model(ids, present=present)


def places(present):
    """The position of each token, by counting the real ones before it."""
    return (present.long().cumsum(dim=1) - 1).clamp(min=0)
