"""The words that frame a story: what is carried, asked, forbidden, counted or foretold at its beginning."""

# ruff: noqa: E501

from minillm.town.words import Entry, Table, table

OCCASIONS = """
On market day                      | 赶集的日子
The day before the fair            | 庙会的前一天
On the first day of the holidays   | 放假的第一天
The morning after the big storm    | 暴风雨过后的早晨
On the longest day of the year     | 一年里白天最长的那天
The day the circus left            | 马戏团离开的那天
When the plums were ripe           | 李子熟了的时候
The day the bridge was painted     | 给桥刷漆的那天
When the swallows came back        | 燕子飞回来的时候
The week the mayor had a cold      | 镇长感冒的那个星期
On the last warm day of the year   | 天冷以前的最后一个暖和日子
The day the bakery smelled best    | 面包房最香的那一天
"""

KEEPSAKES = """
acorn        | 橡子     | 颗
feather      | 羽毛     | 根
penny        | 铜板     | 枚
pebble       | 小石子   | 颗
snail shell  | 蜗牛壳   | 个
cork         | 软木塞   | 个
pine cone    | 松果     | 个
stamp        | 邮票     | 张
ribbon       | 缎带     | 条
walnut shell | 核桃壳   | 个
thimble      | 顶针     | 个
candle stub  | 蜡烛头   | 截
chess pawn   | 小棋子   | 个
beetle wing  | 甲虫翅膀 | 片
bus ticket   | 车票     | 张
paper boat   | 纸船     | 只
rusty nail   | 生锈的钉子 | 根
tin soldier  | 锡兵     | 个
plum stone   | 李子核   | 颗
domino       | 骨牌     | 张
"""

# A question of the morning, and its answer in the evening.
RIDDLES = """
why snails carry their houses     | because they always lose the key           | 蜗牛为什么背着房子   | 它老是弄丢钥匙
why ducks never wear shoes        | because nobody sells shoes that flat | 鸭子为什么不穿鞋 | 没人卖那么扁的鞋
where the wind sleeps             | in the mill, when the miller is away       | 风睡在哪儿           | 磨坊主不在的时候，它睡在磨坊里
who wakes the rooster             | his wife, who gets up earlier              | 谁来叫醒公鸡         | 他的太太，她起得更早
why the moon gets thin            | because it gives a piece to every owl      | 月亮为什么会变瘦     | 它给每只猫头鹰都分了一块
what fish do when it rains        | they stay indoors                          | 下雨的时候鱼做什么   | 它们待在家里不出门
why cats look so wise             | because they never answer                  | 猫为什么看起来那么聪明 | 它们从来不回答问题
where holes go when they are mended | to the next sock                          | 洞补好了以后去了哪儿 | 去了另一只袜子上
why the sea is salty              | because the herrings cry at the movies     | 海水为什么是咸的     | 鲱鱼看戏的时候总爱哭
how the bees find the way home    | they ask the flowers                       | 蜜蜂怎么找到回家的路 | 它们一路问花儿
why bread has a crust             | so that the inside does not catch cold     | 面包为什么有皮       | 免得里面着凉
what the scarecrow is afraid of   | a sneeze                                   | 稻草人害怕什么       | 怕人打喷嚏
why giraffes have long necks      | because the head is so far up              | 长颈鹿的脖子为什么那么长 | 头长得太高了
how the stars stay up             | they hold hands                            | 星星为什么掉不下来   | 它们手拉着手
why the clock says tick first     | because tock is shy                        | 钟为什么先说“滴”   | “答”有点儿害羞
where the snow goes in summer     | into the ice cream                         | 夏天雪去了哪儿       | 都到冰淇淋里去了
"""

# What one must not do, and why it was not done.
RULES = """
race the geese             | They were too tired     | 跟大鹅赛跑       | 它们太累了
lick the cold bell         | It was warm today       | 舔冰冷的大钟     | 今天钟不冷
wake the bear              | He was up already       | 吵醒大熊         | 它早就起来了
talk to the soup           | It never answers        | 跟汤说话         | 汤从来不搭理我
sell the slippers         | Nobody wanted them      | 卖掉拖鞋     | 没有人要
feed the statue            | It was not hungry       | 给雕像喂饭       | 它说不饿
paint the cat              | The cat said no         | 给猫画胡子       | 猫不答应
count the ants             | They did not stand still | 数蚂蚁          | 它们不肯站好
borrow the mayor's hat     | He was wearing it       | 借镇长的帽子     | 他正戴着呢
swim in the fountain       | There were frogs in it  | 在喷泉里游泳     | 里面全是青蛙
sit on the cake            | There was no cake       | 坐在蛋糕上       | 今天没有蛋糕
argue with the goat        | The goat was right      | 跟山羊吵架       | 山羊说得对
follow the fire engine     | It was too fast         | 追消防车         | 它跑得太快了
tickle the policeman       | He laughed before that  | 挠警察的痒痒     | 他自己先笑了
wear a bucket              | It did not fit          | 往头上扣水桶       | 水桶太小了
bring home another snail   | It came by itself       | 再带蜗牛回家     | 是它自己来的
"""

FRUITS = """
plum      | plums      | 李子   | 颗
cherry    | cherries   | 樱桃   | 颗
biscuit   | biscuits   | 饼干   | 块
apricot   | apricots   | 杏子   | 个
grape     | grapes     | 葡萄   | 颗
dumpling  | dumplings  | 饺子   | 个
tart      | tarts      | 果馅饼 | 个
radish    | radishes   | 小萝卜 | 个
pretzel   | pretzels   | 麻花   | 根
fig       | figs       | 无花果 | 个
date      | dates      | 红枣   | 颗
nut       | nuts       | 榛子   | 颗
"""

# What it would do according to somebody: English verb, and the same as told later.
FORECASTS = """
snow           | 下雪     | 雪
hail           | 下冰雹   | 冰雹
thunder        | 打雷     | 雷
rain frogs     | 下青蛙   | 青蛙
freeze         | 结冰     | 冰
blow a gale    | 刮大风   | 大风
snow feathers  | 下羽毛雨 | 羽毛
"""

LETTERS = """
The hens send their love              | 母鸡们问你好
I have knitted a sock for your cold ear | 我给你的冷耳朵织了一只袜子
Please send me my teeth               | 请把我的假牙寄来
I can ride a bicycle now              | 我学会骑自行车了
The goat ate the rest of this letter  | 信的后半截让山羊吃了
I am coming by balloon                | 我坐气球来看你
Your pancakes arrived by mail, a bit flat | 你寄的煎饼到了，有点儿扁
Do not read this letter               | 千万别看这封信
I have forgotten what I wanted to write | 我忘了要写什么
My nose is much better                | 我的鼻子好多了
Look behind the door                  | 看看门后面
The snowman has moved in with me      | 雪人搬来跟我一起住了
"""

MISPLACED = """
glasses    | On your nose            | 眼镜   | 在您鼻子上呢
hat        | On your head            | 帽子   | 戴在您头上呢
pipe       | In your mouth           | 烟斗   | 叼在您嘴里呢
goat       | Right behind you        | 山羊   | 就在您身后
ladder     | You are standing on it  | 梯子   | 您正站在上面
umbrella   | Over your head          | 伞     | 您正撑着呢
left shoe  | On your right foot      | 左脚的鞋 | 穿在您右脚上
pencil     | Behind your ear         | 铅笔   | 夹在您耳朵上
cat        | Asleep in your basket   | 猫     | 睡在您篮子里
wheelbarrow | You are pushing it     | 独轮车 | 您正推着呢
scissors   | In your other hand      | 剪刀   | 在您另一只手里
"""

FLOCKS = """
geese       | 大鹅   | 只
sheep       | 绵羊   | 只
sparrows    | 麻雀   | 只
snails      | 蜗牛   | 只
swallows    | 燕子   | 只
toads       | 癞蛤蟆 | 只
ladybugs    | 瓢虫   | 只
pigeons     | 鸽子   | 只
ants        | 蚂蚁   | 只
storks      | 鹳鸟   | 只
ravens      | 渡鸦   | 只
goslings    | 小鹅   | 只
"""

SIGNS = """
No running           | walked on tiptoe               | 禁止奔跑   | 踮着脚走了过去
Wet paint            | checked, and it was            | 油漆未干   | 摸了摸，真的没干
Beware of the hen    | bowed to the hen               | 小心母鸡   | 朝母鸡鞠了一躬
No ball games        | played no ball games           | 不准玩球   | 没有玩球
Silence              | breathed very quietly          | 请安静     | 连喘气都轻轻的
Keep left            | hopped on the left foot        | 请靠左走   | 用左脚蹦了过去
Closed               | knocked and wished it good day | 今天休息   | 敲敲门，说了声“好好休息”
For sale             | waved to the empty house       | 此屋出售   | 朝空房子挥了挥手
Fresh eggs           | promised not to sneeze         | 新鲜鸡蛋   | 憋住了一个喷嚏
Do not feed the sign | put the bread away             | 请勿喂牌子 | 把面包收了起来
"""

RUMORS = """
a whale had moved into the pond        | 池塘里搬来了一头鲸鱼
the moon was made of rice              | 月亮是用米饭做的
the school had flown away              | 学校飞走了
the king was hiding in the bakery      | 国王躲在面包房里
hens could read in the dark            | 母鸡摸黑也能看书
it would be Sunday all week            | 这个星期天天都是星期天
the bridge had gone for a walk         | 桥散步去了
somebody had stolen the fog            | 雾让人偷走了
soup was now forbidden                 | 从今天起不准喝汤
the mayor slept in a drawer            | 镇长睡在抽屉里
the river had run dry at breakfast     | 河水让人当早饭喝光了
a tiger was selling umbrellas          | 有只老虎在卖伞
"""

SLIPS = """
both shoes were left shoes             | 两只鞋都是左脚的
the sweater was on backward            | 毛衣穿反了
there was jam on one elbow             | 胳膊肘上有果酱
one sock was missing                   | 少穿了一只袜子
there was a spoon behind one ear       | 耳朵后面夹着一把勺子
the other hand still held a toothbrush | 手里还拿着牙刷
there was a clothespin on the collar   | 领子上还夹着晾衣夹
the coat belonged to somebody taller   | 身上的大衣是大人的
"""

_EN = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ZH = ["两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]


def _number(index: int) -> Entry:
    """A number with the next smaller one ("less") and the one after that ("least")."""
    english = {"": _EN[index], "less": _EN[index - 1], "least": _EN[index - 2]}
    chinese = {"": _ZH[index], "less": _ZH[index - 1], "least": _ZH[index - 2]}
    return Entry(_EN[index], {"en": english, "zh": chinese})


FRAME_LEXICON = {
    "occasion": table("en | zh", OCCASIONS),
    "keepsake": table("en | zh | zh.mw", KEEPSAKES),
    "riddle": table("en | en.answer | zh | zh.answer", RIDDLES),
    "rule": table("en | en.why | zh | zh.why", RULES),
    "number": Table([_number(index) for index in range(2, 11)]),
    "fruit": table("en | en.many | zh | zh.mw", FRUITS),
    "forecast": table("en | zh | zh.it", FORECASTS),
    "letter": table("en | zh", LETTERS),
    "misplaced": table("en | en.where | zh | zh.where", MISPLACED),
    "flock": table("en | zh | zh.mw", FLOCKS),
    "sign": table("en | en.so | zh | zh.so", SIGNS),
    "rumor": table("en | zh", RUMORS),
    "slip": table("en | zh", SLIPS),
}
