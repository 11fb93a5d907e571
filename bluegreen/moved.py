"""Waits until every live name leads to its colour, on every name server."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.errors import OperatorError
from bluegreen.name_servers import NameServers
from bluegreen.prospect import Name, Prospect, foreign_records
from bluegreen.report import Report
from bluegreen.snapshot import ADDRESS_TYPES, RecordKey, Snapshot, ZoneKind
from bluegreen.updates import Patience
from bluegreen.world import resolver, route53
from bluegreen.world.observe import Observer
from bluegreen.world.resolver import Addresses, Question, Server, Unmoved
from handover.assignment import Assignment

_SHOWN = 20  # names that an error lists
_IPV4 = ("A", "CNAME")  # types of record sets that lead to IPv4 addresses

Show = Callable[[str], None]


class NamesError(OperatorError):
    """Live names have not moved in time; the message says which, and where they lead."""


class SilentServersError(NamesError):
    """All have moved by Route 53, but name servers cannot be heard from here."""


@dataclass(frozen=True)
class Move:
    """Where live names must lead.

    Attributes:
        wanted: record set of a live name → load balancers of the colour that is to write it.
        lost: live names of which a record set will not move → why.
        waived: names that may be left behind, and name servers that need not be heard.
        fixed: record sets with a target of their own, perhaps beside others of their name.
    """

    wanted: Mapping[RecordKey, tuple[str, ...]]
    lost: Mapping[Name, str]
    waived: frozenset[str]
    fixed: frozenset[RecordKey] = frozenset()

    @property
    def names(self) -> set[Name]:
        """Names that must lead to their colour, or were to."""
        return {key[:2] for key in self.wanted} | set(self.lost)


def expected_move(snapshot: Snapshot, target: Assignment, waived: Collection[str]) -> Move:
    """Where live names must lead: all that their colour will write, and all live ones but waived.

    Names with a target of their own are not waited for, nor are names of others' record sets.
    """
    prospect, others = Prospect(snapshot, target), foreign_records(snapshot)
    wanted = {
        key: hosts
        for key, hosts in prospect.moving.items()
        if key[1] not in others or key[1] not in waived
    }
    lost = {name: why for name, why in prospect.left.items() if name[1] not in waived}
    return Move(wanted, lost, frozenset(waived), frozenset(prospect.fixed))


def not_moved(snapshot: Snapshot, move: Move) -> dict[Name, str]:
    """Names whose record sets do not lead to the new colour alone, with where they lead."""
    left = dict(move.lost)
    names = {key[:2] for key in move.wanted}
    for record in snapshot.live_records():
        name = (record.zone, record.name)
        if record.type not in ADDRESS_TYPES or name not in names or record.key in move.fixed:
            continue
        hosts = move.wanted.get(record.key, ())
        waived = record.name in move.waived and not hosts
        if not waived and not (record.targets and set(record.targets) <= set(hosts)):
            left[name] = f"{record.type} leads to {', '.join(record.targets)}"
    return left | dict.fromkeys(without_record(snapshot, move), "has no record")


def without_record(snapshot: Snapshot, move: Move) -> set[Name]:
    """Names that have no record set yet: they were not live before."""
    seen = {(r.zone, r.name) for r in snapshot.live_records() if r.type in ADDRESS_TYPES}
    return {key[:2] for key in move.wanted} - seen


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

    def silent_servers(self, snapshot: Snapshot) -> Mapping[str, str]:
        """Name servers that could never tell from here that names have moved → that in words."""
        return self._servers.silent_servers(snapshot)

    def wait(
        self, target: Assignment, waived: Collection[str], seen: Snapshot | None = None
    ) -> int:
        """Returns how many names lead to their colour, once all that were live do.

        Names that had no record get some time more. One that never gets one was not live, and
        is no reason to go back: it is told.

        Route 53's API is asked at the beginning and whenever the name servers agree; in between
        the name servers alone are asked, so that the DNS writers have its quota to themselves.
        Where all servers of a zone are waived, Route 53 alone is asked.

        Args:
            target: who is to write which names.
            waived: names that may be left behind, and name servers that need not be heard.
            seen: the platform, where it has just been looked at; None: look first.

        Raises:
            NotHeardError: at the deadline; by Route 53 all have moved.
            NamesError: at the deadline.
        """
        title = f"{target.in_words}: every name server gives the new addresses"
        with self._report.step(title) as show:
            count, left = self._wait(target, waived, show, seen)
        if left:
            self._report.print_line(
                f"{len(left)} names were not live before and have no record yet:"
                f" {', '.join(name for _, name in left[:_SHOWN])}."
                " See the log of the live DNS writer",
                mark="left:",
                style="yellow",
            )
        return count - len(left)

    def _wait(
        self, target: Assignment, waived: Collection[str], show: Show, seen: Snapshot | None
    ) -> tuple[int, Sequence[Name]]:
        """Number of names, and those that have no record yet; raises as `wait`."""
        seconds = self._patience.names_seconds
        end = time.monotonic() + seconds
        given_up: float | None = None
        while True:
            snapshot, seen = seen or self._observer.everything(), None
            move = expected_move(snapshot, target, waived)
            unseen = self._ask_until_moved(snapshot, move, end, show=show)
            left, new = (
                not_moved(self._observer.refresh_records(snapshot), move),
                without_record(snapshot, move),
            )
            now = time.monotonic()
            if unseen or not left.keys() <= new:
                if now > end:
                    raise _timeout_error(unseen, left, new, seconds)
            elif not new:
                return len(move.names), ()
            else:
                given_up = given_up or now + self._patience.new_names_seconds
                if left and now > given_up:
                    return len(move.names), sorted(left)
            # Names that have just got their record are asked for at once.
            time.sleep(self._patience.records_seconds if left else 0.0)

    def _ask_until_moved(
        self, snapshot: Snapshot, move: Move, end: float, *, show: Show
    ) -> Mapping[Name, Unmoved]:
        """Asks the name servers until all agree or the time is up.

        Names without a record are not asked for: resolvers would remember that there is none.
        """
        addresses = Addresses(self._servers.recursive())
        questions = self._questions(snapshot, move)
        left: Mapping[Name, Unmoved] = {}
        while questions:
            unseen = resolver.find_unmoved(list(questions.values()), addresses)
            questions = {name: q for name, q in questions.items() if q in unseen}
            left = {name: unseen[question] for name, question in questions.items()}
            show(f"{len(questions)} of {len(move.names)} are left")
            if not questions or time.monotonic() > end:
                break
            time.sleep(self._patience.pause_seconds)
        return left

    def _questions(self, snapshot: Snapshot, move: Move) -> dict[Name, Question]:
        """One for each name that has an IPv4 address: name servers are asked for these alone."""
        zones = snapshot.shared.zones
        if zones is None or not move.wanted:
            return {}
        ids, new = route53.zone_ids(zones), without_record(snapshot, move)
        asked = {key: hosts for key, hosts in move.wanted.items() if key[2] in _IPV4}
        kinds: set[ZoneKind] = {key[0] for key in asked}
        servers = {zone: self._servers_but(ids[zone], move.waived) for zone in kinds}
        return {
            (zone, name): Question(
                name, hosts, _other_hosts(snapshot, zone, name, hosts), servers[zone]
            )
            for (zone, name, _, _), hosts in asked.items()
            if (zone, name) not in new and servers[zone]
        }

    def _servers_but(self, zone_id: str, waived: Collection[str]) -> tuple[Server, ...]:
        """Servers to ask but for waived ones; of a zone without any, Route 53 has the last word."""
        if zone_id in waived:  # so a zone is called whose servers are not even known
            return ()
        return tuple(it for it in self._servers.for_zone(zone_id) if str(it) not in waived)


def _other_hosts(
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


def _timeout_error(
    unseen: Mapping[Name, Unmoved],
    left: Mapping[Name, str],
    new: Collection[Name],
    seconds: float,
) -> NamesError:
    blank = all(it.blank for it in unseen.values())
    why = {name: it.reason for name, it in unseen.items()} | dict(left)
    text = _describe_left(why, seconds)
    if blank and left.keys() <= set(new):
        return SilentServersError(
            f"{text}\nBy Route 53 all names have moved, so the name servers cannot be heard from"
            " here: run this where they can be, or give one with --resolver"
        )
    return NamesError(text)


def _describe_left(left: Mapping[Name, str], seconds: float) -> str:
    names = [f"  {name}: {text}" for (_, name), text in sorted(left.items())[:_SHOWN]]
    more = len(left) - len(names)
    if more:
        names.append(f"  and {more} more")
    return "\n".join(
        [f"{len(left)} live names do not lead where they should after {seconds:.0f} s:", *names]
    )
