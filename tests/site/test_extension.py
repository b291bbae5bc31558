"""The built page: what becomes of outputs and plain Markdown, and which scripts a page loads."""

import json
import re
from html import unescape
from pathlib import Path

import plotly
import pytest

from minillm.explorables.base import SCRIPTS
from tests.site.conftest import QUIZ, build, code, figure_output, notebook, output, quiz_output, text

# Sphinx and its extensions use, in their own code, what newer libraries deprecate.
pytestmark = pytest.mark.filterwarnings("default")

INDEX = """# Front

This first paragraph says what the book is about, in words enough for a search engine to show them.

```{toctree}
chapter
plain
```
"""
CHAPTER = notebook(
    text("# Chapter\n\nHow much is one and one? Here is a page with a figure, a quiz and a solution."),
    text("> **Careful.** A box, see [plain](plain.md#a-term).\n\n> No box.\n\nThen:\n\n> **Careful: twice.** Box."),
    text("> **You will be able to**\n>\n> - count"),
    code("figure", figure_output()),
    code("quiz", quiz_output()),
    code("first = 1", tags=("solution", "hide-cell")),
    code("second = 2", tags=("solution", "hide-cell")),
    code("third = 3"),
    description='A page of the author\'s own "words".',
)
PLAIN = (
    "# Plain\n\nNothing on this page needs a script of its own, and this sentence describes it.\n\n## A term\n\nText.\n"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pages = {"book/index.md": INDEX, "book/chapter.ipynb": CHAPTER, "book/plain.md": PLAIN}
    return build(tmp_path_factory.mktemp("book"), pages)


@pytest.fixture(scope="module")
def chapter(site):
    return site.page("book/chapter")


def embedded(page: str, kind: str) -> dict:
    """The JSON in the element of class `kind`."""
    inside = page[page.index(f'class="{kind}"') :]
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', inside, re.DOTALL)[1])


def test_it_builds_without_a_warning(site):
    assert site.warnings == ""


def test_a_figure_stands_on_the_page_with_its_words(chapter):
    assert 'class="ml-plot"' in chapter
    assert re.search(r'class="ml-plot"[^>]* role="img" aria-label="It rises\."', chapter)
    assert "<figcaption>It <em>rises</em> by <code>1</code>.</figcaption>" in chapter


def test_a_figure_keeps_its_numbers_and_leaves_its_title_to_the_caption(chapter):
    content = embedded(chapter, "ml-plotly")
    assert content["data"][0]["y"] == [1, 2]
    assert "title" not in content["layout"]


def test_an_explorable_keeps_its_data_whatever_they_hold(chapter):
    assert embedded(chapter, "ml-explorable") == {"name": "quiz", "data": QUIZ}
    assert "<script>alert(1)" not in chapter


def test_an_explorable_says_what_it_is_before_its_script_has_run(chapter):
    assert re.search(r'class="ml-explorable" role="group" aria-label="A quiz\." data-explorable="quiz"', chapter)
    assert '<p class="ml-fallback">A quiz.</p>' in chapter


def test_a_quotation_with_a_bold_lead_becomes_a_box(chapter):
    assert re.search(r'class="ml-box ml-box-careful" role="note"', chapter)
    assert re.search(r'class="ml-box ml-box-careful-twice ml-box-careful" role="note"', chapter)
    assert re.search(r'class="ml-box ml-box-you-will-be-able-to" role="note"', chapter)
    assert chapter.count("<blockquote") == 1


def test_neighboring_solutions_share_one_closed_drop_down(chapter):
    drop_downs = re.findall(r"<details.*?</details>", chapter, re.DOTALL)
    assert len(drop_downs) == 1
    assert drop_downs[0].startswith('<details class="ml-solution"><summary>Show the solution</summary>')
    assert [name in drop_downs[0] for name in ("first", "second", "third")] == [True, True, False]


def test_links_between_pages_lead_to_the_heading(chapter):
    assert 'href="plain.html#a-term"' in chapter


def description(page: str) -> str:
    return unescape(re.search(r'<meta name="description" content="([^"]*)"', page)[1])


def test_a_page_is_described_by_its_author_or_by_its_first_paragraph(site):
    assert description(site.page("book/chapter")) == 'A page of the author\'s own "words".'
    assert description(site.page("book/plain")).startswith("Nothing on this page needs a script")
    assert description(site.page("search"))


def test_a_page_loads_the_scripts_that_it_needs_and_no_others(site):
    with_all, with_none = site.scripts("book/chapter"), site.scripts("book/plain")
    for script in ("host.js", "figures.js", "tex-chtml.js", "site.js"):
        assert script in with_all
    for script in ("host.js", "figures.js", "tex-chtml.js"):
        assert script not in with_none
    assert "plotly.min.js" not in with_all, "Plotly waits until a figure is near"


def test_nothing_is_loaded_from_outside(site):
    for path in site.folder.rglob("*.html"):
        attributes = re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="([^"]+)"', path.read_text("utf-8"))
        assert [url for url in attributes if re.match(r"(https?:)?//", url)] == []


def test_every_file_that_a_page_names_is_there(site):
    for path in site.folder.rglob("*.html"):
        for url in re.findall(r'<(?:script|link)\b[^>]*\b(?:src|href)="([^"?#]+)', path.read_text("utf-8")):
            assert (path.parent / url).exists(), f"{path.name} names {url}"


def test_plotly_is_the_one_that_made_the_figures(site):
    installed = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    assert (site.folder / "_static/minillm/plotly.min.js").read_bytes() == installed.read_bytes()


def test_every_explorable_and_its_look_are_there(site):
    static = site.folder / "_static" / "minillm"
    everywhere = {path.name for path in [*static.glob("*.js"), *(static / "explorables").glob("*.js")]}
    assert {path.name for path in SCRIPTS.glob("*.js")} <= everywhere
    css = (static / "explorables.css").read_text("utf-8")
    assert all(path.read_text("utf-8") in css for path in SCRIPTS.glob("*.css"))


def test_the_front_door_leads_to_the_first_page(site):
    page = site.page("index")
    assert 'content="0; url=book/index.html"' in page
    assert "<title>A tiny book</title>" in page
    assert 'lang="en"' in page


def test_a_figure_without_alt_text_is_a_warning(make):
    site = make({"book/index.md": INDEX, "book/chapter.ipynb": notebook(text("# C"), code("f", figure_output(alt="")))})
    assert "has no alt text" in site.warnings


def test_a_link_to_a_term_that_is_not_there_is_a_warning(make):
    site = make(
        {"book/index.md": "# F\n\n[term](plain.md#no-term)\n\n```{toctree}\nplain\n```\n", "book/plain.md": PLAIN}
    )
    assert "no-term" in site.warnings


BODY = json.dumps(QUIZ)


def test_a_markdown_page_can_hold_an_explorable(make):
    page = f"# F\n\n```{{explorable}} quiz\n:alt: Mine.\n:caption: A caption.\n{BODY}\n```\n"
    html = make({"book/index.md": page}).page("book/index")
    assert embedded(html, "ml-explorable") == {"name": "quiz", "data": QUIZ}
    assert 'aria-label="Mine."' in html
    assert "<figcaption>A caption.</figcaption>" in html


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ("```{explorable} nothing\n:alt: A.\n{}\n```", "no explorable is called 'nothing'"),
        ("```{explorable} nothing\n```", "no function of this name"),
        ("```{explorable} quiz\n:alt: A.\n{not json}\n```", "explorable 'quiz'"),
        ("```{explorable} quiz\n{}\n```", "alt is empty"),
    ],
)
def test_a_mistake_in_the_directive_is_a_warning_that_names_it(make, directive, said):
    assert said in make({"book/index.md": f"# F\n\n{directive}\n"}).warnings


def test_the_weights_of_a_model_are_written_for_pages_that_open_it(make, monkeypatch):
    written = []
    monkeypatch.setattr(
        "minillm.explorables.weights_js.write_parts", lambda name, folder: written.append((name, folder))
    )
    bundle = {"name": "live", "data": {"model": "some-model"}, "alt": "A."}
    page = notebook(text("# F"), code("x", output("application/vnd.minillm.explorable+json", bundle)))
    site = make({"book/index.ipynb": page})
    assert written == [("some-model", site.folder / "_static" / "minillm" / "weights")]


def test_weights_that_are_missing_are_a_warning(make):
    bundle = {"name": "live", "data": {"model": "no-such-model"}, "alt": "A."}
    page = notebook(text("# F"), code("x", output("application/vnd.minillm.explorable+json", bundle)))
    assert "no-such-model" in make({"book/index.ipynb": page}).warnings
