"""The words of the town, English and Chinese side by side. Earlier entries of a table are drawn more often."""

# ruff: noqa: E501

from minillm.town.words import table

CHILDREN = """
Mia    | f | 米米
Tom    | m | 小冬
Lily   | f | 丽丽
Ben    | m | 小宝
Leo    | m | 乐乐
Anna   | f | 安安
Max    | m | 小虎
Rosie  | f | 玫玫
Sam    | m | 小伟
Dora   | f | 朵朵
Oscar  | m | 阿奇
Nina   | f | 妮妮
Pip    | m | 皮皮
Ella   | f | 小燕
Finn   | m | 阿海
Clara  | f | 小雪
Hugo   | m | 大勇
Ruby   | f | 小红
Kai    | m | 凯凯
Molly  | f | 茉莉
Ned    | m | 强强
Poppy  | f | 果果
Toby   | m | 阿宽
Zoe    | f | 静静
Jack   | m | 豆豆
Mei    | f | 小梅
Otto   | m | 阿福
Wendy  | f | 雯雯
Ivan   | m | 阿明
Tess   | f | 甜甜
Felix  | m | 小龙
Yuki   | f | 小月
"""

KIN = """
Grandma     | f | 奶奶
Grandpa     | m | 爷爷
Mama        | f | 妈妈
Papa        | m | 爸爸
Aunt May    | f | 梅姑姑
Uncle Bob   | m | 鲍叔叔
Aunt Olga   | f | 欧姨妈
Uncle Jim   | m | 金舅舅
"""

# A habit is told at the beginning, and comes back at the end: on the way home, or in the evening at home.
HABITS = """
who loved to sing     | sang all the way home   | sang until bedtime     | 爱唱歌的     | 一路唱着歌回家了         | 一直唱到睡觉
who ran everywhere    | ran all the way home    | ran around the house   | 去哪儿都跑的 | 一路跑着回家了           | 绕着屋子跑了三圈
who loved to eat      | ate a big supper   | ate a big supper  | 贪吃的 | 美美地吃了一顿晚饭       | 美美地吃了一顿晚饭
who asked why         | asked no more that day  | asked no more that day | 爱问为什么的 | 这一天再也没有问为什么   | 这一天再也没有问为什么
who liked to hop      | hopped home on one leg  | hopped to bed          | 爱蹦蹦跳跳的 | 用一条腿蹦回了家         | 一下子蹦到了床上
who was shy | was shy no more | was shy no more | 有点儿害羞的 | 再也不那么害羞了        | 再也不那么害羞了
who never hurried     | walked home slowly      | went to bed slowly     | 从来不着急的 | 慢吞吞地走回了家         | 慢吞吞地上了床
who liked to count    | counted the steps home  | counted the stars      | 什么都要数的 | 数着步子回了家           | 晚上又数了数星星
who loved to draw     | drew a picture of it    | drew a picture of it   | 爱画画的     | 把这件事画了下来         | 把这件事画了下来
who loved to laugh    | went home laughing | laughed until bedtime | 爱笑的       | 一路笑着回家了           | 一直笑到睡觉
who loved to talk     | told the whole town     | told the whole town    | 爱说话的     | 把这件事讲给了全镇的人听 | 把这件事讲给了全镇的人听
who could whistle     | went home whistling     | whistled in bed        | 会吹口哨的   | 一路吹着口哨回家了       | 躺在床上吹起了口哨
who loved to sleep    | slept very well   | slept very well  | 贪睡的   | 晚上睡得特别香           | 晚上睡得特别香
who loved to dance    | danced home              | danced in the kitchen  | 爱跳舞的     | 一路跳着舞回家了         | 在厨房里跳起了舞
who wrote poems       | wrote a poem about it   | wrote a poem about it  | 会写诗的     | 为这件事写了一首诗       | 为这件事写了一首诗
who played pirate     | marched home proudly    | slept in a paper hat   | 爱扮海盗的   | 神气地大步走回了家       | 戴着纸帽子睡着了
"""

# look | thing: "a red kite", 一只红色的风筝
LOOKS = """
red     | 红色的
little  | 小小的
blue    | 蓝色的
new     | 崭新的
green   | 绿色的
old     | 旧旧的
yellow  | 黄色的
shiny   | 亮闪闪的
striped | 带条纹的
purple  | 紫色的
funny   | 怪模怪样的
orange  | 橙色的
spotted | 带圆点的
golden  | 金色的
silver  | 银色的
huge    | 特大的
"""

TOYS = """
ball      | kick it        | 皮球   | 个 | 踢球
kite      | fly it         | 风筝   | 只 | 放风筝
drum      | beat it        | 小鼓   | 面 | 敲鼓
boat      | sail it        | 小船   | 只 | 玩小船
top       | spin it        | 陀螺   | 个 | 抽陀螺
whistle   | blow it        | 哨子   | 个 | 吹哨子
flute     | play it        | 笛子   | 支 | 吹笛子
wagon     | pull it        | 小推车 | 辆 | 推车
hoop      | roll it        | 铁环   | 个 | 滚铁环
puppet    | make it dance  | 木偶   | 个 | 演木偶戏
scooter   | ride it        | 滑板车 | 辆 | 骑滑板车
trumpet   | blow it        | 小号   | 把 | 吹小号
yo-yo     | swing it       | 溜溜球 | 个 | 玩溜溜球
"""

THINGS = """
hat       | 帽子   | 顶
scarf     | 围巾   | 条
umbrella  | 雨伞   | 把
book      | 书     | 本
kite      | 风筝   | 只
doll      | 布娃娃 | 个
bag       | 书包   | 个
button    | 纽扣   | 颗
mitten    | 手套   | 只
bell      | 铃铛   | 个
basket    | 篮子   | 个
ball      | 皮球   | 个
spoon     | 勺子   | 把
key       | 钥匙   | 把
lantern   | 灯笼   | 盏
drum      | 小鼓   | 面
shell     | 贝壳   | 个
teddy     | 玩具熊 | 只
flute     | 笛子   | 支
pencil    | 铅笔   | 支
watch     | 手表   | 块
blanket   | 毯子   | 条
mug       | 杯子   | 个
boot      | 靴子   | 只
pillow    | 枕头   | 个
top       | 陀螺   | 个
map       | 地图   | 张
fan       | 扇子   | 把
marble    | 玻璃珠 | 颗
compass   | 指南针 | 个
"""

PLACES = """
park    | in the park     | to the park    | 公园   | 公园里 | under a bench = 长椅下面; in the flowers = 花丛里; behind the swings = 秋千后面; on a statue's nose = 雕像的鼻子上
market  | at the market   | to the market  | 市场   | 市场上 | under a cart = 推车下面; among the melons = 西瓜堆里; behind a stall = 货摊后面; in a pile of hats = 帽子堆里
river   | by the river    | to the river   | 河边   | 河边   | under the bridge = 桥下面; in the reeds = 芦苇里; on a big stone = 大石头上; in an old boat = 旧船里
hill    | on the hill     | up the hill    | 后山   | 后山上 | in the long grass = 草丛里; behind the wall = 石墙后面; in a pine tree = 松树上; down a rabbit hole = 兔子洞里
school  | at school       | to school      | 学校   | 学校里 | behind the door = 门后面; under the desk = 课桌下面; on the roof = 屋顶上; in the teacher's hat = 老师的帽子里
farm    | on the farm     | to the farm    | 农场   | 农场里 | in the hay = 干草堆里; behind the barn = 谷仓后面; under the gate = 栅栏门下面; on the scarecrow = 稻草人的头上
beach   | on the beach    | to the beach   | 海边   | 海滩上 | behind a rock = 礁石后面; in the sand = 沙子里; under a net = 渔网下面; in a sand castle = 沙堡里
woods   | in the woods    | to the woods   | 树林   | 树林里 | under the leaves = 落叶下面; in a hollow tree = 树洞里; among the mushrooms = 蘑菇丛里; on a branch = 树枝上
pond    | by the pond     | to the pond    | 池塘边 | 池塘边 | among the lilies = 荷叶中间; in the mud = 泥巴里; under a willow = 柳树下面; in a duck's nest = 鸭子窝里
library | in the library  | to the library | 图书馆 | 图书馆里 | between two books = 两本书中间; under the stairs = 楼梯下面; on the top shelf = 最高的书架上; behind the clock = 大钟后面
station | at the station  | to the station | 火车站 | 火车站里 | on a suitcase = 行李箱上; under a seat = 座位下面; behind the kiosk = 小卖部后面; in the big clock = 大钟里
harbor  | at the harbor   | to the harbor  | 码头   | 码头上 | in a barrel = 木桶里; behind the ropes = 缆绳后面; under a sail = 船帆下面; on an anchor = 铁锚上
"""

TRADES = """
baker     | f | 面包师   | a loaf of bread/the bread = 一个大面包/面包; a plum cake/the cake = 一块李子蛋糕/蛋糕; six rolls/the rolls = 六个小圆面包/小圆面包
farmer    | m | 农夫     | six eggs/the eggs = 六个鸡蛋/鸡蛋; a jug of milk/the milk = 一壶牛奶/牛奶; a bag of onions/the onions = 一袋洋葱/洋葱
grocer    | m | 杂货店老板 | a bag of flour/the flour = 一袋面粉/面粉; a bar of soap/the soap = 一块肥皂/肥皂; a jar of jam/the jam = 一瓶果酱/果酱; a box of tea/the tea = 一盒茶叶/茶叶
gardener  | f | 园丁     | a big pumpkin/the pumpkin = 一个大南瓜/南瓜; a bunch of carrots/the carrots = 一把胡萝卜/胡萝卜; a basket of pears/the pears = 一篮梨/梨
fisher    | m | 渔夫     | a fat fish/the fish = 一条大肥鱼/鱼; a bag of shrimp/the shrimp = 一袋虾/虾; three crabs/the crabs = 三只螃蟹/螃蟹
beekeeper | f | 养蜂人   | a jar of honey/the honey = 一罐蜂蜜/蜂蜜; two candles/the candles = 两根蜡烛/蜡烛
tailor    | m | 裁缝     | a ball of wool/the wool = 一团毛线/毛线; a box of pins/the pins = 一盒别针/别针; two pockets/the pockets = 两个口袋/口袋
carpenter | f | 木匠     | a little stool/the stool = 一张小凳子/凳子; a bag of nails/the nails = 一袋钉子/钉子; a ladder/the ladder = 一架梯子/梯子
potter    | f | 陶匠     | a teapot/the teapot = 一把茶壶/茶壶; a flower pot/the pot = 一个花盆/花盆
cobbler   | m | 鞋匠     | a pair of sandals/the sandals = 一双凉鞋/凉鞋; two red laces/the laces = 两根红鞋带/鞋带
"""

ANIMALS = """
dog      | 小狗   | 只 | Woof   | 汪汪
cat      | 小猫   | 只 | Meow   | 喵喵
goat     | 山羊   | 只 | Baa    | 咩咩
duck     | 鸭子   | 只 | Quack  | 嘎嘎
hen      | 母鸡   | 只 | Cluck  | 咯咯
pig      | 小猪   | 只 | Oink   | 哼哼
donkey   | 毛驴   | 头 | Hee-haw | 啊呃啊呃
crow     | 乌鸦   | 只 | Caw    | 哇哇
frog     | 青蛙   | 只 | Croak  | 呱呱
mouse    | 老鼠   | 只 | Squeak | 吱吱
cow      | 奶牛   | 头 | Moo    | 哞哞
owl      | 猫头鹰 | 只 | Hoo    | 咕咕
"""

PETS = """
puppy    | 小狗   | 只
kitten   | 小猫   | 只
duckling | 小鸭子 | 只
rabbit   | 小兔子 | 只
lamb     | 小羊   | 只
hedgehog | 刺猬   | 只
piglet   | 小猪   | 只
tortoise | 乌龟   | 只
parrot   | 鹦鹉   | 只
"""

FOODS = """
cake      | 蛋糕   | 块 | a piece of cake
noodles   | 面条   | 碗 | a bowl of noodles
popcorn   | 爆米花 | 袋 | a bag of popcorn
dumplings | 饺子   | 盘 | some dumplings
pancakes  | 煎饼   | 盘 | some pancakes
cheese    | 奶酪   | 块 | a piece of cheese
pie       | 馅饼   | 块 | a piece of pie
rice      | 米饭   | 碗 | a bowl of rice
cookies   | 饼干   | 盒 | a box of cookies
melon     | 西瓜   | 块 | a piece of melon
pudding   | 布丁   | 盘 | some pudding
jelly     | 果冻   | 盘 | some jelly
"""

WEATHER = """
sunny  | 晴朗的
windy  | 刮着风的
warm   | 暖洋洋的
cloudy | 多云的
cool   | 凉爽的
foggy  | 有雾的
quiet  | 静悄悄的
chilly | 冷飕飕的
bright | 阳光明媚的
"""

PARTS = """
morning   | 早晨 | 一个早晨
afternoon | 下午 | 一个下午
day       | 日子 | 一天
"""

HALVES = """
morning   | 早晨
afternoon | 下午
"""

DAYS = """
Saturday  | 星期六
Sunday    | 星期天
Monday    | 星期一
Friday    | 星期五
Tuesday   | 星期二
"""

SEASONS = """
spring | 春天
summer | 夏天
autumn | 秋天
winter | 冬天
"""

LOW = """
sad       | 难过
gloomy    | 沮丧
upset     | 伤心
glum      | 失落
"""

LOSS = """
worried   | 着急
sad       | 难过
upset     | 伤心
alarmed   | 慌张
"""

GLAD = """
happy    | 高兴
jolly    | 开心
pleased  | 满意
merry    | 快活
"""

CROSS = """
cross     | 生气
angry     | 恼火
furious   | 气恼
grumpy    | 不开心
"""

# Why somebody needed cheering up; the giver's reason is told again at the end.
TROUBLES = """
had a cold            | 感冒了
lost a tooth          | 掉了一颗牙
could not sleep       | 睡不着觉
was afraid of bees    | 害怕蜜蜂
hurt a knee           | 摔破了膝盖
felt homesick         | 想家了
had toothache         | 牙疼
felt lonely           | 觉得孤单
broke a cup           | 打破了一个杯子
had the hiccups       | 不停地打嗝
"""

ACTIVITIES = """
have a picnic     | 野餐
build a tree house | 搭树屋
play football     | 踢足球
go fishing        | 钓鱼
plant beans       | 种豆子
ride bicycles     | 骑自行车
pick berries      | 摘野果
catch butterflies | 捉蝴蝶
have a parade     | 游行
paint the fence   | 刷栅栏
roll down a hill  | 滚山坡
build a snail house | 给蜗牛盖房子
"""

# A noise in the night, what the child thinks it is, and what may really make it.
NOISES = """
Thump   | 咚咚 | a goat was learning to dance = 一只山羊在学跳舞; an apple was rolling off the shelf = 一个苹果从架子上滚了下来; the old clock had hiccups = 那只老钟在打嗝
Crunch  | 咔嚓 | a beaver was eating crackers = 一只河狸在吃饼干; a rabbit was eating a carrot = 一只兔子在啃胡萝卜; a squirrel was cracking nuts = 一只松鼠在嗑坚果
Scratch | 沙沙 | the cat was writing on the wall = 小猫在墙上写字; a branch was tickling the window = 一根树枝在挠窗户; a hedgehog was wiping its feet = 一只刺猬在擦脚
Drip    | 滴答 | nobody had turned off the tap = 水龙头没有关好; a wet sock was hanging on a string = 绳子上挂着一只湿袜子; an umbrella was drying in the corner = 一把雨伞在墙角滴水
Snore   | 呼噜 | the dog was asleep in a basket = 小狗在篮子里睡觉; a bear was asleep in the corner = 一只熊在墙角睡大觉; a pig was asleep on the rug = 一只小猪睡在地毯上
Whoo    | 呜呜 | the wind was singing under the door = 风在门缝里唱歌; an owl was sitting on the lamp = 一只猫头鹰蹲在灯上; a goose was blowing into a bottle = 一只大鹅在吹瓶子
"""

MONSTERS = """
ghost  | 鬼     | 个
dragon | 龙     | 条
giant  | 巨人   | 个
robber | 强盗   | 个
witch  | 女巫   | 个
troll  | 妖怪   | 个
wolf   | 大灰狼 | 只
"""

ROOMS = """
kitchen    | 厨房
attic      | 阁楼
cellar     | 地窖
hall       | 走廊
bathroom   | 浴室
"""

LEXICON = {
    "child": table("en | gender | zh", CHILDREN),
    "kin": table("en | gender | zh", KIN),
    "habit": table("en | en.home | en.night | zh | zh.home | zh.night", HABITS),
    "look": table("en | zh", LOOKS),
    "toy": table("en | en.use | zh | zh.mw | zh.use", TOYS),
    "thing": table("en | zh | zh.mw", THINGS),
    "place": table("en | en.at | en.to | zh | zh.at | *spots", PLACES),
    "trade": table("en | gender | zh | *goods", TRADES),
    "animal": table("en | zh | zh.mw | en.sound | zh.sound", ANIMALS),
    "pet": table("en | zh | zh.mw", PETS),
    "food": table("en | zh | zh.mw | en.some", FOODS),
    "weather": table("en | zh", WEATHER),
    "part": table("en | zh | zh.one", PARTS),
    "half": table("en | zh", HALVES),
    "day": table("en | zh", DAYS),
    "season": table("en | zh", SEASONS),
    "low": table("en | zh", LOW),
    "loss": table("en | zh", LOSS),
    "glad": table("en | zh", GLAD),
    "cross": table("en | zh", CROSS),
    "trouble": table("en | zh", TROUBLES),
    "activity": table("en | zh", ACTIVITIES),
    "noise": table("en | zh | *causes", NOISES),
    "monster": table("en | zh | zh.mw", MONSTERS),
    "room": table("en | zh", ROOMS),
}
