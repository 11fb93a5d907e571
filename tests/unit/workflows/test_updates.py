"""What proposes newer versions sees every version of the catalogue, and takes it for what it is."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from catalogue import versions
from catalogue.addons import CATALOGUE
from catalogue.entries import Chart, Entry, Image
from catalogue.minors import KUBERNETES_VERSIONS, MINORS, Minor

Plain: TypeAlias = Any
"""A plain JSON value."""

ROOT = Path(__file__).parents[3]
CONFIG: Mapping[str, Plain] = json.loads((ROOT / "renovate.json").read_text(encoding="utf-8"))
FILES = sorted([*ROOT.glob("catalogue/*.py"), *ROOT.glob(".github/workflows/*.yml")])


def _seen() -> Iterator[tuple[str, str, str, str]]:
    """Data source, package, version and digest, or nothing, of all that custom managers find."""
    for manager in CONFIG["customManagers"]:
        # Renovate's regular expressions are RE2's, which write named groups without a P.
        patterns = [re.compile(it.replace("(?<", "(?P<")) for it in manager["matchStrings"]]
        for file in FILES:
            path = str(file.relative_to(ROOT))
            if not any(re.search(it, path) for it in manager["fileMatch"]):
                continue
            text = file.read_text(encoding="utf-8")
            for match in (it for pattern in patterns for it in pattern.finditer(text)):
                digest = match.groupdict().get("currentDigest") or ""
                package = _package(manager, match)
                yield manager["datasourceTemplate"], package, match["currentValue"], digest


def _package(manager: Mapping[str, Plain], match: "re.Match[str]") -> str:
    template = manager.get("packageNameTemplate")
    if template is None:
        return f"{match['registryUrl']} {match['depName']}"
    return re.sub(r"\{\{\{(\w+)\}\}\}", lambda it: match[it[1]], template)


DIGESTS = {(package, version): digest for _, package, version, digest in _seen()}
SEEN = {it[:3] for it in _seen()}


def _add_on(minor: str, name: str) -> str:
    wanted = {"kubernetesVersion": minor, "addonName": name, "default": True}
    return json.dumps(wanted, separators=(",", ":"))


CHARTS = [line.entry for line in CATALOGUE if isinstance(line.entry, Chart)]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_is_looked_up_in_its_repository(chart: Chart) -> None:
    (version,) = set(chart.versions.values())
    if chart.is_oci:
        package = f"{chart.repository.removeprefix('oci://')}/{chart.name}"
        assert ("docker", package, version) in SEEN
    else:
        assert ("helm", f"{chart.repository} {chart.name}", version) in SEEN


@pytest.mark.parametrize(("minor", "own"), MINORS.items())
def test_what_a_minor_has_for_itself_is_looked_up(minor: str, own: Minor) -> None:
    assert ("github-releases", "awslabs/amazon-eks-ami", own.node_image) in SEEN
    assert ("aws-eks-addon", _add_on(minor, "coredns"), own.coredns) in SEEN
    assert ("aws-eks-addon", _add_on(minor, "aws-ebs-csi-driver"), own.ebs_csi) in SEEN
    autoscaler = versions.CLUSTER_AUTOSCALER_IMAGE
    assert ("docker", autoscaler.repository, autoscaler.version(minor)) in SEEN


OTHERS = {
    versions.EXTERNAL_DNS.name: ("docker", "registry.k8s.io/external-dns/external-dns"),
    versions.KARPENTER_IMAGE.name: ("docker", "public.ecr.aws/karpenter/controller"),
    versions.KUBECTL_IMAGE.name: ("docker", "registry.k8s.io/kubectl"),
    versions.FLUENTD_IMAGE.name: ("docker", "fluent/fluentd-kubernetes-daemonset"),
    versions.NODE_LOCAL_DNS.name: ("docker", "registry.k8s.io/dns/k8s-dns-node-cache"),
    versions.PAUSE.name: ("docker", "registry.k8s.io/pause"),
}
EACH_MINOR = (
    versions.NODE_IMAGE,
    versions.COREDNS,
    versions.EBS_CSI,
    versions.CLUSTER_AUTOSCALER_IMAGE,
)
"""Looked at above, minor by minor."""


@pytest.mark.parametrize(
    "entry",
    [it for it in vars(versions).values() if isinstance(it, Entry) and it not in EACH_MINOR],
    ids=lambda entry: entry.name,
)
def test_every_other_version_is_looked_up(entry: Entry) -> None:
    if entry is versions.HORIZONTAL_AUTOSCALING:  # an API, which is part of Kubernetes
        return
    (version,) = {entry.version(minor) for minor in entry.versions}
    assert (*OTHERS[entry.name], version) in SEEN


IMAGES = [it for it in vars(versions).values() if isinstance(it, Image)]


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_a_digest_is_raised_with_its_tag(image: Image) -> None:
    for minor in image.versions:
        tag, _, digest = image.pin(minor).partition("@")
        assert DIGESTS[image.repository, tag] == digest


def test_a_minor_that_eks_has_and_the_catalogue_lacks_is_proposed() -> None:
    assert ("endoflife-date", "amazon-eks", KUBERNETES_VERSIONS[-1]) in SEEN


def test_every_pattern_finds_something() -> None:
    found = {source for source, _, _ in SEEN}
    assert found == {manager["datasourceTemplate"] for manager in CONFIG["customManagers"]}
    assert ("github-releases", "pulumi/pulumi") in {it[:2] for it in SEEN}


def test_versions_of_images_are_read_with_what_must_stay() -> None:
    (fluentd,) = (it for it in CONFIG["customManagers"] if it.get("depNameTemplate") == FLUENTD)
    pattern = fluentd["versioningTemplate"].removeprefix("regex:").replace("(?<", "(?P<")
    match = re.fullmatch(pattern, versions.FLUENTD_IMAGE.version(next(iter(MINORS))))
    assert match is not None
    assert match["compatibility"] == "cloudwatch"


FLUENTD = versions.FLUENTD_IMAGE.name


FOUND_BY = {
    "gomod": r"(^|/)go\.mod$",
    "pep621": r"(^|/)pyproject\.toml$",
    "github-actions": r"(^|/)\.github/workflows/[^/]+\.ya?ml$",
    "gitlabci": r"\.gitlab-ci\.ya?ml$",
}
"""Where managers of Renovate look, if nothing is configured.
https://docs.renovatebot.com/modules/manager/"""

PINNING = (
    r"(^|/)(go\.mod|pyproject\.toml|uv\.txt|requirements[\w-]*\.txt|\.gitlab-ci\.yml)$"
    r"|^\.github/workflows/"
)
"""Files that pin what others make."""


def test_every_file_that_pins_something_is_read() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pinning = [it for it in listed if re.search(PINNING, it)]
    assert len(pinning) > 10
    enabled: list[str] = CONFIG["enabledManagers"]
    patterns = [
        pattern
        for manager in enabled
        for pattern in CONFIG.get(manager, {}).get("fileMatch", [FOUND_BY.get(manager, "$^")])
    ]
    assert [it for it in pinning if not any(re.search(one, it) for one in patterns)] == []
