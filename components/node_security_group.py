"""The security group that all nodes of a cluster, and so their pods, share."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.base import Component, ComponentArgs

CONTROL_PLANE_PORTS: Mapping[int, str] = {
    443: "APIs and webhooks of applications",
    4443: "aggregated APIs beside the kubelet",
    8443: "Linkerd webhooks",
    9443: "load balancer controller and policy webhooks",
    10250: "kubelets: logs and exec; External Secrets and metrics",
}
"""TCP ports of nodes and pods that the API server calls, each with what listens there. A webhook
on any other port times out; the usual range 1025-65535 would open every application to it."""

_EVERYWHERE = "0.0.0.0/0"
_ALL = "-1"
_HTTPS = 443


@dataclass(frozen=True, kw_only=True)
class NodeSecurityGroupArgs(ComponentArgs):
    """Arguments of `NodeSecurityGroup`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``.
        cluster_security_group_id: the control plane's security group.
        vpc_id: VPC of the nodes.
    """

    cluster_name: str
    cluster_security_group_id: pulumi.Input[str]
    vpc_id: str


class NodeSecurityGroup(Component):
    """Pulumi type ``eks-platform:nodeSecurityGroup:NodeSecurityGroup``.

    Creates the security group with one rule for each way: between nodes (everything), from the
    control plane (`CONTROL_PLANE_PORTS`), out (everything); and, on the control plane's group,
    one from the nodes to the API server.

    Attributes:
        id: id of the group.
    """

    MODULE = "nodeSecurityGroup"

    id: pulumi.Output[str]

    def __init__(
        self, name: str, args: NodeSecurityGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = args
        label = f"{args.cluster_name}-node"
        group = ec2.SecurityGroup(
            name,
            name=label,
            description=f"Nodes of {args.cluster_name}",
            vpc_id=args.vpc_id,
            # Load balancer controllers find the group by this tag, and add rules to it.
            revoke_rules_on_delete=True,
            tags=args.named(label, {f"kubernetes.io/cluster/{args.cluster_name}": "owned"}),
            opts=self.child(),
        )
        self.id = group.id
        self._rules(name)
        self.register_outputs({"id": self.id})

    def _rules(self, name: str) -> None:
        cluster = self._args.cluster_security_group_id
        self._ingress(f"{name}-from-nodes", "nodes and pods", self.id, self.id, None)
        for port, listener in CONTROL_PLANE_PORTS.items():
            self._ingress(f"{name}-from-control-plane-{port}", listener, self.id, cluster, port)
        self._ingress(f"{name}-to-api-server", "nodes and pods", cluster, self.id, _HTTPS)
        vpc.SecurityGroupEgressRule(
            f"{name}-out",
            security_group_id=self.id,
            description="images, AWS APIs, other pods",
            ip_protocol=_ALL,
            cidr_ipv4=_EVERYWHERE,
            tags=self._args.named(f"{name}-out"),
            opts=self.child(),
        )

    def _ingress(
        self,
        label: str,
        description: str,
        group: pulumi.Input[str],
        source: pulumi.Input[str],
        port: int | None,
    ) -> None:
        """Lets `source` reach one TCP port of `group`, or everything of it."""
        vpc.SecurityGroupIngressRule(
            label,
            security_group_id=group,
            referenced_security_group_id=source,
            description=description,
            ip_protocol="tcp" if port else _ALL,
            from_port=port,
            to_port=port,
            tags=self._args.named(label),
            opts=self.child(),
        )
