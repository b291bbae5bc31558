"""Those who and what a story names, with the forms that the views need: "the hat", "a red hat's", "under a bench"."""

from functools import cache

from minillm.town.words import LANGUAGES, Entry

PERSON, BEAST, THING, FOOD, PLACE, SPOT, WORD = "person", "beast", "thing", "food", "place", "spot", "word"
NAMED_WITHOUT_ARTICLE = ("child", "kin", "relative")
BEASTS = ("animal", "pet", "flock", "monster")
PLACES = ("room", "venue")
# Tables whose entries are things with an article of their own, "a snoring puppy", and tables that are types themselves.
PHRASES = ("junk", "oddity", "trifle", "spare")
# Tables of clauses that have a form "it" or a measure word for other reasons.
SENTENCES = ("fate", "lost")
CLAUSES = ("riddle", "rule", "forecast", "rumor", "activity", "machine")
# Words that plots use as roles without drawing them from a table: type, English (definite), Chinese, measure word.
PLAIN_WORDS = {
    "candles": (THING, "the candles", "蜡烛", "根"),
    "coins": (THING, "the coins", "铜板", "个"),
    "points": (THING, "the points", "分", ""),
    "drops": (THING, "the drops", "雨点", "滴"),
    "tent": (THING, "the tent", "帐篷", "顶"),
    "pie": (THING, "the pie", "馅饼", "个"),
    "market": (PLACE, "the market", "集市", "个"),
    "birthday": (WORD, "birthday", "生日", "个"),
    "rain": (WORD, "rain", "雨", "场"),
    "sun": (WORD, "sun", "太阳", "个"),
    "rainbow": (WORD, "rainbow", "彩虹", "道"),
    "wind": (WORD, "wind", "风", "阵"),
    "happy": (WORD, "happy", "高兴", "个"),
}
WAS = {"en": {"was": "was", "is": "is", "has": "has", "does": "does"}, "zh": {}}
I_MYSELF = Entry("I", {"en": {"": "I", "he": "I", "him": "me", "his": "my", "own": "my", "self": "myself", "was": "was",
                       "is": "am", "has": "have", "does": "do"},
                "zh": {"": "我", "he": "我", "him": "我", "his": "我的", "own": "我的"}})  # fmt: skip
YOU = Entry("you", {"en": {"": "you", "he": "you", "him": "you", "his": "your", "own": "your", "self": "yourself",
                           "was": "were", "is": "are", "has": "have", "does": "do"},
                    "zh": {"": "你", "he": "你", "him": "你", "his": "你的", "own": "你的"}})  # fmt: skip


def type_of(entry: Entry, table: str) -> str:
    """What an entry of a table is to a sentence."""
    english, chinese = entry.forms["en"], entry.forms["zh"]
    if table in BEASTS:
        return BEAST
    if table in SENTENCES:
        return WORD
    if entry.gender in ("m", "f"):
        return PERSON
    if "at" in english or table in PLACES:
        return PLACE
    if table in CLAUSES:
        return table
    if table.endswith("spots"):
        return SPOT
    if table == "food":
        return FOOD
    if "mw" in chinese or "it" in english or table in PHRASES:
        return THING
    return WORD


@cache
def named(entry: Entry, table: str) -> Entry:
    """The entry as one that the story has spoken of already: "Mia", "the baker", "the hat", "the jam"."""
    kind = type_of(entry, table)
    english, chinese = _plain_forms(entry, "en"), _plain_forms(entry, "zh")
    bare = english[""].removeprefix("the ") if kind == PLACE else english[""]
    if kind == PERSON:
        definite = bare if table in NAMED_WITHOUT_ARTICLE else "the " + bare
        english |= {
            "": definite,
            "a": definite,
            "to": "to " + definite,
            "at": "with " + definite,
            "own": definite + "'s",
        }
        chinese |= {"to": chinese[""] + "那儿", "at": chinese[""] + "那儿"}
    elif kind == PLACE:
        english.setdefault("at", ("in the " if table == "room" else "at the ") + bare)
        english.setdefault("to", "to the " + bare)
        chinese.setdefault("at", chinese[""] + ("里" if table == "room" else ""))
        chinese.setdefault("to", chinese[""])
        english[""] = english["a"] = bare if bare == "school" else "the " + bare
    elif kind == SPOT:
        english |= {"at": bare, "to": bare}
        chinese |= {"at": chinese[""], "to": chinese[""]}
    elif table in PHRASES:
        definite = "the " + bare.removeprefix("a ").removeprefix("an ").removeprefix("the ")
        english |= {"": definite, "a": bare}
        chinese |= {"": "那" + chinese[""].removeprefix("一"), "a": chinese[""]}
        bare = definite.removeprefix("the ")
    elif kind in (THING, BEAST, FOOD):
        plural = table == "flock" or "many" in english
        bare = english.get("many", bare)
        english |= {
            "": english.get("it", "the " + bare),
            "a": bare if plural else _indefinite(english, bare),
        }
        chinese |= {"": chinese.get("it", chinese[""]), "a": _indefinite(chinese, chinese[""])}
        bare = english.get("it", bare).removeprefix("the ")
    english["bare"], chinese["bare"] = bare, chinese[""]
    chinese.setdefault("a", chinese.get("one", chinese[""]))
    gender = entry.gender if kind == PERSON else "n"
    return Entry(entry.name, {"en": WAS["en"] | english, "zh": chinese}, gender)


def _plain_forms(entry: Entry, lang: str) -> dict[str, str]:
    return {form: text for form, text in entry.forms[lang].items() if not form.startswith("^")}


def _indefinite(forms: dict[str, str], bare: str) -> str:
    if "it" in forms:
        return bare
    return forms.get("some") or forms.get("one") or forms["a"]


@cache
def plain_word(name: str) -> tuple[str, Entry] | None:
    """(type, entry) of a role that is no variable of the cast; None if the views do not know the word."""
    if name not in PLAIN_WORDS:
        return None
    kind, english, chinese, measure = PLAIN_WORDS[name]
    bare = english.removeprefix("the ")
    forms = {"en": {"": english, "a": bare, "bare": bare, "many": bare, "at": "at " + english, "to": "to " + english}}
    forms["zh"] = {"": chinese, "bare": chinese, "mw": measure, "at": chinese + "上", "to": chinese}
    return kind, Entry(name, {lang: WAS[lang] | forms[lang] for lang in LANGUAGES}, "n")


@cache
def standing_for(english: str, chinese: str) -> Entry:
    """A word that stands in every form of a role: a question word, or nothing where the question has a gap."""
    forms = ("", "a", "bare", "at", "to", "own", "he", "him", "his", "it", "one", "mw")
    entry = Entry("x", {"en": dict.fromkeys(forms, "x"), "zh": dict.fromkeys(forms, "x")})
    entry.forms["en"] = dict.fromkeys(forms, english) | {
        "^" + form: english[:1].upper() + english[1:] for form in forms
    }
    entry.forms["zh"] = dict.fromkeys(forms, chinese) | {"^" + form: chinese for form in forms}
    if english:
        entry.forms["en"] |= {"was": "was", "his": "their"}
    return entry
