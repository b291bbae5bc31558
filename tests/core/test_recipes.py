"""Recipes and the command line: a model made from one file, again and again."""

import functools
import hashlib
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import minillm.__main__
from minillm import town
from minillm.errors import CheckpointError, ConfigError, MinillmError, TrainingInterrupted
from minillm.generation import generate
from minillm.models import NGram, RecurrentLM, build, configuration
from minillm.recipes import TOKENIZERS, Recipe, round_to_half
from minillm.tokenizers import town_tokenizer
from minillm.training import Trainer, evaluate_stories
from minillm.weights import load
from tests.core.small import lively_gpt, same_tensors

ROOT = Path(__file__).parents[2]
MODEL_RECIPES = sorted(path for path in (ROOT / "recipes").glob("*.toml") if "[model]" in path.read_text("utf-8"))
TINY = """
name = "tiny"
seed = 3
batch_size = 2

[text]
languages = ["en", "zh"]
train_stories = 12
valid_stories = 4
ngram_order = 3
ngram_stories = 6

[model]
context_length = 1024
d_model = 8
num_layers = 1
num_heads = 2

[training]
steps = 4
warmup_steps = 1
evaluate_every = 9
evaluate_also = [3]
save_every = 2
"""


@pytest.fixture(autouse=True)
def stories_are_drawn_once(monkeypatch):
    """Held-out stories are one in twenty; the same ones are asked for again and again."""
    monkeypatch.setattr(town, "stories", lambda *arguments, **settings: iter(drawn(*arguments, **settings)))


@functools.cache
def drawn(*arguments, stories=town.stories, **settings):
    return tuple(stories(*arguments, **settings))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an undisturbed training by the recipe makes."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    return Recipe.read(folder / "tiny.toml").train(folder / "run")


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


@pytest.mark.slow
def test_a_recipe_makes_the_model_it_describes(whole):
    made, config, card = whole, whole.model.config, whole.card
    assert (config.d_model, config.num_layers, config.num_heads, config.context_length) == (8, 1, 2, 1024)
    assert set(made.tokenizer.characters) == set(town.alphabet("en")) | set(town.alphabet("zh"))
    assert [entry["step"] for entry in made.history] == [3, 4]
    assert not made.model.training
    assert all(torch.equal(tensor.half().float(), tensor) for tensor in made.model.state_dict().values())
    assert (card["name"], card["seed"], card["tokens"]) == ("tiny", 3, 4 * 2 * 1024)
    assert card["parameters"] == made.model.num_parameters()
    content = b"".join(tensor.numpy().tobytes() for tensor in made.model.state_dict().values())
    assert card["weights_digest"] == hashlib.blake2b(content, digest_size=8).hexdigest()
    for language in ("en", "zh"):
        stories = list(town.stories("valid", language, 4, seed=3))
        scores = card["scores"][language]
        assert scores["valid_loss"] == pytest.approx(evaluate_stories(made.model, made.tokenizer, stories), abs=1e-3)
        tokens = sum(len(story.text) + 1 for story in stories)
        assert scores["entropy_floor"] == pytest.approx(-sum(map(town.logprob, stories)) / tokens, abs=1e-3)
        characters = sum(len(story.text) for story in stories)
        per_character = scores["valid_loss_per_character"], scores["entropy_floor_per_character"]
        expected = scores["valid_loss"] * tokens / characters, -sum(map(town.logprob, stories)) / characters
        assert per_character == pytest.approx(expected, abs=1e-3)
        assert scores["3-gram"] == pytest.approx(three_gram(made.tokenizer, language, stories), abs=1e-3)


RECURRENT = TINY.replace("batch_size = 2", 'batch_size = 2\nwindow = 64\ntokenizer = "town-bpe"').replace(
    """context_length = 1024
d_model = 8
num_layers = 1
num_heads = 2""",
    """architecture = "recurrent"
d_model = 8
hidden_size = 8
cell = "rnn"
tie_weights = true""",
)


def test_a_recipe_makes_a_recurrent_model_of_the_towns_tokens(tmp_path):
    (tmp_path / "tiny.toml").write_text(RECURRENT, encoding="utf-8")
    made = Recipe.read(tmp_path / "tiny.toml").train(tmp_path / "run")
    assert isinstance(made.model, RecurrentLM) and made.model.config.cell == "rnn"
    assert made.tokenizer.encode("Once") == town_tokenizer().encode("Once")
    assert made.card["tokens"] == made.history[-1]["tokens"] == 4 * 2 * 64
    assert (made.card["tokenizer"], "piece" in made.card["unit"]) == ("town-bpe", True)
    assert all(torch.equal(tensor.half().float(), tensor) for tensor in made.model.state_dict().values())
    stories = list(town.stories("valid", "zh", 4, seed=3))
    expected = evaluate_stories(made.model, made.tokenizer, stories)
    assert made.card["scores"]["zh"]["valid_loss"] == pytest.approx(expected, abs=1e-3)
    assert load(made.save(tmp_path / "model")).model.config == made.model.config


def test_a_recipe_makes_an_ngram_model(tmp_path):
    text = TINY[: TINY.index("[model]")].replace("batch_size = 2", "")
    text += '[model]\narchitecture = "ngram"\norder = 4\nmin_gain = 2.0\n'
    (tmp_path / "tiny.toml").write_text(text, encoding="utf-8")
    made = Recipe.read(tmp_path / "tiny.toml").train(tmp_path / "run")
    assert isinstance(made.model, NGram) and made.history == [] and made.model.config.order == 4
    told = [list(town.stories("train", language, 12, seed=3 + i)) for i, language in enumerate(("en", "zh"))]
    texts = [made.tokenizer.encode(story.text) for stories in told for story in stories]
    assert made.card["tokens"] == sum(len(ids) + 1 for ids in texts)
    expected = NGram.count(texts, 4, made.tokenizer.vocab_size, min_gain=2.0)
    assert made.model.config == expected.config
    held_out = [made.tokenizer.encode(story.text) for story in town.stories("valid", "en", 4, seed=3)]
    score = made.card["scores"]["en"]["valid_loss"]
    assert score == pytest.approx(expected.nats_per_token(held_out), abs=2e-3)
    loaded = load(made.save(tmp_path / "model"))
    assert loaded.model.nats_per_token(held_out) == pytest.approx(score, abs=1e-4)


def three_gram(tokenizer, language, stories):
    train = [tokenizer.encode(story.text) for story in town.stories("train", language, 6, seed=3)]
    model = NGram.count(train, 3, tokenizer.vocab_size)
    return -np.concatenate([model.log_probs(tokenizer.encode(story.text)) for story in stories]).mean()


@pytest.mark.slow
def test_a_recipe_stopped_and_resumed_makes_the_same_model(whole, recipe, tmp_path, monkeypatch):
    plan = Recipe.read(recipe)
    train_step = Trainer._train_step

    def stop_at_two(self):
        if self.step == 2 and not (tmp_path / "pressed").exists():
            (tmp_path / "pressed").touch()
            signal.raise_signal(signal.SIGINT)
        return train_step(self)

    monkeypatch.setattr(Trainer, "_train_step", stop_at_two)
    with pytest.raises(TrainingInterrupted):
        plan.train(tmp_path / "parts")
    with pytest.raises(CheckpointError, match="resume"):
        plan.train(tmp_path / "parts")
    resumed = plan.train(tmp_path / "parts", resume=True)
    assert same_tensors(whole.model.state_dict(), resumed.model.state_dict())
    assert (resumed.card, resumed.history) == (whole.card, whole.history)


def test_a_compiled_run_takes_denormal_numbers_for_zero(tmp_path, monkeypatch):
    """On them compiled kernels take twice as long; one that was to be compiled, but is not, tells as well."""
    monkeypatch.setattr("minillm.training.trainer.compiled", lambda loss: loss)
    path = tmp_path / "tiny.toml"
    path.write_text(TINY + "compile = true\n", encoding="utf-8")
    tiny = torch.tensor([1e-39])
    assert (tiny * 1).item() > 0
    try:
        Recipe.read(path).train(tmp_path / "run")
        assert (tiny * 1).item() == 0
    finally:
        torch.set_flush_denormal(False)


def test_rounding_takes_the_nearest_number_of_half_precision():
    model = lively_gpt()
    before = {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}
    round_to_half(model)
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), before[name].astype(np.float16).astype(np.float32))
    assert any((before[name] != tensor.numpy()).any() for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("path", MODEL_RECIPES, ids=lambda path: path.stem)
def test_every_recipe_can_be_followed(path):
    recipe = Recipe.read(path)
    assert recipe.name == path.stem
    assert recipe.tokenizer in TOKENIZERS
    config = configuration({**recipe.model, "vocab_size": 2048})
    assert build(config).num_parameters() > 0
    if recipe.training is not None:
        assert recipe.window >= 128 and recipe.training.steps > 0 and recipe.batch_size > 0


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "tiny"', "", "name"),
        ("seed = 3", "seed = = 3", "complete recipe"),
        ("[text]", "[texts]", "text"),
        ("d_model = 8", "d_modell = 8", "d_modell"),
        ("d_model = 8", "d_model = 9", "num_heads = 2 does not divide d_model = 9"),
        ("steps = 4", "stepps = 4", "stepps"),
        ("steps = 4", "steps = 0", "steps = 0 must be at least 1"),
        ("train_stories = 12", "stories = 12", "stories"),
        ('languages = ["en", "zh"]', 'languages = ["en", "fr"]', "fr"),
        ("batch_size = 2", "batch_size = 0", "batch_size = 0"),
        ("seed = 3", "seed = -1", "seed = -1 must be at least 0"),
        ("valid_stories = 4", "valid_stories = 1", "valid_stories = 1 must be at least 2"),
        ("train_stories = 12", "train_stories = 0", "train_stories = 0 must be at least 1"),
        ("ngram_order = 3", "ngram_order = 0", "ngram_order = 0 must be at least 1"),
        ("ngram_stories = 6", "ngram_stories = 0", "ngram_stories = 0 must be at least 1"),
        ('languages = ["en", "zh"]', "languages = []", "languages is empty"),
        ("batch_size = 2", 'batch_size = 2\ntokenizer = "bytes"', "tokenizer = 'bytes' is not known"),
        ("batch_size = 2", 'batch_size = 2\ninitialization = "xavier"', "initialization = 'xavier' is not known"),
        ("ngram_order = 3", 'first_plots = ["opera"]\nfirst_steps = 2', "'opera', which is no plot"),
        ("ngram_order = 3", 'first_plots = ["rain"]', "belong together"),
        ("[model]", '[model]\narchitecture = "mamba"', "architecture = 'mamba' is not known"),
        ("[model]\ncontext_length = 1024", '[model]\narchitecture = "recurrent"', "not a complete recipe"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_named(tmp_path, before, after, message):
    path = tmp_path / "wrong.toml"
    path.write_text(TINY.replace(before, after), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != TINY
    with pytest.raises(MinillmError, match=message):
        Recipe.read(path).train(tmp_path / "run")


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"name = 3"])
def test_a_file_that_is_no_recipe_is_named(tmp_path, content):
    path = tmp_path / "wrong.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"wrong\.toml"):
        Recipe.read(path)


# The command line


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Run ``python -m minillm`` with these words in an empty folder."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["minillm", *map(str, words)])
        minillm.__main__.main()

    monkeypatch.chdir(tmp_path)
    return run


@pytest.mark.slow
def test_training_and_generating_from_the_command_line(whole, command, recipe, capsys):
    command("train", recipe)
    output = capsys.readouterr().out
    assert "saved to runs/tiny/model" in output.replace("\\", "/") and "valid_loss" in output
    model = load("runs/tiny/model")
    assert model.card == whole.card
    with pytest.raises(SystemExit, match=r"error: .*holds checkpoints of an earlier run: --resume goes on"):
        command("train", recipe)
    command("train", recipe, "--resume", "--out", "again")
    assert load("again").card == model.card
    capsys.readouterr()
    command("generate", "O", "--model", "again", "--seed", "5", "--temperature", "0.5")
    expected = generate(model.model, model.tokenizer, "O", seed=5, temperature=0.5)
    assert capsys.readouterr().out == f"O{expected}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "absent.toml"), r"absent\.toml"),
        (("generate", "--model", "absent"), "there is no model 'absent'"),
    ],
)
def test_what_the_reader_can_repair_is_said_without_a_traceback(command, words, message):
    with pytest.raises(SystemExit, match=f"^error: .*{message}"):
        command(*words)


def test_a_file_is_no_place_for_checkpoints(tmp_path):
    (tmp_path / "tiny.toml").write_text(TINY, encoding="utf-8")
    with pytest.raises(MinillmError, match="is a file; checkpoints need a folder"):
        Recipe.read(tmp_path / "tiny.toml").train(tmp_path / "tiny.toml")


def test_a_run_on_other_stories_does_not_go_on(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    Recipe.read(path).train(tmp_path / "run")
    path.write_text(TINY.replace("train_stories = 12", "train_stories = 13"), encoding="utf-8")
    with pytest.raises(MinillmError, match="train_stories = 12, this one has train_stories = 13"):
        Recipe.read(path).train(tmp_path / "run", resume=True)
