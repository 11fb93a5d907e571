"""Every add-on of the platform: what is installed, what it needs, what it excludes.

What each says of itself beyond that is in `components.addons`, in the module of its name.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogue import versions
from catalogue.entries import Chart, Entry, UnsupportedVersionError
from catalogue.versions import for_all


@dataclass(frozen=True)
class Line:
    """An add-on of the platform.

    Attributes:
        name: its name in stack files and docs.
        entry: what is installed.
        needs: add-ons without which it does not work.
        conflicts: add-ons that cannot be installed beside it; said on one of the two.
        optional: whether it can be switched off.
    """

    name: str
    entry: Entry
    needs: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    optional: bool = True

    @property
    def chart(self) -> Chart | None:
        """Its chart, if it is one."""
        return self.entry if isinstance(self.entry, Chart) else None


# Its values are the same for every minor; it supports those of the last two years. Before 1.20.2
# the operator took whole prefixes for single addresses when it released some, and gave a node no
# new ones where its subnet had no free prefix: cilium/cilium#48125, #48193; reports #46598, #47910.
CILIUM = Line(
    "cilium", Chart("cilium", for_all("1.20.2"), "https://helm.cilium.io/"), optional=False
)

COREDNS = Line("coredns", versions.COREDNS, optional=False)

EBS_CSI = Line("ebs-csi", versions.EBS_CSI)

AWS_LOAD_BALANCER_CONTROLLER = Line(
    "aws-load-balancer-controller",
    Chart("aws-load-balancer-controller", for_all("3.5.0"), "https://aws.github.io/eks-charts"),
)

EXTERNAL_DNS = Line("external-dns", versions.EXTERNAL_DNS, optional=False)

NODE_LOCAL_DNS = Line("node-local-dns", versions.NODE_LOCAL_DNS, needs=("cilium", "coredns"))

METRICS_SERVER = Line(
    "metrics-server",
    Chart("metrics-server", for_all("3.13.1"), "https://kubernetes-sigs.github.io/metrics-server/"),
)

EXTERNAL_SECRETS = Line(
    "external-secrets",
    Chart("external-secrets", for_all("2.9.0"), "https://charts.external-secrets.io"),
)

# Of Linkerd's repositories, this one alone still gets open-source releases.
LINKERD_CRDS = Line(
    "linkerd-crds",
    Chart("linkerd-crds", for_all("2026.8.3"), "https://helm.linkerd.io/edge"),
)

LINKERD = Line(
    "linkerd",
    Chart("linkerd-control-plane", for_all("2026.8.3"), "https://helm.linkerd.io/edge"),
    needs=("linkerd-crds",),
)

# Its HTTP repository ends at 0.21.0.
AWS_NODE_TERMINATION_HANDLER = Line(
    "aws-node-termination-handler",
    Chart("aws-node-termination-handler", for_all("0.27.6"), "oci://public.ecr.aws/aws-ec2/helm"),
)

CLUSTER_AUTOSCALER = Line(
    "cluster-autoscaler",
    Chart("cluster-autoscaler", for_all("9.59.0"), "https://kubernetes.github.io/autoscaler"),
)

# Its README: the minor is that of its client packages, and each release is tested with three
# minors of Kubernetes, that one and the two before. So 0.36 is for 1.34 to 1.36.
DESCHEDULER = Line(
    "descheduler",
    Chart("descheduler", for_all("0.36.0"), "https://kubernetes-sigs.github.io/descheduler/"),
)

FLUENTD = Line(
    "fluentd", Chart("fluentd", for_all("0.6.0"), "https://fluent.github.io/helm-charts")
)

OVERPROVISIONING = Line("overprovisioning", versions.PAUSE)

CLUSTER_PROPORTIONAL_AUTOSCALER = Line(
    "cluster-proportional-autoscaler",
    Chart(
        "cluster-proportional-autoscaler",
        for_all("1.1.0"),
        "https://kubernetes-sigs.github.io/cluster-proportional-autoscaler",
    ),
    needs=("overprovisioning",),
)

HORIZONTAL_AUTOSCALING = Line(
    "horizontal-autoscaling", versions.HORIZONTAL_AUTOSCALING, needs=("metrics-server",)
)

CATALOGUE: tuple[Line, ...] = (
    CILIUM,
    COREDNS,
    EBS_CSI,
    AWS_LOAD_BALANCER_CONTROLLER,
    EXTERNAL_DNS,
    NODE_LOCAL_DNS,
    METRICS_SERVER,
    EXTERNAL_SECRETS,
    LINKERD_CRDS,
    LINKERD,
    AWS_NODE_TERMINATION_HANDLER,
    CLUSTER_AUTOSCALER,
    DESCHEDULER,
    FLUENTD,
    OVERPROVISIONING,
    CLUSTER_PROPORTIONAL_AUTOSCALER,
    HORIZONTAL_AUTOSCALING,
)
"""Every add-on of the platform; the order is that of the docs."""

LINES: Mapping[str, Line] = {line.name: line for line in CATALOGUE}
"""Every add-on by its name."""

ENTRIES: tuple[Entry, ...] = (
    versions.NODE_IMAGE,
    *(line.entry for line in CATALOGUE),
    versions.CLUSTER_AUTOSCALER_IMAGE,
    versions.FLUENTD_IMAGE,
)
"""All that has a version."""


def require_supported(minor: str) -> None:
    """Refuses a Kubernetes minor that some entry does not support.

    Raises:
        UnsupportedVersionError: names every such entry.
    """
    lacking = [entry for entry in ENTRIES if minor not in entry.versions]
    if lacking:
        supports = "; ".join(f"{e.name} supports {', '.join(e.versions)}" for e in lacking)
        raise UnsupportedVersionError(f"Kubernetes {minor} is not in the catalogue: {supports}")
