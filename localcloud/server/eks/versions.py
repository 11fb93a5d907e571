"""Add-on versions that the local EKS offers, newest first."""

from collections.abc import Mapping

ADDON_VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "coredns": {
        "1.34": ("v1.12.4-eksbuild.18", "v1.12.4-eksbuild.1"),
        "1.35": ("v1.13.2-eksbuild.31", "v1.13.1-eksbuild.1"),
    },
    "aws-ebs-csi-driver": {
        "1.34": ("v1.64.0-eksbuild.1", "v1.63.0-eksbuild.1"),
        "1.35": ("v1.64.0-eksbuild.1", "v1.63.0-eksbuild.1"),
    },
    "kube-proxy": {
        "1.34": ("v1.34.0-eksbuild.4",),
        "1.35": ("v1.35.0-eksbuild.1",),
    },
    "vpc-cni": {
        "1.34": ("v1.20.4-eksbuild.1",),
        "1.35": ("v1.20.4-eksbuild.1",),
    },
}
"""Add-on → Kubernetes minor → versions."""
