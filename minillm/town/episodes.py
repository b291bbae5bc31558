"""What may happen on the way, in the middle of a plot."""

# ruff: noqa: E501

from minillm.town.grammar import Beat

_MISPLACED = Beat("misplaced", "passer:trade misplaced:misplaced", "tell hero passer misplaced",
                  ["“Have you seen my {misplaced}?” asked the {passer}. “{Misplaced.where},” said {hero}.",
                   "The {passer} could not find the {misplaced}. “{Misplaced.where},” said {hero}, and walked on.", "“I would look for my {misplaced},” said the {passer}, “but where?” “{Misplaced.where},” said {hero}."],
                  ["“你看见我的{misplaced}了吗？”{passer}问。“{misplaced.where}。”{hero}说。",
                   "{passer}到处找自己的{misplaced}。“{misplaced.where}。”{hero}说完，接着往前走。", "“我的{misplaced}，可上哪儿找去呢？”{passer}说。“{misplaced.where}。”{hero}说。"])  # fmt: skip
_COUNT = Beat("count", "tally:number flock:flock", "count hero tally flock",
              ["On the way {hero} counted {tally} {flock}. The {flock} counted {hero}, too: one.",
               "There were {tally} {flock} on the road, and {hero} said good morning to every one.", "{Hero} let {tally} {flock} cross the road first, [by size|in a row|one after another]."],
              ["路上{hero}数到了{tally}{flock.mw}{flock}。{flock}也数了数{hero}：一个。",
               "路上有{tally}{flock.mw}{flock}，{hero}一{flock.mw}一{flock.mw}地问了好。", "{hero}停下来，让{tally}{flock.mw}{flock}[按个头|排着队|一{flock.mw}一{flock.mw}]先过马路。"])  # fmt: skip
_SIGN = Beat("sign", "sign:sign", "see hero sign",
             ["A sign said “{sign}”, so {hero} {sign.so}.",
              "{Hero} {sign.so}, because a sign said “{sign}”."],
             ["路边的牌子上写着“{sign}”，{hero}就{sign.so}。",
              "因为牌子上写着“{sign}”，{hero}{sign.so}。"])  # fmt: skip
_RUMOR = Beat("rumor", "passer:trade rumor:rumor", "tell passer hero rumor",
              ["The {passer} said that {rumor}, but {hero} did not believe it.",
               "“Did you know that {rumor}?” asked the {passer}. {Hero} did not.", "{Hero} heard from the {passer} that {rumor}, and [told nobody|laughed|wanted to see it]."],
              ["{passer}说{rumor}，{hero}可不信。", "“你知道吗？{rumor}！”{passer}说。{hero}还真不知道。", "{hero}听{passer}说，{rumor}，[没告诉别人|笑了笑|倒想去看看]。"])  # fmt: skip
_SLIP = Beat("slip", "slip:slip", "know hero slip",
             ["Halfway there {hero} noticed that {slip}. It was too late to turn back.",
              "Only when everybody smiled did {hero} notice that {slip}."],
             ["走到半路，{hero}才发现{slip}，可是回去已经来不及了。",
              "看见人人都在笑，{hero}才发现{slip}。"])  # fmt: skip
_WALKER = Beat("walker", "walker:animal", "follow walker hero",
               ["{Walker.a} walked beside {hero} for a while and did not say where it was going.",
                "For a while {walker.a} walked along with {hero}, since it had nothing else to do."],
               ["{walker.one}陪{hero}走了一段路，也不说自己要去哪儿。",
                "{walker.one}闲着没事，跟着{hero}走了好一会儿。"])  # fmt: skip
_WIND = Beat("wind", "", "weather wind",
             ["The wind took {hero.own} cap, tried it on, and brought it back.",
              "Because the wind blew so hard, {hero} walked backward and saw only where {hero.he} had been."],
             ["风摘走了{hero}的帽子，自己戴了戴，又还了回来。",
              "因为风太大，{hero}只好倒着走，光看得见走过的路。"])  # fmt: skip
_BRIDGE = Beat("bridge", "guard:animal", "meet hero guard",
               ["{Guard.a} stood on the bridge and did not move until {hero} said “please”.",
                "{Hero} had to say “please” twice before {guard.a} let {hero.him} cross the bridge."],
               ["{guard.one}站在桥上不肯让路，{hero}说了声“请”，它才走开。",
                "{hero}说了两遍“请”，{guard.one}才让{hero.he}过桥。"])  # fmt: skip

# What may happen on the way, after the hero has set out: weight, beat, weight, beat, ...
WAYS = (2, _MISPLACED, 2, _COUNT, 2, _SIGN, 2, _RUMOR, 1, _SLIP, 1, _WALKER, 1, _WIND, 1, _BRIDGE)
