"""Settings of the core tests."""

import pytest
import torch
from hypothesis import HealthCheck, settings

# The same examples on every run, so that a failure anywhere can be repeated anywhere. To look for new ones:
# pytest tests/core --hypothesis-profile=search
settings.register_profile(
    "core", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "search", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)


def pytest_configure(config):
    if not config.getoption("--hypothesis-profile", default=None):
        settings.load_profile("core")


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    """The models are so small that handing work to a second thread costs more than it saves."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
