"""Charts that cannot be fetched forbid a switch: its updates would fail, and the way back too."""

from collections.abc import Mapping
from pathlib import Path

from bluegreen.chart_rules import Charts, charts_there
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.pins import chart_in_words
from catalogue.addons import CILIUM
from tests.unit.bluegreen.preflight.files import write

CHART = f"cilium-{CILIUM.entry.version('1.35')}"
ASKED: list[str] = []


def looks(**answers: Look[bool]):  # noqa: ANN201 - a look
    def look(charts: Charts) -> Mapping[str, Look[bool]]:
        ASKED[:] = [f"{chart.name}-{version}" for chart, version in charts]
        return {chart_in_words(it, version): answers.get(it.name, True) for it, version in charts}

    return look


def test_every_chart_of_both_colours_is_asked_for_once(tmp_path: Path) -> None:
    finding = charts_there(write(tmp_path, {}), (), looks())
    assert finding.verdict == "pass"
    assert len(ASKED) == len(set(ASKED)) > 8


def test_one_that_did_not_answer_and_one_that_is_gone_are_named(tmp_path: Path) -> None:
    answers: dict[str, Look[bool]] = {"cilium": Unseen("timed out"), "descheduler": False}
    finding = charts_there(write(tmp_path, {}), (), looks(**answers))
    assert finding.verdict == "fail"
    assert f"{CHART}: https://helm.cilium.io/ did not answer: timed out" in finding.details
    assert any(text.endswith("has it no more") for text in finding.details)


def test_it_can_be_waived_by_name(tmp_path: Path) -> None:
    finding = charts_there(write(tmp_path, {}), [CHART], looks(cilium=False))
    assert finding.verdict == "waived"


def test_of_a_wrong_stack_file_nothing_is_known(tmp_path: Path) -> None:
    folder = write(tmp_path, {"blue": {"kubernetesVersion": "1.0"}})
    assert charts_there(folder, (), looks()).verdict == "unseen"


def test_of_an_add_on_that_is_off_nothing_is_asked(tmp_path: Path) -> None:
    off = {"addons": {"descheduler": {"enabled": False}}}
    charts_there(write(tmp_path, {"blue": off, "green": off}), (), looks())
    assert not [it for it in ASKED if it.startswith("descheduler")]
    assert CHART in ASKED
