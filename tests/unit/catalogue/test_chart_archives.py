"""What a project keeps of charts is what its lock says; the lock has what the catalogue pins."""

import re
from pathlib import Path

import pytest

from catalogue.addons import CATALOGUE, CILIUM, LINKERD
from catalogue.chart_archives import (
    LOCK,
    Locked,
    LockError,
    digest_of,
    flaws,
    pins,
    read_lock,
    render_lock,
)
from localcloud.charts import stand_in, write_stand_ins
from tests.unit.documentation.commands import ROOT

CILIUM_FILE = f"cilium-{CILIUM.entry.version('1.35')}.tgz"
NO_RECORD = {
    "aws-node-termination-handler",
    "cluster-proportional-autoscaler",
    "descheduler",
    "external-secrets",
    "fluentd",
    # A record has the digests of their manifests in the registry, which are not their archives'.
    "karpenter",
    "karpenter-crd",
    "keda",
    "linkerd-control-plane",
    "linkerd-crds",
}
"""Charts of which no public record names the digest of the pinned version: `bluegreen charts` pins
them as they come first."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_stand_ins(tmp_path)
    return tmp_path


def test_the_shipped_lock_has_every_pinned_chart_that_a_record_names() -> None:
    lock = read_lock(ROOT)
    recorded = {it.file for it in pins() if it.chart.name not in NO_RECORD}
    # A raised version is in the catalogue and not in the lock: run `bluegreen charts`.
    assert recorded <= set(lock) <= {it.file for it in pins()}
    for file, locked in lock.items():
        assert locked.trust.startswith("record: " if file in recorded else "first fetched on ")


def test_a_pin_is_the_archive_that_helm_names() -> None:
    charts = {line.chart.name for line in CATALOGUE if line.chart}
    assert {it.chart.name for it in pins()} == charts
    assert len({it.file for it in pins()}) == len(pins())
    assert [it.file for it in pins(["1.35"], ["cilium", "coredns"])] == [CILIUM_FILE]


def test_what_is_there_is_right(project: Path) -> None:
    assert flaws(project, "./charts", pins()) == []


def test_everything_that_is_wrong_is_said_at_once(project: Path) -> None:
    place = project / "charts" / CILIUM_FILE
    right, wrong = digest_of(place.read_bytes()), digest_of(b"other")
    place.write_bytes(b"other")
    (gone,) = (it.file for it in pins() if it.chart is LINKERD.chart)
    (project / "charts" / gone).unlink()
    lock = dict(read_lock(project))
    (unpinned,) = (it for it in lock if it.startswith("descheduler"))
    del lock[unpinned]
    (project / LOCK).write_text(render_lock(lock))
    found = {it.path: (it.found, it.expected) for it in flaws(project, "./charts", pins())}
    assert found == {
        f"./charts/{CILIUM_FILE}": (
            wrong,
            f"{right} as in charts.lock; `bluegreen charts` fetches it again",
        ),
        f"./charts/{gone}": (
            "nothing",
            f"the archive with {lock[gone].digest}: run `bluegreen charts`",
        ),
        LOCK: (f"no {unpinned}", "its digest: run `bluegreen charts`"),
    }


def test_a_folder_that_is_not_there_is_one_mistake(project: Path) -> None:
    (flaw,) = flaws(project, "./other", pins())
    assert (flaw.path, flaw.found) == ("./other", "nothing")
    assert flaw.expected.startswith(f"a folder with {len(pins())} charts: run `bluegreen charts`")
    assert flaws(project, "./other", []) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: b", "a: "),
        ("- a", "all of it: "),
        ("a.tgz: {digest: sha256:12, trust: x}", r"a\.tgz\.digest: "),
        ("a.tgz: {digest: 'sha256:" + "0" * 64 + "', trust: x, more: 1}", r"a\.tgz\.more: "),
        ("a: [1\n<<<<<<< HEAD\n", "line 2|expected"),
        ("{", "expected"),
    ],
)
def test_a_lock_of_another_shape_is_told_from_a_wrong_archive(
    project: Path, text: str, says: str
) -> None:
    (project / LOCK).write_text(text)
    with pytest.raises(LockError, match=says):
        read_lock(project)
    (flaw,) = flaws(project, "./charts", pins())
    assert flaw.path == LOCK
    assert re.search(says, flaw.found)


def test_the_same_lock_is_the_same_text(project: Path) -> None:
    lock = read_lock(project)
    assert render_lock(dict(reversed(list(lock.items())))) == (project / LOCK).read_text()
    assert read_lock(project / "nowhere") == {}
    assert render_lock({"a.tgz": Locked(digest=digest_of(b""), trust="record: x")}).startswith("#")


def test_a_stand_in_is_the_same_bytes_each_time() -> None:
    assert stand_in("cilium", "1.20.2") == stand_in("cilium", "1.20.2")
    assert b"it installs nothing" in stand_in("cilium", "1.20.2")
