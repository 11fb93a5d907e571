"""Every version that a cluster's nodes and add-ons run, by Kubernetes minor.

Where new ones are found:

- node images: release notes of https://github.com/awslabs/amazon-eks-ami/releases; each release
  names an image for every minor.
- EKS add-ons: ``aws eks describe-addon-versions --kubernetes-version MINOR --addon-name NAME``;
  take the one marked as default.
- charts: ``helm search repo NAME --versions`` after ``helm repo add``; then write the new
  version's list of values, as `components.addons.chart_keys` says.
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


@dataclass(frozen=True)
class Chart(Entry):
    """A Helm chart; its name is that of the chart.

    Attributes:
        repository: URL of its repository, or of its folder in an OCI registry.
    """

    repository: str

    @property
    def reference(self) -> str:
        """What Helm takes for the chart: its name, or all of its OCI address."""
        return f"{self.repository}/{self.name}" if self.is_oci else self.name

    @property
    def is_oci(self) -> bool:
        """Whether it comes from an OCI registry, which has no repositories."""
        return self.repository.startswith("oci://")


@dataclass(frozen=True)
class Line:
    """An add-on of the platform.

    Attributes:
        name: its name in stack files and docs, and, with ``_`` for ``-``, of its module.
        entry: what is installed.
        needs: add-ons without which it does not work.
        optional: whether it can be switched off.
        module: its module in this package, where another one has its name.
    """

    name: str
    entry: Entry
    needs: tuple[str, ...] = ()
    optional: bool = True
    module: str = ""

    @property
    def chart(self) -> Chart | None:
        """Its chart, if it is one."""
        return self.entry if isinstance(self.entry, Chart) else None


def _all(version: str) -> dict[str, str]:
    """One version for every minor."""
    return dict.fromkeys(("1.34", "1.35"), version)


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

EXTERNAL_DNS = Entry("external-dns", _all(EXTERNAL_DNS_VERSION))
"""The DNS writers."""

CLUSTER_AUTOSCALER_IMAGE = Entry("cluster-autoscaler image", {"1.34": "v1.34.5", "1.35": "v1.35.2"})
"""Tag. It simulates the scheduler of its own minor."""

FLUENTD_IMAGE = Entry("fluentd image", _all("v1.19.3-debian-cloudwatch-1.1"))
"""Tag of the variant with the plugin for CloudWatch Logs."""

NODE_LOCAL_DNS = Entry("node-local-dns", _all("1.26.7"))
"""Tag of its image."""

PAUSE = Entry("overprovisioning", _all("3.10.1"))
"""Tag of the image that does nothing."""

HORIZONTAL_AUTOSCALING = Entry("horizontal-autoscaling", _all("v2"))
"""Version of the API ``autoscaling``; what acts on it is part of Kubernetes."""

LINKERD_REPOSITORY = "https://helm.linkerd.io/edge"
"""The only one that still gets open-source releases."""

CATALOGUE: tuple[Line, ...] = (
    # Its values are the same for every minor; it supports those of the last two years.
    Line(
        "cilium",
        Chart("cilium", _all("1.20.0"), "https://helm.cilium.io/"),
        optional=False,
    ),
    Line("coredns", CORE_DNS, optional=False, module="core_dns"),
    Line("ebs-csi", EBS_CSI),
    Line(
        "aws-load-balancer-controller",
        Chart("aws-load-balancer-controller", _all("3.5.0"), "https://aws.github.io/eks-charts"),
    ),
    Line("external-dns", EXTERNAL_DNS, optional=False, module="external_dns_pairs"),
    Line("node-local-dns", NODE_LOCAL_DNS, needs=("cilium", "coredns")),
    Line(
        "metrics-server",
        Chart(
            "metrics-server", _all("3.13.1"), "https://kubernetes-sigs.github.io/metrics-server/"
        ),
    ),
    Line(
        "external-secrets",
        Chart("external-secrets", _all("2.9.0"), "https://charts.external-secrets.io"),
    ),
    Line("linkerd-crds", Chart("linkerd-crds", _all("2026.8.3"), LINKERD_REPOSITORY)),
    Line(
        "linkerd",
        Chart("linkerd-control-plane", _all("2026.8.3"), LINKERD_REPOSITORY),
        needs=("linkerd-crds",),
    ),
    Line(
        "aws-node-termination-handler",
        Chart(
            "aws-node-termination-handler",
            _all("0.27.6"),
            # The HTTP repository ends at 0.21.0.
            "oci://public.ecr.aws/aws-ec2/helm",
        ),
    ),
    Line(
        "cluster-autoscaler",
        Chart("cluster-autoscaler", _all("9.59.0"), "https://kubernetes.github.io/autoscaler"),
    ),
    # Its README: the minor is that of its client packages, and each release is tested with three
    # minors of Kubernetes, that one and the two before. So 0.36 is for 1.34 to 1.36.
    Line(
        "descheduler",
        Chart("descheduler", _all("0.36.0"), "https://kubernetes-sigs.github.io/descheduler/"),
    ),
    Line("fluentd", Chart("fluentd", _all("0.6.0"), "https://fluent.github.io/helm-charts")),
    Line("overprovisioning", PAUSE),
    Line(
        "cluster-proportional-autoscaler",
        Chart(
            "cluster-proportional-autoscaler",
            _all("1.1.0"),
            "https://kubernetes-sigs.github.io/cluster-proportional-autoscaler",
        ),
        needs=("overprovisioning",),
    ),
    Line("horizontal-autoscaling", HORIZONTAL_AUTOSCALING, needs=("metrics-server",)),
)
"""Every add-on of the platform; the order is that of the docs."""

LINES: Mapping[str, Line] = {line.name: line for line in CATALOGUE}
"""Every add-on by its name."""

ADDONS: Mapping[str, Entry] = {line.entry.name: line.entry for line in CATALOGUE}
"""What the add-ons install, by its own name."""

ENTRIES: tuple[Entry, ...] = (
    NODE_IMAGE,
    *ADDONS.values(),
    CLUSTER_AUTOSCALER_IMAGE,
    FLUENTD_IMAGE,
)
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
