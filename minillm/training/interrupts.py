"""Ctrl-C and SIGTERM that wait until the step in hand is complete."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], bool]]:
    """Hold Ctrl-C and SIGTERM back; the function given says whether one came. The second interrupts at once.

    A step that is torn half way leaves a random state, gradients and weights that belong to no step; a run could not
    go on from there to the same bits. Outside the main thread, which alone receives signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    presses: list[int] = []

    def note(signal_number: int, _: FrameType | None) -> None:
        if presses:
            raise KeyboardInterrupt
        presses.append(signal_number)

    previous = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(presses)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
