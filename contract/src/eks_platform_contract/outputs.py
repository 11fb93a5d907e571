"""The stacks' outputs as types: the one place that both their writers and their readers use.

A change here is a change of the contract: `python -m eks_platform_contract.schema` says which
step of the version it needs.
"""

from enum import StrEnum
from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from eks_platform_contract.kubeconfig import Kubeconfig
from eks_platform_contract.names import Colour
from eks_platform_contract.version import CONTRACT, ContractError, require_readable

SECRET = "x-secret"  # noqa: S105 - a keyword of JSON Schema
"""In a field's JSON Schema: the output is secret, and stays so in every reader's hands."""


class Output(BaseModel):
    """An exported object: camelCase keys, unknown ones ignored so that more can be added."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
    )


class Network(Output):
    """The VPC and its subnets."""

    vpc_id: str
    """Id of the VPC."""

    vpc_cidr: str
    """Its first IPv4 range."""

    vpc_cidrs: tuple[str, ...] = ()
    """All of its IPv4 ranges."""

    pod_cidr: str | None = None
    """IPv4 range around the private subnets, so around nodes and pods: one of the VPC's or, where
    they lie in several, the narrowest one around these."""

    public_subnet_ids: tuple[str, ...]
    """Three, for internet-facing load balancers."""

    private_subnet_ids: tuple[str, ...]
    """Three, for control plane, nodes, pods and internal load balancers."""


class Zone(Output):
    """A hosted zone."""

    id: str
    """Route 53 id, without `/hostedzone/`."""

    name: str
    """DNS name, without a final dot."""

    arn: str
    """ARN, for policies."""

    delegated: tuple[str, ...] = ()
    """Full names below it that have name servers of their own. Added in version 1.3."""


class Zones(Output):
    """The hosted zones."""

    public: Zone
    """Public names of applications."""

    private: Zone
    """Private names of applications, answered inside the VPC."""

    api: Zone
    """Names of the active API server and cluster."""


class HumanRoles(Output):
    """ARNs of the IAM roles that people take on."""

    admin: str
    """May do everything."""

    readwrite: str
    """May change what runs in namespaces."""

    readonly: str
    """May look at everything but secrets."""


class PipelineRoles(Output):
    """Roles of pipelines that clusters let in, by ARN; between the platform's own stacks."""

    preview: str | None = None
    """Looks at what runs in namespaces, but at no secret."""

    drift: str | None = None
    """Looks at everything."""

    up: dict[str, str] = Field(default_factory=dict[str, str])
    """Changes everything, by the colour on whose cluster alone it may."""


class Api(Output):
    """The names by which people reach the active cluster."""

    endpoint: str
    """URL of the API server that stays the same through switches."""

    cname: str
    """Host that the CNAME of the stable name gives: the active cluster's API server."""

    txt: str
    """What the TXT record gives: the active cluster's EKS name."""


class Bastion(Output):
    """A way into the VPC, through Session Manager."""

    auto_scaling_group: str
    """Auto Scaling group of its one instance."""

    proxy_port: int
    """Port on the instance's loopback of an HTTP proxy (CONNECT, to port 443 alone)."""


class Canary(Output):
    """Live names that have a writer of their own."""

    model_config = ConfigDict(extra="forbid")

    colour: Colour | None = None
    """The colour that may write them; absent for none."""

    names: tuple[str, ...]
    """Full names in lower case, without a final dot, sorted."""


class LiveWriter(Output):
    """Which colour may write which live names: the shared stack's word to the colours.

    It is between the platform's own stacks (`handover.live_writer` has its rules); others should
    look at `activeColour`.
    """

    model_config = ConfigDict(extra="forbid")

    colour: Colour | None = None
    """The colour that may write all live names but the canary's; absent for none."""

    canary: Canary | None = None
    """Names that `colour` does not write; absent for none."""

    term: int
    """Grows by one with each change of `colour` or `canary`; 1 or more."""

    unconfirmed: tuple[Colour, ...] = ()
    """Colours that may still write names that they may not any more."""


class Cluster(Output):
    """An EKS cluster."""

    name: str
    """EKS cluster name."""

    arn: str
    """Its ARN."""

    endpoint: str
    """URL of the API server."""

    certificate_authority: str
    """Base64 of the PEM that signs the API server's certificate."""

    version: str
    """Kubernetes minor, for example `1.34`."""

    oidc_provider_arn: str
    """IAM OIDC provider for workload roles."""

    oidc_issuer: str
    """Its issuer, without `https://`."""

    security_group_id: str
    """The cluster's own security group."""

    service_cidr: str | None = None
    """IPv4 range of its Services."""


class Nodes(Output):
    """The worker nodes."""

    role_arn: str
    """IAM role of every node."""

    security_group_id: str
    """Security group of every node: let it in where pods must reach something."""

    groups: dict[str, str]
    """Auto Scaling group of each node group, by the node group's name."""


class WriterReport(Output):
    """What a colour says of its live DNS writers; between the platform's own stacks."""

    model_config = ConfigDict(extra="forbid")

    running: bool
    """Whether its live DNS writers may run; false once their pods are gone."""

    term: int
    """Term of the `LiveWriter` that the colour acted on."""

    names: str | None = None
    """The live names that this term lets it write, in words (`LiveNames`): no pod of it writes
    another."""


class OwnerIds(Output):
    """TXT owner ids: whose a DNS record is, for ExternalDNS."""

    public: str
    """Of the cluster's own public names."""

    private: str
    """Of the cluster's own private names."""

    live_public: str
    """Of the live public names; the same for both colours."""

    live_private: str
    """Of the live private names; the same for both colours."""


class Dns(Output):
    """The cluster's own names."""

    public: str
    """Domain of its public names, for example `eks-blue.devinfra.fr`."""

    private: str
    """Domain of its private names."""

    owner_ids: OwnerIds
    """TXT owner ids."""


VersionText = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$")]


class SharedOutputs(Output):
    """Outputs of the stack `shared`."""

    contract_version: VersionText = str(CONTRACT)
    """Version of the contract that these outputs follow."""

    network: Network
    """VPC of the platform, with its subnets."""

    zones: Zones
    """Hosted zones of the platform."""

    human_roles: HumanRoles
    """IAM roles that people take on, by kind of person."""

    aws_profile: str | None = None
    """AWS profile that kubeconfigs name; absent: whatever the environment says."""

    colours: tuple[Colour, ...]
    """Colours whose cluster stood when this stack last came up."""

    active_colour: Colour | None = None
    """Colour that production names point at; absent: none, as halfway through a switch."""

    api: Api | None = None
    """The names by which people reach the active cluster; absent while none is active."""

    kubeconfig: Kubeconfig | None = None
    """Kubeconfig that stays the same through switches; absent until a cluster stands."""

    live_writer: LiveWriter
    """Which colour may write live names; between the platform's own stacks."""

    pipeline_roles: PipelineRoles | None = None
    """IAM roles of pipelines that clusters let in; absent without pipelines."""

    bastion: Bastion | None = None
    """The way into the VPC; absent without `eks-platform:bastion`. Added in version 1.4."""


class ColourOutputs(Output):
    """Outputs of a colour's stack, `blue` or `green`."""

    contract_version: VersionText = str(CONTRACT)
    """Version of the contract that these outputs follow."""

    cluster: Cluster
    """The EKS cluster."""

    nodes: Nodes
    """Its worker nodes."""

    dns: Dns
    """Its own names."""

    kubeconfig: Kubeconfig
    """Kubeconfig of this cluster, whichever colour is active."""

    live_writers: WriterReport
    """What it says of its live DNS writers; between the platform's own stacks."""


class SharedOutput(StrEnum):
    """Names of the shared stack's outputs."""

    CONTRACT_VERSION = "contractVersion"
    NETWORK = "network"
    ZONES = "zones"
    HUMAN_ROLES = "humanRoles"
    AWS_PROFILE = "awsProfile"
    COLOURS = "colours"
    ACTIVE_COLOUR = "activeColour"
    API = "api"
    KUBECONFIG = "kubeconfig"
    LIVE_WRITER = "liveWriter"
    PIPELINE_ROLES = "pipelineRoles"
    BASTION = "bastion"


class ColourOutput(StrEnum):
    """Names of a colour's outputs."""

    CONTRACT_VERSION = "contractVersion"
    CLUSTER = "cluster"
    NODES = "nodes"
    DNS = "dns"
    KUBECONFIG = "kubeconfig"
    LIVE_WRITERS = "liveWriters"


Outputs = TypeVar("Outputs", SharedOutputs, ColourOutputs)


def read(kind: type[Outputs], values: object, where: str) -> Outputs:
    """Outputs as another program got them, for example from ``pulumi stack output --json``.

    Args:
        kind: `SharedOutputs` or `ColourOutputs`.
        values: all outputs of the stack, by name.
        where: what messages call the stack, for example ``stack shared``.

    Raises:
        ContractError: they are of another major version, or not what the version says.
    """
    if not isinstance(values, dict):
        raise ContractError(f"{where}: the outputs are no JSON object")
    require_readable(values.get("contractVersion"), where)  # pyright: ignore[reportUnknownMemberType]
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()
        )
        raise ContractError(f"{where} has other outputs than its version says: {wrong}") from None


def secret_names(kind: type[BaseModel]) -> frozenset[str]:
    """Names of a stack's outputs that are secret."""
    properties = kind.model_json_schema()["properties"]
    return frozenset(name for name, field in properties.items() if field.get(SECRET))
