"""A memory of limited size."""

from collections.abc import Callable, Sized
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Sized)
Value = TypeVar("Value")


class Memo(dict[Key, Value], Generic[Key, Value]):
    """What a function returned, by its argument; ``map(memo.__getitem__, arguments)`` asks it only for new ones.

    It starts again when it has grown to ``limit`` entries, and keeps nothing for arguments longer than ``longest``.
    """

    def __init__(self, function: Callable[[Key], Value], limit: int = 1 << 16, longest: int = 64) -> None:
        super().__init__()
        self._function, self._limit, self._longest = function, limit, longest

    def __missing__(self, key: Key) -> Value:
        value = self._function(key)
        if len(key) <= self._longest:
            if len(self) >= self._limit:
                self.clear()
            self[key] = value
        return value
