"""Access entries: who may use a cluster, even if its ConfigMap aws-auth is damaged."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import eks

from components.base import Component, ComponentArgs
from components.cluster_users import MASTERS, ClusterUser

_NODE_TYPE = "EC2_LINUX"


@dataclass(frozen=True, kw_only=True)
class AccessArgs(ComponentArgs):
    """Arguments of `Access`.

    Attributes:
        cluster_name: EKS cluster name, known once the cluster exists.
        partition: AWS partition, for example ``aws``.
        node_role_arn: IAM role of the nodes.
        users: who may use the cluster, people and pipelines.
    """

    cluster_name: pulumi.Input[str]
    partition: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    users: Sequence[ClusterUser]


class Access(Component):
    """Pulumi type ``eks-platform:access:Access``.

    Creates an access entry for each kind of person, with the user name and groups of aws-auth,
    and one for the nodes: EKS makes that one by itself only for managed node groups. EKS refuses
    groups that begin with ``system:``, so those who are masters get an access policy instead, as
    do pipelines.

    Attributes:
        entries: access entries by kind of person, and ``node``.
    """

    MODULE = "access"

    entries: dict[str, eks.AccessEntry]

    def __init__(
        self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        self.entries = {user.kind: self._user_entry(user) for user in args.users}
        self.entries["node"] = eks.AccessEntry(
            f"{name}-node",
            cluster_name=args.cluster_name,
            principal_arn=args.node_role_arn,
            type=_NODE_TYPE,
            tags=args.named(f"{name}-node"),
            opts=self.child(),
        )
        arns = {kind: entry.access_entry_arn for kind, entry in self.entries.items()}
        self.register_outputs({"entryArns": arns})

    def _user_entry(self, user: ClusterUser) -> eks.AccessEntry:
        label = f"{self._name}-{user.kind}"
        entry = eks.AccessEntry(
            label,
            cluster_name=self._args.cluster_name,
            principal_arn=user.role_arn,
            type="STANDARD",
            user_name=user.username,
            kubernetes_groups=[group for group in user.groups if group != MASTERS],
            tags=self._args.named(label),
            opts=self.child(),
        )
        if user.policy:
            self._associate(label, entry, user.policy)
        return entry

    def _associate(self, label: str, entry: eks.AccessEntry, name: str) -> None:
        policy = pulumi.Output.format(
            "arn:{0}:eks::aws:cluster-access-policy/{1}", self._args.partition, name
        )
        eks.AccessPolicyAssociation(
            label,
            cluster_name=entry.cluster_name,
            principal_arn=entry.principal_arn,
            policy_arn=policy,
            access_scope={"type": "cluster"},
            opts=self.child(depends_on=[entry]),
        )
