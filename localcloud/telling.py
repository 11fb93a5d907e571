"""Lines for a person who waits: the first at once, then one every ten seconds."""

import sys
import time
from collections.abc import Callable

_EVERY = 10.0


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Telling:
    """What is told while one thing is waited for."""

    def __init__(self, say: Callable[[str], None] = _on_stderr) -> None:
        """`say` gets the lines; the engine shows those that a plugin writes to stderr."""
        self._say = say
        self._told = -_EVERY

    def tell(self, line: str) -> None:
        """Says it, unless something was said a moment ago."""
        if time.monotonic() - self._told >= _EVERY:
            self._told = time.monotonic()
            self._say(line)
