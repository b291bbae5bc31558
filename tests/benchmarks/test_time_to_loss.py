"""The benchmark of time to loss: a fair yardstick, whole measurements, and a report of both sides."""

import random
import re

import pytest
import torch

from benchmarks import time_to_loss as benchmark
from minillm.attention import causal_mask
from minillm.tokenizers import CharacterTokenizer

transformers = pytest.importorskip("transformers")


@pytest.fixture
def text(tmp_path):
    words = random.Random(0).choices(["the ", "king ", "is ", "mad; ", "come, ", "lords.\n"], k=2000)
    path = tmp_path / "text.txt"
    path.write_text("".join(words), encoding="utf-8")
    return path


def test_a_run_learns_and_both_sides_are_reported(text, capsys, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    benchmark.main(text, seeds=2, settings=benchmark.Settings(tokens=8 * 256, batch_size=4))
    lines = capsys.readouterr().out.splitlines()[1:]
    found = [
        re.search(r"seed (\d): 2,048 tokens, validation loss (\S+) \((at most|above) 1.9\), \S+ s;", line)
        for line in lines
    ]
    assert [match[1] for match in found] == ["0", "1"]
    vocab_size = benchmark.read(text)[2].vocab_size
    assert all(float(match[2]) < torch.tensor(vocab_size).log() - 0.5 for match in found)
    assert all(re.search(r"nanoGPT's recipe \S+ s \(\S+ ms a step\): 1/\S+ of its time$", line) for line in lines)


def test_the_last_tenth_is_kept_out_and_measured_whole(text):
    train, valid, tokenizer = benchmark.read(text)
    whole = text.read_text(encoding="utf-8")
    assert tokenizer.decode(train.tolist()) + tokenizer.decode(valid.tolist()) == whole
    assert isinstance(tokenizer, CharacterTokenizer) and len(train) == int(0.9 * len(whole))
    model = benchmark.Run(benchmark.Settings(), tokenizer.vocab_size, train).model
    torch.nn.init.normal_(model.head.weight, std=0.3)
    length = (len(valid) - 1) // 64 * 64
    with torch.no_grad():
        rows = [model.loss(valid[i : i + 64][None], valid[i + 1 : i + 65][None]) for i in range(0, length, 64)]
    assert benchmark.validation_loss(model, valid) == pytest.approx(torch.stack(rows).mean().item(), rel=1e-5)


def test_heads_begin_by_looking_back():
    model = benchmark.Run(benchmark.Settings(), 20, torch.randint(20, (200,))).model
    bias = model.position_embedding.bias(64, 64).detach().masked_fill(~causal_mask(64, 64), -torch.inf)
    for head in range(3):
        assert bias[head, 10:].argmax(dim=-1).tolist() == list(range(9 - head, 63 - head))


def test_the_yardstick_is_gpt_2_of_that_size():
    torch.manual_seed(0)
    plain = benchmark.PlainGPT(50)
    config = transformers.GPT2Config(
        vocab_size=50, n_positions=64, n_embd=128, n_layer=4, n_head=4, activation_function="gelu",
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    theirs = transformers.GPT2LMHeadModel(config)
    names = {"tokens": "wte", "positions": "wpe", "norm": "ln_f", "blocks": "h", "norm1": "ln_1", "norm2": "ln_2",
             "qkv": "attn.c_attn", "output": "attn.c_proj", "up": "mlp.c_fc", "down": "mlp.c_proj"}  # fmt: skip
    state = {name: torch.zeros_like(tensor) for name, tensor in theirs.state_dict().items()}
    for name, tensor in plain.state_dict().items():
        parts = [names.get(part, part) for part in name.split(".")]
        matrix = parts[-1] == "weight" and tensor.ndim == 2 and "blocks" in name
        state["transformer." + ".".join(parts)] = tensor.T if matrix else tensor
    state["lm_head.weight"] = state["transformer.wte.weight"]
    theirs.load_state_dict(state)
    ids = torch.randint(50, (2, 65))
    logits = theirs(ids[:, :-1]).logits
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
    assert plain(ids[:, :-1], ids[:, 1:]).item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_step_of_the_yardstick_is_a_step_of_training():
    ids = torch.arange(300) % 7
    steps = benchmark.yardstick_steps(7, ids)
    before = torch.get_rng_state()
    assert next(steps) > 0 and steps.gi_frame.f_locals["loss"].item() > 1
    assert not torch.equal(before, torch.get_rng_state())  # its places are drawn at random
    for _ in range(30):
        next(steps)
    assert steps.gi_frame.f_locals["loss"].item() < 1
