"""The plots of the market: a basket that does not come home as it should, and the art of paying less."""

# ruff: noqa: E501

from minillm.town.grammar import Beat, Plot, one_of
from minillm.town.openings import ending

_DONE = Beat("done")

_HOLE = Beat(
    "hole", "gone:total.gone left:gone.left beast:animal", "count hero left ware",
    ["But [on the way home|at the bridge|going uphill] {gone} {ware.many} fell [through a hole in|out of] the basket, [one after another|plop, plop|without a sound], and {beast.a} ate them. That left {left}.",
     "Nobody saw the hole in the basket [except|but] {beast.a}. It [ran along|tiptoed|trotted] behind and ate {gone} {ware.many}, so only {left} came home.",
     "The basket felt lighter and lighter. {Hero} counted: {left} {ware.many}! The other {gone} were inside {beast.a}, which looked [sorry|sleepy|happy]."],
    ["[回家的路上|走到桥上|上坡的时候]，篮子[破了个洞|歪了一下|没盖好]，{gone}{ware.mw}{ware}[一个接一个|骨碌碌地|悄没声儿地]掉出去，都让{beast.one}吃了，只剩下{left}{ware.mw}。",
     "谁也没看见篮子上有个洞，只有{beast.one}看见了。它[一路小跑|踮着脚|慢悠悠地]跟在后面，吃掉了{gone}{ware.mw}{ware}，到家时只剩{left}{ware.mw}。",
     "篮子越来越轻。{hero}一数，只有{left}{ware.mw}{ware}！另外{gone}{ware.mw}呀，进了{beast.one}的肚子，它还一脸[难为情|没睡醒|心满意足]呢。"],
    [one_of(
        3, Beat("mend", "", "teach kin hero mending",
                ["“I said {total},” said {kin}, who could count, too. Then {kin.he} [taught|showed] {hero} how to mend a basket: over, under, over, under.",
                 "“{Total} take away {gone} is {left},” said {kin}, “so much for sums. Now [come and learn|let me show you how] to mend a basket.” And {hero} [learned it|did it twice].",
                 "{Kin} did not [scold|say a word]. {Kin.he} took some straw and taught {hero} to mend baskets, because a hole is a [hungry|quiet] animal, too."],
                ["“我要的是{total}{ware.mw}。”{kin}也会数数。说完，{kin.he}就[手把手地|一步一步]教{hero}补篮子：一上一下，一上一下。",
                 "“{total.sum}减{gone.sum}剩{left.sum}，”{kin}说，“算术会了，再来学补篮子吧。”{hero}[一学就会|补了两遍]。",
                 "{kin}[没骂人|什么也没说]，拿来一把麦秆，教{hero}补篮子：洞呀，也是个[嘴馋的|有耐心的|不声不响的]家伙。"]),
        2, Beat("guest", "", "have kin ware; give kin beast ware",
                ["At supper the {beast} stood at the door, still hungry. “You again!” [cried|groaned|laughed] {hero}. But {kin} gave it the other {left}.",
                 "“I know who has them,” said {hero}, because the {beast} was looking in at the [window|kitchen door|keyhole]. {Kin} gave it the last {left} as well."],
                ["吃晚饭的时候，那{beast.mw}{beast}站在门口，还没吃饱呢。“又是你！”{hero}[叫道|哭笑不得|乐了]。{kin}却把剩下的{left}{ware.mw}也给了它。",
                 "“我知道是谁吃的。”{hero}说，因为那{beast.mw}{beast}正[趴在窗口|扒着门缝|隔着篱笆]往里瞧。{kin}干脆把最后{left}{ware.mw}也给了它。"]),
    )],
    gist={"en": ["{Beast.a} eats {gone} of the {ware.many}, and {left} are left."],
          "zh": ["{beast.one}吃掉了{gone}{ware.mw}{ware}，只剩下{left}{ware.mw}。"]},
)  # fmt: skip

_SWAP = Beat(
    "swap", "oddity:oddity", "take hero oddity; give hero kin oddity",
    ["{Hero} sat down to [rest|tie a shoe|watch the clouds], and got up with somebody else's basket. What {kin} unpacked [at home|on the kitchen table] was {oddity}!",
     "On the bench [by the bridge|at the bus stop|under a tree] stood two brown baskets, and {hero} took the wrong one. “I did not ask for this,” said {kin}, and held up {oddity}.",
     "At home {kin} lifted the cloth and [screamed|sat down|took off {kin.his} glasses]. It was the wrong basket, and {hero} had carried home {oddity}."],
    ["半路上，{hero}坐下来[歇了歇|系了系鞋带|看了会儿云彩]，起身时错拿了别人的篮子。到家打开一看，{kin}[愣住了|倒吸一口凉气]：{oddity}！",
     "[桥边|车站|椴树下]的长椅上放着两个一模一样的篮子，{hero}偏偏拿错了。“我可没让你买这个。”{kin}说着，从里面拿出{oddity}。",
     "到了家，{kin}揭开盖布，[吓得直叫|一屁股坐下|摘下了眼镜]。篮子拿错了，{hero}拎回来的是{oddity}。"],
    [Beat("owner", "stranger:job", "return kin stranger oddity",
          ["Just then the {stranger} came running. “How can I work with {few} {second.many}?” [cried|asked] the {stranger}, and they changed baskets.",
           "“Is that mine?” asked the {stranger} at the door. “I only wondered, because [at work|in my trade] nobody needs {few} {second.many}.” So {kin} gave it back.",
           "There was a knock. “I [opened|looked into] my basket,” said the {stranger}, “and what do I find? {Few} {second.many}!” {Kin} gave back what was not theirs."],
          ["正在这时，{stranger}[气喘吁吁地跑来了|满头大汗地赶来了]：“我拿着{few}{second.mw}{second}怎么干活呀！”{kin}赶紧把东西还给了{stranger.him}。",
           "“那是我的吧？”{stranger}站在门口问，“[我上班|干我们这行]可用不着{few}{second.mw}{second}。”{kin}连忙还给了{stranger.him}。",
           "有人敲门。“我[打开|往里瞧]篮子一看，”{stranger}说，“你们猜怎么着？{few}{second.mw}{second}！”两家的东西这才换了回来，{kin}直道歉。"])],
    gist={"en": ["{Hero} brings home the wrong basket, with {oddity} in it."],
          "zh": ["{hero}拿错了篮子，里面是{oddity}。"]},
)  # fmt: skip

_ATE = Beat(
    "ate", "beast:animal trifle:trifle", "forget hero extra; have hero trifle",
    ["At the market {beast.a} ate the list. The {ware.many} and the {second.many} were easy, but what was the third thing? In the end {hero} bought {trifle}.",
     "[Before {hero} could read it twice|At the first stall], {beast.a} had eaten the list. “{Ware.many}, {second.many},” said {hero}, “and then, I think, {trifle}.”",
     "The list was gone: {beast.a} had [swallowed|chewed] it. {Hero} asked for {ware.many} and {second.many}, forgot the rest and came home with {trifle}."],
    ["到了集市上，单子让{beast.one}吃掉了。{ware}和{second}都记得，第三样是什么来着？最后，{hero}买了{trifle}。",
     "[还没看第二遍|刚到头一个摊子]，单子就让{beast.one}嚼着吃了。“有{ware}，有{second}，”{hero}想了想，“还有……{trifle}！”说完就买了下来。",
     "单子没了，让{beast.one}[一口吞了|嚼烂了]。{hero}记得要{ware}和{second}，别的全忘了，就带回来{trifle}。"],
    [Beat("smile", "", "give hero kin trifle",
          ["“That is not {extra.it},” said {kin}. Then {kin.he} looked again, and smiled. “[It is much better|I always wanted one|Nobody ever gave me such a thing].”",
           "{Kin} did not scold, although there was no {extra.bare} in the basket. {Kin.he} only asked, “[How did you know|Who told you] my secret wish?”",
           "{Kin} turned {trifle} over and over. “Who needs {extra.it}?” said {kin.he}. “[I can live without it|It can wait until Friday|I feel like a child again].”"],
          ["“这可不是{extra.it}。”{kin}说。可是看着看着，{kin.he}笑了：“[这个比那个好|我早就想要一个了|从来没人送过我这个]！”",
           "篮子里没有{extra.it}，{kin}却没有生气，只问：“[你怎么知道|谁告诉你]我想要这个的？”",
           "{kin}接过{trifle}，左看右看，说：“谁稀罕{extra.it}呀，[没有它也能过|星期五再买也不迟|我又变回小孩子啦]。”"])],
    gist={"en": ["{Hero} forgets {extra.it} and buys {trifle}."], "zh": ["{hero}忘了买{extra.it}，买回了{trifle}。"]},
)  # fmt: skip

_GAVE = Beat(
    "gave", "friend:child plight:plight gone:total.gone left:gone.left", "trouble friend plight; count hero left ware",
    ["[On the way home|At the corner] {hero} met {friend}, who {plight}. So {hero} gave {friend.him-hero} {gone} {ware.many}, and had {left} left.",
     "[At the bridge|On the steps of the town hall] sat {friend}, who {plight}. “Take {gone} {ware.many},” said {hero}, although {kin} was waiting for all {total}. That left {left}.",
     "Then {friend} came along, who {plight}. {Hero} counted out {gone} {ware.many} for {friend.him-hero}, and looked at the {left} that were left."],
    ["[回家的路上|在街角|水井旁]，{hero}碰到了{friend}。{friend.he-hero}{plight}，{hero}就送给{friend.him-hero}{gone}{ware.mw}{ware}，自己剩下{left}{ware.mw}。",
     "[桥头|镇公所的台阶上]坐着{friend}，{friend.he-hero}{plight}。虽然{kin}等着要{total}{ware.mw}{ware}，{hero}还是说：“给你{gone}{ware.mw}！”这样就剩{left}{ware.mw}了。",
     "迎面来了{friend}，{friend.he-hero}{plight}。{hero}数出{gone}{ware.mw}{ware}给{friend.him-hero}，又看了看剩下的{left}{ware.mw}。"],
    [Beat("pie", "", "make friend pie",
          ["“Only {left}?” asked {kin}. But in the evening {friend} stood at the door with a hot pie. “There are {gone} {ware.many} in it,” said {friend}.",
           "{Kin} counted and [frowned|counted again], until {friend} knocked in the evening. “I made a pie,” said {friend}. Guess what was in it!",
           "“The others come later,” {hero} told {kin}, and they did: in a pie that {friend} [had baked|brought, still hot|had made without a recipe]."],
          ["“怎么才{left}{ware.mw}？”{kin}问。到了晚上，{friend}端着一个热乎乎的馅饼来敲门：“里面有{gone}{ware.mw}{ware}呢！”",
           "{kin}数来数去，[皱起了眉头|数了三遍]。到了晚上，有人敲门，是{friend}。“我烤了个馅饼。”{friend.he-hero}说。猜猜里面包的是什么？",
           "“剩下的一会儿就到。”{hero}对{kin}说。果然，{friend}送来了馅饼，[是刚出炉的|还烫手呢|没照菜谱做]，都包在里面了。"])],
    gist={"en": ["{Hero} gives {friend} {gone} of the {ware.many} and gets them back in a pie."],
          "zh": ["{hero}送给{friend}{gone}{ware.mw}{ware}，后来吃到了用它做的馅饼。"]},
)  # fmt: skip

BASKET = Plot("basket", titles={
    "en": ["{Hero} goes to market", "{Total} {ware.many} and {extra}"],
    "zh": ["{hero}去赶集", "{total}{ware.mw}{ware}和{extra}"],
}, then=[
    Beat("list", "kin:kin total:total ware:ware few:few second:ware extra:extra",
         "ask kin hero; go hero market; count hero total ware",
         ["[set off for|marched to|skipped to] the market with {kin.own} [big|old|second-best] basket and a list: {total} {ware.many}, {few} {second.many} and {extra}.",
          "was sent to the market by {kin}. “{Total} {ware.many}, {few} {second.many} and {extra},” said {kin}. “[And nothing else!|Can you remember that?|And hurry!]”",
          "had to go to the market, because {kin} was [cooking|baking|expecting half the town] and needed {total} {ware.many}, {few} {second.many} and {extra}."],
         ["挎着{kin}的[大|旧|好]篮子[去|跑去|一蹦一跳地去]赶集，单子上写着：{total}{ware.mw}{ware}、{few}{second.mw}{second}，还有{extra}。",
          "被{kin}派去赶集。“{total}{ware.mw}{ware}、{few}{second.mw}{second}，还有{extra}，”{kin}说，“[记得住吗？|别的可不要！|路上别贪玩！]”",
          "得去赶一趟集，因为{kin}[正做着饭|要烤点心|请了半个镇子的客人]，缺{total}{ware.mw}{ware}、{few}{second.mw}{second}和{extra}。"],
         gist={"en": ["{Kin} sends {hero} to the market for {total} {ware.many}, {few} {second.many} and {extra}."],
               "zh": ["{kin}让{hero}去买{total}{ware.mw}{ware}、{few}{second.mw}{second}和{extra}。"]}),
    one_of(4, _HOLE, 3, _SWAP, 3, _ATE, 3, _GAVE),
    one_of(3, _DONE, 2, Beat("evening", then=[ending("night")])),
])  # fmt: skip

_BARGAINS = one_of(
    3, Beat("donkey", "beast:animal", "buy hero dealer curio",
            ["“{Price}!” “{Offer}!” At last {beast.a} [grew tired of it|yawned|had enough] and lay down on the {dealer.own} [coat|hat|lunch]. “{Purse},” sighed the {dealer}, “if you get it off.” {Hero} did, and paid.",
             "It went up and down until {beast.a}, tired of waiting, began to eat the [tablecloth|price list]. “{Purse}, quick!” [cried|shouted] the {dealer}, and {hero} paid."],
            ["“{price}个！”“{offer}个！”旁边{beast.one}[等得不耐烦|打了个哈欠|实在听够了]，在{dealer}的[大衣|帽子|午饭]上躺了下来。“你把它弄走，”{dealer}叹了口气，“{purse}个就卖给你。”{hero}照办，买了下来。",
             "价钱上上下下，有{beast.one}等得不耐烦，啃起了[桌布|价目单|棚布]。“{purse}个，快拿走！”{dealer}[慌了|直跺脚]，{hero}赶紧付了钱。"],
            gist={"en": ["{Beast.a} ends the haggling, and {hero} pays {purse} coins."],
                  "zh": ["多亏{beast.one}捣乱，{hero}花{purse}个铜板买下了它。"]}),
    3, Beat("mixed", "left:offer.left food:food", "laugh dealer; buy hero dealer curio; count hero left coins",
            ["[They went on so long|It was such a hot day|Both were so eager] that they got mixed up. “{Price}!” cried {hero}. “{Offer}!” cried the {dealer}, and laughed. {Offer} it was, and for the {left} coins that were left they had {food.some}.",
             "Soon {hero} was [shouting|asking] “{price}” and the {dealer} “{offer}”. The {dealer} laughed, took {offer}, and for the other {left} coins they had {food.some}."],
            ["两个人[你一句我一句|越说越快|争得满头大汗]，说着说着就乱了。“{price}个！”{hero}喊。“{offer}个！”{dealer}喊完，自己先笑弯了腰，真的只收了{offer}个。剩下{left}个铜板，正好买{food.one}分着吃。",
             "讲到后来，{hero}[喊|叫]起了“{price}个”，{dealer}倒喊起了“{offer}个”。{dealer}哈哈大笑，{offer}个就卖了，多出来的{left}个，买了{food.one}一起吃。"],
            gist={"en": ["The {dealer} laughs at a mistake and takes only {offer} coins."],
                  "zh": ["{dealer}喊错了价，笑着只收了{offer}个铜板。"]}),
    2, Beat("pocket", "left:offer.left biscuit:crumb", "have hero biscuit; give hero dealer biscuit; buy hero dealer curio; count hero left coins",
            ["Then {hero} turned out {hero.his} pocket: {purse} coins and {biscuit}. The {dealer} had not eaten since [breakfast|Sunday|the last fair], took {biscuit.it} and {offer} coins, and left {hero} the other {left}.",
             "{Hero} put it all on the table: {purse} coins and {biscuit}. “[Not so much|Bless you|Well, well]!” said the {dealer}, and took {offer} of the coins and {biscuit.it}. That left {left}."],
            ["{hero}把口袋翻了个底朝天：{purse}个铜板，还有{biscuit}。{dealer}从[早上|星期天|上一次庙会]起就没吃东西，收了{biscuit.it}和{offer}个铜板，把{left}个还给了{hero.him-dealer}。",
             "{hero}把东西全摆在桌上：{purse}个铜板和{biscuit}。“[用不了这么多|好孩子|哎呀呀]。”{dealer}只拿了{offer}个铜板和{biscuit.it}，还剩下{left}个。"],
            gist={"en": ["The {dealer} takes {offer} coins and {biscuit} for it."],
                  "zh": ["{dealer}收下{offer}个铜板和{biscuit}，就把它卖了。"]}),
    2, Beat("steps", "", "buy hero dealer curio",
            ["So {hero} walked away slowly, an old trick of {kin.own}: one step, two steps. At the third the {dealer} [called|cried|groaned], “[All right|Stop|You win]! {Purse}!”",
             "“Then goodbye,” said {hero}, and went one step, two steps. {Hero.he} never took the third, because the {dealer} [sold it|gave in] for {purse}."],
            ["{hero}转身慢慢走开，这一招是{kin}教的：一步，两步。第三步还没落地，{dealer}就[喊|叫|叹气]：“[好吧|站住|算你赢了]，{purse}个！”",
             "“那再见吧。”{hero}说着，走了一步，两步。第三步没走成，因为{dealer}[松了口|认输了]，{purse}个就卖了。"],
            gist={"en": ["{Hero} walks away, and the {dealer} asks only {purse} coins."],
                  "zh": ["{hero}假装要走，{dealer}只好{purse}个铜板卖了。"]}),
)  # fmt: skip

BARGAIN = Plot("bargain", titles={
    "en": ["{Hero} buys {curio.a}", "{Purse} coins for {curio.a}"],
    "zh": ["{hero}买{curio}", "{purse}个铜板和{curio.one}"],
}, then=[
    Beat("coins", "purse:purse look:look curio:curio kin:kin", "count hero purse coins; want kin curio",
         ["took {purse} coins to the market to buy {look.a} {curio}, because {kin} had always wanted one.",
          "[emptied the piggy bank|turned the sofa upside down|counted all the savings]: {purse} coins. Was that enough for {look.a} {curio}? {Kin} had always wanted one.",
          "counted out {purse} coins and made a plan. {Kin} wanted {look.a} {curio}, and there was one [at the market|on the square|on sale]."],
         ["带着{purse}个铜板去了集市，要买一{curio.mw}{look}{curio}，因为{kin}做梦都想要。",
          "[倒空了存钱罐|翻遍了沙发缝|数了数私房钱]，一共{purse}个铜板。够不够买一{curio.mw}{look}{curio}呢？{kin}做梦都想要。",
          "数出{purse}个铜板，打定了主意：{kin}想要一{curio.mw}{look}{curio}，[集市上|广场上|货摊上]正好有。"],
         gist={"en": ["{Hero} has {purse} coins and wants to buy {kin} {look.a} {curio}."],
               "zh": ["{hero}有{purse}个铜板，想给{kin}买一{curio.mw}{look}{curio}。"]}),
    Beat("price", "dealer:dealer price:purse.price boast:boast quibble:quibble offer:purse.offer",
         "ask hero dealer",
         ["The {dealer} asked {price} coins. “{Boast},” said the {dealer}. “{Quibble},” said {hero}. “{Offer} coins!”",
          "It was the {dealer.own}. “{Price} coins. {Boast}.” {Hero} [looked at it from all sides|tapped it|whistled]. “{Quibble}. {Offer}.”",
          "“How much?” {hero} asked the {dealer}. “{Price} coins. {Boast}.” “{Quibble},” [said|answered] {hero}. “I will give you {offer}.”"],
         ["{dealer}开口就要{price}个铜板。“{boast}。”{dealer}说。“{quibble}，”{hero}说，“{offer}个！”",
          "东西是{dealer}的。“{price}个铜板。{boast}。”{hero}[左看右看|敲了敲|吹了声口哨]：“{quibble}。{offer}个。”",
          "“多少钱？”{hero}问{dealer}。“{price}个铜板。{boast}。”“{quibble}，”{hero}[说|还价]，“我出{offer}个。”"]),
    _BARGAINS,
    one_of(
        3, Beat("cost", "", "give hero kin curio; ask kin hero",
                ["“What did it cost?” asked {kin}, and put the {curio} [by the window|on the piano|where the sun comes in]. “A lot of talking,” said {hero}.",
                 "{Kin} [hugged|polished] the {curio} and asked what it had cost. {Hero} said that it had cost mostly words.",
                 "{Hero} gave it to {kin}, who asked nothing but, “Did you haggle?” “Like [a king|you|three aunts],” said {hero}."],
                ["“花了多少钱？”{kin}把{curio}摆在[窗前|钢琴上|向阳的地方]，问道。“费了好多口舌。”{hero}说。",
                 "{kin}[摸着|抱着|擦着]{curio}，问是多少钱买的。{hero}说，钱没花多少，话倒说了一箩筐。",
                 "{hero}把它送给{kin}，{kin}只问了一句：“还价了吗？”“还得像[国王一样|你一样|三个姨妈一样]。”{hero}说。"]),
        2, Beat("speechless", "", "give hero kin curio; feel kin happy",
                ["When {kin} saw the {curio}, {kin.he} was so happy that {kin.he} [had to sit down|forgot {kin.his} tea|kissed it]. {Hero} {habit.night}.",
                 "{Kin} was so happy with the {curio} that nobody got supper until [eight|nine|breakfast]. {Hero} {habit.night}."],
                ["{kin}一看见{curio}，高兴得[非坐下来不可|连茶都忘了喝|亲了它一口]。{hero}{habit.night}。",
                 "{kin}得了{curio}，高兴得忘了做晚饭，全家[八点钟|九点钟|第二天早上]才吃上。{hero}{habit.night}。"]),
    ),
])  # fmt: skip

PLOTS = ((5, BASKET), (5, BARGAIN))
