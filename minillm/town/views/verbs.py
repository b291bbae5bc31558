"""How each kind of event is put into words, whoever tells it: a verb and what goes with it.

A line reads `kind | past:base rest | chinese`: a acts, {b} and {c} are the other roles, and (了) falls away after 没有.
"~" parts the Chinese from its negation where 没有 does not fit. `kind/type` is for that type of the last role only.
Lines of one kind mean the same. A line that starts with "=" is a whole sentence, for paraphrases and statements.
"""

# ruff: noqa: E501

VERBS = """
have | had:have {b} | 有{b}~没有{b}
make | made:make {b} | 做(了){b}
make | built:build {b} with {a.his} own hands | 亲手做出(了){b}
buy | bought:buy {c} from {b} | 从{b}那儿买(了){c}
buy | paid:pay {b} for {c} | 付钱给{b}，买下(了){c}
find | found:find {b} | 找到(了){b}
find | came:come across {b} | 发现(了){b}
take | took:take {b} | 拿走(了){b}
take/beast | took:take {b} along | 带走(了){b}
take | carried:carry {b} off | 把{b}带在身边
keep | kept:keep {b} | 留下(了){b}
keep | held:hold on to {b} | 一直留着{b}~没有留着{b}
lose | lost:lose {b} | 弄丢(了){b}
lose | mislaid:mislay {b} | 不小心丢(了){b}~没有丢{b}
break | broke:break {b} | 弄坏(了){b}
break | damaged:damage {b} | 把{b}弄坏(了)
mend | mended:mend {b} | 修好(了){b}
mend | repaired:repair {b} | 把{b}修理好(了)
eat | ate:eat {b} | 吃掉(了){b}
eat | finished:finish {b} | 把{b}吃光(了)
give | gave:give {c} to {b} | 把{c}给(了){b}
give | handed:hand {c} to {b} | 把{c}交给(了){b}
give | passed:pass {c} on to {b} | 把{c}送给(了){b}
lend | lent:lend {c} to {b} | 把{c}借给(了){b}
lend | let:let {b} use {c} | 让{b}用(了){c}
return | gave:give {c} back to {b} | 把{c}还给(了){b}
return | returned:return {c} to {b} | 把{c}交还(了){b}
show | showed:show {c} to {b} | 把{c}拿给{b}看(了)
show | let:let {b} look at {c} | 让{b}看(了){c}
share | shared:share {c} with {b} | 和{b}分(了){c}
share | split:split {c} with {b} | 和{b}一起分享(了){c}
hide | hid:hide {b} | 把{b}藏(了)起来
hide | put:put {b} out of sight | 把{b}藏到(了)看不见的地方
go | went:go {b.to} | 去(了){b.to}
go | headed:head {b.to} | 来到(了){b.to}
sit | stayed:stay {b.at} | 待在{b.at}
sit | sat:sit {b.at} | 坐在{b.at}
come | came:come to {b} | 来到(了){b}身边
come | turned:turn up at {b.own} side | 来找(了){b}
leave | left:leave {b} | 离开(了){b}
follow | followed:follow {b} | 跟着{b}走(了)
follow | went:go after {b} | 跟在{b}后面
chase | chased:chase {b} | 追赶{b}
chase | ran:run after {b} | 追着{b}跑(了)
pass | went:go past {b} | 从{b}身边走过
pass | hurried:hurry by {b} | 从{b}旁边经过
meet | met:meet {b} | 见到(了){b}
meet | got:get together with {b} | 和{b}碰(了)面
visit | visited:visit {b} | 看望(了){b}
visit | paid:pay a visit to {b} | 到{b}那儿做(了)客
see | saw:see {b} | 看见(了){b}
see | caught:catch sight of {b} | 瞧见(了){b}
look | looked:look {b.at} | 在{b.at}找(了)找
look | searched:search around {b.at} | 到{b.at}找过~没有到{b.at}找
ask | spoke:speak to {b} | 跟{b}说(了)话
ask | had:have a word with {b} | 找{b}说(了)几句
answer | answered:answer {b} | 回答(了){b}
answer | replied:reply to {b} | 给(了){b}一个答复
talk | talked:talk to {b} | 和{b}聊(了)天
talk | chatted:chat with {b} | 跟{b}说(了)话
help | helped:help {b} | 帮助(了){b}
help | gave:give {b} a hand | 帮(了){b}的忙
thank | thanked:thank {b} | 感谢(了){b}
thank | said:say thank you to {b} | 向{b}道(了)谢
sorry | said:say sorry to {b} | 对{b}说(了)对不起
sorry | apologized:apologize to {b} | 向{b}道(了)歉
praise | praised:praise {b} | 夸奖(了){b}
praise | had:have kind words for {b} | 说(了){b}的好话
scold | scolded:scold {b} | 批评(了){b}
scold | told:tell {b} off | 数落(了){b}
tease | teased:tease {b} | 取笑(了){b}
tease | made:make fun of {b} | 拿{b}开(了)玩笑
laugh | laughed:laugh | 笑(了)
laugh | burst:burst out laughing | 笑出(了)声
laugh-at | laughed:laugh at {b} | 笑话(了){b}
laugh-at | found:find {b} funny | 觉得{b}好笑~不觉得{b}好笑
cry | cried:cry | 哭(了)
cry | shed:shed tears | 掉(了)眼泪
sing | sang:sing | 唱(了)歌
sing | burst:burst into song | 唱(了)起来
dance | danced:dance | 跳(了)舞
dance | did:do a dance | 跳起(了)舞
sleep | fell:fall asleep | 睡着(了)
sleep | dozed:doze off | 进入(了)梦乡
wake | woke:wake up | 醒(了)
wake | opened:open {a.his} eyes again | 睁开(了)眼睛
tumble | took:take a tumble | 翻(了)跟头
tumble | tumbled:tumble | 栽(了)跟头
jump | jumped:jump | 跳(了)起来
jump | leapt:leap | 蹦(了)一下
climb | climbed:climb {b} | 爬上(了){b}
wait | waited:wait for {b} | 等(了){b}
wait | stood:stand waiting for {b} | 等着{b}~没有等{b}
play | played:play with {b} | 和{b}一起玩(了)
play | had:have fun with {b} | 跟{b}玩到(了)一块儿
race | raced:race against {b} | 和{b}比(了)一场
race | competed:compete with {b} | 跟{b}较量(了)一番
win | beat:beat {b} | 赢(了){b}
win | won:win against {b} | 胜过(了){b}
blow | blew:blow out {b} | 吹灭(了){b}
stick | got:get stuck | 卡住(了)
stick | jammed:jam | 不动了~没有停住
fear | was:be afraid of {b} | 害怕{b}~不怕{b}
fear | feared:fear {b} | 怕{b}~不怕{b}
feel | was:be {b} | 很{b}~不{b}
feel | felt:feel {b} | 觉得{b}~不觉得{b}
lie | was:be {b.at} | 在{b.at}~不在{b.at}
wonder/riddle | wondered:wonder {b} | 想知道{b}~不想知道{b}
tell/riddle | told:tell {b} {c} | 告诉(了){b}{c}
guess/riddle | found:find out {b} | 猜出(了){b}
promise/rule | promised:promise {b} not to {c} | 答应{b}绝不{c}~没有答应{b}绝不{c}
tell/forecast | told:tell {b} that it would {c} | 告诉{b}要{c}~没有告诉{b}要{c}
tell/rumor | told:tell {b} that {c} | 告诉{b}，{c}~没有告诉{b}{c}
want/activity | wanted:want to {b} | 想{b}~不想{b}
make/machine | invented:invent a machine that could {b} | 发明(了)一台会{b}的机器
want/thing | wanted:want {b} | 想要{b}~不想要{b}
want/thing | wished:wish for {b} | 很想得到{b}~不想得到{b}
want/food | wanted:want {b} | 想要{b}~不想要{b}
want/food | wished:wish for {b} | 很想吃{b}~不想吃{b}
forget/thing | forgot:forget {b} | 忘(了){b}
forget/thing | lost:lose track of {b} | 把{b}忘在(了)脑后
remember/thing | remembered:remember {b} | 想起(了){b}
remember/thing | thought:think of {b} again | 又记起(了){b}
""".strip()

# Whole sentences with few words in common with the verbs above.
SAYINGS = """
have | {A} was the one with {b} | {b}在{a}手上
ask | {B} listened to what {a} had to say | {b}听{a}说了几句
make | {B} was {a.own} own work | {b}是{a.own}手艺
buy | {C} changed hands at {b.own}, and {a} carried it home | {b}把{c}卖给了{a}
find | In the end it was {a} whose eyes fell on {b} | {b}终于出现在{a}眼前
take | {B} went along with {a} | {b}到了{a}手里
keep | {B} stayed with {a} for good | {b}从此就是{a}的了
lose | {B} was nowhere to be seen, and {a} had been the last to hold it | {b}不见了，谁也不知道{a}把它落在了哪儿
break | In {a.own} hands {b} went to pieces | {b}在{a}手里坏掉了
mend | Thanks to {a}, {b} was as good as new | 多亏{a}，{b}又跟新的一样
eat | Nothing was left of {b} once {a} had sat down to it | {b}进了{a.own}肚子
give | {B} received {c} from {a} | {b}从{a}那儿收到了{c}
give | It was thanks to {a} that {b} had {c} now | {c}到了{b}手里，是{a}送来的
lend | {B} borrowed {c} from {a} | {b}向{a}借来了{c}
return | {B} got {c} back from {a} | {b}从{a}手里要回了{c}
show | {B} saw {c} in {a.own} hands | {b}在{a}那儿见到了{c}
share | {B} got half of {c} from {a} | {a.own}{c}，{b}也有一半
hide | Where {b} was, only {a} could say | {b}在哪儿，只有{a}知道
go | {A.own} next stop was {b} | {b}来了一位客人，就是{a}
sit | You would have found {a} {b.at} | 在{b.at}能找到{a}
come | {B} had company: {a} | {b}身边多了{a}
follow | Wherever {b} went, {a} went too | {b}走到哪儿，{a}就到哪儿
chase | {B} ran, with {a} close behind | {b}在前面跑，{a}在后面撵
pass | {B} stood there, and {a} did not stop | {a}没有停下来，{b}只看见一个背影
meet | {A.own} path and {b.own} crossed | {b}和{a}遇到了一起
visit | {B} had a guest, namely {a} | {b}家里来了客人：{a}
see | There, before {a.own} eyes, was {b} | {b}出现在{a}面前
look | {A} hoped in vain that it was {b.at} | {a}以为就在{b.at}，结果没有
answer | {B} got an answer from {a} | {b}得到了{a.own}答复
talk | Many words went back and forth between {a} and {b} | {b}和{a}你一言我一语
help | {B} did not have to manage alone, because {a} was there | 有{a}在，{b}不用一个人发愁
thank | {B} deserved thanks, and {a} did not forget that | {b}听到了{a.own}一声谢谢
sorry | {B} heard from {a} how much it hurt to have been unkind | {b}听到了{a.own}道歉
praise | {B} had earned it: {a} was full of admiration | {b}真棒，连{a}也佩服
scold | {B} had to listen to angry words from {a} | {b}挨了{a.own}骂
tease | {B} had to put up with jokes from {a} | {b}成了{a.own}笑料
laugh | Something struck {a} as very funny | {a}乐得合不拢嘴
laugh-at | {B} was too much for {a}, who giggled | {b}把{a}逗乐了
cry | There were wet cheeks, and they were {a.own} | {a.own}脸上挂着泪珠
sing | A tune was heard, and it came from {a} | 传来一阵歌声，是{a.own}声音
dance | {A.own} feet could not keep still | {a.own}脚停不下来
sleep | {A.own} eyes closed | {a}闭上眼睛，打起了呼噜
wake | {A.own} nap was over | {a.own}一觉到头了
tumble | Head over heels went {a} | {a}转得头朝下脚朝上
jump | Both of {a.own} feet left the ground | {a.own}两只脚离了地
climb | Up, up went {a}, to the top of {b} | {b}再高，{a}也上去了
wait | {B} was late, and {a} had to be patient | {b}没来，{a}不肯走
play | {B} was not alone any more, and neither was {a} | {b}有了玩伴，就是{a}
race | {A} and {b} tried to find out who was better | {b}和{a}想看看谁更厉害
win | {B} came second, because {a} was better | {b}输给了{a}
blow | {B} went out, because {a} had blown hard | {b}灭了，是{a}干的
stick | {A} would not move any more | {a}怎么也拔不出来
fear | {B} made {a} shiver | 一提到{b}，{a}就发抖
feel | Anyone could see in {a.own} face that {a.he} felt {b} | {a.own}脸上写着“{b}”两个字
want/thing | If only {b} were mine, thought {a} | {a}心里想：{b}要是我的就好了
want/food | {A} could think only of {b} | {a}满脑子都是{b}
forget/thing | {B} had gone clean out of {a.own} head | {a}脑子里再也没有{b}了
remember/thing | {B} came back to {a.own} mind | {b}又回到了{a.own}脑子里
lie | Whoever looked {b.at} was sure to see {a} | 往{b}一瞧，就能看到{a}
wonder/riddle | {A} had a question on {a.his} mind: {b} | {a}心里装着一个问题：{b}
tell/riddle | {B} heard the reason from {a}, who knew {c} | {b}从{a}那儿听说了{c}
promise/rule | {B} had the word of {a}: never to {c} | {a}跟{b}保证过，不会{c}
want/activity | To {b} was {a.own} dearest plan | {a}盼着{b}
make/machine | Thanks to {a}, there was now a contraption to {b} | 多亏{a}，镇上有了一个专管{b}的玩意儿
trouble | That day was hard for {a}, who {b} | {a}不大好：{a.he}{b}
""".strip()


class Verb:
    """One way to put a kind of event: the English past and base forms with what follows, the Chinese and its negation."""

    __slots__ = ("base", "past", "rest", "zh", "zh_not")

    def __init__(self, english: str, chinese: str):
        head, _, self.rest = english.partition(" ")
        self.past, _, self.base = head.partition(":")
        positive, _, negative = chinese.partition("~")
        self.zh = positive.replace("(了)", "了")
        self.zh_not = negative or "没有" + positive.replace("(了)", "")

    def english(self, form: str) -> str:
        """With its past or base form: "gave {c} to {b}", "give {c} to {b}"."""
        return f"{getattr(self, form)} {self.rest}".strip()


def _read() -> tuple[dict[str, list[Verb]], dict[str, list[tuple[str, str]]]]:
    verbs: dict[str, list[Verb]] = {}
    sayings: dict[str, list[tuple[str, str]]] = {}
    for line in VERBS.splitlines():
        kind, english, chinese = (cell.strip() for cell in line.split("|"))
        verbs.setdefault(kind, []).append(Verb(english, chinese))
    for line in SAYINGS.splitlines():
        kind, english, chinese = (cell.strip() for cell in line.split("|"))
        sayings.setdefault(kind, []).append((english, chinese))
    return verbs, sayings


VERB, SAYING = _read()
