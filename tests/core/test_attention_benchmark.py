"""The benchmark of attention compares like with like and reports every contender."""

import math
import re
import subprocess
import sys

import pytest
import torch

from benchmarks import attention as benchmark

WORK = """
import torch
from benchmarks.attention import peak_of

def work():
    for _ in range(3):
        block = torch.ones(10_000_000)  # 40 MB, three times, one after another
        del block

print(peak_of(work), peak_of(lambda: None))
"""
CONTENDERS = [(group, name) for group, found in benchmark.groups().items() for name in found]


@pytest.mark.parametrize(("group", "name"), CONTENDERS)
def test_all_of_a_group_compute_the_same(group, name):
    first, *_ = benchmark.groups()[group].values()
    x = torch.randn(1, 37, benchmark.D_MODEL)
    results = []
    for build in (first, benchmark.groups()[group][name]):
        x.requires_grad_().grad = None
        output = build()(x)
        output.square().sum().backward()
        results.append((output.detach(), x.grad))
    for got, expected in zip(*results, strict=True):
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)
    changed = x.detach().clone()
    changed[:, -1] += 1  # causal: what comes last changes nothing before it
    torch.testing.assert_close(build()(changed)[..., :-1, :], output[..., :-1, :], rtol=1e-4, atol=1e-5)


def test_a_table_of_times_and_one_of_peaks_for_each_group_and_pass(capfd, monkeypatch):
    some = {"attention": ["minillm fast", "minillm flash"], "block": list(benchmark.groups()["block"])}
    every = benchmark.groups()
    monkeypatch.setattr(benchmark, "groups", lambda: {g: {n: every[g][n] for n in names} for g, names in some.items()})
    benchmark.main(lengths=(24, 8), runs=1)
    out, err = capfd.readouterr()
    assert err == ""
    titles = re.findall(r"^(.+), (forward|forward and backward): (milliseconds|megabytes)$", out, re.MULTILINE)
    assert len(titles) == len(set(titles)) == 4 * len(some)
    rows = re.findall(r"^(\w.*?) +[\d.]+ +[\d.]+ +[\d.]+ ×  +-?[\d.]+$", out, re.MULTILINE)
    assert rows == [name for names in some.values() for _ in range(4) for name in names]
    assert re.search(r"^ +8 +24 +ratio +exponent$", out, re.MULTILINE)


def test_the_exponent_of_a_power_law_is_found():
    lengths = (1, 7, 64, 128, 256)
    assert benchmark.exponent(lengths, [1000.0, 0.1, *(3 * n**1.7 for n in lengths[2:])]) == pytest.approx(1.7)


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
def test_a_peak_is_what_a_call_needs_at_its_worst_moment():
    run = [sys.executable, "-c", WORK]  # as the benchmark does: whatever else lives in this process would be counted
    worst, nothing = map(float, subprocess.run(run, capture_output=True, text=True, check=True).stdout.split())
    assert 35 < worst < 60
    assert nothing < 5


def test_without_proc_there_is_no_peak(monkeypatch):
    class Nowhere:
        def __init__(self, path):
            pass

        def exists(self):
            return False

    monkeypatch.setattr(benchmark, "Path", Nowhere)
    assert math.isnan(benchmark.peak_of(lambda: None))
