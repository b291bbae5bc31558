"""What happens in a plan, and the state of the world that it leaves: who has what, is where, knows what, feels how."""

from dataclasses import dataclass, field

# kind -> (names of the roles, what it means). The first role is whoever acts, the last what it acts on.
EVENT_KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    "time": (("when",), "the story has come to this time"),
    "weather": (("weather",), "this is the weather now"),
    "trait": (("who", "what"), "what somebody is known for"),
    "do": (("who", "what"), "somebody does what they like or wanted to do"),
    "count": (("who", "number", "what"), "somebody counts so many"),
    "have": (("who", "what"), "somebody has or gets something"),
    "make": (("who", "what"), "somebody makes something and has it"),
    "buy": (("who", "whom", "what"), "somebody buys something from another"),
    "lie": (("what", "where"), "something lies in a place"),
    "find": (("who", "what"), "somebody finds something and has it"),
    "take": (("who", "what"), "somebody takes what another had or what lay there"),
    "keep": (("who", "what"), "somebody keeps what they have"),
    "lose": (("who", "what"), "somebody no longer has what they had"),
    "break": (("who", "what"), "something breaks while somebody has it"),
    "mend": (("who", "what"), "somebody repairs something"),
    "eat": (("who", "what"), "somebody eats up what they have"),
    "give": (("who", "whom", "what"), "somebody gives another what they have"),
    "lend": (("who", "whom", "what"), "somebody lends another what they have"),
    "return": (("who", "whom", "what"), "somebody gives back what they have"),
    "show": (("who", "whom", "what"), "somebody shows another what they have"),
    "share": (("who", "whom", "what"), "somebody shares what they have with another"),
    "hide": (("who", "what"), "somebody hides what they have"),
    "go": (("who", "where"), "somebody goes to a place and is there"),
    "sit": (("who", "where"), "somebody sits or hides in a place"),
    "come": (("who", "whom"), "somebody comes to somebody"),
    "leave": (("who", "where"), "somebody leaves a place"),
    "follow": (("who", "whom"), "somebody follows another"),
    "chase": (("who", "whom"), "somebody runs after another"),
    "pass": (("who", "whom"), "somebody goes past another"),
    "meet": (("who", "whom"), "two meet, or are together"),
    "visit": (("who", "whom"), "somebody comes to see another"),
    "see": (("who", "what"), "somebody sees somebody or something"),
    "hear": (("who", "what"), "somebody hears a sound"),
    "look": (("who", "where"), "somebody searches a place in vain"),
    "know": (("who", "what"), "somebody learns or knows something"),
    "guess": (("who", "what"), "somebody believes something, rightly or wrongly"),
    "wonder": (("who", "what"), "somebody does not know something and would like to"),
    "forget": (("who", "what"), "somebody no longer thinks of something"),
    "remember": (("who", "what"), "somebody thinks of something again"),
    "learn": (("who", "what"), "somebody learns to do something"),
    "teach": (("who", "whom", "what"), "somebody teaches another something"),
    "tell": (("who", "whom", "what"), "somebody tells another something, who then knows it"),
    "say": (("who", "what"), "somebody says something"),
    "ask": (("who", "whom"), "somebody asks another"),
    "answer": (("who", "whom"), "somebody answers another"),
    "talk": (("who", "whom"), "two talk to each other"),
    "warn": (("who", "whom", "what"), "somebody tells another not to do something"),
    "promise": (("who", "whom", "what"), "somebody promises another something"),
    "want": (("who", "what"), "somebody wants something"),
    "try": (("who", "what"), "somebody tries something in vain"),
    "help": (("who", "whom"), "somebody helps another"),
    "thank": (("who", "whom"), "somebody thanks another"),
    "sorry": (("who", "whom"), "somebody says sorry to another"),
    "praise": (("who", "whom"), "somebody praises another"),
    "scold": (("who", "whom"), "somebody scolds another"),
    "tease": (("who", "whom"), "somebody teases another"),
    "laugh": (("who",), "somebody laughs"),
    "laugh-at": (("who", "what"), "somebody laughs at something"),
    "cry": (("who",), "somebody cries"),
    "sing": (("who",), "somebody sings or makes a sound"),
    "dance": (("who",), "somebody dances"),
    "sleep": (("who",), "somebody falls asleep"),
    "wake": (("who",), "somebody wakes up"),
    "tumble": (("who",), "somebody turns somersaults or falls"),
    "jump": (("who",), "somebody jumps"),
    "climb": (("who", "what"), "somebody climbs something"),
    "wait": (("who", "whom"), "somebody waits for another"),
    "play": (("who", "whom"), "two play together"),
    "race": (("who", "whom"), "two compete"),
    "win": (("who", "whom"), "somebody is better than another in a contest"),
    "blow": (("who", "what"), "somebody blows something out"),
    "stick": (("what",), "something is stuck"),
    "fear": (("who", "what"), "somebody is afraid of something"),
    "trouble": (("who", "what"), "something is wrong with somebody"),
    "feel": (("who", "how"), "somebody feels so, because of what happened just before"),
}
GAINS = ("have", "make", "find", "take")
NEEDS = ("keep", "lose", "break", "eat", "give", "lend", "return", "show", "share", "hide")
PASSES_ON = ("give", "lend", "return")


@dataclass(frozen=True)
class Event:
    """One thing that happens: a kind of EVENT_KINDS and those who and what take part, by English name.

    The first role is whoever acts, the last what it acts on: ("lose", "Mia", "hat"), ("give", "Mia", "Tom", "hat").
    """

    kind: str
    roles: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.kind, *self.roles))


@dataclass
class World:
    """The state after some events. `has[thing]` is who has it (None: nobody); a feeling is kept with its cause.

    `knows[who]` are the things that somebody knows and has not forgotten; `counts[(who, what)]` the last number told.
    """

    has: dict[str, str | None] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    knows: dict[str, set[str]] = field(default_factory=dict)
    feels: dict[str, tuple[str, Event | None]] = field(default_factory=dict)
    counts: dict[tuple[str, str], str] = field(default_factory=dict)
    time: str | None = None
    weather: str | None = None
    history: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> "World":
        """Let the event happen. Raises ValueError if the state rules it out (to give what one does not have)."""
        self._check(event)
        kind, roles = event.kind, event.roles
        if kind in GAINS or kind == "buy":
            self.has[roles[-1]] = roles[0]
        elif kind in PASSES_ON:
            self.has[roles[2]] = roles[1]
        elif kind in ("lose", "eat"):
            self.has[roles[1]] = None
        elif kind in ("go", "lie"):
            self.where[roles[0]] = roles[1]
        elif kind == "leave":
            self.where.pop(roles[0], None)
        elif kind == "feel":
            self.feels[roles[0]] = (roles[1], self.history[-1] if self.history else None)
        elif kind == "count":
            self.counts[roles[0], roles[2]] = roles[1]
        elif kind == "time":
            self.time = roles[0]
        elif kind == "weather":
            self.weather = roles[0]
        else:
            self._learn(kind, roles)
        self.history.append(event)
        return self

    def _learn(self, kind: str, roles: tuple[str, ...]) -> None:
        if kind in ("know", "remember", "learn"):
            self.knows.setdefault(roles[0], set()).add(roles[1])
        elif kind in ("tell", "teach", "warn"):
            self.knows.setdefault(roles[0], set()).add(roles[2])
            self.knows.setdefault(roles[1], set()).add(roles[2])
        elif kind in ("forget", "wonder"):
            self.knows.setdefault(roles[0], set()).discard(roles[1])

    def _check(self, event: Event) -> None:
        kind, roles = event.kind, event.roles
        if kind not in EVENT_KINDS:
            raise ValueError(f"'{event}' cannot happen: there is no kind {kind!r} in EVENT_KINDS")
        names = EVENT_KINDS[kind][0]
        if len(roles) != len(names):
            raise ValueError(f"'{event}' cannot happen: {kind} takes the roles {', '.join(names)}")
        if kind in NEEDS and self.has.get(roles[-1]) != roles[0]:
            raise ValueError(f"'{event}' cannot happen: {roles[0]} does not have {roles[-1]}")
        if kind in GAINS and self.has.get(roles[-1]) == roles[0]:
            raise ValueError(f"'{event}' cannot happen: {roles[0]} has {roles[-1]} already")
