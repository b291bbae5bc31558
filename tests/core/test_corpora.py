"""Named corpora: text that is already on the machine."""

import pytest

from minillm import corpora
from minillm.errors import ConfigError


def test_the_manual_is_the_text_behind_help():
    text = corpora.read("python-manual")
    assert 300_000 < len(text) < 2_000_000
    assert "lambda" in text and text == corpora.python_manual()
    from pydoc_data.topics import topics

    assert all(topic in text for topic in topics.values())


def test_the_standard_library_is_python():
    text = corpora.read("standard-library")
    assert len(text) > 1_000_000
    assert text.count("\nimport ") > 500 and text.count("def ") > 5000
    assert text == corpora.read("standard-library")


def test_every_corpus_has_text_by_its_name():
    assert set(corpora.CORPORA) == {"python-manual", "standard-library"}
    assert all(isinstance(read(), str) and read() for read in corpora.CORPORA.values())


def test_a_readers_own_file(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("Ein Märchen\n从前", encoding="utf-8")
    assert corpora.read(path) == corpora.read(str(path)) == "Ein Märchen\n从前"


def test_what_is_neither_a_corpus_nor_a_file_is_named(tmp_path):
    (tmp_path / "latin.txt").write_bytes("Märchen".encode("latin-1"))
    (tmp_path / "empty.txt").write_bytes(b"")
    for name in ("shakespeare", str(tmp_path), str(tmp_path / "latin.txt"), ""):
        with pytest.raises(ConfigError, match=r"is neither a corpus .*python-manual.*standard-library"):
            corpora.read(name)
    with pytest.raises(ConfigError, match="is empty"):
        corpora.read(tmp_path / "empty.txt")
