"""Versions: complete, alike where they must be, and clear when one is missing."""

import re
from typing import get_args

import pytest

from catalogue import versions as catalogue
from catalogue.addons import ENTRIES, LINES, require_supported
from catalogue.entries import Entry, Image, UnsupportedVersionError
from catalogue.minors import KUBERNETES_VERSIONS, MINORS
from catalogue.removed_apis import order_of
from localcloud.tools.catalogue import EXTERNAL_DNS, KARPENTER


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_entry_covers_exactly_the_minors_of_the_settings(entry: Entry) -> None:
    assert tuple(entry.versions) == KUBERNETES_VERSIONS


@pytest.mark.parametrize("minor", KUBERNETES_VERSIONS)
def test_a_supported_minor_is_accepted(minor: str) -> None:
    require_supported(minor)


def test_external_dns_is_the_version_that_the_local_cloud_runs() -> None:
    assert {catalogue.EXTERNAL_DNS.version(minor) for minor in MINORS} == {EXTERNAL_DNS.version}
    assert len({catalogue.EXTERNAL_DNS.reference(minor) for minor in MINORS}) == 1


IMAGES = [it for it in vars(catalogue).values() if isinstance(it, Image)]
WITHOUT_RECORD = {
    "node-local-dns": set(MINORS),
    # What is unconfirmed is not known to be there, let alone its digest.
    "cluster-autoscaler image": {
        name for name, minor in MINORS.items() if "cluster_autoscaler" in minor.unconfirmed
    },
}
"""Images whose digest no public record has."""


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_an_image_is_pinned_by_the_digest_that_public_records_have(image: Image) -> None:
    for minor in image.versions:
        tag, _, digest = image.pin(minor).partition("@")
        assert tag == image.version(minor)
        assert image.reference(minor) == f"{image.repository}:{image.pin(minor)}"
        known = minor not in WITHOUT_RECORD.get(image.name, set())
        assert re.fullmatch(r"sha256:[0-9a-f]{64}" if known else "", digest), (minor, digest)


@pytest.mark.parametrize("minor", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("entry", [catalogue.COREDNS, catalogue.EBS_CSI], ids=lambda it: it.name)
def test_eks_add_ons_are_pinned_to_a_build(entry: Entry, minor: str) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", entry.version(minor))


def test_the_node_image_is_a_dated_one_of_the_minor() -> None:
    assert re.fullmatch(
        r"/aws/service/eks/optimized-ami/1\.34/amazon-linux-2023/x86_64/standard"
        r"/amazon-eks-node-al2023-x86_64-standard-1\.34-v20\d{6}/image_id",
        catalogue.node_image_parameter("1.34"),
    )


@pytest.mark.parametrize("minor", KUBERNETES_VERSIONS)
def test_nodes_run_no_image_whose_kernel_panics(minor: str) -> None:
    assert catalogue.NODE_IMAGE.version(minor) >= "v20261012"


def test_an_unsupported_minor_names_the_entry_the_minor_and_what_is_supported() -> None:
    newest = order_of(KUBERNETES_VERSIONS[-1])
    later = f"1.{newest[1] + 1}"
    all_of_them = re.escape(", ".join(KUBERNETES_VERSIONS)) + "$"
    with pytest.raises(UnsupportedVersionError, match=rf"^coredns .* 1\.33 .* {all_of_them}"):
        catalogue.COREDNS.version("1.33")
    with pytest.raises(UnsupportedVersionError, match=rf"^node image .* {later} .* {all_of_them}"):
        catalogue.node_image_parameter(later)
    with pytest.raises(ValueError, match=rf"{later}.*node image.*coredns.*ebs.*external-dns"):
        require_supported(later)


def test_an_add_on_that_is_chosen_must_support_the_minor_too() -> None:
    latest = KUBERNETES_VERSIONS[-1]
    require_supported("1.36", ["karpenter"])
    assert latest not in LINES["karpenter"].entry.versions
    with pytest.raises(ValueError, match=rf"{re.escape(latest)} .*: karpenter supports 1.34"):
        require_supported(latest, ["karpenter", "coredns"])


def test_karpenter_its_kinds_its_image_and_the_local_clouds_are_of_one_version() -> None:
    entries = (LINES["karpenter"].entry, LINES["karpenter-crd"].entry, catalogue.KARPENTER_IMAGE)
    for minor in LINES["karpenter"].entry.versions:
        assert {f"v{it.version(minor)}" for it in entries} == {KARPENTER.version}


def test_the_minors_are_listed_once() -> None:
    assert tuple(MINORS) == KUBERNETES_VERSIONS


@pytest.mark.parametrize("architecture", get_args(catalogue.NodeArchitecture))
def test_each_architecture_has_a_node_image_of_its_own(
    architecture: catalogue.NodeArchitecture,
) -> None:
    name = catalogue.node_image_parameter("1.36", architecture)
    assert f"/amazon-linux-2023/{architecture}/standard/" in name
    assert f"/amazon-eks-node-al2023-{architecture}-standard-1.36-v20" in name
