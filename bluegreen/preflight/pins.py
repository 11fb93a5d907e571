"""Rules about what is pinned: whether EKS, EC2 and the registries still have it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bluegreen.finding import Finding, judged, note
from bluegreen.preflight.looks import Look, Unseen, judge
from bluegreen.preflight.wanted import Wanted
from catalogue.addons import CATALOGUE
from catalogue.entries import Chart
from catalogue.support import SOON
from catalogue.versions import (
    CLUSTER_AUTOSCALER_IMAGE,
    COREDNS,
    EBS_CSI,
    EXTERNAL_DNS,
    FLUENTD_IMAGE,
    NODE_LOCAL_DNS,
    PAUSE,
    node_image_parameter,
)
from settings.instance_types import by_architecture

_BUMP = "take a version that AWS has, in catalogue/minors.py, or update this checkout"

EKS_ADDONS = (COREDNS, EBS_CSI)
"""Add-ons that EKS installs."""

IMAGES = (EXTERNAL_DNS, CLUSTER_AUTOSCALER_IMAGE, FLUENTD_IMAGE, NODE_LOCAL_DNS, PAUSE)
"""Images that are named in the catalogue."""


@dataclass(frozen=True)
class ClusterVersion:
    """What EKS says of a Kubernetes minor.

    Attributes:
        status: such as ``STANDARD_SUPPORT``.
        standard_until: day on which standard support ends; None if it does not say.
    """

    status: str
    standard_until: date | None


def kubernetes(wanted: Wanted, look: Look[Mapping[str, ClusterVersion]], today: date) -> Finding:
    """EKS makes clusters of each minor; worth knowing: those that cost more from a near day on."""
    rule, says = "kubernetes", "EKS makes clusters of the Kubernetes minors"

    def verdict(versions: Mapping[str, ClusterVersion]) -> Finding:
        gone = [
            f"{minor}: EKS {'ended its support' if minor in versions else 'does not know it'}"
            for minor in wanted.minors
            if minor not in versions or versions[minor].status == "UNSUPPORTED"
        ]
        if gone:
            known = ", ".join(sorted(versions)) or "none"
            remedy = "set eks-platform:kubernetesVersion to one that EKS and the catalogue have"
            return judged(rule, says, [*gone, f"EKS has: {known}"], remedy)
        late = [
            f"{minor}: standard support ends on {versions[minor].standard_until}; from then on a"
            " control plane costs six times as much"
            for minor in wanted.minors
            if _ends_soon(versions[minor], today)
        ]
        return note(rule, says, late, "a later eks-platform:kubernetesVersion costs less")

    return judge(rule, says, look, verdict)


def _ends_soon(version: ClusterVersion, today: date) -> bool:
    if version.status == "EXTENDED_SUPPORT":
        return True
    until = version.standard_until
    return until is not None and (until - today).days < SOON


def node_image_names(wanted: Wanted) -> list[str]:
    """SSM parameters of the node images."""
    names = {
        node_image_parameter(wanted.colours[group.colour].kubernetes_version, architecture)
        for group in wanted.groups
        for architecture in by_architecture(group.settings.instance_types)
    }
    return sorted(names)


def images(wanted: Wanted) -> list[str]:
    """Container images that the platform names itself, each once; charts name theirs."""
    return sorted({it.reference(minor) for minor in wanted.minors for it in IMAGES})


def node_images(wanted: Wanted, look: Look[Collection[str]]) -> Finding:
    """Each minor's node image is in the region: its public parameter is there."""
    rule, says = "node-images", "the pinned node images are in the region"
    names = node_image_names(wanted)
    return judge(
        rule,
        says,
        look,
        lambda found: judged(
            rule, says, [f"no SSM parameter {name}" for name in names if name not in found], _BUMP
        ),
    )


def eks_addons(wanted: Wanted, look: Look[Mapping[tuple[str, str], Sequence[str]]]) -> Finding:
    """EKS has the pinned versions of its add-ons.

    Args:
        wanted: what the stack files want.
        look: versions by add-on and minor.
    """
    rule, says = "eks-add-ons", "EKS has the pinned versions of its add-ons"

    def verdict(offered: Mapping[tuple[str, str], Sequence[str]]) -> Finding:
        lacking: list[str] = []
        for minor in wanted.minors:
            for entry in EKS_ADDONS:
                there = offered.get((entry.name, minor), ())
                if (version := entry.version(minor)) not in there:
                    has = ", ".join(there[:3]) or "none"
                    lacking.append(f"{entry.name} {version} for {minor}; EKS has: {has}")
        return judged(rule, says, lacking, _BUMP)

    return judge(rule, says, look, verdict)


def charts(wanted: Wanted) -> list[Chart]:
    """Charts that the colours install, each once."""
    installed = {name for it in wanted.colours.values() for name in it.enabled_addons}
    return [
        line.entry for line in CATALOGUE if isinstance(line.entry, Chart) and line.name in installed
    ]


def downloads(rule: str, says: str, looks: Mapping[str, Look[bool]], remedy: str) -> Finding:
    """Something that is fetched is there: what is not there fails, what did not answer is unseen.

    Args:
        rule: short name.
        says: what the rule demands.
        looks: whether each is there, by name.
        remedy: what to do where one is not.
    """
    gone = [f"{name} is not there" for name, look in looks.items() if look is False]
    silent = [f"{name}: {look.why}" for name, look in looks.items() if isinstance(look, Unseen)]
    if gone:
        return judged(rule, says, [*gone, *silent], remedy)
    verdict = "unseen" if silent else "pass"
    return Finding(rule=rule, says=says, verdict=verdict, details=tuple(silent))
