"""Recipes for models that fill gaps and that translate: batches, measures and cards of each objective."""

import re

import pytest
import torch

from minillm import town
from minillm.errors import ConfigError, MinillmError
from minillm.generation.translation import into, pair_nats, translate
from minillm.models import BERT, Seq2Seq, build, configuration
from minillm.recipes import Recipe
from minillm.recipes.tasks import Translation
from minillm.tokenizers import END, MASK, town_tokenizer
from minillm.training.gaps import evaluate_gaps
from minillm.weights import load
from tests.core.small import enliven

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

MASKED = TINY.replace(
    "batch_size = 2", 'batch_size = 2\nwindow = 64\ntokenizer = "town-bpe"\nobjective = "masked"\nmask_rate = 0.3'
).replace(
    "[model]\ncontext_length = 1024", '[model]\narchitecture = "bert"\npositions = "rotary"\ncontext_length = 1024'
)
TRANSLATION = TINY.replace(
    "batch_size = 2", 'batch_size = 2\ntokenizer = "town-bpe"\nobjective = "translation"'
).replace("[model]\ncontext_length = 1024", '[model]\narchitecture = "seq2seq"\ncontext_length = 64')


def test_a_recipe_makes_a_model_that_fills_gaps(tmp_path):
    (tmp_path / "tiny.toml").write_text(MASKED, encoding="utf-8")
    made = Recipe.read(tmp_path / "tiny.toml").train(tmp_path / "run")
    assert isinstance(made.model, BERT) and made.card["objective"] == "masked"
    assert made.tokenizer.special_tokens == {END: 0, MASK: town_tokenizer().vocab_size}
    for language in ("en", "zh"):
        gaps = evaluate_gaps(made.model, made.tokenizer, town.stories("valid", language, 4, seed=3))
        scores = made.card["scores"][language]
        assert (scores["valid_loss"], scores["accuracy"]) == (round(gaps.nats, 4), round(gaps.accuracy, 4))
        assert made.history[-1][f"valid_loss_{language}"] > 0
        assert "[" in made.history[-1]["samples"][language]
    loaded = load(made.save(tmp_path / "model"))
    ids = torch.tensor([made.tokenizer.encode(f"One{MASK}morning")])
    assert (
        torch.equal(loaded.model(ids), made.model(ids))
        and loaded.tokenizer.decode(ids[0].tolist()) == f"One{MASK}morning"
    )


def test_a_recipe_makes_a_model_that_translates(tmp_path):
    (tmp_path / "tiny.toml").write_text(TRANSLATION, encoding="utf-8")
    plan = Recipe.read(tmp_path / "tiny.toml")
    made = plan.train(tmp_path / "run")
    assert isinstance(made.model, Seq2Seq) and set(made.card["scores"]) == {"en-zh", "zh-en"}
    task = Translation(plan)
    pairs = task.held_out_pairs("en", 4)
    assert task.held_out_pairs("zh", 4) == [(zh, en) for en, zh in pairs]
    marked = [(into("zh") + en, zh) for en, zh in pairs]
    nats, count = pair_nats(made.model, made.tokenizer, marked)
    assert count == sum(len(made.tokenizer.encode(zh)) + 1 for _, zh in pairs)
    assert made.card["scores"]["en-zh"]["valid_loss"] == round(nats / count, 4)
    with torch.no_grad():  # one pair by hand
        source = torch.tensor([[*made.tokenizer.encode(marked[0][0]), 0]])
        target = torch.tensor([[0, *made.tokenizer.encode(marked[0][1]), 0]])
        logits = made.model(source, target[:, :-1])[0]
        expected = torch.nn.functional.cross_entropy(logits, target[0, 1:], reduction="sum").item()
    assert pair_nats(made.model, made.tokenizer, marked[:1])[0] == pytest.approx(expected, rel=1e-4)


def test_greedy_translation_is_the_likeliest_token_each_time():
    tokenizer = town_tokenizer().with_special_tokens(into("zh"))
    model = enliven(build(configuration({**TINY_SEQ2SEQ, "vocab_size": tokenizer.vocab_size}))).eval()
    texts = ["Mia sang.", "One cool morning, Ben ran to the mill."]
    for text, said in zip(texts, translate(model, tokenizer, texts, "zh", max_new_tokens=6), strict=True):
        source, target = torch.tensor([[*tokenizer.encode(into("zh") + text), 0]]), [0]
        for _ in range(6):
            target.append(int(model(source, torch.tensor([target]))[0, -1].argmax()))
        written = target[1:]
        assert said == tokenizer.decode(written[: written.index(0)] if 0 in written else written)
    assert translate(model, tokenizer, [], "zh") == []
    with pytest.raises(ConfigError, match="does not write 'fr'"):
        translate(model, tokenizer, texts, "fr")


TINY_SEQ2SEQ = {"architecture": "seq2seq", "context_length": 64, "d_model": 8, "num_layers": 1, "num_heads": 2}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"masked"', '"guessing"', "objective = 'guessing' is not known"),
        ('tokenizer = "town-bpe"\n', "", 'tokenizer = "town-bpe"'),
        ("mask_rate = 0.3", "mask_rate = 1.3", "rate = 1.3"),
        ('"masked"', '"translation"', "does not|two languages|not a complete|sentence|unexpected"),
    ],
)
def test_an_objective_that_cannot_be_followed_is_named(tmp_path, before, after, message):
    text = MASKED.replace(before, after)
    if "translation" in after:
        text = text.replace('["en", "zh"]', '["en"]')
    (tmp_path / "wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(MinillmError, match=message):
        Recipe.read(tmp_path / "wrong.toml").train(tmp_path / "run")


def test_passages_say_the_same_in_both_languages():
    """All of both stories, in order, and each pair names the same people."""
    names = {entry.forms["en"][""]: entry.forms["zh"][""] for entry in town.TOWN.lexicon["child"].entries}
    agreeing = total = 0
    for number, story in enumerate(town.stories("valid", "en", 40)):
        other = town.tell(story.plan, "zh", seed=number)
        pairs = story.passages(other)
        assert story.text.startswith(" ".join(one for one, _ in pairs))
        assert other.text.startswith("".join(two for _, two in pairs))
        for one, two in pairs:
            for english, chinese in names.items():
                if english in re.findall(r"\w+", one):
                    total, agreeing = total + 1, agreeing + (chinese in two)
    assert total > 100 and agreeing > 0.7 * total  # the rest are pronouns
    with pytest.raises(ValueError, match="different plans"):
        story.passages(next(town.stories("test", "zh", 1)))
