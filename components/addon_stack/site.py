"""The cluster, as add-ons see it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.addon_stack.chart_place import PUBLIC, ChartPlace
from components.kept_log_group import NO_LOG_GROUPS, KeptLogGroups
from eks_platform_contract.outputs import Network, Zones
from handover.live_names import LiveNames
from settings.addons import AddonSettings
from settings.colour import ColourSettings
from settings.node_groups import NodeGroup


@dataclass(frozen=True, kw_only=True)
class NodeLaunch:
    """What a node is launched with by an add-on that makes nodes, the same as those of groups.

    Attributes:
        image_id: node image of the architecture that `settings.nodes` names.
        instance_profile: name of the nodes' instance profile.
        security_group_id: security group that all nodes share.
        tags: tags of what is launched.
    """

    image_id: pulumi.Output[str]
    instance_profile: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The cluster, as add-ons see it.

    Attributes:
        settings: the stack file.
        cluster_name: EKS cluster name, for example ``eks-blue``.
        network: VPC of the cluster; nodes and pods are in its private subnets.
        service_cidr: range of ClusterIPs.
        endpoint: URL of the API server.
        oidc_provider_arn: IAM OIDC provider of the cluster.
        zones: hosted zones of the platform.
        live_names: which live names the colour's live DNS writers write; without any they end.
        live_term: term that this was decided in.
        charts: where charts are taken from.
        kept_log_groups: log groups that are there already.
        launch: what nodes are launched with; None where no add-on makes any.
    """

    settings: ColourSettings
    cluster_name: str
    network: Network
    service_cidr: str
    endpoint: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    zones: Zones
    live_names: LiveNames
    live_term: int
    charts: ChartPlace = PUBLIC
    kept_log_groups: KeptLogGroups = NO_LOG_GROUPS
    launch: NodeLaunch | None = None

    @property
    def region(self) -> str:
        """AWS region."""
        return self.settings.region

    @property
    def kubernetes_version(self) -> str:
        """Kubernetes minor."""
        return self.settings.kubernetes_version

    @property
    def pod_cidr(self) -> str:
        """IPv4 range around nodes and pods."""
        return self.network.pod_cidr or self.network.vpc_cidr

    @property
    def groups(self) -> Mapping[str, NodeGroup]:
        """Node groups by name."""
        return self.settings.node_groups

    @property
    def enabled(self) -> frozenset[str]:
        """Names of the add-ons that are installed."""
        return self.settings.enabled_addons

    @property
    def scraped(self) -> bool:
        """Whether pods say where their metrics are."""
        return self.settings.monitoring is not None and self.settings.monitoring.prometheus

    def overrides(self, addon: str) -> AddonSettings:
        """What the stack file has other than the platform for an add-on."""
        return self.settings.addons.get(addon, AddonSettings())

    @property
    def node_launch(self) -> NodeLaunch:
        """What nodes are launched with.

        Raises:
            LookupError: no add-on makes nodes.
        """
        if self.launch is None:
            raise LookupError(f"nothing is said of what nodes of {self.cluster_name} start with")
        return self.launch

    @property
    def ownership_tag(self) -> str:
        """Key of the tag that marks what belongs to the cluster; its value is ``owned``."""
        return f"kubernetes.io/cluster/{self.cluster_name}"

    def arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """ARN of something in the cluster's account and region."""
        return self.oidc_provider_arn.apply(
            lambda known: _arn(known, service, self.region, resource)
        )

    def public_arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """ARN of something in the cluster's region that belongs to no account, as images do."""
        return self.oidc_provider_arn.apply(
            lambda known: _arn(known, service, self.region, resource, owned=False)
        )

    def global_arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """ARN of something in the cluster's account that belongs to no region."""
        return self.oidc_provider_arn.apply(lambda known: _arn(known, service, "", resource))


def _arn(known: str, service: str, region: str, resource: str, *, owned: bool = True) -> str:
    _, partition, _, _, account, _ = known.split(":", 5)
    return f"arn:{partition}:{service}:{region}:{account if owned else ''}:{resource}"
