"""The component `eks:index:Cluster`: the resources that it registers, and its outputs."""

import json
import os
import time
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import urllib3

from localcloud.fair_clock import FairClock
from localcloud.plugins.eks import access, parts
from localcloud.plugins.eks.options import Options
from localcloud.plugins.eks.thumbprint import thumbprint

HEALTH_DEADLINE = 300.0
"""Seconds of a `FairClock` that a public endpoint gets to answer."""

_PAUSE = 1.0  # seconds between two requests
_TOLD_EVERY = 30.0  # seconds between two lines about the wait

ANSWER_DEADLINE = 5.0
"""Seconds that one request gets."""


class Cluster(pulumi.ComponentResource):
    """An EKS cluster with the children that pulumi-eks registers for it.

    Attributes:
        state: the component's outputs, by their wire names.
    """

    state: dict[str, pulumi.Input[Any]]

    def __init__(self, name: str, options: Options, opts: pulumi.ResourceOptions) -> None:
        super().__init__("eks:index:Cluster", name, None, opts)
        self._name = name
        self._options = options
        self._here = pulumi.ResourceOptions(parent=self)
        self._invoke = pulumi.InvokeOptions(parent=self)
        role, waits = self._service_role()
        group = self._cluster_group()
        cluster = self._cluster(role, group, waits)
        self._kube_proxy(cluster)
        endpoint = self._endpoint(cluster)
        kubeconfig = self._kubeconfig(cluster, endpoint, with_profile=False)
        provider = k8s.Provider(
            f"{name}-eks-k8s",
            kubeconfig=self._kubeconfig(cluster, endpoint, with_profile=True).apply(json.dumps),
            enable_config_map_mutable=options.get("enableConfigMapMutable"),
            opts=self._here,
        )
        auth = self._node_access(provider)
        entries = self._access_entries(cluster)
        cni = None
        if not options.flag("useDefaultVpcCni"):
            cni = parts.VpcCniAddon(f"{name}-vpc-cni", cluster, self._here)
        oidc = self._oidc_provider(cluster)
        nodes = self._nodes(cluster, group)
        self.state = self._outputs(cluster, kubeconfig, group, nodes, oidc)
        self.state["core"] = {
            **self._core(cluster, kubeconfig, group),
            "provider": provider,
            "clusterIamRole": role,
            "eksNodeAccess": auth,
            "accessEntries": entries,
            "oidcProvider": oidc,
            "vpcCni": cni,
        }
        self.register_outputs({"kubeconfig": kubeconfig, "eksCluster": cluster})

    def _service_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """The control plane's role, and what must be there before it is used."""
        given = self._options.get("serviceRole")
        if given is not None:
            return cast("aws.iam.Role", given), []
        made = parts.ServiceRole(f"{self._name}-eksRole", self._here)
        return made.role, [*made.attachments]

    def _cluster_group(self) -> aws.ec2.SecurityGroup | None:
        """The control plane's additional security group; None where it has none."""
        given = self._options.get("clusterSecurityGroup")
        if given is not None or self._options.flag("skipDefaultSecurityGroups"):
            return cast("aws.ec2.SecurityGroup | None", given)
        tags = self._tags(f"{self._name}-eksClusterSecurityGroup", "clusterSecurityGroupTags")
        return parts.cluster_security_group(self._name, self._options.vpc_id, tags, self._here)

    def _tags(self, label: str, own: str) -> pulumi.Output[Mapping[str, str]]:
        """A resource's tags: its name, those of one input, and the cluster's, which win."""
        common, special = self._options.get("tags"), self._options.get(own)
        return pulumi.Output.all(common, special).apply(
            lambda tags: {"Name": label, **(tags[1] or {}), **(tags[0] or {})}
        )

    def _cluster(
        self,
        role: aws.iam.Role,
        group: aws.ec2.SecurityGroup | None,
        waits: list[pulumi.Resource],
    ) -> aws.eks.Cluster:
        options = self._options
        key = options.get("encryptionConfigKeyArn")
        mode = options.get("authenticationMode")
        network = {
            "serviceIpv4Cidr": options.get("kubernetesServiceIpAddressRange"),
            "ipFamily": options.get("ipFamily"),
        }
        return aws.eks.Cluster(
            f"{self._name}-eksCluster",
            name=options.get("name"),
            version=options.get("version"),
            role_arn=role.arn,
            vpc_config={
                "subnet_ids": options.subnet_ids,
                "security_group_ids": [group.id] if group else None,
                "endpoint_private_access": options.get("endpointPrivateAccess"),
                "endpoint_public_access": options.get("endpointPublicAccess"),
                "public_access_cidrs": options.get("publicAccessCidrs"),
            },
            access_config={
                "authentication_mode": mode,
                "bootstrap_cluster_creator_admin_permissions": True,
            }
            if mode
            else None,
            # The real component spells out what EKS does by default.
            bootstrap_self_managed_addons=options.flag("bootstrapSelfManagedAddons", default=True),
            enabled_cluster_log_types=options.get("enabledClusterLogTypes"),
            encryption_config={"provider": {"key_arn": key}, "resources": ["secrets"]}
            if key is not None
            else None,
            upgrade_policy=options.upgrade_policy,
            kubernetes_network_config={
                "service_ipv4_cidr": network["serviceIpv4Cidr"],
                "ip_family": network["ipFamily"],
            }
            if any(value is not None for value in network.values())
            else None,
            deletion_protection=options.get("deletionProtection"),
            tags=self._tags(f"{self._name}-eksCluster", "clusterTags"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=waits),
        )

    def _kube_proxy(self, cluster: aws.eks.Cluster) -> None:
        wanted = self._options.mapping("kubeProxyAddonOptions")
        if wanted.get("enabled", True):
            parts.addon(f"{self._name}-kube-proxy", "kube-proxy", cluster, wanted, self._here)

    def _endpoint(self, cluster: aws.eks.Cluster) -> pulumi.Output[str]:
        """URL of the API server; a public one answers by then."""
        if self._options.get("endpointPublicAccess") is not True or pulumi.runtime.is_dry_run():
            return cluster.endpoint

        def answering(endpoint: str) -> str:
            wait_for_health(endpoint)
            return endpoint

        return cluster.endpoint.apply(answering)

    def _kubeconfig(
        self, cluster: aws.eks.Cluster, endpoint: pulumi.Output[str], *, with_profile: bool
    ) -> pulumi.Output[dict[str, Any]]:
        """For the component's own provider, or without a profile for everybody."""
        options = self._options

        def build(values: Mapping[str, Any]) -> dict[str, Any]:
            given: Mapping[str, Any] = values["credentials"]
            kept = {key: it for key, it in given.items() if with_profile or key != "profileName"}
            return access.kubeconfig(
                name=values["name"],
                region=values["region"],
                endpoint=values["endpoint"],
                authority=values["authority"],
                proxy=values["proxy"],
                credentials=kept,
            )

        return pulumi.Output.all(
            name=cluster.name,
            region=aws.get_region_output(opts=self._invoke).region,
            endpoint=endpoint,
            authority=cluster.certificate_authority.data,
            proxy=options.get("proxy"),
            credentials=self._credentials(),
        ).apply(build)

    def _credentials(self) -> pulumi.Input[Mapping[str, Any]]:
        """What the component's own provider logs in with.

        As the real component does, it takes the profile of this process or of the stack file
        unless something is given, be it an empty object.
        """
        given = self._options.get("providerCredentialOpts")
        if given is not None:
            return given
        profile = os.environ.get("AWS_PROFILE") or pulumi.Config("aws").get("profile")
        return {"profileName": profile} if profile else {}

    def _node_access(self, provider: k8s.Provider) -> k8s.core.v1.ConfigMap | None:
        """The ConfigMap aws-auth, where principals may come from it."""
        options = self._options
        if not options.config_map:
            return None
        data = pulumi.Output.all(
            options.get("roleMappings"),
            [role.arn for role in options.instance_roles],
            options.get("userMappings"),
        ).apply(lambda given: access.aws_auth(given[0] or (), given[1], given[2] or ()))
        return k8s.core.v1.ConfigMap(
            f"{self._name}-nodeAccess",
            metadata={
                "name": "aws-auth",
                "namespace": "kube-system",
                "annotations": {"pulumi.com/patchForce": "true"},
            },
            data=data,
            opts=pulumi.ResourceOptions(parent=self, provider=provider),
        )

    def _access_entries(self, cluster: aws.eks.Cluster) -> list[dict[str, Any]]:
        """The access entries of the input `accessEntries`, with their policies."""
        given = self._options.mapping("accessEntries")
        for key, entry in given.items():
            made = aws.eks.AccessEntry(
                f"{self._name}-{key}",
                cluster_name=cluster.name,
                principal_arn=entry["principalArn"],
                kubernetes_groups=entry.get("kubernetesGroups"),
                user_name=entry.get("username"),
                type=entry.get("type"),
                tags=entry.get("tags"),
                opts=self._here,
            )
            for policy, association in (entry.get("accessPolicies") or {}).items():
                scope = association["accessScope"]
                aws.eks.AccessPolicyAssociation(
                    f"{self._name}-{key}-{policy}",
                    cluster_name=cluster.name,
                    principal_arn=entry["principalArn"],
                    policy_arn=association["policyArn"],
                    access_scope={"type": scope["type"], "namespaces": scope.get("namespaces")},
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[made]),
                )
        return [dict(entry) for entry in given.values()]

    def _oidc_provider(self, cluster: aws.eks.Cluster) -> aws.iam.OpenIdConnectProvider | None:
        if not self._options.get("createOidcProvider"):
            return None
        issuer = _issuer(cluster)
        return aws.iam.OpenIdConnectProvider(
            f"{self._name}-oidcProvider",
            client_id_lists=["sts.amazonaws.com"],
            url=issuer,
            thumbprint_lists=[issuer.apply(thumbprint)],
            opts=self._here,
        )

    def _nodes(
        self, cluster: aws.eks.Cluster, group: aws.ec2.SecurityGroup | None
    ) -> parts.NodeSecurity | None:
        """The nodes' security group, which the real component makes even without nodes."""
        if self._options.flag("skipDefaultSecurityGroups") or group is None:
            return None
        plain = self._tags(f"{self._name}-nodeSecurityGroup", "nodeSecurityGroupTags")
        tags = pulumi.Output.all(plain, cluster.name).apply(
            lambda given: {**given[0], f"kubernetes.io/cluster/{given[1]}": "owned"}
        )
        vpc = self._options.vpc_id
        return parts.node_security_group(self._name, vpc, tags, group, self._here)

    def _outputs(
        self,
        cluster: aws.eks.Cluster,
        kubeconfig: pulumi.Output[dict[str, Any]],
        group: aws.ec2.SecurityGroup | None,
        nodes: parts.NodeSecurity | None,
        oidc: aws.iam.OpenIdConnectProvider | None,
    ) -> dict[str, pulumi.Input[Any]]:
        own = cluster.vpc_config.cluster_security_group_id
        issuer = _issuer(cluster)
        return {
            "kubeconfig": kubeconfig,
            "kubeconfigJson": kubeconfig.apply(json.dumps),
            "eksCluster": cluster,
            "instanceRoles": [*self._options.instance_roles],
            "clusterSecurityGroup": group,
            "clusterSecurityGroupId": group.id if group else own,
            "nodeSecurityGroup": nodes.group if nodes else None,
            "nodeSecurityGroupId": nodes.group.id if nodes else own,
            "eksClusterIngressRule": nodes.to_cluster if nodes else None,
            "clusterIngressRuleId": nodes.to_cluster.id if nodes else "",
            "oidcProviderArn": oidc.arn if oidc else "",
            "oidcProviderUrl": issuer,
            "oidcIssuer": issuer.apply(lambda url: url.removeprefix("https://")),
            "defaultNodeGroupAsgName": "",
            "fargateProfileId": "",
            "fargateProfileStatus": "",
            "autoModeNodeRoleName": "",
        }

    def _core(
        self,
        cluster: aws.eks.Cluster,
        kubeconfig: pulumi.Output[dict[str, Any]],
        group: aws.ec2.SecurityGroup | None,
    ) -> dict[str, pulumi.Input[Any]]:
        options = self._options
        return {
            "cluster": cluster,
            "vpcId": options.vpc_id,
            "subnetIds": options.subnet_ids,
            "publicSubnetIds": options.get("publicSubnetIds"),
            "privateSubnetIds": options.get("privateSubnetIds"),
            "endpoint": cluster.endpoint,
            "clusterSecurityGroup": group,
            "instanceRoles": [*options.instance_roles],
            "nodeGroupOptions": {},
            "kubeconfig": kubeconfig,
            "tags": options.get("tags"),
            "nodeSecurityGroupTags": options.get("nodeSecurityGroupTags"),
            "encryptionConfig": cluster.encryption_config,
        }


def wait_for_health(endpoint: str, deadline: float = HEALTH_DEADLINE) -> None:
    """Returns once a public endpoint answers, or at the deadline.

    The real component goes on at its deadline, too: what needs the API server fails then, and a
    destroy of a cluster that is gone already needs it no more.
    """
    pool = _pool()
    clock, told = FairClock(), time.monotonic()
    while not _is_healthy(pool, endpoint):
        now = time.monotonic()
        left = deadline - clock.seconds
        if left <= 0:
            pulumi.log.warn(f"{endpoint} did not answer in {deadline:.0f} seconds; going on")
            return
        if now - told >= _TOLD_EVERY:
            pulumi.log.info(f"waiting up to {left:.0f} more seconds for {endpoint}")
            told = now
        time.sleep(_PAUSE)


def _is_healthy(pool: urllib3.PoolManager, endpoint: str) -> bool:
    try:
        answer = pool.request("GET", f"{endpoint}/healthz", timeout=ANSWER_DEADLINE, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    # Whatever it says, it answers: anonymous requests may be refused.
    return answer.status < 500  # noqa: PLR2004


def _pool() -> urllib3.PoolManager:
    proxy = urllib.request.getproxies().get("https")
    if proxy:
        return urllib3.ProxyManager(proxy, cert_reqs="CERT_NONE")
    return urllib3.PoolManager(cert_reqs="CERT_NONE")


def _issuer(cluster: aws.eks.Cluster) -> pulumi.Output[str]:
    return cluster.identities.apply(_issuer_of)


def _issuer_of(identities: Sequence[aws.eks.outputs.ClusterIdentity]) -> str:
    oidcs = identities[0].oidcs
    if not oidcs or oidcs[0].issuer is None:
        raise ValueError("the cluster has no OIDC issuer")
    return oidcs[0].issuer
