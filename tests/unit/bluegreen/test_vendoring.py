"""`bluegreen charts`: what is lacking is fetched, and only what the lock pins is kept."""

from datetime import date
from pathlib import Path

import pytest

from bluegreen.vendoring import Vendored, vendor
from bluegreen.world.published_charts import ChartUnavailableError
from catalogue.chart_archives import LOCK, Lock, Locked, Pin, digest_of, flaws, pins, read_lock
from localcloud.charts import stand_in

TODAY = date(2026, 11, 30)
PINS = pins(["1.35"], ["cilium", "descheduler", "linkerd", "linkerd-crds"])
CILIUM, DESCHEDULER = (
    next(it for it in PINS if it.chart.name == name) for name in ("cilium", "descheduler")
)


class Web:
    """Publishes stand-ins; counts what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.other: dict[str, bytes] = {}
        self.away: set[str] = set()

    def fetch(self, pin: Pin) -> bytes:
        self.asked.append(pin.file)
        if pin.chart.name in self.away:
            raise ChartUnavailableError("https://example.com cannot be reached: timed out")
        return self.other.get(pin.chart.name, stand_in(pin.chart.name, pin.version))


@pytest.fixture
def web() -> Web:
    return Web()


def run(folder: Path, web: Web, wanted: list[Pin] = PINS, *places: str) -> Vendored:
    return vendor(
        folder,
        places or ("./charts",),
        wanted,
        read_lock(folder),
        fetch=web.fetch,
        today=TODAY,
    )


def test_all_are_fetched_once_and_pinned(tmp_path: Path, web: Web) -> None:
    done = run(tmp_path, web)
    assert sorted(done.fetched) == sorted(done.trusted) == sorted(it.file for it in PINS)
    assert flaws(tmp_path, "./charts", PINS) == []
    trust = read_lock(tmp_path)[CILIUM.file].trust
    assert trust == "first fetched on 2026-11-30 from https://helm.cilium.io/"
    text = (tmp_path / LOCK).read_text()
    again = run(tmp_path, web)
    assert (again.fetched, again.trusted, len(again.kept)) == ([], [], len(PINS))
    assert len(web.asked) == len(PINS)
    assert (tmp_path / LOCK).read_text() == text
    assert sorted(it.name for it in tmp_path.rglob("*") if it.is_file()) == sorted(
        [LOCK, *(it.file for it in PINS)]
    )


def test_what_is_lacking_or_damaged_is_fetched_again(tmp_path: Path, web: Web) -> None:
    run(tmp_path, web)
    (tmp_path / "charts" / CILIUM.file).write_bytes(b"half")
    (tmp_path / "charts" / DESCHEDULER.file).unlink()
    done = run(tmp_path, web)
    assert sorted(done.fetched) == [CILIUM.file, DESCHEDULER.file]
    assert not done.trusted
    assert flaws(tmp_path, "./charts", PINS) == []


def test_another_archive_than_the_pinned_one_is_not_kept(tmp_path: Path, web: Web) -> None:
    right = Locked(digest=digest_of(b"right"), trust="record: somebody's")
    lock: Lock = {CILIUM.file: right}
    web.away.add("descheduler")
    done = vendor(tmp_path, ["./charts"], PINS, lock, fetch=web.fetch, today=TODAY)
    assert set(done.failed) == {CILIUM.file, DESCHEDULER.file}
    assert right.digest in done.failed[CILIUM.file]
    assert "(record: somebody's); nothing of it was kept" in done.failed[CILIUM.file]
    assert "cannot be reached" in done.failed[DESCHEDULER.file]
    there = {it.name for it in (tmp_path / "charts").iterdir()}
    assert there == {it.file for it in PINS} - set(done.failed)
    # It stays pinned, and what did not come is not.
    assert read_lock(tmp_path)[CILIUM.file] == right
    assert DESCHEDULER.file not in read_lock(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (stand_in("cilium", "1.0.0"), "sent cilium 1.0.0 in its place"),
        (stand_in("descheduler", CILIUM.version), "sent descheduler"),
        (b"<html>", "is no chart"),
    ],
)
def test_what_is_no_such_chart_is_not_trusted(
    tmp_path: Path, web: Web, content: bytes, says: str
) -> None:
    web.other["cilium"] = content
    done = run(tmp_path, web, [CILIUM])
    assert says in done.failed[CILIUM.file]
    assert not list((tmp_path / "charts").iterdir())
    assert read_lock(tmp_path) == {}


def test_a_raised_version_replaces_the_one_before_and_nothing_else(
    tmp_path: Path, web: Web
) -> None:
    run(tmp_path, web)
    (tmp_path / "charts" / "own-1.0.0.tgz").write_bytes(b"somebody's own")
    later = Pin(CILIUM.chart, "1.99.0")
    done = run(tmp_path, web, [later])
    assert done.fetched == [later.file]
    assert f"./charts/{CILIUM.file}" in done.removed
    assert {it.name for it in (tmp_path / "charts").iterdir()} == {later.file, "own-1.0.0.tgz"}
    assert set(read_lock(tmp_path)) == {later.file}


def test_two_folders_get_the_same(tmp_path: Path, web: Web) -> None:
    run(tmp_path, web, PINS, "./charts", "./other")
    assert len(web.asked) == len(PINS)
    for place in ("./charts", "./other"):
        assert flaws(tmp_path, place, PINS) == []
