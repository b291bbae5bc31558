"""The directive ``explorable``: an explorable on a Markdown page, which has no output cell to hold one.

Without a body it shows what the function of that name in `minillm.explorables` returns; with one, a JSON object, it
shows these data:

    ```{explorable} live
    ```

    ```{explorable} quiz
    :alt: A quiz of one question.
    {"quiz": "first", "title": "...", "questions": []}
    ```
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from minillm import explorables
from minillm.explorables.base import Explorable
from minillm.site.mime import explorable_html, raw


class ExplorableDirective(SphinxDirective):
    """Embed an explorable; ``:alt:`` and ``:caption:`` replace its own."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "alt": directives.unchanged_required,
        "caption": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        # What it shows depends on the package and on weights, which Sphinx does not watch.
        self.env.note_reread()
        try:
            return raw(explorable_html(self.explorable().to_json()))
        except (ValueError, OSError) as error:
            raise self.error(f"explorable {self.arguments[0]!r}: {error}") from error

    def explorable(self) -> Explorable:
        name = self.arguments[0]
        if self.content:
            explorable = Explorable(name, json.loads("\n".join(self.content)), self.options.get("alt", ""))
        else:
            make = getattr(explorables, name.replace("-", "_"), None)
            if not callable(make):
                raise ValueError("minillm.explorables has no function of this name, and the directive no JSON body")
            explorable = make()
        return replace(explorable, **self.options)


def setup(app: Sphinx) -> None:
    app.add_directive("explorable", ExplorableDirective)
