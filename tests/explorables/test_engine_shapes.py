"""Every GPT that the package can build computes in the page what it computes in PyTorch. Run in node."""

from dataclasses import asdict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from minillm.interpret import ablate_heads
from minillm.layers import MLPS, NORMS
from minillm.models import GPT, GPTConfig
from minillm.positions import POSITIONS
from minillm.tokenizers import CharacterTokenizer
from minillm.weights import Pretrained
from tests.explorables.conftest import shaken
from tests.explorables.oracle import reference, stages

RECORDED = {"query": "query", "key": "key", "value": "value", "scores": "scores", "attention": "weights"}
TOKENIZER = CharacterTokenizer("abcdefghijklmnopqrs")


def build(**options) -> Pretrained:
    """A small GPT with large random weights."""
    shape = {"context_length": 40, "d_model": 24, "num_layers": 2, "num_heads": 3} | options
    model = shaken(GPT(GPTConfig(TOKENIZER.vocab_size, **shape)), 0.2)
    return Pretrained(model, TOKENIZER, {"name": "random"}, [])


def random_ids(count: int) -> list[int]:
    return torch.randint(TOKENIZER.vocab_size, (count,), generator=torch.manual_seed(5)).tolist()


def assert_equal(ours: np.ndarray, expected: np.ndarray, what: str) -> None:
    np.testing.assert_allclose(
        ours.reshape(expected.shape), expected, rtol=0, atol=2e-4 * max(1.0, np.abs(expected).max()), err_msg=what
    )


def assert_agrees(node, pretrained: Pretrained, ids: list[int], ablate: list[tuple[int, int]]) -> None:
    """Logits at once, in pieces and after going back; every activation; with heads switched off and without."""
    config = pretrained.model.config
    jobs = [["record", ids], ["record", ids, ablate], ["forward", ids, [3, 1, 1]], ["forward", ids, [2, 1], ablate]]
    whole, ablated, pieces, ablated_pieces, rest = node(pretrained, [*jobs, ["rewound", ids, 4]])
    for result, off, cached in ((whole, [], pieces), (ablated, ablate, ablated_pieces)):
        logits, record = reference(pretrained, ids, off)
        assert_equal(result["logits"], logits, "logits")
        assert_equal(cached, logits, "logits with a cache")
        for ours, theirs in RECORDED.items():
            for layer in range(config.num_layers):
                for head, matrix in enumerate(record[f"blocks.{layer}.attention.{theirs}"]):
                    if ours == "scores":  # what the window hides is not compared: the page may or may not compute it
                        matrix = np.tril(matrix)
                        result[ours][layer][head] = np.tril(result[ours][layer][head].reshape(matrix.shape))
                    assert_equal(result[ours][layer][head], matrix, f"{ours} of layer {layer}, head {head}")
        assert_stages(result["stages"], stages(pretrained, ids, off), off)
    assert_equal(rest, reference(pretrained, ids)[0][4:], "logits after going back")


def assert_stages(ours: dict, expected: dict[str, np.ndarray], ablate: list[tuple[int, int]]) -> None:
    flat = {"embedding": ours["embedding"], "final_norm": ours["final_norm"]}
    for layer, block in enumerate(ours["layers"]):
        flat |= {f"{layer}.{name}": values for name, values in block.items()}
    assert flat.keys() == expected.keys()
    for name, matrix in expected.items():
        if name.endswith(
            "heads"
        ):  # PyTorch ablates by the matrix that reads the heads, the page by the heads themselves
            matrix = matrix.copy().reshape(len(matrix), 3, -1) if ablate else matrix
            for layer, head in ablate:
                if name == f"{layer}.heads":
                    matrix[:, head] = 0
        assert_equal(flat[name], matrix.reshape(len(matrix), -1), name)


ROWS = [(option, name) for option, rows in (("positions", POSITIONS), ("norm", NORMS), ("mlp", MLPS)) for name in rows]


@pytest.mark.parametrize(("option", "name"), ROWS)
def test_every_row_of_every_registry(node, option, name):
    assert_agrees(node, build(**{option: name}), random_ids(40), [(0, 1), (1, 0), (1, 2)])


OPTIONS = {
    "positions": st.sampled_from(sorted(POSITIONS)),
    "norm": st.sampled_from(sorted(NORMS)),
    "norm_eps": st.sampled_from([1e-6, 1e-5, 1e-2]),
    "norm_first": st.booleans(),
    "mlp": st.sampled_from(sorted(MLPS)),
    "bias": st.booleans(),
    "qk_norm": st.booleans(),
    "tie_weights": st.booleans(),
    "num_kv_heads": st.sampled_from([None, 1, 3]),
    "d_mlp": st.sampled_from([None, 7, 50]),
    "mlp_ratio": st.sampled_from([1, 4]),
    "window": st.sampled_from([None, 1, 2, 9, 100]),
    "rotary_base": st.sampled_from([10000.0, 20.0]),
    "num_layers": st.integers(1, 3),
    "d_model": st.sampled_from([6, 24, 30]),
}


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(options=st.fixed_dictionaries(OPTIONS), length=st.integers(6, 40), data=st.data())
def test_drawn_shapes(node, options, length, data):
    heads = st.tuples(st.integers(0, options["num_layers"] - 1), st.integers(0, 2))
    ablate = data.draw(st.lists(heads, min_size=1, max_size=4, unique=True))
    assert_agrees(node, build(**options), random_ids(length), ablate)


@pytest.mark.parametrize("num_heads", [1, 2, 3, 4, 6, 8, 12, 20])
def test_alibi_for_every_number_of_heads(node, num_heads):
    pretrained = build(positions="alibi", d_model=2 * num_heads, num_heads=num_heads, num_layers=1)
    ids = random_ids(9)
    (result,) = node(pretrained, [["record", ids]])
    for ours, matrix in zip(
        result["scores"][0], reference(pretrained, ids)[1]["blocks.0.attention.scores"], strict=True
    ):
        assert_equal(np.tril(ours.reshape(9, 9)), np.tril(matrix), "scores")


def test_t5_far_back(node):
    """Distances beyond the buckets that hold one each."""
    pretrained = build(positions="t5", context_length=300, num_layers=1)
    ids = random_ids(300)
    (ours,) = node(pretrained, [["forward", ids]])
    assert_equal(ours, reference(pretrained, ids)[0], "logits")


def test_all_heads_off_leaves_what_does_not_look_back(node):
    """Without any head the past is gone: the last token's logits are the same after any beginning."""
    pretrained = build(positions="none")
    every = [(layer, head) for layer in range(2) for head in range(3)]
    both = node(pretrained, [["forward", [1, 2, 3, 4], [], every], ["forward", [9, 8, 7, 4], [], every]])
    np.testing.assert_array_equal(both[0][-20:], both[1][-20:])
    assert not np.array_equal(both[0][:20], both[1][:20])


def test_ablation_is_that_of_the_package(node):
    pretrained, heads = build(num_kv_heads=1, mlp="swiglu", norm="rms"), [(0, 2), (1, 0)]
    ids = random_ids(12)
    (ours,) = node(pretrained, [["forward", ids, [], heads]])
    with torch.no_grad():
        assert_equal(ours, ablate_heads(pretrained.model, heads)(torch.tensor([ids]))[0].numpy(), "logits")


def test_generation_without_a_head(node):
    pretrained = build()
    ids, made = [1, 2, 3], []
    (result,) = node(pretrained, [["generate", ids, {"temperature": 0, "maxTokens": 8, "ablate": [[1, 2], [0, 0]]}]])
    for token in result["made"]:
        logits, _ = reference(pretrained, [*ids, *made], [(1, 2), (0, 0)])
        made.append(int(logits[-1].argmax()))
        assert token["id"] == made[-1]


def test_a_silent_configuration_means_the_defaults(node, monkeypatch):
    """Where config.json says nothing, the page assumes what TransformerConfig assumes."""
    pretrained = build()
    full = asdict(pretrained.model.config)
    said = {name: full[name] for name in ("vocab_size", "context_length", "d_model", "num_layers", "num_heads")}
    monkeypatch.setattr("minillm.explorables.weights_js.describe", lambda config: {"architecture": "gpt"} | said)
    (config,) = node(pretrained, [["config"]])
    assert config == {"architecture": "gpt"} | full


@pytest.mark.parametrize(("option", "value"), [("positions", "clock"), ("norm", "batch"), ("mlp", "maxout")])
def test_what_the_engine_does_not_know_is_named(node, monkeypatch, option, value):
    pretrained = build()
    described = {"architecture": "gpt"} | asdict(pretrained.model.config) | {option: value}
    monkeypatch.setattr("minillm.explorables.weights_js.describe", lambda config: described)
    (result,) = node(pretrained, [["config"]])
    assert result["error"] == {"name": "ConfigError", "message": f'{option} = "{value}" is not known to the engine'}


@pytest.mark.parametrize("head", [[2, 0], [0, 3], [-1, 0], [0, 0.5]])
def test_a_head_that_does_not_exist_cannot_be_switched_off(node, head):
    (result,) = node(build(), [["forward", [1, 2], [], [head]]])
    assert result["error"]["name"] == "ConfigError"
    assert "layers are 0 to 1, heads 0 to 2" in result["error"]["message"]
