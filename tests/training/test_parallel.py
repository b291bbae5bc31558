"""Data, tensor and pipeline parallelism on live processes against one process that does all."""

import ipaddress
import time

import pytest
import torch
import torch.distributed as dist

from minillm.errors import ConfigError, WorkerError
from minillm.models import GPT
from minillm.training.parallel import Share, data_parallel, tensor_parallel
from minillm.training.pipeline import bubble_fraction, gpipe_schedule, pipeline_parallel
from minillm.training.processes import Processes
from tests.core.small import copied, lively_gpt, random_ids, same_tensors
from tests.training import at_work

started = pytest.mark.slow  # to start processes takes seconds
ROOMY = {"num_heads": 4, "d_model": 32}


@pytest.fixture(scope="module")
def two():
    with Processes(2) as processes:
        yield processes


def example(**changes) -> tuple[GPT, torch.Tensor, torch.Tensor]:
    """A model in which everything matters, and a batch."""
    return lively_gpt(**changes), random_ids(4, 8, seed=1), random_ids(4, 8, seed=2)


def alone(model: GPT, inputs: torch.Tensor, targets: torch.Tensor) -> tuple[float, dict[str, torch.Tensor]]:
    """What one process computes."""
    loss = model.loss(inputs, targets)
    loss.backward()
    return loss.item(), {name: parameter.grad for name, parameter in model.named_parameters()}


def agree(found: torch.Tensor, expected: torch.Tensor) -> bool:
    """Equal up to the rounding of sums in another order."""
    return found.shape == expected.shape and (found - expected).abs().max() < 1e-5 * expected.abs().max() + 1e-7


# The processes


@started
def test_processes_know_their_rank_and_speak_on_this_machine_alone(two):
    assert two.run(at_work.introduce) == [(0, 2), (1, 2)]
    seen = two.run(at_work.addresses)
    assert all(seen) and all(ipaddress.ip_address(ip).is_loopback for address in seen for ip in address)


@started
def test_what_a_process_does_to_a_model_stays_there(two):
    model = lively_gpt()
    before = copied(model.state_dict())
    assert two.run(at_work.spoil, model) == [7, 7]
    assert same_tensors(before, model.state_dict())


@started
def test_the_ring_sums_as_torch_does_and_a_process_that_fails_is_named():
    tensors = [torch.randn(5, 3, generator=torch.Generator().manual_seed(i)) for i in range(3)]
    with Processes(3) as processes:
        for by_ring, by_torch in processes.run(at_work.ring_sum, tensors):
            assert agree(by_ring, sum(tensors)) and agree(by_torch, by_ring)
        start = time.monotonic()
        with pytest.raises(WorkerError, match=r"(?s)process 1 has failed:.*ZeroDivisionError: on purpose"):
            processes.run(at_work.fail, 1, "error")
        assert time.monotonic() - start < 30, "the other process waits; whoever asked must not"
        with pytest.raises(WorkerError, match="have ended"):
            processes.run(at_work.introduce)


@started
@pytest.mark.parametrize("how, words", [("killed", "process [01] has (died|failed)"), ("asleep", "has not answered")])
def test_a_process_that_dies_or_hangs_is_given_up(how, words):
    with Processes(2) as processes:
        processes.run(at_work.introduce)
        processes.timeout, start = 5, time.monotonic()
        with pytest.raises(WorkerError, match=words):
            processes.run(at_work.fail, 1, how)
        assert time.monotonic() - start < 30


@pytest.mark.parametrize("settings", [{"count": 0}, {"timeout": 0}])
def test_impossible_processes(settings):
    with pytest.raises(ConfigError, match="must be at least 1"):
        Processes(**settings)


# The three ways


@started
def test_data_parallelism_is_one_batch(two):
    model, inputs, targets = example()
    shares = two.run(data_parallel, model, inputs, targets)
    loss, gradients = alone(model, inputs, targets)
    for share in shares:
        assert share.loss == pytest.approx(loss, rel=1e-6) and share.gradients.keys() == gradients.keys()
        assert all(agree(share.gradients[name], gradient) for name, gradient in gradients.items())


@started
@pytest.mark.parametrize("changes", [{}, {"mlp": "swiglu", "num_kv_heads": 2, "qk_norm": True, "bias": False}])
def test_tensor_parallelism_is_one_model(two, changes):
    model, inputs, targets = example(**ROOMY, **changes)
    shares = two.run(tensor_parallel, model, inputs, targets)
    loss, gradients = alone(model, inputs, targets)
    assert [share.loss for share in shares] == [pytest.approx(loss, rel=1e-5)] * 2
    for name, gradient in gradients.items():
        found = put_together(model, shares, name)
        assert agree(found, gradient), name
    in_blocks = sum(p.numel() for name, p in model.named_parameters() if "weight" in name and p.ndim == 2) - 11 * 32
    assert all(model.num_parameters() - share.parameters >= 0.49 * in_blocks for share in shares)


def put_together(model: GPT, shares: list[Share], name: str) -> torch.Tensor:
    """The gradient of a whole tensor from those of the parts."""
    module, kind = name.rsplit(".", 1)
    inner = module.replace("attention.", "attention.branch.").replace("mlp.", "mlp.branch.")
    parts = [share.gradients.get(f"{inner}.{kind}") for share in shares]
    if kind == "bias" and parts[0] is None:  # added after the sum
        parts = [share.gradients[f"{module.rsplit('.', 1)[0]}.bias"] for share in shares]
    elif module.endswith(("up", "gate")):
        return torch.cat(parts)
    elif module.endswith(("down", "attention.output")):
        return torch.cat(parts, dim=1)
    elif module.endswith("qkv"):
        d_k, kv = model.blocks[0].attention.d_k, model.blocks[0].attention.num_kv_heads
        widths = [2 * d_k, kv // 2 * d_k, kv // 2 * d_k]
        return torch.cat([torch.cat(pair) for pair in zip(*(part.split(widths) for part in parts), strict=True)])
    assert torch.equal(*parts), f"{name} must stay the same in all processes"
    return parts[0]


@started
@pytest.mark.parametrize("micro_batches", [1, 2, 4])
def test_the_pipeline_is_one_model(two, micro_batches):
    model, inputs, targets = example(tie_weights=False, positions="learned")
    shares = two.run(pipeline_parallel, model, inputs, targets, micro_batches)
    loss, gradients = alone(model, inputs, targets)
    assert [share.loss for share in shares] == [pytest.approx(loss, rel=1e-6)] * 2
    assert not shares[0].gradients.keys() & shares[1].gradients.keys()
    found = shares[0].gradients | shares[1].gradients
    assert found.keys() == gradients.keys() and all(agree(found[name], gradients[name]) for name in found)
    assert sum(share.parameters for share in shares) == model.num_parameters()
    for share, row in zip(shares, gpipe_schedule(2, micro_batches), strict=True):
        assert [f"{kind}{number}" for kind, number, *_ in share.events] == [cell for cell in row if cell]
        assert all(start <= end for _, _, start, end in share.events)


@pytest.mark.parametrize("stages, micro_batches", [(1, 3), (2, 1), (2, 4), (4, 4), (5, 20)])
def test_the_bubble_is_what_the_schedule_leaves_empty(stages, micro_batches):
    schedule = gpipe_schedule(stages, micro_batches)
    assert len({len(row) for row in schedule}) == 1 and len(schedule) == stages
    empty = sum(cell == "" for row in schedule for cell in row) / sum(map(len, schedule))
    assert empty == pytest.approx(bubble_fraction(stages, micro_batches))
    when = {(cell, stage): time for stage, row in enumerate(schedule) for time, cell in enumerate(row) if cell}
    for number in range(micro_batches):
        forward = [when[f"F{number}", stage] for stage in range(stages)]
        back = [when[f"B{number}", stage] for stage in range(stages)]
        assert forward == sorted(set(forward)) and back == sorted(set(back), reverse=True) and forward[-1] < back[-1]


def test_what_cannot_be_divided_is_said(monkeypatch):
    monkeypatch.setattr(dist, "get_rank", lambda: 0)
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    model, inputs, targets = example()
    for words, function, arguments in (
        ("3 rows of the batch do not divide", data_parallel, (model, inputs[:3], targets[:3])),
        ("tie_weights=False", pipeline_parallel, (model, inputs, targets)),
        ("does not divide into 3 micro-batches", pipeline_parallel, (model, inputs, targets, 3)),
        ("3 layers do not divide", pipeline_parallel, (lively_gpt(num_layers=3, tie_weights=False), inputs, targets)),
        ("1 heads do not divide", tensor_parallel, (lively_gpt(num_heads=1), inputs, targets)),
        ("only models without dropout", tensor_parallel, (lively_gpt(positions="alibi"), inputs, targets)),
        ("only models without dropout", tensor_parallel, (lively_gpt(dropout=0.1), inputs, targets)),
    ):
        with pytest.raises(ConfigError, match=words):
            function(*arguments)
