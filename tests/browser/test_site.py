"""Every page of the built site, opened by http and straight from the disk, as a reader's browser shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import page_tools as tools
from tests.browser.conftest import built_pages, page_names
from tests.chromium import Watch, new_page

pytestmark = pytest.mark.browser
GRAVE = ("serious", "critical")


@dataclass
class Visit:
    """One page, opened and scrolled through."""

    page: Page
    watch: Watch
    way: str


@pytest.fixture(scope="module")
def visit(request: pytest.FixtureRequest, browser: Browser, site: Path, address: str) -> Iterator[Visit]:
    name, way = request.param
    page, watch = new_page(browser)
    page.goto(f"{address}{name}.html" if way == "http" else (site / f"{name}.html").as_uri())
    tools.settle(page)
    yield Visit(page, watch, way)
    page.context.close()


def test_every_figure_and_explorable_is_drawn(visit):
    for selector in (tools.FIGURES, tools.EXPLORABLES):
        for element in visit.page.query_selector_all(selector):
            element.scroll_into_view_if_needed()
            assert tools.is_drawn(element), element.evaluate("el => el.outerHTML.slice(0, 300)")
            box = element.bounding_box()
            assert box is not None
            assert box["width"] > 200
            assert box["height"] > 40


def test_math_is_rendered(visit):
    left = visit.page.evaluate(r"""() => {
      const formula = /\\\(|\\\[|\$\$|\$[^$\n]*[\\_^][^$\n]*\$|\\(frac|sqrt|top|begin)/;
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), left = [];
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest("script, style, pre, code, noscript, mjx-container, textarea")) continue;
        if (formula.test(node.data)) left.push(node.data);
      }
      document.querySelectorAll(".math").forEach((el) => el.querySelector("mjx-container") || left.push(el.innerText));
      document.querySelectorAll("mjx-merror, [data-mjx-error]").forEach((el) => left.push(el.outerHTML.slice(0, 200)));
      return left;
    }""")
    assert left == []


def test_page_says_what_it_is(visit):
    head = visit.page.evaluate("""async () => ({
      title: document.title,
      description: document.querySelector("meta[name=description]")?.content || "",
      icon: document.querySelector("link[rel~=icon]")?.href || "",
      language: document.documentElement.lang,
      image: await new Promise((done) => {
        const image = new Image();
        image.onload = () => done(image.width > 0);
        image.onerror = () => done(false);
        image.src = document.querySelector("link[rel~=icon]")?.href || "";
      }),
    })""")
    assert head["title"].strip()
    assert head["description"].strip()
    assert head["language"]
    assert head["image"], f"the icon {head['icon']!r} does not load"


def test_every_control_changes_what_is_shown(visit):
    dead = {}
    for explorable in visit.page.query_selector_all(tools.EXPLORABLES):
        explorable.scroll_into_view_if_needed()
        if found := tools.dead_controls(explorable):
            dead[explorable.get_attribute("data-explorable")] = found
    assert dead == {}


def test_every_figure_control_changes_the_plot(visit):
    for figure in visit.page.query_selector_all(tools.FIGURES):
        for control in tools.controls(figure):
            plot = figure.query_selector(".main-svg")
            name = figure.get_attribute("aria-label")
            assert tools.changes_what_is_shown(plot, lambda control=control: tools.use(control), 3), name


def test_nothing_comes_from_outside_and_nothing_fails(visit):
    """Last of a visit: whatever using the controls asked for and whatever broke while they were used counts, too."""
    assert visit.watch.outside == []
    assert visit.watch.failed == []
    assert visit.watch.errors == []


@pytest.fixture(scope="module")
def opened(page_name: str, browser: Browser, address: str) -> Iterator[Page]:
    page, _ = new_page(browser)
    page.goto(f"{address}{page_name}.html")
    tools.settle(page)
    yield page
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_grave_accessibility_finding(opened, theme):
    opened.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    opened.wait_for_timeout(400)  # Figures take their new inks after the page does.
    violations = Axe().run(opened).response["violations"]
    found = [f"{v['id']}: {v['help']}: {[node['target'] for node in v['nodes']][:5]}" for v in violations
             if v["impact"] in GRAVE]  # fmt: skip
    assert found == []


def test_no_sideways_scrolling_on_a_phone(opened):
    opened.set_viewport_size({"width": 390, "height": 844})
    opened.wait_for_timeout(300)
    tools.settle(opened)
    wide = opened.evaluate("""() => [...document.querySelectorAll("main *")].filter((el) => {
      for (let up = el.parentElement; up; up = up.parentElement) {
        if (getComputedStyle(up).overflowX !== "visible" && up !== document.body && up.tagName !== "HTML") return false;
      }
      return el.getBoundingClientRect().right > innerWidth + 1;
    }).map((el) => el.outerHTML.slice(0, 150)).slice(0, 5)""")
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, wide


def test_dark_mode_reaches_the_figures(opened):
    """The page's own button turns it dark, and every figure's lettering turns with it."""
    inks = {}
    for theme in ("light", "dark"):
        for _ in range(3):
            if opened.evaluate("document.documentElement.dataset.theme") != theme:
                opened.locator(".theme-switch-button:visible").first.click()
        opened.wait_for_timeout(400)
        inks[theme] = opened.evaluate("""() => ({
          page: getComputedStyle(document.body).backgroundColor,
          figures: [...document.querySelectorAll(".ml-plotly :is(.xtick, .ytick) text")].map(
            (el) => getComputedStyle(el).fill),
        })""")
    assert inks["light"]["page"] != inks["dark"]["page"]
    for light, dark in zip(inks["light"]["figures"], inks["dark"]["figures"], strict=True):
        assert light != dark


@pytest.mark.parametrize("way", ["http", "file"])
def test_front_door_leads_to_the_book(browser, site, address, way):
    page, watch = new_page(browser)
    page.goto(f"{address}index.html" if way == "http" else (site / "index.html").as_uri())
    page.wait_for_selector("article h1")
    assert watch.outside == watch.errors == []
    page.context.close()


@pytest.mark.parametrize("way", ["http", "file"])
def test_the_model_on_the_first_page_continues_a_story(browser, site, address, way):
    page, watch = new_page(browser)
    page.goto(f"{address}index.html" if way == "http" else (site / "index.html").as_uri())
    page.wait_for_selector("article h1")
    page.wait_for_selector("[data-explorable=live] textarea").fill("One winter day, ")
    live = page.query_selector("[data-explorable=live]")
    before = len(live.inner_text())
    live.query_selector("text=/Load the model|Continue/").click()
    assert tools.wait_until(page, lambda: len(live.inner_text()) > before + 60, tools.MODEL_SECONDS), live.inner_text()
    assert watch.outside == watch.errors == []
    page.context.close()


def test_all_pages_are_tested(site):
    """The pages in the site's folder are the ones these tests know of."""
    assert built_pages(site) == sorted(page_names()), "after a page was taken out: make clean"
