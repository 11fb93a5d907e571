"""Words that stack files, stacks and components share."""

from typing import Literal, get_args

from eks_platform_contract.names import COLOURS, PROJECT, SHARED, Colour

__all__ = [
    "COLOURS",
    "HUMAN_ROLES",
    "KUBERNETES_VERSIONS",
    "PLATFORM_NAMESPACES",
    "PROJECT",
    "SHARED",
    "Colour",
    "KubernetesVersion",
    "cluster_name",
]

KubernetesVersion = Literal["1.34", "1.35"]
"""Kubernetes minors that every add-on of the catalogue supports."""

KUBERNETES_VERSIONS: tuple[KubernetesVersion, ...] = get_args(KubernetesVersion)

HUMAN_ROLES = {"admin": "k8sadmin", "readwrite": "k8sreadwrite", "readonly": "k8sreadonly"}
"""IAM role of each kind of person, without its prefix."""

PLATFORM_NAMESPACES = (
    "external-secrets",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "linkerd",
    "logging",
    "overprovisioning",
)
"""Namespaces of Kubernetes and of the add-ons: a shell in a pod there is root on its node, or
reads what no other may."""


def cluster_name(colour: Colour) -> str:
    """EKS cluster name of a colour, for example ``eks-blue``."""
    return f"eks-{colour}"
