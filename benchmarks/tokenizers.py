"""Training and encoding side by side with `tokenizers` and `tiktoken`, in one run.

    python -m benchmarks.tokenizers PATH/TO/tinyshakespeare.txt

Without a path, Python's own manual is the English text. Every number is the best of several runs on the same text.
"New" is a tokenizer that has seen nothing yet; "warm" is the same one on the same text again.
"""

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

# Run as a file, this module would be found under the name of the library that it measures.
sys.path[:] = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).parent]

import numpy as np  # noqa: E402
import tiktoken  # noqa: E402
import tokenizers  # noqa: E402
import tyro  # noqa: E402

from minillm import corpora, town  # noqa: E402
from minillm.tokenizers import BPETokenizer  # noqa: E402
from minillm.tokenizers.pretokens import PATTERNS  # noqa: E402


def main(text: tyro.conf.Positional[str] = "python-manual", runs: int = 3) -> None:
    """Print sizes, times and ratios.

    Args:
        text: a corpus by name or a text file, for English.
        runs: how often each measurement is made; the fastest counts.
    """
    english, name = corpora.read(text), Path(text).name
    print(f"{os.cpu_count()} processors; tokenizers {tokenizers.__version__}, tiktoken {tiktoken.__version__}")
    print("Peers' times over ours: more than 1 means that minillm is faster.\n")
    compare_training(f"train 512, {name}", english, 512, runs)
    compare_training(f"train 4096, {name}", english, 4096, runs)
    compare_encoding(f"encode, {name}", english, runs)
    stories = "\n".join(story.text for story in town.stories("train", "zh", 4000))
    compare_encoding("encode, Chinese stories", stories, runs)
    compare_encoding("encode, Chinese of pieces that hardly repeat", shuffled(stories), runs)


def shuffled(text: str, length: int = 800_000, seed: int = 0) -> str:
    """Characters drawn one after another, each as it followed the last one somewhere in a text."""
    followers = defaultdict(list)
    for first, second in pairwise(text + text[0]):
        followers[first].append(second)
    uniform = np.random.default_rng(seed).random(length - 1)
    drawn = [text[0]]
    for u in uniform:
        choices = followers[drawn[-1]]
        drawn.append(choices[int(u * len(choices))])
    return "".join(drawn)


def compare_training(name: str, text: str, vocab_size: int, runs: int) -> None:
    """Time to learn a vocabulary."""
    ours, _ = fastest(lambda: BPETokenizer.train([text], vocab_size, special_tokens=()), runs)
    theirs, _ = fastest(lambda: trained_by_hugging_face(text, vocab_size), runs)
    report(name, text, {"minillm": ours, "tokenizers": theirs})


def compare_encoding(name: str, text: str, runs: int, vocab_size: int = 4096) -> None:
    """Time to encode one string with one vocabulary, which all agree about."""
    ours = BPETokenizer.train([text[: len(text) // 2]], vocab_size, special_tokens=())
    with tempfile.TemporaryDirectory() as folder:
        ours.save(path := f"{folder}/tokenizer.json")
        makers = {
            "minillm": lambda: BPETokenizer.load(path).encode,
            "minillm stream": lambda: streaming(BPETokenizer.load(path)),
            "tokenizers": lambda: hugging_face(tokenizers.Tokenizer.from_file(path)),
            "tiktoken": lambda: tiktoken_of(ours).encode_ordinary,
        }
        new, warm, ids = {}, {}, {}
        for _ in range(runs):  # one after the other, so that a busy moment does not fall on one of them
            for library, make in makers.items():
                encode = make()
                seconds, ids[library] = fastest(lambda encode=encode: encode(text), 1)
                new[library] = min(seconds, new.get(library, seconds))
                warm[library] = min(fastest(lambda encode=encode: encode(text), 1)[0], warm.get(library, seconds))
    for library, theirs in ids.items():
        assert theirs == ids["minillm"], f"{library} gives other ids"
    report(f"{name}, new", text, new)
    report(f"{name}, warm", text, warm)


def streaming(tokenizer: BPETokenizer) -> Callable[[str], list[int]]:
    """A text handed over line by line."""
    return lambda text: list(tokenizer.encode_iterable(text.splitlines(keepends=True)))


def hugging_face(tokenizer: tokenizers.Tokenizer) -> Callable[[str], list[int]]:
    """The ids alone."""
    return lambda text: tokenizer.encode(text).ids


def tiktoken_of(tokenizer: BPETokenizer) -> tiktoken.Encoding:
    """The same vocabulary."""
    return tiktoken.Encoding(
        "same", pat_str=PATTERNS[tokenizer.pattern], mergeable_ranks=tokenizer.vocab, special_tokens={}
    )


def trained_by_hugging_face(text: str, vocab_size: int) -> tokenizers.Tokenizer:
    """The same vocabulary, but for ties."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=vocab_size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def fastest(function: Callable, runs: int) -> tuple[float, object]:
    """The shortest time of several runs, and the result."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), result


def report(name: str, text: str, seconds: dict[str, float]) -> None:
    """One line for each library."""
    megabytes = len(text.encode()) / 1e6
    print(f"{name} ({megabytes:.2f} MB)")
    for library, time_taken in seconds.items():
        ratio = time_taken / seconds["minillm"]
        print(f"  {library:15} {time_taken:7.3f} s {megabytes / time_taken:8.2f} MB/s {ratio:7.2f} ×")


if __name__ == "__main__":
    tyro.cli(main)
