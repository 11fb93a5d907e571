"""Charts that cannot be fetched forbid a switch: its updates would fail, and the way back too."""

from collections.abc import Mapping
from pathlib import Path

from bluegreen.chart_rules import (
    Charts,
    charts_can_be_had,
    charts_there,
    kept_charts,
    kept_flaws,
    public_charts,
)
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.pins import chart_in_words
from bluegreen.world import stack_settings
from catalogue.addons import CATALOGUE, CILIUM, DESCHEDULER
from localcloud.charts import write_stand_ins
from tests.unit.bluegreen.preflight.files import write

CHART = f"cilium-{CILIUM.entry.version('1.35')}"
ASKED: list[str] = []


def looks(**answers: Look[bool]):  # noqa: ANN201 - a look
    def look(charts: Charts) -> Mapping[str, Look[bool]]:
        ASKED[:] = [f"{chart.name}-{version}" for chart, version in charts]
        return {chart_in_words(it, version): answers.get(it.name, True) for it, version in charts}

    return look


PUBLIC = {"blue": {"charts": "public"}, "green": {"charts": "public"}}


def test_of_charts_that_the_project_keeps_nobody_is_asked(tmp_path: Path) -> None:
    ASKED.clear()
    folder = write(tmp_path, {})
    write_stand_ins(folder)
    assert charts_there(folder, (), looks()).verdict == "pass"
    kept = folder / "charts" / f"{CHART}.tgz"
    kept.write_bytes(b"other")
    (folder / "charts" / f"descheduler-{DESCHEDULER.entry.version('1.35')}.tgz").unlink()
    finding = charts_there(folder, [CHART], looks())
    assert (finding.verdict, len(finding.details)) == ("fail", 2)
    assert any(it.startswith(f"./charts/{CHART}.tgz: found sha256:") for it in finding.details)
    assert "run `bluegreen charts`" in finding.remedy
    assert not ASKED


def test_one_colour_may_ask_where_the_other_keeps(tmp_path: Path) -> None:
    off = {it.name: {"enabled": False} for it in CATALOGUE if it.optional}
    folder = write(tmp_path, {"green": {"charts": "public", "addons": off}})
    write_stand_ins(folder)
    assert charts_there(folder, (), looks(cilium=False)).verdict == "fail"
    assert ASKED == [CHART]


def test_before_anything_stands_the_same_is_said(tmp_path: Path) -> None:
    folder = write(tmp_path, {})
    wanted = stack_settings.read(folder)
    flaws = kept_flaws(folder, wanted)
    assert charts_can_be_had(flaws, {}).verdict == "fail"
    assert set(kept_charts(folder, wanted).values()) == {False}
    write_stand_ins(folder)
    flaws = kept_flaws(folder, wanted)
    assert charts_can_be_had(flaws, {}).verdict == "pass"
    assert set(kept_charts(folder, wanted).values()) == {True}
    assert public_charts(wanted) == []
    gone = charts_can_be_had([], {"cilium 1.0.0": False})
    assert (gone.verdict, gone.details) == ("fail", ("cilium 1.0.0 is not there",))


def test_every_chart_of_both_colours_is_asked_for_once(tmp_path: Path) -> None:
    finding = charts_there(write(tmp_path, PUBLIC), (), looks())
    assert finding.verdict == "pass"
    assert len(ASKED) == len(set(ASKED)) > 8


def test_one_that_did_not_answer_and_one_that_is_gone_are_named(tmp_path: Path) -> None:
    answers: dict[str, Look[bool]] = {"cilium": Unseen("timed out"), "descheduler": False}
    finding = charts_there(write(tmp_path, PUBLIC), (), looks(**answers))
    assert finding.verdict == "fail"
    assert f"{CHART}: https://helm.cilium.io/ did not answer: timed out" in finding.details
    assert any(text.endswith("has it no more") for text in finding.details)


def test_it_can_be_waived_by_name(tmp_path: Path) -> None:
    finding = charts_there(write(tmp_path, PUBLIC), [CHART], looks(cilium=False))
    assert finding.verdict == "waived"


def test_of_a_wrong_stack_file_nothing_is_known(tmp_path: Path) -> None:
    folder = write(tmp_path, {"blue": {"kubernetesVersion": "1.0"}})
    assert charts_there(folder, (), looks()).verdict == "unseen"


def test_of_an_add_on_that_is_off_nothing_is_asked(tmp_path: Path) -> None:
    off = {"charts": "public", "addons": {"descheduler": {"enabled": False}}}
    charts_there(write(tmp_path, {"blue": off, "green": off}), (), looks())
    assert not [it for it in ASKED if it.startswith("descheduler")]
    assert CHART in ASKED
