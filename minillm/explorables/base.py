"""One output, three homes: the object behind every interactive output of the book.

An `Explorable` names a script in ``minillm/explorables/js`` and carries the JSON that the script draws. Its MIME
bundle holds a live widget for JupyterLab and Colab, the JSON for the built site, and a sentence for everyone else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import anywidget
import traitlets

MIME_TYPE = "application/vnd.minillm.explorable+json"
SCRIPTS = Path(__file__).parent / "js"
ENGINE = tuple(sorted(f"engine/{path.stem}" for path in (SCRIPTS / "engine").glob("*.js")))
ENGINE_KEYS = {"model", "models", "tokenizer"}
CHUNK_BYTES = 1 << 20


@cache
def _script(name: str) -> str:
    path = SCRIPTS / f"{name}.js"
    if not path.is_file():
        known = ", ".join(sorted(script.stem for script in SCRIPTS.glob("*.js")))
        raise ValueError(f"no explorable is called {name!r}: {SCRIPTS.name}/ holds {known}")
    return path.read_text(encoding="utf-8")


def module_source(name: str, *, engine: bool = False) -> str:
    """The ES module that draws the explorable `name` in a notebook.

    The site's classic scripts are put behind one another, and the module's export is the only line of its own. Scripts
    in a folder of the explorable's name are parts of it.
    """
    parts = sorted(f"{name}/{path.stem}" for path in (SCRIPTS / name).glob("*.js"))
    names = ["host", *(ENGINE if engine else ()), *parts, name]
    return "\n".join([*map(_script, names), f'export default minillm.widget("{name}");\n'])


def opens(data: Mapping[str, Any]) -> list[str]:
    """The models and tokenizers that a script with these data may open; the page has to hold them."""
    names = [data.get("model"), *data.get("models", ()), data.get("tokenizer")]
    return list(dict.fromkeys(name for name in names if name))


def stylesheet() -> str:
    """The look of all explorables: the common sheet first, then what single ones add."""
    sheets = sorted(SCRIPTS.glob("*.css"), key=lambda path: (path.stem != "explorables", path.stem))
    return "\n".join(path.read_text(encoding="utf-8") for path in sheets)


@dataclass(frozen=True, repr=False)
class Explorable:
    """An interactive output.

    Args:
        name: the script ``js/<name>.js`` that draws it.
        data: what it draws; anything that JSON can hold. ``data["model"]`` names the shipped model that the
            script may open, such as ``"town-gpt"``, ``data["models"]`` several, ``data["tokenizer"]`` a tokenizer
            that it opens without a model, such as ``"town-tokenizer"``.
        alt: a sentence that says what is shown, for readers who do not see it.
        tolerance: how far numbers in `data` may differ between two processors (None: not at all).
        caption: a line under it on the site.
        pretrained: a model of the reader's own, which answers in place of the shipped one in a notebook.
    """

    name: str
    data: dict[str, Any]
    alt: str
    tolerance: float | None = None
    caption: str | None = field(default=None, kw_only=True)
    pretrained: Any = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _script(self.name)
        if not self.alt.strip():
            raise ValueError("alt is empty: say in a sentence what the explorable shows")

    def __repr__(self) -> str:
        return self.alt

    @cached_property
    def widget(self) -> anywidget.AnyWidget:
        """The live view. It is made on first use, for a kernel that has a front end."""
        return ExplorableWidget(self)

    def to_json(self) -> dict[str, Any]:
        """What the built site needs to draw it."""
        bundle = {"name": self.name, "data": self.data, "alt": self.alt, "tolerance": self.tolerance}
        return bundle | ({"caption": self.caption} if self.caption else {})

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle, metadata = _view(self.widget)
        return {**bundle, MIME_TYPE: self.to_json(), "text/plain": repr(self)}, metadata


def _view(widget: anywidget.AnyWidget) -> tuple[dict[str, Any], dict[str, Any]]:
    """The MIME bundle and metadata of a widget, whichever of the two forms its library returns."""
    view = widget._repr_mimebundle_()
    return view if isinstance(view, tuple) else (view or {}, {})


class ExplorableWidget(anywidget.AnyWidget):
    """The widget of an `Explorable`: the site's own scripts, and the weights when they ask for them."""

    data = traitlets.Dict().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)

    def __init__(self, explorable: Explorable) -> None:
        # anywidget syncs these as the widget's source; they differ by explorable, so they belong to the instance.
        self._esm = module_source(explorable.name, engine=not ENGINE_KEYS.isdisjoint(explorable.data))
        self._css = stylesheet()
        super().__init__(data=explorable.data, alt=explorable.alt)
        self._pretrained = explorable.pretrained
        self.on_msg(self._answer)

    def _answer(self, _: Any, message: dict[str, Any], buffers: list[bytes]) -> None:
        if message.get("type") != "weights":
            return
        name = message.get("name", "")
        try:
            for reply, chunk in weight_messages(name, self._pretrained):
                self.send(reply, buffers=[chunk])
        except (ImportError, OSError, ValueError) as error:
            self.send({"type": "error", "name": name, "message": str(error)})


def weight_messages(name: str, pretrained: Any = None) -> list[tuple[dict[str, Any], bytes]]:
    """The weights of a model, cut into messages so that a progress bar can move."""
    from minillm.explorables.weights_js import weights_bytes

    whole = weights_bytes(name if pretrained is None else pretrained)
    chunks = [whole[start : start + CHUNK_BYTES] for start in range(0, len(whole), CHUNK_BYTES)]
    header = {"type": "weights", "name": name, "parts": len(chunks)}
    return [({**header, "part": index}, chunk) for index, chunk in enumerate(chunks)]
