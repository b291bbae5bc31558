"""The page of the book that lists how long each notebook runs and how much memory it takes.

The page is its own record: one table row per notebook, replaced whenever that notebook is executed.
"""

from __future__ import annotations

import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "book" / "reference" / "run-times.md"
HEAD = """# How long each chapter runs

Every notebook of this book is executed from top to bottom in a fresh kernel, on two threads of an ordinary
processor, before it is published. This is what the last run of each one took. A notebook may take at most
90 seconds and 2,048 MB.

| notebook | seconds | memory at most, MB | Python | torch | date |
|---|---:|---:|---|---|---|
"""
ROW = re.compile(r"^\| \[(?P<name>[^]]+)\]\([^)]*\) \| (?P<seconds>[\d.]+) \| (?P<megabytes>[\d,]+) \|.*\|$", re.M)


def record(name: str, seconds: float, peak_bytes: int, page: Path = PAGE) -> None:
    """Put one notebook's last run into the page."""
    rows = read_rows(page)
    rows[name] = (
        f"| [{name}](../{name}.ipynb) | {seconds:.0f} | {peak_bytes / 2**20:,.0f} "
        f"| {platform.python_version()} | {version('torch').split('+')[0]} | {date.today()} |"
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(HEAD + "\n".join(rows[name] for name in sorted(rows)) + "\n", encoding="utf-8")


def read_rows(page: Path = PAGE) -> dict[str, str]:
    """The table's rows by notebook."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    return {match["name"]: match.group() for match in ROW.finditer(text)}


def read_limits(page: Path = PAGE) -> dict[str, tuple[float, float]]:
    """Seconds and megabytes by notebook."""
    matches = (ROW.match(row) for row in read_rows(page).values())
    return {m["name"]: (float(m["seconds"]), float(m["megabytes"].replace(",", ""))) for m in matches if m}
