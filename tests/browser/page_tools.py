"""What the browser tests ask a page: is it drawn, what does it show, what happens when a control is used."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import ElementHandle, Page, TimeoutError

FIGURES = ".ml-plotly"
EXPLORABLES = ".ml-explorable"
CONTROLS = "button:not(.modebar *), input:not([type=hidden]), select, textarea"
DRAW_SECONDS = 20
MODEL_SECONDS = 30

# An element's own picture: markup without what is only state of its controls, the pixels of its canvases, and the
# words said to screen readers. Two equal snapshots look and sound the same.
SNAPSHOT = """el => {
  const canvases = [...el.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL());
  const copy = el.cloneNode(true);
  copy.querySelectorAll("script, style").forEach((child) => child.remove());
  copy.querySelectorAll("input, textarea, select, option, button").forEach((child) => {
    for (const name of ["value", "checked", "selected", "aria-valuenow", "aria-valuetext"]) child.removeAttribute(name);
    if (child.tagName === "TEXTAREA") child.textContent = "";
  });
  return copy.outerHTML + canvases.join();
}"""

# Marks that can be seen: shapes with an area or a length and a paint, canvases with more than one color, images.
VISIBLE_MARKS = """el => {
  const seen = (node) => {
    const box = node.getBoundingClientRect(), style = getComputedStyle(node);
    const painted = style.fill !== "none" || (style.stroke !== "none" && parseFloat(style.strokeWidth) > 0);
    return box.width + box.height > 1 && style.visibility === "visible" && Number(style.opacity) > 0 && painted;
  };
  const kinds = ["path", "rect", "circle", "line", "polyline", "polygon", "text"];
  const shapes = [...el.querySelectorAll(kinds.map((kind) => `svg ${kind}`).join())];
  const images = [...el.querySelectorAll("svg image")].filter((image) => image.getBoundingClientRect().width > 1);
  const canvases = [...el.querySelectorAll("canvas")].filter((canvas) => {
    const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data || [];
    const colors = new Set();
    for (let i = 0; i + 3 < data.length && colors.size < 3; i += 4) colors.add(data.slice(i, i + 4).join());
    return colors.size > 1;
  });
  return shapes.filter(seen).length + images.length + canvases.length;
}"""

VISIBLE_TEXT = """el => {
  const fallback = el.querySelector(".ml-fallback");
  return fallback ? "" : el.innerText.trim();
}"""


def settle(page: Page) -> None:
    """Scroll through the whole page, as a reader does, so that everything that waits to be seen is drawn.

    Solutions are opened first: what lies in a closed one has no size.
    """
    page.evaluate("document.querySelectorAll('details:not(.ml-explorable *)').forEach((el) => { el.open = true; })")
    for selector in (FIGURES, EXPLORABLES):
        for element in page.query_selector_all(selector):
            element.scroll_into_view_if_needed()
            wait_until(page, lambda element=element: is_drawn(element), DRAW_SECONDS)
    page.evaluate("document.fonts.ready.then(() => true)")
    page.evaluate("window.MathJax?.startup?.promise?.then(() => true)")
    page.evaluate("scrollTo(0, 0)")


def is_drawn(element: ElementHandle) -> bool:
    """Whether a figure shows marks, or an explorable shows marks or text in place of its fallback."""
    if "ml-plotly" in (element.get_attribute("class") or ""):
        return element.query_selector(".main-svg") is not None and plotted_marks(element) > 0
    return element.evaluate(VISIBLE_MARKS) > 0 or len(element.evaluate(VISIBLE_TEXT)) > 20


def plotted_marks(figure: ElementHandle) -> int:
    """Marks of a figure's data, not of its axes."""
    layers = figure.query_selector_all(".plot, .polarlayer, .heatmaplayer, .barlayer, .scatterlayer, .pielayer")
    return sum(layer.evaluate(VISIBLE_MARKS) for layer in layers)


def wait_until(page: Page, condition: Callable[[], bool], seconds: float) -> bool:
    """Ask again until it is so; False when the time is over. The page's own waiting lets its requests be served."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        page.wait_for_timeout(50)
    return True


def page_of(element: ElementHandle) -> Page:
    frame = element.owner_frame()
    assert frame is not None
    return frame.page


def controls(explorable: ElementHandle) -> list[ElementHandle]:
    return [control for control in explorable.query_selector_all(CONTROLS) if control.is_visible()]


def describe(control: ElementHandle) -> str:
    return control.evaluate(
        "el => el.tagName.toLowerCase() + (el.type ? `[${el.type}] ` : ' ') + "
        "(el.getAttribute('aria-label') || el.innerText || el.labels?.[0]?.innerText || el.name || el.id)"
    )


def use(control: ElementHandle) -> None:
    """Use a control as a reader would: click, choose something else, move to the other end, type."""
    kind = control.evaluate("el => el.tagName === 'INPUT' ? el.type : el.tagName.toLowerCase()")
    control.scroll_into_view_if_needed()
    if kind == "range":
        control.evaluate("""el => {
          const middle = (Number(el.min || 0) + Number(el.max || 100)) / 2;
          el.value = Number(el.value) > middle ? el.min || 0 : el.max || 100;
          for (const name of ["input", "change"]) el.dispatchEvent(new Event(name, {bubbles: true}));
        }""")
    elif kind == "select":
        values = control.evaluate("el => [...el.options].filter((o) => !o.disabled && !o.selected).map((o) => o.value)")
        control.select_option(values[-1])
    elif kind in ("text", "search", "textarea"):
        control.fill("One winter day, ")
        if kind != "textarea":
            control.press("Enter")
    elif kind == "number":
        control.fill(control.evaluate("el => String(Number(el.value) === Number(el.max) ? el.min : el.max || 7)"))
        control.press("Enter")
    else:
        control.click(timeout=3000)


def kept_by_the_browser(control: ElementHandle) -> str:
    """What the page has stored. A checkbox may do no more than be remembered; its mark is drawn by the browser."""
    is_checkbox = control.evaluate("el => el.type === 'checkbox'")
    return control.evaluate("() => JSON.stringify({...localStorage})") if is_checkbox else ""


def changes_what_is_shown(explorable: ElementHandle, action: Callable[[], None], seconds: float) -> bool:
    before = explorable.evaluate(SNAPSHOT)
    action()
    return wait_until(page_of(explorable), lambda: explorable.evaluate(SNAPSHOT) != before, seconds)


def dead_controls(explorable: ElementHandle) -> list[str]:
    """Use every control of an explorable; the ones that never change what is shown.

    An input may need the button after it ("choose, then check"), and a button may need the others to have been used
    ("back to the start"): a control is dead when it changes nothing in either of two rounds.
    """
    waiting = controls(explorable)
    for seconds in (1.5, 1.5 if not explorable.get_attribute("data-model") else MODEL_SECONDS):
        waiting = [control for control in waiting if not is_alive(explorable, control, seconds)]
    return [describe(control) for control in waiting]


def is_alive(explorable: ElementHandle, control: ElementHandle, seconds: float) -> bool:
    if not control.evaluate("el => el.isConnected"):
        return True  # An earlier control has put others in its place, which is a change.
    if not control.is_visible() or not control.is_enabled():
        return False
    try:
        kept = kept_by_the_browser(control)
        if changes_what_is_shown(explorable, lambda: use(control), seconds) or kept_by_the_browser(control) != kept:
            return True
        button = next_button(explorable, control)
        return button is not None and changes_what_is_shown(explorable, lambda: use(button), seconds)
    except TimeoutError:
        return False


def next_button(explorable: ElementHandle, control: ElementHandle) -> ElementHandle | None:
    """The first enabled button after an input, which acts on what was put in; None after a button."""
    if control.evaluate("el => el.tagName") == "BUTTON":
        return None
    for button in explorable.query_selector_all("button:not([disabled])"):
        after = button.evaluate("(el, other) => !!(other.compareDocumentPosition(el) & 4)", control)
        if after and button.is_visible():
            return button
    return None
