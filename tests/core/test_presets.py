"""Published models: as many parameters as published, and the very shapes of transformers' own configurations."""

from dataclasses import replace

import pytest
import torch
import transformers

from minillm.cli.writing import generate
from minillm.errors import ConfigError
from minillm.hub.conversion import family_of, to_their_config
from minillm.models import BERT, GPT, PRESETS, BERTConfig, Seq2Seq, build
from minillm.weights import Pretrained, load
from tests.core.small import TOKENIZER, same_tensors

EXACT = {
    "gpt2": 124_439_808,
    "gpt2-medium": 354_823_168,
    "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200,
    "gpt3-175b": 174_604_259_328,
    "bert-base": 109_514_298,
    "bert-large": 335_174_458,
    "llama-2-7b": 6_738_415_616,
    "llama-2-13b": 13_015_864_320,
    "llama-2-70b": 68_976_648_192,
    "llama-3-8b": 8_030_261_248,
    "llama-3-70b": 70_553_706_496,
    "llama-3-405b": 405_853_388_800,
    "tinyllama-1.1b": 1_100_048_384,
    "mistral-7b": 7_241_732_096,
    "t5-small": 60_506_624,
    "t5-base": 222_903_552,
}
"""How many numbers the released weight files hold, tied ones once; of BERT without the pooler. GPT-3's was never
released: this is what its table 2.1 comes to."""

PAPERS = {
    "gpt2-xl": 1542e6,  # Radford et al. (2019), table 2 (its smallest, 117M, was corrected to 124M with the release)
    "gpt3-175b": 174_600e6,  # Brown et al. (2020), table D.1
    "llama-3-405b": 405e9,
    "bert-base": 110e6,  # Devlin et al. (2019), section 3
    "bert-large": 340e6,
    "tinyllama-1.1b": 1.1e9,  # Zhang et al. (2024)
    "mistral-7b": 7.24e9,  # the release
    "llama-3-8b": 8e9,  # Grattafiori et al. (2024), table 3
    "transformer-base": 65e6,  # Vaswani et al. (2017), table 3
    "transformer-big": 213e6,
    "t5-small": 60e6,  # Raffel et al. (2020), section 3.7
    "t5-base": 220e6,
}


def parameters(name):
    with torch.device("meta"):
        return build(PRESETS[name]).num_parameters()


@pytest.mark.parametrize("name", sorted(EXACT))
def test_exactly_as_many_parameters_as_released(name):
    assert parameters(name) == EXACT[name]


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_about_as_many_parameters_as_the_papers_say(name):
    assert parameters(name) == pytest.approx(PAPERS[name], rel=0.035)


def test_every_preset_is_counted():
    assert {*EXACT, *PAPERS} == set(PRESETS)


@pytest.mark.parametrize("name", sorted(set(PRESETS) - {"transformer-base", "transformer-big"}))
def test_transformers_counts_the_same(name):
    """Its model of the exported configuration, on the meta device; it keeps no second copy of tied weights."""
    architecture, family = family_of(PRESETS[name])
    description = to_their_config(PRESETS[name], architecture, family)
    description.pop("architectures")
    config = transformers.AutoConfig.for_model(description.pop("model_type"), **description)
    with torch.device("meta"):
        theirs = getattr(transformers, architecture)(config)
    assert parameters(name) == theirs.num_parameters()


@pytest.mark.parametrize(
    "name, config", [("gpt2", transformers.GPT2Config()), ("bert-base", transformers.BertConfig())]
)
def test_they_are_the_defaults_of_transformers(name, config):
    """GPT-2 small and BERT base are what transformers builds if nothing is said; ours never drops attention weights."""
    architecture, family = family_of(PRESETS[name])
    ours = to_their_config(PRESETS[name], architecture, family)
    theirs = config.to_dict() | {
        "n_inner": 3072,
        "architectures": [architecture],
        "position_embedding_type": "absolute",
        "attn_pdrop": 0.0,
        "attention_probs_dropout_prob": 0.0,
    }
    assert {field: theirs[field] for field in ours} == ours


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_small_ones_run(name):
    small = {"vocab_size": 11, "context_length": 8, "d_model": 16, "num_layers": 2, "num_heads": 4, "dropout": 0.0}
    grouped = {"num_kv_heads": 2} if PRESETS[name].num_kv_heads else {}
    config = replace(PRESETS[name], **small, **grouped, d_mlp=24)
    model, ids = build(config), torch.tensor([[1, 5, 3]])
    assert type(model) in (GPT, BERT, Seq2Seq)
    logits = model(ids, ids) if isinstance(model, Seq2Seq) else model(ids)
    assert logits.shape == (1, 3, 11) and logits.isfinite().all()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_small_ones_are_saved_and_loaded(name, tmp_path):
    small = {"vocab_size": TOKENIZER.vocab_size, "context_length": 8, "d_model": 8, "num_layers": 1, "num_heads": 2}
    config = replace(PRESETS[name], **small, num_kv_heads=1 if PRESETS[name].num_kv_heads else None, d_mlp=8)
    model = build(config).eval()
    loaded = load(Pretrained(model, TOKENIZER, {"name": name}, []).save(tmp_path / "model")).model
    assert type(loaded) is type(model) and loaded.config == config
    assert same_tensors(loaded.state_dict(), model.state_dict())
    ids = torch.tensor([[1, 5, 3]])
    inputs = (ids, ids) if isinstance(model, Seq2Seq) else (ids,)
    assert torch.equal(loaded(*inputs), model(*inputs))


def test_only_language_models_continue_texts(tmp_path):
    model = BERT(BERTConfig(TOKENIZER.vocab_size, 8, 8, 1, 2))
    folder = Pretrained(model, TOKENIZER, {"name": "bert"}, []).save(tmp_path / "model")
    with pytest.raises(ConfigError, match="is a BERT, not a language model"):
        generate("a", model=str(folder))
