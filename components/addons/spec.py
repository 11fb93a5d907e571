"""What an add-on says of itself: data, and pure functions of the cluster that it runs on.

`components.addons.installation` alone makes resources of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

import pulumi

from components.certificates import Certificate, Issued
from components.interruption_queue import Interruptions
from components.policy import Statement
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
        cluster_name: EKS cluster name, for example ``eks-blue``.
        region: AWS region.
        kubernetes_version: Kubernetes minor.
        vpc_id: VPC of the cluster.
        pod_cidr: IPv4 range around its private subnets, so around nodes and pods.
        private_subnet_ids: subnets of nodes and pods.
        service_cidr: range of ClusterIPs.
        endpoint: URL of the API server.
        oidc_provider_arn: IAM OIDC provider of the cluster.
        groups: node groups by name, as the settings have them.
        secret_prefix: begins the names of secrets and parameters that workloads may read.
        log_retention_days: days that logs are kept.
        enabled: names of the add-ons that are installed.
    """

    cluster_name: str
    region: str
    kubernetes_version: str
    vpc_id: str
    pod_cidr: str
    private_subnet_ids: Sequence[str]
    service_cidr: str
    endpoint: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    groups: Mapping[str, NodeGroup]
    secret_prefix: str
    log_retention_days: int
    enabled: frozenset[str]

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
class Addon:
    """An add-on. Its versions and its needs are in the catalogue, under its name.

    Attributes:
        name: its name in the catalogue.
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
        built_in: whether a component of its own makes it.
    """

    name: str
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
    built_in: bool = False
