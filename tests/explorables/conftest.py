"""The in-page engine in node and in Chromium, and models for it to agree with."""

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import minillm
from minillm import town
from minillm.explorables.base import SCRIPTS
from minillm.explorables.weights_js import pack
from minillm.models import GPT, GPTConfig, NGram, RecurrentConfig, RecurrentLM
from minillm.recipes import round_to_half
from minillm.tokenizers import BPETokenizer, CharacterTokenizer, town_tokenizer
from minillm.weights import Pretrained
from tests.chromium import chromium

SHAPES = {
    "rotary": {"positions": "rotary"},
    "learned, untied": {"positions": "learned", "tie_weights": False},
    "no positions": {"positions": "none", "mlp_ratio": 3},
    "one head, odd sizes": {"positions": "rotary", "num_heads": 1, "d_model": 22, "rotary_base": 500.0},
}


@pytest.fixture(scope="session")
def shipped() -> Pretrained:
    return minillm.load("town-gpt")


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """One token of a small model at a time is too little work to share: threads would wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def shaken(model: torch.nn.Module, amount: float = 0.3) -> torch.nn.Module:
    """The model with large random weights, so that every part of it matters to the outcome."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += amount * torch.randn(parameter.shape, generator=generator)
    round_to_half(model)
    return model.eval()


def build(shape: str) -> Pretrained:
    """A small GPT of characters."""
    tokenizer = CharacterTokenizer(town.alphabet("zh") + "abc é😀")
    settings = {"context_length": 40, "d_model": 24, "num_layers": 2, "num_heads": 3} | SHAPES[shape]
    model = shaken(GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **settings)))
    return Pretrained(model, tokenizer, {"name": "random"}, [])


@pytest.fixture(params=SHAPES, scope="session")
def each_model(request) -> Pretrained:
    return build(request.param)


@pytest.fixture(scope="session")
def random_model() -> Pretrained:
    return build("rotary")


RECURRENT = {
    "lstm": {"cell": "lstm"},
    "rnn": {"cell": "rnn", "num_layers": 1},
    "lstm, tied": {"cell": "lstm", "tie_weights": True, "hidden_size": 18, "num_layers": 3},
}


@pytest.fixture(params=RECURRENT, scope="session")
def recurrent_model(request) -> Pretrained:
    settings = {"d_model": 18, "hidden_size": 26, "num_layers": 2} | RECURRENT[request.param]
    tokenizer = small_bpe()
    model = shaken(RecurrentLM(RecurrentConfig(vocab_size=tokenizer.vocab_size, **settings)), 0.2)
    return Pretrained(model, tokenizer, {"name": "random"}, [])


def small_bpe() -> BPETokenizer:
    texts = [story for lang in ("en", "zh") for story in town.stories("train", lang, 60)]
    return BPETokenizer.train(texts, 420)


@pytest.fixture(scope="session")
def counted_model() -> Pretrained:
    """A 4-gram model of some stories, on the town's tokens."""
    tokenizer = town_tokenizer()
    stories = [story.text for lang in ("en", "zh") for story in town.stories("train", lang, 200)]
    model = NGram.count([tokenizer.encode(text) for text in stories], 4, tokenizer.vocab_size)
    round_to_half(model)
    return Pretrained(model, tokenizer, {"name": "counted"}, [])


@pytest.fixture(scope="session")
def byte_pair_model() -> Pretrained:
    """A small GPT on the town's tokens."""
    tokenizer = town_tokenizer()
    config = GPTConfig(tokenizer.vocab_size, context_length=400, d_model=24, num_layers=2, num_heads=3)
    return Pretrained(shaken(GPT(config)), tokenizer, {"name": "random"}, [])


def floats(value: dict) -> object:
    """The arrays that run_engine.js encodes, as arrays again."""
    return np.frombuffer(base64.b64decode(value["f32"]), "<f4") if set(value) == {"f32"} else value


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """Runs jobs in node: node(pretrained, [[name, *arguments], ...]) -> results or {"error": ...}."""
    program = shutil.which("node")
    if program is None:
        reason = "no node on this machine; the engine is still tested in Chromium"
        print(reason, file=sys.stderr)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("engine")

    def run(pretrained: Pretrained, jobs: list[list]) -> list:
        (folder / "model.safetensors").write_bytes(pack(pretrained))
        (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
        script = Path(__file__).with_name("run_engine.js")
        command = [program, script, SCRIPTS, folder / "model.safetensors", folder / "jobs.json"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True, timeout=300)
        results = json.loads(done.stdout, object_hook=floats)
        return [result.get("ok", result) for result in results]

    return run


@pytest.fixture(scope="session")
def held_out(shipped) -> list[list[int]]:
    """A hundred stories that no model was trained on, half of them Chinese, as the model reads them."""
    texts = [story.text for lang in ("en", "zh") for story in town.stories("test", lang, 50)]
    return [[shipped.tokenizer.end_id, *shipped.tokenizer.encode(text)] for text in texts]


@pytest.fixture(scope="module")
def browser():
    """One browser for a module: Playwright keeps an event loop running, which notebook tests must not meet."""
    with chromium() as browser:
        yield browser
