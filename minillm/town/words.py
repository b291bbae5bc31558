"""Entries and tables of the lexicon: a word in both languages, and how often it is drawn."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from minillm.town.stream import Stream

LANGUAGES = ("en", "zh")
PRONOUNS: dict[str, dict[str, dict[str, str]]] = {
    "f": {"en": {"he": "she", "him": "her", "his": "her", "self": "herself", "child": "girl"},
          "zh": {"he": "她", "him": "她", "his": "她的", "child": "女孩"}},
    "m": {"en": {"he": "he", "him": "him", "his": "his", "self": "himself", "child": "boy"},
          "zh": {"he": "他", "him": "他", "his": "他的", "child": "男孩"}},
    "n": {"en": {"he": "it", "him": "it", "his": "its", "self": "itself"},
          "zh": {"he": "它", "him": "它", "his": "它的"}},
}  # fmt: skip


class Entry:
    """One thing that a story can name. `forms[lang]` maps a form ("" is the plain word, "he", "at", ...) to its text.

    A form with "^" before it starts with a capital letter. `tables` holds what depends on the entry, such as the
    hiding places of a place.
    """

    __slots__ = ("forms", "gender", "name", "tables")

    def __init__(
        self,
        name: str,
        forms: dict[str, dict[str, str]],
        gender: str | None = None,
        tables: "dict[str, Table] | None" = None,
    ):
        self.name, self.gender, self.tables = name, gender, tables or {}
        self.forms = {lang: self._complete(lang, dict(forms[lang])) for lang in LANGUAGES}

    def _complete(self, lang: str, forms: dict[str, str]) -> dict[str, str]:
        plain = forms[""]
        for form, text in PRONOUNS.get(self.gender or "", {}).get(lang, {}).items():
            forms.setdefault(form, text)
        if lang == "en":
            forms.setdefault("own", plain + "'s")
            forms.setdefault("a", ("an " if plain[0] in "aeiou" else "a ") + plain)
        else:
            forms.setdefault("own", plain + "的")
            forms.setdefault("one", "一" + forms.get("mw", "个") + plain)
        return forms | {"^" + form: text[:1].upper() + text[1:] for form, text in forms.items()}

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"


class Table:
    """Entries with integer weights; `draw` takes one with probability weight / total."""

    def __init__(self, entries: Iterable[Entry], weights: Iterable[int] | None = None):
        self.entries = tuple(entries)
        self.weights = tuple(weights or zipf(len(self.entries)))
        self.total = sum(self.weights)
        self._ends = list(accumulate(self.weights))
        self.by_name = {entry.name: entry for entry in self.entries}
        self.weight = dict(zip(self.entries, self.weights, strict=True))
        self._spelled: dict[tuple[str, str], tuple[list[int], dict[str, list[Entry]]]] = {}

    def draw(self, stream: Stream) -> Entry:
        return self.entries[bisect_right(self._ends, stream.below(self.total))]

    def spelled(self, lang: str, form: str) -> tuple[list[int], dict[str, list[Entry]]]:
        """How the entries are spelled in a form: the lengths that occur, and text -> entries."""
        found = self._spelled.get((lang, form))
        if found is None:
            entries: dict[str, list[Entry]] = {}
            for entry in self.entries:
                entries.setdefault(entry.forms[lang][form], []).append(entry)
            found = self._spelled[lang, form] = (sorted({len(text) for text in entries}), entries)
        return found


def zipf(count: int) -> list[int]:
    """Integer weights with a long tail: rank r (from 1) weighs about 1 / (r + 5)."""
    return [5040 // (rank + 6) for rank in range(count)]


def table(columns: str, rows: str) -> Table:
    """Read a table written one entry a line, cells apart by "|".

    Columns are named "en", "zh", "en.form", "zh.form", "gender" or "*name" for a table that depends on the entry,
    written "english = chinese; ...", with further forms after "/" called "it".
    """
    names = [name.strip() for name in columns.split("|")]
    return Table([_entry(names, line) for line in rows.strip().splitlines()])


def _entry(names: list[str], line: str) -> Entry:
    cells = [cell.strip() for cell in line.split("|")]
    forms: dict[str, dict[str, str]] = {"en": {}, "zh": {}}
    tables, gender = {}, None
    for name, cell in zip(names, cells, strict=True):
        if name == "gender":
            gender = cell
        elif name.startswith("*"):
            tables[name[1:]] = Table([_pair(pair) for pair in cell.split(";")])
        else:
            lang, _, form = name.partition(".")
            forms[lang][form] = cell
    return Entry(forms["en"][""].replace(" ", "-"), forms, gender, tables)


def _pair(pair: str) -> Entry:
    english, chinese = (side.strip().split("/") for side in pair.split("="))
    forms = {lang: dict(zip(("", "it"), (s.strip() for s in side), strict=False))
             for lang, side in zip(LANGUAGES, (english, chinese), strict=True)}  # fmt: skip
    return Entry(forms["en"][""].replace(" ", "-"), forms)
