"""Every add-on of the platform: what is installed, what it needs, what it excludes.

What each says of itself beyond that is in `components.addons`, in the module of its name.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from catalogue import versions
from catalogue.entries import Chart, Entry, UnsupportedVersionError
from catalogue.versions import for_all, up_to

Autoscaler = Literal["cluster-autoscaler", "karpenter"]
"""What makes nodes as pods need them."""

DEFAULT_AUTOSCALER: Autoscaler = "cluster-autoscaler"
"""What does where a stack file does not say."""


@dataclass(frozen=True)
class Line:
    """An add-on of the platform.

    Attributes:
        name: its name in stack files and docs.
        entry: what is installed.
        needs: add-ons without which it does not work.
        conflicts: add-ons that cannot be installed beside it; said on one of the two.
        optional: whether it can be switched off.
        autoscaler: the choice of autoscaler that it comes with; None: it comes with any.
        asked_by: the key of the stack file that asks for it; empty: it is there unless it is
            switched off.
        serves: group of the aggregated API that it serves; a cluster has one server for each.
        bound: paths of values of its chart that tie it to its own cluster. With another cluster's
            it would work on what is the other colour's, or, as no role allows that, on nothing.
        foreign: paths of values that the platform leaves out, and that would lead it to others.
    """

    name: str
    entry: Entry
    needs: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    optional: bool = True
    autoscaler: Autoscaler | None = None
    asked_by: str = ""
    serves: str = ""
    bound: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def chart(self) -> Chart | None:
        """Its chart, if it is one."""
        return self.entry if isinstance(self.entry, Chart) else None


# Its values are the same for every minor; it supports those of the last two years. Before 1.20.2
# the operator took whole prefixes for single addresses when it released some, and gave a node no
# new ones where its subnet had no free prefix: cilium/cilium#48125, #48193; reports #46598, #47910.
CILIUM = Line(
    "cilium",
    Chart("cilium", for_all("1.20.2"), "https://helm.cilium.io/"),
    optional=False,
    bound=("k8sServiceHost", "k8sServicePort"),
    foreign=("k8sServiceHostRef",),
)

COREDNS = Line("coredns", versions.COREDNS, optional=False)

EBS_CSI = Line("ebs-csi", versions.EBS_CSI)

AWS_LOAD_BALANCER_CONTROLLER = Line(
    "aws-load-balancer-controller",
    Chart("aws-load-balancer-controller", for_all("3.5.0"), "https://aws.github.io/eks-charts"),
    bound=("clusterName", "region", "vpcId"),
)

EXTERNAL_DNS = Line("external-dns", versions.EXTERNAL_DNS, optional=False)

NODE_LOCAL_DNS = Line("node-local-dns", versions.NODE_LOCAL_DNS, needs=("cilium", "coredns"))

METRICS_SERVER = Line(
    "metrics-server",
    Chart("metrics-server", for_all("3.13.1"), "https://kubernetes-sigs.github.io/metrics-server/"),
    serves="metrics.k8s.io",
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
    bound=("enableSqsTerminationDraining", "queueURL", "awsRegion"),
)

CLUSTER_AUTOSCALER = Line(
    "cluster-autoscaler",
    Chart("cluster-autoscaler", for_all("9.59.0"), "https://kubernetes.github.io/autoscaler"),
    autoscaler="cluster-autoscaler",
    bound=("cloudProvider", "awsRegion", "autoDiscovery.clusterName"),
    foreign=(
        "autoDiscovery.tags",
        "autoscalingGroups",
        "autoscalingGroupsnamePrefix",
        "extraArgs.node-group-auto-discovery",
        "extraArgs.nodes",
    ),
)

# A release of its own: Helm makes the CRDs that stand inside a chart, and never updates them.
KARPENTER_CRD = Line(
    "karpenter-crd",
    Chart("karpenter-crd", up_to("1.36", "1.14.1"), "oci://public.ecr.aws/karpenter"),
    autoscaler="karpenter",
)

# Which minors it supports: pkg/providers/version/version.go of its release. The digests of the
# charts' manifests in the registry, which are not those of their archives, in a public record:
# sha256:91434e00fb102d6ee0d1bd34a4457a32fe01a8fa833fe1a2a37da4f50272079b; of the CRDs
# sha256:c05c566740802506a34f3500b33e2fa3c9254f60469e84e5e294a3bd8adefb9f.
KARPENTER = Line(
    "karpenter",
    Chart("karpenter", up_to("1.36", "1.14.1"), "oci://public.ecr.aws/karpenter"),
    needs=("karpenter-crd",),
    conflicts=("cluster-autoscaler",),
    autoscaler="karpenter",
    bound=("settings.clusterName", "settings.clusterEndpoint", "settings.interruptionQueue"),
    foreign=("settings.clusterCABundle",),
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

# Which minors it supports: pkg/util/welcome.go of its release; with others it only warns. The list
# of its values is that of the chart's source of 2026-08-13, which has all that KEDA 2.21 reads.
KEDA = Line(
    "keda",
    Chart("keda", up_to("1.36", "2.21.0"), "https://kedacore.github.io/charts"),
    asked_by="keda",
    serves="external.metrics.k8s.io",
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
    KARPENTER_CRD,
    KARPENTER,
    DESCHEDULER,
    FLUENTD,
    OVERPROVISIONING,
    CLUSTER_PROPORTIONAL_AUTOSCALER,
    HORIZONTAL_AUTOSCALING,
    KEDA,
)
"""Every add-on of the platform; the order is that of the docs."""

LINES: Mapping[str, Line] = {line.name: line for line in CATALOGUE}
"""Every add-on by its name."""


SECTIONS: frozenset[str] = frozenset(line.asked_by for line in CATALOGUE if line.asked_by)
"""Keys of a stack file that ask for an add-on."""


def is_chosen(line: Line, autoscaler: Autoscaler | None, sections: Collection[str]) -> bool:
    """Whether an add-on is there unless it is switched off.

    Args:
        line: the add-on.
        autoscaler: the choice of autoscaler, or None if that is wrong itself.
        sections: those of `SECTIONS` that the stack file has.
    """
    asked = not line.asked_by or line.asked_by in sections
    return asked and line.autoscaler in (None, autoscaler)


def installed_with(autoscaler: Autoscaler, sections: Collection[str] = ()) -> frozenset[str]:
    """Names of the add-ons that there are if none is switched off.

    Args:
        autoscaler: the choice of autoscaler.
        sections: those of `SECTIONS` that the stack file has.
    """
    return frozenset(line.name for line in CATALOGUE if is_chosen(line, autoscaler, sections))


ENTRIES: tuple[Entry, ...] = (
    versions.NODE_IMAGE,
    *(LINES[name].entry for name in LINES if name in installed_with(DEFAULT_AUTOSCALER)),
    versions.CLUSTER_AUTOSCALER_IMAGE,
    versions.FLUENTD_IMAGE,
)
"""All that has a version for every minor."""


def require_supported(minor: str, addons: Collection[str] = ()) -> None:
    """Refuses a Kubernetes minor that some entry does not support.

    Args:
        minor: Kubernetes minor.
        addons: names of add-ons that are installed; what every platform may have is looked at
            anyway.

    Raises:
        UnsupportedVersionError: names every such entry.
    """
    chosen = [LINES[name].entry for name in LINES if name in addons]
    wanted = (*ENTRIES, *(entry for entry in chosen if entry not in ENTRIES))
    lacking = [entry for entry in wanted if minor not in entry.versions]
    if lacking:
        supports = "; ".join(f"{e.name} supports {', '.join(e.versions)}" for e in lacking)
        raise UnsupportedVersionError(f"Kubernetes {minor} is not in the catalogue: {supports}")
