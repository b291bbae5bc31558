"""Real text that is already on every reader's machine, by name, and a reader's own file.

Both corpora differ a little between Python versions, so results on them are printed with ≈.
"""

import sysconfig
from collections.abc import Callable
from pathlib import Path

from minillm.errors import ConfigError


def python_manual() -> str:
    """The reference manual behind ``help()``: about 0.5 MB of English prose."""
    from pydoc_data.topics import topics

    return "\n\n".join(topics[name] for name in sorted(topics))


def standard_library() -> str:
    """The Python source of the standard library's top-level modules: several MB of code."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    return "\n\n".join(path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.py")))


CORPORA: dict[str, Callable[[], str]] = {"python-manual": python_manual, "standard-library": standard_library}


def read(name: str | Path) -> str:
    """The text of a corpus by its name, or of a UTF-8 file by its path.

    Raises:
        ConfigError: there is no such corpus and no such file, or the file is empty or not UTF-8.
    """
    if str(name) in CORPORA:
        return CORPORA[str(name)]()
    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{str(name)!r} is neither a corpus ({', '.join(sorted(CORPORA))}) nor a readable UTF-8 text file: {error}"
        ) from error
    if not text:
        raise ConfigError(f"{str(name)!r} is empty; give a file with text in it")
    return text
