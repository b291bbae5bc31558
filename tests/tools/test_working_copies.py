"""A reader's copies follow the book until the reader edits them, and are never overwritten after that."""

import pytest

from tools.working_copies import refresh


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book" / "part").mkdir(parents=True)
    (tmp_path / "book" / "part" / "a.ipynb").write_text("first")
    return tmp_path / "book"


def test_untouched_copy_follows_its_original(book, tmp_path):
    copy = tmp_path / "lab" / "part" / "a.ipynb"
    assert refresh(tmp_path / "lab", book) == []
    assert copy.read_text() == "first"
    (book / "part" / "a.ipynb").write_text("second")
    assert refresh(tmp_path / "lab", book) == []
    assert copy.read_text() == "second"


def test_edited_copy_stays_and_a_newer_original_comes_beside_it(book, tmp_path):
    copy = tmp_path / "lab" / "part" / "a.ipynb"
    refresh(tmp_path / "lab", book)
    copy.write_text("mine")
    assert refresh(tmp_path / "lab", book) == []
    assert copy.read_text() == "mine"
    (book / "part" / "a.ipynb").write_text("second")
    assert refresh(tmp_path / "lab", book) == [copy]
    assert copy.read_text() == "mine"
    assert copy.with_name("a.new.ipynb").read_text() == "second"
    assert refresh(tmp_path / "lab", book) == []
    copy.with_name("a.new.ipynb").write_text("mine, too")
    (book / "part" / "a.ipynb").write_text("third")
    refresh(tmp_path / "lab", book)
    assert copy.with_name("a.new.ipynb").read_text() == "mine, too"
    assert copy.with_name("a.new2.ipynb").read_text() == "third"


def test_file_of_the_reader_is_not_overwritten_by_a_new_chapter(book, tmp_path):
    mine = tmp_path / "lab" / "part" / "a.ipynb"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    assert refresh(tmp_path / "lab", book) == [mine]
    assert mine.read_text() == "mine"


def test_deleted_copy_comes_back(book, tmp_path):
    refresh(tmp_path / "lab", book)
    (tmp_path / "lab" / "part" / "a.ipynb").unlink()
    refresh(tmp_path / "lab", book)
    assert (tmp_path / "lab" / "part" / "a.ipynb").read_text() == "first"
