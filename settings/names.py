"""Words that stack files, stacks and components share."""

from eks_platform_contract.names import COLOURS, PROJECT, SHARED, Colour, cluster_name

__all__ = [
    "COLOURS",
    "HUMAN_ROLES",
    "LIFECYCLE_LABEL",
    "PLATFORM_NAMESPACES",
    "PROJECT",
    "SHARED",
    "Colour",
    "cluster_name",
    "control_plane_log_group",
    "pod_log_group",
]

HUMAN_ROLES = {"admin": "k8sadmin", "readwrite": "k8sreadwrite", "readonly": "k8sreadonly"}
"""IAM role of each kind of person, without its prefix."""

LIFECYCLE_LABEL = "node.kubernetes.io/lifecycle"
"""Label that tells ``spot`` nodes from ``on-demand`` ones."""

PLATFORM_NAMESPACES = (
    "external-secrets",
    "keda",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "linkerd",
    "logging",
    "overprovisioning",
)
"""Namespaces of Kubernetes and of the add-ons: a shell in a pod there is root on its node, or
reads what no other may."""


def control_plane_log_group(cluster: str) -> str:
    """Log group of a cluster's control plane; EKS writes to no other."""
    return f"/aws/eks/{cluster}/cluster"


def pod_log_group(cluster: str) -> str:
    """Log group of a cluster's pods."""
    return f"/eks/{cluster}/pods"
