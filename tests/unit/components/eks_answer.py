"""What `eks:index:Cluster` answers: its children are made in the provider, unseen by tests."""

import json

from tests.unit.pulumi_harness import State

CLUSTER = "eks:index:Cluster"
ENDPOINT = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com"
AUTHORITY = "QVVUSE9SSVRZ"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"


def answer(name: str) -> State:
    """Outputs of the cluster `name`, as the real component gives them to this program.

    With a security group of ours and none for nodes, that for nodes is the one that EKS made.
    """
    cluster = {"server": ENDPOINT, "certificate-authority-data": AUTHORITY}
    command = ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", name]
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kubernetes", "cluster": cluster}],
        "contexts": [{"name": "aws", "context": {"cluster": "kubernetes", "user": "aws"}}],
        "current-context": "aws",
        "users": [{"name": "aws", "user": {"exec": {"command": "aws", "args": command}}}],
    }
    return {
        "kubeconfig": kubeconfig,
        "kubeconfigJson": json.dumps(kubeconfig),
        "clusterSecurityGroupId": "sg-ours",
        "nodeSecurityGroupId": "sg-cluster",
        "oidcProviderArn": f"arn:aws:iam::123456789012:oidc-provider/{ISSUER}",
        "oidcProviderUrl": f"https://{ISSUER}",
        "oidcIssuer": ISSUER,
    }
