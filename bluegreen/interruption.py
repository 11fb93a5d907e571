"""Ctrl-C while the engine works: pressed once, the engine ends what it has begun."""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def postpone_interrupt(tell: Callable[[], None]) -> Generator[None]:
    """Waits out the block when Ctrl-C is pressed once; a second one ends it at once.

    The terminal sends SIGINT to the engine as well, which then begins nothing more, ends what it
    is making and saves its state. To stop reading its output meanwhile would kill it.

    Args:
        tell: called at the first Ctrl-C.

    Raises:
        KeyboardInterrupt: at the end of the block, whatever it raised, or at the second Ctrl-C.
    """
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed = False

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True
        tell()

    signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if pressed:
            raise KeyboardInterrupt
