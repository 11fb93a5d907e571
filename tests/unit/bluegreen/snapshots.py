"""Snapshots for tests: a platform at rest, blue active, to be changed at one place."""

from collections.abc import Mapping, Sequence
from datetime import date

from bluegreen.publishing.endpoint import Kind
from bluegreen.publishing.ownership import txt_name
from bluegreen.snapshot import (
    Addon,
    Api,
    ColourView,
    EksView,
    KubeView,
    LoadBalancer,
    Node,
    Published,
    Record,
    RequestedName,
    SharedView,
    Snapshot,
    StackState,
    TargetGroup,
    Workload,
    ZoneKind,
)
from eks_platform_contract.outputs import Cluster, Zone, Zones
from handover.assignment import Assignment
from handover.live_writer import LiveWriter, WriterReport
from settings.names import COLOURS, Colour

ZONES = Zones(
    public=Zone(id="Z1", name="example.com", arn="arn:aws:route53:::hostedzone/Z1"),
    private=Zone(id="Z2", name="example.internal", arn="arn:aws:route53:::hostedzone/Z2"),
    api=Zone(id="Z3", name="example.net", arn="arn:aws:route53:::hostedzone/Z3"),
)
NAMES = {"blue": "every name", "green": "no name"}
LIVE = {"public": "ingress.example.com", "private": "ingress.example.internal"}


DAY = date(2026, 6, 1)
"""Of every snapshot: a day on which support of the minors here has long to go."""


def host(colour: Colour, name: str = "web") -> str:
    return f"k8s-{name}-{colour}.eu-west-1.elb.amazonaws.com"


def record(
    name: str,
    *targets: str,
    zone: ZoneKind = "public",
    kind: str = "A",
    owner: str | None = "ingress.example.com",
) -> Record:
    said = (txt_name(name, kind, alias=True),) if owner else ()
    alias = kind in ("A", "AAAA")
    return Record(
        zone=zone,
        name=name,
        type=kind,
        targets=targets,
        alias=alias,
        owner=owner,
        owner_records=said,
    )


def claim(entry: Record) -> Record:
    """The TXT that says whose a record set is."""
    said = f"heritage=external-dns,external-dns/owner={entry.owner}"
    value = f'"{said},external-dns/resource=ingress/sample/web"'
    name = entry.owner_records[0]
    return Record(zone=entry.zone, name=name, type="TXT", targets=(value,), claims=entry.owner)


def live_set(name: str, target: str, zone: ZoneKind = "public") -> list[Record]:
    owner = LIVE[zone]
    return [record(name, target, zone=zone, kind=kind, owner=owner) for kind in ("A", "AAAA")]


def published(name: str, *hosts: str, zone: ZoneKind = "public") -> tuple[Published, ...]:
    """What a live DNS writer makes of a name that leads to load balancers."""
    kinds: tuple[Kind, ...] = ("A", "AAAA")
    source = "ingress/sample/web"
    return tuple(
        Published(zone=zone, name=name, type=kind, hosts=hosts, resource=source, sources=(source,))
        for kind in kinds
        if hosts
    )


def asked(*names: str, zone: ZoneKind = "public") -> tuple[RequestedName, ...]:
    return tuple(RequestedName(zone=zone, name=name, source="ingress/sample/web") for name in names)


def balancer(colour: Colour, name: str = "web", **changes: object) -> LoadBalancer:
    made = LoadBalancer(
        arn=f"arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/{name}-{colour}/1",
        name=f"{name}-{colour}",
        host=host(colour, name),
        kind="application",
        state="active",
        cluster=f"eks-{colour}",
        groups=(TargetGroup(name="web", states={"healthy": 2}),),
    )
    return made.model_copy(update=changes)


def cluster(colour: Colour) -> Cluster:
    return Cluster(
        name=f"eks-{colour}",
        arn=f"arn:aws:eks:eu-west-1:1:cluster/eks-{colour}",
        endpoint=f"https://{colour}.eks.amazonaws.com",
        certificate_authority="QQ==",
        version="1.35",
        oidc_provider_arn="arn",
        oidc_issuer="issuer",
        security_group_id="sg-1",
    )


def kube(colour: Colour, names: Sequence[str] = ("web.example.com",)) -> KubeView:
    return KubeView(
        version="v1.35.4",
        nodes=(Node(name="node-1", ready=True),),
        workloads=(Workload(name="deployment kube-system/coredns", wanted=2, available=2),),
        live_writers=("live-external-dns-public-1",) if colour == "blue" else (),
        published=tuple(it for name in names for it in published(name, host(colour))),
        asked=asked(*names),
    )


def colour_view(colour: Colour, **changes: object) -> ColourView:
    made = ColourView(
        colour=colour,
        state=StackState(name=colour, exists=True, resources=90),
        report=WriterReport(running=colour == "blue", term=2, names=NAMES[colour]),
        cluster=cluster(colour),
        kube=kube(colour),
        eks=EksView(
            status="ACTIVE",
            version="1.35",
            addons=(Addon(name="coredns", version="v1", status="ACTIVE"),),
        ),
    )
    return made.model_copy(update=changes)


def shared_view(**changes: object) -> SharedView:
    made = SharedView(
        state=StackState(name="shared", exists=True, resources=40),
        configured=Assignment(active="blue"),
        listed=COLOURS,
        live_writer=LiveWriter(colour="blue", term=2),
        api=Api(cname="blue.eks.amazonaws.com", txt="eks-blue"),
        zones=ZONES,
    )
    return made.model_copy(update=changes)


def api_records(cname: str = "blue.eks.amazonaws.com", txt: str = '"eks-blue"') -> list[Record]:
    return [
        record("api.example.net", cname, zone="api", kind="CNAME", owner=None),
        record("eks.example.net", txt, zone="api", kind="TXT", owner=None),
    ]


def snapshot(
    *,
    shared: Mapping[str, object] | None = None,
    blue: Mapping[str, object] | None = None,
    green: Mapping[str, object] | None = None,
    records: Sequence[Record] | None = None,
    balancers: Sequence[LoadBalancer] | None = None,
) -> Snapshot:
    if records is None:
        records = [*live_set("web.example.com", host("blue")), *api_records()]
    if balancers is None:
        balancers = [balancer(colour) for colour in COLOURS]
    return Snapshot(
        day=DAY,
        shared=shared_view(**(shared or {})),
        colours=(colour_view("blue", **(blue or {})), colour_view("green", **(green or {}))),
        records=(*records, *(claim(it) for it in records if it.owner)),
        balancers=tuple(balancers),
    )
