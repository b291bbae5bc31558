"""The Sphinx extension of the built site: interactive outputs, boxes, drop-downs, and nothing from outside.

It renders the MIME types of figures and explorables, gives plain Markdown its look, copies every script that a page
needs from installed packages, and loads each of them only where it is used.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from minillm.site import assets, boxes, directive, pages


def setup(app: Sphinx) -> dict[str, Any]:
    # Jupyter Book always sets this value of sphinx-comments, an extension that the book leaves out.
    app.add_config_value("comments_config", {}, "html")
    boxes.setup(app)
    directive.setup(app)
    pages.setup(app)
    assets.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
