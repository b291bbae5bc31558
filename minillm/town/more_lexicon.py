"""More words of the town: numbers that add up, wares, curiosities, machines, riddles, visitors and voices of the night."""

# ruff: noqa: E501

from minillm.town.tale_lexicon import TALES
from minillm.town.words import Entry, Table, table

_EN = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
)
_ZH = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")


def _number(value: int, **tables: Table) -> Entry:
    """A number before a noun; in Chinese before a measure word, so that 2 is 两 (in a `sum`: 二)."""
    return Entry(
        _EN[value],
        {"en": {"": _EN[value]}, "zh": {"": _ZH[value], "sum": "二" if value == 2 else _ZH[value]}},
        None,
        tables,
    )


def _total(value: int) -> Entry:
    """A number that splits in two: `gone` of it, and under that the number that is `left`."""
    gone = [_number(part, left=Table([_number(value - part)])) for part in range(2, value - 1)]
    return _number(value, gone=Table(gone))


def _purse(coins: int) -> Entry:
    """Coins in a pocket: a higher `price`, a lower `offer`, and under the offer the coins that it would leave, `left`."""
    offers = [_number(part, left=Table([_number(coins - part)])) for part in range(2, coins - 1)]
    return _number(coins, price=Table([_number(coins + more) for more in (3, 2, 4)]), offer=Table(offers))


# ware | plural | measure word: "five lemons", 五个柠檬
WARES = """
egg        | eggs         | 鸡蛋     | 个
lemon      | lemons       | 柠檬     | 个
apple      | apples       | 苹果     | 个
potato     | potatoes     | 土豆     | 个
tomato     | tomatoes     | 西红柿   | 个
onion      | onions       | 洋葱     | 个
pear       | pears        | 梨       | 个
bun        | buns         | 豆沙包   | 个
plum       | plums        | 李子     | 个
carrot     | carrots      | 胡萝卜   | 根
sausage    | sausages     | 香肠     | 根
peach      | peaches      | 桃子     | 个
radish     | radishes     | 小红萝卜 | 个
cucumber   | cucumbers    | 黄瓜     | 根
cabbage    | cabbages     | 圆白菜   | 棵
herring    | herrings     | 鲱鱼     | 条
walnut     | walnuts      | 核桃     | 个
fig        | figs         | 无花果   | 个
chestnut   | chestnuts    | 栗子     | 个
"""

EXTRAS = """
a jar of mustard | the mustard | mustard | 一罐芥末 | 芥末
a bottle of vinegar | the vinegar | vinegar | 一瓶醋 | 醋
a pound of butter | the butter | butter | 一磅黄油 | 黄油
a bag of salt | the salt | salt | 一袋盐 | 盐
a can of lamp oil | the lamp oil | lamp oil | 一桶灯油 | 灯油
a packet of pepper | the pepper | pepper | 一包胡椒 | 胡椒
a yard of ribbon | the ribbon | ribbon | 一截丝带 | 丝带
a stick of cinnamon | the cinnamon | cinnamon | 一根桂皮 | 桂皮
a block of tofu | the tofu | tofu | 一块豆腐 | 豆腐
"""

# What somebody else's basket may hold.
ODDITIES = """
a snoring puppy         | 一只打呼噜的小狗
three live crabs        | 三只活螃蟹
a false beard           | 一把假胡子
a trombone              | 一把长号
a wooden leg            | 一条木头腿
seven left shoes        | 七只左脚的鞋
an alarm clock, ticking | 一个滴答响的闹钟
a very small tuba       | 一个特别小的大号
the mayor's pajamas     | 镇长的睡衣
"""

JOBS = """
barber      | m | 理发师
teacher     | f | 老师
postman     | m | 邮递员
doctor      | f | 医生
sailor      | m | 水手
fiddler     | m | 提琴手
mayor       | f | 镇长
miller      | m | 磨坊主
ferryman    | m | 摆渡人
shepherd    | m | 牧羊人
painter     | f | 画家
clockmaker  | m | 钟表匠
dentist     | f | 牙医
astronomer  | f | 天文学家
"""

CURIOS = """
music box        | 八音盒   | 个
telescope        | 望远镜   | 架
cuckoo clock     | 布谷鸟钟 | 座
teapot           | 茶壶     | 把
snow globe       | 水晶球   | 个
rocking chair    | 摇椅     | 把
magnifying glass | 放大镜   | 面
birdcage         | 鸟笼     | 个
accordion        | 手风琴   | 架
mirror           | 镜子     | 面
globe            | 地球仪   | 个
feather hat      | 羽毛帽子 | 顶
chess set        | 象棋     | 副
"""

# What a seller says for a thing.
BOASTS = """
A queen once sneezed on it     | 有位女王对着它打过喷嚏
It has been around the world   | 它可是周游过世界的
I carried it here on my back   | 我可是一路背过来的
My grandmother was born in it  | 我奶奶就是在它旁边出生的
There is only one in the world | 全世界就这么一件
It brings good luck on Tuesdays | 每逢星期二，它会带来好运
Even the mayor wanted it       | 连镇长都看上过它
It is older than the bridge    | 它比镇上的桥还老
A pirate cried when he sold it | 当年那个海盗卖它的时候都哭了
"""

# What a buyer says against it.
QUIBBLES = """
It has a scratch        | 可是上面有道划痕
It smells of fish       | 可是它一股鱼腥味
It looks tired          | 可是它看起来累坏了
I am only seven         | 可是我才七岁
It has a dent           | 可是它瘪了一块
A moth lives in it      | 可是里面住着一只蛾子
It is upside down       | 可是它拿倒了
I have seen bigger ones | 可是我见过更大的
It winked at me         | 可是它冲我眨眼睛
"""

# What somebody buys who has forgotten what to buy.
TRIFLES = """
a tin whistle        | 一个铁皮哨子
a paper dragon       | 一条纸龙
a pot of glue        | 一罐胶水
a pair of stilts     | 一副高跷
a sack of feathers   | 一袋羽毛
a straw hat          | 一顶草帽
a goldfish in a jar  | 一条装在罐子里的金鱼
a bag of balloons    | 一袋气球
a hot-water bottle   | 一个热水袋
"""

PLIGHTS = """
had nothing for supper                | 晚饭还没有着落
had six cousins coming to tea         | 家里要来六个表兄弟
had dropped the shopping in the river | 把买的东西掉进了河里
had a sick aunt                       | 有个生病的姑妈
had promised to cook                  | 答应了给全家做饭
had burned the soup                   | 把汤烧糊了
had spent the last coin on a balloon  | 把最后一个铜板买了气球
"""

DEALERS = """
peddler        | m | 货郎
junk dealer    | f | 旧货店老板娘
old sailor     | m | 老水手
widow          | f | 老太太
stallkeeper    | m | 摊主
"""

# What else a pocket holds.
CRUMBS = """
half a biscuit      | the biscuit   | 半块饼干     | 饼干
a squashed plum     | the plum      | 一个压扁的李子 | 李子
some warm raisins   | the raisins   | 一把热乎乎的葡萄干 | 葡萄干
a piece of toffee   | the toffee    | 一块太妃糖   | 糖
an old peppermint   | the peppermint | 一颗旧薄荷糖 | 薄荷糖
three peanuts       | the peanuts   | 三颗花生     | 花生
a slice of sausage  | the sausage   | 一片香肠     | 香肠
"""

# What is swapped on a journey, and who needs it.
SWAPS = """
umbrella     | whose roof leaked                       | 雨伞   | 把 | 家的屋顶正漏雨
bell         | whose goat always got lost              | 铃铛   | 个 | 的山羊老走丢
rope         | whose bucket was down in the well       | 绳子   | 根 | 的水桶掉进了井里
ladder       | whose cat was on the chimney            | 梯子   | 架 | 的猫上了烟囱
hammer       | whose sign had fallen off               | 锤子   | 把 | 的招牌掉了
blanket      | whose donkey had a cold                 | 毯子   | 条 | 的毛驴着凉了
honey pot    | whose throat was sore                   | 蜂蜜罐 | 个 | 的嗓子哑了
lantern      | whose cellar was full of shadows        | 灯笼   | 盏 | 的地窖黑得吓人
comb         | whose dog looked like a mop             | 梳子   | 把 | 的狗像个拖把
mousetrap    | whose cheese was never safe             | 捕鼠夹 | 个 | 的奶酪天天少一块
trumpet      | whose brother never woke up             | 小号   | 把 | 的弟弟怎么也叫不醒
wheel        | whose cart stood in the ditch           | 轮子   | 个 | 的车歪在沟里
pillow       | whose head was full of thoughts         | 枕头   | 个 | 的脑袋里装满了心事
bucket       | whose cow gave too much milk            | 水桶   | 个 | 的奶牛产奶太多
pincushion   | whose armchair was full of needles      | 针插   | 个 | 的沙发上到处是针
"""

WAYS = """
at the mill                | 磨坊
at the crossroads          | 十字路口
by the old well            | 老井边
at the ferry               | 渡口
under the big oak          | 大橡树下
at the toll gate           | 收费站
by the lighthouse          | 灯塔旁
on the drawbridge          | 吊桥上
at the top of the pass     | 山口
in the next village        | 邻村
beside the haystack        | 草垛旁
"""

# contest | where one practices | how it is won
CONTESTS = """
sneezing contest      | in the pepper shop   | sneezed so hard that the tent fell down       | 打喷嚏比赛   | 在胡椒铺里   | 一个喷嚏打倒了帐篷
staring contest       | in front of the mirror | did not blink until the moon rose           | 瞪眼比赛     | 对着镜子     | 直到月亮出来也没眨一下眼
yawning contest       | in bed               | yawned until half the town fell asleep        | 打哈欠比赛   | 躺在床上 | 打了个大哈欠，把半个镇子都带睡着了
whistling contest     | in the bathtub       | whistled so high that a window broke          | 吹口哨比赛   | 在浴缸里     | 一声哨响震碎了一块玻璃
jumping contest       | on the sofa          | jumped over the flagpole                      | 跳高比赛     | 在沙发上     | 一下子跳过了旗杆
pie-eating contest    | at breakfast         | ate nine pies and a napkin                | 吃馅饼比赛   | 在早饭桌上     | 吃了九个馅饼，外加一块餐巾
standing-still contest | in the broom closet | stood so still that a bird built a nest there | 木头人比赛   | 在扫帚间里   | 站得稳稳当当，小鸟都来头上做窝
hat contest           | up in the attic      | came in wearing a live lobster                | 怪帽子比赛   | 在阁楼上     | 头上顶着一只活龙虾
slow race             | on the way to school | took three days for the first step            | 比慢大赛     | 在上学路上   | 迈第一步就花了三天
puddle contest        | in the rain          | splashed the whole brass band                 | 踩水坑比赛   | 在大雨里     | 溅了整个铜管乐队一身水
singing contest       | in the empty well    | sang until the dogs came from the next village | 唱歌比赛    | 对着枯井     | 一唱起来，邻村的狗都跑来了
"""

LAWS = """
no pushing, no biting and no big brothers | 不许推人，不许咬人，不许叫哥哥帮忙
one try each, and no tears                | 一人一次，输了不哭
no wings and no glue                      | 不许用翅膀，也不许用胶水
begin at the bell and stop at sunset      | 铃响开始，日落为止
shoes off and hats on                     | 脱掉鞋子，戴好帽子
nobody may tickle the judge               | 谁也不许胳肢裁判
no grandmothers on the field              | 奶奶们不许上场
the judge is always right before lunch    | 午饭以前，裁判说什么都对
"""

PRIZES = """
a golden cabbage       | the cabbage   | 一棵金白菜     | 金白菜
a silver spoon         | the spoon     | 一把银勺子     | 银勺子
a ham on a cushion     | the ham       | 一只放在垫子上的火腿 | 火腿
a medal of gingerbread | the medal     | 一块姜饼奖牌   | 奖牌
a wheel of cheese      | the cheese    | 一个大轮奶酪   | 奶酪
a cup with two handles | the cup       | 一只双耳奖杯   | 奖杯
a marzipan pig         | the pig       | 一只杏仁糖小猪 | 糖猪
a box of chocolate frogs | the chocolate | 一盒巧克力青蛙 | 巧克力
"""

# Kin who live far away.
RELATIVES = """
Aunt Flora         | f | 花姨
Uncle Rufus        | m | 鲁叔叔
Great-Aunt Ida     | f | 姨婆
Great-Uncle Leopold | m | 叔公
Cousin Bruno       | m | 布表哥
Godmother Pearl    | f | 珍珠干妈
"""

MORE_LEXICON = {
    "total": Table([_total(value) for value in (6, 5, 7, 8, 9, 4, 10, 12)]),
    "few": Table([_number(value) for value in (3, 2, 4, 5)]),
    "purse": Table([_purse(coins) for coins in (6, 5, 7, 8, 9, 4)]),
    "ware": table("en | en.many | zh | zh.mw", WARES),
    "extra": table("en | en.it | en.bare | zh | zh.it", EXTRAS),
    "oddity": table("en | zh", ODDITIES),
    "job": table("en | gender | zh", JOBS),
    "curio": table("en | zh | zh.mw", CURIOS),
    "boast": table("en | zh", BOASTS),
    "quibble": table("en | zh", QUIBBLES),
    "trifle": table("en | zh", TRIFLES),
    "plight": table("en | zh", PLIGHTS),
    "relative": table("en | gender | zh", RELATIVES),
    "crumb": table("en | en.it | zh | zh.it", CRUMBS),
    "swap": table("en | en.need | zh | zh.mw | zh.need", SWAPS),
    "wayspots": table("en | zh", WAYS),
    "contest": table("en | en.how | en.win | zh | zh.how | zh.win", CONTESTS),
    "law": table("en | zh", LAWS),
    "prize": table("en | en.it | zh | zh.it", PRIZES),
    "dealer": table("en | gender | zh", DEALERS),
} | TALES
