"""What a colour, and what the shared stack, costs: from counts to bills.

What depends on use is never among the lines: `LEFT_OUT` names it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalogue import prices
from catalogue.prices import ItemName, NoPriceError, Price
from catalogue.support import Phase
from costs.bill import Bill, Line

LEFT_OUT = (
    "traffic (between zones, through NAT gateways, to the internet)",
    "capacity units and public addresses of load balancers",
    "logs",
    "volumes of claims",
    "DNS queries",
    "alarms and dashboards",
)
"""What is charged for by use, or is made by applications: nobody here can know how much of it."""

METRICS = 7
"""Of an instance with detailed monitoring: https://aws.amazon.com/cloudwatch/pricing/."""

_BALANCERS: Mapping[str, ItemName] = {
    "application": "applicationLoadBalancer",
    "network": "networkLoadBalancer",
}


@dataclass(frozen=True)
class Nodes:
    """Nodes of one kind.

    Attributes:
        kind: instance type, such as ``m7i.large``.
        count: how many.
        spot: whether they are bought as spot.
        disk_gib: root volume of each in GiB; None where it was not seen.
        monitored: whether they have detailed monitoring.
    """

    kind: str
    count: int
    spot: bool
    disk_gib: int | None
    monitored: bool = True


def of_control_plane(phase: Phase, region: str) -> Bill:
    """A control plane.

    Args:
        phase: support that EKS gives its minor. Standard is taken where that is not known, and
            after the end: AWS upgrades it then.
        region: of the cluster.
    """
    if phase == "extended":
        return _item("controlPlaneExtended", "control plane, extended support", 1, region)
    bill = _item("controlPlane", "control plane", 1, region)
    if phase == "not known":
        return bill.model_copy(update={"not_seen": ("whether its minor is in extended support",)})
    return bill


def of_nodes(nodes: Sequence[Nodes], region: str) -> list[Bill]:
    """Nodes with their root volumes and their detailed monitoring."""
    return [bill for it in nodes if it.count for bill in _of_kind(it, region)]


def of_balancers(kinds: Sequence[str], region: str) -> list[Bill]:
    """Load balancers, for their hours alone.

    Args:
        kinds: ``application`` or ``network``, one of each load balancer.
        region: where they are.
    """
    bills: list[Bill] = []
    for kind in dict.fromkeys(kinds):
        name: ItemName | None = _BALANCERS.get(kind)
        if name is None:
            bills.append(Bill(no_price=(f"load balancers of kind {kind}",)))
        else:
            what = f"load balancers, {kind}"
            bills.append(_item(name, what, kinds.count(kind), region, part="load balancers"))
    return bills


def of_key(region: str) -> Bill:
    """The KMS key of a cluster."""
    return _item("kmsKey", "KMS key", 1, region, part="rest")


def of_shared(gateways: int, addresses: int, zones: int, region: str) -> list[Bill]:
    """What both colours share.

    Args:
        gateways: NAT gateways.
        addresses: public IPv4 addresses.
        zones: hosted zones.
        region: where they are.
    """
    found: tuple[tuple[ItemName, str, int], ...] = (
        ("natGateway", "NAT gateways", gateways),
        ("publicIpv4", "public IPv4 addresses", addresses),
        ("hostedZone", "hosted zones", zones),
    )
    return [_item(name, what, n, region, part="shared") for name, what, n in found if n]


def _of_kind(nodes: Nodes, region: str) -> list[Bill]:
    how = "spot" if nodes.spot else "on demand"
    what = f"{nodes.kind}, {how}"
    bills = [
        _priced(
            lambda: prices.node(nodes.kind, region, spot=nodes.spot),
            Line(what=what, part="nodes", count=nodes.count, usd_hour=0),
        )
    ]
    if nodes.disk_gib is None:
        bills.append(Bill(not_seen=(f"root volumes of {nodes.kind}",)))
    else:
        gib = nodes.count * nodes.disk_gib
        bills.append(
            _item("gp3Gib", f"root volumes, {what}", gib, region, part="volumes", unit="GiB")
        )
    if nodes.monitored:
        metrics = nodes.count * METRICS
        bills.append(
            _item("metric", f"monitoring, {what}", metrics, region, part="rest", unit="metrics")
        )
    return bills


def _item(  # noqa: PLR0917 - what a line has
    name: ItemName, what: str, count: float, region: str, part: str = "", unit: str = ""
) -> Bill:
    line = Line(what=what, part=part or what, count=count, unit=unit, usd_hour=0)
    return _priced(lambda: prices.item(name, region), line)


def _priced(find: Callable[[], Price], line: Line) -> Bill:
    """A bill of one line, or of what it has no price for."""
    try:
        price = find()
    except NoPriceError as error:
        return Bill(no_price=(error.what,))
    usd = price.usd_hour * line.count
    return Bill(lines=(line.model_copy(update={"usd_hour": usd}),), stated=price.stated)
