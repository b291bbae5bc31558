"""What customers of the town say. Each part exists for praise and for blame, so that single words give little away."""

# ruff: noqa: E501

# sort of item | aspect | good words | bad words
ASPECTS = """
thing | the color = 颜色        | lovely = 好看; bright = 鲜亮; cheerful = 喜庆     | dull = 暗淡; ugly = 难看; gloomy = 沉闷
thing | the price = 价钱        | fair = 公道; low = 便宜; reasonable = 实在        | steep = 离谱; high = 贵; shameless = 黑心
thing | the size = 大小         | right = 合适; handy = 顺手; practical = 实用      | awkward = 别扭; silly = 可笑; impractical = 累赘
thing | the workmanship = 做工  | careful = 细致; fine = 精巧; solid = 结实         | careless = 马虎; rough = 粗糙; flimsy = 单薄
thing | the smell = 气味        | pleasant = 好闻; fresh = 清爽; clean = 干净       | musty = 难闻; fishy = 腥; unpleasant = 刺鼻
food  | the taste = 味道        | delicious = 可口; rich = 香浓; tender = 鲜嫩      | bland = 寡淡; bitter = 发苦; stale = 发馊
food  | the portion = 分量      | generous = 足; big = 大; honest = 实在            | small = 小; mean = 小气; ridiculous = 可怜
food  | the price = 价钱        | fair = 公道; low = 便宜; reasonable = 合理        | steep = 离谱; high = 贵; shameless = 黑心
food  | the smell = 气味        | wonderful = 诱人; fresh = 清香; inviting = 香     | odd = 怪; burnt = 焦; unpleasant = 难闻
food  | the wrapping = 包装     | neat = 整齐; pretty = 漂亮; clever = 巧妙         | torn = 破; greasy = 油腻; sloppy = 潦草
shop  | the service = 服务      | friendly = 热情; quick = 麻利; patient = 耐心     | rude = 粗鲁; slow = 磨蹭; cold = 冷淡
shop  | the choice = 货色       | wide = 丰富; rich = 齐全; good = 好               | narrow = 单调; poor = 差; strange = 古怪
shop  | the price = 价钱        | fair = 公道; low = 便宜; reasonable = 合理        | steep = 离谱; high = 贵; shameless = 黑心
shop  | the advice = 建议       | honest = 诚恳; useful = 有用; kind = 贴心         | useless = 没用; wrong = 离题; foolish = 糊涂
shop  | the window = 橱窗       | tidy = 整洁; cheerful = 热闹; inviting = 诱人     | dusty = 脏; empty = 冷清; shabby = 寒酸
"""

# What one would do if content, and if not.
ACTS = {
    "thing": (
        (("buy it again", "再买一回"), ("keep it", "把它留下"), ("recommend it to anyone", "推荐给大家"), ("order another one", "再订一件"),
         ("give one to a friend", "买一件送朋友"), ("take it everywhere", "走到哪儿带到哪儿")),
        (("send it back", "把它退掉"), ("ask for my money back", "要求退钱"), ("give it away", "把它送掉"), ("warn my neighbors", "劝邻居别上当"),
         ("hide it in the attic", "把它塞进阁楼"), ("return it tomorrow", "明天就去退货")),
    ),
    "food": (
        (("eat it again", "再吃一回"), ("ask for more", "再要一份"), ("recommend it to anyone", "推荐给大家"), ("order it for a party", "请客时也点它"),
         ("come back for it", "专程再来吃"), ("share it with a friend", "带朋友来吃")),
        (("send it back", "让人端回去"), ("ask for my money back", "要求退钱"), ("leave it on the plate", "把它剩在盘子里"), ("warn my neighbors", "劝邻居别上当"),
         ("feed it to the pigs", "拿去喂猪"), ("complain about it", "找人评理")),
    ),
    "shop": (
        (("go there again", "再去一回"), ("send my friends there", "叫朋友们也去"), ("recommend it to anyone", "推荐给大家"), ("become a regular", "做个常客"),
         ("walk an hour for it", "走一个钟头也去"), ("praise it at the market", "到市场上夸它")),
        (("go somewhere else", "换一家"), ("ask for my money back", "要求退钱"), ("walk past it", "绕着走"), ("warn my neighbors", "劝邻居别上当"),
         ("write to the mayor about it", "给镇长写信告它"), ("complain about it", "找人评理")),
    ),
}  # fmt: skip

# A clause about an aspect: said straight, and turned round by a denial. The same denials serve praise and blame.
STRAIGHT = (("{asp} is [|really |quite ]{adj}", "{asp}[很|真是|确实]{adj}"), ("{asp} is surely {adj}", "{asp}[当然|明明]{adj}"),
            ("everybody finds {asp} {adj}", "人人都说{asp}{adj}"))  # fmt: skip
DENIED = (
    ("{asp} is not {adj} at all", "{asp}一点儿也不{adj}"),
    ("{asp} is far from {adj}", "{asp}[根本|完全]谈不上{adj}"),
    ("{asp} is anything but {adj}", "{asp}跟“{adj}”[|两个字]不沾边"),
    ("nobody could call {asp} {adj}", "谁也没法说{asp}{adj}"),
    ("it would be wrong to call {asp} {adj}", "说{asp}{adj}，那就错了"),
    ("{asp} is never {adj}", "{asp}从来都不{adj}"),
)  # fmt: skip
WOULD = (("I would {act}", "我会{act}"), ("I am going to {act}", "我打算{act}"), ("I would {act} any day", "我随时愿意{act}"),
         ("nothing can stop me: I will {act}", "谁也拦不住我{act}"))  # fmt: skip
WOULD_NOT = (
    ("I would not {act}", "我不会{act}"),
    ("I would never {act}", "我绝不会{act}"),
    ("nobody could make me {act}", "谁也别想让我{act}"),
    ("I see no reason to {act}", "我看没有理由{act}"),
)

OPENINGS = {
    "thing": (
        ("I have had this {item} for {n} weeks.", "这{mw}{item}我用了{n}个星期了。"), ("This is about the {item} that I got {place.at}.", "说说我在{place.at}买的{item}。"),
        ("My {item} is {n} days old now.", "我的{item}到手{n}天了。"), ("{Who} gave me this {item} {n} weeks ago.", "{n}个星期前，{who}送了我这{mw}{item}。"),
        ("We bought {look.a} {item} for {who}.", "我们给{who}买了一{mw}{look}{item}。"), ("Now about the {look} {item}:", "来说说这{mw}{look}{item}："),
        ("I looked for {look.a} {item} for {n} months.", "我找一{mw}{look}{item}，找了{n}个月。"), ("{Who} asked me what I think of my {item}.", "{who}问我觉得这{mw}{item}怎么样。"),
        ("One {item} is like another, they say.", "人家说，{item}都差不多。"), ("I took the {item} {place.to} {n} times.", "我带着这{mw}{item}去过{n}回{place}。"),
    ),
    "food": (
        ("{n} days ago we had {item}.", "{n}天前，我们吃了{item}。"), ("{Who} brought {item} {place.to}.", "{who}带了{item}到{place}来。"),
        ("I have eaten the {item} {place.at} {n} times.", "{place.at}的{item}，我吃过{n}回了。"), ("Yesterday we ate {item} {place.at}.", "昨天我们在{place.at}吃了{item}。"),
        ("I waited {n} minutes for the {item}.", "这份{item}我等了{n}分钟。"), ("{Who} and I shared the {item}.", "我和{who}分着吃了一份{item}。"),
        ("Now about the {item}:", "来说说{item}："), ("I bought {item} for {n} people.", "我买了够{n}个人吃的{item}。"),
        ("Somebody had to try the {item} {place.at}.", "{place.at}的{item}，总得有人尝尝。"), ("{Who} asked me about the {item}.", "{who}问我{item}怎么样。"),
    ),
    "shop": (
        ("I have been to the {item} {n} times.", "我去过{item}那儿{n}回。"), ("{Who} sent me to the {item}.", "{who}让我去找{item}。"),
        ("I live next door to the {item}.", "我家就在{item}隔壁。"), ("We went to the {item} with {who}.", "我们和{who}一起去了{item}那儿。"),
        ("Today I stood in line at the {item}'s for {n} minutes.", "今天我在{item}那儿排了{n}分钟的队。"), ("Now about the {item}:", "来说说{item}："),
        ("The {item} has worked here for {n} years.", "{item}在这儿干了{n}年了。"), ("{Who} asked me about the {item}.", "{who}问我{item}怎么样。"),
        ("I needed something from the {item} before noon.", "中午以前，我得从{item}那儿买点儿东西。"), ("The town has a new {item}, and I went there.", "镇上新来了一位{item}，我去了。"),
    ),
}  # fmt: skip

# What is expected or said by others, then how it is; {no} is the opposite clause, {yes} the one that counts.
BUT = (
    ("I had expected that {no}, but {yes}.", "我原来以为{no}，可是{yes}。"), ("They say that {no}. But {yes}.", "人家说{no}。可是{yes}。"),
    ("I was sure that {no}. I was wrong: {yes}.", "我本来断定{no}。我错了：{yes}。"), ("{Who} told me that {no}. In truth, {yes}.", "{who}跟我说{no}。其实{yes}。"),
    ("{Who} swears that {no}. {Who.he} has never looked closely: {yes}.", "{who}一口咬定{no}。{who.he}根本没细看：{yes}。"),
    ("In the window it seemed as if {no}. At home I saw that {yes}.", "在橱窗里看着，好像{no}。回家一看，{yes}。"),
    ("It is a rumor that {no}. I can tell you: {yes}.", "有人传{no}。我告诉你：{yes}。"), ("On the first day I thought: {no}. Now I know: {yes}.", "头一天我想：{no}。现在我知道：{yes}。"),
)  # fmt: skip
ALTHOUGH = (
    ("Although {no}, {act}.", "虽然{no}，{act}。"), ("True, {no}, but {act}.", "没错，{no}，不过{act}。"), ("Even though {no}, {act}.", "尽管{no}，{act}。"),
    ("I admit that {no}. All the same, {act}.", "我承认{no}。即便这样，{act}。"), ("So what if {no}? {Act}.", "{no}又怎么样？{act}。"), ("{No}. Still, {act}.", "{no}。话虽如此，{act}。"),
)  # fmt: skip
BECAUSE = (
    ("{Act}, because {yes}.", "{act}，因为{yes}。"), ("Because {yes}, {act}.", "因为{yes}，{act}。"), ("{Yes}, and so {act}.", "{yes}，所以{act}。"),
    ("Why do I say that {act}? {Yes}.", "为什么说{act}呢？{yes}。"), ("{Yes}. That is why {act}.", "{yes}。就因为这个，{act}。"),
    ("{Act}: {yes}.", "{act}：{yes}。"),
)  # fmt: skip
IF = (
    ("If {asp} were {adj}, I would {act}. But it is not so.", "要是{asp}{adj}，我就{act}了。可惜不是这么回事。"),
    ("I would {act} if {asp} were {adj}, which nobody can say.", "{asp}要是{adj}，我就{act}，可谁也不能这么说。"),
    ("Were {asp} {adj}, I would {act}. It never was.", "假如{asp}{adj}，我会{act}。可从来不是这样。"),
    ("Only if {asp} had been {adj} would I {act}, and that is not the case.", "除非{asp}{adj}，我才会{act}，而事情不是这样。"),
)  # fmt: skip
AGREE = (
    ("{Yes}, and {also}.", "{yes}，而且{also}。"), ("{Yes}. {Also}, too.", "{yes}。还有，{also}。"), ("To begin with, {yes}. {Also}.", "先说一点，{yes}。{also}。"),
    ("First, {yes}. Second, {also}.", "第一，{yes}。第二，{also}。"), ("{Yes}; and what is more, {also}.", "{yes}，再说，{also}。"),
)  # fmt: skip
MIXED = (
    ("{Yes}. On the other hand, {no}.", "{yes}。另一方面，{no}。"), ("{No}, but {yes}. So it is half and half.", "{no}，可是{yes}。算是一半一半吧。"),
    ("One thing is that {yes}; the other is that {no}.", "一来{yes}，二来{no}。"), ("{Yes}, {no}: I cannot make up my mind.", "{yes}，{no}：我拿不定主意。"),
    ("{No}. {Yes}. I will have to think about it.", "{no}。{yes}。我得再想想。"), ("There are two sides to it: {yes}, and {no}.", "这事有两面：{yes}，{no}。"),
    ("{Yes}, while {no}. {Who} says yes, I say no, and tomorrow it is the other way round.", "{yes}，而{no}。{who}说好，我说不好，明天又反过来。"),
)  # fmt: skip
CLOSINGS = (
    ("", ""), ("", ""), ("", ""), ("That is all.", "就这些。"), ("Your {a}.", "{a}写。"), ("{A} wrote this.", "以上是{a}写的。"), ("Ask me if you do not believe it.", "不信来问我。"),
    ("So much for today.", "今天就说到这儿。"), ("I have said it.", "话说完了。"), ("{A}, aged seven.", "{a}，七岁。"), ("Greetings, {a}.", "{a}敬上。"),
)  # fmt: skip
