"""What each page says of itself, and which scripts it loads."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

DESCRIPTION_LENGTH = 160
FIGURE, EXPLORABLE = 'class="ml-plotly"', 'class="ml-explorable"'
# Sphinx and MyST already mark formulas that stand in the text; these stand in the data of quizzes and exercises.
MATH_IN_DATA = re.compile(r'data-explorable="(?:quiz|exercise)".*?\$[^$<]+\$', re.DOTALL)
# Sphinx writes the parameters of a long signature as a list of definitions without terms, which is not valid HTML.
SIGNATURE = re.compile(r'<dl>(\s*<dd><em class="sig-param.*?)</dl>', re.DOTALL)

# The theme resolves "auto" when its script has loaded; until then a dark page would flash in white.
EARLY_THEME = (
    "(function (html) { if (!['light', 'dark'].includes(html.dataset.theme)) html.dataset.theme ="
    " matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'; })(document.documentElement);"
)


def description(app: Sphinx, pagename: str, doctree: nodes.document | None) -> str:
    """The page's own description (front matter or notebook metadata), else its first paragraph, cut to a line."""
    own = app.env.metadata.get(pagename, {}).get("description")
    if own:
        return str(own).strip()
    texts = (node.astext() for node in doctree.findall(nodes.paragraph)) if doctree else ()
    first = next((" ".join(text.split()) for text in texts if len(text) > 40), "")
    if len(first) > DESCRIPTION_LENGTH:
        first = first[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0].rstrip(",.;:") + " …"
    return first


def add_page_parts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if app.builder.format != "html":
        return
    text = description(app, pagename, doctree) or f"{context.get('title', '')}: {app.config.html_title}"
    tag = f'<meta name="description" content="{escape(text, quote=True)}"/>'
    context["metatags"] = context.get("metatags", "") + tag
    # The files that hold no story of their own in the page title.
    context["title"] = context.get("title") or app.config.html_title

    body = context["body"] = SIGNATURE.sub(as_lines, context.get("body", ""))
    app.add_js_file(None, body=EARLY_THEME, priority=0)
    app.add_js_file("minillm/site.js", loading_method="defer")
    app.add_css_file("minillm/site.css", priority=900)
    if FIGURE in body or EXPLORABLE in body:
        app.add_js_file("minillm/host.js", loading_method="defer", priority=400)
    if EXPLORABLE in body:
        app.add_css_file("minillm/explorables.css", priority=800)
    if FIGURE in body:
        app.add_js_file("minillm/figures.js", loading_method="defer")
    if MATH_IN_DATA.search(body):
        # Sphinx loads MathJax on pages that its math domain has marked.
        app.env.get_domain("math").data["has_equations"][pagename] = True


def as_lines(signature: re.Match[str]) -> str:
    lines = signature[1].replace("<dd>", '<span class="ml-sig-line">').replace("</dd>", "</span>")
    return f'<span class="ml-sig-lines">{lines}</span>'


def write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """A table of contents whose root lies in a folder leaves the site without an index.html: lead there."""
    if exception or app.builder.format != "html" or app.config.root_doc == "index":
        return
    target = escape(app.builder.get_target_uri(app.config.root_doc), quote=True)
    title = escape(app.config.html_title)
    page = (
        f'<!DOCTYPE html>\n<html lang="{app.config.language}">\n<head>\n<meta charset="utf-8"/>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"/>\n<title>{title}</title>\n'
        f'<meta name="description" content="{title}"/>\n<link rel="icon" href="_static/minillm/favicon.svg"/>\n'
        f'<link rel="canonical" href="{target}"/>\n<meta http-equiv="refresh" content="0; url={target}"/>\n'
        f'</head>\n<body>\n<main><h1>{title}</h1><p><a href="{target}">Open the book</a></p></main>\n</body>\n</html>\n'
    )
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    # Before MathJax's handler, at 500, asks whether the page has formulas.
    app.connect("html-page-context", add_page_parts, priority=400)
    app.connect("build-finished", write_front_door)
