"""What was seen of the platform at one moment: plain values, ready to be judged or printed.

Everything here comes from the stacks and the world (Route 53, EKS, the API servers, the load
balancers). The command keeps no state of its own. Host names and record names are lower case,
without a final dot.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from bluegreen.publishing.endpoint import Kind
from catalogue.support import today
from eks_platform_contract.outputs import Cluster, Zones
from handover.assignment import NOBODY, Assignment
from handover.live_writer import LiveWriter, WriterReport
from handover.writers import owner_id
from settings.names import COLOURS, Colour, cluster_name
from settings.shared import WARM_PERCENT

ZoneKind = Literal["public", "private", "api"]

RecordKey = tuple[ZoneKind, str, str, str]
"""Kind of zone, name, type and set identifier of a record set."""

ADDRESS_TYPES = ("A", "AAAA", "CNAME")
"""Record types that lead to a load balancer."""


class JsonModel(BaseModel):
    """Base: frozen, camelCase in JSON."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, frozen=True
    )


class Lock(JsonModel):
    """An update that holds a stack.

    Attributes:
        holder: ``USER@HOST (pid N)`` of a file or bucket backend; Pulumi Cloud does not say who.
        since: ISO time; empty where it is not known.
        dead: its process is proven to be gone, or the operator says so.
        alive: its process is proven to live. Of a lock that is neither, nothing is known.
        by_word: it is dead by the operator's word alone.
    """

    holder: str
    since: str = ""
    dead: bool
    alive: bool = False
    by_word: bool = Field(default=False, exclude=True)

    @property
    def in_words(self) -> str:
        """Who holds it since when, in words."""
        return f"{self.holder} since {self.since}" if self.since else self.holder

    @property
    def is_for_operator(self) -> bool:
        """Whether nobody but the operator can say if it is dead, and can name it alone."""
        return bool(self.since) and not self.dead and not self.alive


class StackState(JsonModel):
    """The engine's state of one stack.

    Attributes:
        name: stack name.
        exists: whether the backend knows it.
        resources: how many it holds.
        pending: operations that were begun and have not ended, in words.
        locks: updates that hold it.
        locks_read: whether they can be seen; of some backends they cannot.
    """

    name: str
    exists: bool = False
    resources: int = 0
    pending: tuple[str, ...] = ()
    locks: tuple[Lock, ...] = ()
    locks_read: bool = True

    @property
    def interrupted(self) -> tuple[str, ...]:
        """Pending operations that no update is known to be doing right now."""
        return () if any(not lock.dead for lock in self.locks) else self.pending


class Api(JsonModel):
    """Output `api` of the shared stack: what the API records say."""

    cname: str
    txt: str


class NodeKind(JsonModel):
    """Nodes of one kind, for what they cost.

    Attributes:
        kind: instance type; empty where it is not known.
        count: how many.
        spot: whether they are bought as spot.
        disk_gib: root volume of each in GiB; None where it is not known.
    """

    kind: str
    count: int
    spot: bool = False
    disk_gib: int | None = None


class SharedItems(JsonModel):
    """What the shared stack has that AWS charges for by the hour.

    Attributes:
        nat_gateways: NAT gateways.
        public_addresses: public IPv4 addresses.
        hosted_zones: hosted zones that it has made.
        instances: instances of the bastion.
    """

    nat_gateways: int = 0
    public_addresses: int = 0
    hosted_zones: int = 0
    instances: tuple[NodeKind, ...] = ()


class SharedView(JsonModel):
    """The shared stack.

    Attributes:
        state: the engine's state.
        configured: who is to write what, by the stack file.
        listed: eks-platform:colours in it.
        forgotten: eks-platform:forgetColours in it.
        live_writer: output `liveWriter`, None before the first update.
        charged: what it has that AWS charges for by the hour.
        warm_percent: eks-platform:switch.warmPercent in the stack file.
        api: output `api`.
        zones: output `zones`, None before the first update.
    """

    state: StackState
    configured: Assignment = NOBODY
    listed: tuple[Colour, ...] = ()
    forgotten: tuple[Colour, ...] = ()
    live_writer: LiveWriter | None = None
    charged: SharedItems | None = None
    warm_percent: int = WARM_PERCENT
    api: Api | None = None
    zones: Zones | None = None

    @property
    def assigned(self) -> Assignment:
        """Who may write what, by the stack's outputs."""
        return self.live_writer.assignment if self.live_writer else NOBODY

    @property
    def active(self) -> Colour | None:
        """The colour that the stack's outputs name."""
        return self.live_writer.colour if self.live_writer else None


class Node(JsonModel):
    """A node.

    Attributes:
        name: its name.
        ready: whether it is Ready.
        passing: it has just joined, is about to go, or AWS may take it at any time, as spot: that
            it is not Ready says nothing of the cluster.
        kind: its instance type; empty where it does not say.
        spot: whether it was bought as spot.
        disk_gib: its root volume in GiB; None where it does not say.
    """

    name: str
    ready: bool
    passing: bool = False
    kind: str = ""
    spot: bool = False
    disk_gib: int | None = None


class Workload(JsonModel):
    """A Deployment or DaemonSet of the platform.

    Attributes:
        name: ``KIND NAMESPACE/NAME``.
        wanted: pods.
        available: pods.
        live_writer: whether it is a live DNS writer, which a switch itself stops and starts.
        reserve: whether its pods give way to all others, and so may be pending by design.
    """

    name: str
    wanted: int
    available: int
    live_writer: bool = False
    reserve: bool = False


class Published(JsonModel):
    """A record set that a cluster's live DNS writer wants to write.

    Where objects ask for the same with different targets there are several of one name and type.

    Attributes:
        zone: kind of its zone.
        name: DNS name.
        type: A, AAAA or CNAME.
        hosts: load balancers, or other targets, that it leads to.
        alias: whether it is an alias.
        ttl: seconds that an annotation says; 0 for none.
        set_identifier: annotation of that name, or empty.
        simple: whether it has no routing policy, nor anything else that the model leaves open.
        own_target: whether an annotation says the targets, as for a CDN: not the load balancer.
        resource: the object that its ownership record names.
        sources: objects that ask for it, ``ingress/NAMESPACE/NAME``.
    """

    zone: ZoneKind
    name: str
    type: Kind = "A"
    hosts: tuple[str, ...]
    alias: bool = True
    ttl: int = 0
    set_identifier: str = ""
    simple: bool = True
    own_target: bool = False
    resource: str = ""
    sources: tuple[str, ...]

    @property
    def key(self) -> "RecordKey":
        """What Route 53 tells record sets apart by."""
        return self.zone, self.name, self.type, self.set_identifier


class RequestedName(JsonModel):
    """A name that an object asks for, whether it has a load balancer or not.

    Attributes:
        zone: kind of its zone.
        name: full DNS name.
        source: the object, ``ingress/NAMESPACE/NAME``.
        why_not: why the DNS writers do not write it, in words; empty where they do.
    """

    zone: ZoneKind
    name: str
    source: str
    why_not: str = ""


class Balanced(JsonModel):
    """An Ingress or a Service of type LoadBalancer that has its load balancer.

    Attributes:
        source: the object, ``ingress/NAMESPACE/NAME``.
        hosts: load balancers in its status.
    """

    source: str
    hosts: tuple[str, ...]


class KubeView(JsonModel):
    """What an API server answered.

    Attributes:
        error: why it did not; the rest is empty then.
        version: for example ``v1.34.4``.
        nodes: all of them.
        workloads: Deployments and DaemonSets of the platform's namespaces.
        live_writers: names of pods that write live names.
        published: record sets of live names that it wants.
        asked: live names that its objects ask for.
        own: the same of the cluster's own names.
        balanced: what has a load balancer, with a name or without.
    """

    error: str = ""
    version: str = ""
    nodes: tuple[Node, ...] = ()
    workloads: tuple[Workload, ...] = ()
    live_writers: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()
    asked: tuple[RequestedName, ...] = ()
    own: tuple[RequestedName, ...] = ()
    balanced: tuple[Balanced, ...] = ()


class Addon(JsonModel):
    """An EKS add-on."""

    name: str
    version: str
    status: str


class EksView(JsonModel):
    """What EKS says of the cluster.

    Attributes:
        status: ``ACTIVE`` when it serves.
        version: the minor that the control plane runs.
        upgrade_policy: STANDARD or EXTENDED; empty where EKS does not say it.
        addons: its add-ons.
        created: when it was made, ISO time in UTC; empty where EKS does not say.
    """

    status: str
    version: str
    upgrade_policy: str = ""
    created: str = ""
    addons: tuple[Addon, ...] = ()


class ColourView(JsonModel):
    """One colour.

    Attributes:
        colour: its colour.
        state: the engine's state of its stack.
        report: output `liveWriters`.
        cluster: output `cluster`, None where it has not come up or is destroyed.
        addons: add-on of the program → its version, by the stack.
        kube: its API server, None without a cluster.
        eks: EKS's view, None where EKS knows no such cluster.
        leaving: whether its destroy has begun (or its first update did not end), so that its API
            server may be gone.
    """

    colour: Colour
    state: StackState
    report: WriterReport | None = None
    cluster: Cluster | None = None
    addons: Mapping[str, str] = Field(default_factory=dict[str, str])
    kube: KubeView | None = None
    eks: EksView | None = None
    leaving: bool = False

    @property
    def writing(self) -> tuple[str, ...]:
        """Pods that write live names."""
        return self.kube.live_writers if self.kube else ()


class Record(JsonModel):
    """A record set.

    Attributes:
        zone: kind of its zone.
        name: DNS name.
        type: for example ``A``.
        targets: host names of an alias or CNAME; values of others.
        alias: whether it is an alias.
        ttl: seconds; 0 for an alias.
        set_identifier: of one with a routing policy, or empty.
        owner: owner id of its TXT in ExternalDNS's registry, or None.
        owner_records: names of the TXT record sets that say so.
        claims: of a TXT of the registry: the owner that it says, perhaps an empty one; of other
            record sets None.
    """

    zone: ZoneKind
    name: str
    type: str
    targets: tuple[str, ...]
    alias: bool = False
    ttl: int = 0
    set_identifier: str = ""
    owner: str | None = None
    owner_records: tuple[str, ...] = ()
    claims: str | None = None

    @property
    def key(self) -> "RecordKey":
        """What Route 53 tells record sets apart by."""
        return self.zone, self.name, self.type, self.set_identifier


class RemovedUse(JsonModel):
    """An object of a cluster that was written as an API version which a later minor lacks.

    Attributes:
        name: ``kind/NAMESPACE/NAME``, by which it is waived.
        namespace: its namespace; empty where it has none.
        api_version: such as ``networking.k8s.io/v1beta1``.
        removed_in: the first minor that does not serve it.
        instead: the version to use; empty where none is known.
        owner: Helm release, owning object or field manager that wrote it, in words.
    """

    name: str
    namespace: str
    api_version: str
    removed_in: str
    instead: str
    owner: str


class RemovedUses(JsonModel):
    """What a cluster uses of APIs that a later minor lacks.

    Attributes:
        objects: objects, and those of Helm releases' manifests.
        requested: what clients asked for since the API server started, in words.
        not_seen: what could not be looked at, and why.
    """

    objects: tuple[RemovedUse, ...] = ()
    requested: tuple[str, ...] = ()
    not_seen: tuple[str, ...] = ()


class TargetGroup(JsonModel):
    """Targets behind a load balancer, by state (``healthy``, ``unhealthy``, ``initial`` …)."""

    name: str
    states: Mapping[str, int]


class LoadBalancer(JsonModel):
    """A load balancer that a cluster's controller made.

    Attributes:
        arn: its ARN.
        name: its name.
        host: its DNS name.
        kind: application or network.
        state: ``active`` when it serves.
        cluster: EKS cluster that its tags name.
        groups: its target groups.
    """

    arn: str
    name: str
    host: str
    kind: str
    state: str
    cluster: str
    groups: tuple[TargetGroup, ...] = ()


class Snapshot(JsonModel):
    """The platform at one moment.

    Attributes:
        day: the moment's day in UTC, as EKS counts support.
        shared: the shared stack.
        colours: one view of each colour.
        records: record sets of the zones.
        balancers: load balancers of both clusters.
    """

    day: date = Field(default_factory=today)
    shared: SharedView
    colours: tuple[ColourView, ...]
    records: tuple[Record, ...] = ()
    balancers: tuple[LoadBalancer, ...] = ()

    @property
    def states(self) -> tuple[StackState, ...]:
        """The engine's states of all stacks."""
        return (self.shared.state, *(view.state for view in self.colours))

    def colour(self, colour: Colour) -> ColourView:
        """View of a colour; there is one of each."""
        return next(view for view in self.colours if view.colour == colour)

    def balancers_of(self, colour: Colour) -> tuple[LoadBalancer, ...]:
        """Load balancers of a colour's cluster."""
        return tuple(b for b in self.balancers if b.cluster == cluster_name(colour))

    def unwatched(self, colour: Colour) -> Mapping[str, tuple[str, ...]]:
        """Object of a colour → hosts in its status of none of the colour's load balancers."""
        kube = self.colour(colour).kube
        seen = {balancer.host for balancer in self.balancers_of(colour)}
        return {
            item.source: unseen
            for item in (kube.balanced if kube else ())
            if (unseen := tuple(host for host in item.hosts if host not in seen))
        }

    def live_records(self) -> Iterator[Record]:
        """Record sets that live DNS writers own."""
        owners = live_owners(self.shared.zones) if self.shared.zones else {}
        for record in self.records:
            if record.owner is not None and record.owner == owners.get(record.zone):
                yield record

    def colour_of_host(self, host: str) -> Colour | None:
        """The colour whose load balancer has this host name, or None."""
        for balancer in self.balancers:
            for colour in COLOURS:
                if balancer.host == host and balancer.cluster == cluster_name(colour):
                    return colour
        for view in self.colours:
            named = (*view.kube.published, *view.kube.balanced) if view.kube else ()
            if any(host in it.hosts for it in named):
                return view.colour
        return None


def live_owners(zones: Zones) -> dict[ZoneKind, str]:
    """TXT owner id of the live DNS writers by kind of zone."""
    return {
        "public": owner_id(zones.public.name, live=True),
        "private": owner_id(zones.private.name, live=True),
    }


def other_colour(colour: Colour) -> Colour:
    """The other colour."""
    return next(c for c in COLOURS if c != colour)
