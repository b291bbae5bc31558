"""Plain Markdown gets its look: quotations with a bold lead become boxes, solutions become drop-downs.

Notebooks are read raw in JupyterLab and Colab, where directives show as text. So chapters write
``> **Careful.** ...`` for a box and tag a cell ``solution``; this module turns both into what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

SUMMARY = "Show the solution"


class box(nodes.General, nodes.Element):
    """A remark set apart from the text."""


class solution(nodes.General, nodes.Element):
    """Cells that stay closed until the reader asks for them."""


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def lead(quote: nodes.block_quote) -> str | None:
    """The bold words that a quotation begins with, or None."""
    if not quote.children or not isinstance(quote.children[0], nodes.paragraph):
        return None
    # MyST leaves an empty text where a paragraph begins with markup.
    first = next((child for child in quote.children[0].children if child.astext()), None)
    return first.astext() if isinstance(first, nodes.strong) else None


class Boxes(SphinxTransform):
    """Turn every quotation with a bold lead into a box of the lead's kind."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            words = lead(quote)
            if words is not None:
                kinds = [slug(words), slug(re.split(r"[.:,]", words)[0])]  # "Careful: no labels." is a "Careful."
                classes = ["ml-box", *dict.fromkeys(f"ml-box-{kind}" for kind in kinds)]
                replacement = box("", *quote.children, classes=classes)
                replacement.source, replacement.line = quote.source, quote.line
                quote.replace_self(replacement)


class Solutions(SphinxTransform):
    """Put every run of neighboring cells tagged ``solution`` into one drop-down."""

    default_priority = 400

    def apply(self, **kwargs: Any) -> None:
        for run in list(solution_runs(self.document)):
            wrapper = solution()
            run[0].replace_self(wrapper)
            for cell in run[1:]:
                cell.parent.remove(cell)
            for cell in run:
                # The notebooks also carry the tag hide-cell, for other readers; one drop-down is enough.
                cell.attributes.pop("hide_mode", None)
            wrapper.extend(run)


def is_solution(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and "tag_solution" in node["classes"]


def solution_runs(document: nodes.document) -> Iterator[list[nodes.Element]]:
    for cell in document.findall(is_solution):
        siblings = cell.parent.children
        index = siblings.index(cell)
        if index and is_solution(siblings[index - 1]):
            continue
        end = next((k for k in range(index, len(siblings)) if not is_solution(siblings[k])), len(siblings))
        yield siblings[index:end]


def visit_box(translator: Any, node: box) -> None:
    translator.body.append(translator.starttag(node, "div", role="note"))


def depart_box(translator: Any, node: box) -> None:
    translator.body.append("</div>\n")


def visit_solution(translator: Any, node: solution) -> None:
    translator.body.append(f'<details class="ml-solution"><summary>{SUMMARY}</summary>\n')


def depart_solution(translator: Any, node: solution) -> None:
    translator.body.append("</details>\n")


def skip(translator: Any, node: nodes.Element) -> None:
    """Other builders show the content alone."""


def setup(app: Sphinx) -> None:
    others: dict[str, Any] = {builder: (skip, skip) for builder in ("latex", "text", "man", "texinfo")}
    app.add_node(box, html=(visit_box, depart_box), **others)
    app.add_node(solution, html=(visit_solution, depart_solution), **others)
    app.add_transform(Boxes)
    app.add_transform(Solutions)
