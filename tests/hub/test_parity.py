"""The same logits, vectors and attention maps as the installed transformers, whichever side the weights came from."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.hub import FAMILIES, from_transformers, to_transformers
from tests.core.small import same_tensors
from tests.hub.shapes import CONFIGS, FIXED, batches, lively, places, run

every_family = pytest.mark.parametrize("name", sorted(FAMILIES))


def test_every_family_is_tested():
    assert set(CONFIGS) == set(FAMILIES)


def close(actual, expected, present):
    tolerance = 1e-9 if actual.dtype == torch.float64 else 1e-4
    torch.testing.assert_close(actual[present], expected[present], rtol=tolerance, atol=tolerance)


def theirs_on(model, ids, present, **inputs):
    """Everything transformers says about a batch, by the plain attention that keeps its weights."""
    model.set_attn_implementation("eager")
    return model(
        input_ids=ids,
        attention_mask=present.long(),
        position_ids=places(present),
        output_hidden_states=True,
        output_attentions=True,
        **inputs,
    )


def same_inside(record, output, present, num_layers):
    """Hidden states of every layer, and attention weights of every head between real tokens."""
    names = ["embedding", *(f"blocks.{i}.output" for i in range(num_layers - 1)), "final_norm"]
    assert len(output.hidden_states) == len(names)
    for name, hidden in zip(names, output.hidden_states, strict=True):
        close(record[name], hidden, present)
    assert len(output.attentions) == num_layers
    for i, weights in enumerate(output.attentions):
        ours = record[f"blocks.{i}.attention.weights"]
        assert ours.shape == weights.shape
        close(ours.transpose(1, 2), weights.transpose(1, 2), present)


@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "LlamaForCausalLM", "MistralForCausalLM"])
@given(st.data())
def test_decoders(name, data):
    config = data.draw(CONFIGS[name])
    ids, present = data.draw(batches(config))
    model = lively(config, data.draw(st.integers(0, 1000)))
    theirs = to_transformers(model)
    assert type(theirs).__name__ == name
    output, record = theirs_on(theirs, ids, present), {}
    close(model(ids, present=present), output.logits, present)
    close(model(ids, record=record, present=present), output.logits, present)
    same_inside(record, output, present, config.num_layers)


@pytest.mark.parametrize("name", ["BertForMaskedLM", "BertForPreTraining", "BertModel"])
@given(st.data())
def test_encoders(name, data):
    config = data.draw(CONFIGS[name])
    ids, present = data.draw(batches(config, ["right"] if config.num_classes else ["left", "right"]))
    types = torch.randint(config.num_token_types, ids.shape, generator=torch.Generator().manual_seed(0))
    model = lively(config, data.draw(st.integers(0, 1000)))
    theirs = to_transformers(model)
    assert type(theirs).__name__ == name
    output, record = theirs_on(theirs, ids, present, token_type_ids=types), {}
    close(model.encode(ids, types, present, record), output.hidden_states[-1], present)
    same_inside(record, output, present, config.num_layers)
    if name == "BertForMaskedLM":
        close(model(ids, types, present), output.logits, present)
    elif name == "BertForPreTraining":
        close(model(ids, types, present), output.prediction_logits, present)
        torch.testing.assert_close(model.classify(ids, types, present), output.seq_relationship_logits)


@given(st.data())
def test_classifiers(data):
    """Transformers pools the first place, whatever stands there: its texts are padded on the right."""
    config = data.draw(CONFIGS["BertForSequenceClassification"])
    ids, present = data.draw(batches(config, ["right"]))
    types = torch.randint(config.num_token_types, ids.shape, generator=torch.Generator().manual_seed(0))
    model = lively(config, data.draw(st.integers(0, 1000)))
    output = theirs_on(to_transformers(model), ids, present, token_type_ids=types)
    torch.testing.assert_close(model.classify(ids, types, present), output.logits)


@given(st.data())
def test_encoder_decoders(data):
    """T5 with its own position biases; sources padded on either side."""
    config = data.draw(CONFIGS["T5ForConditionalGeneration"])
    (source, source_present), (target, present) = data.draw(batches(config)), data.draw(batches(config))
    rows = min(len(source), len(target))
    source, source_present, target, present = (t[:rows] for t in (source, source_present, target, present))
    model, record = lively(config, data.draw(st.integers(0, 1000))), {}
    theirs = to_transformers(model)
    theirs.set_attn_implementation("eager")
    output = theirs(
        input_ids=source,
        attention_mask=source_present.long(),
        decoder_input_ids=target,
        decoder_attention_mask=present.long(),
        output_hidden_states=True,
        output_attentions=True,
    )
    logits = model(source, target, source_present, present, record)
    close(logits, output.logits, present)
    close(record["encoder.final_norm"], output.encoder_last_hidden_state, source_present)
    for i, hidden in enumerate(output.encoder_hidden_states[1:-1]):
        close(record[f"encoder.blocks.{i}.output"], hidden, source_present)
    for i, hidden in enumerate(output.decoder_hidden_states[1:-1]):
        close(record[f"decoder.blocks.{i}.output"], hidden, present)
    for i, weights in enumerate(output.decoder_attentions):
        ours = record[f"decoder.blocks.{i}.attention.weights"]
        close(ours.transpose(1, 2), weights.transpose(1, 2), present)
    for i, weights in enumerate(output.cross_attentions):
        ours = record[f"decoder.blocks.{i}.cross_attention.weights"]
        close(ours.transpose(1, 2), weights.transpose(1, 2), present)


@every_family
@given(st.data())
def test_there_and_back(name, data):
    model = lively(data.draw(CONFIGS[name]))
    back = from_transformers(to_transformers(model))
    if FAMILIES[name].scaled:  # there and back by a factor is exact but for the last digit
        for name, tensor in model.state_dict().items():
            torch.testing.assert_close(back.state_dict()[name], tensor)
    else:
        assert same_tensors(back.state_dict(), model.state_dict())
    assert back.num_parameters() == model.num_parameters()
    ids, present = data.draw(batches(model.config))
    torch.testing.assert_close(run(back, ids, present), run(model, ids, present), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["GPT2LMHeadModel", "LlamaForCausalLM", "MistralForCausalLM"])
def test_cached_decoding_step_by_step(name):
    """Both with their own caches, one token at a time."""
    model = lively(FIXED[name])
    theirs = to_transformers(model)
    ids, cache, past = torch.randint(model.config.vocab_size, (2, 9)), model.new_cache(), None
    for t in range(9):
        output = theirs(input_ids=ids[:, t : t + 1], past_key_values=past, use_cache=True)
        past = output.past_key_values
        torch.testing.assert_close(model(ids[:, t : t + 1], cache), output.logits, rtol=1e-4, atol=1e-4)


@every_family
def test_training_there_drops_what_is_dropped_here(name):
    """Without dropout nothing is left to chance; with it, only modules with this very probability are active."""
    for dropout in (0.0, 0.25):
        theirs = to_transformers(lively(replace(FIXED[name], dropout=dropout)).train())
        assert theirs.training
        found = {module.p for module in theirs.modules() if isinstance(module, torch.nn.Dropout)}
        assert found <= {0.0, dropout}
        for settings in ("attn_pdrop", "attention_dropout", "attention_probs_dropout_prob"):
            assert getattr(theirs.config, settings, 0.0) == 0.0
