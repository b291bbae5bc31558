"""The command line in this process: options, overrides, messages, conversations, tokenizers, exports."""

import contextlib
import dataclasses
import json
import math
import sys
import tomllib

import pytest
import torch

from minillm import cli, corpora, town
from minillm.cli import training
from minillm.cli.exchange import read
from minillm.cli.options import CHOICES, HELP, options
from minillm.cli.writing import Conversation
from minillm.errors import ConfigError, PromptError, TrainingInterrupted
from minillm.generation import generate
from minillm.layers import TransformerConfig
from minillm.models import BERTConfig, GPTConfig, NGramConfig, RecurrentConfig, Seq2SeqConfig, build
from minillm.recipes import Recipe
from minillm.tokenizers import BPETokenizer, CharacterTokenizer, WordTokenizer, load_tokenizer, town_tokenizer
from minillm.training import TrainConfig, evaluate_stories
from minillm.training.workers import Workers
from minillm.weights import Pretrained, load
from tests.core.small import same_tensors

TINY = """
name = "tiny"
seed = 3
batch_size = 2

[text]
languages = ["en", "zh"]
train_stories = 6
valid_stories = 2
ngram_order = 2
ngram_stories = 3

[model]
context_length = 1024
d_model = 8
num_layers = 1
num_heads = 2

[training]
steps = 2
warmup_steps = 1
"""


@pytest.fixture
def command(monkeypatch, tmp_path, capsys):
    """Run a command in an empty folder; returns what it printed to both outputs, or its last words."""

    def run(*words, lines=None):
        monkeypatch.setattr(sys, "argv", ["minillm", *map(str, words)])
        if lines is not None:
            answers = iter(lines)
            monkeypatch.setattr("builtins.input", lambda sign: _next(answers))
        try:
            cli.main()
        except SystemExit as stopped:
            out, err = capsys.readouterr()
            return out, " ".join(f"{err} {stopped.code}".replace("│", " ").split())
        return capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    return run


def _next(answers):
    for answer in answers:
        if isinstance(answer, type):
            raise answer
        return answer
    raise EOFError


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(TINY, encoding="utf-8")
    return path


def small_model(text, context_length=64, **settings):
    torch.manual_seed(0)
    tokenizer = CharacterTokenizer.train([text])
    config = GPTConfig(tokenizer.vocab_size, context_length, 8, 1, 2, **settings)
    return Pretrained(build(config).eval(), tokenizer, {"name": "small"}, [])


# Help


def test_help_names_every_command_and_shows_what_each_is_for(command):
    out, _ = command()
    assert out == command("--help")[0]
    for name in ("train", "evaluate", "generate", "chat", "export", "town", "tokenizer"):
        assert f"• {name} " in out
    assert all(f"• {name} " in command("tokenizer")[0] for name in ("train", "encode", "decode", "inspect"))


@pytest.mark.parametrize("name", ["evaluate", "generate", "chat", "export", "town"])
def test_help_of_a_command_explains_every_option(command, name):
    out, _ = command(name, "--help")
    lines = " ".join(out.replace("│", " ").split())
    for option in [word for word in lines.split() if word.startswith("--") and word != "--help"]:
        after = lines.split(option, 1)[1]
        assert len(after.split("(default", 1)[0].split()) > 2, f"{name} {option} is not explained"


@pytest.mark.parametrize(
    "config",
    [TrainConfig(), GPTConfig(2), BERTConfig(2), Seq2SeqConfig(2), RecurrentConfig(2), NGramConfig(2)],
    ids=lambda config: type(config).__name__,
)
def test_every_setting_has_a_help_text(config):
    for name, kind, _ in options(config):
        told = [item for item in kind.__metadata__ if getattr(item, "help", None)]
        hidden = name in ("vocab_size", "entries", "end_id")
        assert hidden or told, f"{name} has neither a comment nor a text in HELP"


def test_every_setting_of_a_recipe_has_a_help_text(recipe):
    plan = Recipe.read(recipe)
    for config in (plan, plan.text):
        for name, kind, _ in options(config, leave_out=training.SECTIONS):
            assert kind.__metadata__[0].help, name


def test_help_texts_and_choices_are_of_settings_that_exist(recipe):
    plan = Recipe.read(recipe)
    classes = (Recipe, type(plan.text), TrainConfig, BERTConfig, Seq2SeqConfig, RecurrentConfig, NGramConfig)
    fields = {field.name for owner in classes for field in dataclasses.fields(owner)} | {"window_model"}
    assert {*HELP, *CHOICES} <= fields
    assert {field.name for field in dataclasses.fields(TransformerConfig)} - {"vocab_size"} <= {*HELP}


# Training


def test_settings_given_as_options_change_the_recipe(command, recipe, monkeypatch):
    seen = {}

    def train(self, directory, resume=False, *_):
        seen.update(recipe=self, directory=directory, resume=resume)
        raise ConfigError("enough")

    monkeypatch.setattr(Recipe, "train", train)
    _, err = command(
        "train", recipe, "--seed", 5, "--training.steps", 7, "--training.evaluate-also", 1, 2, "--model.num-layers", 3,
        "--model.d-mlp", 20, "--model.context-length", 50, "--text.languages", "zh", "--directory", "here", "--resume",
    )  # fmt: skip
    data = tomllib.loads(TINY)
    changed, plain = seen["recipe"], Recipe.read(recipe)
    assert changed.seed == 5 and changed.training.steps == 7 and changed.training.evaluate_also == (1, 2)
    assert changed.training == dataclasses.replace(plain.training, steps=7, evaluate_also=(1, 2))
    assert changed.model == {**data["model"], "num_layers": 3, "d_mlp": 20, "context_length": 50}
    assert changed.window == 50 and changed.text == dataclasses.replace(plain.text, languages=("zh",))
    assert str(seen["directory"]) == "here" and seen["resume"] is True
    assert "training.steps: 7 (in the recipe: 2)" in err and "model.num_layers: 3 (in the recipe: 1)" in err


def test_without_options_a_recipe_stays_as_it_is(command, recipe, monkeypatch):
    monkeypatch.setattr(Recipe, "train", lambda self, *_, **__: seen.append(self) or (_ for _ in ()).throw(EOFError))
    for path in [
        recipe,
        *sorted(path for path in (training.RECIPES[1]).glob("*.toml") if path.stem in training.names()),
    ]:
        seen = []
        with pytest.raises(EOFError):
            command("train", path)
        assert training.differences(Recipe.read(path), seen[0]) == {}
        assert seen[0].model.items() >= Recipe.read(path).model.items()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--training.step", "3"), "Unrecognized options: --training.step, 3"),
        (("--training.step", "3"), "Perhaps you meant: --training.steps INT how many steps to train (default: 2)"),
        (("--training.steps", "two"), "Error parsing --training.steps: invalid literal for int()"),
        (("--training.steps", "0"), "steps = 0 must be at least 1"),
        (("--model.d-model", "9"), "num_heads = 2 does not divide d_model = 9; choose one of [1, 3, 9]"),
        (
            ("--model.norm", "batch"),
            "invalid choice 'batch' for argument '--model.norm'. Expected one of ('layer', 'rms')",
        ),
        (("--text.languages", "fr"), "--text.languages"),
        (("--model.vocab-size", "9"), "Unrecognized options: --model.vocab-size"),
        (("--training.precision", "fp8"), "Expected one of ('fp32', 'bf16', 'auto')"),
        (("--resume",), "there is no checkpoint in runs/tiny"),
    ],
)
def test_wrong_settings_are_explained(command, recipe, words, message):
    _, err = command("train", recipe, *words)
    assert message in err.replace("\\", "/") and "Traceback" not in err


def test_a_missing_recipe_is_explained(command):
    assert "Missing from minillm train" in command("train")[1]
    assert "there is no recipe 'gpt-9'" in command("train", "gpt-9")[1]
    assert "town-gpt" in command("train", "gpt-9")[1]
    assert "there is no file 'absent.toml'" in command("train", "absent.toml")[1]
    _, err = command("train", training.RECIPES[1] / "town-tokenizer.toml")
    assert "makes the town's tokenizer, not a model: python -m tools.train_town_tokenizer" in err


def test_the_first_word_is_the_recipe(command, monkeypatch):
    seen = []
    monkeypatch.setattr(Recipe, "train", lambda self, *_: seen.append(self) or (_ for _ in ()).throw(EOFError))
    _, err = command("train", "--name", "positions-none", "positions-rotary")
    assert "the recipe comes first, before --name: minillm train RECIPE --name ..." in err and not seen
    with pytest.raises(EOFError):
        command("train", "positions-rotary", "--name", "positions-none")
    assert seen[0].name == "positions-none" and seen[0].model["positions"] == "rotary"


def test_help_of_training_has_no_names_of_its_code(command, recipe):
    out, _ = command("train", recipe, "--help")
    assert "{fp32,bf16,auto}" in out and "SCHEDULES" not in out and "OPTIMIZERS" not in out


@pytest.mark.parametrize("words", [("--out", "mine"), ("--directory", ".")])
def test_a_place_that_may_not_be_replaced_is_refused_before_training(command, recipe, tmp_path, monkeypatch, words):
    monkeypatch.setattr(Recipe, "train", lambda *_: pytest.fail("trained"))
    for name in ("mine", "model"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("notes", encoding="utf-8")
    _, err = command("train", recipe, *words)
    assert "exists and was not written by minillm; choose another name" in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine", "model", "notes.txt", "notes.txt", recipe.name]


@pytest.mark.parametrize("rank", [0, 1])
def test_after_ctrl_c_one_process_of_torchrun_says_how_to_go_on(command, recipe, monkeypatch, rank):
    workers = Workers()
    workers.rank, workers.size = rank, 2
    monkeypatch.setattr(training, "join", lambda engine: contextlib.nullcontext(workers))
    monkeypatch.setattr(Recipe, "train", lambda *_: (_ for _ in ()).throw(TrainingInterrupted("stopped")))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    _, err = command("train", recipe.name, "--seed", 1)
    again = f"stopped. To go on: torchrun --nproc-per-node 2 -m minillm train {recipe.name} --seed 1 --resume"
    assert err.endswith(again if rank == 0 else "1") and ("To go on" in err) == (rank == 0)


@pytest.mark.slow
def test_a_changed_run_says_so_in_its_card_and_is_not_overwritten(command, recipe):
    out, err = command("train", recipe, "--training.steps", 1, "--name", "other", "--text.languages", "en")
    assert "saved to runs/other/model" in out.replace("\\", "/") and "training.steps: 1" in err
    card = load("runs/other/model").card
    assert card["changed"] == {"name": "other", "training.steps": 1, "text.languages": ("en",)} | card["changed"]
    assert json.loads(json.dumps(card["changed"]))["text.languages"] == ["en"]
    assert "holds checkpoints of an earlier run: --resume" in command("train", recipe, "--name", "other")[1]


# Measuring


@pytest.mark.slow
def test_evaluate_prints_what_the_functions_measure(command, tmp_path):
    pretrained = load("town-gpt")
    out, _ = command("evaluate", "--count", 5, "--lang", "zh", "--split", "test", "--seed", 2)
    stories = list(town.stories("test", "zh", 5, 2))
    loss = evaluate_stories(pretrained.model, pretrained.tokenizer, stories)
    floor = town.entropy_floor("zh", "test", 5, 2, pretrained.tokenizer)
    assert f"zh: loss {loss:.4f}, perplexity {math.exp(loss):.3f}, entropy floor {floor.nats_per_token:.4f}" in out
    assert f"above the floor {loss - floor.nats_per_token:.4f}" in out and "en:" not in out
    assert "zh: loss" in (both := command("evaluate", "--count", 2)[0]) and "en: loss" in both
    assert "--count is 1" in command("evaluate", "--count", 1)[1]
    assert "there is no model 'nothing'" in command("evaluate", "nothing")[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["town-bert", "town-translator"])
def test_evaluate_prints_the_scores_of_a_card(command, name):
    out, _ = command("evaluate", name)
    card = load(name).card
    assert f"{name}, {card['valid_stories']} stories of the valid split, seed 0; {card['unit']}" in out
    for part, scores in card["scores"].items():
        line = next(line for line in out.splitlines() if line.startswith(f"{part}: "))
        found = dict(score.split() for score in line.removeprefix(f"{part}: ").split(", "))
        assert {score: float(value) for score, value in found.items()} == pytest.approx(scores, abs=2e-4)


def test_evaluate_measures_a_masked_model(command):
    out, _ = command("evaluate", "town-bert", "--count", 3)
    assert "town-bert, 3 stories of the valid split, seed 0; nats per hidden token" in out and "accuracy" in out
    assert "is measured on valid only" in command("evaluate", "town-bert", "--split", "test")[1]


# Progress


@pytest.fixture
def terminal(command, monkeypatch):
    """As if somebody watched the standard error."""
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda output: output is sys.stderr)


def test_long_work_shows_what_is_done_and_what_is_left(command, recipe, terminal):
    _, err = command("train", recipe, "--training.steps", 1)
    for bar in ("drawing stories", "encoding stories", "measuring en", "drawing for 2-gram, zh"):
        assert f"{bar}:   0%" in err, bar
    assert "/12 [" in err  # six stories in each of two languages
    _, err = command("evaluate", "town-ngram", "--count", 3, "--lang", "en")
    assert all(f"{bar} en:   0%" in err for bar in ("drawing", "floor", "encoding"))
    out, err = command("town", "--count", 7, "--kind", "questions", "--format", "jsonl")
    assert "| 0/7 [" in err and len(out.splitlines()) == 7


@pytest.mark.parametrize(("name", "value"), [("TQDM_DISABLE", "1"), ("RANK", "1")])
def test_bars_can_be_turned_off_and_belong_to_one_process(command, terminal, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert command("evaluate", "town-ngram", "--count", 3, "--lang", "en")[1] == ""


def test_in_a_pipe_there_are_no_bars(command):
    assert command("evaluate", "town-ngram", "--count", 3, "--lang", "en")[1] == ""
    assert command("town", "--count", 3, "--format", "jsonl")[1] == ""


# Writing


def test_generate_writes_what_the_function_writes(command):
    pretrained = load("town-gpt")
    out, _ = command("generate", "The", "--seed", 3, "--max-new-tokens", 9, "--top-k", 5)
    written = generate(
        pretrained.model, pretrained.tokenizer, "The", seed=3, max_new_tokens=9, top_k=5, temperature=0.8
    )
    assert out == f"The{written}\n"
    out, err = command("generate", "The", "--temperature", "-1")
    assert out == "" and "temperature = -1.0" in err


def test_none_is_a_prompt(command):
    assert command("generate", "None", "--max-new-tokens", 1)[0].startswith("None")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--temperature", "-1"), "temperature = -1.0 must be"),
        (("--top-p", "3"), "top_p = 3.0 must be"),
        (("--max-new-tokens", "0"), "max_new_tokens = 0 must be at least 1"),
        (("--max-new-tokens", "-3"), "max_new_tokens = -3 must be at least 1"),
    ],
)
def test_wrong_settings_end_a_conversation_before_it_begins(command, words, message):
    out, err = command("chat", *words, lines=["One day", "Then"])
    assert out == "" and err.startswith(f"error: {message}")


def test_a_conversation_keeps_what_was_told(monkeypatch):
    pretrained = small_model("abc .", 64)
    told = []

    def stream(model, tokenizer, prompt, **settings):
        told.append((prompt, settings["seed"]))
        yield from ("b", "c", ".", "a")

    monkeypatch.setattr("minillm.cli.writing.stream", stream)
    talk = Conversation(pretrained, 1.0, None, 4, 7)
    assert "".join(talk.answer("a b")) == "bc."  # a sentence ends after half of max_new_tokens
    assert talk.text == "a bbc." and not talk.ended
    assert "".join(talk.answer("c")) == "bc." and told == [("a b", 7), ("a bbc. c", 8)]
    talk.begin()
    assert "".join(talk.answer("")) == "bc." and told[-1] == (None, 9)


def test_a_conversation_forgets_its_first_sentences_when_the_context_is_full():
    talk = Conversation(small_model("abc .", 24), 1.0, None, 8, 0)
    talk.text = "aaaa. bbbb. cccc."
    "".join(talk.answer("abc."))
    assert talk.text.startswith("cccc. abc.")
    with pytest.raises(PromptError, match="write less at a time"):
        "".join(Conversation(small_model("abc .", 24), 1.0, None, 8, 0).answer("a" * 40))


def test_a_story_that_ends_makes_room_for_the_next(monkeypatch):
    talk = Conversation(small_model("abc .", 64), 1.0, None, 8, 0)
    monkeypatch.setattr("minillm.cli.writing.stream", lambda *_, **__: iter("bc"))
    assert "".join(talk.answer("a")) == "bc" and talk.ended
    assert "".join(talk.answer("b")) == "bc" and talk.text == "bbc"


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt, "/quit"])
def test_chat_ends_politely(command, tmp_path, end):
    folder = small_model("abc .").save(tmp_path / "model")
    out, err = command("chat", "--model", folder, lines=["a b", "/new", "~", "", end])
    assert err == "" and out.count("\n") >= 3
    assert "'~'" in out or "~" in out  # what the model cannot read is said, and the conversation goes on


def test_only_language_models_write(command, tmp_path):
    tokenizer = CharacterTokenizer("abc")
    bert = Pretrained(build(BERTConfig(tokenizer.vocab_size, 8, 8, 1, 2)), tokenizer, {}, [])
    folder = bert.save(tmp_path / "bert")
    for name, *rest in (("generate", "a", "--model"), ("chat", "--model"), ("evaluate",)):
        assert "is a BERT" in command(name, *rest, folder)[1]


# Exchange


def test_export_for_minillm_can_be_loaded(command, tmp_path):
    out, _ = command("export", "town-gpt", "copy", "--to", "safetensors")
    assert "saved to copy" in out
    ours, copy = load("town-gpt"), load("copy")
    assert same_tensors(ours.model.state_dict(), copy.model.state_dict()) and ours.card == copy.card


def test_export_for_transformers_and_back(command, tmp_path):
    torch.manual_seed(0)
    tokenizer = town_tokenizer()
    shape = {"norm": "rms", "bias": False, "mlp": "swiglu", "positions": "rotary"}
    model = build(GPTConfig(tokenizer.vocab_size, 16, 8, 1, 2, **shape)).eval()
    Pretrained(model, tokenizer, {"name": "small"}, []).save(tmp_path / "llama")
    assert "saved to theirs" in command("export", "llama", "theirs")[0]
    assert "saved to again" in command("export", "theirs", "again", "--to", "safetensors")[0]
    assert same_tensors(load("again").model.state_dict(), model.state_dict())
    (tmp_path / "theirs" / "tokenizer.json").unlink()
    assert "has no tokenizer.json" in command("export", "theirs", "third", "--to", "safetensors")[1]
    assert same_tensors(read(str(tmp_path / "llama")).model.state_dict(), model.state_dict())


def test_export_says_what_transformers_cannot_compute(command, tmp_path):
    small_model("abc", positions="alibi").save(tmp_path / "model")
    _, err = command("export", "model", "theirs", "--to", "transformers")
    assert "transformers has no class that computes" in err and "--to safetensors" in err
    small_model("abc", positions="learned").save(tmp_path / "gpt2")
    assert "without the tokenizer" in command("export", "gpt2", "gpt2-out")[0]


def test_export_writes_for_minillm_what_transformers_cannot_compute(command, tmp_path):
    small_model("abc", positions="alibi").save(tmp_path / "model")
    out, err = command("export", "model", "ours")
    assert "transformers has no class that computes" in err and "written for minillm" in err and "saved to ours" in out
    assert same_tensors(load("ours").model.state_dict(), load("model").model.state_dict())


# Tokenizers


@pytest.mark.parametrize(
    ("kind", "owner"), [("bpe", BPETokenizer), ("characters", CharacterTokenizer), ("words", WordTokenizer)]
)
def test_a_tokenizer_is_learned_used_and_shown(command, tmp_path, kind, owner):
    text = "the cat and the hat; the cat sat. " * 5
    (tmp_path / "text.txt").write_text(text, encoding="utf-8")
    size = () if kind == "characters" else ("--vocab-size", "270")
    out, _ = command("tokenizer", "train", "text.txt", "--kind", kind, "--out", "t.json", *size)
    tokenizer = load_tokenizer("t.json")
    assert isinstance(tokenizer, owner) and f"saved to t.json: {tokenizer.vocab_size} tokens" in out
    ids = tokenizer.encode("the cat")
    assert command("tokenizer", "encode", "the cat", "--tokenizer", "t.json")[0] == " ".join(map(str, ids)) + "\n"
    assert command("tokenizer", "decode", *ids, "--tokenizer", "t.json")[0] == "the cat\n"
    pieces = command("tokenizer", "encode", "the cat", "--tokenizer", "t.json", "--pieces")[0]
    assert [line.split()[0] for line in pieces.splitlines()] == [str(i) for i in ids]
    out = command("tokenizer", "inspect", "t.json", "--text", "text.txt")[0]
    share = len(text) / len(tokenizer.encode(text))
    assert f"{owner.__name__}, {tokenizer.vocab_size} tokens" in out and f"text.txt: {share:.2f} characters" in out


def test_tokenizer_of_the_town_and_of_models(command, monkeypatch):
    ids = town_tokenizer().encode("A fox.")
    assert command("tokenizer", "encode", "A fox.", "--tokenizer", "town-gpt")[0].split() == [str(i) for i in ids]
    monkeypatch.setattr(sys, "stdin", __import__("io").StringIO(" ".join(map(str, ids))))
    assert command("tokenizer", "decode")[0] == "A fox.\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "absent.txt"), "'absent.txt' is neither a corpus"),
        (("train", "python-manual", "--kind", "characters", "--vocab-size", "9"), "has no meaning for characters"),
        (("train", "python-manual", "--vocab-size", "9"), "vocab_size = 9 is too small"),
        (("decode", "99999"), "token id 99999 is outside 0 to 2047"),
        (("decode", "one"), "Error parsing"),
        (("encode", "a", "--tokenizer", "absent.json"), "absent.json is not a tokenizer"),
        (("inspect", "--show", "-1"), "--show is -1"),
    ],
)
def test_what_is_wrong_with_a_tokenizer_command_is_said(command, monkeypatch, words, message):
    monkeypatch.setitem(corpora.CORPORA, "python-manual", lambda: "a manual")
    assert message in command("tokenizer", *words)[1]
