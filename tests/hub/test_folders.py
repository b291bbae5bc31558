"""Folders on disk: what is exported loads in transformers, what it saves loads here, and what is wrong is named."""

import json
import subprocess
import sys
from dataclasses import fields, replace

import pytest
import safetensors.torch
import torch
import transformers

from minillm.errors import CheckpointError, MissingPackageError
from minillm.hub import FAMILIES, export, from_transformers, load_pretrained, to_transformers
from minillm.models import GPTConfig, RecurrentConfig, Seq2Seq, Seq2SeqConfig, build
from minillm.tokenizers import CharacterTokenizer, load_tokenizer, town_tokenizer
from tests.core.small import enliven, same_tensors
from tests.hub.shapes import FIXED, run

every_family = pytest.mark.parametrize("name", sorted(FAMILIES))


def single(name):
    return enliven(build(FIXED[name])).requires_grad_(False)


def same_weights(first, second):
    """Equal in every bit, but for the last digit where the hub multiplies."""
    if isinstance(first, Seq2Seq):
        pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
        return all(torch.allclose(one, other, rtol=1e-6, atol=0) for one, other in pairs)
    return same_tensors(first.state_dict(), second.state_dict())


def edit_json(path, **changes):
    """Change fields of a JSON file; a value of ... takes the field away."""
    data = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({name: value for name, value in data.items() if value is not ...}))


def edit_tensors(path, change):
    safetensors.torch.save_file(change(safetensors.torch.load_file(path)), path, metadata={"format": "pt"})


def outputs(model, ids):
    """The logits of a model of transformers, whatever heads it has."""
    output = model(ids, decoder_input_ids=ids) if model.config.is_encoder_decoder else model(ids)
    return [getattr(output, field) for field in ("logits", "prediction_logits", "last_hidden_state") if field in output]


@every_family
def test_exported_folders_load_in_transformers(name, tmp_path):
    model, ids = single(name), torch.tensor([[1, 5, 3, 2, 7]])
    folder = export(model, tmp_path / "model")
    with torch.no_grad():
        loaded, info = getattr(transformers, name).from_pretrained(folder, output_loading_info=True)
        missing = {key for key in info["missing_keys"] if not key.startswith("pooler.")}
        assert not missing and not info["unexpected_keys"] and not info["mismatched_keys"]
        for there, here in zip(outputs(loaded, ids), outputs(to_transformers(model), ids), strict=True):
            assert torch.equal(there, here)
    assert same_weights(from_transformers(loaded), model)
    assert type(loaded).__name__ == name
    assert same_weights(load_pretrained(folder), model)
    assert not load_pretrained(folder).training


@pytest.mark.parametrize(
    "auto, name", [("AutoModelForCausalLM", "LlamaForCausalLM"), ("AutoModelForMaskedLM", "BertForMaskedLM")]
)
def test_automatic_classes_find_their_way(auto, name, tmp_path):
    folder = export(single(name), tmp_path / "model")
    assert type(getattr(transformers, auto).from_pretrained(folder)).__name__ == name


@every_family
def test_what_transformers_saves_loads_here(name, tmp_path):
    model = single(name)
    to_transformers(model).save_pretrained(tmp_path)
    loaded = load_pretrained(tmp_path)
    assert same_weights(loaded, model)
    same_meaning(loaded.config, model.config)


def same_meaning(first, second):
    """Equal but for what is spelled out there, and dropout where transformers has none."""
    spelled = {"num_kv_heads": second.num_kv_heads or second.num_heads, "d_mlp": second.d_mlp, "dropout": 0.0}
    if isinstance(second, Seq2SeqConfig):
        spelled["num_decoder_layers"] = second.num_decoder_layers or second.num_layers
    assert replace(first, **spelled) == replace(second, **spelled)


@every_family
def test_their_own_initial_models_load_here(name, tmp_path):
    """Configurations with every default that transformers has, only smaller."""
    sizes = {
        "gpt2": {"n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 16},
        "t5": {"d_model": 8, "d_kv": 4, "num_layers": 1, "num_heads": 2, "d_ff": 12},
    }
    others = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12}
    family, cls = FAMILIES[name], getattr(transformers, name)
    shape = sizes.get(family.model_type, others | {"max_position_embeddings": 16})
    shape |= {"num_key_value_heads": 1} if family.model_type in ("llama", "mistral") else {}
    config = cls.config_class(vocab_size=13, bos_token_id=0, eos_token_id=0, **shape)
    theirs, ids = cls(config).eval(), torch.tensor([[1, 5, 3, 2, 7]])
    theirs.save_pretrained(tmp_path)
    ours = load_pretrained(tmp_path)
    with torch.no_grad():
        expected = outputs(theirs, ids)[0]
    logits = run(ours, ids)
    torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)


def test_weights_in_several_files(tmp_path):
    model = single("LlamaForCausalLM")
    to_transformers(model).save_pretrained(tmp_path, max_shard_size="4KB")
    assert not (tmp_path / "model.safetensors").exists() and len(list(tmp_path.glob("*.safetensors"))) > 1
    assert same_tensors(load_pretrained(tmp_path).state_dict(), model.state_dict())
    next(tmp_path.glob("*.safetensors")).unlink()
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_pretrained(tmp_path)


def test_half_precision_becomes_single(tmp_path):
    model = single("GPT2LMHeadModel").half()
    to_transformers(model).save_pretrained(tmp_path)
    loaded = load_pretrained(tmp_path)
    assert loaded.embedding.weight.dtype == torch.float32
    assert torch.equal(loaded.embedding.weight.half(), model.embedding.weight)


def test_the_published_gpt2_files(tmp_path):
    """They leave the base model's prefix out and hold the causal masks; their config.json has no newer fields."""
    model = single("GPT2LMHeadModel")
    export(model, tmp_path / "gpt2")
    masks = {f"h.{i}.attn.bias": torch.ones(1, 1, 12, 12) for i in range(2)}
    edit_tensors(
        tmp_path / "gpt2" / "model.safetensors",
        lambda tensors: {name.removeprefix("transformer."): t for name, t in tensors.items()} | masks,
    )
    names = ["scale_attn_weights", "scale_attn_by_inverse_layer_idx", "add_cross_attention", "tie_word_embeddings"]
    edit_json(tmp_path / "gpt2" / "config.json", **dict.fromkeys(names, ...), n_ctx=12)
    assert same_tensors(load_pretrained(tmp_path / "gpt2").state_dict(), model.state_dict())


def test_the_published_bert_files(tmp_path):
    """They call the norms' weights gamma and beta, and hold the head of next-sentence prediction, too."""
    model = single("BertForMaskedLM")
    export(model, tmp_path / "bert")

    def old(tensors):
        extra = {"bert.pooler.dense.bias": torch.zeros(16), "cls.seq_relationship.bias": torch.zeros(2)}
        named = {name.replace("LayerNorm.weight", "LayerNorm.gamma"): tensor for name, tensor in tensors.items()}
        return {name.replace("LayerNorm.bias", "LayerNorm.beta"): tensor for name, tensor in named.items()} | extra

    edit_tensors(tmp_path / "bert" / "model.safetensors", old)
    assert same_tensors(load_pretrained(tmp_path / "bert").state_dict(), model.state_dict())


def test_rope_of_older_files(tmp_path):
    model = single("LlamaForCausalLM")
    export(model, tmp_path / "llama")
    edit_json(tmp_path / "llama" / "config.json", rope_parameters=..., rope_theta=5000.0, rope_scaling=None)
    assert load_pretrained(tmp_path / "llama").config.rotary_base == 5000.0
    edit_json(tmp_path / "llama" / "config.json", rope_scaling={"type": "linear", "factor": 2.0})
    with pytest.raises(CheckpointError, match="rope_type = 'linear' is not supported; only 'default' is"):
        load_pretrained(tmp_path / "llama")


def test_the_tokenizer_goes_along(tmp_path):
    tokenizer = town_tokenizer()
    model = build(GPTConfig(tokenizer.vocab_size, 16, 16, 1, 2, positions="learned"))
    folder = export(model, tmp_path / "model", tokenizer)
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    for text in ("Molly gave the kite to Ben.", "小明去了公园。", "café\tñ 🙂  x"):
        assert theirs.encode(text) == tokenizer.encode(text) == load_tokenizer(folder / "tokenizer.json").encode(text)
        assert theirs.decode(theirs.encode(text)) == text
    assert theirs.eos_token_id == theirs.bos_token_id == tokenizer.end_id
    assert transformers.AutoModelForCausalLM.from_pretrained(folder).config.eos_token_id == tokenizer.end_id
    with pytest.raises(CheckpointError, match="a CharacterTokenizer has no file that transformers reads"):
        export(model, tmp_path / "other", CharacterTokenizer("abc"))
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "name, changes, message",
    [
        ("GPT2LMHeadModel", {"architectures": ["OPTForCausalLM"]}, "architectures = 'OPTForCausalLM' is not supported"),
        ("GPT2LMHeadModel", {"architectures": ...}, "architectures = None is not supported"),
        ("GPT2LMHeadModel", {"n_embd": ...}, "has no n_embd; it does not describe a GPT2LMHeadModel"),
        ("GPT2LMHeadModel", {"n_head": 3}, "cannot be built: num_heads = 3 does not divide d_model = 16"),
        ("GPT2LMHeadModel", {"activation_function": "tanh"}, "activation_function = 'tanh' is not supported"),
        ("GPT2LMHeadModel", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx = True"),
        ("GPT2LMHeadModel", {"n_layer": 3}, "has no tensor transformer.h.2.ln_1.weight"),
        ("GPT2LMHeadModel", {"n_layer": 1}, r"holds transformer\.h\.1\..*which has no place"),
        (
            "GPT2LMHeadModel",
            {"vocab_size": 14},
            r"wte.weight has shape \(13, 16\), which does not fit embedding.weight",
        ),
        ("LlamaForCausalLM", {"attention_bias": True}, "attention_bias = True is not supported; only False is"),
        ("LlamaForCausalLM", {"head_dim": 8}, "head_dim = 8 is not supported; only .* 4, is"),
        ("LlamaForCausalLM", {"hidden_act": "gelu"}, "hidden_act = 'gelu' is not supported; only"),
        ("LlamaForCausalLM", {"quantization_config": {"bits": 4}}, "quantization_config = .* is not supported"),
        ("LlamaForCausalLM", {"rope_parameters": {"rope_type": "llama3"}}, "rope_type = 'llama3' is not supported"),
        ("LlamaForCausalLM", {"num_key_value_heads": 4}, "k_proj|v_proj"),
        ("T5ForConditionalGeneration", {"d_kv": 8}, "d_kv = 8 is not supported; only .* 4, is"),
        ("T5ForConditionalGeneration", {"feed_forward_proj": "gated-gelu"}, "feed_forward_proj = 'gated-gelu' is not"),
        ("BertForMaskedLM", {"is_decoder": True}, "is_decoder = True is not supported"),
        ("BertForMaskedLM", {"tie_word_embeddings": False}, "tie_word_embeddings = False is not supported"),
        ("BertForMaskedLM", {"position_embedding_type": "relative_key"}, "position_embedding_type = 'relative_key'"),
    ],
)
def test_what_is_not_supported_is_named(name, changes, message, tmp_path):
    export(single(name), tmp_path / "model")
    edit_json(tmp_path / "model" / "config.json", **changes)
    with pytest.raises(CheckpointError, match=message):
        load_pretrained(tmp_path / "model")


def test_broken_folders_are_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"absent/config\.json cannot be read .* give the folder of a model"):
        load_pretrained(tmp_path / "absent")
    folder = export(single("GPT2LMHeadModel"), tmp_path / "model")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-7])
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not a whole safetensors file"):
        load_pretrained(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"has no model\.safetensors$"):
        load_pretrained(folder)
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin is a pickle, which is never opened"):
        load_pretrained(folder)
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../other.safetensors"}}')
    with pytest.raises(CheckpointError, match="no weight_map that names files of its folder"):
        load_pretrained(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        load_pretrained(folder)
    (folder / "config.json").write_text("[]")
    with pytest.raises(CheckpointError, match="holds a list, not the fields of a model"):
        load_pretrained(folder)


@pytest.mark.parametrize(
    "config, message",
    [
        (
            replace(FIXED["GPT2LMHeadModel"], positions="alibi"),
            "GPT2LMHeadModel needs positions = 'learned', not 'alibi'",
        ),
        (replace(FIXED["LlamaForCausalLM"], qk_norm=True), "LlamaForCausalLM needs qk_norm = False, not True;"),
        (replace(FIXED["GPT2LMHeadModel"], mlp="swiglu"), "GPT2LMHeadModel needs mlp one of .*, not 'swiglu'"),
        (replace(FIXED["BertForPreTraining"], num_classes=3), "BertForPreTraining needs num_classes = 2, not 3"),
        (Seq2SeqConfig(13), "T5ForConditionalGeneration needs positions = 't5', not 'sinusoidal', norm = 'rms'"),
        (RecurrentConfig(13), "there is none for RecurrentConfig"),
    ],
)
def test_models_that_only_exist_here(config, message, tmp_path):
    with pytest.raises(CheckpointError, match=message):
        export(build(config), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@every_family
def test_every_field_is_accounted_for(name):
    """A new field of a configuration is a new question to every row: a name there, or the one value that fits."""
    family = FAMILIES[name]
    named = [*family.fields, *family.ours, *family.free]
    assert sorted(named) == sorted(field.name for field in fields(family.config))


def test_foreign_objects_are_named():
    config = transformers.OPTConfig(
        vocab_size=8, hidden_size=8, num_hidden_layers=1, ffn_dim=8, num_attention_heads=2, word_embed_proj_dim=8
    )
    with pytest.raises(CheckpointError, match="architectures = 'OPTForCausalLM' is not supported; only"):
        from_transformers(transformers.OPTForCausalLM(config))


def test_without_transformers(tmp_path):
    """Folders are written and read; only the exchange of objects asks for the package, and says how to get it."""
    program = f"""
import sys
sys.modules["transformers"] = None
import torch
from minillm.errors import MissingPackageError
from minillm.hub import export, load_pretrained, to_transformers
from minillm.models import GPT, GPTConfig
model = GPT(GPTConfig(7, 8, 8, 1, 2, positions="learned"))
export(model, {str(tmp_path / "model")!r})
assert torch.equal(load_pretrained({str(tmp_path / "model")!r}).embedding.weight, model.embedding.weight)
try:
    to_transformers(model)
except MissingPackageError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "pip install transformers" in done.stdout
    assert issubclass(MissingPackageError, ImportError)
