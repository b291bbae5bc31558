"""Things, places, trades, animals and food of the town. Earlier entries of a table are drawn more often."""

# ruff: noqa: E501

from minillm.town.words import table

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
velvet  | 天鹅绒的
patched | 打补丁的
tiny    | 丁点儿大的
crooked | 歪歪扭扭的
pink    | 粉红色的
fluffy  | 毛茸茸的
wooden  | 木头做的
noisy   | 响当当的
famous  | 远近闻名的
squeaky | 吱吱叫的
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
rocking horse | rock on it  | 木马   | 只 | 骑木马
balloon   | hold it       | 气球   | 个 | 玩气球
sled      | sit on it     | 雪橇   | 架 | 坐雪橇
xylophone | play it       | 木琴   | 架 | 敲木琴
train     | drive it      | 小火车 | 列 | 开小火车
windmill  | turn it       | 风车   | 个 | 转风车
tambourine | shake it     | 铃鼓   | 面 | 摇铃鼓
catapult  | try it        | 弹弓   | 把 | 打弹弓
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
violin    | 小提琴 | 把
clock     | 闹钟   | 个
ruler     | 尺子   | 把
slipper   | 拖鞋   | 只
bottle    | 瓶子   | 个
feather duster | 鸡毛掸子 | 把
kettle    | 水壶   | 把
crown     | 王冠   | 顶
harmonica | 口琴   | 把
raincoat  | 雨衣   | 件
belt      | 腰带   | 条
sponge    | 海绵   | 块
torch     | 手电筒 | 个
magnet    | 磁铁   | 块
postcard  | 明信片 | 张
telescope | 望远镜 | 架
bucket    | 水桶   | 个
cushion   | 坐垫   | 个
horseshoe | 马蹄铁 | 块
globe     | 地球仪 | 个
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
mill    | at the mill     | to the mill     | 磨坊   | 磨坊里 | behind the flour sacks = 面粉袋后面; on the mill wheel = 水车上; under the millstone = 磨盘底下; in the miller's bed = 磨坊主的床上
castle  | in the old castle | to the old castle | 古堡 | 古堡里 | in the tower = 塔楼里; under the drawbridge = 吊桥下面; inside a suit of armor = 一副铠甲里; on the throne = 宝座上
meadow  | in the meadow   | to the meadow   | 草地   | 草地上 | among the poppies = 罂粟花丛里; under a haystack = 草垛下面; behind the beehives = 蜂箱后面; on a molehill = 鼹鼠丘上
fair    | at the fair     | to the fair     | 庙会   | 庙会上 | under the carousel = 旋转木马下面; behind the puppet stage = 木偶戏台后面; in the juggler's pocket = 杂耍艺人的口袋里; on the lemonade stand = 柠檬水摊子上
bakery  | at the bakery   | to the bakery   | 面包房 | 面包房里 | behind the oven = 烤炉后面; in the flour bin = 面粉缸里; under the counter = 柜台下面; between two loaves = 两个面包中间
island  | on the island   | to the island   | 小岛   | 小岛上 | in a cave = 山洞里; under a palm tree = 棕榈树下面; in the lighthouse = 灯塔里; on a turtle = 海龟背上
theater | in the theater  | to the theater  | 剧院   | 剧院里 | behind the curtain = 幕布后面; under the stage = 舞台下面; in the tuba = 大号里; in the third row = 第三排座位上
museum  | in the museum   | to the museum   | 博物馆 | 博物馆里 | under a dinosaur = 恐龙骨架下面; behind a painting = 油画后面; inside a vase = 花瓶里; in a mummy's arms = 木乃伊的怀里
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
doctor    | f | 医生     | a bottle of cough syrup/the syrup = 一瓶止咳糖浆/糖浆; a box of bandages/the bandages = 一盒绷带/绷带
florist   | f | 卖花的阿姨 | a bunch of tulips/the tulips = 一束郁金香/郁金香; a pot of basil/the basil = 一盆罗勒/罗勒
butcher   | m | 卖肉的大叔 | a string of sausages/the sausages = 一串香肠/香肠; a soup bone/the bone = 一根骨头/骨头
blacksmith | m | 铁匠    | a new hinge/the hinge = 一个新合页/合页; two iron hooks/the hooks = 两个铁钩子/铁钩子
dairymaid | f | 挤奶姑娘 | a pot of cream/the cream = 一罐奶油/奶油; a round cheese/the cheese = 一整块奶酪/奶酪
weaver    | f | 织布的婆婆 | a striped rug/the rug = 一块条纹地毯/地毯; a linen towel/the towel = 一条亚麻毛巾/毛巾
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
sheep    | 绵羊   | 只 | Bleat  | 咩
turkey   | 火鸡   | 只 | Gobble | 咯咯咯
fox      | 狐狸   | 只 | Yip    | 呜汪
seagull  | 海鸥   | 只 | Screech | 欧欧
horse    | 马     | 匹 | Neigh  | 咴咴
bee      | 蜜蜂   | 只 | Buzz   | 嗡嗡
raccoon  | 浣熊   | 只 | Chitter | 叽叽
peacock  | 孔雀   | 只 | Meeow  | 啊呜
camel    | 骆驼   | 头 | Grunt  | 呼噜噜
walrus   | 海象   | 头 | Honk   | 昂昂
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
hamster  | 仓鼠   | 只
calf     | 小牛   | 头
foal     | 小马   | 匹
owlet    | 小猫头鹰 | 只
guinea pig | 荷兰猪 | 只
ferret   | 雪貂   | 只
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
soup      | 菜汤   | 碗 | a bowl of soup
waffles   | 华夫饼 | 盘 | a plate of waffles
chestnuts | 糖炒栗子 | 袋 | a bag of chestnuts
spinach pie | 菠菜饼 | 块 | a slice of spinach pie
lemonade  | 柠檬水 | 杯 | a glass of lemonade
omelet    | 煎蛋   | 盘 | some omelet
toffee    | 太妃糖 | 块 | a lump of toffee
macaroni  | 通心粉 | 盘 | a plate of macaroni
gingerbread | 姜饼 | 块 | some gingerbread
sauerkraut | 酸菜  | 盘 | some sauerkraut
porridge  | 麦片粥 | 碗 | a bowl of porridge
fritters  | 油炸糕 | 盘 | a plate of fritters
"""

THINGS_LEXICON = {
    "look": table("en | zh", LOOKS),
    "toy": table("en | en.use | zh | zh.mw | zh.use", TOYS),
    "thing": table("en | zh | zh.mw", THINGS),
    "place": table("en | en.at | en.to | zh | zh.at | *spots", PLACES),
    "trade": table("en | gender | zh | *goods", TRADES),
    "animal": table("en | zh | zh.mw | en.sound | zh.sound", ANIMALS),
    "pet": table("en | zh | zh.mw", PETS),
    "food": table("en | zh | zh.mw | en.some", FOODS),
}
