"""The IAM roles that people take on; what they may do on a cluster is the cluster's to say."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import get_caller_identity_output, get_partition_output, iam

from components.base import Component, ComponentArgs
from settings.human_roles import OwnHumanRoles, trust_policy
from settings.names import COLOURS, HUMAN_ROLES, cluster_name

_HOUR = 3600
# A stolen admin session is worth most, so it ends first.
_LONGEST_SESSION = {"admin": _HOUR, "readwrite": 4 * _HOUR, "readonly": 4 * _HOUR}


@dataclass(frozen=True, kw_only=True)
class HumanRolesArgs(ComponentArgs):
    """What `HumanRoles` needs.

    Attributes:
        settings: what begins their names, and which accounts they trust.
        region: AWS region of the clusters.
    """

    settings: OwnHumanRoles
    region: str


class HumanRoles(Component):
    """Three IAM roles: admin, readwrite, readonly.

    Pulumi type: ``eks-platform:humanRoles:HumanRoles``.

    Creates the roles, which the trusted accounts may let their people take on where the conditions
    of the settings hold, for at most one hour (admin) or four; each may describe the two clusters,
    as ``aws eks update-kubeconfig`` must, and nothing else of AWS.

    Args:
        name: Pulumi name.
        args: what it needs.
        opts: resource options.

    Attributes:
        arns: ARN of each role, by kind: admin, readwrite, readonly.
    """

    MODULE = "humanRoles"

    arns: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: HumanRolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name = name
        self._args = args
        lookup = pulumi.InvokeOptions(parent=self)
        partition = get_partition_output(opts=lookup).partition
        account = get_caller_identity_output(opts=lookup).account_id
        trust, policy = self._trust(partition), self._policy(partition, account)
        self.arns = {kind: self._role(kind, trust, policy) for kind in HUMAN_ROLES}
        self.register_outputs(dict(self.arns))

    def _role(
        self, kind: str, trust: pulumi.Output[str], policy: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        label = f"{self._name}-{kind}"
        role_name = f"{self._args.settings.name_prefix}{HUMAN_ROLES[kind]}"
        role = iam.Role(
            label,
            name=role_name,
            description=f"People with {kind} access to the EKS clusters",
            assume_role_policy=trust,
            max_session_duration=_LONGEST_SESSION[kind],
            tags=self._args.named(role_name),
            opts=self.child(),
        )
        iam.RolePolicy(
            label, name="describe-clusters", role=role.name, policy=policy, opts=self.child()
        )
        return role.arn

    def _trust(self, partition: pulumi.Output[str]) -> pulumi.Output[str]:
        settings = self._args.settings
        return partition.apply(
            lambda name: trust_policy(name, settings.trusted_account_ids, settings.conditions)
        )

    def _policy(
        self, partition: pulumi.Output[str], account: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        clusters = [
            pulumi.Output.concat(
                "arn:", partition, f":eks:{self._args.region}:", account, f":cluster/{name}"
            )
            for name in map(cluster_name, COLOURS)
        ]
        return _document({"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": clusters})


def _document(statement: Mapping[str, object]) -> pulumi.Output[str]:
    """A policy document of one statement, as JSON."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": [dict(statement)]})
