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
from minillm.models import GPT, GPTConfig
from minillm.recipes import round_to_half
from minillm.tokenizers import CharacterTokenizer
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


def build(shape: str) -> Pretrained:
    """A small model with large random weights, so that every part of it matters to the outcome."""
    tokenizer = CharacterTokenizer(town.alphabet("zh") + "abc é😀")
    settings = {"context_length": 40, "d_model": 24, "num_layers": 2, "num_heads": 3} | SHAPES[shape]
    generator = torch.Generator().manual_seed(1)
    model = GPT(GPTConfig(vocab_size=tokenizer.vocab_size, **settings)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    round_to_half(model)
    return Pretrained(model, tokenizer, {"name": "random"}, [])


@pytest.fixture(params=SHAPES, scope="session")
def each_model(request) -> Pretrained:
    return build(request.param)


@pytest.fixture(scope="session")
def random_model() -> Pretrained:
    return build("rotary")


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
        files = [Path(__file__).with_name("run_engine.js"), SCRIPTS / "engine.js"]
        command = [program, *files, folder / "model.safetensors", folder / "jobs.json"]
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
