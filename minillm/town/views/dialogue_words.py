"""What people of the town say to each other: scenes of turns, spoken by x and y in alternation."""

# ruff: noqa: E501

# Each scene: (variables with their tables, ..., turns); a turn is a list of wordings (English, Chinese), of which one is spoken.
# x begins. {q}, {r} are numbers. Then: the first of two turns that may be left out, and the turns that answer the one
# before in the same place of its list.
HELLO = (("Hello, {y}!", "{y}，你好！"), ("Good morning, {y}.", "早上好，{y}。"), ("{Y}! There you are.", "{y}！原来你在这儿。"), ("Hey, {y}, wait!", "喂，{y}，等一等！"),
         ("What a nice surprise, {y}!", "真巧啊，{y}！"), ("{Y}, do you have a minute?", "{y}，有空吗？"), ("I was looking for you, {y}.", "我正找你呢，{y}。"), ("Knock, knock! Is {y} at home?", "咚咚咚！{y}在家吗？"))  # fmt: skip
BYE = (("See you {date}!", "{date}见！"), ("Thank you. Until {date.bare}.", "谢谢。{date}再见。"), ("Good. Then {date} it is.", "好，那就{date}吧。"), ("Wonderful. I must run now.", "太好了。我得走了。"),
       ("All right. Greetings to {z}!", "好吧。替我问{z}好！"), ("Agreed. Tell {z}, too.", "说定了。也告诉{z}一声。"), ("You are the best. Goodbye!", "你真好。再见！"), ("Fine. And not a word to {z}!", "行。可别告诉{z}！"))  # fmt: skip

SCENES = {
    "shop": ("x:child y:trade z:kin item:thing look:look q:price r:price date:date", 2, (), (
        (("Good morning. Do you have {item.a}?", "早上好。有{item}吗？"), ("Hello, I need {item.a} for {z}.", "你好，我要给{z}买{item.one}。"), ("{Z} sent me. It is about {item.a}.", "{z}叫我来的，想买{item.one}。"),
         ("Excuse me, what does {item.a} cost here?", "请问，这儿的{item}怎么卖？"), ("I have been saving for {item.a} since spring.", "我从春天就开始攒钱，想买{item.one}。"), ("Is it true that you sell {look.a} {item}?", "听说你这儿卖{look}{item}？")),
        (("Only this {look} one. It costs {q} coins.", "只有这{item.mw}{look}了，{q}个硬币。"), ("Of course. {Q} coins for the {look} one.", "当然有。{look}这{item.mw}{q}个硬币。"), ("The last one, and it is {look}. {Q} coins.", "最后一{item.mw}，{look}。{q}个硬币。"),
         ("For you, {q} coins. It is {look}, as you see.", "给你算{q}个硬币。你看，是{look}。"), ("Yes, but it is {look} and costs {q} coins.", "有是有，不过是{look}，要{q}个硬币。"), ("I thought you would never ask. {Q} coins, and {look} at that.", "我就等着你问呢。{q}个硬币，还是{look}。")),
        (("That is too much. I only have {r}.", "太贵了，我只有{r}个。"), ("Would you take {r}?", "{r}个卖不卖？"), ("My pocket says {r}.", "我口袋里只有{r}个。"), ("{R} coins and a song?", "{r}个硬币，再加一首歌？"),
         ("Could it be {r}, because it is nearly Sunday?", "快到星期天了，{r}个行不行？"), ("I have {r} coins and a very nice button.", "我有{r}个硬币，还有一颗很漂亮的纽扣。")),
        (("Well, because it is you: {r}.", "好吧，看在你的面子上，{r}个。"), ("{R}? Then I will starve. All right.", "{r}个？那我要饿肚子了。好吧。"), ("No. But you may pay the rest {date}.", "不行。不过剩下的可以{date}再给。"), ("Done. Shall I wrap it?", "成交。要包起来吗？"),
         ("You drive a hard bargain. Take it.", "你可真会讲价。拿去吧。"), ("Only if you sing first.", "你先唱，我再卖。")),
        (("Thank you! {Z} will be surprised.", "谢谢！{z}准会吃一惊。"), ("Hooray! I will be back {date}.", "太好了！我{date}再来。"), ("I will carry it home in both hands.", "我要双手捧着它回家。"), ("No bag, please. I will wear it out of the shop.", "不用袋子，我就这么拿着走。"),
         ("And may I tell {z} what it cost?", "我能告诉{z}花了多少钱吗？"), ("Nobody has ever been so happy with {item.a}.", "谁也没为{item.one}这么高兴过。")),
        (("Come again!", "欢迎再来！"), ("Greetings to {z}!", "替我问{z}好！"), ("Mind the step.", "当心台阶。"), ("Do not drop it before {date.bare}.", "{date}以前可别摔了。"), ("The door sticks; push hard.", "门有点儿紧，使劲推。"), ("Next, please!", "下一位！")),
    )),
    "invite": ("x:child y:child z:kin activity:activity date:date time:time place:place food:food", 3, (4,), (
        HELLO,
        (("Hello, {x}. What is it?", "{x}，你好。什么事？"), ("What is the matter, {x}?", "怎么了，{x}？"), ("You look as if you had a plan.", "看样子，你有什么主意。"), ("I am listening.", "我听着呢。"), ("If it is about the {food}: that was {z}.", "要是为{food}的事，那可是{z}干的。"), ("Quick, my soup is getting cold.", "快说，我的汤要凉了。")),
        (("Do you want to {activity} {date}?", "{date}想不想一起{activity}？"), ("We are going to {activity} {date}. Will you come?", "我们{date}要{activity}，你来吗？"), ("How about this: we {activity} {date} at {time}.", "这样好不好：{date}{time}我们{activity}。"),
         ("{Z} says we may {activity} {place.at}.", "{z}说，我们可以在{place.at}{activity}。"), ("I cannot {activity} alone. Help me!", "我一个人没法{activity}。帮帮我吧！"), ("Have you ever tried to {activity} {place.at}?", "你在{place.at}{activity}过吗？")),
        (("I would love to, but not before {time}.", "我很想去，不过{time}以前不行。"), ("Not if it rains.", "下雨我可不去。"), ("Only if there is {food}.", "有{food}我才去。"), ("With {z} watching? Never!", "让{z}看着？才不呢！"), ("Yes! I have waited all year for that.", "好啊！我等了一整年了。"),
         ("I thought we were enemies since Monday.", "从星期一起，我们不是死对头了吗？")),
        (("We will start at {time} sharp.", "{time}准时开始。"), ("It never rains {place.at}.", "{place.at}从来不下雨。"), ("{Z} is bringing {food}.", "{z}会带{food}来。"), ("{Z} sleeps until {time}.", "{z}要睡到{time}呢。"), ("I will save the best place for you.", "我给你留最好的位置。"), ("I forgot that long ago.", "那事我早忘了。")),
        (("Then I am coming.", "那我来。"), ("Good. I will meet you {place.at}.", "好，我们在{place.at}碰头。"), ("You should have said so at once!", "你早说呀！"), ("At {time}, then. I will bring a blanket.", "那就{time}。我带条毯子。"), ("I will ask {z} and run right back.", "我去问问{z}，马上跑回来。"), ("Well, you have talked me into it.", "好吧，被你说动了。")),
        BYE,
    )),
    "office": ("x:child y:trade z:child item:thing look:look place:place date:date", 3, (), (
        (("Is this where lost things are kept?", "丢了东西是在这儿找吗？"), ("Good morning. I have lost {item.a}.", "早上好。我丢了{item.one}。"), ("Help! My {item} is gone.", "帮帮忙！我的{item}不见了。"), ("{Z} says you find everything.", "{z}说你什么都找得到。"), ("I am looking for {item.a}. It was mine.", "我在找{item.one}，是我的。"), ("It is me again. This time it is {item.a}.", "又是我。这回丢的是{item.one}。")),
        (("What does it look like?", "什么样子的？"), ("Describe it, please.", "请你说说它的样子。"), ("We have forty of those. Which one?", "这儿有四十{item.mw}。是哪一{item.mw}？"), ("And what color is it?", "是什么样的？"), ("I need one word: what kind?", "一句话：什么样的？"), ("Slowly. What was it like?", "慢慢说。什么样的？")),
        (("It is {look}.", "是{look}。"), ("{Look}, and {z} has one just like it.", "{look}，{z}也有一{item.mw}一样的。"), ("You cannot miss it: {look}!", "一眼就认得出：{look}！"), ("It used to be {look}. Now I do not know.", "本来是{look}，现在就不知道了。"), ("{Look}, with my name in it.", "{look}，上面有我的名字。"), ("{Look} from end to end.", "从头到尾都是{look}。")),
        (("And where did you last have it?", "你最后一次看到它是在哪儿？"), ("When did you have it last, and where?", "最后是什么时候、在哪儿还有的？"), ("Where could it be?", "会在哪儿呢？"), ("Think: where were you {date}?", "想一想：你去过哪儿？"), ("Somebody brought one in. Where was yours?", "有人送来过一{item.mw}。你的是在哪儿丢的？"), ("Hm. And the place?", "嗯。在什么地方？")),
        (("It was {place.at}, I think.", "我想是在{place.at}。"), ("I was {place.at} with {z}.", "我和{z}在{place.at}。"), ("I went {place.to}, and then it was gone.", "我去了{place}，后来就没了。"), ("If I knew that, I would be {place.at} now.", "要是知道，我现在就在{place.at}了。"), ("{Z} saw it {place.at}.", "{z}在{place.at}看见过。"), ("I only remember the way {place.to}.", "我只记得去{place}的路。")),
        (("Here it is. Sign your name.", "在这儿呢。签个名吧。"), ("Come back {date}. Somebody is sure to find it.", "{date}再来吧，一定会有人捡到的。"), ("Look behind you.", "看看你身后。"), ("I will ask {z} first.", "我先问问{z}。"), ("I am sitting on it! I beg your pardon.", "我正坐在上面呢！对不起。"), ("Then it is not lost, only left {place.at}.", "那就不算丢，只是落在{place.at}了。")),
    )),
    "worry": ("x:kin y:child z:child item:thing food:food date:date place:place", 2, (3, 5), (
        (("You are so quiet, {y}.", "{y}，你怎么不说话？"), ("What is wrong, {y}?", "怎么了，{y}？"), ("{Y}, you have not touched your {food}.", "{y}，你的{food}一口都没动。"), ("I know that face, {y}.", "{y}，这副样子我可认得。"), ("Come here, {y}, and tell me.", "{y}，过来跟我说说。"), ("Was it {z} again?", "{y}，又是{z}吗？")),
        (("{Z} does not want to play with me.", "{z}不肯跟我玩。"), ("I broke {z.own} {item}.", "我把{z}的{item}弄坏了。"), ("Nothing. Only everything.", "没什么，就是什么都不对。"), ("{Z} laughed at my {item}.", "{z}笑话我的{item}。"), ("I promised {z} my {item}, and now I do not want to.", "我答应把{item}给{z}，现在又舍不得了。"), ("I said something to {z} that I did not mean.", "我对{z}说了一句不该说的话。")),
        (("And what does {z} say?", "{z}怎么说？"), ("That happened to me once, too.", "这种事我小时候也有过。"), ("Does {z} know that you are sad?", "{z}知道你难过吗？"), ("Hm. What would you want in {z.own} place?", "嗯。你要是{z}，会想要什么？"), ("How long have you been carrying that around?", "这事你憋了多久了？"), ("Was that {place.at}?", "是在{place.at}的事吗？")),
        (("Nothing. That is the worst of it.", "什么也没说，这才最难受。"), ("And what did you do then?", "那你是怎么办的？"), ("{Z} is not speaking to me.", "{z}不理我了。"), ("A friend, I think.", "我想，还是想要朋友吧。"), ("Since yesterday, {place.at}.", "从昨天在{place.at}起。"), ("Yes, and everybody saw it.", "是啊，大家都看见了。")),
        (("Take {z} some {food}. It helps.", "给{z}带点儿{food}去，很管用。"), ("Say that you are sorry. Then eat {food} together.", "说声对不起，再一起吃{food}。"), ("Go there {date}, and knock.", "{date}去一趟，敲敲门。"), ("Write it on a piece of paper.", "写在一张纸上吧。"), ("Give it a day. You will see: {date} it will be smaller.", "过一天再说。{date}就没那么难了。"), ("I waited too long. Do not wait.", "我那时候等得太久了。你别等。")),
        (("May I take two pieces?", "我能拿两份吗？"), ("And if {z} says no?", "要是{z}说不呢？"), ("Will you come with me {place.to}?", "你陪我去{place}好吗？"), ("You are good at this.", "你真会出主意。"), ("That is a long time.", "那可真久。"), ("All right. But first I need {food}.", "好吧。可我得先吃点儿{food}。")),
    )),
}  # fmt: skip

# After a story: somebody who was not there asks. {ask} and {tell} are a question about an event and its answer.
AFTERWARDS = (
    (("{Y}, what happened to you?", "{y}，你怎么了？"), ("{Y}, is it true what they say?", "{y}，他们说的是真的吗？"), ("{Y}! Tell me everything.", "{y}！从头到尾给我讲讲。"), ("I hear you had quite a day, {y}.", "{y}，听说你这一天可真不平常。"),
     ("Sit down, {y}. I want to hear it.", "坐下，{y}，讲给我听听。"), ("{Y}, the whole town is talking about you.", "{y}，全镇都在说你呢。"), ("So, {y}, how was it?", "{y}，怎么样？")),
    (("Ask, and I will answer.", "你问，我答。"), ("It is a long story.", "说来话长。"), ("You will not believe it.", "说了你也不信。"), ("Where shall I begin?", "从哪儿说起呢？"), ("Only if you do not laugh.", "你不笑我才说。"), ("I was waiting for somebody to ask.", "我正等人来问呢。"), ("Promise not to tell {z}.", "答应我，别告诉{z}。")),
)  # fmt: skip
LAST = (
    (("I wish I had been there.", "我要是在场就好了。"), ("That is better than any book.", "这比书里写的还有意思。"), ("And I was only peeling potatoes.", "我那时候只顾削土豆呢。"), ("You should write that down.", "你该写下来。"), ("I must tell {z} at once.", "我得马上告诉{z}。"), ("Nobody ever tells me anything in time.", "从来没人早点儿告诉我。"), ("Well, I never!", "真没想到！")),
    (("Next time I will call you.", "下回我叫上你。"), ("It was a day like any other.", "跟平常的日子也差不多。"), ("Now I am hungry.", "我现在饿了。"), ("That is how it was.", "就是这么回事。"), ("And now I want to sleep.", "现在我想睡觉了。"), ("Tomorrow it will all be different.", "明天就又不一样了。"), ("You would have done the same.", "换了你，也会这样的。")),
)  # fmt: skip
