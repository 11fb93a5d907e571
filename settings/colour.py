"""Settings of a colour's stack (`Pulumi.blue.yaml`, `Pulumi.green.yaml`)."""

import ipaddress
from collections.abc import Iterable
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, field_validator

from catalogue.addons import LINES, SECTIONS, installed_with
from catalogue.minors import KubernetesVersion
from settings.addons import AddonSettings, Load, load_addons
from settings.arns import Boundary
from settings.charts import ChartSource
from settings.keda import Keda, check_minor
from settings.model import Matching, Region, Settings, distinct, expected, range_of
from settings.monitoring import Monitoring
from settings.names import PLATFORM_NAMESPACES, Colour
from settings.node_groups import GroupName, NodeGroup
from settings.nodes import Nodes, choice_mistakes
from settings.reserve import Reserve
from settings.reserve_room import room_mistakes
from settings.tags import Tags

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]

UpgradePolicy = Literal["EXTENDED", "STANDARD"]

# What CloudWatch Logs takes, but for 0, which would keep logs (and their cost) for ever.
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip

_MAX_CIDRS = 40
"""EKS: public access CIDR ranges per cluster. A security group takes 60 rules, some for the VPC."""

_WIDEST_CIDR = 8
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")

# EKS: https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html; which they are:
# https://www.iana.org/assignments/iana-ipv4-special-registry/ and multicast.
_RESERVED = (
    "0.0.0.0/8", *_PRIVATE, "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip

Namespace = Annotated[
    str,
    Matching(
        r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?",
        "a Kubernetes namespace: at most 63 of a-z, 0-9 and -, no - first or last",
    ),
]


def _check_public_cidr(value: str) -> str:
    network = _network(value, "192.0.2.0/24")
    reserved = any(network.overlaps(ipaddress.IPv4Network(it)) for it in _RESERVED)
    if reserved and not _is_documentation(network):
        raise expected("a public range: EKS refuses private and reserved ones here")
    return value


def _check_private_cidr(value: str) -> str:
    if not _is_within(_network(value, "10.50.0.0/16"), _PRIVATE):
        raise expected(f"a range within {', '.join(_PRIVATE)}; public ones go to publicCidrs")
    return value


def _network(value: str, example: str) -> ipaddress.IPv4Network:
    network = range_of(value)
    if network is None:
        raise expected(f"an IPv4 range such as {example}, its host bits zero")
    if network.prefixlen < _WIDEST_CIDR:
        raise expected(f"a range of /{_WIDEST_CIDR} or narrower, not half the internet")
    return network


def _is_documentation(network: ipaddress.IPv4Network) -> bool:
    return _is_within(network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))


def _is_within(network: ipaddress.IPv4Network, ranges: Iterable[str]) -> bool:
    return any(network.subnet_of(ipaddress.IPv4Network(it)) for it in ranges)


PublicCidr = Annotated[str, AfterValidator(_check_public_cidr)]
PrivateCidr = Annotated[str, AfterValidator(_check_private_cidr)]


def _few(ranges: tuple[str, ...]) -> tuple[str, ...]:
    if len(ranges) > _MAX_CIDRS:
        raise expected(f"at most {_MAX_CIDRS} ranges")
    return distinct(ranges)


class Endpoint(Settings):
    """Who may reach the API server. From inside the VPC it always answers."""

    public: bool = False
    """Answer from the internet too. Off: the fewer doors, the fewer to watch."""

    public_cidrs: tuple[PublicCidr, ...] = ()
    """Internet ranges let in when `public` is true."""

    private_cidrs: tuple[PrivateCidr, ...] = ()
    """Ranges of networks outside the VPC that reach it privately (VPN, peering, transit gateway)
    and are let in. The VPC's own ranges always are."""

    @field_validator("public_cidrs")
    @classmethod
    def _check_cidrs(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        public = info.data.get("public")
        if public and not value:
            raise expected("at least one range, since endpoint.public is true")
        if public is False and value:
            raise expected("no ranges, since endpoint.public is false")
        return _few(value)

    _few_private = field_validator("private_cidrs")(_few)


_SERVICES = (12, 24)
_RFC_1918 = _PRIVATE[:3]


def _check_service_cidr(value: str) -> str:
    network = range_of(value)
    widest, narrowest = _SERVICES
    if network is None or not widest <= network.prefixlen <= narrowest:
        raise expected(
            f"an IPv4 range of /{widest} to /{narrowest} such as 172.20.0.0/16, its host bits zero"
        )
    if not _is_within(network, _RFC_1918):
        raise expected(f"a range within {', '.join(_RFC_1918)}")
    return value


# EKS: https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html
ServiceCidr = Annotated[str, AfterValidator(_check_service_cidr)]


class Logging(Settings):
    """Control plane logs."""

    types: tuple[LogType, ...] = get_args(LogType)
    """Logs to keep; all by default: what was not kept cannot be read after an incident."""

    retention_days: RetentionDays = 90
    """Days that CloudWatch keeps them."""

    keep: bool = True
    """Keep control plane and pod logs for these days also when the colour is retired: their log
    groups stay, and the next cluster of the colour goes on with them. Off: they go with it. Takes
    effect with the next `pulumi up` of the colour."""

    _distinct = field_validator("types")(distinct)


class Access(Settings):
    """What people may do."""

    debug_namespaces: tuple[Namespace, ...] = ()
    """Namespaces where the debugmode group may exec, attach and forward ports. Empty: none.
    Never the platform's own: a shell in a pod there is root on its node."""

    _distinct = field_validator("debug_namespaces")(distinct)

    @field_validator("debug_namespaces")
    @classmethod
    def _check_theirs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        ours = [name for name in value if name in PLATFORM_NAMESPACES]
        if ours:
            raise expected("namespaces of applications", f"the platform's own: {', '.join(ours)}")
        return value


class ExternalDns(Settings):
    """The DNS writers."""

    interval_seconds: int = Field(default=60, ge=10, le=3600)
    """Seconds between two full passes. A pass over 1,000 names makes at least 22 Route 53
    calls, of 5 a second that the whole account may make."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much the writers log."""


_SECRET_NAME = 512
_LEVELS = 15


def _check_folder(value: str) -> str:
    if value.lower().startswith(("aws", "ssm")):
        raise expected("another folder: Parameter Store keeps those that begin with aws or ssm")
    if len(value) >= _SECRET_NAME:
        raise expected(
            f"at most {_SECRET_NAME - 1} characters: Secrets Manager takes {_SECRET_NAME} of a name"
        )
    if value.count("/") >= _LEVELS:
        raise expected(
            f"at most {_LEVELS - 1} folders: Parameter Store takes {_LEVELS} levels of a name"
        )
    return value


Folder = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/",
        "a folder such as eks-platform/: letters, digits and _ . - /, no / first, one last",
    ),
    AfterValidator(_check_folder),
]
"""Of secrets, by https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html,
and of parameters, by
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html."""


class ExternalSecrets(Settings):
    """Secrets that workloads may ask for."""

    prefix: Folder = "eks-platform/"
    """Folder of the secrets and parameters that External Secrets may read, both in Secrets
    Manager and, with a / before it, in Parameter Store, which keeps aws… and ssm… for itself. The
    same for both colours."""


class ColourSettings(Settings):
    """What `Pulumi.blue.yaml` and `Pulumi.green.yaml` may say."""

    colour: Colour = Field(alias="pulumi:stack")
    """The stack's name; not a key of the file."""

    secret_addons: bool = Field(default=False, alias="pulumi:secretAddons")
    """Whether something of `addons` is secret; not a key of the file. The engine says it of the
    whole key alone."""

    region: Region = Field(alias="aws:region")
    """AWS region of the platform, the same as the shared stack's."""

    kubernetes_version: KubernetesVersion
    """Kubernetes minor, in quotes."""

    upgrade_policy: UpgradePolicy = "EXTENDED"
    """What EKS does on the day on which standard support of the minor ends. `EXTENDED`: it goes on,
    at the price of extended support. `STANDARD`: AWS upgrades the control plane in place, at a time
    of its own, and neither nodes nor add-ons with it, which this platform otherwise never does;
    `kubernetesVersion` has to be set to the minor that runs then."""

    endpoint: Endpoint = Endpoint()
    """Who may reach the API server."""

    service_cidr: ServiceCidr | None = None
    """IPv4 range of the cluster's Services, apart from the VPC and from networks that pods must
    reach. Absent: 172.20.0.0/16, or where the VPC or `endpoint.privateCidrs` overlap it,
    10.100.0.0/16, or another /16. A cluster keeps what it got."""

    logging: Logging = Logging()
    """Control plane logs."""

    node_groups: dict[GroupName, NodeGroup]
    """Node groups by name; at least one on demand without taints, for what must always run."""

    nodes: Nodes = Nodes()
    """What makes nodes as pods need them."""

    reserve: Reserve = Reserve()
    """Room on nodes that a burst finds at once."""

    access: Access = Access()
    """What people may do."""

    isolate_namespaces: bool = False
    """Let nothing reach pods in the platform's own namespaces but what must, by network policies.
    Not those of kube-system, nor pods on their node's own network. Try it on the idle colour."""

    external_dns: ExternalDns = ExternalDns()
    """The DNS writers."""

    external_secrets: ExternalSecrets = ExternalSecrets()
    """Secrets that workloads may ask for."""

    keda: Keda | None = None
    """Scaling by queues, metrics of CloudWatch and Prometheus, and times of day: what KEDA may read
    of AWS; `{}` for nothing. Absent: it is not installed."""

    monitoring: Monitoring | None = None
    """CloudWatch alarms and a dashboard of the cluster; `{}` for all of them. Absent: none."""

    addons: dict[str, AddonSettings] = Field(
        default_factory=dict[str, AddonSettings],
        json_schema_extra={"propertyNames": {"enum": [*sorted(LINES)]}},
    )
    """Add-ons by name that are switched off or get other values; all are on by default, but for
    those of the autoscaler that `nodes` does not choose."""

    charts: ChartSource = "./charts"
    """Where Helm charts are taken from: a folder beside the stack files, which `bluegreen charts`
    fills and `charts.lock` pins; or `public`, the repositories that publish them. Those are then
    needed at every `pulumi up`, so for a switch, its way back and a retirement too."""

    deletion_protection: bool = True
    """Refuse to delete the cluster. Turned off to retire a colour."""

    permissions_boundary: Boundary | None = None
    """IAM policy beyond which no role that this stack makes may go. Absent: none."""

    tags: Tags = Field(default_factory=dict[str, str])
    """Tags for every AWS resource, beside the program's own."""

    @property
    def enabled_addons(self) -> frozenset[str]:
        """Names of the add-ons that are installed."""
        off = {name for name, it in self.addons.items() if not it.enabled}
        asked = {it for it in SECTIONS if getattr(self, it) is not None}
        return installed_with(self.nodes.autoscaler, asked) - off

    @field_validator("addons", mode="wrap")
    @classmethod
    def _load_addons(cls, value: object, load: Load, info: ValidationInfo) -> object:
        nodes = info.data.get("nodes")
        # Also where `nodes` is wrong, its choice may be known: then all is said at once.
        choice = nodes.autoscaler if nodes else (info.context or {}).get("autoscaler")
        return load_addons(
            value,
            load,
            info.data.get("kubernetes_version"),
            autoscaler=choice,
            sections=(info.context or {}).get("sections", frozenset())
            | {it for it in SECTIONS if info.data.get(it) is not None},
        )

    @field_validator("nodes")
    @classmethod
    def _check_choice(cls, value: Nodes, info: ValidationInfo) -> Nodes:
        minor, groups = info.data.get("kubernetes_version"), info.data.get("node_groups")
        if wrong := list(choice_mistakes(value, minor, groups)):
            raise ValidationError.from_exception_data("nodes", wrong)
        return value

    @field_validator("reserve")
    @classmethod
    def _check_reserve(cls, value: Reserve, info: ValidationInfo) -> Reserve:
        groups, nodes = info.data.get("node_groups"), info.data.get("nodes")
        is_kept = bool((info.context or {}).get("reserve"))
        if is_kept and groups and nodes and (wrong := list(room_mistakes(value, groups, nodes))):
            raise ValidationError.from_exception_data("reserve", wrong)
        return value

    @field_validator("keda")
    @classmethod
    def _check_keda(cls, value: Keda | None, info: ValidationInfo) -> Keda | None:
        if value is not None:
            check_minor(info.data.get("kubernetes_version"))
        return value

    @field_validator("node_groups")
    @classmethod
    def _check_groups(cls, value: dict[str, NodeGroup]) -> dict[str, NodeGroup]:
        if not any(g.capacity == "on-demand" and not g.taints for g in value.values()):
            raise expected("at least one on-demand group without taints, for what must always run")
        return value
