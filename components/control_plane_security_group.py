"""The security group that lets private networks reach a cluster's API server."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.base import Component, ComponentArgs

_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class ControlPlaneSecurityGroupArgs(ComponentArgs):
    """Arguments of `ControlPlaneSecurityGroup`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``.
        vpc_id: VPC of the cluster.
        cidrs: IPv4 ranges that may reach the API server; one named twice gets one rule.
    """

    cluster_name: str
    vpc_id: str
    cidrs: Sequence[str]


class ControlPlaneSecurityGroup(Component):
    """Pulumi type ``eks-platform:controlPlaneSecurityGroup:ControlPlaneSecurityGroup``.

    Creates a security group for the control plane's network interfaces, and in it one rule for
    each range: HTTPS in. EKS gives the interfaces a group of its own as well, which lets in
    nothing but itself; it exists only once the cluster does, and whoever makes the cluster must
    reach it at once. That group lets everything out, and the rules of an interface's groups add
    up, so this one has no rule out.

    Attributes:
        group: the group, for the cluster. What is made with it should wait for this component:
            the rules come after the group.
    """

    MODULE = "controlPlaneSecurityGroup"

    group: ec2.SecurityGroup

    def __init__(
        self,
        name: str,
        args: ControlPlaneSecurityGroupArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, opts)
        label = f"{args.cluster_name}-control-plane"
        self.group = ec2.SecurityGroup(
            label,
            name=label,
            description=f"API server of {args.cluster_name}",
            vpc_id=args.vpc_id,
            # Not the cluster's own tag: by it, load balancer controllers find the nodes' group.
            tags=args.named(label),
            opts=self.child(),
        )
        for cidr in dict.fromkeys(args.cidrs):
            self._let_in(label, cidr, args)
        self.register_outputs({"id": self.group.id})

    def _let_in(self, label: str, cidr: str, args: ControlPlaneSecurityGroupArgs) -> None:
        rule = f"{label}-from-{cidr.replace('/', '-')}"
        vpc.SecurityGroupIngressRule(
            rule,
            security_group_id=self.group.id,
            cidr_ipv4=cidr,
            description="API server, from the VPC or a private network",
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            tags=args.named(rule),
            opts=self.child(),
        )
