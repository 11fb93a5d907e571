"""Looks at the platform again and again, for one who watches."""

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import rules
from bluegreen.drain import Drain, TrafficReading
from bluegreen.errors import OperatorError
from bluegreen.overview import SHOWN, Overview, overview
from bluegreen.world.observe import Observer
from settings.names import COLOURS, Colour

Show = Callable[[Overview, str], None]
"""Is given each look, and why the last one failed, if it did."""


class Watch:
    """Looks at both colours.

    Args:
        observer: takes snapshots.
        drain: reads traffic.
        sleep: waits for seconds.
    """

    def __init__(
        self, observer: Observer, drain: Drain, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._observer = observer
        self._drain = drain
        self._sleep = sleep

    def look(self) -> Overview:
        """One look. Raises OperatorError where the platform cannot be seen."""
        snapshot = self._observer.everything()
        looks: dict[Colour, TrafficReading] = {
            c: self._drain.read_traffic(snapshot, c, SHOWN) for c in COLOURS
        }
        return overview(snapshot, looks, rules.invariants(snapshot), datetime.now(UTC))

    def run(self, pause: timedelta, show: Show, looks: int | None = None) -> None:
        """Looks until it is interrupted. One that fails is told, and the next one is made.

        Args:
            pause: between two looks.
            show: told of each look; of one that failed, with the last that did not.
            looks: how many; None: for ever.

        Raises:
            OperatorError: the first look failed.
        """
        seen = self.look()
        show(seen, "")
        done = 1
        while looks is None or done < looks:
            self._sleep(pause.total_seconds())
            trouble = ""
            try:
                seen = self.look()
            except (OperatorError, BotoCoreError, ClientError) as error:
                trouble = str(error).splitlines()[0]
            show(seen, trouble)
            done += 1


def write_page(path: Path, text: str) -> None:
    """Puts a page in the place of the last one at once: a browser never reads half of one.

    Raises:
        OperatorError: it cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)  # a web server may be somebody else
        Path(name).replace(path)
    except OSError as error:
        raise OperatorError(f"{path} cannot be written: {error.strerror}") from None
