"""The benchmark of the tokenizers compares like with like and reports every library."""

import re

from benchmarks import tokenizers as benchmark


def test_every_library_is_reported_with_a_ratio(capsys):
    sample = "the cat sat on the mat. 小猫坐在垫子上，小猫的垫子在家里。"
    text = benchmark.shuffled(sample, 3000)
    assert len(text) == 3000 and set(text) <= set(sample) and text == benchmark.shuffled(sample, 3000)
    benchmark.compare_training("train", text, 300, runs=1)
    benchmark.compare_encoding("encode", text, runs=1, vocab_size=300)  # raises where ids differ
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split()[0] for line in lines if re.search(r"\d s +[\d.]+ MB/s +[\d.]+ ×$", line)]
    assert rows == ["minillm", "tokenizers"] + 2 * ["minillm", "minillm", "tokenizers", "tiktoken"]
    assert [line for line in lines if "1.00 ×" in line and line.startswith("  minillm  ")]
