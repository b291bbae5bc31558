"""The rules that every notebook of the book keeps. Each is a small function that yields what is wrong.

A rule takes a Page (one notebook and where it lies) and yields sentences a writer can act on. Rules in
CHAPTER_RULES apply to chapters only, which is every notebook but those called index.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

MAX_BYTES = 2**20
MAX_CODE_LINES = 25
MAX_EXEMPT_SHARE = 0.25
IMAGES = {"image/png", "image/jpeg"}
WIDGETS = {"application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"}
APPROXIMATELY = "\u2248"


@dataclass(frozen=True)
class Page:
    """One notebook, and the file it is in."""

    notebook: NotebookNode
    path: Path

    @property
    def code(self) -> list[tuple[int, NotebookNode]]:
        """Code cells with their positions among all cells."""
        return [(i, cell) for i, cell in enumerate(self.notebook.cells) if cell.cell_type == "code"]

    @property
    def markdown(self) -> list[tuple[int, NotebookNode]]:
        return [(i, cell) for i, cell in enumerate(self.notebook.cells) if cell.cell_type == "markdown"]

    @property
    def is_chapter(self) -> bool:
        return self.path.stem != "index"


Rule = Callable[[Page], Iterator[str]]


def problems(notebook: NotebookNode, path: Path) -> Iterator[str]:
    """Every broken rule of one notebook, each as a sentence that says where and what to do."""
    page = Page(notebook, path)
    for rule in RULES + (CHAPTER_RULES if page.is_chapter else []):
        yield from rule(page)


def where(index: int, cell: NotebookNode) -> str:
    first_line = cell.source.strip().splitlines()[0][:50] if cell.source.strip() else "(empty)"
    return f"cell {index} `{first_line}`"


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def strings(value: Any) -> Iterator[str]:
    """Every string inside a JSON-like value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def asserts(cell: NotebookNode) -> bool:
    """Whether the cell holds its numbers to something: an assert statement, or the `approx` helper."""
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and called_name(node) == "approx")
        for node in ast.walk(ast.parse(cell.source))
    )


def called_name(call: ast.Call) -> str:
    """`check` for both check(...) and exercises.check(...)."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def calls(cell: NotebookNode, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Call) and called_name(node) == name:
            yield node


# --- outputs that can be compared ------------------------------------------------------------------


def every_cell_was_run(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        if not cell.source.strip():
            yield f"cell {index} is empty; delete it"
    unrun = [where(index, cell) for index, cell in page.code if cell.source.strip() and cell.execution_count is None]
    if unrun:
        yield f"{len(unrun)} cells were never run, so nothing compares them; run the notebook: {', '.join(unrun[:3])}"


def execution_counts_are_in_order(page: Page) -> Iterator[str]:
    counts = [cell.execution_count for _, cell in page.code]
    if None not in counts and counts != list(range(1, len(counts) + 1)):
        yield f"execution counts are {counts}, not 1 to {len(counts)}; run the notebook from top to bottom"


def no_output_is_only_an_image(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        for output in cell.outputs:
            kinds = set(output.get("data", {}))
            if kinds & IMAGES and not kinds - IMAGES - {"text/plain"}:
                yield f"{where(index, cell)} shows only an image, which nothing compares; use minillm.figures"


def no_output_is_replaced(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        for word in ("clear_output", "update_display", "display_id"):
            if word in cell.source:
                yield f"{where(index, cell)} uses {word}; replaced outputs escape comparison"


def no_widget_is_stored(page: Page) -> Iterator[str]:
    if "widgets" in page.notebook.metadata:
        yield "the notebook's metadata stores widgets; normalize it"
    for index, cell in page.code:
        if any(set(output.get("data", {})) & WIDGETS for output in cell.outputs):
            yield f"{where(index, cell)} stores a widget view, an error without its model; normalize"


def no_error_is_stored(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in tags(cell):
            yield f"{where(index, cell)} stores an error; repair it, or tag it raises-exception if meant"


def no_output_loads_a_script(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        if any("<script" in output.get("data", {}).get("text/html", "") for output in cell.outputs):
            yield f"{where(index, cell)} outputs HTML with a script; show figures through minillm.figures"


def exemptions_are_few_and_asserted(page: Page) -> Iterator[str]:
    cells = [cell for _, cell in page.code]
    exempt = [i for i, cell in enumerate(cells) if "nbval-ignore-output" in tags(cell)]
    if len(exempt) > MAX_EXEMPT_SHARE * len(cells):
        yield f"{len(exempt)} of {len(cells)} code cells are tagged nbval-ignore-output; a quarter may be"
    for i in exempt:
        if not any(asserts(cell) for cell in cells[i : i + 2]):
            yield f"code cell {i + 1} is exempt from comparison: assert something in it or in the next"
    for index, cell in page.code:
        if "nbval-skip" in tags(cell) or re.search(r"^\s*#\s*(NBVAL|PYTEST_VALIDATE)_", cell.source, re.M):
            yield f"{where(index, cell)} skips comparison; only the tag nbval-ignore-output may do so"


def approximate_numbers_are_asserted(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        printed = any(APPROXIMATELY in text for output in cell.outputs for text in strings(dict(output)))
        if printed and not asserts(cell):
            yield f"{where(index, cell)} prints {APPROXIMATELY} but holds the number to no band; use approx()"


# --- form ------------------------------------------------------------------------------------------


def size_is_small(page: Page) -> Iterator[str]:
    if page.path.exists() and page.path.stat().st_size > MAX_BYTES:
        yield f"the file has {page.path.stat().st_size / 2**20:.2f} MB; at most 1 MB"


def code_is_short_plain_python(page: Page) -> Iterator[str]:
    for index, cell in page.code:
        if re.match(r"\s*[%!]|.*\n[%!]", cell.source):
            yield f"{where(index, cell)} uses a magic or a shell command, which not every front end has"
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > MAX_CODE_LINES:
            yield f"{where(index, cell)} has {len(lines)} lines of code; split it (about 20 at most)"


MYST = {
    "a role": r"(?<!`)\{[a-zA-Z][\w:.+-]*\}`[^`\n]+`",
    "a directive": r"^\s*(```+|~~~+|:::+)\s*\{",
    "a label": r"^\([\w:. -]+\)=\s*$",
    "an equation label": r"\$\$\s*\([\w:.-]+\)\s*$",
    "a substitution": r"\{\{\s*[a-zA-Z_]\w*\s*\}\}",
    "a block break": r"^\+\+\+(\s|$)",
}


def text_is_plain_markdown(page: Page) -> Iterator[str]:
    for index, cell in page.markdown:
        for what, pattern in MYST.items():
            if found := re.search(pattern, cell.source, re.M):
                yield f"{where(index, cell)} holds {what}, which Lab shows as text: {found.group().strip()}"


LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")


def links_are_relative_and_lead_somewhere(page: Page) -> Iterator[str]:
    for index, cell in page.markdown:
        for target in LINK.findall(without_code(cell.source)):
            if re.match(r"https?://|mailto:|#", target):
                continue
            file = target.split("#")[0]
            if target.startswith("/") or ":" in file:
                yield f"{where(index, cell)} links to {target}; write a path relative to the notebook"
            elif not (page.path.parent / file).exists():
                yield f"{where(index, cell)} links to {target}, which does not exist"


def without_code(markdown: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.S)


def cells_have_stable_ids(page: Page) -> Iterator[str]:
    ids = [cell.get("id") for cell in page.notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield "a cell has no id, or two have the same; run the notebook through tools.notebooks"


# --- what a chapter is -----------------------------------------------------------------------------


def chapter_opens_with_title_question_and_box(page: Page) -> Iterator[str]:
    opening = "\n\n".join(cell.source for _, cell in page.markdown[:4])
    if not re.match(r"# \S", opening):
        yield "the first cell does not open with `# Title`"
    if "?" not in opening:
        yield "no question near the title: say in a sentence what the chapter answers"
    box = "\n".join(re.findall(r"^>.*$", opening, re.M))
    for what, pattern in {
        "what the reader will be able to do": r"(?i)able to|you can",
        "minutes to read": r"(?i)\d+\s+minutes?\b",
        "seconds to run": r"(?i)\d+\s+seconds?\b",
    }.items():
        if not re.search(pattern, box):
            yield f"the box (a blockquote in the first cells) does not give {what}"


def chapter_has_its_closing_parts(page: Page) -> Iterator[str]:
    headings = re.findall(r"^##+ +(.*?)\s*$", "\n".join(cell.source for _, cell in page.markdown), re.M)
    for what, pattern in {
        "Exercises": r"Exercises?$",
        "Quiz": r"Quiz",
        "Summary": r"Summary",
        "What to read next": r"(What to r|R)ead next|Further reading",
    }.items():
        if not any(re.match(pattern, heading, re.I) for heading in headings):
            yield f"no heading `## {what}`"
    if not any(calls_quiz for _, cell in page.code for calls_quiz in calls(cell, "quiz")):
        yield "no cell shows the quiz with quiz(...)"


@dataclass(frozen=True)
class Exercise:
    """One exercise of a chapter: the name it is checked under, the reader's stub and the worked solution."""

    name: str
    answer: str
    solution: NotebookNode | None


def exercises(page: Page) -> list[Exercise]:
    """The exercises of a chapter in order, each with the solution cell that follows it."""
    found: list[Exercise] = []
    for _, cell in page.code:
        if "solution" in tags(cell):
            waiting = [i for i, exercise in enumerate(found) if exercise.solution is None]
            for i in waiting:
                if defines(cell, found[i].answer + "_solution"):
                    found[i] = Exercise(found[i].name, found[i].answer, cell)
        else:
            for call in calls(cell, "check"):
                name, answer = [*call.args, None, None][:2]
                if isinstance(name, ast.Constant) and isinstance(answer, ast.Name):
                    found.append(Exercise(str(name.value), answer.id, None))
    return found


def defines(cell: NotebookNode, name: str) -> bool:
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return True
        if isinstance(node, ast.Assign) and any(getattr(t, "id", None) == name for t in node.targets):
            return True
    return False


def exercises_have_stub_check_and_solution(page: Page) -> Iterator[str]:
    found = exercises(page)
    if not 3 <= len(found) <= 6:
        yield f"{len(found)} exercises, each known by check('chapter.name', name); a chapter has three to six"
    for exercise in found:
        if not any(defines(cell, exercise.answer) for _, cell in page.code):
            yield f"exercise {exercise.name}: no cell defines the stub {exercise.answer}"
        if exercise.solution is None:
            yield f"exercise {exercise.name}: no `solution` cell after it defines {exercise.answer}_solution"
        elif not exercise.solution.metadata.get("jupyter", {}).get("source_hidden"):
            yield f"exercise {exercise.name}: the solution is not hidden; normalize the notebook"


RULES: list[Rule] = [
    every_cell_was_run,
    execution_counts_are_in_order,
    no_output_is_only_an_image,
    no_output_is_replaced,
    no_widget_is_stored,
    no_error_is_stored,
    no_output_loads_a_script,
    exemptions_are_few_and_asserted,
    approximate_numbers_are_asserted,
    size_is_small,
    code_is_short_plain_python,
    text_is_plain_markdown,
    links_are_relative_and_lead_somewhere,
    cells_have_stable_ids,
]
CHAPTER_RULES: list[Rule] = [
    chapter_opens_with_title_question_and_box,
    chapter_has_its_closing_parts,
    exercises_have_stub_check_and_solution,
]
