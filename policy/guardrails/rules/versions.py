"""Versions that do not float."""

import re
from collections.abc import Iterator

from guardrails.kubernetes import PATCHED, WORKLOADS, all_containers, named
from guardrails.node import Node
from guardrails.rule import Rule, Seen

_RELEASE = "kubernetes:helm.sh/v3:Release"
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?")
_FLOATING = re.compile(r"(?:^|[-_.])(?:latest|stable|edge|main|master|nightly)(?:$|[-_.])")
_VERSION = re.compile(r"\d+\.\d+|[0-9a-f]{7,}|\d{6,}")
"""A minor version at least, a commit or a date: `1` moves with each release."""


def _image(part: Node, resource: Seen) -> Iterator[str]:
    image = part["image"].text()
    if "@sha256:" in image or (not image and resource.type in PATCHED):
        return
    name, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        yield f"{named(part)} has the image {image or 'of nothing'}, without a tag"
    elif _FLOATING.search(tag.lower()) or not _VERSION.search(tag):
        yield f"{named(part)} has the image {name} with the floating tag {tag}"


def _chart(part: Node, _: Seen) -> Iterator[str]:
    version = part["version"].text()
    if not _EXACT.fullmatch(version):
        yield f"chart {part['chart'].text()} has the version {version or 'of the day'}"


def _repository(part: Node, _: Seen) -> Iterator[str]:
    chart, repository = part["chart"].text(), part.at("repositoryOpts", "repo").text()
    for place in (repository, chart if "://" in chart else ""):
        if place and not place.lower().startswith(("oci://", "https://")):
            yield f"chart {chart} comes from {place}"


def _atomic(part: Node, _: Seen) -> Iterator[str]:
    if not part["atomic"].flag(default=False):
        yield f"chart {part['chart'].text()} is not installed atomically"


RULES = (
    Rule(
        name="image-fixed",
        says="Container images have a version as their tag, or a digest.",
        reason="Another node would run another program.",
        remedy="Take the image from catalogue/addons.py",
        types=(*WORKLOADS, *PATCHED),
        parts=all_containers,
        check=_image,
    ),
    Rule(
        name="chart-version-fixed",
        says="Helm charts have an exact version.",
        reason="The two colours must be alike, and an upgrade is a change that is reviewed.",
        remedy="Take the version from catalogue/addons.py",
        types=(_RELEASE,),
        check=_chart,
    ),
    Rule(
        name="chart-over-tls",
        says="Charts come over TLS.",
        reason="Whoever is on the way could send another chart.",
        remedy="Use an https:// repository or an oci:// chart",
        types=(_RELEASE,),
        check=_repository,
    ),
    Rule(
        name="chart-atomic",
        says="Charts are installed atomically.",
        reason="A release that failed halfway blocks the next update until somebody mends it.",
        remedy="Set atomic to true",
        level="advisory",
        severity="low",
        types=(_RELEASE,),
        check=_atomic,
    ),
)
