"""The notebooks of the book, for the tests that look at every one of them."""

import pytest

from tools.notebook_rules import Page, exercises
from tools.notebooks import all_notebooks, read, short_name

PAGES = [Page(read(path), path) for path in all_notebooks()]
CHAPTERS = [page for page in PAGES if page.is_chapter]
EXERCISES = [(page, exercise) for page in CHAPTERS for exercise in exercises(page)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `page`, `chapter` or `chapter_exercise` runs once for each."""
    for name, pages in {"page": PAGES, "chapter": CHAPTERS}.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, pages, ids=lambda page: short_name(page.path))
    if "chapter_exercise" in metafunc.fixturenames:
        ids = [exercise.name for _, exercise in EXERCISES]
        metafunc.parametrize("chapter_exercise", EXERCISES, ids=ids)


@pytest.fixture(scope="session")
def chapters() -> list[Page]:
    """All chapters of the book."""
    return CHAPTERS
