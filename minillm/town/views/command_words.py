"""What one can ask an assistant in the town for: intents with their slots, and many ways to say each."""

# ruff: noqa: E501

from minillm.town.words import Entry, Table

_HOURS_EN = "one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_HOURS_ZH = "一 两 三 四 五 六 七 八 九 十 十一 十二".split()  # noqa: SIM905
_PARTS = (
    ("in the morning", "上午", range(6, 12)),
    ("in the afternoon", "下午", range(1, 6)),
    ("in the evening", "晚上", range(6, 11)),
)


def _entry(english: str, chinese: str) -> Entry:
    return Entry(
        english, {"en": {"": english, "bare": english.removeprefix("on ")}, "zh": {"": chinese, "bare": chinese}}
    )


def _times() -> list[Entry]:
    """The quarters of the twelve hours, with and without the part of the day."""
    found = []
    for hour in range(1, 13):
        english, chinese, following = _HOURS_EN[hour - 1], _HOURS_ZH[hour - 1] + "点", _HOURS_EN[hour % 12]
        clocks = ((f"{english} o'clock", chinese), (f"half past {english}", chinese + "半"),
                  (f"a quarter past {english}", chinese + "一刻"), (f"a quarter to {following}", chinese + "三刻"))  # fmt: skip
        for clock, chinese_clock in clocks:
            found.append(_entry(clock, chinese_clock))
            found += [_entry(f"{clock} {part}", zh + chinese_clock) for part, zh, hours in _PARTS if hour in hours]
    return found


DAYS = """
today = 今天; tomorrow = 明天; the day after tomorrow = 后天; on Monday = 星期一; on Tuesday = 星期二; on Wednesday = 星期三;
on Thursday = 星期四; on Friday = 星期五; on Saturday = 星期六; on Sunday = 星期天; next week = 下个星期; on my birthday = 我生日那天
"""
TASKS = """
feed the cat = 喂猫; water the roses = 给玫瑰浇水; call Grandma = 给奶奶打电话; close the window = 关窗户; take out the bread = 把面包拿出来;
wash my hands = 洗手; wind the clock = 给钟上发条; write to the mayor = 给镇长写信; bring in the washing = 收衣服; practice the flute = 练笛子;
brush the donkey = 给毛驴刷毛; polish my boots = 擦靴子; count the hens = 数一数母鸡; buy stamps = 买邮票; lock the gate = 锁上院门
"""
MESSAGES = """
dinner is ready = 晚饭好了; I will be late = 我要晚到一会儿; it is going to rain = 要下雨了; the train has left = 火车开走了; I am sorry = 我很抱歉;
I won the race = 我赢了比赛; the ducks are back = 鸭子回来了; I have a cold = 我感冒了; the bridge is closed = 桥封了; I found the key = 我找到钥匙了;
nobody is at home = 家里没有人; the soup was too salty = 汤太咸了; we are out of flour = 面粉用完了; the play begins at eight = 戏八点开演; I miss you = 我想你
"""
SONGS = """
the song of the old bridge = 老桥之歌; a lullaby = 摇篮曲; something with a trumpet = 有小号的曲子; the rain waltz = 雨中圆舞曲; a march for ducks = 鸭子进行曲;
the baker's polka = 面包师波尔卡; a sad song about a boot = 一首靴子的悲歌; the harbor blues = 码头蓝调; ten green frogs = 十只绿青蛙; the moon over the hill = 后山的月亮
"""
AMOUNTS = """
two = 两份; three = 三份; four = 四份; five = 五份; six = 六份; seven = 七份; eight = 八份; nine = 九份; ten = 十份; twenty = 二十份
"""
MINUTES = """
two = 两; three = 三; five = 五; eight = 八; ten = 十; twelve = 十二; fifteen = 十五; twenty = 二十; twenty-five = 二十五; forty = 四十
"""


def _pairs(text: str) -> Table:
    pairs = [pair.split("=") for pair in text.replace("\n", " ").split(";")]
    return Table([_entry(english.strip(), chinese.strip()) for english, chinese in pairs], [1] * len(pairs))


TABLES = {"time": Table(_times()), "date": _pairs(DAYS), "task": _pairs(TASKS), "message": _pairs(MESSAGES),
          "song": _pairs(SONGS), "amount": _pairs(AMOUNTS), "minutes": _pairs(MINUTES)}  # fmt: skip

# intent -> (slots with their tables, wordings). A slot that a wording leaves out is not filled in that language either.
INTENTS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "reminder": ("task:task time:time date:date", (
        ("remind me to {task} {date} at {time}", "{date}{time}提醒我{task}"), ("do not let me forget to {task} {date} at {time}", "{date}{time}可别让我忘了{task}"),
        ("at {time} {date}, tell me to {task}", "{date}一到{time}就叫我{task}"), ("I have to {task} {date}; remind me at {time}", "{date}我得{task}，{time}提醒我一声"),
        ("set a reminder for {time} {date}: {task}", "设一个{date}{time}的提醒：{task}"), ("make sure that I {task} {date} at {time}", "{date}{time}一定要让我{task}"),
        ("I always forget to {task}, so remind me {date} at {time}", "我老是忘了{task}，{date}{time}提醒我吧"), ("note: {task}, {date}, {time}", "记一下：{task}，{date}，{time}"),
    )),
    "order": ("food:food amount:amount place:place", (
        ("order {amount} portions of {food} for us {place.at}", "给在{place.at}的我们订{amount}{food}"), ("we are {place.at} and want {amount} portions of {food}", "我们在{place.at}，想要{amount}{food}"),
        ("have {amount} portions of {food} brought {place.to}", "叫人送{amount}{food}到{place}来"), ("I am hungry: {food}, {amount} portions, and bring it {place.to}", "我饿了：{food}，{amount}，送到{place}"),
        ("get us {amount} portions of {food}, we will wait {place.at}", "给我们来{amount}{food}，我们在{place.at}等"), ("{food} for {amount} people, please, delivered {place.to}", "请把{food}送到{place}，要{amount}"),
        ("get {food} for {amount} people to eat {place.at}", "买{amount}{food}，在{place.at}吃"), ("I would like to order {food}, {amount} times, to eat {place.at}", "我想点{food}，{amount}，在{place.at}吃"),
    )),
    "directions": ("place:place start:place", (
        ("how do I get from the {start} to the {place}", "从{start}到{place}怎么走"), ("show me the way to the {place}, I am at the {start}", "告诉我去{place}的路，我在{start.at}"),
        ("which way is it to the {place} from the {start}", "从{start}去{place}往哪边走"), ("I am lost at the {start} and must get to the {place}", "我在{start.at}迷路了，得去{place}"),
        ("take me from the {start} to the {place}", "带我从{start}去{place}"), ("is there a short cut from the {start} to the {place}", "从{start}到{place}有没有近路"),
        ("find a way to the {place} that starts at the {start}", "找一条从{start}出发去{place}的路"), ("we want to walk to the {place}; we are at the {start}", "我们想走到{place}去，现在在{start.at}"),
    )),
    "weather": ("place:place date:date", (
        ("will it rain {date} {place.at}", "{date}{place.at}会下雨吗"), ("what will the weather be like {place.at} {date}", "{date}{place.at}天气怎么样"),
        ("do I need an umbrella {place.at} {date}", "{date}去{place}要不要带伞"), ("is it going to be windy {place.at} {date}", "{date}{place.at}刮不刮风"),
        ("tell me if the sun will shine {date} {place.at}", "告诉我{date}{place.at}出不出太阳"), ("should I wear a scarf {place.at} {date}", "{date}在{place.at}要戴围巾吗"),
        ("how cold will it get {date} {place.at}", "{date}{place.at}会有多冷"), ("can we go out {date} {place.at} without getting wet", "{date}到{place}去会不会淋湿"),
    )),
    "message": ("person:child message:message", (
        ("tell {person} that {message}", "告诉{person}，{message}"), ("write to {person}: {message}", "给{person}写一句：{message}"), ("send {person} a message that {message}", "给{person}发个消息，说{message}"),
        ("let {person} know that {message}", "让{person}知道，{message}"), ("{person} should hear that {message}", "得让{person}听说，{message}"), ("leave a note for {person}: {message}", "给{person}留张条子：{message}"),
        ("pass it on to {person} that {message}", "转告{person}，{message}"), ("text {person}: {message}", "给{person}发短信：{message}"),
    )),
    "alarm": ("time:time date:date", (
        ("wake me at {time} {date}", "{date}{time}叫醒我"), ("set the alarm for {time} {date}", "把闹钟定在{date}{time}"), ("I have to get up at {time} {date}", "{date}我{time}得起床"),
        ("do not let me sleep past {time} {date}", "{date}别让我睡过{time}"), ("ring a bell {date} at {time}", "{date}{time}摇铃叫我"), ("crow like a rooster {date} at {time}", "{date}{time}学公鸡叫"),
        ("I want to sleep until {time} {date} and no longer", "{date}我想睡到{time}，不能再晚"), ("get me out of bed {date} at {time}", "{date}{time}把我从床上拉起来"),
    )),
    "timer": ("food:food minutes:minutes", (
        ("tell me when the {food} has been in the oven for {minutes} minutes", "{food}进炉子{minutes}分钟后告诉我"), ("set a timer for {minutes} minutes for the {food}", "给{food}定时{minutes}分钟"),
        ("the {food} needs {minutes} minutes, start counting", "{food}要{minutes}分钟，开始数吧"), ("call me in {minutes} minutes, or the {food} will burn", "{minutes}分钟后叫我，不然{food}要糊了"),
        ("{minutes} minutes from now I have to look at the {food}", "再过{minutes}分钟我得看看{food}"), ("count down {minutes} minutes for the {food}", "为{food}倒数{minutes}分钟"),
        ("how about a bell in {minutes} minutes, for the {food}", "{minutes}分钟后响个铃，我好去看{food}"), ("watch the {food} for {minutes} minutes", "看着{food}，{minutes}分钟"),
    )),
    "music": ("song:song person:child", (
        ("play {song} for {person}", "给{person}放{song}"), ("{person} wants to hear {song}", "{person}想听{song}"), ("put on {song}, {person} likes it", "放{song}吧，{person}爱听"),
        ("we need music: {song}, says {person}", "来点儿音乐：{person}说要{song}"), ("sing {song} to {person}", "给{person}唱{song}"), ("find {song}, {person} is waiting for it", "找找{song}，{person}等着听呢"),
        ("let {person} listen to {song}", "让{person}听听{song}"), ("turn on {song} when {person} comes in", "{person}进门的时候放{song}"),
    )),
    "price": ("thing:thing seller:trade", (
        ("how much does the {seller} want for the {thing}", "{seller}那儿的{thing}多少钱"), ("what does the {thing} cost at the {seller}'s", "在{seller}那儿买{thing}要多少钱"),
        ("ask the {seller} what the {thing} costs", "问问{seller}，{thing}怎么卖"), ("can I afford the {thing} from the {seller}", "{seller}的{thing}我买得起吗"),
        ("is the {seller}'s {thing} cheaper now", "{seller}的{thing}便宜了吗"), ("find out the price of the {thing} from the {seller}", "打听一下{seller}那儿{thing}的价钱"),
        ("how many coins must I bring the {seller} for the {thing}", "买{thing}要给{seller}几个硬币"), ("tell me the price of the {thing}; the {seller} has one", "{seller}有{thing}，告诉我什么价"),
    )),
    "hours": ("seller:trade date:date", (
        ("when does the {seller} open {date}", "{date}{seller}几点开门"), ("is the {seller} there {date}", "{date}{seller}在不在"), ("until when can I go to the {seller} {date}", "{date}去找{seller}，最晚几点"),
        ("does the {seller} work {date}", "{date}{seller}上班吗"), ("I need the {seller} {date}; from what time on", "{date}我要找{seller}，几点开始有人"), ("has the {seller} closed {date}", "{date}{seller}关门了吗"),
        ("how long is the {seller} open {date}", "{date}{seller}开到几点"), ("can one knock at the {seller}'s door {date}", "{date}能去敲{seller}的门吗"),
    )),
    "search": ("thing:thing person:child", (
        ("where is {person.own} {thing}", "{person}的{thing}在哪儿"), ("find the {thing} that {person} has lost", "找找{person}弄丢的{thing}"), ("help me look for the {thing}, it belongs to {person}", "帮我找{thing}，是{person}的"),
        ("has anybody seen the {thing} of {person}", "有人看见{person}的{thing}吗"), ("{person} cannot find the {thing}", "{person}找不到{thing}了"), ("who has taken {person.own} {thing}", "谁拿了{person}的{thing}"),
        ("the {thing} is gone and {person} is crying", "{thing}不见了，{person}在哭"), ("search every corner for {person.own} {thing}", "到每个角落找{person}的{thing}"),
    )),
    "appointment": ("person:child activity:activity date:date time:time", (
        ("{person} and I want to {activity} {date} at {time}", "{date}{time}我要和{person}{activity}"), ("put it in the calendar: {activity} with {person}, {date}, {time}", "记到日历上：{date}{time}和{person}{activity}"),
        ("ask {person} to come and {activity} {date} at {time}", "请{person}{date}{time}来{activity}"), ("keep {time} {date} free, {person} and I will {activity}", "{date}{time}留出来，我和{person}要{activity}"),
        ("invite {person} to {activity} {date} at {time}", "邀请{person}{date}{time}一起{activity}"), ("plan for {date.bare} at {time}: {activity} together with {person}", "安排一下{date}{time}：跟{person}{activity}"),
        ("can {person} and I {activity} {date} at {time}", "{date}{time}我能和{person}{activity}吗"), ("I promised {person} to {activity} {date} at {time}, write it down", "我答应{person}{date}{time}{activity}，记下来"),
    )),
    "lights": ("room:room time:time", (
        ("turn off the light in the {room} at {time}", "{time}关掉{room}的灯"), ("light the lamp in the {room} at {time}", "{time}点亮{room}的灯"), ("make it bright in the {room} from {time} on", "从{time}起让{room}亮起来"),
        ("it is too dark in the {room} at {time}, do something", "{time}{room}太黑了，想想办法"), ("no light in the {room} after {time}", "{time}以后{room}不许开灯"), ("see to it that the {room} is lit at {time}", "{time}把{room}照亮"),
        ("I will be in the {room} at {time} and want light", "{time}我在{room}，要有灯"), ("at {time} let there be light in the {room}", "{time}让{room}有光"),
    )),
}  # fmt: skip
BEFORE = (("", ""), ("", ""), ("Hello, ", "你好，"), ("Listen: ", "听着，"), ("Quick: ", "快，"), ("Excuse me: ", "劳驾，"), ("One more thing: ", "还有一件事，"),
          ("My dear machine, ", "亲爱的机器，"), ("If it is no trouble, ", "方便的话，"), ("Good morning, ", "早上好，"))  # fmt: skip
# A little word at the end of the sentence, for orders only; and a sentence that may follow anything.
AFTER = (
    ("", ""),
    ("", ""),
    (", please", "，拜托"),
    (", will you", "，好吗"),
    (", if you can", "，可以的话"),
    (", be so kind", "，劳驾了"),
)
THEN = (("", ""), ("", ""), ("", ""), ("It is important.", "这很要紧。"), ("Thank you.", "谢谢。"), ("Hurry.", "快一点。"), ("I am serious.", "我是认真的。"),
        ("I asked before.", "我早就说过了。"), ("There is no time to lose.", "没有时间了。"), ("Whisper when you answer.", "回答的时候小声点儿。"))  # fmt: skip
