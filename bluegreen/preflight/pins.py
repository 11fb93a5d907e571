"""Rules about what is pinned: whether EKS, EC2 and the registries still have it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bluegreen.finding import Finding, judged, note
from bluegreen.preflight.looks import Look, Unseen, judge
from bluegreen.preflight.wanted import Wanted
from catalogue import chart_archives
from catalogue.addons import KARPENTER, KEDA, LINES
from catalogue.chart_archives import Pin
from catalogue.entries import Chart, Entry, Image
from catalogue.minors import MINORS
from catalogue.support import SOON
from catalogue.versions import (
    CLUSTER_AUTOSCALER_IMAGE,
    COREDNS,
    EBS_CSI,
    EXTERNAL_DNS,
    FLUENTD_IMAGE,
    KARPENTER_IMAGE,
    KUBECTL_IMAGE,
    NODE_IMAGE,
    NODE_LOCAL_DNS,
    PAUSE,
    node_image_parameter,
)
from settings.colour import ColourSettings
from settings.instance_types import by_architecture

_BUMP = "take a version that AWS has, in catalogue/minors.py, or update this checkout"

EKS_ADDONS = (COREDNS, EBS_CSI)
"""Add-ons that EKS installs."""

CHOSEN_IMAGES: Mapping[str, Image] = {
    KARPENTER.name: KARPENTER_IMAGE,
    KEDA.name: KUBECTL_IMAGE,
}
"""Images of the catalogue that only some platforms run, by their add-ons."""

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
    names |= {
        node_image_parameter(it.kubernetes_version, it.nodes.karpenter.architecture)
        for it in wanted.colours.values()
        if KARPENTER.name in it.enabled_addons
    }
    return sorted(names)


def images(wanted: Wanted) -> list[str]:
    """Container images that the platform names itself, each once; charts name theirs."""
    found = {it.reference(minor) for minor in wanted.minors for it in IMAGES}
    for colour in wanted.colours.values():
        chosen = [it for name, it in CHOSEN_IMAGES.items() if name in colour.enabled_addons]
        found |= {it.reference(colour.kubernetes_version) for it in chosen}
    return sorted(found)


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


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    """A pin that no public record names for its minor.

    Attributes:
        name: attribute of `catalogue.minors.Minor`, or an add-on.
        minor: Kubernetes minor.
        version: what is pinned.
        there: whether it was found; None where that was not seen.
    """

    name: str
    minor: str
    version: str
    there: bool | None

    @property
    def in_words(self) -> str:
        """It, for people."""
        found = {True: "it is there", False: "it is not there", None: "not seen"}[self.there]
        return f"{self.name} {self.version} for {self.minor}: {found}"


def unconfirmed(
    wanted: Wanted,
    parameters: Look[Collection[str]],
    addons: Look[Mapping[tuple[str, str], Sequence[str]]],
    looks: Mapping[str, Look[bool]],
) -> Finding | None:
    """What was found of pins that nobody could confirm; None if there are none.

    Args:
        wanted: what the stack files want.
        parameters: SSM parameters that are there.
        addons: versions of EKS add-ons by add-on and minor.
        looks: whether charts and images are there, by name.
    """
    found = [
        _unconfirmed(name, minor, parameters, addons, looks)
        for minor, versions in MINORS.items()
        if minor in wanted.minors
        for name in versions.unconfirmed
    ]
    if not found:
        return None
    rule, says = "unconfirmed", "what no public record names for its minor was asked for"
    lines = tuple(it.in_words for it in found)
    if all(it.there for it in found):
        return Finding(rule=rule, says=says, verdict="pass", details=lines)
    # What is not there, or not seen, is a finding of its own kind already.
    return note(rule, says, lines, "make no cluster of it before each is there")


def _unconfirmed(
    name: str,
    minor: str,
    parameters: Look[Collection[str]],
    addons: Look[Mapping[tuple[str, str], Sequence[str]]],
    looks: Mapping[str, Look[bool]],
) -> Unconfirmed:
    entry = _ENTRIES.get(name) or LINES[name].entry
    version = entry.version(minor)
    if entry is NODE_IMAGE:
        there = (
            None if isinstance(parameters, Unseen) else node_image_parameter(minor) in parameters
        )
    elif entry in EKS_ADDONS:
        there = (
            None if isinstance(addons, Unseen) else version in addons.get((entry.name, minor), ())
        )
    else:
        asked = (
            entry.reference(minor) if isinstance(entry, Image) else chart_in_words(entry, version)
        )
        look = looks.get(asked)
        there = look if isinstance(look, bool) else None
    return Unconfirmed(name=name, minor=minor, version=version, there=there)


_ENTRIES: Mapping[str, Entry] = {
    "node_image": NODE_IMAGE,
    "coredns": COREDNS,
    "ebs_csi": EBS_CSI,
    "cluster_autoscaler": CLUSTER_AUTOSCALER_IMAGE,
}
"""Attributes of a minor."""


def chart_in_words(chart: Entry, version: str) -> str:
    """A chart's version, for people."""
    where = f" of {chart.repository}" if isinstance(chart, Chart) else ""
    return f"{chart.name} {version}{where}"


def charts_of(settings: ColourSettings) -> list[Pin]:
    """Charts that a colour installs."""
    return chart_archives.pins([settings.kubernetes_version], settings.enabled_addons)


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
