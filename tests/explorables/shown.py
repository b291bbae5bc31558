"""An explorable alone on a page that is opened from the disk, as the site would show it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from minillm.explorables.base import SCRIPTS, Explorable, opens, stylesheet
from minillm.explorables.weights_js import write_parts
from tests.chromium import new_page

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>explorable</title><link rel="stylesheet" href="explorables.css">
<meta name="viewport" content="width=device-width"><div class="ml-explorable" role="group" aria-label="LABEL">
<script type="application/json">DATA</script></div>
<script src="host.js"></script><script>minillm.mount(document.querySelector(".ml-explorable"))</script>"""


def copy_scripts(folder: Path) -> None:
    """Scripts and styles, laid out as on the site."""
    for script in SCRIPTS.rglob("*.js"):
        inside = script.relative_to(SCRIPTS)
        place = folder / ("" if inside.parts[0] in ("host.js", "engine") else "explorables") / inside
        place.parent.mkdir(exist_ok=True, parents=True)
        shutil.copy(script, place)
    (folder / "explorables.css").write_text(stylesheet(), encoding="utf-8")


def write_page(folder: Path, explorable: Explorable) -> Path:
    """The page with what it needs beside it."""
    copy_scripts(folder)
    for name in opens(explorable.data):
        write_parts(name, folder / "weights")
    data = json.dumps(explorable.to_json(), ensure_ascii=False).replace("<", "\\u003c")
    file = folder / f"{explorable.name}.html"
    file.write_text(PAGE.replace("DATA", data).replace("LABEL", explorable.name), encoding="utf-8")
    return file


@contextmanager
def shown(browser: Browser, folder: Path, explorable: Explorable, width: int = 1280) -> Iterator[Page]:
    """The page in a browser. At the end, nothing may have gone wrong in it, and nothing may have come from outside."""
    file = write_page(folder, explorable)
    page, watch = new_page(browser, width)
    page.goto(file.as_uri())
    page.wait_for_selector('[data-state="ready"]')
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()
    assert not watch.outside and not watch.failed and not watch.errors
