"""The built site, served from memory of this machine only, and a browser to look at it.

BOOK_SITE=FOLDER tests a site that is already built, instead of building one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser
from sphinx_external_toc.parsing import parse_toc_yaml

from tests.chromium import chromium

ROOT = Path(__file__).resolve().parents[2]
TOC = ROOT / "_toc.yml"
# What Sphinx makes besides the pages of the table of contents.
EXTRA_PAGES = ["search", "genindex", "py-modindex"]
FRONT_DOOR = "index"


def page_names() -> list[str]:
    """Every page of the site, by its place below the site's folder, without the ending."""
    if folder := os.environ.get("BOOK_SITE"):
        return built_pages(Path(folder))
    listed = list(parse_toc_yaml(TOC)) if TOC.exists() else []
    return list(dict.fromkeys([*listed, *EXTRA_PAGES]))


def built_pages(site: Path) -> list[str]:
    """The pages in a site's folder. The front door leads on to the first page and has a test of its own."""
    names = (path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html"))
    return sorted(name for name in names if not name.startswith(("_static/", "_sources/")) and name != FRONT_DOOR)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that use `visit` run for every page by both ways of opening it, grouped so that each is opened once."""
    if "visit" in metafunc.fixturenames:
        ways = [(name, way) for name in page_names() for way in ("http", "file")]
        metafunc.parametrize("visit", ways, ids=lambda pair: "-".join(pair), indirect=True, scope="module")
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", page_names(), scope="module")


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site. Building again is quick where nothing changed; a warning fails."""
    if folder := os.environ.get("BOOK_SITE"):
        return Path(folder).resolve()
    build = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", build, "build", "-W", "--keep-going", str(ROOT)]
    (ROOT / "_build").mkdir(exist_ok=True)
    with FileLock(ROOT / "_build" / "site.lock"):  # of several test processes one builds, the others wait
        done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"the book does not build without warnings:\n{done.stdout[-3000:]}{done.stderr}"
    return ROOT / "_build" / "html"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The site by http, on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: Playwright keeps an event loop running, which notebook tests must not meet."""
    with chromium() as browser:
        yield browser
