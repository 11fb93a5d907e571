"""Every version that a cluster's nodes and add-ons run, by Kubernetes minor.

Where new ones are found, beside what `catalogue.minors` says:

- charts: ``helm search repo NAME --versions`` after ``helm repo add``; then write the new
  version's list of values, as `catalogue.chart_keys` says.
- ExternalDNS: https://github.com/kubernetes-sigs/external-dns/releases; its README has the
  Kubernetes versions it supports. The local cloud runs the same version: raise it there too
  (``localcloud/tools/go/external-dns/go.mod``).
- digests of images: ``crane digest REPOSITORY:TAG``, or what a registry answers to a HEAD of the
  tag's manifest, as ``Docker-Content-Digest``. It is the digest of the index, not of one platform.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from catalogue.entries import Entry, Image
from catalogue.minors import MINORS, Minor


def for_all(version: str) -> Mapping[str, str]:
    """One version for every minor."""
    return dict.fromkeys(MINORS, version)


def up_to(last: str, version: str) -> Mapping[str, str]:
    """One version for every minor up to one, such as ``1.36``."""
    return {minor: version for minor in MINORS if _number(minor) <= _number(last)}


def _number(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))


def _each(version: Callable[[Minor], str]) -> Mapping[str, str]:
    """The version that each minor has for itself."""
    return {name: version(minor) for name, minor in MINORS.items()}


NODE_IMAGE = Entry("node image", _each(lambda minor: minor.node_image))
"""Release of the EKS-optimized Amazon Linux 2023 image."""

COREDNS = Entry("coredns", _each(lambda minor: minor.coredns))
"""EKS add-on."""

EBS_CSI = Entry("aws-ebs-csi-driver", _each(lambda minor: minor.ebs_csi))
"""EKS add-on."""

EXTERNAL_DNS = Image(
    "external-dns",
    for_all("v0.21.0@sha256:f53faaf71cb270d1ca9dce6ea0c94bfebf1a18696263487f0fbc74b9bf2bd7ff"),
    "registry.k8s.io/external-dns/external-dns",
)
"""The DNS writers. One for all minors: both colours hand records over to each other, so both must
write alike.

Not 0.22 or later for now, which does not: it signs A records that are aliases with TXT records of
another name (``a-`` in place of ``cname-``), which a colour of 0.21 does not look for; it reads
annotations of another prefix, without the old one, and deletes what it then lacks; and ``--policy``
has no default. https://github.com/kubernetes-sigs/external-dns/releases/tag/v0.22.0
"""

CLUSTER_AUTOSCALER_IMAGE = Image(
    "cluster-autoscaler image",
    _each(lambda minor: minor.cluster_autoscaler),
    "registry.k8s.io/autoscaling/cluster-autoscaler",
)
"""In place of the chart's. Its digests: https://github.com/kubernetes/k8s.io/pull/9760.

Of a tag that is unconfirmed there is no digest either.
"""

KARPENTER_IMAGE = Image(
    "karpenter image",
    up_to("1.36", "1.14.1@sha256:445baefaaa689029cc12ac1f659b916b0b82fb14308ce536f8521fcf079116fa"),
    "public.ecr.aws/karpenter/controller",
)
"""The one that the chart of that version names itself: its digest is in public files of several
owners that pin the tag. The local cloud runs the same version: raise it there too
(``localcloud/tools/go/karpenter/go.mod``)."""

FLUENTD_IMAGE = Image(
    "fluentd image",
    for_all(
        "v1.19.3-debian-cloudwatch-1.1"
        "@sha256:268c29d7908ce779e200cf08d26e3ab52c0eb965fdae51e8d424730c0e311166"
    ),
    "fluent/fluentd-kubernetes-daemonset",
)
"""The variant with the plugin for CloudWatch Logs."""

KUBECTL_IMAGE = Image(
    "kubectl image",
    up_to(
        "1.36", "v1.35.1@sha256:c93e4fb811b3217ef69ee7a79a9a15fb277887cd1c3002fbe154e676037a274a"
    ),
    "registry.k8s.io/kubectl",
)
"""What pauses live work on an idle colour, beside KEDA. One for all minors: kubectl is for API
servers of its minor and of the ones next to it. Its digest is in a public file that pins the tag.
"""

NODE_LOCAL_DNS = Image(
    "node-local-dns", for_all("1.26.7"), "registry.k8s.io/dns/k8s-dns-node-cache"
)
"""The cache on each node. Without a digest: no public file was found that pins the tag, which
https://github.com/kubernetes/k8s.io/pull/8711 published."""

PAUSE = Image(
    "overprovisioning",
    for_all("3.10.1@sha256:278fb9dbcca9518083ad1e11276933a2e96f23de604a3a08cc3c80002767d24c"),
    "registry.k8s.io/pause",
)
"""The image that does nothing."""

HORIZONTAL_AUTOSCALING = Entry("horizontal-autoscaling", for_all("v2"))
"""Version of the API ``autoscaling``; what acts on it is part of Kubernetes."""


NodeArchitecture = Literal["x86_64", "arm64"]
"""Processors that there is a node image for, as EC2 and the image's name have them."""


def node_image_parameter(minor: str, architecture: NodeArchitecture = "x86_64") -> str:
    """Name of the public SSM parameter that holds the id of the node image.

    https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html

    Args:
        minor: Kubernetes minor.
        architecture: of the nodes' processors.

    Raises:
        UnsupportedVersionError: there is no image for this minor.
    """
    image = f"amazon-eks-node-al2023-{architecture}-standard-{minor}-{NODE_IMAGE.version(minor)}"
    folder = f"/aws/service/eks/optimized-ami/{minor}/amazon-linux-2023/{architecture}/standard"
    return f"{folder}/{image}/image_id"
