"""Results become a table and pictures; what is missing is said, never made up."""

from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from development.docsite import experiments as page
from development.docsite.drawing import LIGHT
from development.experiments import cli, report, results
from development.experiments.results import Machine, Measures, Moment, Result
from development.experiments.run import LONGEST_GAP_SECONDS
from development.experiments.traces import TRACES


def result(policy: str, seed: int, *, usd: float, unserved: float = 10) -> Result:
    measures = Measures(
        pending_pod_seconds=100,
        pending_p99=20,
        unserved_seconds=unserved,
        unserved_share=0.01,
        node_hours={"on-demand": 3, "spot": 1},
        usd=usd,
        no_price=(),
        evictions=1,
        interruptions=0,
        most_pods=40,
        most_nodes=12,
    )
    moments = tuple(
        Moment(second=it * 60, load=240, ready=4, pending=0, nodes=4) for it in range(3)
    )
    return Result(
        policy=policy,
        trace="evening",
        seed=seed,
        factor=15,
        tree="0123456789ab",
        day=date(2026, 11, 30),
        machine=Machine(processors=2, load_before=1, load_after=2, longest_gap=9),
        measures=measures,
        course=moments,
    )


def cells(text: str, policy: str) -> list[str]:
    lines = [it for it in text.splitlines() if it.startswith(f"| evening | {policy} |")]
    return [it.strip() for it in lines[0].strip("|").split("|")]


def test_seeds_of_a_policy_are_one_row_with_mean_and_range() -> None:
    text = report.table([result("A", 1, usd=4), result("A", 2, usd=6)])
    row = cells(text, "A")
    assert row[2] == "1, 2"
    assert "5.00 (4.00 to 6.00)" in row
    assert "100" in row


def test_costs_are_compared_with_those_of_a() -> None:
    text = report.table([result("A", 1, usd=4), result("C", 1, usd=3)])
    assert cells(text, "A")[10] == "1"
    assert cells(text, "C")[10] == "0.75"
    assert cells(report.table([result("C", 1, usd=3)]), "C")[10] == "A was not measured"


def test_the_aim_is_judged_by_the_seeds_that_both_have_and_what_is_missing_is_named() -> None:
    found = [result("A", 1, usd=4), result("A", 2, usd=40), result("C", 1, usd=3)]
    said = report.verdict(found)
    assert "C on evening, 1 of 3 seeds: 25% less than A" in said
    assert "The aim is reached, as far as so few runs say it." in said
    assert "Not measured on evening: B, D.\n- Not measured on day: A, B, C, D.\n" in said


@pytest.mark.parametrize(
    ("usd", "unserved", "word"),
    [
        (3.0, 10, "is reached."),
        (3.01, 10, "is not reached."),
        (3.0, 11, "is not reached."),
        (5.0, 0, "25% more than A"),
    ],
)
def test_the_aim_is_less_cost_at_no_more_lack_of_room(
    usd: float, unserved: float, word: str
) -> None:
    runs = [result("A", seed, usd=4, unserved=10) for seed in (1, 2, 3)]
    runs += [result("D", seed, usd=usd, unserved=unserved) for seed in (1, 2, 3)]
    assert word in report.verdict(runs)


def test_without_a_or_the_same_seeds_nothing_is_judged() -> None:
    assert "The aim" not in report.verdict([result("D", 1, usd=1)])
    said = report.verdict([result("A", 1, usd=4), result("D", 2, usd=1)])
    assert "not comparable with A" in said
    nothing = [f"- Not measured on {it}: A, B, C, D.\n" for it in ("evening", "day")]
    assert report.verdict([]) == "".join(nothing)


def test_the_machine_and_the_day_are_said() -> None:
    text = report.table([result("A", 1, usd=4)])
    assert "2026-11-30 on a machine with 2 processors" in text
    assert "at most 9 simulated seconds" in text


def test_without_results_it_says_so() -> None:
    assert report.table([]) == "Nothing has been measured yet.\n"
    for draw in report.PICTURES.values():
        assert "Nothing has been measured yet." in draw([], LIGHT)


@pytest.mark.parametrize("draw", report.PICTURES.values(), ids=report.PICTURES)
def test_pictures_tell_every_policy(draw: report.Draw) -> None:
    drawn = draw([result("A", 1, usd=4), result("D", 1, usd=3, unserved=0)], LIGHT)
    ET.fromstring(drawn)  # noqa: S314 - as above
    for policy in ("A", "D"):
        assert f"{policy} on evening" in drawn


def test_costs_of_a_load_are_drawn_to_its_own_scale() -> None:
    def widest(runs: list[Result]) -> list[float]:
        drawn = ET.fromstring(report.draw_costs(runs, LIGHT))  # noqa: S314 - as above
        return sorted(float(it.get("width", 0)) for it in drawn.iter() if it.tag.endswith("rect"))

    evening = [result("A", 1, usd=4), result("D", 1, usd=2)]
    day = result("A", 1, usd=400).model_copy(update={"trace": "day"})
    assert set(widest(evening)) <= set(widest([day, *evening]))


def test_results_are_read_as_they_were_written_and_replace_older_ones(tmp_path: Path) -> None:
    first, second = result("A", 1, usd=4), result("C", 1, usd=3)
    for it in (result("A", 1, usd=9), second, first):
        results.write(it, tmp_path)
    assert results.read(tmp_path) == [first, second]


def test_the_command_makes_them_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["--report", "--folder", str(tmp_path)]) == 1
    assert "has no results" in capsys.readouterr().err
    results.write(result("A", 1, usd=4), tmp_path)
    assert cli.main(["--report", "--folder", str(tmp_path)]) == 0
    assert (tmp_path / "table.md").read_text() in capsys.readouterr().out
    assert (tmp_path / "experiments-costs-dark.svg").is_file()
    (tmp_path / "broken.json").write_text("{}")
    assert cli.main(["--report", "--folder", str(tmp_path)]) == 1
    assert "is no result" in capsys.readouterr().err


@pytest.mark.parametrize("found", [[], [result("A", 1, usd=4), result("C", 1, usd=3)]])
def test_the_page_shows_pictures_of_what_was_measured_alone(
    found: list[Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "read", lambda: found)
    text = page.render()
    assert ("Nothing has been measured yet." in text) is (not found)
    for name in report.PICTURES:
        assert (f"pictures/{name}-dark.svg#only-dark" in text) is bool(found)
    assert "Not measured on day: " in text


def test_results_of_different_code_are_said_to_be_so() -> None:
    one, other = result("A", 1, usd=4), result("A", 2, usd=4)
    assert "states of the code" not in report.table([one, other])
    other = other.model_copy(update={"tree": "ffffffffffff"})
    assert "Measured with 2 states of the code" in report.table([one, other])


def test_recorded_results_are_whole_runs_on_a_machine_that_kept_the_pace() -> None:
    for it in results.read():
        assert it.machine.longest_gap <= LONGEST_GAP_SECONDS
        assert it.course[-1].second > TRACES[it.trace](it.seed).seconds - 120
