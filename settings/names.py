"""Words that stack files, stacks and components share."""

from typing import Literal, get_args

PROJECT = "eks-platform"
"""Name of the Pulumi project, and so the namespace of its settings."""

SHARED = "shared"
"""Name of the stack that holds what both clusters use."""

Colour = Literal["blue", "green"]
"""A cluster, and the name of its stack."""

COLOURS: tuple[Colour, ...] = get_args(Colour)

KubernetesVersion = Literal["1.34", "1.35"]
"""Kubernetes minors that every add-on of the catalogue supports."""

KUBERNETES_VERSIONS: tuple[KubernetesVersion, ...] = get_args(KubernetesVersion)

HUMAN_ROLES = {"admin": "k8sadmin", "readwrite": "k8sreadwrite", "readonly": "k8sreadonly"}
"""IAM role of each kind of person, without its prefix."""


def cluster_name(colour: Colour) -> str:
    """EKS cluster name of a colour, for example ``eks-blue``."""
    return f"eks-{colour}"
