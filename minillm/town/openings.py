"""How every story begins and most of them end."""

from minillm.town.grammar import Beat, Turn, one_of

_EN = ("{when}, {hero}, {habit},", "{Hero} was a {hero.child} {habit}. {when}, {hero.he}")
_ZH = ("{when}，{habit}{hero}", "{hero}是个{habit}{hero.child}。{when}，{hero.he}")


def _opening(name: str, cast: str, english: str, chinese: str) -> Beat:
    """A beat that ends with the hero as the subject of a sentence still to come."""
    return Beat(
        name,
        f"{cast} hero:child habit:habit",
        "",
        [text.replace("{when}", english) for text in _EN],
        [text.replace("{when}", chinese) for text in _ZH],
    )


OPENING = one_of(
    6, _opening("weather", "weather:weather part:part", "One {weather} {part}", "一个{weather}{part}"),
    3, _opening("season", "season:season part:part", "One {season} {part}", "{season}的{part.one}"),
    3, _opening("once", "", "One day", "有一天"),
    2, _opening("weekday", "day:day half:half", "On {day} {half}", "{day}{half}"),
)  # fmt: skip


def _plain(form: str) -> Beat:
    habit = "{habit." + form + "}"
    return Beat("plain", "", "",
                ["{Hero} " + habit + ".", "And {hero} " + habit + "."],
                ["{hero}" + habit + "。", "后来，{hero}" + habit + "。"])  # fmt: skip


# The hero's habit comes back: on the way home, or in the evening at home.
PLAIN = {"home": _plain("home"), "night": _plain("night")}


def ending(form: str, more: tuple = ()) -> Turn:
    """A turn that ends a story: plainly, with a feeling, or as `more` (weight, beat, ...) says."""
    habit = "{habit." + form + "}"
    glad = Beat("glad", "glad:glad", "feel hero glad",
                ["{Hero} was so {glad} that {hero.he} " + habit + ".",
                 "{Hero} was very {glad}, and {hero.he} " + habit + "."],
                ["{hero}{glad}极了，" + habit + "。", "{hero}非常{glad}，" + habit + "。"])  # fmt: skip
    return one_of(3, PLAIN[form], 4, glad, *more)
