"""The online softmax: equal to the readable formula with its gradients, and in memory linear in the length."""

import itertools
import math
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

from minillm.attention import causal_mask, fast_attention, flash_attention, scaled_dot_product_attention


@st.composite
def problems(draw):
    """Inputs in float64 with gradients wanted, and the settings of a call: mask, scale, causal, block size."""
    batch = tuple(draw(st.lists(st.integers(1, 2), max_size=2)))
    queries, d_k, d_v = (draw(st.integers(1, high)) for high in (11, 5, 4))
    causal = draw(st.booleans())
    keys = queries + draw(st.integers(0, 6)) if causal else draw(st.integers(1, 13))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**31)))
    spread = draw(st.sampled_from([0.1, 1.0, 30.0]))  # 30: one key takes all, and the largest score keeps changing
    shapes = ((*batch, queries, d_k), (*batch, keys, d_k), (*batch, keys, d_v))
    inputs = [torch.randn(shape, dtype=torch.float64, generator=generator) for shape in shapes]
    inputs[0] *= spread
    mask = None
    if draw(st.booleans()):
        leading = draw(st.sampled_from([(), batch]))
        rows = draw(st.sampled_from([1, queries]))
        mask = torch.rand(*leading, rows, keys, generator=generator) < draw(st.sampled_from([0.1, 0.5, 0.9]))
        mask[..., 0] |= ~mask.any()  # one that hides everything is an error
    scale = draw(st.none() | st.floats(0.05, 2.0))
    return inputs, mask, scale, causal, draw(st.sampled_from([1, 2, 3, 5, 64]))


def with_gradients(attend: Callable[..., torch.Tensor], inputs):
    """The output, and the gradients of a weighted sum of it."""
    inputs = [tensor.clone().requires_grad_() for tensor in inputs]
    output = attend(*inputs)
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).view(output.shape)
    return [output.detach(), *torch.autograd.grad((output * weights).sum(), inputs)]


@given(problems())
def test_flash_is_the_readable_formula_with_its_gradients(problem):
    inputs, mask, scale, causal, block_size = problem

    def readable(query, key, value):
        earlier = causal_mask(query.shape[-2], key.shape[-2]) if causal else torch.ones(1, 1, dtype=torch.bool)
        everything = earlier if mask is None else earlier & mask
        if not everything.any():  # an error when asked for in one mask, zeros when two masks happen to leave nothing
            return 0 * (query.sum() + key.sum()) + 0 * query[..., :1] * value.sum(dim=-2, keepdim=True)
        return scaled_dot_product_attention(query, key, value, everything, scale)[0]

    def flash(query, key, value):
        return flash_attention(query, key, value, mask, scale, causal, block_size)

    def fast(query, key, value):
        return fast_attention(query, key, value, mask, scale, causal=causal)

    expected = with_gradients(readable, inputs)
    for name, attend in (("flash", flash), ("fast", fast)):
        for got, want in zip(with_gradients(attend, inputs), expected, strict=True):
            torch.testing.assert_close(got, want, rtol=1e-7, atol=1e-9, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("block_size", [2, 64])
def test_gradients_by_finite_differences(causal, block_size):
    generator = torch.Generator().manual_seed(0)
    inputs = [t.requires_grad_() for t in torch.randn(3, 2, 5, 3, dtype=torch.float64, generator=generator).unbind()]
    mask = torch.ones(5, 5, dtype=torch.bool)
    mask[3], mask[1, 0] = False, False
    assert torch.autograd.gradcheck(lambda q, k, v: flash_attention(q, k, v, mask, None, causal, block_size), inputs)


@pytest.mark.parametrize("block_size", [1, 4, 64])
@pytest.mark.parametrize("attend", [flash_attention, fast_attention])
def test_causal_is_the_causal_mask_for_the_last_queries(attend, block_size):
    """With a cache there are fewer queries than keys, and they are the last ones."""
    settings = {"block_size": block_size} if attend is flash_attention else {}
    for queries, keys in itertools.product((1, 3, 7), (7, 9)):
        query, key = torch.randn(2, queries, 4, dtype=torch.float64), torch.randn(2, keys, 4, dtype=torch.float64)
        expected, _ = scaled_dot_product_attention(query, key, key, causal_mask(queries, keys))
        got = attend(query, key, key, causal=True, **settings)
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9)


def test_a_first_query_before_every_key_sees_nothing():
    query, key = torch.randn(5, 4, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)
    expected, _ = scaled_dot_product_attention(query, key, key, causal_mask(5, 2))
    for attend in (flash_attention, fast_attention):
        output = attend(query, key, key, causal=True)
        assert (output[:3] == 0).all()
        torch.testing.assert_close(output, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_scores_that_only_rise_or_only_fall_do_not_overflow(sign):
    """e^1000 overflows; what a query keeps is relative to the largest score so far, wherever that stands."""
    query, key = torch.ones(1, 1), sign * torch.linspace(-1000, 1000, 257)[:, None]
    value = torch.arange(257.0)[:, None]
    expected, _ = scaled_dot_product_attention(query.double(), key.double(), value.double())
    output = flash_attention(query, key, value, scale=1.0, block_size=8)
    torch.testing.assert_close(output.double(), expected, rtol=1e-5, atol=1e-4)


def test_no_queries_give_no_rows():
    assert flash_attention(torch.zeros(2, 0, 4), torch.zeros(2, 3, 4), torch.zeros(2, 3, 5)).shape == (2, 0, 5)


def test_under_no_grad_and_in_inference_mode():
    query, key, value = torch.randn(3, 2, 9, 4).unbind()
    expected, _ = scaled_dot_product_attention(query, key, value)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            torch.testing.assert_close(flash_attention(query, key, value, block_size=4), expected)


class PeakMemory(TorchDispatchMode):
    """The largest number of bytes that tensors made inside held at once: storages counted until they are freed."""

    def __init__(self) -> None:
        super().__init__()
        self.peak, self.storages = 0, {}

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                self.storages[storage._cdata] = StorageWeakRef(storage), storage.nbytes()
        self.storages = {key: (ref, size) for key, (ref, size) in self.storages.items() if not ref.expired()}
        self.peak = max(self.peak, sum(size for _, size in self.storages.values()))
        return result


def peak(attend, length: int, backward: bool) -> int:
    """Bytes held at the worst moment of a call, and of its backward pass if wanted."""
    torch.manual_seed(0)
    inputs = [torch.randn(1, 1, length, 8).requires_grad_(backward) for _ in range(3)]
    with PeakMemory() as memory:
        output = attend(*inputs)
        if backward:
            output.sum().backward()
    return memory.peak


def growth(attend, backward: bool) -> float:
    """The exponent of peak memory against length, between 128 and 512 tokens."""
    return math.log(peak(attend, 512, backward) / peak(attend, 128, backward), 4)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "with-backward"])
@pytest.mark.parametrize("causal", [False, True])
def test_memory_grows_with_the_length_and_not_with_its_square(backward, causal):
    def readable(query, key, value):
        return scaled_dot_product_attention(query, key, value, causal_mask(len(query[0, 0])) if causal else None)[0]

    def flash(query, key, value):
        return flash_attention(query, key, value, causal=causal, block_size=16)

    assert growth(readable, backward) > 1.9
    assert growth(flash, backward) < 1.1


@pytest.mark.parametrize("causal", [False, True])
def test_what_is_kept_for_the_backward_pass_is_linear(causal):
    """Told by PyTorch itself: the distinct storages that its graph saves."""

    def saved(attend, length):
        storages = {}

        def pack(tensor):
            storages[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
            return tensor

        inputs = [torch.randn(1, 1, length, 8, requires_grad=True) for _ in range(3)]
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            output = attend(*inputs)
        assert output.requires_grad
        return sum(storages.values())

    def flash(query, key, value):
        return flash_attention(query, key, value, causal=causal, block_size=16)

    def readable(query, key, value):
        return scaled_dot_product_attention(query, key, value)[0]

    ratios = {attend.__name__: saved(attend, 2048) / saved(attend, 512) for attend in (flash, readable)}
    assert ratios["flash"] < 4.5 and ratios["readable"] > 15


PROGRAM = """
import re, sys, torch
from minillm.attention import ATTENTION

def peak():  # not ru_maxrss, which a process inherits from the one that started it
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1])

def run(length):
    inputs = [torch.randn(1, 1, length, 8, requires_grad=True) for _ in range(3)]
    ATTENTION[sys.argv[1]](*inputs).sum().backward()

torch.set_num_threads(1)
run(64)
before = peak()
run(3000)
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_the_operating_system_agrees():
    """Peak resident memory of fresh processes: the scores of 3,000 tokens are 35 MB, and more than one such is kept."""
    scores = 3000**2 * 4 / 1024
    kilobytes = {}
    for name in ("readable", "flash"):
        run = subprocess.run([sys.executable, "-c", PROGRAM, name], capture_output=True, text=True, check=True)
        kilobytes[name] = int(run.stdout)
    assert kilobytes["readable"] > 2 * scores
    assert kilobytes["flash"] < scores / 5
