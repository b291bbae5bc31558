"""The words of the town that are single tokens, with their kinds: what the embedding map shows and measures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from minillm import town
from minillm.tokenizers import Tokenizer

LEXICON = {
    "name": ("child",),
    "family": ("kin", "relative"),
    "animal": ("animal", "pet"),
    "thing": ("toy", "thing", "keepsake", "curio", "machine"),
    "food": ("food", "fruit"),
    "place": ("place", "room", "venue"),
    "feeling": ("glad", "low", "cross"),
    "time": ("day", "season", "part"),
    "trade": ("trade", "dealer"),
    "number": ("number",),
}
"""Kinds of words, and the tables of the town's lexicon that hold them."""

FREQUENT = {
    "en": """
family: Aunt, Uncle, Cousin, Papa, Mama, Grandma, Grandpa
number: one, two, three, four, five, six, seven, eight, nine, ten
past verb: said, asked, went, did, came, knew, took, gave, loved, wanted, got, looked, laughed, told, found, counted
past verb: lost, heard, cried, left, called, ate, brought, stood, met, followed, fell, liked, saw, sang, walked, stopped
past verb: helped, held, waited, wrote, forgot, promised, felt, hung, made, sat, put, turned, ran, was, had, were
verb: know, be, go, see, sing, say, come, eat, do, get, let, read, want, win, talk, laugh, remember, need, keep, sleep
pronoun: I, you, he, she, it, they, we, me, him, her, them, his, my, your, its, nobody, somebody, everybody
question: who, what, why, when, where, how, which, whose
direction: on, in, at, under, behind, out, up, down, from, by, over, away, off, back, before, after, into, around
linking: and, but, so, because, then, until, that, if, or
time: morning, afternoon, evening, night, bedtime, supper, day, year, always, never, soon, now, today, again
person: girl, boy, man, woman, child, sailor, baker
""",
    "zh": """
family: 奶奶 Grandma, 爷爷 Grandpa, 妈妈 Mama, 爸爸 Papa, 叔叔 Uncle
number: 一 one, 两 two, 二 second, 三 three, 四 four, 五 five, 六 six, 七 seven, 八 eight, 九 nine, 十 ten, 几 how many
measure word: 个 of most things, 只 of animals, 条 of long things, 块 of pieces, 根 of sticks, 颗 of round things
measure word: 包 of packs, 台 of machines, 张 of flat things, 架 of frames, 本 of books, 顶 of hats, 朵 of flowers
verb: 走 walk, 跑 run, 看 look, 听 listen, 问 ask, 说 say, 打 hit, 吃 eat, 跳 jump, 叫 call, 笑 laugh, 唱 sing, 喊 shout
verb: 送 bring, 拿 take, 抱 hug, 找 seek, 想 want, 爱 love, 睡 sleep, 数 count, 写 write, 买 buy, 卖 sell, 画 draw
verb: 坐 sit, 站 stand, 给 give, 来 come, 去 go, 猜 guess, 告诉 tell, 听见 hear, 看见 see, 知道 know, 发现 find
pronoun: 我 I, 你 you, 他 he, 她 she, 它 it, 我们 we, 自己 oneself
question: 谁 who, 什么 what, 为什么 why, 怎么 how, 哪儿 where, 哪 which
direction: 上 up, 下 down, 里 in, 外 out, 前 before, 后 after, 后面 behind, 下面 under, 门口 at the door
linking: 可是 but, 因为 because, 所以 so, 然后 then, 后来 later, 虽然 although, 还是 still, 原来 in fact, 已经 already
particle: 了 done, 着 going on, 过 ever, 的 's, 地 -ly, 得 so that, 吗 yes or no?, 呢 and?, 吧 let's
time: 早晨 morning, 下午 afternoon, 晚上 evening, 明天 tomorrow, 今天 today, 第二天 the next day, 以前 before
""",
}
"""Frequent words of each language, by kind, beside those of the lexicon; each Chinese word with its English."""


@dataclass(frozen=True)
class Word:
    """A word that is one token."""

    text: str
    id: int
    lang: str
    kind: str
    english: str  # itself, or what it is in English


def town_words(tokenizer: Tokenizer, langs: Iterable[str] = ("en", "zh")) -> list[Word]:
    """The words of the town that are single tokens, with their kinds. An English word has the space before it."""
    found: dict[tuple[str, str], Word] = {}
    for lang in langs:
        for text, kind, english in [*_lexicon(lang), *_frequent(lang)]:
            ids = tokenizer.encode(" " + text if lang == "en" else text)
            if len(ids) == 1:
                found.setdefault((lang, text), Word(text, ids[0], lang, kind, english))
    return list(found.values())


def _lexicon(lang: str) -> Iterator[tuple[str, str, str]]:
    for kind, tables in LEXICON.items():
        for table in tables:
            for entry in town.TOWN.lexicon[table].entries:
                yield entry.forms[lang][""], kind, entry.forms["en"][""]


def _frequent(lang: str) -> Iterator[tuple[str, str, str]]:
    for line in FREQUENT[lang].strip().splitlines():
        kind, _, items = line.partition(": ")
        for item in items.split(", "):
            text, _, english = item.partition(" ")
            yield text, kind, english or text
