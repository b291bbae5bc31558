"""Every notebook of the book keeps every rule, and every rule catches what it is there for."""

import copy

import nbformat
import nbformat.v4 as nbf
import pytest

from tools import notebook_rules as rules
from tools import run_times
from tools.notebook_rules import CHAPTER_RULES, RULES, Page
from tools.notebooks import from_text, normalize, read, short_name, to_text, write

BOX = "> You will be able to count. Read first: nothing. 5 minutes to read, 3 seconds to run."


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps_rule(page, rule):
    assert list(rule(page)) == []


@pytest.mark.parametrize("rule", CHAPTER_RULES, ids=lambda rule: rule.__name__)
def test_chapter_keeps_rule(chapter, rule):
    assert list(rule(chapter)) == []


def test_notebook_is_normalized(page):
    assert normalize(copy.deepcopy(page.notebook)) == page.notebook


def test_last_run_is_recorded_and_fits_in_memory(page):
    """How long it took is for readers to see; a test of it would fail on a busy machine."""
    _, megabytes = run_times.read_limits()[short_name(page.path)]
    assert megabytes <= 2048


# --- the rules themselves --------------------------------------------------------------------------


def code(source, outputs=(), count=1, tags=()):
    cell = nbf.new_code_cell(source, execution_count=count, outputs=list(outputs))
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def stream(text):
    return nbf.new_output("stream", name="stdout", text=text)


def shown(**data):
    return nbf.new_output("display_data", data={kind.replace("_", "/", 1): value for kind, value in data.items()})


def good_cells():
    """A small chapter that keeps every rule."""
    cells = [nbf.new_markdown_cell("# Counting\n\nHow many are there?"), nbf.new_markdown_cell(BOX)]
    cells += [nbf.new_markdown_cell("See [the next page](other.md) and $\\frac{1}{2}$ and `{name}`, literally.")]
    cells += [code("print(approx(1.5, 1, 2))", [stream("\u2248 1.5\n")])]
    cells += [nbf.new_markdown_cell("## Exercises")]
    for name in ("one", "two", "three"):
        cells.append(code(f"def {name}(x):\n    ...\n\n\ncheck('counting.{name}', {name})"))
        cells.append(code(f"def {name}_solution(x):\n    return x", tags=["solution"]))
    cells += [nbf.new_markdown_cell("## Quiz"), code("quiz('counting')"), nbf.new_markdown_cell("## Summary")]
    cells += [nbf.new_markdown_cell("## What to read next")]
    return cells


def chapter_of(cells, folder):
    notebook = normalize(nbf.new_notebook(cells=copy.deepcopy(cells)))
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count if cell.execution_count is not None else None
    (folder / "other.md").write_text("")
    path = folder / "counting.ipynb"
    write(notebook, path)
    return Page(notebook, path)


def test_good_chapter_breaks_no_rule(tmp_path):
    page = chapter_of(good_cells(), tmp_path)
    assert list(rules.problems(page.notebook, page.path)) == []


PNG = {"image_png": "iVBOR"}
BROKEN = {
    "every_cell_was_run": code("x = 1", count=None),
    "no_output_is_only_an_image": code("plot()", [shown(text_plain="<Figure>", **PNG)]),
    "no_output_is_replaced": code("clear_output(wait=True)"),
    "no_error_is_stored": code("1 / 0", [nbf.new_output("error", ename="E", evalue="", traceback=[])]),
    "no_output_loads_a_script": code("show()", [shown(text_html="<div></div><script src='x.js'></script>")]),
    "approximate_numbers_are_asserted": code("print(x)", [stream("\u2248 1.5")]),
    "exemptions_are_few_and_asserted": code("train()", tags=["nbval-ignore-output"]),
    "code_is_short_plain_python": code("%timeit x"),
    "text_is_plain_markdown": nbf.new_markdown_cell("See {doc}`there`."),
    "links_are_relative_and_lead_somewhere": nbf.new_markdown_cell("See [there](nowhere.md)."),
    "size_is_small": nbf.new_markdown_cell("x" * 2**20),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_rule_catches_a_bad_cell(rule, tmp_path):
    page = chapter_of([*good_cells(), BROKEN[rule], code("y = 2")], tmp_path)
    assert len(list(getattr(rules, rule)(page))) == 1


@pytest.mark.parametrize("text", [
    "```{note}\ntext\n```", ":::{note}\n:::", "(my-label)=\n# Title", "$$ x $$ (eq)", "{{ name }}", "+++ break",
    "[there](/absolute.md)", "[there](file:///x)", "![picture](missing.png)",
])  # fmt: skip
def test_more_bad_text(text, tmp_path):
    page = chapter_of([*good_cells(), nbf.new_markdown_cell(text)], tmp_path)
    found = [*rules.text_is_plain_markdown(page), *rules.links_are_relative_and_lead_somewhere(page)]
    assert len(found) == 1


@pytest.mark.parametrize("bad", [
    code("x = 1\n# NBVAL_IGNORE_OUTPUT"), code("x = 1\n# NBVAL_SKIP"), code("x = 1", tags=["nbval-skip"]),
])  # fmt: skip
def test_uncounted_exemptions_are_refused(bad, tmp_path):
    page = chapter_of([*good_cells(), bad], tmp_path)
    assert len(list(rules.exemptions_are_few_and_asserted(page))) == 1


def test_exemptions_are_counted(tmp_path):
    exempt = [code("assert x", tags=["nbval-ignore-output"]) for _ in range(4)]
    two = chapter_of([*good_cells(), *exempt[:2]], tmp_path)
    assert not list(rules.exemptions_are_few_and_asserted(two))
    four = chapter_of([*good_cells(), *exempt], tmp_path)
    assert "4 of 12" in next(rules.exemptions_are_few_and_asserted(four))


def test_sign_inside_json_is_found(tmp_path):
    figure = shown(**{"application_vnd.plotly.v1+json": {"layout": {"title": {"text": "\u2248 2"}}}})
    page = chapter_of([*good_cells(), code("show()", [figure])], tmp_path)
    assert len(list(rules.approximate_numbers_are_asserted(page))) == 1


def test_counts_out_of_order_are_refused(tmp_path):
    page = chapter_of(good_cells(), tmp_path)
    page.code[0][1].execution_count = 7
    assert len(list(rules.execution_counts_are_in_order(page))) == 1


def test_stored_widgets_are_refused(tmp_path):
    page = chapter_of(good_cells(), tmp_path)
    page.notebook.metadata["widgets"] = {}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    page.code[0][1].outputs = [nbformat.from_dict(nbf.new_output("display_data", data=widget))]
    assert len(list(rules.no_widget_is_stored(page))) == 2


def test_equal_ids_are_refused(tmp_path):
    page = chapter_of(good_cells(), tmp_path)
    page.notebook.cells[0]["id"] = page.notebook.cells[1]["id"]
    assert len(list(rules.cells_have_stable_ids(page))) == 1


@pytest.mark.parametrize(("gone", "complaint"), [
    ("# Counting", "# Title"), (BOX, "box"), ("## Exercises", "Exercises"), ("## Quiz", "Quiz"),
    ("quiz('counting')", "quiz"), ("## Summary", "Summary"), ("## What", "read next"),
    ("def two_solution", "two_solution"), ("def one(x)", "2 exercises"),
])  # fmt: skip
def test_missing_part_of_a_chapter_is_named(gone, complaint, tmp_path):
    cells = [cell for cell in good_cells() if not cell.source.startswith(gone)]
    page = chapter_of(cells, tmp_path)
    found = [problem for rule in CHAPTER_RULES for problem in rule(page)]
    assert any(complaint in problem for problem in found), found


# --- the tool --------------------------------------------------------------------------------------


def test_normalizing_twice_changes_nothing(tmp_path):
    once = chapter_of(good_cells(), tmp_path).notebook
    assert normalize(copy.deepcopy(once)) == once


def test_normalizing_drops_what_is_live_and_hides_solutions():
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "slider"}
    cell = code("slider()", [nbf.new_output("display_data", data=widget)], tags=["solution"])
    cell.metadata["execution"] = {"iopub.execute_input": "2026-01-01"}
    notebook = normalize(nbf.new_notebook(cells=[cell], metadata={"widgets": {}}))
    assert list(notebook.metadata) == ["kernelspec", "language_info"]
    (cell,) = notebook.cells
    assert cell.outputs[0]["data"] == {"text/plain": "slider"}
    assert cell.metadata == {
        "tags": ["hide-cell", "solution"], "jupyter": {"source_hidden": True}, "cellView": "form"
    }  # fmt: skip


def test_run_times_replace_the_row_of_a_notebook(tmp_path):
    page = tmp_path / "run-times.md"
    run_times.record("b/two", 12.4, 300 * 2**20, page)
    run_times.record("a/one", 1.0, 2**30, page)
    run_times.record("b/two", 61.0, 3 * 2**30, page)
    assert run_times.read_limits(page) == {"a/one": (1.0, 1024.0), "b/two": (61.0, 3072.0)}
    assert list(run_times.read_rows(page)) == ["a/one", "b/two"]


@pytest.mark.parametrize("ending", [".py", ".md"])
def test_text_and_back_changes_nothing(tmp_path, ending):
    page = chapter_of(good_cells(), tmp_path)
    before = page.path.read_text(encoding="utf-8")
    to_text(str(page.path), tmp_path / f"draft{ending}")
    from_text(tmp_path / f"draft{ending}", str(page.path))
    assert page.path.read_text(encoding="utf-8") == before


def test_text_without_ids_keeps_ids_and_outputs_of_unchanged_cells(tmp_path):
    page = chapter_of(good_cells(), tmp_path)
    draft = tmp_path / "draft.py"
    draft.write_text('# %% [markdown]\n# # New title\n\n# %%\nprint(approx(1.5, 1, 2))\n\n# %% id="mine"\nz = 3\n')
    from_text(draft, str(page.path))
    title, printing, new = read(page.path).cells
    assert printing["id"] == page.code[0][1]["id"]
    assert printing.outputs[0].text == "\u2248 1.5\n"
    assert (new["id"], new.execution_count, new.outputs) == ("mine", None, [])
    assert title.source == "# New title"
