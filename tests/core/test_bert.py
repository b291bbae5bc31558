"""BERT: what holds for every variant, torch's own encoder with the same weights, and named errors."""

import dataclasses
import functools

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from minillm.errors import ConfigError, MaskError, PromptError
from minillm.models import BERT, BERTConfig, build, configuration, describe
from minillm.models.base import check_present
from minillm.positions import POSITIONS
from tests.core.small import CONTEXT_LENGTH, VOCAB_SIZE, enliven, random_ids

SHAPE = {"vocab_size": VOCAB_SIZE, "context_length": CONTEXT_LENGTH, "d_model": 16, "num_layers": 2, "num_heads": 2}


@functools.cache
def lively_bert(**changes):
    return enliven(BERT(BERTConfig(**(SHAPE | changes)))).double().requires_grad_(False)


every_scheme = pytest.mark.parametrize("positions", sorted(POSITIONS))
pre_and_post = pytest.mark.parametrize("norm_first", [False, True], ids=["post", "pre"])


def torch_encoder(model):
    """The blocks of a BERT as torch.nn.TransformerEncoder, with the same weights."""
    config = model.config
    layer = nn.TransformerEncoderLayer(
        config.d_model,
        config.num_heads,
        config.d_mlp,
        dropout=0.0,
        activation={"gelu": F.gelu, "relu": F.relu}[config.mlp],
        layer_norm_eps=config.norm_eps,
        batch_first=True,
        norm_first=config.norm_first,
    )
    norm = nn.LayerNorm(config.d_model, eps=config.norm_eps) if config.norm_first else None
    encoder = nn.TransformerEncoder(layer, config.num_layers, norm=norm, enable_nested_tensor=False).eval()
    names = {
        "self_attn.in_proj_weight": "attention.qkv.weight",
        "self_attn.in_proj_bias": "attention.qkv.bias",
        "self_attn.out_proj": "attention.output",
        "linear1": "mlp.up",
        "linear2": "mlp.down",
    }
    state = {}
    for name in encoder.state_dict():
        ours = name.replace("layers.", "blocks.").replace("norm.", "final_norm.") if "norm." in name else name
        ours = ours.replace("layers.", "blocks.")
        for theirs, mine in names.items():
            ours = ours.replace(theirs, mine)
        state[name] = model.state_dict()[ours]
    encoder.load_state_dict(state)
    return encoder.requires_grad_(False)


@given(
    st.sampled_from([1, 2, 4]),
    st.integers(1, 3),
    st.sampled_from([8, 24]),
    st.sampled_from(["gelu", "relu"]),
    st.booleans(),
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(0, 1000),
)
def test_encoder_is_torchs(num_heads, num_layers, d_mlp, mlp, norm_first, lengths, seed):
    config = {"num_heads": num_heads, "num_layers": num_layers, "d_mlp": d_mlp, "mlp": mlp, "norm_first": norm_first}
    model = lively_bert(**config, norm_eps=1e-5)
    ids = random_ids(len(lengths), max(lengths), seed=seed)
    present = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    record = {}
    hidden = model.encode(ids, present=present, record=record)
    expected = torch_encoder(model).double()(record["embedding"], src_key_padding_mask=~present)
    torch.testing.assert_close(hidden[present], expected[present], rtol=1e-9, atol=1e-9)


@every_scheme
@pytest.mark.parametrize("side", ["left", "right"])
@settings(max_examples=15)
@given(lengths=st.lists(st.integers(1, 8), min_size=1, max_size=3), seed=st.integers(0, 1000))
def test_padding_changes_nothing(positions, side, lengths, seed):
    """Each text gives the same vectors, logits and classes alone as padded in a batch, whatever the padding is."""
    model = lively_bert(positions=positions, num_classes=3, norm_eps=1e-5)
    time = max(lengths) + 2
    ids, counts = random_ids(len(lengths), time, seed=seed), torch.tensor(lengths)[:, None]
    present = torch.arange(time) < counts if side == "right" else torch.arange(time) >= time - counts
    types = random_ids(len(lengths), time, seed=seed + 1, vocab_size=2)
    logits, classes = model(ids, types, present), model.classify(ids, types, present)
    for row in range(len(lengths)):
        real = present[row]
        alone, own_types = ids[row, real][None], types[row, real][None]
        torch.testing.assert_close(logits[row, real], model(alone, own_types)[0], rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(classes[row], model.classify(alone, own_types)[0], rtol=1e-5, atol=1e-5)


@every_scheme
@pre_and_post
@pytest.mark.parametrize("record", [None, {}], ids=["fast", "readable"])
def test_every_position_sees_both_sides(positions, norm_first, record):
    model, ids = lively_bert(positions=positions, norm_first=norm_first), random_ids(1, 6)
    before = model(ids, record=None if record is None else {})
    for t in range(6):
        changed = ids.clone()
        changed[0, t] = (changed[0, t] + 1) % VOCAB_SIZE
        difference = (model(changed, record=None if record is None else {}) - before).abs().amax(dim=-1)[0]
        assert (difference > 1e-4).all()


def test_relative_positions_tell_left_from_right():
    """Among equal tokens every place at another signed distance gets another score."""
    record = {}
    lively_bert(positions="t5", num_layers=1)(torch.full((1, 5), 3), record=record)
    scores = record["blocks.0.attention.scores"][0, :, 2]
    assert all(len(set(head.tolist())) == 5 for head in scores)


@every_scheme
@pre_and_post
def test_recording_changes_nothing(positions, norm_first):
    model, ids, record = lively_bert(positions=positions, norm_first=norm_first), random_ids(2, 7), {}
    torch.testing.assert_close(model(ids, record=record), model(ids), rtol=1e-4, atol=1e-4)
    assert record["blocks.1.attention.weights"].shape == (2, 2, 7, 7)
    torch.testing.assert_close(record["final_norm"], model.encode(ids), rtol=1e-4, atol=1e-4)


def test_the_definition():
    """The embedding, one post-norm block and both heads written out, for one text."""
    model = lively_bert(num_layers=1, num_classes=3)
    ids, types, record = random_ids(1, 5), torch.tensor([[0, 0, 1, 1, 1]]), {}
    logits = model(ids, types, record=record)
    w = dict(model.named_parameters())

    def norm(x, name):
        centered = x - x.mean(-1, keepdim=True)
        scaled = centered / (centered.square().mean(-1, keepdim=True) + 1e-12).sqrt()
        return scaled * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embedding.weight"][ids] + w["position_embedding.weight"][:5] + w["type_embedding.weight"][types]
    x = norm(x, "embedding_norm")
    torch.testing.assert_close(record["embedding"], x)
    mixed = record["blocks.0.attention.weights"] @ record["blocks.0.attention.value"]
    x = norm(x + linear(mixed.transpose(1, 2).flatten(2), "blocks.0.attention.output"), "blocks.0.norm1")
    x = norm(x + linear(F.gelu(linear(x, "blocks.0.mlp.up")), "blocks.0.mlp.down"), "blocks.0.norm2")
    torch.testing.assert_close(model.encode(ids, types), x)
    h = norm(F.gelu(linear(x, "masked_lm.dense")), "masked_lm.norm")
    torch.testing.assert_close(logits, h @ w["embedding.weight"].T + w["masked_lm.bias"])
    torch.testing.assert_close(model.classify(ids, types), linear(torch.tanh(linear(x[:, 0], "pooler")), "classifier"))


def test_loss_is_the_cross_entropy_of_the_chosen_tokens():
    model, ids = lively_bert(), random_ids(3, 8)
    present = torch.arange(8) < torch.tensor([[8], [5], [3]])
    targets = torch.where((random_ids(3, 8, seed=1) < 4) & present, ids, -100)
    assert 0 < (targets != -100).sum() < targets.numel()
    picked = model(ids, present=present).log_softmax(-1)[targets != -100]
    expected = -picked.gather(1, targets[targets != -100][:, None]).mean()
    torch.testing.assert_close(model.loss(ids, targets, {"present": present}), expected)


def test_untied_weights():
    model = lively_bert(tie_weights=False)
    ids = random_ids(2, 5)
    h = model.masked_lm.norm(F.gelu(model.masked_lm.dense(model.encode(ids))))
    torch.testing.assert_close(model(ids), h @ model.masked_lm.decoder.weight.T + model.masked_lm.bias)


def test_it_learns_to_fill_in():
    """Texts of one token repeated, masked at one place: the neighbors tell what it was."""
    torch.manual_seed(0)
    model = BERT(BERTConfig(6, context_length=8, d_model=32, num_layers=1, num_heads=2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(80):
        texts = torch.randint(1, 6, (32, 1)).repeat(1, 8)
        masked = torch.zeros(32, 8, dtype=torch.bool).scatter(1, torch.randint(8, (32, 1)), True)
        loss = model.loss(texts.masked_fill(masked, 0), texts.masked_fill(~masked, -100))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.2  # guessing costs ln 5 = 1.6


def test_heads_are_asked_for():
    with pytest.raises(ConfigError, match="no masked-language-model head; build it with masked_lm = True"):
        lively_bert(masked_lm=False)(random_ids(1, 3))
    with pytest.raises(ConfigError, match="no masked-language-model head"):
        lively_bert(masked_lm=False).loss(random_ids(1, 3), random_ids(1, 3))
    with pytest.raises(ConfigError, match="no classification head; build it with num_classes"):
        lively_bert().classify(random_ids(1, 3))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"num_token_types": 0}, "num_token_types = 0 must be a whole number of at least 1"),
        ({"num_classes": -1}, "num_classes = -1 must be a whole number of at least 0"),
        ({"num_heads": 3}, "num_heads = 3 does not divide d_model = 16"),
    ],
)
def test_impossible_configurations(changes, message):
    with pytest.raises(ConfigError, match=message):
        BERTConfig(**(SHAPE | changes))


def test_bad_input_is_named():
    model, ids = lively_bert(), random_ids(2, 4)
    with pytest.raises(PromptError, match="13 tokens do not fit in a context of 12"):
        model(random_ids(1, 13))
    with pytest.raises(PromptError, match="token 11 is outside the vocabulary, 0 to 10"):
        model(torch.tensor([[1, 11]]))
    with pytest.raises(PromptError, match="token -1 is outside the vocabulary"):
        model(torch.tensor([[1, -1]]))
    with pytest.raises(PromptError, match="token type 2 is out of range, 0 to 1"):
        model(ids, torch.full_like(ids, 2))
    with pytest.raises(PromptError, match=r"token_types has shape \(2, 3\), but the tokens \(2, 4\)"):
        model._types(ids, ids[:, :3])  # the shapes of public functions are checked by the tests' import hook
    with pytest.raises(MaskError, match="row 1 is all padding"):
        model(ids, present=torch.tensor([[True] * 4, [False] * 4]))
    with pytest.raises(MaskError, match=r"present has shape \(2, 3\), the tokens \(2, 4\)"):
        check_present(torch.ones(2, 3, dtype=torch.bool), ids.shape)


def test_a_configuration_comes_back_from_plain_values():
    config = BERTConfig(**SHAPE, num_classes=4, norm_first=True)
    assert describe(config)["architecture"] == "bert"
    assert configuration(describe(config)) == config
    model = build(dataclasses.replace(config, d_model=8))
    assert isinstance(model, BERT) and model.num_parameters() == sum(p.numel() for p in model.parameters())
