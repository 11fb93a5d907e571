"""The Kubernetes minors of the platform, and what each has for itself alone.

This is the one place that lists them; `catalogue.versions` has what is the same for all. How one is
added: ``docs/runbooks/raise-a-minor.md``.

Where new versions are found:

- node images: release notes of https://github.com/awslabs/amazon-eks-ami/releases; each release
  names an image for every minor.
- EKS add-ons: ``aws eks describe-addon-versions --kubernetes-version MINOR --addon-name NAME``;
  take the one marked as default.
- Cluster Autoscaler: https://github.com/kubernetes/autoscaler/releases.
- dates: ``aws eks describe-cluster-versions``, or the release calendar of `catalogue.support`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from catalogue.support import Outlook, Support


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
        support: how long EKS supports it.
        unconfirmed: attributes, and add-ons of `catalogue.addons`, whose version no public record
            names for this minor. Likely ones; AWS is to be asked before a cluster is made of them.
    """

    node_image: str
    coredns: str
    ebs_csi: str
    cluster_autoscaler: str
    support: Support
    unconfirmed: tuple[str, ...] = ()


KubernetesVersion = Literal["1.34", "1.35", "1.36", "1.37"]
"""Kubernetes minors that every add-on supports; type checkers and stack files know them by it."""

_CALENDAR = "https://endoflife.date/amazon-eks"
"""Reads AWS's release calendar day by day."""

MINORS: Mapping[KubernetesVersion, Minor] = {
    "1.34": Minor(
        node_image="v20261023",
        coredns="v1.12.4-eksbuild.18",
        ebs_csi="v1.63.0-eksbuild.1",
        cluster_autoscaler="v1.34.5"
        "@sha256:5c3a56440ffc76eac79e7d7e840153c1fbe7b6e02d415e76a45ba2e0ef99a266",
        support=Support(
            released=date(2025, 10, 2),
            standard_end=date(2026, 12, 2),
            extended_end=date(2027, 12, 2),
            source="https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html",
        ),
    ),
    "1.35": Minor(
        node_image="v20261023",
        coredns="v1.13.2-eksbuild.31",
        ebs_csi="v1.64.0-eksbuild.1",
        cluster_autoscaler="v1.35.2"
        "@sha256:aac369dc283927a623deb1af54696efcc722ae79255aa07788422e495bab887d",
        support=Support(
            released=date(2026, 1, 28),
            standard_end=date(2027, 3, 27),
            extended_end=date(2028, 3, 27),
            source=_CALENDAR,
        ),
    ),
    "1.36": Minor(
        node_image="v20261023",
        coredns="v1.14.3-eksbuild.23",
        ebs_csi="v1.66.0-eksbuild.1",
        cluster_autoscaler="v1.36.1"
        "@sha256:461388d03eb5b55db58941ee7a81d9a619dd15302b01cbab9f5a9946715994b4",
        support=Support(
            released=date(2026, 6, 2),
            standard_end=date(2027, 8, 2),
            extended_end=date(2028, 8, 2),
            source=_CALENDAR,
        ),
    ),
    "1.37": Minor(
        node_image="v20261023",
        coredns="v1.14.6-eksbuild.4",
        ebs_csi="v1.66.0-eksbuild.1",
        cluster_autoscaler="v1.37.0",
        support=Support(
            released=date(2026, 10, 1),
            standard_end=None,
            extended_end=None,
            source="https://aws.amazon.com/about-aws/whats-new/2026/10/amazon-eks-distro-kubernetes-version-1-37/",
        ),
        # The descheduler's README has no release yet that is tested with 1.37.
        unconfirmed=("coredns", "ebs_csi", "cluster_autoscaler", "descheduler"),
    ),
}
"""The same minors, the oldest first."""

KUBERNETES_VERSIONS: tuple[KubernetesVersion, ...] = get_args(KubernetesVersion)

SHIPPED: tuple[KubernetesVersion, KubernetesVersion] = ("1.35", "1.36")
"""The pair that the shipped stack files name, blue's first, and that the local cloud always has."""


def minor_of(version: str) -> KubernetesVersion | None:
    """The minor of a version such as ``1.35`` or ``v1.35.4``, or None if the catalogue lacks it."""
    found = plain_minor(version)
    return next((minor for minor in KUBERNETES_VERSIONS if minor == found), None)


def plain_minor(version: str) -> str:
    """The minor of a version such as ``v1.35.4-eks-1``, whether the catalogue has it or not."""
    return ".".join(version.removeprefix("v").split(".")[:2])


def outlook(version: str, today: date) -> Outlook | None:
    """Where the support of a version's minor stands, or None if the catalogue lacks the minor."""
    minor = minor_of(version)
    return Outlook(minor, MINORS[minor].support, today) if minor else None


def ends_sooner(new: str, old: str) -> bool:
    """Whether standard support of a minor ends before that of another one.

    Where a date is not known the lower minor ends sooner: EKS releases and retires them in order.

    Args:
        new: minor of the catalogue.
        old: minor of the catalogue.

    Raises:
        LookupError: the catalogue lacks one of the two.
    """
    first, second = minor_of(new), minor_of(old)
    if first is None or second is None:
        raise LookupError(f"the catalogue lacks Kubernetes {new if first is None else old}")
    ends = MINORS[first].support.standard_end, MINORS[second].support.standard_end
    if ends[0] is not None and ends[1] is not None:
        return ends[0] < ends[1]
    return KUBERNETES_VERSIONS.index(first) < KUBERNETES_VERSIONS.index(second)
