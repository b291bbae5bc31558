"""The benchmark of throughput compares equal models and reports both."""

import re

import pytest
import torch

pytest.importorskip("transformers")

from benchmarks import throughput as benchmark

SMALL = benchmark.replace(benchmark.GPT2, vocab_size=50, context_length=16, d_model=16, num_layers=2, num_heads=2)


def test_both_sides_are_reported_with_their_ratio(monkeypatch, capsys):
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    monkeypatch.setattr(benchmark, "SIZES", {"2 layers × 16": (SMALL, 2)})
    benchmark.main(quick=True, precisions=("fp32", "bf16"))
    out = capsys.readouterr().out
    for precision in ("fp32", "bf16"):
        line = (
            rf"{precision}, 2 layers × 16, 2 × 16 tokens: minillm ([\d,]+) tokens/s, transformers ([\d,]+), ratio (\S+)"
        )
        ours, theirs, ratio = (float(part.replace(",", "")) for part in re.search(line, out).groups())
        assert ratio == pytest.approx(ours / theirs, abs=0.02)


def test_sides_that_compute_different_losses_are_not_compared(monkeypatch):
    twin = benchmark.to_transformers

    def another(model):
        other = twin(model)
        torch.nn.init.normal_(other.lm_head.weight)
        return other

    monkeypatch.setattr(benchmark, "to_transformers", another)
    with pytest.raises(ValueError, match="different losses"):
        benchmark.compare(SMALL, 2, 1)
