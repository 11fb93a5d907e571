"""Cilium: addresses from the VPC, Services without kube-proxy, network policies."""

from collections.abc import Sequence

from catalogue import addons
from components.addon_stack.addon import Addon, Phase, Prerequisites, Values
from components.addon_stack.availability import (
    CLUSTER_CRITICAL,
    EVERYWHERE,
    NODE_CRITICAL,
    ONE_DOWN,
    REPLICAS,
    over_zones,
    resources,
    resources_without_cpu_limit,
)
from components.addon_stack.site import Site
from components.iam_policy import Statement

_ACCOUNT = "cilium-operator"


def _statements(site: Site) -> Sequence[Statement]:
    interfaces, owned = site.arn("ec2", "network-interface/*"), _owned(site)
    subnets = [site.arn("ec2", f"subnet/{subnet}") for subnet in site.network.private_subnet_ids]
    return (
        Statement(
            actions=[
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            resources=["*"],
            reason="EC2 knows no resources for what describes",
        ),
        Statement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[*subnets, site.arn("ec2", "security-group/*")],
            conditions={"ArnEquals": {"ec2:Vpc": site.arn("ec2", f"vpc/{site.network.vpc_id}")}},
        ),
        Statement(
            actions=["ec2:CreateNetworkInterface"],
            resources=[interfaces],
            conditions={"StringEquals": {f"aws:RequestTag/{site.ownership_tag}": "owned"}},
        ),
        # The operator tags an interface in the call that makes it (eniTags become its
        # TagSpecifications, pkg/aws/ec2), and none later: it can give no other one the tag.
        Statement(
            actions=["ec2:CreateTags"],
            resources=[interfaces],
            conditions={"StringEquals": {"ec2:CreateAction": "CreateNetworkInterface"}},
        ),
        # It attaches an interface and then has it deleted with the instance: an attribute of the
        # attachment, for which EC2 asks about the instance as well.
        Statement(
            actions=["ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"],
            resources=[interfaces, site.arn("ec2", "instance/*")],
            conditions=owned,
        ),
        Statement(
            actions=[
                "ec2:AssignPrivateIpAddresses",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            ],
            resources=[interfaces],
            conditions=owned,
        ),
    )


def _owned(site: Site) -> dict[str, dict[str, str]]:
    # Nodes and their first interfaces get the tag from the launch template.
    return {"StringEquals": {f"aws:ResourceTag/{site.ownership_tag}": "owned"}}


def _values(site: Site, prerequisites: Prerequisites) -> Values:
    return {
        "cluster": {"name": site.cluster_name, "id": 0},
        **_addresses(site, prerequisites),
        "kubeProxyReplacement": "true",
        # Without kube-proxy nothing answers at the ClusterIP of the API server yet.
        "k8sServiceHost": site.endpoint.apply(lambda url: url.removeprefix("https://")),
        "k8sServicePort": "443",
        "localRedirectPolicies": {"enabled": True},
        # Linkerd's proxies must see the Service that a pod speaks to.
        "socketLB": {"hostNamespaceOnly": True},
        "bpf": {"masquerade": True},
        "priorityClassName": NODE_CRITICAL,
        "resources": resources("100m", "384Mi", "1Gi"),
        # They end before the agent starts, so what they ask for within its share costs nothing.
        "initResources": resources("100m", "64Mi", "1Gi"),
        "cni": {"resources": resources_without_cpu_limit("100m", "64Mi", "1Gi")},
        "tolerations": EVERYWHERE,
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "operator": _operator(),
        "envoy": {
            "enabled": True,
            "priorityClassName": NODE_CRITICAL,
            "resources": resources("50m", "128Mi", "512Mi"),
        },
        # The job that makes Hubble's certificates.
        "certgen": {"resources": resources("20m", "32Mi", "128Mi")},
        "hubble": _hubble(),
    }


def _addresses(site: Site, prerequisites: Prerequisites) -> Values:
    tags = {site.ownership_tag: "owned"}
    return {
        "eni": {
            "enabled": True,
            "iamRole": prerequisites.role_arn,
            "awsEnablePrefixDelegation": True,
            # Not until it is known to be safe with prefixes: cilium/cilium#47910 is open. What a
            # node does not give back goes with the node.
            "awsReleaseExcessIPs": False,
            "eniTags": tags,
            "gcTags": tags,
            # Else it takes the emptiest subnet of the zone, maybe a public one.
            "nodeSpec": {"subnetIDs": list(site.network.private_subnet_ids)},
        },
        "ipam": {"mode": "eni"},
        "routingMode": "native",
        "ipv4NativeRoutingCIDR": site.pod_cidr,
        "enableIPv4Masquerade": True,
    }


def _operator() -> Values:
    return {
        "replicas": REPLICAS,
        "priorityClassName": CLUSTER_CRITICAL,
        "podDisruptionBudget": {"enabled": True, **ONE_DOWN},
        "topologySpreadConstraints": over_zones({"io.cilium/app": "operator"}),
        "tolerations": EVERYWHERE,
        "resources": resources("50m", "128Mi", "512Mi"),
    }


def _hubble() -> Values:
    return {
        "enabled": True,
        "relay": {
            "enabled": True,
            "replicas": REPLICAS,
            "priorityClassName": CLUSTER_CRITICAL,
            "podDisruptionBudget": {"enabled": True, **ONE_DOWN},
            "resources": resources("20m", "64Mi", "256Mi"),
        },
        # Its default method makes new certificates at each render.
        "tls": {"auto": {"enabled": True, "method": "cronJob", "certValidityDuration": 365}},
    }


ADDON = Addon(
    line=addons.CILIUM,
    why="addresses from the VPC, Services without kube-proxy, network policies",
    phase=Phase.NETWORK,
    service_account=_ACCOUNT,
    statements=_statements,
    values=_values,
    # Its own annotations come with it; those of the operator and of Envoy are there anyway.
    scrape_values={"prometheus": {"enabled": True}},
)
"""The CNI. Nodes keep pods off until it is ready on them."""
