"""The directive ``explorable``: an explorable on a Markdown page, which has no output cell to hold one.

    ```{explorable} live
    :alt: A model that continues what you type.
    {"model": "town-gpt", "prompt": "One morning"}
    ```
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from minillm.explorables.base import Explorable
from minillm.site.mime import explorable_html, raw


class ExplorableDirective(SphinxDirective):
    """Embed an explorable; the body is the JSON object of its data."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "alt": directives.unchanged_required,
        "caption": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        if "alt" not in self.options:
            raise self.error("an explorable needs an :alt: that says what it shows")
        try:
            data = json.loads("\n".join(self.content) or "{}")
            explorable = Explorable(
                self.arguments[0], data, self.options["alt"], caption=self.options.get("caption")
            )
        except ValueError as error:
            raise self.error(f"explorable {self.arguments[0]!r}: {error}") from error
        return raw(explorable_html(explorable.to_json()))


def setup(app: Sphinx) -> None:
    app.add_directive("explorable", ExplorableDirective)
