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
Igor   | m | 阿力
Flora  | f | 芳芳
Basil  | m | 小石头
Greta  | f | 小葵
Milo   | m | 阿毛
Hazel  | f | 榛榛
Ravi   | m | 阿蓝
Stella | f | 星星
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
Great-Aunt Zelda | f | 泽姑奶奶
Uncle Fritz | m | 费伯伯
Aunt Rosa   | f | 罗姨妈
Cousin Bert | m | 贝表哥
Cousin Lotte | f | 洛表姐
Uncle Ivo   | m | 伊叔公
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
who collected buttons | found a button on the way home | counted every button twice | 爱收集扣子的 | 在回家的路上又捡到一颗扣子 | 把扣子数了两遍
who talked to birds   | said good night to the sparrows | said good night to the sparrows | 爱跟鸟说话的 | 跟麻雀们道了晚安 | 跟麻雀们道了晚安
who feared nothing but spinach | ate no spinach that evening | ate no spinach that evening | 除了菠菜什么都不怕的 | 这天晚上一口菠菜也没吃 | 这天晚上一口菠菜也没吃
who always lost one sock | came home with one sock | went to bed in one sock | 总是丢一只袜子的 | 穿着一只袜子回了家 | 穿着一只袜子上了床
who walked on walls   | balanced home on the wall | balanced along the edge of the bed | 爱走墙头的 | 踩着墙头回了家 | 在床沿上走了一个来回
who knew all the cats | told every cat about it | told every cat about it | 认识镇上每只猫的 | 把这件事讲给了每一只猫听 | 把这件事讲给了每一只猫听
who kept a diary      | filled two pages of the diary | filled two pages of the diary | 天天写日记的 | 写了整整两页日记 | 写了整整两页日记
who yawned at noon    | yawned all the way home | yawned and was gone | 中午就打哈欠的 | 一路打着哈欠回了家 | 打了个哈欠就睡着了
who wanted to be a sailor | steered home by the stars | sailed to bed in a washtub | 想当水手的 | 看着星星认路回了家 | 坐着木盆“划”到了床边
who bowed to everyone | bowed to the front door | bowed to the pillow | 见谁都鞠躬的 | 朝自家的大门鞠了一躬 | 朝枕头鞠了一躬
who built with mud    | came home as brown as a potato | needed two baths | 爱玩泥巴的 | 回家的时候像个土豆 | 洗了两遍澡
who spoke very softly | whispered it to the doormat | whispered it to the teddy bear | 说话很轻的 | 悄悄讲给门口的脚垫听 | 悄悄讲给玩具熊听
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
misty  | 雾蒙蒙的
frosty | 结着霜的
drowsy | 让人犯困的
crisp  | 清爽的
gray   | 灰蒙蒙的
mild   | 不冷不热的
golden | 金灿灿的
dusty  | 尘土飞扬的
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
Wednesday | 星期三
Thursday  | 星期四
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
downcast  | 泄气
miserable | 委屈
hurt      | 失望
"""

LOSS = """
worried   | 着急
sad       | 难过
upset     | 伤心
alarmed   | 慌张
desperate | 焦急
dismayed  | 沮丧
heartbroken | 心痛
"""

GLAD = """
happy    | 高兴
jolly    | 开心
pleased  | 满意
merry    | 快活
cheerful | 欢喜
proud    | 得意
delighted | 欣喜
content  | 满足
relieved | 轻松
thrilled | 兴奋
"""

CROSS = """
cross     | 生气
angry     | 恼火
furious   | 气恼
grumpy    | 不开心
annoyed   | 不耐烦
offended  | 委屈
mad       | 来气
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
had a sore thumb      | 大拇指疼
was scared of the dark | 怕黑
lost a race           | 赛跑输了
had bad dreams        | 老做噩梦
missed the circus     | 没看上马戏
could not stop yawning | 哈欠打个不停
had a very bad haircut | 头发剪坏了
had chickenpox        | 出水痘了
swallowed a bug       | 吞下了一只小虫子
had to learn a long poem | 得背一首很长的诗
sat on a hedgehog     | 坐到了刺猬身上
had an itchy sweater  | 毛衣扎得慌
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
fly paper planes  | 放纸飞机
learn the tango   | 学跳探戈
count the trains  | 数火车
train the snails  | 训练蜗牛
play hide-and-seek | 捉迷藏
wash the dog      | 给狗洗澡
dig for treasure  | 挖宝藏
walk on stilts    | 踩高跷
rehearse an opera | 排练歌剧
skip rope         | 跳绳
sell lemonade     | 卖柠檬水
watch the clouds  | 看云
"""

# A noise in the night, what the child thinks it is, and what may really make it.
NOISES = """
Thump   | 咚咚 | a goat was learning to dance = 一只山羊在学跳舞; an apple was rolling off the shelf = 一个苹果从架子上滚了下来; the old clock had hiccups = 那只老钟在打嗝
Crunch  | 咔嚓 | a beaver was eating crackers = 一只河狸在吃饼干; a rabbit was eating a carrot = 一只兔子在啃胡萝卜; a squirrel was cracking nuts = 一只松鼠在嗑坚果
Scratch | 沙沙 | the cat was writing on the wall = 小猫在墙上写字; a branch was tickling the window = 一根树枝在挠窗户; a hedgehog was wiping its feet = 一只刺猬在擦脚
Drip    | 滴答 | nobody had turned off the tap = 水龙头没有关好; a wet sock was hanging on a string = 绳子上挂着一只湿袜子; an umbrella was drying in the corner = 一把雨伞在墙角滴水
Snore   | 呼噜 | the dog was asleep in a basket = 小狗在篮子里睡觉; a bear was asleep in the corner = 一只熊在墙角睡大觉; a pig was asleep on the rug = 一只小猪睡在地毯上
Whoo    | 呜呜 | the wind was singing under the door = 风在门缝里唱歌; an owl was sitting on the lamp = 一只猫头鹰蹲在灯上; a goose was blowing into a bottle = 一只大鹅在吹瓶子
Clang   | 当当 | a knight was taking off his boots = 一个骑士在脱靴子; two spoons were quarreling = 两把勺子在吵架; the soup pot had tripped = 汤锅绊了一跤
Rustle  | 窸窣 | a mouse was reading the newspaper = 一只老鼠在看报纸; a moth was trying on a coat = 一只蛾子在试大衣; a letter was looking for its envelope = 一封信在找信封
Plop    | 扑通 | a toad was practicing its dive = 一只癞蛤蟆在练跳水; the ceiling was leaking = 天花板漏水了; a plum had jumped into the bucket = 一颗李子跳进了水桶
Tick    | 嘀嗒 | a beetle had swallowed a watch = 一只甲虫吞了块手表; an alarm clock was counting sheep = 闹钟在数羊; a woodpecker was tapping the wardrobe = 一只啄木鸟在敲衣柜
"""

MONSTERS = """
ghost  | 鬼     | 个
dragon | 龙     | 条
giant  | 巨人   | 个
robber | 强盗   | 个
witch  | 女巫   | 个
troll  | 妖怪   | 个
wolf   | 大灰狼 | 只
vampire | 吸血鬼 | 个
pirate  | 海盗   | 个
yeti    | 雪怪   | 个
mummy   | 木乃伊 | 个
ogre    | 食人魔 | 个
sea serpent | 大海蛇 | 条
"""

ROOMS = """
kitchen    | 厨房
attic      | 阁楼
cellar     | 地窖
hall       | 走廊
bathroom   | 浴室
pantry     | 储藏室
stable     | 马棚
cupboard   | 碗柜
laundry    | 洗衣房
"""

# What turns up when something else is searched.
JUNK = """
an old shoe               | 一只旧鞋
a sleepy beetle           | 一只打瞌睡的甲虫
half a sandwich           | 半个三明治
yesterday's newspaper     | 昨天的报纸
a very surprised worm     | 一条大吃一惊的蚯蚓
somebody's false teeth    | 不知谁的假牙
a sock that nobody missed | 一只没人要的袜子
a bent fork               | 一把弯了的叉子
two snails getting married | 两只正在结婚的蜗牛
a love letter to the cook | 一封写给厨师的情书
a broken comb             | 一把断了的梳子
a jar of fog              | 一罐子雾
three cherry stones       | 三颗樱桃核
an umbrella handle        | 一个伞把
a bald paintbrush         | 一支秃了的画笔
last year's snow          | 去年的雪
"""

NICKNAMES = """
Captain       | 船长
Madam Pepper  | 胡椒太太
Biscuit       | 饼干
Sir Henry     | 亨利爵士
Thunder       | 雷公
Mister Monday | 星期一先生
Button Nose   | 扣子鼻
Professor     | 教授
Noodle        | 面条
Duchess       | 公爵夫人
Pickles       | 酸黄瓜
Old Nick      | 老尼
"""

NOTES = """
Handle with laughter       | 轻拿轻放，多笑笑
Good for everything        | 包治百病
Please pass on             | 用完请传下去
Do not wash                | 请勿水洗
Tickle here                | 请挠这里
Works best on rainy days   | 下雨天最管用
This side up               | 此面朝上
Take twice a day           | 一天两次
Never lend it to a goat    | 千万别借给山羊
Made with a lot of patience | 做它费了好大耐心
"""

# Why it rains.
SHOWERS = """
The clouds forgot to close the door      | 云忘了关门
Somebody up there is washing the dog     | 天上有人在给狗洗澡
The river wants to visit the roof        | 河水想到屋顶上看看
The sky has read a sad book              | 天看了一本伤心的书
The puddles were lonely                  | 水坑太寂寞了
The umbrellas wished for it              | 雨伞们许了愿
The sun is taking a bath                 | 太阳在洗澡
The fish have won                        | 鱼赢了
The mountain sneezed                     | 大山打了个喷嚏
It is practicing for the autumn          | 天在为秋天练习
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
    "junk": table("en | zh", JUNK),
    "nickname": table("en | zh", NICKNAMES),
    "note": table("en | zh", NOTES),
    "shower": table("en | zh", SHOWERS),
    "room": table("en | zh", ROOMS),
}
