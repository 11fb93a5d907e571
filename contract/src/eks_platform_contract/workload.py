"""Trust policies that make one IAM role valid on every colour."""

import json
from collections.abc import Iterable

from eks_platform_contract.outputs import Cluster

_AUDIENCE = "sts.amazonaws.com"


def trust_policy(clusters: Iterable[Cluster], namespace: str, service_account: str) -> str:
    """Trust policy by which one service account takes a role on, on each of the clusters.

    Args:
        clusters: every cluster that stands.
        namespace: the service account's namespace.
        service_account: its name.

    Returns:
        The policy document as JSON, one statement for each cluster, in the order of their names.

    Raises:
        ValueError: there are no clusters.
    """
    subject = f"system:serviceaccount:{namespace}:{service_account}"
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Federated": cluster.oidc_provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{cluster.oidc_issuer}:aud": _AUDIENCE,
                    f"{cluster.oidc_issuer}:sub": subject,
                }
            },
        }
        for cluster in sorted(clusters, key=lambda it: it.name)
    ]
    if not statements:
        raise ValueError("no cluster stands, so nobody could take the role on")
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
