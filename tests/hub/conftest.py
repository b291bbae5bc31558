"""The same settings as those of the core tests."""

from tests.core.conftest import one_thread, pytest_configure

__all__ = ["one_thread", "pytest_configure"]
