"""The plots of the town, second half: errands, rain, noises and lost animals."""

# ruff: noqa: E501

from minillm.town.grammar import Beat, Plot, one_of
from minillm.town.openings import ending

_HOME = Beat("home", "", "give hero kin goods",
             ["{Hero} brought {goods.it} home and {habit.night}.", "{Kin} thanked {hero}, who {habit.night}."],
             ["{hero}把{goods.it}带回家，{habit.night}。", "{kin}夸{hero}真能干。{hero}{habit.night}。"])  # fmt: skip

_FORGET = Beat(
    "forget", "chased:animal wrong:seller.goods", "chase hero chased; forget hero goods",
    ["On the way {hero} chased {chased.a}, and forgot. “{Wrong}?” asked the {seller}.",
     "{Hero} met {chased.a} and forgot it all. “Is it {wrong}?” asked the {seller}."],
    ["路上{hero}追着{chased.one}跑，忘了要买什么。“是不是{wrong}？”{seller}问。",
     "可是{hero}碰到{chased.one}，就全忘光了。“你要{wrong}吧？”{seller}问。"],
    [one_of(
        3, Beat("yes", "", "have hero wrong; give hero kin wrong; have hero goods; give hero kin goods",
                ["“Yes,” said {hero}. At home {kin} laughed, “Not {wrong.it}! {Goods.it}!” {Hero} went again, and {habit.night}.",
                 "{Hero} nodded. “And {goods.it}?” asked {kin}. {Hero} ran back, and {habit.night}."],
                ["“对。”{hero}说。一到家，{kin}就笑了：“我要的是{goods.it}，不是{wrong.it}！”{hero}又跑了一趟，{habit.night}。",
                 "{hero}点点头。“{goods.it}呢？”一到家，{kin}就问。{hero}只好再跑一趟，{habit.night}。"]),
        2, Beat("no", "", "remember hero goods; have hero goods",
                ["“No, not {wrong.it},” said {hero}. “{Goods}, please!”",
                 "Then {hero} remembered: not {wrong.it}, but {goods.it}."],
                ["“不是{wrong.it}，”{hero}想了想说，“是{goods}！”", "{hero}这才想起来：不是{wrong.it}，是{goods.it}。"],
                [_HOME]),
    )],
)  # fmt: skip

_CHANT = Beat(
    "chant", "friend:child food:food", "say hero goods; say friend food; forget hero goods",
    ["“{Goods.it}, {goods.it},” said {hero} at each step. Then {friend} called, “{Food}!”",
     "{Hero} sang about {goods.it} all the way, until {friend} sang about {food}."],
    ["{hero}每走一步就念一遍“{goods.it}”。谁知{friend}喊了一声：“{food}！”",
     "{hero}一路唱着“{goods.it}”，直到{friend}唱起了“{food}”。"],
    [Beat("shop", "", "remember hero goods; have hero goods",
          ["“I have no {food},” said the {seller}. “Then {goods.it}!” said {hero}.",
           "{Hero} asked for {food}. The {seller} laughed and gave {hero.him} {goods.it}."],
          ["“我这儿没有{food}。”{seller}说。“那就是{goods.it}！”{hero}说。",
           "{hero}张口就说：“我要{food}！”{seller}哈哈大笑，把{goods.it}递给{hero.him}。"]),
     _HOME],
)  # fmt: skip

_WET = Beat(
    "wet", "", "have hero goods; weather rain",
    ["It rained. {Hero} held the umbrella over {goods.it}, and got wet.",
     "It began to rain. {Hero} put a hat on {goods.it}, but not on {hero.self}."],
    ["回来的路上下起了雨，{hero}用伞遮着{goods.it}，自己却淋湿了。", "天下起了雨，{hero}把帽子给{goods.it}戴上，自己却没戴。"],
    [one_of(
        1, Beat("next", "", "give hero kin goods",
                ["“Next time, keep dry too,” said {kin}. {Hero} {habit.night}."],
                ["“下次别忘了自己。”{kin}说。{hero}{habit.night}。"]),
        1, _HOME,
    )],
)  # fmt: skip

ERRAND = Plot("errand", titles={"en": ["{Hero} Goes Shopping", "{Hero} and the {Seller}"], "zh": ["{hero}买东西", "{hero}和{seller}"]}, then=[
    Beat("ask", "kin:kin seller:trade goods:seller.goods", "ask kin hero; go hero seller",
         ["was at home. “Please get {goods} from the {seller},” said {kin}.",
          "went to the {seller}, because {kin} needed {goods}."],
         ["正在家里玩。“去{seller}那儿买{goods}吧。”{kin}说。", "去找{seller}，因为{kin}要{goods}。"]),
    one_of(
        2, Beat("quick"),
        1, Beat("guest", "guest:kin", "visit guest kin",
                ["“{Guest} is coming to tea!”", "“Quick, before {guest} comes!”"],
                ["“{guest}要来喝茶！”", "“快点儿，{guest}马上就到！”"]),
        1, Beat("mice", "", "",
                ["“The mice ate everything!”", "“There is nothing left!”"],
                ["“家里的都让老鼠吃光了！”", "“家里什么也不剩了！”"]),
    ),
    one_of(4, _FORGET, 3, _CHANT, 3, _WET),
])  # fmt: skip

RAIN = Plot("rain", titles={"en": ["{Hero} and {friend} in the Rain", "The Rainy Day"], "zh": ["雨天里的{hero}和{friend}", "下雨了"]}, then=[
    Beat("plan", "activity:activity friend:child", "want hero activity; meet hero friend",
         ["wanted to {activity} with {friend}.", "met {friend}, because they wanted to {activity}."],
         ["想和{friend}一起{activity}。", "去找{friend}，两个人说好了要{activity}。"]),
    one_of(
        3, Beat("rain", "low:low", "weather rain; feel friend low",
                ["But it began to rain, and {friend} was {low}.",
                 "Then came the rain. {Friend} was {low}, and even the sky cried."],
                ["可是天下起了雨，{friend}很{low}。", "谁知下雨了。{friend}很{low}，连天也在哭。"]),
        2, Beat("pour", "low:low", "weather rain; feel hero low",
                ["But the rain came down. {Hero} was {low}.",
                 "{Hero} was {low}, because it did not stop raining."],
                ["可是大雨哗哗地下了起来，{hero}很{low}。", "{hero}很{low}，因为雨下个不停。"]),
    ),
    one_of(
        3, Beat("tent", "kin:kin food:food", "make hero tent; have hero food",
                ["So they made a tent out of {kin.own} blanket and ate {food} in it.",
                 "“Come in!” said {kin}. They sat under the table and ate {food}."],
                ["{hero.they-friend}用{kin}的毯子搭了个帐篷，坐在里面吃{food}。",
                 "“快进来！”{kin}说。{hero.they-friend}坐在桌子底下吃{food}。"]),
        2, Beat("puddles", "beast:animal", "jump hero; jump friend; jump beast",
                ["So they jumped into every puddle, and {beast.a} jumped in too.",
                 "“Let us jump!” said {friend}. The puddles were big, and {beast.a} joined in."],
                ["{hero.they-friend}干脆去踩水坑，{beast.one}也跟着跳。",
                 "“我们踩水吧！”{friend}说。水坑很大，{beast.one}也跳了进来。"]),
        3, Beat("tale", "kin:kin monster:monster food:food", "tell kin hero monster",
                ["{Kin} told them about {monster.a} who was afraid of {food}.",
                 "So {kin} told them a story: {monster.a} ate only {food}."],
                ["{kin}给{hero.they-friend}讲了个故事，说有一{monster.mw}{monster}最怕{food}。",
                 "于是{kin}讲起了故事：有一{monster.mw}{monster}只吃{food}。"]),
        3, Beat("inside", "room:room kin:kin", "go hero room; do hero activity",
                ["“We can {activity} in the {room}!” said {hero}. And they did, and {kin} helped.",
                 "So they tried to {activity} in the {room}, until {kin} came in."],
                ["“我们可以在{room}里{activity}呀！”{hero}说。说干就干，{kin}也来帮忙。",
                 "{hero.they-friend}就在{room}里{activity}，直到{kin}走进来。"]),
    ),
    one_of(
        3, Beat("sun", "", "weather sun",
                ["When the rain stopped, nobody noticed.", "Then the sun came out, but nobody looked."],
                ["雨停了，谁也没发现。", "后来太阳出来了，可是谁也没看。"]),
        2, Beat("rainbow", "", "weather rainbow",
                ["After the rain there was a rainbow over the roof.", "Then the sun came back and brought a rainbow."],
                ["雨停了，屋顶上挂着一道彩虹。", "后来太阳回来了，还带来一道彩虹。"]),
        2, Beat("again", "", "want friend rain",
                ["“I hope it rains tomorrow,” said {friend}.", "“More rain, please!” called {friend}."],
                ["“明天再下雨就好了。”{friend}说。", "“雨呀，再下大一点儿！”{friend}喊道。"]),
    ),
    ending("night"),
])  # fmt: skip

NOISE = Plot("noise", titles={"en": ["The Noise in the {Room}", "{Noise}! {Noise}!"], "zh": ["{room}里的声音", "{noise}！{noise}！"]}, then=[
    Beat("hear", "friend:child noise:noise room:room", "meet hero friend; hear hero noise",
         ["was at home with {friend}. “{noise}! {noise}!” came from the {room}.",
          "and {friend} heard a noise in the {room}: “{noise}! {noise}!”"],
         ["正和{friend}在家里玩。“{noise}！{noise}！”{room}里有动静。",
          "和{friend}听见{room}里有声音：“{noise}！{noise}！”"]),
    Beat("guess", "monster:monster", "fear friend monster",
         ["“It is {monster.a}!” said {friend} under the table.",
          "“{Monster.a}!” cried {friend}, and hid under the table."],
         ["“是{monster.one}！”{friend}在桌子底下说。", "“{monster}来了！”{friend}叫着钻到了桌子底下。"]),
    one_of(
        3, Beat("brave", "look:look thing:thing", "have hero thing; go hero room",
                ["But {hero} took {look.a} {thing} and opened the door.",
                 "{Hero} went in with {look.a} {thing}, not afraid at all."],
                ["{hero}却拿起一{thing.mw}{look}{thing}，推开了门。",
                 "{hero}一点儿也不怕，拿着一{thing.mw}{look}{thing}走了进去。"]),
        2, Beat("called", "kin:kin", "ask hero kin; go kin room",
                ["{Hero} called {kin}, who opened the door.",
                 "“{Kin} can go first,” said {hero}."],
                ["{hero}叫来{kin}，{kin}推开了门。", "“让{kin}先进去。”{hero}说。"]),
    ),
    Beat("cause", "cause:noise.causes", "know hero cause",
         ["There was no {monster}: {cause}.", "It was not {monster.a}: {cause}!"],
         ["哪有什么{monster}，原来{cause}。", "根本不是{monster}，是{cause}！"]),
    one_of(
        3, Beat("knew", "", "say friend hero",
                ["“I knew it,” said {friend} under the table.", "“Is it gone?” asked {friend}."],
                ["“我早就知道。”{friend}在桌子底下说。", "“它走了吗？”{friend}问。"]),
        2, Beat("laugh", "", "laugh hero; laugh friend",
                ["They laughed until the {room} shook.", "How they laughed!"],
                ["{hero.they-friend}笑得{room}都发抖。", "{hero.they-friend}笑得前仰后合。"]),
        2, Beat("small", "", "say hero monster",
                ["“What a small {monster}!” said {hero}.", "“Hello, {monster},” said {hero}."],
                ["“好小的{monster}呀！”{hero}说。", "“{monster}，你好。”{hero}说。"]),
    ),
    ending("night"),
])  # fmt: skip

STRAY = Plot("stray", titles={"en": ["The {Pet} on {Hero.own} Way", "{Hero} and the {Pet}"], "zh": ["路上的{pet}", "{hero}和{pet}"]}, then=[
    Beat("meet", "place:place pet:pet spot:place.spots", "go hero place; take hero pet",
         ["went {place.to} and found {pet.a} {spot}.", "was {place.at} and saw {pet.a} {spot}."],
         ["去了{place}，在{spot}发现了{pet.one}。", "在{place.at}玩，看见{spot}有{pet.one}。"]),
    Beat("feed", "food:food", "have hero food; give hero pet food",
         ["It was hungry, so {hero} gave it {food.some}.", "{Hero} gave it {food.some}, because it was so thin."],
         ["它饿坏了，{hero}就给了它{food.one}。", "它瘦极了，所以{hero}喂了它{food.one}。"]),
    one_of(
        3, Beat("follow", "", "follow pet hero",
                ["Then it followed {hero.him} like a shadow.", "After that it did not go away."],
                ["从此它像影子一样跟着{hero.him}。", "吃完了，它就不肯走了。"]),
        2, Beat("trick", "", "sing pet",
                ["It said thank you by sneezing.", "It ate it all and sneezed."],
                ["它打了个喷嚏，算是说谢谢。", "它吃得一点儿不剩，还打了个喷嚏。"]),
    ),
    one_of(
        4, Beat("owner", "stranger:trade owner:trade", "ask hero stranger; ask hero owner; give hero owner pet",
                ["“Not mine,” said the {stranger}. “My {pet}!” cried the {owner}.",
                 "Was it the {stranger.own}? No, it was the {owner.own}!"],
                ["“不是我的。”{stranger}说。“我的{pet}！”{owner}叫了起来。",
                 "是{stranger}的吗？不，是{owner}的！"],
                [Beat("reward", "goods:owner.goods", "have owner goods; give owner hero goods",
                      ["The {owner} gave {hero} {goods}.", "“Thank you! Take {goods}!”"],
                      ["{owner.he-hero}送给{hero}{goods}。", "“谢谢你！这{goods}送给你。”"])]),
        3, Beat("keep", "kin:kin", "ask hero kin; keep hero pet",
                ["Nobody knew it, so {kin} let it stay. {Hero} called it {Food}.",
                 "“May I keep it?” asked {hero}. {Kin} said yes, and its name was {Food}."],
                ["没有人认识它，{kin}就让它住了下来。{hero}给它起名叫“{food}”。",
                 "“我能养它吗？”{hero}问。{kin}说能，还给它起名叫“{food}”。"]),
    ),
    ending("night"),
])  # fmt: skip

PLOTS = ((4, ERRAND), (4, RAIN), (3, NOISE), (3, STRAY))
