"""What happens in a plan, and the state of the world that it leaves: who has what, is where, feels how and why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Event:
    """One thing that happens: a kind and those who and what take part, by English name.

    The first role is whoever acts, the last what it acts on: ("lose", "Mia", "hat"), ("give", "Mia", "Tom", "hat").
    """

    kind: str
    roles: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.kind, *self.roles))


@dataclass
class World:
    """The state after some events. `has[thing]` is who has it (None: nobody); a feeling is kept with its cause."""

    has: dict[str, str | None] = field(default_factory=dict)
    where: dict[str, str] = field(default_factory=dict)
    feels: dict[str, tuple[str, Event | None]] = field(default_factory=dict)
    history: list[Event] = field(default_factory=list)

    def apply(self, event: Event) -> "World":
        """Let the event happen. Raises ValueError if the state rules it out (to give what one does not have)."""
        kind, roles = event.kind, event.roles
        if kind in ("lose", "give", "eat") and self.has.get(roles[-1]) != roles[0]:
            raise ValueError(f"'{event}' cannot happen: {roles[0]} does not have {roles[-1]}")
        if kind in ("find", "take", "have", "make") and self.has.get(roles[-1]) == roles[0]:
            raise ValueError(f"'{event}' cannot happen: {roles[0]} has {roles[-1]} already")
        if kind in ("have", "find", "take", "make"):
            self.has[roles[-1]] = roles[0]
        elif kind in ("lose", "eat"):
            self.has[roles[-1]] = None
        elif kind == "give":
            self.has[roles[2]] = roles[1]
        elif kind == "go":
            self.where[roles[0]] = roles[1]
        elif kind == "feel":
            self.feels[roles[0]] = (roles[1], self.history[-1] if self.history else None)
        self.history.append(event)
        return self
