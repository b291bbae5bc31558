"""Muon against the singular value decomposition, torch's own Muon, and torch's AdamW for what it leaves to AdamW."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from minillm.errors import CheckpointError, ConfigError
from minillm.training import TrainConfig, Trainer, latest_checkpoint
from minillm.training.optimizers import Muon, orthogonalize
from tests.core.small import CONFIG, lively_gpt, random_batches, random_ids, same_run, small_gpt

MUON = dataclasses.replace(CONFIG, muon_learning_rate=0.02)


@given(st.integers(1, 3), st.integers(1, 24), st.integers(1, 24), st.integers(0, 2**31))
def test_orthogonalized_matrices_keep_their_singular_vectors_and_lose_their_singular_values(batch, rows, columns, seed):
    generator = torch.Generator().manual_seed(seed)
    rank = min(rows, columns)
    u, v = (
        torch.linalg.qr(torch.randn(batch, size, rank, dtype=torch.float64, generator=generator)).Q
        for size in (rows, columns)
    )
    values = torch.rand(batch, rank, dtype=torch.float64, generator=generator) * 0.9 + 0.1
    result = orthogonalize(u * values[:, None] @ v.mT)
    inner = u.mT @ result @ v  # diagonal, of the new singular values
    torch.testing.assert_close(u @ inner @ v.mT, result)
    diagonal = inner.diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(torch.diag_embed(diagonal), inner, atol=1e-9, rtol=0)
    assert (diagonal > 0.3).all() and (diagonal < 1.25).all()


@pytest.mark.parametrize(("rows", "columns"), [(3, 7), (7, 3), (5, 5)])
def test_each_polynomial_is_applied_to_the_singular_values_in_turn(rows, columns):
    matrix = torch.randn(2, 2, rows, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    u, values, vh = torch.linalg.svd(matrix, full_matrices=False)
    values = values / values.norm(dim=-1, keepdim=True)
    polynomials = [(8.0, -23.0, 17.0), (1.5, -0.5, 0.0), (2.0, -1.5, 0.5)]
    for a, b, c in polynomials:
        values = a * values + b * values**3 + c * values**5
    torch.testing.assert_close(orthogonalize(matrix, polynomials), u * values[..., None, :] @ vh)


def test_muon_takes_the_polynomials_it_is_given():
    model = small_gpt(d_model=32)
    weight = model.blocks[0].attention.output.weight
    before = weight.detach().clone()
    weight.grad = torch.randn(32, 32, generator=torch.Generator().manual_seed(0))
    Muon(model, 0.01, 0.0, polynomials=[(2.0, 0.0, 0.0)]).step()
    torch.testing.assert_close((before - weight) / 0.01, 2 * weight.grad / weight.grad.norm(), rtol=1e-3, atol=1e-4)


def test_a_gradient_of_zero_changes_nothing():
    assert (orthogonalize(torch.zeros(2, 4, 3)) == 0).all()


def test_three_steps_are_those_of_torch():
    """Hidden matrices as torch.optim.Muon, up to its half precision; all else as torch.optim.AdamW."""
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this version of torch has no Muon to compare with")
    ours, theirs = small_gpt(d_model=32), small_gpt(d_model=32)
    start = {name: parameter.detach().clone() for name, parameter in ours.named_parameters()}
    hidden = {n for n, p in theirs.named_parameters() if p.ndim == 2 and "blocks." in n and "qkv" not in n}
    groups: dict[bool, list] = {True: [], False: []}
    for name, parameter in theirs.named_parameters():
        if "qkv.weight" not in name:  # torch takes queries, keys and values as one matrix
            groups[name in hidden].append(parameter)
    optimizers = [
        torch.optim.Muon(groups[True], lr=0.01, weight_decay=0.1, momentum=0.95, nesterov=True),
        torch.optim.AdamW(groups[False], lr=3e-3, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    muon = Muon(ours, 0.01, 3e-3, weight_decay=0.1)
    for step in range(3):
        gradients = {
            name: torch.randn(p.shape, generator=torch.Generator().manual_seed(step)) for name, p in start.items()
        }
        for model in (ours, theirs):
            for name, parameter in model.named_parameters():
                parameter.grad = gradients[name].clone()
        for optimizer in (muon, *optimizers):
            optimizer.step()
    expected = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        if name in hidden:
            change, wanted = parameter - start[name], expected[name] - start[name]
            assert (change - wanted).norm() < 0.03 * wanted.norm(), name
        elif "qkv.weight" not in name:
            torch.testing.assert_close(parameter, expected[name], rtol=1e-5, atol=1e-7)


def test_queries_keys_and_values_are_three_matrices():
    model = small_gpt(d_model=32)
    weight = model.blocks[0].attention.qkv.weight
    before = weight.detach().clone()
    model.loss(random_ids(2, 8), random_ids(2, 8, seed=1)).backward()
    parts = [(0.05 * part + 0.95 * 0.05 * part) for part in weight.grad.clone().split(32)]
    Muon(model, 0.01, 0.0).step()
    expected = torch.cat([orthogonalize(part) for part in parts])
    torch.testing.assert_close((before - weight) / 0.01, expected, rtol=1e-3, atol=1e-4)


def test_tall_matrices_take_larger_steps():
    """√(rows / columns) where there are more rows than columns, so that outputs of every layer change alike."""
    model = lively_gpt(d_model=32)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    model.loss(random_ids(4, 12), random_ids(4, 12, seed=1)).backward()
    Muon(model, 0.01, 0.0).step()
    sizes = {
        name: torch.linalg.matrix_norm(dict(model.named_parameters())[name] - before[name], 2).item() / 0.01
        for name in ("blocks.0.mlp.up.weight", "blocks.0.mlp.down.weight", "blocks.0.attention.output.weight")
    }
    assert 0.65 * 2 < sizes["blocks.0.mlp.up.weight"] < 1.25 * 2
    assert all(0.65 < sizes[name] < 1.25 for name in list(sizes)[1:])


def test_a_parameter_without_a_gradient_stays():
    model = small_gpt()
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    model.embedding.weight.grad = torch.ones_like(model.embedding.weight)
    Muon(model, 0.1, 0.1, weight_decay=0.1).step()
    changed = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert changed == {"embedding.weight"}


def test_training_with_muon_learns_and_resumes_in_the_same_bits(tmp_path):
    whole = Trainer(small_gpt(), random_batches(), MUON)
    whole.run()
    first = Trainer(small_gpt(), random_batches(), MUON, directory=tmp_path)
    first.run(until=5)
    first.save()
    second = Trainer(small_gpt(1), random_batches(), MUON, directory=tmp_path).resume(latest_checkpoint(tmp_path))
    second.run()
    assert same_run(whole, second)


def test_a_checkpoint_of_adamw_is_not_continued_with_muon(tmp_path):
    first = Trainer(small_gpt(), random_batches(), CONFIG, directory=tmp_path)
    first.run()
    with pytest.raises(CheckpointError, match="with the optimizer adamw, this run has muon"):
        Trainer(small_gpt(), random_batches(), MUON, directory=tmp_path).resume()


def test_the_learning_rate_must_be_a_number():
    with pytest.raises(ConfigError, match="muon_learning_rate = -1 must be"):
        TrainConfig(muon_learning_rate=-1)
