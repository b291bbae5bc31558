"""The data card: every number and example on the page is what the program counts."""

import subprocess
import sys

import pytest

from tools import town_card


@pytest.mark.slow
def test_the_page_is_what_the_town_says():
    """Counted in a process of its own, where nothing checks types at run time: that takes ten times as long."""
    code = "import sys; from tools import town_card; sys.stdout.buffer.write(town_card.render().encode())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=600, cwd=town_card.PAGE.parents[2])
    assert done.returncode == 0, done.stderr.decode()
    assert town_card.PAGE.read_text(encoding="utf-8") == done.stdout.decode()
