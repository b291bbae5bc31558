"""A tiny book, built with the extension alone, in a folder of its own."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from minillm import figures
from minillm.explorables import Explorable

QUIZ = {
    "quiz": "tiny",
    "title": "Tiny",
    "questions": [
        {
            "id": "one",
            "prompt": "Is $d_k$ </script><script>alert(1)</script> a width?",
            "options": [
                {"text": "Yes", "correct": True, "explanation": "It is."},
                {"text": "No", "correct": False, "explanation": "It is one."},
            ],
        }
    ],
}
CONF = """
extensions = ["myst_nb", "minillm.site"]
html_theme = "{theme}"
html_title = "A tiny book"
language = "en"
nb_execution_mode = "off"
myst_heading_anchors = 3
myst_enable_extensions = ["dollarmath"]
root_doc = "book/index"
exclude_patterns = ["_build"]
"""


@dataclass
class Site:
    """A built site and what was said while it was built."""

    folder: Path
    warnings: str

    def page(self, name: str) -> str:
        return (self.folder / f"{name}.html").read_text(encoding="utf-8")

    def scripts(self, name: str) -> list[str]:
        """The files of the scripts that a page loads, without the way to them."""
        return re.findall(r'<script[^>]* src="[^"]*?([\w.-]+\.js)', self.page(name))


def output(mime_type: str, content: object) -> nbformat.NotebookNode:
    data = {mime_type: content, "text/plain": "a sentence"}
    return nbformat.v4.new_output("display_data", data)


def code(source: str, *outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=1)
    cell.metadata["tags"] = list(tags)
    return cell


def text(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def figure_output(**meta: str) -> nbformat.NotebookNode:
    figure = figures.lines({"a": ([0, 1], [1, 2])}, "x", "y", alt="It rises.", caption="It *rises* by `1`.")
    bundle = json.loads(figure.to_json())
    bundle["layout"]["meta"].update(meta)
    return output("application/vnd.plotly.v1+json", bundle)


def quiz_output() -> nbformat.NotebookNode:
    bundle = Explorable("quiz", QUIZ, "A quiz.").to_json()
    return output("application/vnd.minillm.explorable+json", bundle)


def notebook(*cells: nbformat.NotebookNode, **metadata: str) -> str:
    language = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=list(cells), metadata={**language, **metadata}))


def build(folder: Path, pages: dict[str, str], theme: str = "basic") -> Site:
    """Build `pages`, a text for each file below the book's folder."""
    (folder / "conf.py").write_text(CONF.replace("{theme}", theme), encoding="utf-8")
    for name, source in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(source, encoding="utf-8")
    said, out = io.StringIO(), folder / "_build" / "html"
    with patch_docutils(str(folder)), docutils_namespace():
        app = Sphinx(folder, folder, out, folder / "_build" / "trees", "html", status=None, warning=said)
        app.build()
    return Site(out, said.getvalue())


@pytest.fixture
def make(tmp_path):
    return lambda pages: build(tmp_path, pages)
