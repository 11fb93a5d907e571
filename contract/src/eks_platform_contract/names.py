"""Names of the platform's Pulumi project and stacks."""

from typing import Literal, get_args

PROJECT = "eks-platform"
"""Name of the Pulumi project."""

SHARED = "shared"
"""Name of the stack that holds what both clusters use."""

Colour = Literal["blue", "green"]
"""A cluster, and the name of its stack."""

COLOURS: tuple[Colour, ...] = get_args(Colour)

HumanRole = Literal["admin", "readwrite", "readonly"]
"""A kind of person."""

HUMAN_ROLES: tuple[HumanRole, ...] = get_args(HumanRole)


def cluster_name(colour: Colour) -> str:
    """EKS cluster name of a colour, for example ``eks-blue``."""
    return f"eks-{colour}"
