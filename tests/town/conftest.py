"""Stories that several tests look at."""

import pytest

from minillm import town


@pytest.fixture(scope="session")
def sample():
    """A thousand aligned stories of the whole town: (English, Chinese) pairs."""
    plans = [town.plan(seed) for seed in range(1000)]
    return [(town.tell(plan, "en", n), town.tell(plan, "zh", n)) for n, plan in enumerate(plans)]
