"""Waits until every live name leads to its colour, on every name server."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.errors import OperatorError
from bluegreen.phase import say
from bluegreen.report import Report
from bluegreen.rules import foreign
from bluegreen.snapshot import ADDRESS_TYPES, Snapshot, ZoneKind
from bluegreen.updates import Patience
from bluegreen.world import resolver, route53
from bluegreen.world.aws import Aws
from bluegreen.world.observe import Observer
from bluegreen.world.resolver import Addresses, Question, Server
from stacks.assignment import Assignment

_SHOWN = 20  # names that an error lists

Name = tuple[ZoneKind, str]
Show = Callable[[str], None]


class NamesError(OperatorError):
    """Live names have not moved in time; the message says which, and where they lead."""


@dataclass(frozen=True)
class Move:
    """Where live names must lead.

    Attributes:
        wanted: live name → load balancers of the colour that is to write it.
        lost: live names that nothing on that colour publishes.
    """

    wanted: Mapping[Name, tuple[str, ...]]
    lost: tuple[str, ...]


def to_move(snapshot: Snapshot, target: Assignment, waived: Collection[str]) -> Move:
    """Where live names must lead: all that their colour publishes, and all live ones but waived."""
    others = {(record.zone, record.name) for record in foreign(snapshot)}
    wanted: dict[Name, tuple[str, ...]] = {
        (name.zone, name.name): name.hosts
        for view in snapshot.colours
        for name in (view.kube.published if view.kube else ())
        if name.hosts
        and target.writer(name.name) == view.colour
        and (name.zone, name.name) not in others
    }
    live = {(record.zone, record.name) for record in snapshot.live_records()}
    lost = {name for zone, name in live if (zone, name) not in wanted and name not in waived}
    return Move(wanted, tuple(sorted(lost)))


def not_moved(snapshot: Snapshot, move: Move) -> dict[str, str]:
    """Names whose record sets do not lead to the new colour alone, with where they lead."""
    left = dict.fromkeys(move.lost, "nothing publishes it any more")
    seen: set[Name] = set()
    for record in snapshot.live_records():
        key = (record.zone, record.name)
        if record.type not in ADDRESS_TYPES or key not in move.wanted:
            continue
        seen.add(key)
        if not record.targets or not set(record.targets) <= set(move.wanted[key]):
            left[record.name] = f"{record.type} leads to {', '.join(record.targets)}"
    left |= {name: "has no record" for zone, name in move.wanted if (zone, name) not in seen}
    return left


class NamesWait:
    """Waits for live names.

    Args:
        observer: takes snapshots.
        aws: clients.
        resolvers: servers to ask in place of authoritative ones and the system's; or none.
        report: told how many are left.
        patience: how long.
    """

    def __init__(
        self,
        observer: Observer,
        aws: Aws,
        resolvers: Sequence[Server],
        report: Report,
        patience: Patience,
    ) -> None:
        self._observer = observer
        self._aws = aws
        self._resolvers = tuple(resolvers)
        self._report = report
        self._patience = patience

    def wait(self, target: Assignment, waived: Collection[str]) -> int:
        """Returns how many names lead to their colour, once all do.

        Route 53's API is asked at the beginning and whenever the name servers agree; in between
        the name servers alone are asked, so that the DNS writers have its quota to themselves.

        Raises:
            NamesError: at the deadline.
        """
        end = time.monotonic() + self._patience.names_seconds
        title = f"{say(target)}: every name server gives the new addresses"
        with self._report.step(title) as show:
            while True:
                snapshot = self._observer.everything()
                move = to_move(snapshot, target, waived)
                left = self._answered(snapshot, move, end, show=show)
                if not left:
                    left = not_moved(self._observer.again(snapshot), move)
                if not left:
                    return len(move.wanted)
                if time.monotonic() > end:
                    raise NamesError(_say_left(left, self._patience.names_seconds))
                time.sleep(self._patience.pause_seconds)

    def _answered(
        self, snapshot: Snapshot, move: Move, end: float, *, show: Show
    ) -> Mapping[str, str]:
        """Asks the name servers until all agree or the time is up."""
        addresses = Addresses(self._resolvers or resolver.system())
        questions = self._questions(snapshot, move)
        left: Mapping[str, str] = {}
        while questions:
            left = resolver.unseen(questions, addresses)
            questions = [q for q in questions if q.name in left]
            show(f"{len(questions)} of {len(move.wanted)} are left")
            if not questions or time.monotonic() > end:
                break
            time.sleep(self._patience.pause_seconds)
        return left

    def _questions(self, snapshot: Snapshot, move: Move) -> list[Question]:
        zones = snapshot.shared.zones
        if zones is None or not move.wanted:
            return []
        ids = route53.zone_ids(zones)
        servers: dict[ZoneKind, tuple[Server, ...]] = {}
        for zone, _ in move.wanted:
            if zone not in servers:
                servers[zone] = self._servers(ids[zone])
        return [
            Question(name, hosts, _elsewhere(snapshot, zone, name, hosts), servers[zone])
            for (zone, name), hosts in move.wanted.items()
        ]

    def _servers(self, zone_id: str) -> tuple[Server, ...]:
        if self._resolvers:
            return self._resolvers
        found = resolver.authoritative(route53.name_servers(self._aws.route53, zone_id))
        return tuple(found or resolver.system()[:1])


def _elsewhere(
    snapshot: Snapshot, zone: ZoneKind, name: str, hosts: Collection[str]
) -> tuple[str, ...]:
    """Other load balancers that a name leads or may lead to."""
    led = {
        h for r in snapshot.live_records() if (r.zone, r.name) == (zone, name) for h in r.targets
    }
    offered = {
        host
        for view in snapshot.colours
        for published in (view.kube.published if view.kube else ())
        if (published.zone, published.name) == (zone, name)
        for host in published.hosts
    }
    return tuple(sorted((led | offered) - set(hosts)))


def _say_left(left: Mapping[str, str], seconds: float) -> str:
    names = [f"  {name}: {text}" for name, text in sorted(left.items())[:_SHOWN]]
    more = len(left) - len(names)
    if more:
        names.append(f"  and {more} more")
    return "\n".join(
        [f"{len(left)} live names do not lead where they should after {seconds:.0f} s:", *names]
    )
