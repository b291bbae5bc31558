"""What the site's scripts do on an open page, straight from the disk: wait, draw, re-ink, remember, let scroll."""

import pytest

from minillm import figures
from minillm.exercises.registry import Result
from tests.chromium import chromium, new_page
from tests.site.conftest import build, code, figure_output, notebook, output, quiz_output, text

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

FAR = text("\n\n".join(["A paragraph that pushes what follows down the page."] * 60))
WIDE = text("| " + " | ".join("a heading" for _ in range(20)) + " |\n|" + "---|" * 20 + "\n| " + "a | " * 20)


def exercise_output(status: str = "unwritten"):
    bundle, _ = Result("a.b", status, "Message.", ("A hint.",))._repr_mimebundle_()
    return output("application/vnd.minillm.explorable+json", bundle["application/vnd.minillm.explorable+json"])


def slider_output():
    shown = {str(t): figures.bars({"a": t, "b": 1.0}, "x", "y", alt="a", caption="c") for t in (1.0, 2.0, 3.0)}
    figure = figures.frames(shown, slider="heat", alt="Bars grow.", caption="They grow.")
    return output("application/vnd.plotly.v1+json", figure._repr_mimebundle_()["application/vnd.plotly.v1+json"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    chapter = notebook(
        text("# Chapter\n\nA page with one of each, which is long enough to be scrolled through by its reader."),
        WIDE,
        code("check", exercise_output()),
        code("solution", exercise_output("passed"), tags=("solution",)),
        code("quiz", quiz_output()),
        FAR,
        code("figure", figure_output()),
        code("slider", slider_output()),
    )
    index = "# Front\n\nThe first page of a book of two pages, with nothing on it.\n\n```{toctree}\nchapter\n```\n"
    pages = {"book/index.md": index, "book/chapter.ipynb": chapter}
    return build(tmp_path_factory.mktemp("book"), pages, theme="sphinx_book_theme")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, site):
    page, watch = new_page(browser, width=390)
    page.requested = []
    page.on("request", lambda request: page.requested.append(request.url.rsplit("/", 1)[-1].split("?")[0]))
    page.goto((site.folder / "book" / "chapter.html").as_uri())
    yield page
    page.context.close()
    assert watch.errors == []
    assert watch.outside == []
    assert watch.failed == []


def figure(page, index=0):
    plot = page.locator(".ml-plotly").nth(index)
    plot.scroll_into_view_if_needed()
    plot.locator(".main-svg").first.wait_for()
    return plot


def test_plotly_waits_until_a_figure_is_near(page):
    page.locator('.ml-explorable[data-state="ready"]').first.wait_for()
    assert "plotly.min.js" not in page.requested
    figure(page)
    assert page.requested.count("plotly.min.js") == 1


def test_figures_change_their_ink_with_the_theme_and_keep_their_marks(page):
    plot = figure(page)
    ink = "el => [getComputedStyle(el.querySelector('.xtick text')).fill, el.querySelector('.js-line').style.stroke]"
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    page.wait_for_timeout(300)
    light = plot.evaluate(ink)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(300)
    dark = plot.evaluate(ink)
    assert light[0] != dark[0]
    assert light[1] == dark[1]


def test_a_slider_is_moved_by_the_keyboard_and_changes_the_marks(page):
    plot = figure(page, 1)
    slider = plot.get_by_role("slider")
    bar = "el => el.querySelector('.barlayer path').getAttribute('d')"
    before = plot.evaluate(bar)
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert plot.evaluate(bar) != before
    assert plot.locator("output").inner_text() == "2.0"
    assert slider.get_attribute("aria-valuetext") == "2.0"
    assert plot.locator(".slider-group").count() == 0, "Plotly's own slider, which no keyboard reaches, is gone"


def test_what_is_in_a_solution_is_drawn_when_it_is_opened(page):
    inside = page.locator("details.ml-solution .ml-explorable")
    assert not inside.is_visible()
    page.get_by_text("Show the solution").click()
    page.locator('details.ml-solution .ml-explorable[data-state="ready"]').wait_for()
    assert "Passed." in inside.inner_text()
    assert inside.get_by_role("checkbox").count() == 0


def test_progress_is_counted_and_kept(page):
    progress = page.locator(".ml-progress")
    assert "0 of 1 exercises, 0 of 1 quiz questions" in progress.inner_text()
    page.get_by_label("I have solved this one").check()
    page.locator(".ml-quiz").get_by_label("Yes").check()
    assert "1 of 1 exercises, 1 of 1 quiz questions" in progress.inner_text()
    page.reload()
    assert "1 of 1 exercises, 1 of 1 quiz questions" in progress.inner_text()


def test_what_is_wide_scrolls_in_a_box_that_the_keyboard_reaches(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".ml-scroll-x, .pst-scrollable-table-container").first
    assert box.evaluate("el => el.scrollWidth > el.clientWidth && el.tabIndex === 0")
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_formulas_in_quizzes_are_set_by_mathjax(page):
    page.locator(".ml-quiz mjx-container").first.wait_for()
    assert "$" not in page.locator(".ml-quiz legend").inner_text()


def test_storage_that_is_forbidden_does_not_stop_the_page(browser, site):
    page, watch = new_page(browser)
    page.add_init_script("""
        const refuse = () => { throw new Error("refused"); };
        Storage.prototype.setItem = refuse;
    """)
    page.goto((site.folder / "book" / "chapter.html").as_uri())
    page.locator(".ml-quiz").get_by_label("No").check()
    assert "Not quite." in page.locator(".ml-explanation").inner_text()
    page.context.close()
    assert [error for error in watch.errors if "minillm" in error] == []


def test_the_search_works_from_the_disk(browser, site):
    page, watch = new_page(browser)
    page.goto((site.folder / "search.html").as_uri() + "?q=paragraph")
    page.locator("#search-results li a").first.wait_for()
    assert page.locator("#search-results li a").first.inner_text() == "Chapter"
    page.context.close()
    assert watch.errors == []
