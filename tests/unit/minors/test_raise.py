"""A minor is added, and a pair shipped, in every place that names them, or in none."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from catalogue import removed_apis
from catalogue.minors import KUBERNETES_VERSIONS, MINORS, SHIPPED
from catalogue.removed_apis import order_of
from development.minors import go
from development.minors.__main__ import ROOT, main
from development.minors.addition import UNCONFIRMED
from development.minors.changes import RaiseError
from development.minors.pair import following, left_to_do, pair_of, ship
from localcloud.tools.catalogue import MODULES, control_plane
from localcloud.tools.digests import ReleaseFile

FILES = (
    "catalogue/minors.py",
    "catalogue/removed_apis.csv",
    "Pulumi.blue.yaml",
    "Pulumi.green.yaml",
    "docs/runbooks/upgrade.md",
    "tests/unit/documentation/commands.yaml",
)
NEXT = f"1.{order_of(KUBERNETES_VERSIONS[-1])[1] + 1}"
_FINE, _FAILED = 0, 1

GO_MOD = """\
module k8s.io/kubernetes

go 1.27.0

require k8s.io/api v0.0.0

replace (
	k8s.io/streaming => ./staging/src/k8s.io/streaming
	k8s.io/api => ./staging/src/k8s.io/api
	example.test/other => example.test/other v1.0.0
)
"""

TYPES = """\
package v1beta1

// +genclient
// +genclient:nonNamespaced
// +k8s:prerelease-lifecycle-gen:removed=1.40

// Thing is stored.
type Thing struct {
}

// +genclient
// +genclient:onlyVerbs=create
type ThingReview struct {
}

// ThingList has things.
type ThingList struct {
}
"""


def _mark(kind: str, what: str, value: str) -> str:
    return f"func (in *{kind}) APILifecycle{what}() (major, minor int) {{\n\treturn {value}\n}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The files that a pair or a minor stands in."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def fetched(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was fetched, in place of Go's module proxy."""
    api = tmp_path_factory.mktemp("api")
    group = api / "things" / "v1beta1"
    group.mkdir(parents=True)
    (group / "register.go").write_text('const GroupName = "things.k8s.io"\n')
    (group / "types.go").write_text(TYPES)
    (group / "zz_generated.prerelease-lifecycle.go").write_text(
        "".join(_mark(kind, "Removed", "1, 40") for kind in ("Thing", "ThingReview", "ThingList"))
        + "func (in *Thing) APILifecycleReplacement() schema.GroupVersionKind {\n\treturn"
        ' schema.GroupVersionKind{Group: "things.k8s.io", Version: "v1", Kind: "Thing"}\n}\n'
    )
    asked: list[str] = []

    def fetch(module: str, version: str) -> go.Module:
        asked.append(f"{module}@{version}")
        return go.Module(api, GO_MOD)

    def tidy(folder: Path) -> None:
        asked.append((folder / "go.mod").read_text())
        (folder / "go.sum").write_text("sums\n")

    monkeypatch.setattr(go, "fetch", fetch)
    monkeypatch.setattr(go, "tidy", tidy)
    return asked


def test_a_minor_is_added_with_all_that_is_guessed_said_to_be_unconfirmed(
    root: Path, fetched: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["add", f"v{NEXT}.3"], {}, root) == _FINE
    staged = f"v0.{NEXT.partition('.')[2]}.3"
    assert fetched[:2] == [f"k8s.io/kubernetes@v{NEXT}.3", f"k8s.io/api@{staged}"]
    space: dict[str, object] = {}
    exec((root / "catalogue" / "minors.py").read_text(), space)  # noqa: S102 - our own file
    minors = space["MINORS"]
    assert isinstance(minors, dict)
    assert space["KUBERNETES_VERSIONS"] == tuple(minors) == (*KUBERNETES_VERSIONS, NEXT)
    added = minors[NEXT]
    assert added.unconfirmed == UNCONFIRMED
    assert added.support.standard_end is None
    assert added.cluster_autoscaler == f"v{NEXT}.0"
    assert [repr(minors[it]) for it in MINORS] == [repr(it) for it in MINORS.values()]
    said = capsys.readouterr().out
    assert f"look up for {NEXT}: the dates, {', '.join(UNCONFIRMED)}" in said


def test_its_control_plane_is_of_modules_of_the_same_release(
    root: Path, fetched: list[str]
) -> None:
    main(["add", f"v{NEXT}.3"], {}, root)
    folder = root / "localcloud" / "tools" / "go" / f"kubernetes-{NEXT}"
    assert (folder / "go.sum").read_text() == "sums\n"
    text = (folder / "go.mod").read_text()
    assert fetched[2] == text
    assert f"require k8s.io/kubernetes v{NEXT}.3\n" in text
    staged = f"v0.{NEXT.partition('.')[2]}.3"
    assert re.findall(r"=> (\S+) (\S+)", text) == [
        ("k8s.io/api", staged),
        ("k8s.io/streaming", staged),
    ]
    newest = (MODULES / f"kubernetes-{KUBERNETES_VERSIONS[-1]}" / "go.mod").read_text()
    tools = re.compile(r"tool \(.*?\)", re.DOTALL)
    assert tools.findall(text) == tools.findall(newest)


def test_the_table_of_removed_apis_is_that_of_the_new_module(
    root: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    del fetched
    main(["add", f"v{NEXT}.3"], {}, root)
    table = root / "catalogue" / "removed_apis.csv"
    assert table.read_text().splitlines()[1:] == [
        "removed_in,api_version,kind,instead",
        "1.40,things.k8s.io/v1beta1,Thing,things.k8s.io/v1",
    ]
    monkeypatch.setattr(removed_apis, "TABLE", table)
    assert removed_apis.minor_of_table() == NEXT


@pytest.mark.parametrize("version", ["1.99.0", "v1.99.0", f"v{NEXT}", f"{NEXT}.0", "latest"])
def test_another_version_is_refused_with_what_is_expected(
    root: Path, fetched: list[str], version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {name: (root / name).read_bytes() for name in FILES}
    assert main(["add", version], {}, root) == _FAILED
    assert f"minors: {version}: expected a patch of Kubernetes {NEXT}" in capsys.readouterr().err
    assert fetched == []
    assert {name: (root / name).read_bytes() for name in FILES} == before


def test_a_version_that_the_proxy_lacks_leaves_every_file_as_it_was(
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {name: (root / name).read_bytes() for name in FILES}
    path = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(path))
    assert main(["add", f"v{NEXT}.0"], {}, root) == _FAILED
    assert "minors: Go is not on PATH" in capsys.readouterr().err
    (path / "go").write_text("#!/bin/sh\necho 'unknown revision' >&2\nexit 1\n")
    (path / "go").chmod(0o755)
    assert main(["add", f"v{NEXT}.0"], {}, root) == _FAILED
    command = f"go mod download -json k8s.io/kubernetes@v{NEXT}.0"
    assert capsys.readouterr().err == f"minors: {command}: unknown revision\n"
    assert {name: (root / name).read_bytes() for name in FILES} == before


ANOTHER = following() or (KUBERNETES_VERSIONS[-3], KUBERNETES_VERSIONS[-2])


def test_a_pair_is_shipped_in_each_place_that_names_it(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blue, green = ANOTHER
    assert main(["ship", blue, green], {}, root) == _FINE
    assert "  1. `" in capsys.readouterr().out
    text = (root / "catalogue" / "minors.py").read_text()
    assert f'= ("{blue}", "{green}")\n' in text
    for colour, minor in (("blue", blue), ("green", green)):
        held = yaml.safe_load((root / f"Pulumi.{colour}.yaml").read_text())["config"]
        assert held["eks-platform:kubernetesVersion"] == minor
    command = f"pulumi config set kubernetesVersion {green} -s green"
    for name in ("docs/runbooks/upgrade.md", "tests/unit/documentation/commands.yaml"):
        assert command in (root / name).read_text()
    for name in FILES[2:]:
        assert f"ersion {SHIPPED[-1]} -s green" not in (root / name).read_text()
    main(["ship", blue, green], {}, root)
    assert capsys.readouterr().out.startswith("nothing to write\n")


def test_places_that_are_not_as_they_were_are_all_named_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "Pulumi.blue.yaml").write_text("config: {}\n")
    (root / "docs/runbooks/upgrade.md").unlink()
    before = (root / "catalogue" / "minors.py").read_bytes()
    assert main(["ship", *ANOTHER], {}, root) == _FAILED
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("minors: Pulumi.blue.yaml: expected a line that matches")
    assert said[1] == "minors: docs/runbooks/upgrade.md: no such file"
    assert (root / "catalogue" / "minors.py").read_bytes() == before


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("1.20", "1.99"), r"^1\.20: expected a minor .*\n1\.99: expected a minor"),
        (("1.36", "1.35"), "the one after it for green"),
        (("1.35", "1.37"), "the one after it for green"),
        (("v1.35", "1.36"), r"^v1\.35: expected a minor"),
    ],
)
def test_two_minors_that_are_no_pair_are_refused(pair: tuple[str, str], said: str) -> None:
    with pytest.raises(RaiseError, match=said):
        pair_of(*pair)


def test_what_is_left_names_what_nobody_confirmed_and_what_has_no_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = ReleaseFile("https://a.test/x", "0" * 64, None)
    with monkeypatch.context() as patch:
        patch.setattr("development.minors.pair.release_of", lambda *_: known)
        for minor in SHIPPED:
            patch.setitem(MINORS, minor, replace(MINORS[minor], unconfirmed=()))
        shipped = "\n".join(left_to_do(SHIPPED))
    assert "confirm for" not in shipped
    assert "digests.yaml" not in shipped
    before, newest = KUBERNETES_VERSIONS[-2:]
    monkeypatch.setitem(MINORS, newest, replace(MINORS[newest], unconfirmed=("coredns", "ebs_csi")))
    monkeypatch.setattr("development.minors.pair.release_of", lambda *_: None)
    said = "\n".join(left_to_do((before, newest)))
    assert f"confirm for {newest}: coredns, ebs_csi. Then" in said
    assert f"digests.yaml`: kube-apiserver {control_plane(before)[0].version}, " in said
    assert f"kubectl {control_plane(newest)[0].version}, from a public record" in said


def test_the_files_of_the_repository_have_all_these_places() -> None:
    assert ship(ROOT, SHIPPED) == ()
    assert {it.path for it in ship(ROOT, ANOTHER)} == {*FILES} - {"catalogue/removed_apis.csv"}
