"""A cluster's control plane, and the one place that takes it apart into plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import pulumi
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes
from pulumi_aws import cloudwatch, iam, kms
from pulumi_aws.eks import ClusterUpgradePolicyArgs

from components.api_server_wait import before_providers
from components.base import Component, ComponentArgs
from components.cluster_users import ClusterUser, role_arn_without_path
from components.control_plane_security_group import (
    ControlPlaneSecurityGroup,
    ControlPlaneSecurityGroupArgs,
)
from components.kept_log_group import KeptLogGroups, kept_log_group
from components.leftover_logs_hook import leftover_logs_hook
from eks_platform_contract.outputs import Network
from settings.colour import ColourSettings
from settings.names import cluster_name, control_plane_log_group

T = TypeVar("T")
_KEY_WINDOW = 30  # days in which a deleted key can be restored; KMS allows no more


def vpc_ranges(network: Network) -> Sequence[str]:
    """IPv4 ranges of the VPC; before the contract's version 1.2 the shared stack said one alone."""
    return network.vpc_cidrs or (network.vpc_cidr,)


@dataclass(frozen=True, kw_only=True)
class ControlPlaneArgs(ComponentArgs):
    """Arguments of `ControlPlane`.

    Attributes:
        settings: the colour's stack file.
        network: VPC of the cluster; its private subnets take the control plane's interfaces.
        service_cidr: range of ClusterIPs; another one takes a new cluster.
        node_role: IAM role of the nodes.
        users: who may use the cluster.
        kept_log_groups: log groups that are there already.
        cluster_tags: tags of the cluster alone, beside those of every resource.
    """

    settings: ColourSettings
    network: Network
    service_cidr: str
    node_role: iam.Role
    users: Sequence[ClusterUser]
    kept_log_groups: KeptLogGroups
    cluster_tags: Mapping[str, str]

    @property
    def cluster_name(self) -> str:
        """EKS cluster name, for example ``eks-blue``."""
        return cluster_name(self.settings.colour)


class ControlPlane(Component):
    """Pulumi type ``eks-platform:controlPlane:ControlPlane``.

    Creates a KMS key for the cluster's secrets, the log group of the control plane, the security
    group that lets private networks reach it (`ControlPlaneSecurityGroup`), the cluster
    (`pulumi_eks.Cluster` without nodes, CNI, kube-proxy or security groups of its own; with the
    ConfigMap aws-auth and an IAM OIDC provider), and a Kubernetes provider for all objects in it.

    All Outputs come from the cluster itself, so whatever uses one is made after it and deleted
    before it. While a destroy goes on with what an earlier one left, those of what has gone are
    unknown.

    Attributes:
        cluster_name: EKS cluster name, known before the cluster exists; for names and tag keys.
        service_cidr: range of ClusterIPs.
        name: EKS cluster name, known once the cluster exists.
        arn: its ARN.
        endpoint: URL of the API server.
        certificate_authority: base64 of the PEM that signs its certificate.
        version: Kubernetes minor that it runs.
        oidc_provider_arn: IAM OIDC provider for workload roles.
        oidc_issuer: its issuer, without ``https://``.
        security_group_id: the cluster's own security group, which EKS makes: it stands for the
            control plane where others let it in.
        kubeconfig: kubeconfig as an object; it runs ``aws eks get-token`` and holds no secret.
        provider: Kubernetes provider of the cluster.
    """

    MODULE = "controlPlane"

    cluster_name: str
    service_cidr: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    version: pulumi.Output[str]
    oidc_provider_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    security_group_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[Mapping[str, Any]]
    provider: kubernetes.Provider

    def __init__(
        self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self.cluster_name = args.cluster_name
        self.service_cidr = args.service_cidr
        key, log_group = self._key(name, args), self._log_group(name, args)
        cluster = self._cluster(name, args, key, log_group)
        self._take_apart(cluster, args)
        self.provider = kubernetes.Provider(
            args.cluster_name,
            kubeconfig=_unknown_if_gone(cluster.kubeconfig_json),
            # Changed in place: replaced, they would be gone for a moment, and pods that start then
            # would not.
            enable_config_map_mutable=True,
            enable_secret_mutable=True,
            opts=self.child(),
        )
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "endpoint": self.endpoint,
                "version": self.version,
                "oidcIssuer": self.oidc_issuer,
                "securityGroupId": self.security_group_id,
            }
        )

    def _key(self, name: str, args: ControlPlaneArgs) -> kms.Key:
        key = kms.Key(
            f"{name}-secrets",
            description=f"Secrets of {args.cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=_KEY_WINDOW,
            tags=args.named(f"{args.cluster_name}-secrets"),
            opts=self.child(),
        )
        kms.Alias(
            f"{name}-secrets",
            name=f"alias/{args.cluster_name}-secrets",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        return key

    def _log_group(self, name: str, args: ControlPlaneArgs) -> cloudwatch.LogGroup:
        group = control_plane_log_group(args.cluster_name)
        leftover = leftover_logs_hook(
            f"{name}-leftover-logs", args.cluster_name, args.settings.region
        )
        return kept_log_group(
            self,
            f"{name}-logs",
            group,
            settings=args.settings.logging,
            kept=args.kept_log_groups,
            tags=args.named(group),
            hooks=pulumi.ResourceHookBinding(before_create=[leftover]),
        )

    def _cluster(
        self, name: str, args: ControlPlaneArgs, key: kms.Key, log_group: cloudwatch.LogGroup
    ) -> eks.Cluster:
        settings, public = args.settings, list(args.settings.endpoint.public_cidrs)
        reach = self._security_group(name, args)
        return eks.Cluster(
            name,
            name=args.cluster_name,
            version=settings.kubernetes_version,
            upgrade_policy=ClusterUpgradePolicyArgs(support_type=settings.upgrade_policy),
            vpc_id=args.network.vpc_id,
            private_subnet_ids=list(args.network.private_subnet_ids),
            kubernetes_service_ip_address_range=self.service_cidr,
            endpoint_private_access=True,
            endpoint_public_access=bool(public),
            public_access_cidrs=public or None,
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=list(settings.logging.types),
            deletion_protection=settings.deletion_protection,
            cluster_security_group=reach.group,
            # Nodes, their security group, networking and DNS are ours.
            skip_default_node_group=True,
            skip_default_security_groups=True,
            use_default_vpc_cni=True,
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            bootstrap_self_managed_addons=False,
            create_oidc_provider=True,
            # Nothing, said: else the AWS_PROFILE of whoever updates would get into the kubeconfig
            # in the state, and nobody who calls that profile otherwise could go on.
            provider_credential_opts=eks.KubeconfigOptionsArgs(),
            authentication_mode=eks.AuthenticationMode.API_AND_CONFIG_MAP,
            # aws-auth is changed in place: while it is replaced, it lets nobody in.
            enable_config_map_mutable=True,
            instance_roles=[args.node_role],
            role_mappings=[_mapping(user) for user in args.users],
            tags=dict(args.tags),
            cluster_tags=dict(args.cluster_tags) or None,
            # Else EKS makes the log group itself, and its logs are kept for ever; and aws-auth,
            # which the component writes right after the cluster, would reach no API server.
            opts=self.child(
                depends_on=[log_group, reach],
                transforms=[before_providers(f"{name}-api-server", args.cluster_name)],
            ),
        )

    def _security_group(self, name: str, args: ControlPlaneArgs) -> ControlPlaneSecurityGroup:
        given = ControlPlaneSecurityGroupArgs(
            cluster_name=args.cluster_name,
            vpc_id=args.network.vpc_id,
            cidrs=(*vpc_ranges(args.network), *args.settings.endpoint.private_cidrs),
            tags=args.tags,
        )
        return ControlPlaneSecurityGroup(name, given, self.child())

    def _take_apart(self, cluster: eks.Cluster, args: ControlPlaneArgs) -> None:
        # Not from `eks_cluster`: that is a reference to a resource, not a value. Without a node
        # group's security group this is the group that EKS made; `cluster_security_group_id`
        # is the one that was given to it.
        self.security_group_id = _unknown_if_gone(cluster.node_security_group_id)
        self.name = self.security_group_id.apply(lambda _: args.cluster_name)
        self.version = self.security_group_id.apply(lambda _: str(args.settings.kubernetes_version))
        self.oidc_provider_arn = _unknown_if_gone(cluster.oidc_provider_arn)
        self.oidc_issuer = _unknown_if_gone(cluster.oidc_issuer)
        self.arn = self.oidc_provider_arn.apply(
            lambda provider: cluster_arn(provider, args.settings.region, args.cluster_name)
        )
        self.kubeconfig = _unknown_if_gone(cluster.kubeconfig)
        entry = self.kubeconfig.apply(_cluster_entry)
        self.endpoint = entry.apply(lambda values: values["server"])
        self.certificate_authority = entry.apply(lambda it: it["certificate-authority-data"])


def _unknown_if_gone(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """An output of a component that a provider constructs, but unknown instead of None.

    ``pulumi destroy --run-program`` makes nothing, and it runs the program also when an earlier
    destroy has deleted a part already. Outputs of a resource that is gone are unknown then, and
    so is all that is made of them. Those of a component that a provider constructs come as None:
    the engine drops unknown values from an answer to ``Construct``, except in a preview
    (sdk/go/common/resource/plugin/provider_plugin.go).
    """
    return output.apply(lambda value: cast("T", pulumi.UNKNOWN) if value is None else value)


def cluster_arn(oidc_provider_arn: str, region: str, name: str) -> str:
    """ARN of a cluster, from that of its OIDC provider, which names partition and account."""
    _, partition, _, _, account, _ = oidc_provider_arn.split(":", 5)
    return f"arn:{partition}:eks:{region}:{account}:cluster/{name}"


def _cluster_entry(kubeconfig: Mapping[str, Any]) -> Mapping[str, str]:
    (entry,) = cast("Sequence[Mapping[str, Any]]", kubeconfig["clusters"])
    return entry["cluster"]


def _mapping(user: ClusterUser) -> eks.RoleMappingArgs:
    return eks.RoleMappingArgs(
        role_arn=role_arn_without_path(user.role_arn),
        username=user.username,
        groups=list(user.groups),
    )
