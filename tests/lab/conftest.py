"""A real JupyterLab server on copies of the chapters."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium
from tools.kernel_environment import kernel_environment

TOKEN = "a-token-for-this-test"
# All cells are laid out at once, so that they can be looked at; the server asks nothing.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
START_SECONDS = 60


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def write_settings(folder: Path) -> None:
    for name, values in SETTINGS.items():
        file = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))


@pytest.fixture(scope="module")
def open_in_lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """A function that copies a notebook to where the server runs and returns the address to open it at."""
    home = tmp_path_factory.mktemp("lab")
    work = home / "work"
    work.mkdir()
    write_settings(home / "settings")
    places = {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
               "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={work}",
               f"--IdentityProvider.token={TOKEN}"]  # fmt: skip
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        command, env=os.environ | kernel_environment() | places, stdout=log, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + START_SECONDS
    while not answers(f"{address}/api?token={TOKEN}"):
        if server.poll() is not None or time.monotonic() > end:
            pytest.fail(f"JupyterLab does not start:\n{(home / 'server.log').read_text()[-3000:]}")
        time.sleep(0.2)

    def copied(notebook: Path) -> str:
        shutil.copy(notebook, work / notebook.name)
        return f"{address}/lab/tree/{notebook.name}?token={TOKEN}"

    yield copied
    server.terminate()
    server.wait(timeout=30)
    log.close()
