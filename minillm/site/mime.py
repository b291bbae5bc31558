"""From the JSON in a notebook's output to the HTML that draws it: Plotly figures and explorables.

Both renderers are entry points of the group ``myst_nb.mime_renderers``; the scripts that draw are in ``static``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from typing import Any, ClassVar

from docutils import nodes

from minillm.explorables.base import opens

HTML_BUILDERS = ("html", "dirhtml", "singlehtml")
PLOTLY = "application/vnd.plotly.v1+json"
SLIDER_HEIGHT = 90
EXPLORABLE = "application/vnd.minillm.explorable+json"


def first_in_html(mime_type: str) -> list[tuple[str, str, int]]:
    return [(builder, mime_type, 1) for builder in HTML_BUILDERS]


def embedded(value: Any) -> str:
    """`value` as JSON inside a script element: nothing in it may end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/json">{text.replace("<", chr(92) + "u003c")}</script>'


def caption_html(caption: str) -> str:
    """A caption with its `code` and *emphasis*."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(caption))
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def figure_html(inner: str, caption: str | None, kind: str) -> str:
    below = f"<figcaption>{caption_html(caption)}</figcaption>" if caption else ""
    return f'<figure class="ml-figure ml-figure-{kind}">{inner}{below}</figure>'


def plotly_html(figure: Mapping[str, Any]) -> str:
    """A figure's place on the page. The title, a copy of the caption for notebooks, and its room are left out."""
    layout = dict(figure["layout"])
    meta = layout.pop("meta", None) or {}
    if meta.get("caption"):
        layout.pop("title", None)
        layout["margin"] = {side: size for side, size in layout.get("margin", {}).items() if side != "t"}
    content = {"data": figure["data"], "layout": layout, "frames": figure.get("frames") or []}
    alt = escape(meta.get("alt", ""), quote=True)
    # The slider of a notebook's figure is part of its height; the site puts one of its own below the plot.
    height = int(layout.get("height") or 380) - (SLIDER_HEIGHT if layout.get("sliders") else 0)
    layout["height"] = height
    inner = (
        f'<div class="ml-plotly">{embedded(content)}'
        f'<div class="ml-plot" style="min-height:{height}px" role="img" aria-label="{alt}">'
        f"<noscript>{alt}</noscript></div></div>"
    )
    return figure_html(inner, meta.get("caption"), "plotly")


def explorable_html(bundle: Mapping[str, Any]) -> str:
    """An explorable's place on the page: its sentence until the script has drawn it."""
    name, data, alt = bundle["name"], bundle["data"], escape(bundle["alt"], quote=True)
    model = f' data-model="{escape(" ".join(opens(data)), quote=True)}"' if opens(data) else ""
    inner = (
        f'<div class="ml-explorable" role="group" aria-label="{alt}" data-explorable="{escape(name, quote=True)}"'
        f'{model}><p class="ml-fallback">{alt}</p>{embedded({"name": name, "data": data})}</div>'
    )
    return figure_html(inner, bundle.get("caption"), name)


def raw(html: str) -> list[nodes.Node]:
    return [nodes.raw("", html, format="html")]


class PlotlyRenderer:
    mime_priority_overrides: ClassVar = first_in_html(PLOTLY)

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Node] | None:
        if inline or data.mime_type != PLOTLY:
            return None
        meta = data.content["layout"].get("meta") or {}
        if not meta.get("alt"):
            renderer.logger.warning(
                f"the figure in cell {data.cell_index} has no alt text (layout.meta['alt'])",
                subtype="alt",
                line=data.line,
            )
        return raw(plotly_html(data.content))


class ExplorableRenderer:
    mime_priority_overrides: ClassVar = first_in_html(EXPLORABLE)

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Node] | None:
        if inline or data.mime_type != EXPLORABLE:
            return None
        return raw(explorable_html(data.content))
