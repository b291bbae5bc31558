"""The plots of the market: a basket that does not come home as it should, and the art of paying less."""

# ruff: noqa: E501

from minillm.town.grammar import Beat, Plot, one_of
from minillm.town.openings import ending

_HOLE = Beat(
    "hole", "gone:total.gone left:gone.left beast:animal", "take beast ware; eat beast ware; count hero left ware",
    ["But on the way home {gone} {ware.many} fell through a hole in the basket, one after another, and {beast.a} ate them all. That left {left}.",
     "Nobody saw the hole in the basket except {beast.a}. It ran along behind and ate {gone} {ware.many}, so only {left} came home."],
    ["回家的路上，篮子破了个洞，{gone}{ware.mw}{ware}一个接一个掉出去，都让{beast.one}吃了，只剩下{left}{ware.mw}。",
     "谁也没看见篮子上有个洞，只有{beast.one}看见了。它一路跟在后面，吃掉了{gone}{ware.mw}{ware}，到家时只剩{left}{ware.mw}。"],
    [one_of(
        3, Beat("mend", "", "teach kin hero mending",
                ["“I said {total},” said {kin}, who could count, too. Then {kin.he} taught {hero} how to mend a basket: over, under, over, under.",
                 "“{Total} take away {gone} is {left},” said {kin}, “so now you can do sums. Let us learn to mend a basket as well.” And {hero} learned it."],
                ["“我要的是{total}{ware.mw}。”{kin}也会数数。说完，{kin.he}就教{hero}补篮子：一上一下，一上一下。",
                 "“{total}减{gone}剩{left}，”{kin}说，“算术会了，再来学补篮子吧。”{hero}一学就会。"]),
        2, Beat("guest", "", "come beast hero; have kin ware; give kin beast ware",
                ["At supper the {beast} stood at the door, still hungry. “You again!” cried {hero}. But {kin} laughed, and gave it the other {left}.",
                 "“I know who has them,” said {hero}, because the {beast} was looking in at the window. {Kin} gave it the last {left} as well."],
                ["吃晚饭的时候，那{beast.mw}{beast}站在门口，还没吃饱呢。“又是你！”{hero}叫道。{kin}却笑了，把剩下的{left}{ware.mw}也给了它。",
                 "“我知道是谁吃的。”{hero}说，因为那{beast.mw}{beast}正趴在窗口往里瞧。{kin}干脆把最后{left}{ware.mw}也给了它。"]),
    )],
    gist={"en": ["{Beast.a} eats {gone} of the {ware.many}, and {left} are left."],
          "zh": ["{beast.one}吃掉了{gone}{ware.mw}{ware}，只剩下{left}{ware.mw}。"]},
)  # fmt: skip

_SWAP = Beat(
    "swap", "oddity:oddity", "take hero oddity; give hero kin oddity",
    ["{Hero} sat down to rest, and got up with somebody else's basket. What {kin} unpacked at home was {oddity}!",
     "On the bench by the bridge stood two brown baskets, and {hero} took the wrong one. “I did not ask for this,” said {kin}, and held up {oddity}."],
    ["半路上，{hero}坐下来歇了歇，起身时错拿了别人的篮子。到家打开一看，{kin}愣住了：{oddity}！",
     "桥边的长椅上放着两个一模一样的篮子，{hero}偏偏拿错了。“我可没让你买这个。”{kin}说着，从里面拿出{oddity}。"],
    [one_of(1, Beat("owner", "owner:job", "come owner hero; return kin owner oddity",
                    ["Just then the {owner} came running. “How can I work with {few} {second.many}?” cried the {owner}, and they changed baskets.",
                     "“Is that mine?” asked the {owner} at the door. “I only wondered, because at work nobody needs {few} {second.many}.”"],
                    ["正在这时，{owner}气喘吁吁地跑来了：“我拿着{few}{second.mw}{second}怎么干活呀！”这才把篮子换了回来。",
                     "“那是我的吧？”{owner}站在门口问，“我上班可用不着{few}{second.mw}{second}。”"]))],
    gist={"en": ["{Hero} brings home the wrong basket, with {oddity} in it."],
          "zh": ["{hero}拿错了篮子，里面是{oddity}。"]},
)  # fmt: skip

_ATE = Beat(
    "ate", "beast:animal trifle:trifle", "forget hero extra; have hero trifle",
    ["At the market {beast.a} ate the list. The {ware.many} and the {second.many} were easy, but what was the third thing? In the end {hero} bought {trifle}.",
     "Before {hero} could read it twice, {beast.a} had eaten the list. “{Ware.many}, {second.many},” said {hero}, “and I think it was {trifle}.”"],
    ["到了集市上，单子让{beast.one}吃掉了。{ware}和{second}都记得，第三样是什么来着？最后，{hero}买了{trifle}。",
     "还没看第二遍，单子就让{beast.one}嚼着吃了。“有{ware}，有{second}，”{hero}想了想，“还有……{trifle}！”说完就买了下来。"],
    [Beat("smile", "", "give hero kin trifle",
          ["“That is not {extra.it},” said {kin}. Then {kin.he} looked again, and smiled. “[It is much better|I always wanted one].”",
           "{Kin} did not scold, although there was no {extra.bare} in the basket. {Kin.he} only asked, “[How did you know|Who told you] my secret wish?”"],
          ["“这可不是{extra.it}。”{kin}说。可是看着看着，{kin.he}笑了：“[这个比那个好|我早就想要一个了]！”",
           "篮子里没有{extra.it}，{kin}却没有生气，只问：“[你怎么知道|谁告诉你]我想要这个的？”"])],
    gist={"en": ["{Hero} forgets {extra.it} and buys {trifle}."], "zh": ["{hero}忘了买{extra.it}，买回了{trifle}。"]},
)  # fmt: skip

_GAVE = Beat(
    "gave", "friend:child plight:plight gone:total.gone left:gone.left", "trouble friend plight; give hero friend ware; count hero left ware",
    ["On the way home {hero} met {friend}, who {plight}. So {hero} gave {friend.him-hero} {gone} {ware.many}, and had {left} left.",
     "At the bridge sat {friend}, who {plight}. “Take {gone} {ware.many},” said {hero}, although {kin} was waiting for all {total}. That left {left}."],
    ["回家的路上，{hero}碰到了{friend}。{friend.he-hero}{plight}，{hero}就送给{friend.him-hero}{gone}{ware.mw}{ware}，自己剩下{left}{ware.mw}。",
     "桥头坐着{friend}，{friend.he-hero}{plight}。虽然{kin}等着要{total}{ware.mw}{ware}，{hero}还是说：“给你{gone}{ware.mw}！”这样就剩{left}{ware.mw}了。"],
    [Beat("pie", "", "come friend hero; make friend pie",
          ["“Only {left}?” asked {kin}. But in the evening {friend} stood at the door with a hot pie. “There are {gone} {ware.many} in it,” said {friend}.",
           "{Kin} counted and frowned, until {friend} knocked in the evening. “We baked a pie,” said {friend}. Guess what was in it!"],
          ["“怎么才{left}{ware.mw}？”{kin}问。到了晚上，{friend}端着一个热乎乎的馅饼来敲门：“里面有{gone}{ware.mw}{ware}呢！”",
           "{kin}数来数去，皱起了眉头。到了晚上，有人敲门，是{friend}。“我们烤了个馅饼。”{friend.he-hero}说。猜猜里面包的是什么？"])],
    gist={"en": ["{Hero} gives {friend} {gone} of the {ware.many} and gets them back in a pie."],
          "zh": ["{hero}送给{friend}{gone}{ware.mw}{ware}，后来吃到了用它做的馅饼。"]},
)  # fmt: skip

BASKET = Plot("basket", titles={
    "en": ["{Hero} goes to market", "{Total} {ware.many} and {extra}"],
    "zh": ["{hero}去赶集", "{total}{ware.mw}{ware}和{extra}"],
}, then=[
    Beat("list", "kin:kin total:total ware:ware few:few second:ware extra:extra",
         "ask kin hero; go hero market; have hero ware; count hero total ware",
         ["set off for the market with {kin.own} big basket and a list: {total} {ware.many}, {few} {second.many} and {extra}.",
          "was sent to the market by {kin}. “{Total} {ware.many}, {few} {second.many} and {extra},” said {kin}. “[And nothing else!|Can you remember that?]”"],
         ["挎着{kin}的大篮子去赶集，单子上写着：{total}{ware.mw}{ware}、{few}{second.mw}{second}，还有{extra}。",
          "被{kin}派去赶集。“{total}{ware.mw}{ware}、{few}{second.mw}{second}，还有{extra}，”{kin}说，“[记得住吗|别忘了哟]？”"],
         gist={"en": ["{Kin} sends {hero} to the market for {total} {ware.many}, {few} {second.many} and {extra}."],
               "zh": ["{kin}让{hero}去买{total}{ware.mw}{ware}、{few}{second.mw}{second}和{extra}。"]}),
    one_of(4, _HOLE, 3, _SWAP, 3, _ATE, 3, _GAVE),
    ending("night"),
])  # fmt: skip

_BARGAINS = one_of(
    3, Beat("donkey", "beast:animal", "wait beast dealer; buy hero dealer curio",
            ["“{Price}!” “{Offer}!” “{Price}!” At last {beast.a} grew tired of it and lay down on the {dealer.own} coat. “{Purse},” sighed the {dealer}, “if you get it off.”",
             "It went up and down until {beast.a}, tired of waiting, began to eat the tablecloth. “{Purse}, quick!” cried the {dealer}, and {hero} paid."],
            ["“{price}个！”“{offer}个！”“{price}个！”旁边{beast.one}等得不耐烦，在{dealer}的大衣上躺了下来。“你把它弄走，”{dealer}叹了口气，“{purse}个就卖给你。”",
             "价钱上上下下，有{beast.one}等得不耐烦，啃起了桌布。“{purse}个，快拿走！”{dealer}慌了，{hero}赶紧付了钱。"],
            gist={"en": ["{Beast.a} ends the haggling, and {hero} pays {purse} coins."],
                  "zh": ["多亏{beast.one}捣乱，{hero}花{purse}个铜板买下了它。"]}),
    3, Beat("mixed", "left:offer.left food:food", "laugh dealer; buy hero dealer curio; count hero left coins; buy hero dealer food",
            ["They went on so long that they got mixed up. “{Price}!” cried {hero}. “{Offer}!” cried the {dealer}. How the {dealer} laughed! {Offer} it was, and for the {left} coins that were left they had {food.some}.",
             "Soon {hero} was shouting “{price}” and the {dealer} “{offer}”. The {dealer} laughed, took {offer}, and for the other {left} coins they had {food.some}."],
            ["两个人你一句我一句，说着说着就乱了。“{price}个！”{hero}喊。“{offer}个！”{dealer}喊。{dealer}笑弯了腰，真的只收了{offer}个。剩下{left}个铜板，正好买{food.one}，两个人分着吃了。",
             "讲到后来，{hero}喊起了“{price}个”，{dealer}倒喊起了“{offer}个”。{dealer}哈哈大笑，{offer}个就卖了，多出来的{left}个，买了{food.one}一起吃。"],
            gist={"en": ["The {dealer} laughs at a mistake and takes only {offer} coins."],
                  "zh": ["{dealer}喊错了价，笑着只收了{offer}个铜板。"]}),
    2, Beat("pocket", "left:offer.left biscuit:crumb", "have hero biscuit; give hero dealer biscuit; buy hero dealer curio; count hero left coins",
            ["Then {hero} turned out {hero.his} pocket: {purse} coins and {biscuit}. The {dealer} had not eaten since breakfast, took {biscuit.it} and {offer} coins, and left {hero} the other {left}.",
             "{Hero} put it all on the table: {purse} coins and {biscuit}. “Not so much!” said the {dealer}, and took {offer} of the coins and {biscuit.it}. That left {left}."],
            ["{hero}把口袋翻了个底朝天：{purse}个铜板，还有{biscuit}。{dealer}从早上起就没吃东西，收了{biscuit.it}和{offer}个铜板，把{left}个还给了{hero.him-dealer}。",
             "{hero}把东西全摆在桌上：{purse}个铜板和{biscuit}。“用不了这么多。”{dealer}只拿了{offer}个铜板和{biscuit.it}，还剩下{left}个。"],
            gist={"en": ["The {dealer} takes {offer} coins and {biscuit} for it."],
                  "zh": ["{dealer}收下{offer}个铜板和{biscuit}，就把它卖了。"]}),
    2, Beat("steps", "", "leave hero market; buy hero dealer curio",
            ["So {hero} walked away slowly, as {kin} had taught {hero.him-kin}: one step, two steps. At the third step the {dealer} called, “All right! {Purse}!”",
             "“Then goodbye,” said {hero}, and went one step, two steps. {Hero.he} never took the third, because the {dealer} cried, “Wait! {Purse}!”"],
            ["{hero}转身慢慢走开，这一招是{kin}教的：一步，两步。第三步还没落地，{dealer}就喊：“好吧，{purse}个！”",
             "“那再见吧。”{hero}说着，走了一步，两步。第三步没走成，因为{dealer}叫了起来：“等等！{purse}个卖给你！”"],
            gist={"en": ["{Hero} walks away, and the {dealer} asks only {purse} coins."],
                  "zh": ["{hero}假装要走，{dealer}只好{purse}个铜板卖了。"]}),
)  # fmt: skip

BARGAIN = Plot("bargain", titles={
    "en": ["{Hero} buys {curio.a}", "{Purse} coins for {curio.a}"],
    "zh": ["{hero}买{curio}", "{purse}个铜板和{curio.one}"],
}, then=[
    Beat("coins", "purse:purse curio:curio kin:kin", "count hero purse coins; go hero market; want kin curio",
         ["took {purse} coins to the market to buy {curio.a}, because {kin} had always wanted one.",
          "emptied the piggy bank: {purse} coins. Was that enough for {curio.a}? {Kin} had always wanted one, so {hero} ran to the market."],
         ["带着{purse}个铜板去了集市，要买{curio.one}，因为{kin}做梦都想要。",
          "倒空了存钱罐，一共{purse}个铜板。够不够买{curio.one}呢？{kin}做梦都想要，{hero}拔腿就往集市跑。"],
         gist={"en": ["{Hero} has {purse} coins and wants to buy {kin} {curio.a}."],
               "zh": ["{hero}有{purse}个铜板，想给{kin}买{curio.one}。"]}),
    Beat("price", "dealer:dealer price:purse.price boast:boast quibble:quibble offer:purse.offer",
         "meet hero dealer; say dealer boast; say hero quibble",
         ["The {dealer} asked {price} coins. “{Boast},” said the {dealer}. “{Quibble},” said {hero}. “{Offer} coins!”",
          "There was only one, and it was the {dealer.own}. “{Price} coins. {Boast}.” {Hero} looked at it from all sides. “{Quibble}. {Offer}.”"],
         ["{dealer}开口就要{price}个铜板。“{boast}。”{dealer}说。“{quibble}，”{hero}说，“{offer}个！”",
          "集市上只有一{curio.mw}，是{dealer}的。“{price}个铜板。{boast}。”{hero}左看右看：“{quibble}。{offer}个！”"]),
    _BARGAINS,
    one_of(
        3, Beat("cost", "", "give hero kin curio; ask kin hero",
                ["“What did it cost?” asked {kin}, and put the {curio} by the window. “A lot of talking,” said {hero}.",
                 "{Kin} stroked the {curio} and asked what it had cost. {Hero} said that it had cost mostly words."],
                ["“花了多少钱？”{kin}把{curio}摆在窗前，问道。“费了好多口舌。”{hero}说。",
                 "{kin}摸着{curio}，问是多少钱买的。{hero}说，钱没花多少，话倒说了一箩筐。"]),
        2, Beat("speechless", "", "give hero kin curio; feel kin happy",
                ["When {kin} saw the {curio}, {kin.he} was so happy that {kin.he} had to sit down.",
                 "{Kin} was so happy with the {curio} that nobody got supper until eight."],
                ["{kin}一看见{curio}，高兴得非坐下来不可。", "{kin}得了{curio}，高兴得忘了做晚饭，全家八点钟才吃上。"]),
    ),
    ending("night"),
])  # fmt: skip

PLOTS = ((5, BASKET), (5, BARGAIN))
