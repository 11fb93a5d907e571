"""What is pinned of the release files of the local cloud's tools."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import ValidationError

from catalogue.minors import KUBERNETES_VERSIONS, SHIPPED
from catalogue.removed_apis import order_of
from localcloud.tools import digests
from localcloud.tools.catalogue import KUBECTL, ON_DEMAND, TOOLS, Tool, control_plane
from localcloud.tools.digests import DIGESTS, ReleaseFile, ReleaseImage, release_of

HOSTS = {"dl.k8s.io", "github.com", "registry.k8s.io"}
"""Where the projects publish; never a registry of packages."""

LINUX = ("linux/amd64", "linux/arm64")
DARWIN = ("darwin/amd64", "darwin/arm64")
ON_DARWIN = {"pulumi", "kubectl", "aws-iam-authenticator"}
"""Tools whose projects publish them for macOS on both machines, with a digest on record."""

NEXT = [it for it in KUBERNETES_VERSIONS if order_of(it) > max(map(order_of, SHIPPED))]
RECORDED = {(it["tool"], it["version"]) for it in yaml.safe_load(DIGESTS.read_text())}
BUILT = [tool for minor in NEXT for tool in control_plane(minor)
         if not any((it.name, it.version) in RECORDED for it in control_plane(minor))]  # fmt: skip
"""Control planes after the shipped pair, where no public record has a digest yet."""

PINNED = [tool for tool in (*TOOLS, *ON_DEMAND) if tool not in BUILT]


@pytest.mark.parametrize("tool", PINNED, ids=lambda tool: f"{tool.name}-{tool.version}")
def test_every_tool_has_a_file_of_its_version_for_each_platform(tool: Tool) -> None:
    for platform in LINUX:
        release = release_of(tool.name, tool.version, platform)
        missing = f"{DIGESTS.name} has no {tool.name} {tool.version} for {platform}: see its head"
        assert release is not None, missing
        assert urlsplit(release.url).hostname in HOSTS
        if isinstance(release, ReleaseFile):
            assert tool.version in release.url
            assert platform.split("/")[1].replace("amd64", "") in release.url
    found = [release_of(tool.name, tool.version, platform) for platform in DARWIN]
    assert all(found) == any(found) == (tool.name in ON_DARWIN)


def test_nothing_is_pinned_that_no_tool_needs() -> None:
    pinned = [(entry["tool"], entry["version"]) for entry in yaml.safe_load(DIGESTS.read_text())]
    assert sorted(pinned) == sorted((tool.name, tool.version) for tool in PINNED)


def test_what_every_local_cloud_has_need_not_be_built() -> None:
    assert set(TOOLS) <= set(PINNED)


def test_no_two_files_have_one_digest() -> None:
    files = [
        release
        for tool in PINNED
        for platform in (*LINUX, *DARWIN)
        if (release := release_of(tool.name, tool.version, platform))
    ]
    images = {release for release in files if isinstance(release, ReleaseImage)}
    assert len({release.sha256 for release in files}) == len(files) - len(images) // 2


def test_every_digest_has_its_public_record_beside_it() -> None:
    text = DIGESTS.read_text()
    _, *entries = text.split("\n# Record: ")
    assert len(entries) == len(PINNED)
    assert all(entry.count("\n- tool: ") == 1 for entry in entries)


def test_another_version_or_platform_is_not_pinned() -> None:
    assert release_of("kubectl", "v1.0.0", "linux/amd64") is None
    assert release_of("kubectl", KUBECTL.version, "linux/s390x") is None
    assert release_of("kwok", "v0.7.0", "darwin/arm64") is None


FILE = {"url": "https://a.test/x", "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "binary", "platforms": {"linux/amd64": {**FILE, "member": "a"}}}, "has none"),
        ({"kind": "tarball", "platforms": {"linux/amd64": FILE}}, "a tarball has a member"),
        ({"kind": "binary", "platforms": {"plan9/amd64": FILE}}, "plan9"),
        ({"kind": "binary", "platforms": {"linux/amd64": {**FILE, "sha256": "00"}}}, "sha256"),
        (
            {"kind": "binary", "platforms": {"linux/amd64": {**FILE, "url": "http://a.test/x"}}},
            "url",
        ),
        ({"kind": "binary", "platforms": {"linux/amd64": {**FILE, "size": 1}}}, "size"),
        ({"kind": "image", "url": "https://a.test/v2/x/manifests/v1", "member": "a"}, "url"),
        (
            {
                "kind": "image",
                "url": f"https://a.test/v2/x/manifests/sha256:{'0' * 64}",
                "member": "/a",
            },
            "member",
        ),
        ({"kind": "zip"}, "kind"),
    ],
)
def test_a_malformed_pin_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: dict[str, object], message: str
) -> None:
    pins = tmp_path / "digests.yaml"
    pins.write_text(yaml.safe_dump([{"tool": "kubectl", "version": "v1.0.0", **entry}]))
    monkeypatch.setattr(digests, "DIGESTS", pins)
    with pytest.raises(ValidationError, match=message):
        release_of("kubectl", "v1.0.0", "linux/amd64")
