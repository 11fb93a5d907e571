"""Changes on their way to Route 53's name servers: PENDING, then INSYNC.

What a name server answers and what the API lists differ while a change is PENDING.
"""

import secrets
import string
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from weakref import WeakKeyDictionary

from moto.route53.models import FakeZone, RecordSet

DEFAULT_SECONDS = 1.0
"""How long a change takes. Route 53 says that most take less than 60 s; that would only
make tests slow."""

_ID_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Change:
    """One accepted change batch.

    Attributes:
        id: for example ``C0123456789ABCDEFGHIJ``.
        submitted: when it was accepted.
        insync_at: when name servers know it, on the clock of `Propagation`.
    """

    id: str
    submitted: datetime
    insync_at: float


@dataclass(frozen=True)
class Answers:
    """What the name servers of one zone know.

    Attributes:
        records: all record sets of the zone.
    """

    records: Sequence[RecordSet]

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[RecordSet]]:
        """Record sets by name: lower case, no final dot, a star as a star."""
        found: dict[str, list[RecordSet]] = {}
        for record in self.records:
            found.setdefault(normalized(record.name), []).append(record)
        return found

    def record_sets_for(self, name: str) -> Sequence[RecordSet]:
        """Record sets that answer for a name: its own, or those of the wildcard that covers it.

        A wildcard answers only where neither the name exists nor anything closer to it than the
        wildcard's own parent: https://www.rfc-editor.org/rfc/rfc4592#section-3.3.1
        """
        if name in self.by_name or name in self.inner_names:
            return self.by_name.get(name, ())
        parent = name
        while "." in parent:
            parent = parent.partition(".")[2]
            if parent in self.by_name or parent in self.inner_names:
                return self.by_name.get(f"*.{parent}", ())
        return ()

    @cached_property
    def inner_names(self) -> frozenset[str]:
        """Names below which others exist."""
        return frozenset(
            name.split(".", depth)[depth]
            for name in self.by_name
            for depth in range(1, name.count(".") + 1)
        )


@dataclass
class _History:
    known: Answers
    coming: list[tuple[float, Answers]] = field(default_factory=list[tuple[float, Answers]])


class Propagation:
    """Every change and when it is known.

    Attributes:
        seconds: how long the next changes take.
    """

    def __init__(
        self, seconds: float = DEFAULT_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._changes: dict[str, Change] = {}
        self._zones: WeakKeyDictionary[FakeZone, _History] = WeakKeyDictionary()

    def submit(self, zone: FakeZone, after: Sequence[RecordSet]) -> Change:
        """Accepts a batch; `zone` still has its record sets from before, `after` those to come."""
        with self._lock:
            change = Change(
                "C" + "".join(secrets.choice(_ID_LETTERS) for _ in range(20)),
                datetime.now(UTC),
                self._clock() + self.seconds,
            )
            self._changes[change.id] = change
            history = self._zones.get(zone)
            if history is None:
                history = self._zones[zone] = _History(Answers(tuple(zone.rrsets)))
            history.coming.append((change.insync_at, Answers(tuple(after))))
            return change

    def find(self, change_id: str) -> tuple[Change, str] | None:
        """A change and its status, ``PENDING`` or ``INSYNC``; None when there is no such change."""
        change = self._changes.get(change_id.removeprefix("/change/"))
        if change is None:
            return None
        return change, self.status(change)

    def status(self, change: Change) -> str:
        """``PENDING`` or ``INSYNC``."""
        return "INSYNC" if self._clock() >= change.insync_at else "PENDING"

    def answers(self, zone: FakeZone) -> Answers:
        """What name servers know of a zone at this moment."""
        with self._lock:
            history = self._zones.get(zone)
            if history is None:
                return Answers(tuple(zone.rrsets))
            now = self._clock()
            while history.coming and history.coming[0][0] <= now:
                history.known = history.coming.pop(0)[1]
            return history.known


def normalized(name: str) -> str:
    """A name as clients ask for it: lower case, no final dot, a star as a star."""
    return name.rstrip(".").lower().replace("\\052", "*")
