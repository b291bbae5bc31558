"""The data card: every number and example on the page is what the program counts."""

import pytest

from tools import town_card


@pytest.mark.slow
def test_the_page_is_what_the_town_says():
    assert town_card.PAGE.read_text(encoding="utf-8") == town_card.render()
