"""Words of the tales: machines and what they do instead, followers, secrets half heard, storms."""

# ruff: noqa: E501

from minillm.town.words import table

# What a machine is meant to do.
MACHINES = """
peel potatoes        | 削土豆
tie shoelaces        | 系鞋带
wash the dishes      | 洗碗
make the beds        | 叠被子
butter bread         | 往面包上抹黄油
find lost socks      | 找袜子
comb the cat         | 给猫梳毛
sharpen pencils      | 削铅笔
water the tulips     | 浇郁金香
scratch backs        | 挠后背
sweep the chimney    | 扫烟囱
do homework          | 写作业
"""

# What a machine is made of.
SPARES = """
an old bicycle     | 一辆旧自行车
a coffee mill      | 一个咖啡磨
a garden hose      | 一截水管
half a piano       | 半架钢琴
a sewing machine   | 一台缝纫机
a bathtub          | 一个浴缸
a baby carriage    | 一辆婴儿车
three alarm clocks | 三个闹钟
a rusty anchor     | 一个生锈的铁锚
a gramophone       | 一台留声机
"""

# What the machine does instead | how that turns out to be good.
EFFECTS = """
blew bubbles as big as cows        | 吹出了奶牛那么大的泡泡 | the children who were ill counted them from their beds = 生病的孩子们躺在床上数泡泡，病都好得快了; the postman rode home on one = 邮递员骑着一个泡泡回了家
began to play a waltz              | 奏起了圆舞曲           | the neighbors, who had not spoken for years, were dancing = 好几年不说话的邻居们跳起了舞; the cows next door gave twice as much milk = 隔壁的奶牛多产了一倍的奶
threw pancakes out of the window   | 往窗外扔起了煎饼       | in the street a hungry class was on its way home = 街上正好走过一班饿着肚子的学生; the pigeons held a feast that they still talk about = 鸽子们吃了一顿大餐，到现在还在念叨
knitted a very long scarf          | 织出了一条长长的围巾   | the giraffe at the zoo had had a sore throat all winter = 动物园的长颈鹿嗓子疼了一个冬天，正用得着; it was long enough to tie the bridge together = 那围巾长得够把断桥绑起来
laid a warm egg                    | 下了一个热乎乎的蛋     | a chick came out, the answer to everything = 蛋里钻出来一只小鸡，谁看了都高兴; it was just what was missing for a cake = 做蛋糕正好就差这个
painted stars on the ceiling       | 在天花板上画满了星星   | the baby next door stopped crying to look = 隔壁的娃娃看得不哭了; the astronomer found two new ones among them = 天文学家在里面发现了两颗新的
told jokes in a deep voice         | 用粗嗓门讲起了笑话     | the mayor laughed for the first time since autumn = 镇长笑了，这是秋天以来头一回; even the goldfish shook = 连金鱼都笑得直抖
walked out of the door             | 自己走出了门           | it found the dog that had been lost since spring = 它找回了那条丢了大半年的狗; the whole school followed it and learned to march = 全校学生跟在后面，学会了齐步走
rained on the carpet               | 往地毯上下起了雨       | by Friday there were strawberries growing there = 到了星期五，那儿长出了草莓; nobody in the street had to go without a bath = 整条街的人都洗上了澡
hummed like a sleepy bear          | 像瞌睡的熊一样哼哼起来 | all the babies in town slept through the night = 全镇的娃娃都一觉睡到大天亮; even the night watchman dreamed of the sea = 连更夫都梦见了大海
"""

# venue | what an animal does there
VENUES = """
the post office   | 邮局     | licked all the stamps = 把邮票挨个舔了一遍; lay down on the scales = 躺到秤上称了称自己
the barber's      | 理发店   | sat down and waited its turn = 坐下来排队理发; ate the soap = 把肥皂吃了
the bakery        | 面包店   | walked through the flour = 从面粉里走了一圈; counted the buns with its nose = 用鼻子把面包数了一遍
the dentist's     | 牙科诊所 | opened its mouth very wide = 把嘴张得老大; was praised for its teeth = 因为牙好受了表扬
the museum        | 博物馆   | was admired by two old ladies = 被两位老太太当成了展品; stood very still beside the mummy = 一动不动地站在木乃伊旁边
the music lesson  | 音乐教室 | sang louder than anybody = 唱得比谁都响; sat on the drum = 一屁股坐在鼓上
the town hall     | 镇公所   | voted twice = 投了两次票; took the mayor's chair = 坐了镇长的椅子
the bus stop      | 车站     | bought a ticket, nobody knows how = 不知怎么就买了张票; took the window seat = 占了靠窗的座位
the theater       | 戏院     | wept at the sad part = 看到伤心处掉了眼泪; bowed when they clapped = 大家一鼓掌，它就鞠躬
the wedding       | 婚礼大厅 | caught the bouquet = 接住了新娘的花束; kissed the bride = 亲了新娘一口
"""

# What somebody hears about himself | what it is really about
FATES = """
go into the oven at six          | a gingerbread cookie  | 送进烤箱烤一烤         | 块 | 姜饼
be hung on the wall              | a picture             | 挂到墙上去           | 幅 | 画
be stuffed with straw            | a scarecrow           | 塞满稻草     | 个 | 稻草人
be dropped into the river        | a wooden boat         | 放进河里去           | 条 | 小木船
be cut into twelve pieces        | a birthday cake       | 切成十二块           | 个 | 生日蛋糕
be tied to a string and let go   | a kite                | 拴上绳子放出去       | 只 | 风筝
be planted behind the shed       | an apple tree         | 种到棚子后面去       | 棵 | 苹果树
be beaten with a broom           | a dusty carpet        | 用扫帚好好打一顿     | 块 | 地毯
spend the winter in the yard   | a snowman             | 放在院子里过冬     | 个 | 雪人
be squeezed every evening        | an accordion          | 每天晚上挤一挤       | 架 | 手风琴
be washed and wrung out          | a rag doll            | 洗一洗拧干       | 个 | 布偶
be shut in the henhouse          | a proud little rooster | 关到鸡窝里去        | 只 | 小公鸡
"""

REASONS = """
it has the same ears         | 耳朵长得一模一样
it is never still            | 它也一刻都闲不住
everybody loves it           | 谁见了都喜欢
it smiles just like that     | 它笑起来就是那个样
it is round and cheerful     | 它圆乎乎、乐呵呵的
it came on a Sunday, too     | 它也是星期天来的
no other name was good enough | 别的名字都不够好听
"""

# loud things | their sound
HORNS = """
trumpet      | Toot     | 小号   | 把 | 嘟嘟
drum         | Boom     | 大鼓   | 面 | 咚咚
cowbell      | Clang    | 牛铃   | 个 | 当啷
whistle      | Tweet    | 哨子   | 个 | 嘘嘘
pot lid      | Clatter  | 锅盖   | 个 | 哐哐
gong         | Bong     | 铜锣   | 面 | 哐当
foghorn      | Honk     | 雾笛   | 支 | 呜呜
"""

# A night | who is out in it, and how they come home
STORMS = """
fog came up, thick as porridge | 起了大雾，浓得像粥      | the ferry was still out on the water/the ferry slid in between the rocks = 渡船还在水上/渡船从礁石中间滑了进来; eleven fishermen had not come home/eleven fishermen stepped ashore, singing = 有十一个渔夫没有回来/十一个渔夫唱着歌上了岸; nobody could see the lighthouse any more/nine boats came home by ear = 连灯塔都看不见了/九条船听着声音回来了
a storm blew out every lamp in town         | 暴风雨吹灭了镇上所有的灯  | the doctor was lost in the reeds/the doctor came out, wet to the neck = 医生在芦苇荡里迷了路/医生走了出来，脖子以下全湿了; the circus wagon had left the road/the circus wagon rolled in, elephant and all = 马戏团的大车走岔了路/马戏团的大车连大象一起进了镇; the baker was on the road with the bread/the baker walked in with wet bread = 面包师送面包还在路上/面包师抱着湿面包走了进来
snow fell until the road was gone           | 大雪下得连路都不见了      | the shepherd was up there with forty sheep/forty sheep and one shepherd came down in a line = 牧羊人和四十只羊还在山上/四十只羊和一个牧羊人排着队下了山; the bus was late/the bus stopped at the gate, white as a cake = 公共汽车迟迟不到/公共汽车停在了大门口，白得像块蛋糕; nobody had seen the postman/the postman slid down the hill on his bag = 谁也没见着邮递员/邮递员坐着邮包滑下山来
the moon did not come up at all             | 月亮压根儿没出来          | the teacher was still in the woods/the teacher stumbled out of the trees = 女老师还在树林里/女老师从树林里跌跌撞撞地走了出来; two boys had gone to pick mushrooms/two boys ran up with empty baskets = 两个男孩采蘑菇没回来/两个男孩挎着空篮子跑来了; the night watchman had lost the town/the night watchman walked into the gate, and laughed = 更夫找不着镇子了/更夫一头撞在大门上，笑了
"""

DREADS = """
the dark       | 黑
the wind       | 风
owls           | 猫头鹰
wet leaves     | 湿树叶
long shadows   | 长长的影子
the old gate   | 那扇旧铁门
creaking steps | 嘎吱响的台阶
"""

CORNERS = """
under the bed          | 床底下
in the laundry basket  | 洗衣篮里
behind the stove       | 炉子后面
on the piano           | 钢琴上
in the wardrobe        | 衣柜里
between two cushions   | 两个靠垫中间
under the kitchen sink | 水池下面
in the bottom drawer   | 最下面的抽屉里
"""

TALES = {
    "machine": table("en | zh", MACHINES),
    "spare": table("en | zh", SPARES),
    "effect": table("en | zh | *uses", EFFECTS),
    "venue": table("en | zh | *deeds", VENUES),
    "fate": table("en | en.truth | zh | zh.mw | zh.truth", FATES),
    "reason": table("en | zh", REASONS),
    "horn": table("en | en.sound | zh | zh.mw | zh.sound", HORNS),
    "storm": table("en | zh | *lost", STORMS),
    "roomspots": table("en | zh", CORNERS),
    "dread": table("en | zh", DREADS),
}
