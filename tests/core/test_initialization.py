"""Initialization: the variances that the schemes promise, and what a model computes before its first step."""

import pytest
import torch
from torch import nn

from minillm.initialization import INITIALIZATIONS, WRITES, fan_in, gpt2, mimetic
from minillm.models import BERT, GPT, BERTConfig, GPTConfig, Seq2Seq, Seq2SeqConfig

SHAPE = {"vocab_size": 61, "context_length": 16, "d_model": 64, "num_layers": 2, "num_heads": 4}
MODELS = {
    "gpt": lambda: GPT(GPTConfig(**SHAPE)),
    "grouped": lambda: GPT(GPTConfig(**SHAPE, num_kv_heads=2, mlp="swiglu", qk_norm=True, norm="rms", bias=False)),
    "learned": lambda: GPT(GPTConfig(**SHAPE, positions="learned", tie_weights=False)),
    "bert": lambda: BERT(BERTConfig(**SHAPE)),
    "seq2seq": lambda: Seq2Seq(Seq2SeqConfig(**SHAPE)),
}


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]()


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_every_scheme_gives_finite_weights_and_begins_norms_as_the_identity(model, name):
    for parameter in model.parameters():
        nn.init.constant_(parameter, float("nan") if parameter.ndim > 1 else 1.0)
    INITIALIZATIONS[name](model)
    for key, parameter in model.named_parameters():
        assert parameter.isfinite().all(), key
        if "norm" in key:
            assert (parameter == (0 if key.endswith("bias") else 1)).all(), key


def test_gpt2_is_what_a_new_gpt_has():
    torch.manual_seed(1)
    new = GPT(GPTConfig(**SHAPE))
    again = GPT(GPTConfig(**SHAPE))
    torch.manual_seed(1)
    gpt2(again)
    assert {k: v.std().item() for k, v in new.state_dict().items() if v.ndim > 1} == pytest.approx(
        {k: v.std().item() for k, v in again.state_dict().items() if v.ndim > 1}, rel=0.1
    )


def test_fan_in_keeps_the_size_of_what_goes_through(model):
    fan_in(model)
    for key, parameter in model.named_parameters():
        if parameter.ndim == 2 and not key.endswith(WRITES) and parameter.numel() > 2000:
            x = torch.randn(500, parameter.shape[1])
            assert (x @ parameter.T).std().item() == pytest.approx(1, abs=0.15), key


def test_fan_in_begins_every_block_as_the_identity():
    model = MODELS["gpt"]()
    fan_in(model)
    ids = torch.randint(61, (2, 9))
    record = {}
    model(ids, record=record)
    assert torch.equal(record["blocks.1.output"], record["embedding"])


def test_a_mimetic_head_writes_a_copy_of_what_it_reads():
    model = MODELS["gpt"]()
    mimetic(model)
    attention = model.blocks[1].attention
    x = torch.randn(1, 1, 64)  # a text of one token: it can only look at itself
    written = attention(x)[0, 0]
    by_hand = sum(x[0, 0] @ w.T @ w for w in attention.qkv.weight[128:].split(16))
    torch.testing.assert_close(written, by_hand)
    assert torch.cosine_similarity(written, x[0, 0], dim=0) > 0.5
    assert all((block.mlp.down.weight == 0).all() for block in model.blocks)


def test_heads_that_share_values_write_their_copy_once():
    model = MODELS["grouped"]()
    mimetic(model)
    attention = model.blocks[0].attention
    x = torch.randn(1, 1, 64)
    values = attention.qkv.weight[-32:]
    torch.testing.assert_close(attention(x)[0, 0], x[0, 0] @ values.T @ values)
