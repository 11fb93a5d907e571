"""What the platform costs as it stands, out of a snapshot, asking nobody."""

from collections import Counter
from collections.abc import Mapping

from pydantic import computed_field

from bluegreen.snapshot import ColourView, JsonModel, NodeKind, SharedItems, Snapshot
from bluegreen.support_rules import outlook_of
from costs import platform
from costs.bill import Bill, together
from costs.platform import Nodes
from settings.names import COLOURS, Colour


class PairCosts(JsonModel):
    """What both colours and the shared stack cost.

    Attributes:
        region: where they are; empty where no cluster says it.
        colours: bill of each colour that has a cluster.
        shared: bill of what they share.
        idle: the colour without production where both stand; None else.
    """

    region: str
    colours: Mapping[Colour, Bill]
    shared: Bill
    idle: Colour | None

    @property
    def pair(self) -> Bill:
        """Bill of all of it."""
        return together([self.shared, *self.colours.values()])

    @computed_field
    @property
    def usd_hour(self) -> float:
        """USD an hour of all of it."""
        return self.pair.usd_hour

    @computed_field
    @property
    def usd_day_of_both(self) -> float | None:
        """USD that each day costs on which the idle colour stands; None where it does not."""
        return self.colours[self.idle].usd_day if self.idle else None


def pair_costs(snapshot: Snapshot) -> PairCosts:
    """What the platform costs at the moment of a snapshot.

    Nodes are those that have joined, with the types that they say. What is not seen stands in the
    bills as not seen.
    """
    standing = [view for view in snapshot.colours if view.cluster is not None]
    region = next((_region(view) for view in standing), "")
    both = len(standing) == len(COLOURS)
    idle: list[Colour] = [view.colour for view in standing if view.colour != snapshot.shared.active]
    return PairCosts(
        region=region,
        colours={view.colour: _of_colour(view, snapshot, _region(view)) for view in standing},
        shared=_of_shared(snapshot.shared.charged, region),
        idle=idle[0] if both and len(idle) == 1 else None,
    )


def _of_colour(view: ColourView, snapshot: Snapshot, region: str) -> Bill:
    seen = outlook_of(view, snapshot)
    return together(
        [
            platform.of_control_plane(seen.phase if seen else "not known", region),
            *_of_nodes(view, region),
            *platform.of_balancers([it.kind for it in snapshot.balancers_of(view.colour)], region),
            *_of_unwatched(snapshot, view.colour),
            platform.of_key(region),
        ]
    )


def _of_nodes(view: ColourView, region: str) -> list[Bill]:
    kube = view.kube
    if kube is None or kube.error:
        return [Bill(not_seen=(f"nodes of {view.colour}",))]
    kinds = Counter((it.kind, it.spot, it.disk_gib) for it in kube.nodes)
    return _of_kinds(
        [
            NodeKind(kind=kind, count=count, spot=spot, disk_gib=disk)
            for (kind, spot, disk), count in sorted(kinds.items(), key=str)
        ],
        region,
        of=view.colour,
        monitored=True,
    )


def _of_kinds(kinds: list[NodeKind], region: str, *, of: str, monitored: bool) -> list[Bill]:
    known = [Nodes(it.kind, it.count, it.spot, it.disk_gib, monitored) for it in kinds if it.kind]
    unknown = sum(it.count for it in kinds if not it.kind)
    blind = [Bill(not_seen=(f"types of nodes of {of} ({unknown})",))] if unknown else []
    return [*platform.of_nodes(known, region), *blind]


def _of_unwatched(snapshot: Snapshot, colour: Colour) -> list[Bill]:
    hosts = {host for hosts in snapshot.unwatched(colour).values() for host in hosts}
    return [Bill(not_seen=(f"load balancer {host}",)) for host in sorted(hosts)]


def _of_shared(items: SharedItems | None, region: str) -> Bill:
    if items is None:
        return Bill(not_seen=("what both share",))
    shared = platform.of_shared(
        items.nat_gateways, items.public_addresses, items.hosted_zones, region
    )
    instances = _of_kinds(list(items.instances), region, of="shared", monitored=False)
    return together([*shared, *instances])


def _region(view: ColourView) -> str:
    """Region of a colour's cluster, by its ARN."""
    return view.cluster.arn.split(":")[3] if view.cluster else ""
