"""Watches traffic leave a colour's load balancers."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import retirement_rules
from bluegreen.errors import OperatorError, RefusedError, StillTrafficError
from bluegreen.snapshot import JsonModel, LoadBalancer, Snapshot, other_colour
from bluegreen.world import metrics
from bluegreen.world.aws import Aws
from bluegreen.world.metrics import LAG, MINUTE, Traffic
from bluegreen.world.observe import Observer
from settings.names import Colour

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class Drained(JsonModel):
    """How far traffic has left.

    Attributes:
        colour: the colour.
        window_minutes: how long nothing must come.
        heard: load balancers with traffic in the window → last minute with any, ISO.
        named: records other than the colour's own that lead to it, in words.
        unwatched: what has a load balancer whose traffic is not seen, or may have one, in words.
    """

    colour: Colour
    window_minutes: int
    heard: Mapping[str, str]
    named: tuple[str, ...]
    unwatched: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        """Whether nothing came for the window, nothing leads there, and all of it was seen."""
        return not self.heard and not self.named and not self.unwatched

    @property
    def left(self) -> list[str]:
        """What is left, in words."""
        return [*self.traffic.values(), *self.named, *self.unwatched]

    @property
    def traffic(self) -> Mapping[str, str]:
        """Load balancers that had traffic → that in words."""
        return {name: f"{name} had traffic at {at[11:16]} UTC" for name, at in self.heard.items()}


@dataclass(frozen=True)
class TrafficReading:
    """One look at a draining colour.

    Attributes:
        drained: the verdict.
        balancers: its load balancers.
        traffic: by name of the load balancer, of the window.
        since: begin of the window.
        until: its end.
    """

    drained: Drained
    balancers: tuple[LoadBalancer, ...]
    traffic: Mapping[str, Traffic]
    since: datetime
    until: datetime


class ReadTraffic(Protocol):
    """`metrics.traffic`, or what stands in for it."""

    def __call__(
        self,
        cloudwatch: "CloudWatchClient",
        balancers: Sequence[LoadBalancer],
        since: datetime,
        until: datetime,
    ) -> dict[str, Traffic]:
        """See there."""
        ...


class Drain:
    """Looks at a colour's traffic.

    Args:
        observer: takes snapshots.
        aws: clients.
        traffic: reads the traffic of load balancers.
    """

    def __init__(
        self, observer: Observer, aws: Aws, traffic: ReadTraffic = metrics.traffic
    ) -> None:
        self._observer = observer
        self._aws = aws
        self._traffic = traffic

    def watch(
        self,
        colour: Colour,
        window: timedelta,
        give_up: timedelta | None,
        pause_seconds: float,
        show: Callable[[TrafficReading], None],
    ) -> Drained:
        """Looks until nothing came for the window, and all that could come would have been seen.

        Args:
            colour: colour that production has left.
            window: how long nothing must come.
            give_up: when to stop waiting; None waits for ever.
            pause_seconds: between two looks.
            show: told of each look.

        Raises:
            RefusedError: the colour is active, or a canary's.
            StillTrafficError: the time is up.
        """
        end = None if give_up is None else time.monotonic() + give_up.total_seconds()
        while True:
            snapshot = self._observer.everything()
            _refuse_in_use(snapshot, colour)
            look = self.read_traffic(snapshot, colour, window)
            show(look)
            if look.drained.done:
                return look.drained
            if end is not None and time.monotonic() + pause_seconds > end:
                left = [f"{colour} is not drained:", *look.drained.left]
                raise StillTrafficError("\n  ".join(left))
            time.sleep(pause_seconds)

    def read_traffic(self, snapshot: Snapshot, colour: Colour, window: timedelta) -> TrafficReading:
        """One look. Raises OperatorError where CloudWatch does not answer."""
        balancers = snapshot.balancers_of(colour)
        # Minutes younger than CloudWatch's lag may lack values that are yet to come, so the
        # window ends before them; traffic that they do show counts all the same.
        now = datetime.now(UTC)
        since = now.replace(second=0, microsecond=0) - window - LAG
        try:
            found = self._traffic(self._aws.cloudwatch, balancers, since, now + MINUTE)
        except (BotoCoreError, ClientError) as error:
            raise OperatorError(f"CloudWatch could not be asked: {error}") from error
        heard = {name: at.isoformat() for name, at in sorted(metrics.last_traffic(found).items())}
        drained = Drained(
            colour=colour,
            window_minutes=int(window / MINUTE),
            heard=heard,
            named=tuple(retirement_rules.still_named(snapshot, colour)),
            unwatched=tuple(_unwatched(snapshot, colour)),
        )
        return TrafficReading(drained, balancers, found, since, now)


def _unwatched(snapshot: Snapshot, colour: Colour) -> Iterator[str]:
    for text in retirement_rules.unwatched(snapshot, colour).values():
        yield f"{text}: cannot be watched"
    for error in retirement_rules.unanswered(snapshot, colour):
        yield f"the API server of {colour} does not answer, so what it has is not known: {error}"


def _refuse_in_use(snapshot: Snapshot, colour: Colour) -> None:
    assigned = snapshot.shared.assigned
    if assigned.active == colour:
        raise RefusedError(
            f"{colour} is the active colour: its traffic does not go away."
            f" Run `bluegreen switch --to {other_colour(colour)}` first"
        )
    if colour in assigned.colours:
        raise RefusedError(
            f"{colour} writes {', '.join(assigned.names)}: their traffic does not go away."
            f" Run `bluegreen switch --to {other_colour(colour)}` first"
        )
