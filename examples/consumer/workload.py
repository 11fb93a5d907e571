"""The IAM role of the application: one role, valid on every colour."""

import json
from collections.abc import Sequence

from pulumi_aws import iam

from eks_platform_contract.outputs import Cluster
from eks_platform_contract.workload import trust_policy


def workload_role(name: str, clusters: Sequence[Cluster]) -> iam.Role:
    """A role that the application may take on, on each cluster; it may read its own parameters.

    Args:
        name: of the role, the namespace and the service account.
        clusters: every cluster that stands.
    """
    role = iam.Role(
        name,
        name=name,
        assume_role_policy=trust_policy(clusters, namespace=name, service_account=name),
    )
    _, partition, _, region, account, _ = clusters[0].arn.split(":", 5)
    statement = {
        "Effect": "Allow",
        "Action": ["ssm:GetParameter", "ssm:GetParametersByPath"],
        "Resource": f"arn:{partition}:ssm:{region}:{account}:parameter/{name}/*",
    }
    iam.RolePolicy(
        name,
        name="own-parameters",
        role=role.name,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    return role
