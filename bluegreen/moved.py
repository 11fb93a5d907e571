"""Waits until every live name leads to its colour, on every name server."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.errors import OperatorError
from bluegreen.name_servers import NameServers
from bluegreen.phase import say
from bluegreen.report import Report
from bluegreen.rules import foreign
from bluegreen.snapshot import ADDRESS_TYPES, Snapshot, ZoneKind
from bluegreen.updates import Patience
from bluegreen.world import resolver, route53
from bluegreen.world.observe import Observer
from bluegreen.world.resolver import Addresses, Question, Unseen
from stacks.assignment import Assignment

_SHOWN = 20  # names that an error lists

Name = tuple[ZoneKind, str]
Show = Callable[[str], None]


class NamesError(OperatorError):
    """Live names have not moved in time; the message says which, and where they lead."""


class NotHeardError(NamesError):
    """All have moved by Route 53, but name servers cannot be heard from here."""


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
    for record in snapshot.live_records():
        key = (record.zone, record.name)
        if record.type not in ADDRESS_TYPES or key not in move.wanted:
            continue
        if not record.targets or not set(record.targets) <= set(move.wanted[key]):
            left[record.name] = f"{record.type} leads to {', '.join(record.targets)}"
    return left | dict.fromkeys(without_record(snapshot, move), "has no record")


def without_record(snapshot: Snapshot, move: Move) -> set[str]:
    """Names that have no record set yet: they were not live before."""
    seen = {(r.zone, r.name) for r in snapshot.live_records() if r.type in ADDRESS_TYPES}
    return {name for zone, name in move.wanted if (zone, name) not in seen}


class NamesWait:
    """Waits for live names.

    Args:
        observer: takes snapshots.
        servers: whom to ask.
        report: told how many are left.
        patience: how long.
    """

    def __init__(
        self, observer: Observer, servers: NameServers, report: Report, patience: Patience
    ) -> None:
        self._observer = observer
        self._servers = servers
        self._report = report
        self._patience = patience

    def unheard(self, snapshot: Snapshot) -> list[str]:
        """Name servers that could never tell from here that names have moved, in words."""
        return self._servers.unheard(snapshot)

    def wait(self, target: Assignment, waived: Collection[str]) -> int:
        """Returns how many names lead to their colour, once all that were live do.

        Names that had no record get some time more. One that never gets one was not live, and
        is no reason to go back: it is told.

        Route 53's API is asked at the beginning and whenever the name servers agree; in between
        the name servers alone are asked, so that the DNS writers have its quota to themselves.

        Raises:
            NotHeardError: at the deadline; by Route 53 all have moved.
            NamesError: at the deadline.
        """
        title = f"{say(target)}: every name server gives the new addresses"
        with self._report.step(title) as show:
            count, left = self._wait(target, waived, show)
        if left:
            self._report.say(
                f"{len(left)} names were not live before and have no record yet:"
                f" {', '.join(left[:_SHOWN])}. See the log of the live DNS writer",
                mark="left:",
                style="yellow",
            )
        return count - len(left)

    def _wait(
        self, target: Assignment, waived: Collection[str], show: Show
    ) -> tuple[int, Sequence[str]]:
        """Number of names, and those that have no record yet; raises as `wait`."""
        seconds = self._patience.names_seconds
        end = time.monotonic() + seconds
        given_up: float | None = None
        while True:
            snapshot = self._observer.everything()
            move = to_move(snapshot, target, waived)
            unseen = self._answered(snapshot, move, end, show=show)
            left, new = (
                not_moved(self._observer.again(snapshot), move),
                without_record(snapshot, move),
            )
            now = time.monotonic()
            if unseen or not left.keys() <= new:
                if now > end:
                    raise _too_late(unseen, left, new, seconds)
            elif not new:
                return len(move.wanted), ()
            else:
                given_up = given_up or now + self._patience.new_names_seconds
                if left and now > given_up:
                    return len(move.wanted), sorted(left)
            # Names that have just got their record are asked for at once.
            time.sleep(self._patience.records_seconds if left else 0.0)

    def _answered(
        self, snapshot: Snapshot, move: Move, end: float, *, show: Show
    ) -> Mapping[str, Unseen]:
        """Asks the name servers until all agree or the time is up.

        Names without a record are not asked for: resolvers would remember that there is none.
        """
        addresses = Addresses(self._servers.recursive())
        questions = self._questions(snapshot, move)
        left: Mapping[str, Unseen] = {}
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
        ids, new = route53.zone_ids(zones), without_record(snapshot, move)
        kinds: set[ZoneKind] = {zone for zone, _ in move.wanted}
        servers = {kind: self._servers.of(ids[kind]) for kind in kinds}
        return [
            Question(name, hosts, _elsewhere(snapshot, zone, name, hosts), servers[zone])
            for (zone, name), hosts in move.wanted.items()
            if name not in new
        ]


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


def _too_late(
    unseen: Mapping[str, Unseen], left: Mapping[str, str], new: Collection[str], seconds: float
) -> NamesError:
    blank = all(it.blank for it in unseen.values())
    why = {name: it.said for name, it in unseen.items()} | dict(left)
    text = _say_left(why, seconds)
    if blank and left.keys() <= set(new):
        return NotHeardError(
            f"{text}\nBy Route 53 all names have moved, so the name servers cannot be heard from"
            " here: run this where they can be, or give one with --resolver"
        )
    return NamesError(text)


def _say_left(left: Mapping[str, str], seconds: float) -> str:
    names = [f"  {name}: {text}" for name, text in sorted(left.items())[:_SHOWN]]
    more = len(left) - len(names)
    if more:
        names.append(f"  and {more} more")
    return "\n".join(
        [f"{len(left)} live names do not lead where they should after {seconds:.0f} s:", *names]
    )
