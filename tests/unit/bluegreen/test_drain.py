"""Draining waits while anything comes or leads there, and refuses where traffic will not leave."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from bluegreen.drain import Drain, Drained, TrafficReading
from bluegreen.errors import RefusedError, StillTrafficError
from bluegreen.snapshot import Balanced, KubeView, LoadBalancer, Snapshot
from bluegreen.world.metrics import MINUTE, Traffic
from handover.assignment import Assignment
from handover.live_writer import LiveWriter
from settings.names import Colour
from tests.unit.bluegreen.snapshots import host, kube, live_set, snapshot

CANARY = LiveWriter.model_validate(
    {"colour": "green", "term": 3, "canary": {"colour": "blue", "names": ["shop.example.com"]}}
)
PLAIN = Balanced(source="service/sample/plain", hosts=("192.0.2.7",))
WINDOW = timedelta(minutes=5)


@dataclass
class Platform:
    """A platform whose blue load balancers hear less at each look.

    Attributes:
        heard: minutes since the last request, look by look; None for no traffic at all.
        named: looks in which a live name still leads to blue.
        unwatched: looks in which blue has a Service whose load balancer nobody watches.
        silent: looks in which blue's API server does not answer.
        shared: what the shared stack says.
        looks: looks so far.
    """

    heard: Sequence[int | None] = (None,)
    named: int = 0
    unwatched: int = 0
    silent: int = 0
    shared: dict[str, object] = field(
        default_factory=lambda: {
            "configured": Assignment(active="green"),
            "live_writer": LiveWriter(colour="green", term=3),
        }
    )
    looks: int = 0

    def everything(self) -> Snapshot:
        self.looks += 1
        colour: Colour = "blue" if self.looks <= self.named else "green"
        seen = kube("blue")
        if self.looks <= self.unwatched:
            seen = seen.model_copy(update={"balanced": (PLAIN,)})
        if self.looks <= self.silent:
            seen = KubeView(error="no route")
        return snapshot(
            shared=self.shared,
            blue={"kube": seen},
            records=live_set("web.example.com", host(colour)),
        )

    @property
    def cloudwatch(self) -> None:
        return None

    def traffic(
        self,
        cloudwatch: object,
        balancers: Sequence[LoadBalancer],
        since: datetime,
        until: datetime,
    ) -> dict[str, Traffic]:
        ago = self.heard[min(self.looks, len(self.heard)) - 1]
        found: dict[str, Traffic] = {balancer.name: {} for balancer in balancers}
        at = datetime.now(UTC).replace(second=0, microsecond=0)
        if ago is not None and since <= at - MINUTE * ago < until:
            found[balancers[0].name] = {at - MINUTE * ago: 3.0}
        return found


def drain(
    platform: Platform, *, give_up: timedelta | None = None
) -> tuple[Drained, list[TrafficReading]]:
    looks: list[TrafficReading] = []
    watch = Drain(platform, platform, platform.traffic).watch  # pyright: ignore[reportArgumentType]
    return watch("blue", WINDOW, give_up, 0.0, looks.append), looks


def test_it_waits_for_the_window_and_the_lag_after_the_last_request() -> None:
    platform = Platform(heard=(0, 3, 5, 7, 8))
    drained, looks = drain(platform)
    assert [list(look.drained.heard) for look in looks] == [["web-blue"]] * 4 + [[]]
    assert drained == looks[-1].drained


def test_it_waits_for_records_too() -> None:
    _, looks = drain(Platform(named=2))
    assert [len(look.drained.named) for look in looks] == [2, 2, 0]


def test_it_does_not_end_while_a_load_balancer_cannot_be_watched() -> None:
    drained, looks = drain(Platform(unwatched=2))
    said = ("service/sample/plain -> 192.0.2.7: cannot be watched",)
    assert [look.drained.unwatched for look in looks] == [said, said, ()]
    assert drained.done
    with pytest.raises(StillTrafficError, match=r"service/sample/plain -> 192\.0\.2\.7"):
        drain(Platform(unwatched=9), give_up=timedelta())


def test_it_does_not_end_while_it_cannot_know_what_there_is() -> None:
    _, looks = drain(Platform(silent=1))
    assert [len(look.drained.unwatched) for look in looks] == [1, 0]
    assert "blue does not answer" in looks[0].drained.unwatched[0]


def test_when_its_time_is_up_it_names_what_is_left() -> None:
    with pytest.raises(StillTrafficError, match=r"web-blue had traffic at \d\d:\d\d UTC") as error:
        drain(Platform(heard=(1,), named=9), give_up=timedelta())
    assert "web.example.com A" in str(error.value)


@pytest.mark.parametrize(
    ("writer", "reason"),
    [
        (LiveWriter(colour="blue", term=3), "blue is the active colour"),
        (
            CANARY,
            "blue writes shop.example.com",
        ),
    ],
)
def test_it_refuses_where_traffic_will_not_leave(writer: LiveWriter, reason: str) -> None:
    platform = Platform(shared={"live_writer": writer, "configured": writer.assignment})
    with pytest.raises(RefusedError, match=reason):
        drain(platform)
