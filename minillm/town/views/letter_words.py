"""The standing phrases of e-mails and notices."""

# ruff: noqa: E501

SUBJECTS = (
    ("what happened to me", "我遇到的事"), ("about {item}", "关于{item}"), ("you missed something", "你错过了好戏"), ("news from {a}", "{a}的消息"), ("please read this, {to}", "{to}，请看这封信"),
    ("a day I will not forget", "忘不了的一天"), ("the {item.bare} and I", "我和{item}"), ("nothing to worry about", "没什么可担心的"), ("a question for {date.bare}", "{date}的一个问题"), ("it was not my fault", "这不怪我"),
    ("the whole story", "事情的经过"), ("can you come {place.to}?", "能到{place}来吗？"),
)  # fmt: skip
GREETINGS = (("Dear {to},", "亲爱的{to}："), ("Hello {to},", "{to}，你好："), ("My dear {to},", "我亲爱的{to}："), ("Good evening, {to},", "{to}，晚上好："), ("{To}!", "{to}！"), ("Dearest {to},", "最亲爱的{to}："))  # fmt: skip
STARTS = (
    ("How are you?", "你好吗？"), ("I hope that you liked your {food.bare}", "希望你喜欢吃那份{food.bare}"), ("It has been {n} days since I wrote", "我有{n}天没给你写信了"), ("You asked how I am", "你问我近来怎么样"), ("You will laugh when you read this", "你看了准会笑"),
    ("I must tell you something", "我有件事要告诉你"), ("Are you sitting down?", "你坐好了吗？"), ("Please read this to the end", "请你一定看到最后"), ("This is to tell you about today", "跟你说说今天的事"), ("I am writing this under the blanket", "我正躲在被窝里给你写信"),
    ("Your letter came {n} days ago, and I was glad", "{n}天前收到了你的信，我很高兴"), ("Nobody else must know this", "这件事别让别人知道"),
)  # fmt: skip
FIRST = (("", ""), ("First, ", "一开始，"), ("This is how it began: ", "事情是这样的："), ("Today ", "今天，"), ("You must know: ", "要知道，"), ("Imagine: ", "你想想，"))  # fmt: skip
NEXT = (("Then ", "然后，"), ("After that ", "接着，"), ("Soon ", "不久，"), ("And then, ", "后来，"), ("Next, ", "接下来，"), ("", ""))  # fmt: skip
FINALLY = (("In the end ", "最后，"), ("At last ", "终于，"), ("Later ", "再后来，"), ("And what do you think? ", "你猜怎么着？"), ("Finally, ", "到头来，"), ("But then ", "不过后来，"))  # fmt: skip
WISHES = (
    ("Will you come {place.to} {date}?", "{date}你能到{place}来吗？"), ("Please bring {food.bare} when you come", "你来的时候请带点儿{food.bare}"), ("Write back before {date.bare}", "请在{date}以前回信"), ("I will call you {date} at {time}", "{date}{time}我给你打电话"),
    ("Meet me {place.at} {date} at {time}", "{date}{time}在{place.at}见我吧"), ("Do you still have my {n} marbles?", "我那{n}颗玻璃珠还在你那儿吗？"), ("Please do not tell anybody before {date.bare}", "{date}以前请别告诉别人"), ("I owe you {n} letters now", "现在我欠你{n}封信了"),
    ("What would you have done?", "换了你，你会怎么办？"), ("Tell me what you think, and do not be polite", "告诉我你怎么想，别客气"), ("Next time you must be there", "下回你一定要在场"), ("I have to stop and see to the {food.bare}", "不写了，{food.bare}好了"),
)  # fmt: skip
REGARDS = (("Yours, {a}", "你的{a}"), ("Love, {a}", "爱你的{a}"), ("Greetings, {a}", "{a}敬上"), ("Your old friend {a}", "你的老朋友{a}"), ("A hug from {a}", "抱抱你，{a}"), ("Until {date.bare}, {a}", "{date}见，{a}"))  # fmt: skip

_CONTACT = (
    ("Ask for {a} {place.at}.", "请到{place.at}找{a}。"), ("{A} is waiting {place.at} {date} at {time}.", "{date}{time}，{a}在{place.at}等你。"), ("Leave word with {b}.", "请给{b}留个话。"), ("Knock {n} times at {a.own} door.", "请敲{a.own}门{n}下。"),
    ("{A} is at home after {time}.", "{time}以后{a}在家。"), ("Write to {a}. No visits before {time}, please.", "请给{a}写信。{time}以前请勿来访。"), ("Do not ask {b}, ask {a}.", "别问{b}，问{a}。"), ("Come {place.to} {date}.", "{date}请到{place}来。"),
)  # fmt: skip
# topic -> (kinds of events that call for it, parts; of each part one wording is taken)
NOTICES: dict[str, tuple[str, tuple[tuple[tuple[str, str], ...], ...]]] = {
    "lost": ("lose", (
        (("LOST", "寻物启事"), ("LOST: {thing.bare}", "寻{thing}"), ("Who has seen it?", "谁看见了？"), ("{A} is looking for something", "{a}在找东西"), ("Gone!", "不见了！"), ("Please look under your bed", "请看看你的床底下")),
        (("The {look} {thing.bare} of {a} is missing.", "{a}丢了{look}{thing}。"), ("{A} has lost {thing}. It is {look}.", "{a}丢了{thing}，是{look}。"), ("{A} misses {thing}: {look}, and very dear.", "{a}的{thing}不见了：{look}，很要紧。"), ("If you see {look.a} {thing.bare}, it belongs to {a}.", "要是看见{look}{thing}，那是{a}的。"),
         ("{Thing} has run away from {a}. It is {look} and does not bite.", "{thing}从{a}那儿跑了。它是{look}，不咬人。"), ("{Look.a} {thing.bare} is wanted, dead or alive, by {a}.", "{a}悬赏寻找{look}{thing}，死活都要。")),
        (("Reward: {food.a}.", "酬谢：{food.a}。"), ("Whoever finds it gets {food.a}.", "谁找到就送谁{food.a}。"), ("{N} coins for the finder.", "找到的人可得{n}个硬币。"), ("The finder may keep {n} marbles.", "找到的人可得{n}颗玻璃珠。"), ("No reward, but many thanks.", "没有酬金，但万分感谢。"), ("The finder gets a song, with {n} verses.", "谁找到，就为谁唱一首{n}段的歌。")),
        _CONTACT,
    )),
    "found": ("find take", (
        (("FOUND", "招领启事"), ("FOUND: {thing.bare}", "招领{thing}"), ("Is this yours?", "这是您的吗？"), ("Whose is it?", "是谁的？"), ("Somebody must miss this", "一定有人在找它"), ("Not lost any more", "不再是失物")),
        (("{A} has found {thing.a}.", "{a}拾到{thing.a}。"), ("{Thing} is safe with {a}.", "{thing}平安无事，在{a}那儿。"), ("Who has lost {thing.a}? {A} has it.", "谁丢了{thing.a}？在{a}那儿。"), ("{A} came home with {thing.a}.", "{a}带了{thing.a}回家。"), ("{A} cannot keep {thing} for ever.", "{a}不能永远留着{thing}。"), ("{Thing} wants to go home, says {a}.", "{a}说，{thing}想回家了。")),
        (("It must be fetched before {date.bare}.", "请在{date}以前来领。"), ("Say what is special about it.", "请说出它的特别之处。"), ("Bring {n} coins, or {food.a}.", "请带{n}个硬币，或者{food.a}。"), ("It sleeps in a box now.", "它现在睡在一个盒子里。"), ("{B} says that it is not for sale.", "{b}说，不卖。"), ("Only the owner knows the scratch.", "只有主人知道那道划痕在哪儿。")),
        _CONTACT,
    )),
    "thanks": ("give help share return mend lend", (
        (("THANK YOU", "感谢信"), ("Many thanks!", "多谢！"), ("A word of thanks", "说声谢谢"), ("To {a}", "致{a}"), ("Three cheers for {a}", "为{a}欢呼三声"), ("Everybody, listen!", "大家听着！")),
        (("{A} has been very kind to {b}.", "{a}对{b}真好。"), ("{B} wants the whole town to know how good {a} is.", "{b}想让全镇都知道{a}有多好。"), ("Without {a}, {b} would not be laughing now.", "要是没有{a}，{b}这会儿可笑不出来。"), ("{B} will never forget what {a} has done.", "{a}做的事，{b}永远不忘。"), ("Not everybody is like {a}, says {b}.", "{b}说，像{a}这样的人可不多。"), ("{B} owes {a} {n} thanks, and counts them here.", "{b}欠{a}{n}声谢谢，都写在这儿。")),
        (("There will be {food.bare} for {a} {date}.", "{date}请{a}吃{food.bare}。"), ("Hats off to {a}!", "向{a}脱帽致敬！"), ("Let us all be like that {date}.", "{date}我们也都这样做吧。"), ("Whoever meets {a} may say it again.", "谁碰见{a}，请再谢一遍。"), ("The bell will ring {n} times for {a}.", "钟要为{a}敲{n}下。"), ("May {a} never be out of {food.bare}.", "祝{a}天天有{food.bare}吃。")),
    )),
    "invitation": ("", (
        (("COME ONE, COME ALL", "都来吧"), ("INVITATION", "请柬"), ("{Date}!", "就在{date}！"), ("You are invited", "请您光临"), ("A party for everyone", "人人有份的聚会"), ("Put it in your calendar", "请记在日历上")),
        (("We are going to {activity} {place.at}.", "我们要在{place.at}{activity}。"), ("{A} wants to {activity}, and not alone.", "{a}想{activity}，可不想一个人。"), ("Who would like to {activity} with {a} and {b}?", "谁想和{a}、{b}一起{activity}？"), ("{A} and {b} {activity} {place.at}, and you may join in.", "{a}和{b}在{place.at}{activity}，欢迎参加。"), ("Everybody who can {activity} should come {place.to}.", "会{activity}的都请到{place}来。"), ("Nobody in town can {activity} like {b}: come and see.", "说到{activity}，镇上谁也比不过{b}，快来看看吧。")),
        (("It begins at {time} {date}.", "{date}{time}开始。"), ("{Date}, {time}, rain or shine.", "{date}{time}，风雨无阻。"), ("At {time} {date}; whoever is late gets no {food.bare}.", "{date}{time}，迟到的没有{food.bare}吃。"), ("We start {date} when the clock shows {time}.", "{date}钟一指到{time}就开始。"), ("Be there {date} at {time}.", "{date}{time}请到场。"), ("{Date} at {time}, and not a minute later.", "{date}{time}，一分钟也别晚。")),
        (("There is {food.bare}, as long as it lasts.", "备有{food.bare}，吃完为止。"), ("Bring {n} chairs and {food.a}.", "请带{n}把椅子和{food.a}。"), ("Dogs and {b.own} friends are welcome.", "小狗和{b}的朋友都欢迎。"), ("It costs {n} coins, children nothing.", "收费{n}个硬币，小孩免费。"), ("{B} makes the {food.bare}.", "{food.bare}由{b}来做。"), ("No speeches.", "不讲话。")),
    )),
    "warning": ("", (
        (("CAREFUL!", "小心！"), ("WARNING", "警告"), ("To whom it may concern", "敬请注意"), ("Please take care", "请多加小心"), ("Attention, attention", "注意，注意"), ("This is no joke", "这不是开玩笑")),
        (("{Animal.a} has been seen {place.at}.", "有人在{place.at}看见{animal.a}。"), ("The step {place.at} is loose.", "{place.at}的台阶松了。"), ("{Animal} {place.at} steals {food.bare}.", "{place.at}的{animal}偷吃{food.bare}。"), ("There is wet paint {place.at}.", "{place.at}油漆未干。"), ("The path {place.to} is full of water.", "去{place}的路上全是水。"), ("Do not feed {animal} {place.at}.", "请不要给{place.at}的{animal}喂东西。")),
        (("Children should stay away until {date.bare}.", "{date}以前小朋友请勿靠近。"), ("Whoever does not believe it may ask {a}.", "不信就去问{a}。"), ("It has happened {n} times this week.", "这个星期已经出了{n}回事。"), ("{A} has already lost a shoe there.", "{a}已经在那儿丢了一只鞋。"), ("{B} will put up a fence {date}.", "{date}{b}会搭一道栅栏。"), ("Walk slowly, and not after {time}.", "请慢走，{time}以后别去。")),
    )),
    "sale": ("", (
        (("FOR SALE", "出售"), ("ONLY {date.bare}", "只限{date}"), ("Cheap!", "便宜啦！"), ("Buy now", "快来买"), ("New at {trade.own}", "{trade}那儿的新货"), ("A bargain", "机会难得")),
        (("{Trade} has {n} new {food.bare} dishes.", "{trade}新做了{n}种{food.bare}。"), ("{Look.a} {thing.bare}, hardly used, from {a}.", "{a}出让{look}{thing}，几乎没用过。"), ("{A} sells {thing.a}, because {b} has a better one.", "{a}卖{thing.a}，因为{b}有更好的。"), ("{Trade} swaps {thing.a} for {food.bare}.", "{trade}想用{thing.a}换{food.bare}。"), ("The {look} {thing.bare} in {trade.own} window is looking for a home.", "{trade}橱窗里的{look}{thing}在找新家。"), ("{A} is giving up {thing}. It is {look}.", "{a}不要{thing}了，是{look}。")),
        (("It costs {n} coins.", "{n}个硬币。"), ("{N} coins, or {food.a}.", "{n}个硬币，或者{food.a}。"), ("Price: {n} coins. Do not bargain with {b}.", "价钱：{n}个硬币。请不要跟{b}讲价。"), ("Whoever comes {date} pays half.", "{date}来的人半价。"), ("Free for whoever can carry it.", "谁搬得动就白送谁。"), ("{N} coins before {time}, after that {n} and a smile.", "{time}以前{n}个硬币，以后{n}个硬币加一个笑脸。")),
        _CONTACT,
    )),
}  # fmt: skip
