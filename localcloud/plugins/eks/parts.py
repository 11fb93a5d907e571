"""The groups of resources that make up a cluster, each under its parent."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


class ServiceRole(pulumi.ComponentResource):
    """The component `eks:index:ServiceRole`: the IAM role of the control plane.

    Attributes:
        role: the role.
        attachments: what gives it its policies; the cluster has to wait for them.
    """

    role: aws.iam.Role
    attachments: list[aws.iam.RolePolicyAttachment]

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("eks:index:ServiceRole", name, None, opts)
        here = pulumi.ResourceOptions(parent=self)
        invoke = pulumi.InvokeOptions(parent=self)
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": ["sts:AssumeRole", "sts:TagSession"],
                    "Effect": "Allow",
                    "Principal": {"Service": "eks.amazonaws.com"},
                }
            ],
        }
        self.role = aws.iam.Role(
            f"{name}-role",
            description="Allows EKS to manage clusters on your behalf.",
            assume_role_policy=json.dumps(trust),
            opts=here,
        )
        policy = "policy/AmazonEKSClusterPolicy"
        # The name is the same in every partition, so that of the first one makes the hash.
        digest = hashlib.sha1(f"arn:aws:iam::aws:{policy}".encode(), usedforsecurity=False)
        partition = aws.get_partition_output(opts=invoke).partition
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-{digest.hexdigest()[:8]}",
            policy_arn=pulumi.Output.format("arn:{0}:iam::aws:{1}", partition, policy),
            role=self.role.name,
            opts=here,
        )
        self.attachments = [attachment]
        self.register_outputs({})


class VpcCniAddon(pulumi.ComponentResource):
    """The component `eks:index:VpcCniAddon`: the add-on vpc-cni."""

    def __init__(self, name: str, cluster: aws.eks.Cluster, opts: pulumi.ResourceOptions) -> None:
        super().__init__("eks:index:VpcCniAddon", name, None, opts)
        addon(name, "vpc-cni", cluster, {}, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


def addon(
    name: str,
    addon_name: str,
    cluster: aws.eks.Cluster,
    options: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> aws.eks.Addon:
    """An EKS add-on, in the newest version for the cluster unless `options` has one."""
    version = options.get("version")
    if version is None:
        version = aws.eks.get_addon_version_output(
            addon_name=addon_name,
            kubernetes_version=cluster.version,
            most_recent=True,
            opts=pulumi.InvokeOptions(parent=opts.parent),
        ).version
    return aws.eks.Addon(
        name,
        addon_name=addon_name,
        addon_version=version,
        cluster_name=cluster.name,
        configuration_values=options.get("configurationValues"),
        preserve=True if addon_name == "kube-proxy" else None,
        resolve_conflicts_on_create=options.get("resolveConflictsOnCreate", "OVERWRITE"),
        resolve_conflicts_on_update=options.get("resolveConflictsOnUpdate", "OVERWRITE"),
        opts=opts,
    )


def cluster_security_group(
    name: str,
    vpc_id: pulumi.Input[str],
    tags: pulumi.Input[Mapping[str, str]],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.SecurityGroup:
    """The control plane's additional security group, with its way out."""
    group = aws.ec2.SecurityGroup(
        f"{name}-eksClusterSecurityGroup",
        vpc_id=vpc_id,
        revoke_rules_on_delete=True,
        tags=tags,
        opts=opts,
    )
    aws.ec2.SecurityGroupRule(
        f"{name}-eksClusterInternetEgressRule",
        description="Allow internet access.",
        type="egress",
        from_port=0,
        to_port=0,
        protocol="-1",
        cidr_blocks=["0.0.0.0/0"],
        security_group_id=group.id,
        opts=opts,
    )
    return group


@dataclass(frozen=True)
class NodeSecurity:
    """The nodes' security group, and the rule that lets it reach the control plane."""

    group: aws.ec2.SecurityGroup
    to_cluster: aws.ec2.SecurityGroupRule


def node_security_group(
    name: str,
    vpc_id: pulumi.Input[str],
    tags: pulumi.Input[Mapping[str, str]],
    control_plane: aws.ec2.SecurityGroup,
    opts: pulumi.ResourceOptions,
) -> NodeSecurity:
    """The nodes' security group with the five rules between nodes and control plane."""
    group = aws.ec2.SecurityGroup(
        f"{name}-nodeSecurityGroup",
        vpc_id=vpc_id,
        revoke_rules_on_delete=True,
        tags=tags,
        opts=opts,
    )
    aws.ec2.SecurityGroupRule(
        f"{name}-eksNodeIngressRule",
        description="Allow nodes to communicate with each other",
        type="ingress",
        from_port=0,
        to_port=0,
        protocol="-1",
        security_group_id=group.id,
        self=True,
        opts=opts,
    )
    aws.ec2.SecurityGroupRule(
        f"{name}-eksNodeInternetEgressRule",
        description="Allow internet access.",
        type="egress",
        from_port=0,
        to_port=0,
        protocol="-1",
        cidr_blocks=["0.0.0.0/0"],
        security_group_id=group.id,
        opts=opts,
    )
    between = "from the cluster control plane"
    _ingress(
        f"{name}-eksNodeClusterIngressRule",
        f"Allow worker Kubelets and pods to receive communication {between}",
        (1025, 65535),
        (group, control_plane),
        opts,
    )
    _ingress(
        f"{name}-eksExtApiServerClusterIngressRule",
        "Allow pods running extension API servers on port 443 to receive communication from "
        "cluster control plane",
        (443, 443),
        (group, control_plane),
        opts,
    )
    to_cluster = _ingress(
        f"{name}-eksClusterIngressRule",
        "Allow pods to communicate with the cluster API Server",
        (443, 443),
        (control_plane, group),
        opts,
    )
    return NodeSecurity(group, to_cluster)


def _ingress(
    name: str,
    description: str,
    ports: tuple[int, int],
    groups: tuple[aws.ec2.SecurityGroup, aws.ec2.SecurityGroup],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.SecurityGroupRule:
    """Lets the second group reach TCP ports of the first one."""
    return aws.ec2.SecurityGroupRule(
        name,
        description=description,
        type="ingress",
        from_port=ports[0],
        to_port=ports[1],
        protocol="tcp",
        security_group_id=groups[0].id,
        source_security_group_id=groups[1].id,
        opts=opts,
    )
