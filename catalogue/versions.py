"""Every version that a cluster's nodes and add-ons run, by Kubernetes minor.

Where new ones are found, beside what `catalogue.minors` says:

- charts: ``helm search repo NAME --versions`` after ``helm repo add``; then write the new
  version's list of values, as `catalogue.chart_keys` says.
- ExternalDNS: https://github.com/kubernetes-sigs/external-dns/releases; its README has the
  Kubernetes versions it supports. The local cloud runs the same version: raise it there too
  (``localcloud/tools/go/external-dns/go.mod``).
"""

from collections.abc import Callable, Mapping

from catalogue.entries import Entry
from catalogue.minors import MINORS, Minor


def for_all(version: str) -> Mapping[str, str]:
    """One version for every minor."""
    return dict.fromkeys(MINORS, version)


def _each(version: Callable[[Minor], str]) -> Mapping[str, str]:
    """The version that each minor has for itself."""
    return {name: version(minor) for name, minor in MINORS.items()}


NODE_IMAGE = Entry("node image", _each(lambda minor: minor.node_image))
"""Release of the EKS-optimized Amazon Linux 2023 image."""

COREDNS = Entry("coredns", _each(lambda minor: minor.coredns))
"""EKS add-on."""

EBS_CSI = Entry("aws-ebs-csi-driver", _each(lambda minor: minor.ebs_csi))
"""EKS add-on."""

EXTERNAL_DNS_VERSION = "v0.21.0"
"""One for all minors: both colours hand records over to each other, so both must write alike."""

EXTERNAL_DNS_IMAGE = f"registry.k8s.io/external-dns/external-dns:{EXTERNAL_DNS_VERSION}"
"""Container image of the DNS writers."""

EXTERNAL_DNS = Entry("external-dns", for_all(EXTERNAL_DNS_VERSION))
"""The DNS writers."""

CLUSTER_AUTOSCALER_IMAGE = Entry(
    "cluster-autoscaler image", _each(lambda minor: minor.cluster_autoscaler)
)
"""Tag."""

FLUENTD_IMAGE = Entry("fluentd image", for_all("v1.19.3-debian-cloudwatch-1.1"))
"""Tag of the variant with the plugin for CloudWatch Logs."""

NODE_LOCAL_DNS = Entry("node-local-dns", for_all("1.26.7"))
"""Tag of its image."""

PAUSE = Entry("overprovisioning", for_all("3.10.1"))
"""Tag of the image that does nothing."""

HORIZONTAL_AUTOSCALING = Entry("horizontal-autoscaling", for_all("v2"))
"""Version of the API ``autoscaling``; what acts on it is part of Kubernetes."""


def node_image_parameter(minor: str) -> str:
    """Name of the public SSM parameter that holds the id of the node image.

    Raises:
        UnsupportedVersionError: there is no image for this minor.
    """
    image = f"amazon-eks-node-al2023-x86_64-standard-{minor}-{NODE_IMAGE.version(minor)}"
    folder = f"/aws/service/eks/optimized-ami/{minor}/amazon-linux-2023/x86_64/standard"
    return f"{folder}/{image}/image_id"
