"""A reader opens a chapter in JupyterLab, runs it from top to bottom, and uses an explorable in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser import page_tools as tools
from tests.chromium import new_page
from tools.notebook_rules import Page
from tools.notebooks import read

pytestmark = [pytest.mark.browser, pytest.mark.lab]

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = Path(os.environ.get("LAB_CHAPTER", ROOT / "book" / "attention" / "scaled-dot-product.ipynb"))
RUN_SECONDS = 180
EXPLORABLE = "application/vnd.minillm.explorable+json"
ERRORS = ".jp-OutputArea-output[data-mime-type*=error]"


def choose(page, menu, entry):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


@pytest.fixture(scope="module")
def lab(browser, open_in_lab):
    """The chapter in JupyterLab, with its stored outputs cleared and then every cell run by the menu."""
    page, watch = new_page(browser, 1400, 1000)
    page.goto(open_in_lab(CHAPTER))
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60_000)
    page.wait_for_selector("#jp-main-statusbar >> text=/Idle/", timeout=60_000)
    choose(page, "Edit", "Clear Outputs of All Cells")
    assert tools.wait_until(page, lambda: page.locator(".jp-Notebook .jp-OutputArea-output").count() == 0, 10)
    choose(page, "Run", "Run All Cells")
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
    errors = page.locator(ERRORS)
    finished = tools.wait_until(
        page, lambda: (prompts.last.text_content() or "").strip("[]: ").isdigit() or errors.count() > 0, RUN_SECONDS
    )
    assert finished, (prompts.all_text_contents(), page.locator("#jp-main-statusbar").inner_text())
    yield page, watch
    page.context.close()


def test_every_cell_runs(lab):
    page, _ = lab
    assert page.locator(ERRORS).all_inner_texts() == []
    total = page.locator(".jp-Notebook .jp-CodeCell").count()
    hidden = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPlaceholder").count()
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").all_text_contents()
    numbers = [int(prompt.strip("[]: ")) for prompt in prompts if prompt.strip()]
    assert numbers == sorted(numbers)
    assert len(numbers) + hidden == total == numbers[-1]


def test_every_explorable_is_live_and_drawn(lab):
    page, _ = lab
    outputs = [output for _, cell in Page(read(CHAPTER), CHAPTER).code for output in cell.outputs]
    expected = sum(EXPLORABLE in output.get("data", {}) for output in outputs)
    assert expected > 0
    assert tools.wait_until(page, lambda: page.locator(tools.EXPLORABLES).count() == expected, tools.DRAW_SECONDS)
    for explorable in page.query_selector_all(tools.EXPLORABLES):
        explorable.scroll_into_view_if_needed()
        assert tools.wait_until(page, lambda explorable=explorable: tools.is_drawn(explorable), tools.DRAW_SECONDS)
    assert "Error displaying widget" not in page.locator(".jp-Notebook").inner_text()


def test_every_figure_is_drawn(lab):
    page, _ = lab
    for figure in page.query_selector_all(".js-plotly-plot"):
        figure.scroll_into_view_if_needed()
        assert tools.wait_until(page, lambda figure=figure: tools.plotted_marks(figure) > 0, tools.DRAW_SECONDS)


def test_the_first_explorable_responds(lab):
    page, _ = lab
    explorable = page.query_selector(tools.EXPLORABLES)
    explorable.scroll_into_view_if_needed()
    assert tools.controls(explorable)
    assert tools.dead_controls(explorable) == []


def test_nothing_comes_from_outside(lab):
    _, watch = lab
    assert watch.outside == []
    assert watch.errors == []
