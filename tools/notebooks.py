"""Execute, normalize, check and edit the book's notebooks.

    python -m tools.notebooks run NAME...           execute in a fresh kernel, normalize, check the rules
    python -m tools.notebooks check NAME...         check the rules only
    python -m tools.notebooks normalize NAME...     remove what changes from run to run, without running
    python -m tools.notebooks to-text NAME DRAFT    write a text version to edit (DRAFT ends in .py or .md)
    python -m tools.notebooks from-text DRAFT NAME  put the text back, keeping ids and outputs

NAME is a path, or a path below book/ without the ending: attention/scaled-dot-product. The first three take
all notebooks of the book when none is named. CONTRIBUTING.md tells how a chapter is written.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import jupytext
import nbformat
import tyro
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbval.plugin import coalesce_streams

from tools import run_times
from tools.kernel_environment import kernel_environment, peak_memory
from tools.notebook_rules import problems

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
CELL_TIMEOUT_SECONDS = 180
LIVE_ONLY = ("application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json")
KEPT_CELL_METADATA = ("tags", "jupyter", "cellView")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}


def find(name: str) -> Path:
    """The notebook called `name`: a path as given, or a path below book/ with or without its ending."""
    for folder in (Path.cwd(), ROOT, BOOK):
        for ending in ("", ".ipynb"):
            path = folder / (name + ending)
            if path.is_file() and path.suffix == ".ipynb":
                return path
    raise SystemExit(f"No notebook {name!r}. There are: {', '.join(map(short_name, all_notebooks()))}")


def all_notebooks() -> list[Path]:
    return sorted(path for path in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)


def short_name(path: Path) -> str:
    """`attention/scaled-dot-product` for a notebook in the book, else its path."""
    path = path.resolve()
    return path.relative_to(BOOK).with_suffix("").as_posix() if path.is_relative_to(BOOK) else str(path)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def write(notebook: NotebookNode, path: Path) -> None:
    nbformat.validate(notebook)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


# --- normalizing -----------------------------------------------------------------------------------


def normalize(notebook: NotebookNode) -> NotebookNode:
    """In place: only what a reader sees and nbval compares stays, so that two equal runs give equal files."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    give_ids(notebook)
    for cell in notebook.cells:
        cell.metadata = normal_metadata(cell.metadata)
        if cell.cell_type == "code":
            cell.outputs = normal_outputs(cell.outputs, cell.execution_count)
    return notebook


def normal_metadata(metadata: dict[str, Any]) -> NotebookNode:
    kept = {key: metadata[key] for key in KEPT_CELL_METADATA if metadata.get(key)}
    if "solution" in kept.get("tags", []):
        kept["tags"] = sorted({*kept["tags"], "hide-cell"})
        kept["jupyter"] = {"source_hidden": True}
        kept["cellView"] = "form"
    return nbformat.from_dict(kept)


def normal_outputs(outputs: list[NotebookNode], execution_count: int | None) -> list[NotebookNode]:
    kept = []
    for output in coalesce_streams(outputs) or []:
        if "data" in output:
            for mime in LIVE_ONLY:
                output.data.pop(mime, None)
            if not output.data:
                continue
            output.metadata = nbformat.from_dict({})
        if output.output_type == "execute_result":
            output.execution_count = execution_count
        kept.append(output)
    return kept


def give_ids(notebook: NotebookNode) -> None:
    """A cell without an id of its own gets one made from its text, the same on every machine."""
    taken: set[str] = set()
    for cell in notebook.cells:
        wanted = str(cell.metadata.pop("id", "") or cell.get("id") or content_id(cell.source))
        unique, number = wanted, 1
        while unique in taken:
            number += 1
            unique = f"{wanted}-{number}"
        cell["id"] = unique
        taken.add(unique)


def content_id(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:8]


# --- executing -------------------------------------------------------------------------------------


def execute(notebook: NotebookNode, folder: Path) -> tuple[float, int]:
    """Run every cell in a fresh kernel. Returns the seconds taken and the kernel's peak memory in bytes."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    os.environ.update(kernel_environment())
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        store_widget_state=False,
    )
    with client.setup_kernel():
        start = time.perf_counter()
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - start
        kernel: Any = client.km
        return seconds, peak_memory(kernel.provisioner.pid)


def report(path: Path) -> bool:
    """Print every broken rule of one notebook; True when there is none."""
    found = list(problems(read(path), path))
    for problem in found:
        print(f"{short_name(path)}: {problem}", file=sys.stderr)
    return not found


# --- commands --------------------------------------------------------------------------------------


def run(names: tyro.conf.Positional[tuple[str, ...]]) -> None:
    """Execute notebooks in fresh kernels, normalize them, record time and memory, check the rules.

    Args:
        names: which notebooks; all of the book when none is named.
    """
    fine = True
    for path in [find(name) for name in names] or all_notebooks():
        notebook = read(path)
        seconds, peak = execute(notebook, path.parent)
        write(normalize(notebook), path)
        print(f"{short_name(path)}: {seconds:.1f} s, {peak / 2**20:.0f} MB at most")
        if path.is_relative_to(BOOK):
            run_times.record(short_name(path), seconds, peak)
        fine &= report(path)
    sys.exit(not fine)


def check(names: tyro.conf.Positional[tuple[str, ...]]) -> None:
    """Check notebooks against the rules of the book, without running them.

    Args:
        names: which notebooks; all of the book when none is named.
    """
    paths = [find(name) for name in names] or all_notebooks()
    results = [report(path) for path in paths]
    print(f"{len(paths)} notebooks checked, {results.count(False)} with problems")
    sys.exit(not all(results))


def normalize_command(names: tyro.conf.Positional[tuple[str, ...]]) -> None:
    """Normalize notebooks that were saved by hand, without running them.

    Args:
        names: which notebooks; all of the book when none is named.
    """
    for path in [find(name) for name in names] or all_notebooks():
        write(normalize(read(path)), path)


def to_text(
    name: tyro.conf.Positional[str],
    text: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="DRAFT")],
) -> None:
    """Write a text version of a notebook, to edit in any editor.

    Args:
        name: which notebook.
        text: the file to write: .py (cells between `# %%` lines) or .md.
    """
    notebook = read(find(name))
    for cell in notebook.cells:
        cell.metadata["id"] = cell["id"]
        for key in ("jupyter", "cellView"):
            cell.metadata.pop(key, None)
        if "solution" in cell.metadata.get("tags", []):
            cell.metadata.tags = [tag for tag in cell.metadata.tags if tag != "hide-cell"]
    notebook.metadata.jupytext = {"cell_metadata_filter": "id,tags", "notebook_metadata_filter": "-all"}
    jupytext.write(notebook, text, fmt="py:percent" if text.suffix == ".py" else "md")


def from_text(
    text: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="DRAFT")],
    name: tyro.conf.Positional[str],
) -> None:
    """Put a text version back into its notebook. Cells that did not change keep their id and outputs.

    Args:
        text: the edited text version.
        name: the notebook to update; a path below book/ without the ending makes a new one.
    """
    draft = jupytext.read(text, fmt="py:percent" if text.suffix == ".py" else "md")
    path = Path(name) if name.endswith(".ipynb") else BOOK / f"{name}.ipynb"
    for cell in draft.cells:
        cell.pop("id", None)
    if path.exists():
        carry_over(read(path).cells, draft.cells)
    write(normalize(draft), path)
    print(f"Wrote {path}. Now: python -m tools.notebooks run {short_name(path)}")


def carry_over(old: list[NotebookNode], new: list[NotebookNode]) -> None:
    """Give the new cells the ids and outputs of the old cells that they continue."""
    by_id = {cell["id"]: cell for cell in old}
    pairs = [(by_id[cell.metadata["id"]], cell) for cell in new if cell.metadata.get("id") in by_id]
    matched = {id(cell) for pair in pairs for cell in pair}
    old = [cell for cell in old if id(cell) not in matched]
    new = [cell for cell in new if id(cell) not in matched and not cell.metadata.get("id")]
    keys = [[(cell.cell_type, cell.source) for cell in cells] for cells in (old, new)]
    matcher = difflib.SequenceMatcher(None, keys[0], keys[1], autojunk=False)
    for operation, i, i_end, j, j_end in matcher.get_opcodes():
        if operation == "equal" or (operation == "replace" and i_end - i == j_end - j):
            pairs += [pair for pair in zip(old[i:i_end], new[j:j_end], strict=True)
                      if pair[0].cell_type == pair[1].cell_type]  # fmt: skip
    for before, after in pairs:
        after["id"] = before["id"]
        if after.cell_type == before.cell_type == "code" and after.source == before.source:
            after.outputs, after.execution_count = before.outputs, before.execution_count


if __name__ == "__main__":
    commands: dict[str, Any] = {
        "run": run,
        "check": check,
        "normalize": normalize_command,
        "to-text": to_text,
        "from-text": from_text,
    }
    tyro.extras.subcommand_cli_from_dict(commands, prog="python -m tools.notebooks", description=__doc__)
