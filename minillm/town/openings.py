"""How every story begins, how most of them end, and the frames that join the end to the beginning."""

# ruff: noqa: E501

from minillm.town.grammar import Beat, Turn, one_of

_EN = (
    "{when}, {hero}, {habit},",
    "{Hero} was a {hero.child} {habit}. {when}, {hero.he}",
    "Do you know {hero}, the {hero.child} {habit}? {when}, {hero.he}",
    "This is about {hero}, a {hero.child} {habit}. {when}, {hero.he}",
)
_ZH = (
    "{when}，{habit}{hero}",
    "{hero}是个{habit}{hero.child}。{when}，{hero.he}",
    "你认识{hero}吗？就是那个{habit}{hero.child}。{when}，{hero.he}",
    "这个故事讲的是{hero}，一个{habit}{hero.child}。{when}，{hero.he}",
)


def _opening(name: str, cast: str, events: str, english: str, chinese: str) -> Beat:
    """A beat that ends with the hero as the subject of a sentence still to come."""
    return Beat(
        name,
        f"{cast} hero:child habit:habit",
        events,
        [text.replace("{when}", english) for text in _EN],
        [text.replace("{when}", chinese) for text in _ZH],
    )


OPENING = one_of(
    6, _opening("weather", "weather:weather part:part", "time part; weather weather",
                "One {weather} {part}", "一个{weather}{part}"),
    3, _opening("season", "season:season part:part", "time season",
                "One {season} {part}", "{season}的{part.one}"),
    2, _opening("once", "", "", "One day", "有一天"),
    2, _opening("weekday", "day:day half:half", "time day", "On {day} {half}", "{day}{half}"),
    3, _opening("occasion", "occasion:occasion", "time occasion", "{occasion}", "{occasion}"),
)  # fmt: skip


def _plain(form: str) -> Beat:
    habit = "{habit." + form + "}"
    return Beat("plain", "", "",
                ["{Hero} " + habit + ".", "And {hero} " + habit + "."],
                ["{hero}" + habit + "。", "后来，{hero}" + habit + "。"])  # fmt: skip


# The hero's habit comes back: on the way home, or in the evening at home.
PLAIN = {"home": _plain("home"), "night": _plain("night")}


# Some stories end where the plot does, on its last word.
STOP = (3, Beat("stop"))


def ending(form: str, more: tuple = ()) -> Turn:
    """A turn that ends a story: plainly, with a feeling, or as `more` (weight, beat, ...) says."""
    habit = "{habit." + form + "}"
    glad = Beat("glad", "glad:glad", "feel hero glad",
                ["{Hero} was so {glad} that {hero.he} " + habit + ".",
                 "{Hero} was very {glad}, and {hero.he} " + habit + "."],
                ["{hero}{glad}极了，" + habit + "。", "{hero}非常{glad}，" + habit + "。"])  # fmt: skip
    return one_of(3, PLAIN[form], 4, glad, *more)


_LATER = {"en": "[A little later|Then|Soon after] {hero}", "zh": "[过了一会儿|然后|没过多久]，{hero}"}

# Each frame: what comes between the opening and the plot, and what comes back after the plot.
_KEEPSAKE = one_of(
    3, Beat("slept", "", "keep hero keepsake",
            ["That night the {keepsake} slept under {hero.own} pillow.",
             "The {keepsake} spent the night under {hero.own} pillow and [dreamed of rain|did not snore|was kept warm].",
             "“Good night, {keepsake},” {hero} said when the light was out."],
            ["这天夜里，{keepsake}就睡在{hero}的枕头底下。",
             "{keepsake}在{hero}的枕头底下过了一夜，[梦见了下雨|没打呼噜|一点儿也不冷]。",
             "关了灯，{hero}说：“晚安，{keepsake}。”"]),
    2, Beat("still", "", "keep hero keepsake",
            ["And the {keepsake}? It was still in {hero.own} pocket, fast asleep.",
             "All that time the {keepsake} had been in {hero.own} pocket and [had said nothing|had heard everything|had kept its opinion to itself]."],
            ["那{keepsake}呢？它还在{hero}的口袋里，睡得正香。",
             "这么长时间，{keepsake}一直待在{hero}的口袋里，[一声没吭|什么都听见了|有话也没说]。"]),
    2, Beat("witness", "", "say hero keepsake",
            ["“It is all true,” {hero} said at supper. “Ask the {keepsake}.”",
             "At supper nobody believed {hero}. Only the {keepsake} knew better."],
            ["“全是真的。”吃晚饭的时候，{hero}说，“不信问{keepsake}。”",
             "吃晚饭的时候，谁也不信{hero}的话。只有{keepsake}心里明白。"]),
    2, Beat("shelf", "", "keep hero keepsake",
            ["The {keepsake} got the best place on {hero.own} shelf, because it had seen everything.",
             "On {hero.own} shelf, the {keepsake} told the other treasures all about it."],
            ["{keepsake}摆在了{hero}的架子上最好的位置，因为它什么都看见了。",
             "在{hero}的架子上，{keepsake}把这一天讲给了别的宝贝听。"]),
)  # fmt: skip

_ANSWER = one_of(
    3, Beat("answered", "", "tell elder hero riddle",
            ["At bedtime {elder} told {hero} {riddle}: {riddle.answer}.",
             "“And {riddle}?” asked {hero} at bedtime. “{Riddle.answer},” said {elder}[.|, and put out the light.|, half asleep.]",
             "{Elder} had thought about it all day, and told {hero} at last: {riddle.answer}."],
            ["睡觉前，{elder}告诉了{hero}，{riddle}：{riddle.answer}。",
             "“那{riddle}呢？”睡觉前{hero}问。“{riddle.answer}。”{elder}[说|说着关了灯|打着哈欠说]。",
             "{elder}想了一整天，终于告诉{hero}：{riddle.answer}。"]),
    2, Beat("guessed", "", "guess hero riddle",
            ["“I know {riddle}!” {hero} called from bed. “{Riddle.answer}.” {Elder} wrote it down.",
             "At bedtime {elder} still did not know {riddle}, but {hero} did: {riddle.answer}.",
             "{Hero} had found out {riddle}, too: {riddle.answer}. {Elder} [was impressed|had never thought of that|would not believe it]."],
            ["“我知道了！”{hero}在床上喊，“{riddle}？{riddle.answer}。”{elder}赶紧记了下来。",
             "到了睡觉的时候，{elder}还是不知道{riddle}，{hero}却想出来了：{riddle.answer}。",
             "{hero}还弄明白了{riddle}：{riddle.answer}。{elder}[佩服极了|从来没想到过|怎么也不信]。"]),
)  # fmt: skip

_KEPT = one_of(
    3, Beat("kept", "", "ask elder hero",
            ["“And you did not {rule}?” asked {elder} that night. “No,” said {hero}. “{Rule.why}.”",
             "In the evening {elder} asked {hero} about the promise. “I did not {rule},” said {hero}. “{Rule.why}.”",
             "“Did you {rule}?” asked {elder} at the door. {Hero} shook {hero.his} head: “{Rule.why}.”"],
            ["“你没有{rule}吧？”晚上{elder}问。“没有。”{hero}说，“{rule.why}。”",
             "晚上，{elder}问起那个保证。“我没有{rule}，”{hero}说，“{rule.why}。”",
             "“你{rule}了没有？”{elder}在门口问。{hero}摇摇头：“{rule.why}。”"]),
    1, Beat("unasked", "", "forget elder rule",
            ["{Elder} forgot to ask, but {hero} really did not {rule}[.| that day.|, not even a little.]",
             "{Hero} did not {rule}, and {elder} never knew how hard that had been."],
            ["{elder}忘了问，不过{hero}真的没有{rule}[。|，一下也没有。|，忍了整整一天。]",
             "{hero}没有{rule}，{elder}哪里知道这有多难。"]),
)  # fmt: skip

_LEFT = one_of(
    3, Beat("one", "", "count hero number.less fruit",
            ["That night {hero} counted the {fruit.many}: {number.less}. Nobody asked about the other one.",
             "Of the {fruit.many}, {number.less} were left that night. {Hero} said that [the pocket had been hungry|one had run away|one had been for luck].",
             "One {fruit} {hero} ate on the way back, and the other {number.less} at supper.",
             "{Hero} gave one {fruit} to the moon and kept {number.less}.",
             "The bag was lighter now: {hero} had {number.less} {fruit.many} left, and no idea why."],
            ["晚上{hero}数了数{fruit}：{number.less}{fruit.mw}。少了的那一{fruit.mw}，谁也没问。",
             "晚上一数，只剩下{number.less}{fruit.mw}{fruit}，{hero}说[是口袋饿了|有一{fruit.mw}自己跑了|那一{fruit.mw}是图个吉利]。",
             "{hero}在回家的路上吃了一{fruit.mw}{fruit}，剩下的{number.less}{fruit.mw}晚饭时吃了。",
             "{hero}请月亮吃了一{fruit.mw}{fruit}，自己留了{number.less}{fruit.mw}。",
             "包变轻了：{hero}只剩下{number.less}{fruit.mw}{fruit}，自己也不知道为什么。"]),
    2, Beat("two", "", "count hero number.least fruit",
            ["Two {fruit.many} never came home, so {hero} had {number.least} left for breakfast.",
             "Since two {fruit.many} were eaten on the way, {hero} had only {number.least} left.",
             "{Hero} lost two {fruit.many} to a [blackbird|bet|hole in the bag], and brought home {number.least}."],
            ["路上吃掉了两{fruit.mw}{fruit}，所以{hero}只剩下{number.least}{fruit.mw}当早饭。",
             "有两{fruit.mw}{fruit}没能回家，{hero}只剩下{number.least}{fruit.mw}了。",
             "[让乌鸫叼走|打赌输掉|从破洞里漏掉]了两{fruit.mw}{fruit}，{hero}带回家的只有{number.least}{fruit.mw}。"]),
)  # fmt: skip

_SKY = one_of(
    3, Beat("wrong", "", "wonder elder forecast",
            ["It did not {forecast} after all, and {elder} blamed {hero.own} whistling.",
             "“Tomorrow, then,” {elder} said to {hero}, because it still did not {forecast}.",
             "{Elder} waited at the window until dark, but it did not {forecast}. {Hero} was sorry for the sky."],
            ["到头来也没有{forecast}，{elder}说，都怪{hero}吹口哨。",
             "天还是没有{forecast}。“那就明天。”{elder}对{hero}说。",
             "{elder}在窗前一直等到天黑，也没有{forecast}。{hero}替老天爷觉得不好意思。"]),
    2, Beat("right", "", "weather forecast",
            ["And when {hero} was in bed, it did {forecast}, just as {elder} had said.",
             "At bedtime it really did {forecast}. {Elder} looked at {hero} and [said nothing|only hummed|raised one eyebrow]."],
            ["{hero}上床以后，外面真的{forecast}了，和{elder}说的一模一样。",
             "睡觉的时候，真的{forecast}了。{elder}看了{hero}一眼，[什么也没说|只哼了一声|扬了扬眉毛]。"]),
)  # fmt: skip

_MAIL = Beat("mail", "letter:letter", "know hero letter",
             ["That evening the letter from {elder} was on {hero.own} mat after all. It said: “{letter}.”",
              "At home {hero} found the letter from {elder} at last. “{letter},” it said.",
             "Then, on the stairs, {hero} stepped on the letter from {elder}: “{letter}.”",
             "There was a letter after all, and {hero} read it in bed: “{letter}.” Only {elder} writes like that."],
             ["晚上，{elder}的信终于到了{hero}家门口，上面写着：“{letter}。”",
              "回到家，{hero}总算等到了{elder}的信。“{letter}。”信上说。",
             "上楼梯的时候，{hero}一脚踩到了{elder}的信：“{letter}。”",
             "信还是来了，{hero}躺在床上念：“{letter}。”只有{elder}才会这么写信。"])  # fmt: skip


def frames(plot: Turn) -> Turn:
    """The choice of a frame around the plot: nothing, or something told first that comes back last."""
    return one_of(
        28, Beat("straight", then=[plot]),
        4, Beat("keepsake", "keepsake:keepsake", "have hero keepsake",
                ["put {keepsake.a} in {hero.his} pocket and",
                 "found {keepsake.a} on the doorstep, took it along, and"],
                ["把{keepsake.one}装进口袋，", "在门口捡到{keepsake.one}，揣进兜里，"], [plot, _KEEPSAKE]),
        4, Beat("riddle", "elder:kin riddle:riddle", "wonder hero riddle",
                ["asked {elder} {riddle}. “Wait until bedtime,” said {elder}. " + _LATER["en"],
                 "wanted to know {riddle}. Nobody could say, not even {elder}. " + _LATER["en"]],
                ["问{elder}：“{riddle}？”“睡觉前再说。”{elder}说。" + _LATER["zh"],
                 "想知道{riddle}，可是连{elder}也答不上来。" + _LATER["zh"]], [plot, _ANSWER]),
        3, Beat("rule", "elder:kin rule:rule", "promise hero elder rule",
                ["promised {elder} not to {rule}. " + _LATER["en"],
                 "heard {elder} call, “And do not {rule}!” “I promise!” [A little later|Then|Soon after] {hero.he-elder}"],
                ["答应了{elder}，绝不{rule}。" + _LATER["zh"],
                 "听见{elder}喊：“可别{rule}啊！”“我保证！”" + _LATER["zh"]], [plot, _KEPT]),
        3, Beat("fruit", "number:number fruit:fruit", "count hero number fruit",
                ["put {number} {fruit.many} in {hero.his} bag and",
                 "packed {number} {fruit.many} for the road and"],
                ["往包里装了{number}{fruit.mw}{fruit}，", "带上{number}{fruit.mw}{fruit}路上吃，"], [plot, _LEFT]),
        2, Beat("forecast", "elder:kin forecast:forecast", "tell elder hero forecast",
                ["heard {elder} say that it would {forecast} before night. " + _LATER["en"],
                 "laughed, because {elder} said that it was going to {forecast}. " + _LATER["en"]],
                ["听{elder}说，天黑以前要{forecast}。" + _LATER["zh"],
                 "笑了起来，因为{elder}说今天要{forecast}。" + _LATER["zh"]], [plot, _SKY]),
        2, Beat("letter", "elder:kin", "wait hero elder",
                ["looked in the mailbox, but there was no letter from {elder}. " + _LATER["en"],
                 "went to the mailbox [for the third time|once more|on tiptoe], but {elder} had not written. " + _LATER["en"]],
                ["看了看信箱，{elder}的信还是没来。" + _LATER["zh"],
                 "[第三次|又|踮着脚]去看信箱，{elder}还是没有来信。" + _LATER["zh"]], [plot, _MAIL]),
    )  # fmt: skip
