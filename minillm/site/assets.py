"""Scripts, styles and fonts of the site, copied at build time from this package and from installed ones.

Nothing comes from the network and no third-party script is kept in the repository: Plotly's JavaScript comes with the
Python package (so that the two always match), MathJax with ``sphinx-mathjax-offline``.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging

from minillm.explorables.base import SCRIPTS, stylesheet

logger = logging.getLogger(__name__)

FOLDER = "minillm"
STATIC = Path(__file__).parent / "static"
MATHJAX_SCRIPT = "tex-chtml.js"
# What that script may ask for later: TeX extensions by name, and fonts.
MATHJAX_PARTS = ("input/tex/extensions", "output/chtml/fonts")
USES_MODEL = re.compile(r'data-model="([\w -]+)"')


def package_folder(module: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ExtensionError(f"the site needs the Python package {module}; install the project with its extra 'book'")
    return Path(spec.origin).parent


def mathjax_folder() -> Path:
    return package_folder("sphinx-mathjax-offline") / "static" / "mathjax"


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder unless an equal copy is there."""
    if source.is_dir():
        for child in source.iterdir():
            copy(child, target / child.name)
    elif not target.exists() or (target.stat().st_size, target.stat().st_mtime) != (
        source.stat().st_size,
        source.stat().st_mtime,
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def configure(app: Sphinx, config: Config) -> None:
    config.mathjax_path = f"{FOLDER}/mathjax/{MATHJAX_SCRIPT}"
    # Without a mode of its own the theme complains in the console of every new reader.
    config.html_context.setdefault("default_mode", "auto")
    # MathJax's menu would load further scripts; the formulas' hidden MathML for screen readers does not need it.
    options = (config.mathjax3_config or {}).get("options", {})
    config.mathjax3_config = {**(config.mathjax3_config or {}), "options": {"enableMenu": False, **options}}


def copy_scripts(app: Sphinx) -> None:
    """Copy before pages are written, so that Sphinx can put a checksum behind each address."""
    if app.builder.format != "html":
        return
    out = Path(app.outdir) / "_static" / FOLDER
    for path in STATIC.iterdir():
        copy(path, out / path.name)
    for path in SCRIPTS.iterdir():
        if path.suffix != ".css":
            copy(path, out / ("" if path.stem in ("host", "engine") else "explorables") / path.name)
    (out / "explorables.css").write_text(stylesheet(), encoding="utf-8")
    copy(package_folder("plotly") / "package_data" / "plotly.min.js", out / "plotly.min.js")
    copy(mathjax_folder() / MATHJAX_SCRIPT, out / "mathjax" / MATHJAX_SCRIPT)
    for part in MATHJAX_PARTS:
        copy(mathjax_folder() / part, out / "mathjax" / part)


def write_weights(app: Sphinx, exception: Exception | None) -> None:
    """Write the weights of every model and tokenizer that a page opens."""
    if exception or app.builder.format != "html":
        return
    pages = [page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html")]
    names = {name for page in pages for uses in USES_MODEL.findall(page) for name in uses.split()}
    if not names:
        return
    from minillm.explorables.weights_js import write_parts

    for name in sorted(names):
        try:
            write_parts(name, Path(app.outdir) / "_static" / FOLDER / "weights")
        except (OSError, ValueError) as error:
            logger.warning("a page opens the model %r, whose weights cannot be written: %s", name, error)


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx.ext.mathjax")
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_scripts)
    app.connect("build-finished", write_weights)
