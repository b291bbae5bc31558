"""One output, three homes: the MIME bundle, and the module that a notebook's front end runs, in a real browser."""

import base64
import json
import re
from pathlib import Path

import anywidget
import ipywidgets
import pytest

from minillm.explorables import Explorable, attention_explorer, base
from tests.chromium import chromium, new_page

HELLO = {"quiz": "hello", "title": "Hello", "questions": [
    {"id": "one", "prompt": "Is $d_k$ the `width`?", "options": [
        {"text": "Yes", "correct": True, "explanation": "It is."},
        {"text": "No", "correct": False, "explanation": "It is one."},
    ]},
]}  # fmt: skip


def hello(**options):
    return Explorable("quiz", HELLO, "A quiz that says hello.", **options)


# ---- Python ------------------------------------------------------------------------------------------------------


def test_the_bundle_serves_notebook_site_and_reader():
    bundle, _ = hello(tolerance=1e-3)._repr_mimebundle_()
    assert set(bundle) == {"application/vnd.jupyter.widget-view+json", base.MIME_TYPE, "text/plain"}
    assert bundle[base.MIME_TYPE] == {
        "name": "quiz",
        "data": HELLO,
        "alt": "A quiz that says hello.",
        "tolerance": 1e-3,
    }
    assert bundle["text/plain"] == "A quiz that says hello."
    json.dumps(bundle)


def test_what_the_site_needs_is_the_same_every_time():
    first, second = (hello()._repr_mimebundle_()[0] for _ in range(2))
    assert first[base.MIME_TYPE] == second[base.MIME_TYPE]


def test_ipython_shows_the_bundle_under_every_ipywidgets():
    """ipywidgets 7 shows itself by `_ipython_display_`, which would keep the other MIME types out of the notebook."""
    assert getattr(hello(), "_ipython_display_", None) is None


@pytest.mark.parametrize(
    ("view", "parts"),
    [(None, ({}, {})), ({"v": 1}, ({"v": 1}, {})), (({"v": 1}, {"m": 2}), ({"v": 1}, {"m": 2}))],
)
def test_both_forms_of_a_widgets_own_bundle_are_read(view, parts):
    class Widget(anywidget.AnyWidget):
        def _repr_mimebundle_(self, **kwargs):
            return view

    assert base._view(Widget()) == parts


def test_an_unknown_name_lists_what_there_is():
    with pytest.raises(ValueError, match=r"'quizz'.*quiz"):
        Explorable("quizz", {}, "A.")


def test_alt_text_is_required():
    with pytest.raises(ValueError, match="alt"):
        Explorable("quiz", {}, " ")


def test_the_engine_travels_only_with_what_opens_a_model():
    assert 'define("engine' not in hello().widget._esm
    for data in ({"model": "m"}, {"model": None}, {"models": ["m", "n"]}, {"tokenizer": "t"}):
        source = Explorable("quiz", data, "A.").widget._esm
        for path in (base.SCRIPTS / "engine").glob("*.js"):
            assert source.count(f'define("engine/{path.stem}"') == 1


@pytest.mark.parametrize("path", sorted(base.SCRIPTS.rglob("*.js")), ids=lambda path: path.stem)
def test_scripts_work_from_the_disk(path):
    """Browsers refuse fetch and modules to pages that were opened from a disk."""
    source = path.read_text(encoding="utf-8")
    for forbidden in ("fetch(", "import ", "XMLHttpRequest", "https://", "eval("):
        assert not any(line.lstrip().startswith(forbidden) or f" {forbidden}" in line
                       for line in source.splitlines() if not line.lstrip().startswith("//")), forbidden  # fmt: skip


def test_the_host_knows_every_part_of_the_engine():
    files = (base.SCRIPTS / "engine").glob("*.js")
    assert sorted([*json.loads(ENGINE), "client"]) == sorted(path.stem for path in files)


def test_what_a_script_may_open():
    assert base.opens({"model": None}) == base.opens({}) == []
    data = {"model": "a", "models": ["b", "a"], "tokenizer": "t"}
    assert base.opens(data) == ["a", "b", "t"]


def test_weights_travel_in_chunks_that_make_up_the_whole(monkeypatch):
    whole = bytes(range(256)) * 10
    monkeypatch.setattr("minillm.explorables.weights_js.weights_bytes", lambda name: whole)
    monkeypatch.setattr(base, "CHUNK_BYTES", 1000)
    messages = base.weight_messages("m")
    assert [(header["part"], header["parts"]) for header, _ in messages] == [(0, 3), (1, 3), (2, 3)]
    assert b"".join(chunk for _, chunk in messages) == whole


def test_a_model_that_is_not_there_is_answered_with_its_error(monkeypatch):
    sent = []
    widget = hello().widget
    monkeypatch.setattr(widget, "send", lambda message, buffers=None: sent.append(message))
    widget._answer(widget, {"type": "weights", "name": "no-such-model"}, [])
    assert [(message["type"], message["name"]) for message in sent] == [("error", "no-such-model")]
    assert "no-such-model" in sent[0]["message"]


def test_ipywidgets_is_a_version_that_the_project_supports():
    assert 7 <= int(ipywidgets.__version__.split(".")[0]) <= 8


# ---- the front end -------------------------------------------------------------------------------------------------

# A page in the way of a notebook's front end: it imports the module, and hands it a model and an element.
PAGE = """<!DOCTYPE html><html lang="en"><head><title>t</title><style>%s</style></head>
<body data-jp-theme-light="true"><main id="out"></main></body></html>"""
RENDER = """async ({source, data, alt, chunks}) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const module = (await import(url)).default;
  const listeners = new Set();
  const model = {
    get: (name) => ({data, alt})[name],
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
    send: (message) => chunks.forEach(([reply, bytes]) => setTimeout(() => {
      const buffer = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)).buffer;
      for (const each of [...listeners]) each(reply, [new DataView(buffer)]);
    })),
  };
  window.cleanup = module.render({model, el: document.getElementById("out")});
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def notebook(browser, tmp_path):
    """A function that runs a module as a notebook would, and gives the page and what went wrong in it."""
    page, watch = new_page(browser, width=390)
    file = Path(tmp_path) / "notebook.html"
    file.write_text(PAGE % base.stylesheet(), encoding="utf-8")
    page.goto(file.as_uri())

    def render(source, data, alt="A.", chunks=()):
        encoded = [[header, base64.b64encode(chunk).decode()] for header, chunk in chunks]
        page.evaluate(RENDER, {"source": source, "data": data, "alt": alt, "chunks": encoded})
        return page

    yield render
    page.context.close()
    assert watch.errors == []
    assert watch.outside == []


@pytest.mark.browser
def test_a_quiz_answers_every_choice_and_remembers_it(notebook):
    page = notebook(hello().widget._esm, HELLO, hello().alt)
    assert page.get_by_role("group", name="A quiz that says hello.").is_visible()
    page.get_by_label("No").check()
    assert "Not quite. It is one." in page.locator(".ml-explanation").inner_text()
    assert "It is one." in page.locator("[aria-live=polite]").inner_text()
    page.get_by_label("Yes").focus()
    page.keyboard.press("Space")
    assert "Right. It is." in page.locator(".ml-explanation").inner_text()

    page.reload()
    page = notebook(hello().widget._esm, HELLO)
    assert page.get_by_label("Yes").is_checked()
    assert "Right. It is." in page.locator(".ml-explanation").inner_text()

    page.get_by_role("button", name="Start again").click()
    assert page.locator("input:checked").count() == 0
    assert page.locator(".ml-explanation:visible").count() == 0


@pytest.mark.browser
def test_math_and_code_are_set_without_the_help_of_the_page(notebook):
    page = notebook(hello().widget._esm, HELLO)
    legend = page.locator("legend")
    assert legend.inner_text() == "1. Is dk the width?"
    assert legend.locator("sub").inner_text() == "k"
    assert legend.locator("code").inner_text() == "width"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("tex", "shown"),
    [
        (r"\sqrt{d_k}", "√dk"),
        (r"QK^\top/\sqrt{d_k}", "QK⊤/√dk"),
        (r"\frac{1}{n}\sum_i x_i", "1/n∑ixi"),
        (r"p(x_{t+1} \mid x_{1:t})", "p(xt+1|x1:t)"),
    ],
)
def test_formulas_of_quizzes_are_legible_without_mathjax(notebook, tex, shown):
    data = HELLO | {"title": f"${tex}$"}
    page = notebook(hello().widget._esm, data)
    text = page.locator(".ml-title").inner_text()
    assert "".join(text.split()) == "".join(shown.split())


@pytest.mark.browser
@pytest.mark.parametrize(
    ("status", "lead"),
    [
        ("passed", "Passed."),
        ("failed", "Not yet."),
        ("error", "stopped with an error"),
        ("unwritten", "Not written yet."),
    ],
)
def test_the_result_of_a_check_is_told_in_words_and_hints_stay_closed(notebook, status, lead):
    data = {"exercise": "a.b", "status": status, "message": "The mask is missing.", "hints": ["Look at `mask`."]}
    page = notebook(base.module_source("exercise"), data)
    shown = page.locator(".ml-exercise").inner_text()
    assert lead in shown
    assert "The mask is missing." in shown
    assert page.get_by_text("Look at").is_visible() is False
    assert page.locator("details").count() == (status != "passed")


@pytest.mark.browser
def test_the_theme_of_the_notebook_is_followed(notebook):
    page = notebook(hello().widget._esm, HELLO)
    color = "getComputedStyle(document.querySelector('.ml-explorable')).backgroundColor"
    light = page.evaluate(color)
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert page.evaluate(color) != light


# An explorable that shows the bytes of a model, in the place of the engine's client.
ENGINE = re.search(r"const ENGINE = (\[[^\]]*\])", base._script("host"))[1]
SPY = """
for (const name of NAMES) minillm.define("engine/" + name, function () {});
minillm.define("engine/client", () => ({ connect: (parts, bytes) => Array.from(new Uint8Array(bytes)) }));
minillm.explorable("spy", (el, data, host) => {
  const seen = [];
  host.model("m", { onProgress: (fraction) => seen.push(fraction) })
    .then((bytes) => el.append(JSON.stringify({ bytes, seen })))
    .catch((error) => el.append("failed: " + error.message));
  return () => el.append("cleaned up");
});
export default minillm.widget("spy");
""".replace("NAMES", ENGINE)


@pytest.fixture
def spy():
    return base._script("host") + SPY


@pytest.mark.browser
def test_weights_from_the_kernel_arrive_whole_and_in_order(notebook, spy, monkeypatch):
    whole = bytes([7, 1, 255, 0, 42])
    monkeypatch.setattr("minillm.explorables.weights_js.weights_bytes", lambda name: whole)
    monkeypatch.setattr(base, "CHUNK_BYTES", 2)
    page = notebook(spy, {}, chunks=base.weight_messages("m")[::-1])
    page.wait_for_function("document.querySelector('.ml-explorable').innerText")
    shown = json.loads(page.locator(".ml-explorable").inner_text())
    assert shown["bytes"] == list(whole)
    assert shown["seen"] == pytest.approx([0, 1 / 3, 2 / 3, 1])


@pytest.mark.browser
def test_an_error_of_the_kernel_reaches_the_reader(notebook, spy):
    page = notebook(spy, {}, chunks=[({"type": "error", "name": "m", "message": "no such model"}, b"")])
    page.wait_for_function("document.querySelector('.ml-explorable').innerText")
    assert page.locator(".ml-explorable").inner_text() == "failed: no such model"


@pytest.mark.browser
def test_the_cleanup_of_an_explorable_is_handed_to_the_notebook(notebook, spy):
    page = notebook(spy, {})
    page.evaluate("cleanup()")
    assert "cleaned up" in page.locator(".ml-explorable").inner_text()


@pytest.mark.browser
def test_an_explorable_of_several_parts_runs_in_a_notebook(notebook):
    """Its parts travel in its module, and the kernel sends the weights."""
    explorable = attention_explorer("town-gpt", "Mia was a girl who loved to sing.", ablation=True)
    page = notebook(explorable.widget._esm, explorable.data, chunks=base.weight_messages("town-gpt"))
    page.get_by_role("switch", name="Layer 1, head 1").click()
    page.locator(".ml-att-columns li").first.wait_for()
    assert page.locator(".ml-att-columns h4").all_inner_texts() == ["All heads on", "1 head off"]
