"""Where the local cloud's programs come from."""

import os
from pathlib import Path

import pytest

from localcloud.extras import EXTRAS, tools_of
from localcloud.tools import catalogue, mirror
from localcloud.tools.cache import built_path, cache_folder
from localcloud.tools.catalogue import (
    ETCD,
    KUBERNETES_VERSIONS,
    MODULES,
    ON_DEMAND,
    SHIPPED,
    TOOLS,
    control_plane,
    required_version,
)
from localcloud.tools.obtain import ensure
from localcloud.tools.progress import Progress, ToolError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, nothing on PATH, and nothing to download."""
    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setenv(mirror.VARIABLE, mirror.OFF)
    return tmp_path / "cache"


def program(path: Path, says: str, code: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)


def steps(tool_path: list[Progress]) -> list[str]:
    return [progress.step for progress in tool_path]


def test_every_tool_is_pinned_with_its_content() -> None:
    for tool in (*TOOLS, *ON_DEMAND, *tools_of(EXTRAS)):
        assert tool.version.startswith("v")
        sums = (MODULES / tool.group / "go.sum").read_text()
        assert f"{tool.module} {tool.version} h1:" in sums


def test_control_planes_are_there_for_every_minor_of_the_catalogue_and_no_other() -> None:
    for minor in KUBERNETES_VERSIONS:
        assert {tool.version.rpartition(".")[0] for tool in control_plane(minor)} == {f"v{minor}"}
    with pytest.raises(LookupError, match=r"no local control plane for Kubernetes 1\.20"):
        control_plane("1.20")


def test_a_new_machine_builds_the_control_planes_of_the_shipped_pair_alone() -> None:
    servers = [tool for tool in TOOLS if tool.name == "kube-apiserver"]
    assert servers == [control_plane(minor)[0] for minor in SHIPPED]
    assert not set(ON_DEMAND) & set(TOOLS)


def test_a_module_that_is_not_required_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"does not require example\.com/nothing"):
        required_version("etcd", "example.com/nothing")


@pytest.mark.usefixtures("cache")
def test_a_cached_tool_is_used() -> None:
    program(built_path(ETCD), "anything")
    told: list[Progress] = []
    assert ensure([ETCD], told.append) == {ETCD: built_path(ETCD)}
    assert steps(told) == ["cached"]


@pytest.mark.usefixtures("cache")
def test_a_tool_on_path_is_used_only_in_exactly_the_pinned_version(tmp_path: Path) -> None:
    program(built_path(ETCD), "cached")
    on_path = tmp_path / "bin" / "etcd"
    version = ETCD.version.removeprefix("v")
    for says, used in (
        (f"etcd Version: {version}", on_path),
        (f"etcd Version: {version}-rc.1", built_path(ETCD)),
        (f"etcd Version: 1{version}", built_path(ETCD)),
        ("etcd Version: 3.0.0", built_path(ETCD)),
    ):
        program(on_path, says)
        assert ensure([ETCD]) == {ETCD: used}, says


@pytest.mark.usefixtures("cache")
def test_no_go_is_one_sentence_with_the_remedy() -> None:
    with pytest.raises(ToolError, match=r"Go is not on PATH; install Go 1\.26 or newer"):
        ensure([ETCD])


@pytest.mark.usefixtures("cache")
def test_an_old_go_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", "go version go1.21.0 linux/amd64")
    with pytest.raises(ToolError, match=r"too old \(go version go1\.21\.0 linux/amd64\)"):
        ensure([ETCD])


@pytest.mark.usefixtures("cache")
def test_a_go_that_does_not_work_is_one_sentence_with_the_remedy(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "go", "go1.26.0 is not installed", code=1)
    with pytest.raises(ToolError, match=r"does not work \(go1\.26\.0 is not .*; install Go 1\.26"):
        ensure([ETCD])


def test_a_cache_that_cannot_be_written_is_one_sentence_with_the_remedy(
    cache: Path,
) -> None:
    cache.write_text("a file")
    with pytest.raises(ToolError, match=r"cannot be kept in .*: .*; let XDG_CACHE_HOME name"):
        ensure([ETCD])


@pytest.mark.usefixtures("cache")
def test_a_failed_build_leaves_nothing_that_would_be_used(tmp_path: Path) -> None:
    go = tmp_path / "bin" / "go"
    go.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo "go version go1.26.0 x" && exit\n'
        "echo 'no space left on device' >&2\nexit 1\n"
    )
    go.chmod(0o755)
    with pytest.raises(ToolError, match="no space left on device"):
        ensure([ETCD])
    assert not built_path(ETCD).exists()


@pytest.mark.usefixtures("cache")
def test_other_content_is_another_cache_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built_path(ETCD)
    modules = tmp_path / "modules"
    (modules / "etcd").mkdir(parents=True)
    for name in ("go.mod", "go.sum"):
        (modules / "etcd" / name).write_bytes((MODULES / "etcd" / name).read_bytes())
    monkeypatch.setattr(catalogue, "MODULES", modules)
    assert built_path(ETCD) == before
    with (modules / "etcd" / "go.sum").open("a") as sums:
        sums.write("example.com/more v1.0.0 h1:x\n")
    assert built_path(ETCD) != before


def test_the_cache_is_below_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/eks-platform/tools")
    assert os.environ["HOME"] == "/home/somebody"
