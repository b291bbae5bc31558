"""People, times, feelings and doings of the town, English and Chinese side by side. Earlier entries of a table are drawn more often."""

# ruff: noqa: E501

from minillm.town.things_lexicon import THINGS_LEXICON
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

LEXICON = THINGS_LEXICON | {
    "child": table("en | gender | zh", CHILDREN),
    "kin": table("en | gender | zh", KIN),
    "habit": table("en | en.home | en.night | zh | zh.home | zh.night", HABITS),
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
