"""What an add-on says of itself: data, and pure functions of the cluster that it runs on.

`components.addon_stack.installation` alone makes resources of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

import pulumi

from catalogue.addons import Line
from components.addon_stack.args import AddonArgs
from components.certificates import Certificate, Issued
from components.interruption_queue import Interruptions
from components.policy import Statement
from eks_platform_contract.outputs import Zones
from handover.live_names import LiveNames
from settings.colour import ColourSettings
from settings.node_groups import NodeGroup

Values: TypeAlias = Mapping[str, object]
"""Values of a chart; Outputs may stand anywhere in them."""

SYSTEM_NAMESPACE = "kube-system"
"""Namespace that every cluster has."""


class Phase(IntEnum):
    """When an add-on is made. Each phase waits for all of the one before; all go in reverse."""

    NETWORK = 1
    """Before nodes, which need it to be ready; so nothing of it can be waited for."""

    BASE = 2
    """Once there are nodes: names and volumes."""

    EDGE = 3
    """What makes load balancers and DNS records. It comes early, as it must go late: only it can
    remove what it made for others."""

    SERVICES = 4
    """Everything else."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The cluster, as add-ons see it.

    Attributes:
        settings: the stack file.
        cluster_name: EKS cluster name, for example ``eks-blue``.
        vpc_id: VPC of the cluster.
        pod_cidr: IPv4 range around its private subnets, so around nodes and pods.
        private_subnet_ids: subnets of nodes and pods.
        service_cidr: range of ClusterIPs.
        endpoint: URL of the API server.
        oidc_provider_arn: IAM OIDC provider of the cluster.
        zones: hosted zones of the platform.
        live_names: which live names the colour's live DNS writers write; without any they end.
        live_term: term that this was decided in.
    """

    settings: ColourSettings
    cluster_name: str
    vpc_id: str
    pod_cidr: str
    private_subnet_ids: Sequence[str]
    service_cidr: str
    endpoint: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    zones: Zones
    live_names: LiveNames
    live_term: int

    @property
    def region(self) -> str:
        """AWS region."""
        return self.settings.region

    @property
    def kubernetes_version(self) -> str:
        """Kubernetes minor."""
        return self.settings.kubernetes_version

    @property
    def groups(self) -> Mapping[str, NodeGroup]:
        """Node groups by name."""
        return self.settings.node_groups

    @property
    def enabled(self) -> frozenset[str]:
        """Names of the add-ons that are installed."""
        return self.settings.enabled_addons

    def overrides(self, addon: str) -> Values:
        """Values of an add-on's chart that the stack file has others of."""
        wanted = self.settings.addons.get(addon)
        return wanted.values if wanted else {}

    @property
    def ownership_tag(self) -> str:
        """Key of the tag that marks what belongs to the cluster; its value is ``owned``."""
        return f"kubernetes.io/cluster/{self.cluster_name}"

    def arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """ARN of something in the cluster's account and region."""
        return self.oidc_provider_arn.apply(
            lambda known: _arn(known, service, self.region, resource)
        )

    def global_arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """ARN of something in the cluster's account that belongs to no region."""
        return self.oidc_provider_arn.apply(lambda known: _arn(known, service, "", resource))


def _arn(known: str, service: str, region: str, resource: str) -> str:
    _, partition, _, _, account, _ = known.split(":", 5)
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What was made for an add-on before its values are asked for.

    Attributes:
        role_arn: its role.
        certificates: its certificates, by name.
        queue_url: its queue.
        log_group: name of its log group.

    None of them is empty where the add-on asked for it.
    """

    role_arn: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))
    certificates: Mapping[str, Issued] = field(default_factory=dict[str, Issued])
    queue_url: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))
    log_group: pulumi.Output[str] = field(default_factory=lambda: pulumi.Output.from_input(""))


@dataclass(frozen=True)
class Manifest:
    """A Kubernetes object.

    Attributes:
        body: the object as its manifest has it, in camelCase; Outputs may stand in it.
    """

    body: Mapping[str, object]

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.body["kind"])

    @property
    def pulumi_type(self) -> str:
        """Its Pulumi type."""
        version = str(self.body["apiVersion"])
        return f"kubernetes:{version if '/' in version else f'core/{version}'}:{self.kind}"

    @property
    def name(self) -> str:
        """Its name in the cluster."""
        metadata = self.body["metadata"]
        if not isinstance(metadata, Mapping):
            raise TypeError(f"{self.kind} has no metadata")
        return str(metadata["name"])


def no_statements(_: Site) -> Sequence[Statement]:
    """For add-ons that call no AWS API."""
    return ()


def no_manifests(_: Site, __: Made) -> Sequence[Manifest]:
    """For add-ons that have no objects beside their chart."""
    return ()


def no_values(_: Site, __: Made) -> Values:
    """For add-ons that are no chart, or one whose defaults are right."""
    return {}


def no_log_group(_: Site) -> str:
    """For add-ons that write no logs of their own."""
    return ""


@dataclass(frozen=True, kw_only=True)
class MakeArgs(AddonArgs):
    """What an add-on with components of its own is given.

    Attributes:
        site: the cluster as it sees it.
        opts: options of each of its components.
    """

    site: Site
    opts: pulumi.ResourceOptions


Make: TypeAlias = Callable[[MakeArgs], Sequence[pulumi.Resource]]
"""Makes an add-on's components; others wait for what it gives back."""


@dataclass(frozen=True, kw_only=True)
class Addon:
    """An add-on.

    Attributes:
        line: its line of the catalogue: its name, its versions, what it needs.
        why: what it is for, in one line; for the drawing and the docs.
        phase: when it is made.
        after: add-ons of its phase that are made first, if they are installed; those that it
            needs always are.
        namespace: its namespace.
        owned_namespace: labels of that namespace, if the add-on makes it; None if it is there.
        service_account: account that takes its role on.
        statements: what its role may do; none, no role.
        certificates: certificates that it needs.
        interruptions: what it wants to hear about nodes that go.
        log_group: name of the log group that it writes to.
        before: objects that its chart needs, in their order.
        values: values of its chart.
        objects: objects that come after its chart, in their order, or that it is all made of.
        ports: TCP ports of its pods that the API server calls, and what answers there.
        make: makes it of components of its own, if it has some.
    """

    line: Line
    why: str
    phase: Phase
    after: tuple[str, ...] = ()
    namespace: str = SYSTEM_NAMESPACE
    owned_namespace: Mapping[str, str] | None = None
    service_account: str = ""
    statements: Callable[[Site], Sequence[Statement]] = no_statements
    certificates: tuple[Certificate, ...] = ()
    interruptions: Interruptions | None = None
    log_group: Callable[[Site], str] = no_log_group
    before: Callable[[Site, Made], Sequence[Manifest]] = no_manifests
    values: Callable[[Site, Made], Values] = no_values
    objects: Callable[[Site, Made], Sequence[Manifest]] = no_manifests
    ports: Mapping[int, str] = field(default_factory=dict[int, str])
    make: Make | None = None

    @property
    def name(self) -> str:
        """Its name in stack files and docs."""
        return self.line.name
