"""Parsing undoes telling for a hundred thousand stories; drawing is fast, and the same in every process and Python."""

import hashlib
import itertools
import multiprocessing
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import minillm
from minillm import town
from tests.town.reading import drawn, read_back

# What draws a digest of stories in any Python: the town needs nothing but the standard library.
DIGEST = """
import hashlib, sys, types
package = types.ModuleType("minillm")
package.__path__ = [sys.argv[1]]
sys.modules["minillm"] = package
from minillm import town
texts = [str(s) for lang in ("en", "zh") for split in town.SPLITS for s in town.stories(split, lang, 100, seed=3)]
print(hashlib.blake2b("\\n".join(texts).encode(), digest_size=16).hexdigest())
"""


@pytest.mark.slow
def test_parse_gives_back_the_plan_of_a_hundred_thousand_stories():
    jobs = [(lang, first, first + 5_000) for lang in town.LANGUAGES for first in range(0, 50_000, 5_000)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        read = pool.starmap(read_back, jobs)
    assert sum(count for count, _ in read) == 100_000
    assert [complaint for _, complaints in read for complaint in complaints] == []


def test_workers_draw_the_same_stories_in_the_same_order():
    assert drawn(1_100, 2)
    endless = itertools.islice(town.stories("test", "en", workers=2), 3)
    assert list(endless) == list(town.stories("test", "en", 3))


def run(python, hash_seed):
    folder = str(Path(minillm.__file__).parent)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run([python, "-c", DIGEST, folder], env=environment, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


@pytest.fixture(scope="module")
def digest():
    stories = (
        str(story)
        for lang in town.LANGUAGES
        for split in town.SPLITS
        for story in town.stories(split, lang, 100, seed=3)
    )
    return hashlib.blake2b("\n".join(stories).encode(), digest_size=16).hexdigest()


@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_stories_do_not_depend_on_hash_order(hash_seed, digest):
    assert run(sys.executable, hash_seed) == digest


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_stories_do_not_depend_on_the_version_of_python(version, digest):
    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True).returncode:
        pytest.skip(f"there is no working python{version} on this machine")
    assert run(python, "0") == digest


SPEED = """
import time
from minillm import town
start = time.process_time()
size = sum(len(story.text.encode()) for story in town.stories("train", "en", 2_000))
print(size / (time.process_time() - start))
"""


def test_half_a_megabyte_of_stories_is_drawn_in_a_second_of_one_core():
    done = subprocess.run([sys.executable, "-c", SPEED], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 0.5e6
