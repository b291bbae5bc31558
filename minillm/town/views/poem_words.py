"""Couplets for short poems: the English lines rhyme, the Chinese ones have seven characters each and end alike."""

# ruff: noqa: E501

# what it is about -> English couplets; {a}, {b}, {c} are the roles of the event, h is the hero and t a thing.
ENGLISH = {
    "open": (
        ("{H} went {p.to} one day,", "and there was much to see and say."), ("The sun was up, the sky was blue,", "and {h} looked for things to do."),
        ("When all the birds of town had sung,", "{h} was up, for {h.he} was young."), ("In our small town, so green and wide,", "there's {h}, with a tale inside."),
        ("Now listen, friends, and take a seat:", "here's {h} walking down the street."), ("Who is it, knocking at the door?", "It's {h}, whom you've met before."),
        ("The clock had struck, the milk was hot,", "and {h} thought: today, why not?"), ("I know a tale, it is not long,", "so here is {h}, here's the song."),
    ),
    "lose": (
        ("But {t} was nowhere near,", "and down there rolled a little tear."), ("And then {t} was lost from sight;", "it would not turn up, left or right."),
        ("Where did {t} go? Who can tell?", "It isn't in the wishing well."), ("Alas! {T} went astray.", "It did not say it would not stay."),
    ),
    "find": (
        ("At last {t} was safe and sound,", "for what is lost can still be found."), ("And there it was, the thing they sought:", "{t}, dearer than they thought."),
        ("{T} came back before the night,", "and someone held it very tight."), ("Then came a shout: {t} was there!", "And hats were flying through the air."),
    ),
    "give": (
        ("A gift was passed from hand to hand,", "as friends will always understand."), ("{B} was given {c}, and so", "a friendship had a chance to grow."),
        ("And {a} gave {b}, with a smile,", "{c} to hold a little while."), ("To give away what you love best", "can put a troubled heart to rest."),
    ),
    "meet": (
        ("And {f} came and stayed a while,", "and said a word that made them smile."), ("For {f} is a friend indeed,", "and there in every hour of need."),
        ("And {f} laughed, and {h} too,", "as friends in every story do."), ("With {f} there, the road was short,", "for two is company and sport."),
    ),
    "sad": (("And someone felt a little low,", "as you and I, and all, may know."), ("There came a sigh, a heavy heart,", "as cold as soup, as sour as tart."), ("A cloud was hanging overhead;", "“Just let me be,” somebody said.")),
    "glad": (("And {h} laughed and danced about,", "and all the worry was let out."), ("How {h} jumped, how {h} sang!", "The bells of town, they rang and rang."), ("A merry heart, a merry face,", "and {h} laughing all over the place.")),
    "rain": (("And then the rain began to fall", "on hat and house and garden wall."), ("The clouds came up, the wind blew cold,", "as every duck in town foretold."), ("It rained on roof, it rained on street,", "and splashed around a lot of feet.")),
    "more": (("And what came next was strange, but true,", "as I shall tell it now to you."), ("In every house, on every stair,", "they spoke of {h} everywhere."), ("The baker heard it, so did I,", "and we forgot about the pie.")),
    "end": (
        ("And so the day came to an end", "for {h} and for every friend."), ("Now close the book, put out the light,", "and dream of {h}. Sleep, good night."), ("If you come back and ask for this,", "there's not a word that you will miss."),
        ("That's all I know, and all is well;", "there is no more for me to tell."), ("And {h} went to bed at eight,", "for even heroes can't stay late."), ("The moon looked in and softly said:", "“It's time for {h} to go to bed.”"),
    ),
}  # fmt: skip

# ending (in pinyin) -> what it is about -> couplets. {h} and {f} are names of two characters, {t} and {p} have three.
CHINESE = {
    "ang": {
        "open": (("{h}早早起了床", "推开窗户见阳光"), ("{h}来到{p}", "风儿轻轻吹脸庞"), ("小镇清晨静悄悄", "{h}出门喜洋洋")),
        "lose": (("{t}啊在哪里", "{h}急得心发慌"), ("{t}忽然不见", "一颗心儿跳得慌")),
        "find": (("{t}终于回来", "大家一起乐洋洋"), ("{t}重见天日", "失物回到主人旁")),
        "give": (("一份礼物送到手", "收礼的人暖心房"), ("手里东西虽然小", "送来一份情意长")),
        "meet": (("{h}{f}一起走", "说说笑笑把歌唱"), ("好朋友是一条心", "{f}就在{h}旁")),
        "sad": (("心里难过谁知道", "一滴眼泪挂脸庞"), ("叹一口气低下头", "好像乌云遮太阳")),
        "glad": (("{h}心里比蜜甜", "笑声飞过小池塘"), ("高兴得要翻跟头", "{h}脸上放红光")),
        "rain": (("天上落下大雨点", "屋檐滴水叮当响"), ("雨点敲着窗户唱", "水花溅到屋檐上")),
        "more": (("小镇故事天天有", "今天这个不平常"), ("一传十来十传百", "说到东家和西坊")),
        "end": (("太阳下山月亮升", "{h}睡得甜又香"), ("这首小诗写完了", "明天再见大太阳"), ("要问后来怎么办", "问问{h}就明朗")),
    },
    "ao": {
        "open": (("{h}出门看一看", "抬头一看天气好"), ("{h}来到{p}", "花儿点头鸟儿叫"), ("清早公鸡喔喔啼", "{h}一路小步跑")),
        "lose": (("{t}忽然不见", "{h}东找又西找"), ("{t}啊在哪里", "问遍全镇没人晓")),
        "find": (("{t}终于回来", "{h}拍手哈哈笑"), ("天黑以前有喜讯", "{t}安然多美妙")),
        "give": (("一份礼物送到手", "乐得人们蹦蹦跳"), ("别看东西不算大", "送的人儿心意好")),
        "meet": (("{h}{f}碰了头", "你一言来我一笑"), ("两个朋友一条心", "有了{f}没烦恼")),
        "sad": (("心里难过说不出", "眼泪啪嗒往下掉"), ("一声不响坐下来", "谁也别来把我吵")),
        "glad": (("{h}心里比蜜甜", "一路唱歌一路跳"), ("什么烦恼都忘了", "{h}乐得哈哈笑")),
        "rain": (("天上落下大雨点", "小小雨伞撑得牢"), ("雨点落在池塘里", "青蛙高兴呱呱叫")),
        "more": (("小镇故事天天有", "今天这个最奇妙"), ("面包师傅听见了", "忘了面包烤没烤")),
        "end": (("太阳下山月亮升", "{h}躺下睡大觉"), ("这首小诗念完了", "写得不好请别笑"), ("要是有人不相信", "去问{h}就知道")),
    },
    "ian": {
        "open": (("{h}来到{p}", "白云悠悠飘在天"), ("清早公鸡喔喔啼", "{h}已到大门前"), ("小镇醒来静悄悄", "{h}笑着走上前")),
        "lose": (("{t}忽然不见", "{h}找了老半天"), ("{t}啊在哪里", "好像飞到了天边")),
        "find": (("{t}终于回来", "{h}乐得像过年"), ("{t}重见天日", "笑声传到河对面")),
        "give": (("一份礼物送到手", "心里好比蜜糖甜"), ("你送我来我送你", "小小礼物把心连")),
        "meet": (("{h}{f}碰了头", "话儿说了一大篇"), ("两个朋友一条心", "{f}总在我身边")),
        "sad": (("心里难过谁知道", "愁得皱起小眉尖"), ("一句话也不想说", "独自望着那天边")),
        "glad": (("{h}高兴得直跳", "笑得眼睛眯成线"), ("高高兴兴多快活", "{h}唱了一整天")),
        "rain": (("天上落下大雨点", "地上水花一片片"), ("乌云请来大雨点", "滴滴答答屋檐前")),
        "more": (("小镇故事天天有", "今天这个最新鲜"), ("你说奇怪不奇怪", "大家说了一整天")),
        "end": (("太阳下山月亮升", "{h}梦里比蜜甜"), ("这首小诗写完了", "明天再讲一小篇"), ("要是有人不相信", "去问{h}说一遍")),
    },
}  # fmt: skip
