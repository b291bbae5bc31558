"""Ctrl-C that waits until the step in hand is complete."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back; the function given raises KeyboardInterrupt if it was pressed since.

    A step that is torn half way leaves a random state, gradients and weights that belong to no step; a run could not
    go on from there to the same bits. Outside the main thread, which alone receives signals, nothing is changed.
    """
    pressed = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    previous = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt

    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, previous)
