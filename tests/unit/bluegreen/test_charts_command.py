"""`bluegreen charts`: exit codes, and what is said."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bluegreen import cli
from bluegreen.errors import Exit
from bluegreen.world.published_charts import ChartUnavailableError, Publishers
from catalogue.chart_archives import LOCK, Pin, pins
from localcloud.charts import stand_in
from tests.unit.bluegreen.preflight.files import write
from tests.unit.documentation.commands import ROOT

AWAY = "descheduler"
PUBLIC = {"blue": {"charts": "public"}, "green": {"charts": "public"}}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text((ROOT / "Pulumi.yaml").read_text())
    return write(tmp_path, {})


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Charts whose publisher is away."""
    found: set[str] = set()

    def fetch(_: Publishers, pin: Pin) -> bytes:
        if pin.chart.name in found:
            raise ChartUnavailableError("https://example.com/index.yaml answered 503")
        return stand_in(pin.chart.name, pin.version)

    monkeypatch.setattr(Publishers, "fetch", fetch)
    return found


def charts(project: Path, *options: str) -> Result:
    return CliRunner().invoke(cli.app, ["charts", "-C", str(project), *options])


def test_all_come_then_nothing_more_does(project: Path, away: set[str]) -> None:
    away.add(AWAY)
    ran = charts(project)
    assert ran.exit_code == Exit.FAILED, ran.output
    assert f"{len(pins()) - 1} fetched, 0 kept, in ./charts" in ran.output
    assert f"not fetched: {AWAY}-" in ran.output
    assert "answered 503" in ran.output
    assert "pinned as it came, no record has it: cilium-" in ran.output
    assert f"commit ./charts and {LOCK}" in ran.output
    away.clear()
    ran = charts(project, "--json")
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.stdout)
    assert len(document["fetched"]) == 1
    assert len(document["kept"]) == len(pins()) - 1
    ran = charts(project)
    assert (ran.exit_code, "commit" in ran.output) == (0, False)


def test_check_asks_nobody_and_names_all_that_is_wrong(project: Path, away: set[str]) -> None:
    ran = charts(project, "--check")
    assert ran.exit_code == Exit.REFUSED
    assert "./charts: found nothing" in ran.output
    charts(project)
    assert charts(project, "--check").exit_code == 0
    away.update(pin.chart.name for pin in pins())
    for path in list((project / "charts").iterdir())[:2]:
        path.write_bytes(b"other")
    ran = charts(project, "--check", "--json")
    assert ran.exit_code == Exit.REFUSED
    flaws = json.loads(ran.stdout)["flaws"]
    assert len(flaws) == 2
    assert {"path", "found", "expected"} == set(flaws[0])


@pytest.mark.parametrize(
    ("changes", "lock", "says"),
    [
        (
            {"blue": {"charts": "public"}, "green": {"charts": "public"}},
            "",
            "no colour keeps charts",
        ),
        ({"blue": {"charts": "/srv"}}, "", 'eks-platform:charts: found "/srv"'),
        ({}, "a: [", "charts.lock cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    project: Path, away: set[str], changes: dict[str, dict[str, object]], lock: str, says: str
) -> None:
    write(project, changes)
    if lock:
        (project / LOCK).write_text(lock)
    ran = charts(project)
    assert ran.exit_code == Exit.FAILED
    assert says in ran.output
    assert not (project / "charts").exists()
