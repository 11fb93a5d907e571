"""The Kubernetes minors of the platform, and what each has for itself alone.

This is the one place that lists them; `catalogue.versions` has what is the same for all.

Where new versions are found:

- node images: release notes of https://github.com/awslabs/amazon-eks-ami/releases; each release
  names an image for every minor.
- EKS add-ons: ``aws eks describe-addon-versions --kubernetes-version MINOR --addon-name NAME``;
  take the one marked as default.
- Cluster Autoscaler: https://github.com/kubernetes/autoscaler/releases.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args


@dataclass(frozen=True, kw_only=True)
class Minor:
    """Versions that belong to one Kubernetes minor.

    Attributes:
        node_image: release of the EKS-optimized Amazon Linux 2023 image. Not v20260930: its kernel
            can panic, which v20261012 mends.
        coredns: EKS add-on. Each minor has its own line: the Corefile's plugins follow the API
            server.
        ebs_csi: EKS add-on.
        cluster_autoscaler: tag of its image, with its digest where a public record has it. It
            simulates the scheduler of its own minor.
    """

    node_image: str
    coredns: str
    ebs_csi: str
    cluster_autoscaler: str


KubernetesVersion = Literal["1.34", "1.35"]
"""Kubernetes minors that every add-on supports; type checkers and stack files know them by it."""

MINORS: Mapping[KubernetesVersion, Minor] = {
    "1.34": Minor(
        node_image="v20261023",
        coredns="v1.12.4-eksbuild.18",
        ebs_csi="v1.63.0-eksbuild.1",
        cluster_autoscaler="v1.34.5",
    ),
    "1.35": Minor(
        node_image="v20261023",
        coredns="v1.13.2-eksbuild.31",
        ebs_csi="v1.64.0-eksbuild.1",
        cluster_autoscaler="v1.35.2"
        "@sha256:aac369dc283927a623deb1af54696efcc722ae79255aa07788422e495bab887d",
    ),
}
"""The same minors, the oldest first."""

KUBERNETES_VERSIONS: tuple[KubernetesVersion, ...] = get_args(KubernetesVersion)
