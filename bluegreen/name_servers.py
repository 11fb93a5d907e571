"""Which name servers are asked for live names, and whether they can be heard from here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from bluegreen.snapshot import Snapshot, ZoneKind
from bluegreen.world import resolver, route53
from bluegreen.world.aws import Aws
from bluegreen.world.resolver import ResolverError, Server

_TRIED = 3  # live names of a zone; one that leads to nothing has no address anywhere


class NameServers:
    """Those of the platform's zones.

    Args:
        aws: clients.
        given: servers to ask in place of authoritative ones and the system's; or none.
    """

    def __init__(self, aws: Aws, given: Sequence[Server]) -> None:
        self._aws = aws
        self._given = tuple(given)

    def for_zone(self, zone_id: str) -> tuple[Server, ...]:
        """Servers to ask for names of a zone. Raises ResolverError."""
        if self._given:
            return self._given
        found = resolver.authoritative_servers(route53.name_servers(self._aws.route53, zone_id))
        return tuple(found or resolver.system_servers()[:1])

    def recursive(self) -> Sequence[Server]:
        """Servers to ask for load balancers. Raises ResolverError."""
        return self._given or resolver.system_servers()

    def silent_servers(self, snapshot: Snapshot) -> Mapping[str, str]:
        """Servers that give no address of names that Route 53 has → that in words.

        A machine outside the VPC asks a resolver that does not know private names; another one
        may not send DNS at all. Neither could ever tell that a name has moved.
        """
        zones = snapshot.shared.zones
        if zones is None:
            return {}
        found: dict[str, str] = {}
        for kind, zone_id in route53.zone_ids(zones).items():
            if names := _names_with_address(snapshot, kind):
                found |= dict(self._silent_servers(zone_id, names))
        return found

    def _silent_servers(self, zone_id: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
        try:
            servers = self.for_zone(zone_id)
        except ResolverError as error:
            yield zone_id, f"{zone_id} has no name server that could be asked: {error}"
            return
        pairs = [(server, name) for server in servers for name in names]
        with ThreadPoolExecutor(len(pairs)) as pool:
            answers = pool.map(lambda pair: resolver.query_ipv4(*pair), pairs)
            heard = {server for (server, _), answer in zip(pairs, answers, strict=True) if answer}
        for server in servers:
            if server not in heard:
                yield str(server), f"{server} gives no address of {' or '.join(names)}"


def _names_with_address(snapshot: Snapshot, kind: ZoneKind) -> list[str]:
    """Live names that lead to a load balancer that is there, so that they have an address."""
    hosts = {balancer.host for balancer in snapshot.balancers}
    live = [r for r in snapshot.live_records() if r.zone == kind and r.type == "A"]
    return sorted({r.name for r in live if hosts.issuperset(r.targets) and "*" not in r.name})[
        :_TRIED
    ]
