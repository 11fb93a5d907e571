"""Every version that a cluster's nodes and add-ons run, by Kubernetes minor.

Where new ones are found:

- node images: release notes of https://github.com/awslabs/amazon-eks-ami/releases; each release
  names an image for every minor.
- EKS add-ons: ``aws eks describe-addon-versions --kubernetes-version MINOR --addon-name NAME``;
  take the one marked as default.
- ExternalDNS: https://github.com/kubernetes-sigs/external-dns/releases; its README has the
  Kubernetes versions it supports. The local cloud runs the same version: raise it there too
  (``localcloud/tools/go/external-dns/go.mod``).
"""

from collections.abc import Mapping
from dataclasses import dataclass


class UnsupportedVersionError(ValueError):
    """The catalogue has no such entry, or none for a Kubernetes minor."""


@dataclass(frozen=True)
class Entry:
    """Something with a version of its own.

    Attributes:
        name: what it is called, in errors too.
        versions: its version by Kubernetes minor, such as ``1.34``.
    """

    name: str
    versions: Mapping[str, str]

    def version(self, minor: str) -> str:
        """The version for a Kubernetes minor.

        Raises:
            UnsupportedVersionError: the catalogue has none for it.
        """
        if minor not in self.versions:
            raise UnsupportedVersionError(
                f"{self.name} has no version for Kubernetes {minor} in the catalogue;"
                f" it supports {', '.join(self.versions)}"
            )
        return self.versions[minor]


NODE_IMAGE = Entry("node image", {"1.34": "v20260930", "1.35": "v20260930"})
"""Release of the EKS-optimized Amazon Linux 2023 image."""

CORE_DNS = Entry("coredns", {"1.34": "v1.12.4-eksbuild.18", "1.35": "v1.13.2-eksbuild.31"})
"""EKS add-on. Each minor has its own line: the Corefile plugins follow the API server."""

EBS_CSI = Entry("aws-ebs-csi-driver", {"1.34": "v1.63.0-eksbuild.1", "1.35": "v1.64.0-eksbuild.1"})
"""EKS add-on."""

EXTERNAL_DNS_VERSION = "v0.21.0"
"""One for all minors: both colours hand records over to each other, so both must write alike."""

EXTERNAL_DNS_IMAGE = f"registry.k8s.io/external-dns/external-dns:{EXTERNAL_DNS_VERSION}"
"""Container image of the DNS writers."""

EXTERNAL_DNS = Entry("external-dns", dict.fromkeys(("1.34", "1.35"), EXTERNAL_DNS_VERSION))
"""The DNS writers."""

ADDONS: Mapping[str, Entry] = {entry.name: entry for entry in (CORE_DNS, EBS_CSI, EXTERNAL_DNS)}
"""Add-ons by name."""

ENTRIES: tuple[Entry, ...] = (NODE_IMAGE, *ADDONS.values())
"""All there is."""


def node_image_parameter(minor: str) -> str:
    """Name of the public SSM parameter that holds the id of the node image.

    Raises:
        UnsupportedVersionError: there is no image for this minor.
    """
    image = f"amazon-eks-node-al2023-x86_64-standard-{minor}-{NODE_IMAGE.version(minor)}"
    folder = f"/aws/service/eks/optimized-ami/{minor}/amazon-linux-2023/x86_64/standard"
    return f"{folder}/{image}/image_id"


def addon_version(name: str, minor: str) -> str:
    """Version of an add-on for a Kubernetes minor.

    Raises:
        UnsupportedVersionError: there is no such add-on, or no version of it for this minor.
    """
    if name not in ADDONS:
        raise UnsupportedVersionError(
            f"{name} (for Kubernetes {minor}) is no add-on of the catalogue;"
            f" there are {', '.join(ADDONS)}"
        )
    return ADDONS[name].version(minor)


def require_supported(minor: str) -> None:
    """Refuses a Kubernetes minor that some entry does not support.

    Raises:
        UnsupportedVersionError: names every such entry.
    """
    lacking = [entry for entry in ENTRIES if minor not in entry.versions]
    if lacking:
        supports = "; ".join(f"{e.name} supports {', '.join(e.versions)}" for e in lacking)
        raise UnsupportedVersionError(f"Kubernetes {minor} is not in the catalogue: {supports}")
