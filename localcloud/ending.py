"""SIGINT, SIGTERM and other reasons to end, as something to wait for."""

import contextlib
import os
import signal


class Ending:
    """Tells the main thread of a process that it is time to end.

    A `threading.Event` is not for signal handlers: a signal that comes while the handler of
    another one sets it waits for a lock that is never given back. Nor is a handler in Python
    alone: it runs between two instructions, so a signal that comes on the way into `wait` would
    be heard after it. The interpreter's own handler writes to the pipe at once.
    """

    def __init__(self) -> None:
        self._reads, self._writes = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._writes, False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(self._writes, warn_on_full_buffer=False)

    def announce(self) -> None:
        """It is time. From any thread, any number of times."""
        with contextlib.suppress(BlockingIOError):  # it is full of what was told before
            os.write(self._writes, b"\n")

    def wait(self) -> None:
        """Returns once it is time."""
        os.read(self._reads, 1)
