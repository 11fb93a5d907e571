"""Interruptions of retirements follow from seed and number, and what is left is found."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from development.chaos.retirements import account, progress, report
from development.chaos.retirements.cli import main
from development.chaos.retirements.plan import (
    CARDS,
    RETIRED,
    Interruption,
    Point,
    Target,
    interruption,
)
from development.chaos.retirements.platform import with_karpenter
from development.chaos.retirements.run import check_runs
from development.chaos.retirements.strike import Retirement
from localcloud.cluster.kube import Object
from localcloud.state import PROJECT_ROOT
from settings.loading import load_colour

DECKS = 20


def first(seed: int, count: int) -> list[Interruption]:
    return [interruption(seed, number) for number in range(count)]


def test_every_ten_retirements_have_one_interruption_of_each_kind() -> None:
    plans = first(3, DECKS * len(CARDS))
    assert len(CARDS) == 10
    for deck in range(DECKS):
        kinds = [plan.kind for plan in plans[deck * len(CARDS) : (deck + 1) * len(CARDS)]]
        assert sorted(kinds) == sorted(CARDS)


def test_an_interruption_stays_what_a_report_has_called_it() -> None:
    assert str(interruption(3, 5)) == "kill the machine 22.0 s after the destroy begins"
    assert str(interruption(3, 0)) == (
        "launch nodes; kill Karpenter after its call 1 to ec2 CreateFleet, from when the command"
        " begins on; kill the command 3.4 s after the pools are deleted"
    )


def test_it_is_kept_in_a_report_as_it_is() -> None:
    for plan in first(5, len(CARDS)):
        assert Interruption.model_validate_json(plan.model_dump_json()) == plan


def test_everybody_is_struck_at_some_time_and_nobody_who_is_not_there_yet() -> None:
    blows = [it.blow for it in first(1, DECKS * len(CARDS)) if it.blow]
    assert {it.target for it in blows} == set(Target) - {Target.PROVIDER, Target.KARPENTER}
    before = (Point.POOLS, Point.FIRST, Point.LAST)
    early = {it.target for it in blows if it.point in before}
    assert early == {Target.COMMAND, Target.TERMINAL}
    assert {it.point for it in blows} == set(Point) - {Point.BEGINS}


def test_its_stack_file_is_valid_and_has_karpenter() -> None:
    content = yaml.safe_load((PROJECT_ROOT / f"Pulumi.{RETIRED}.yaml").read_text())
    config = with_karpenter(content)["config"]
    given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}
    settings = load_colour(RETIRED, given)
    assert settings.nodes.autoscaler == "karpenter"
    assert settings.nodes.karpenter.spot


def test_what_is_left_and_what_is_taken_of_the_other_colour_is_named() -> None:
    before = {"instance": {"i-1 (running)"}, "volume": {"vol-1"}, "role": {"eks-blue-node"}}
    after = {"instance": {"i-1 (running)", "i-2 (running)"}, "volume": set[str](), "role": set()}
    assert list(account.compare(before, before)) == []
    assert list(account.compare(before, after)) == [
        "left: instance i-2 (running)",
        "gone, though not of eks-green: role eks-blue-node",
        "gone, though not of eks-green: volume vol-1",
    ]


def ran(code: int | None, log: str = "") -> Retirement:
    return Retirement(code, 1.0, "killed", log)


@pytest.mark.parametrize(
    ("codes", "unchanged", "broken"),
    [
        ((0,), False, []),
        ((-9, 0), False, []),
        ((130, 0), True, []),
        ((5, 0), False, []),
        ((1, 0), True, []),
        ((1, 0), False, ["exit code 1 says that nothing was changed, but the stack was"]),
        ((2, 0), True, ["exit code 2 is none that an interrupted retirement has"]),
        ((None, 0), False, ["the interrupted command hung"]),
        ((-9, 5, 0), False, ["the same command again ended with 5"]),
    ],
)
def test_one_more_run_has_to_be_enough_and_exit_codes_to_say_what_is_so(
    codes: tuple[int | None, ...], unchanged: bool, broken: list[str]
) -> None:
    assert check_runs([ran(code) for code in codes], unchanged=unchanged) == broken


def test_a_traceback_is_a_failure() -> None:
    runs = [ran(5, "Traceback (most recent call last):"), ran(0)]
    assert check_runs(runs, unchanged=False) == ["a command printed a traceback"]


class FakeCluster:
    """Pools and claims as they are said to be; None: nobody answers."""

    def __init__(self) -> None:
        self.pools: list[Object] | None = [{"metadata": {"name": "spot"}}]
        self.claims = ["spot-1", "spot-2"]

    def items(self, path: str) -> list[Object]:
        if self.pools is None:
            raise ConnectionError
        if path.endswith("nodepools"):
            return self.pools
        return [{"metadata": {"name": it}} for it in self.claims]


def test_how_far_it_has_come_is_seen(tmp_path: Path) -> None:
    cluster, locks = FakeCluster(), tmp_path / "locks"
    locks.mkdir()
    now = progress.Progress(cluster, locks)
    assert not now.poll()
    cluster.claims.append("spot-3")  # launched meanwhile
    cluster.pools = None
    assert not now.poll()
    cluster.pools = [{"metadata": {"name": "spot", "deletionTimestamp": "now"}}]
    assert now.poll()
    assert list(now.reached) == [Point.BEGINS, Point.POOLS]
    del cluster.claims[0]
    assert now.poll()
    assert now.claims == 2
    cluster.claims.clear()
    assert now.poll()
    assert list(now.reached)[2:] == [Point.FIRST, Point.LAST]
    assert now.seconds_since(Point.UPDATE) is None
    (locks / "it.json").write_text("{")
    assert not now.poll()


def test_an_engine_is_seen_by_the_lock_that_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {7: ("pulumi", "up", "--yes"), 8: ("pulumi", "destroy", "--yes")}
    monkeypatch.setattr(progress, "read_command_line", words.__getitem__)
    now = progress.Progress(FakeCluster(), tmp_path)
    for pid, point in ((7, Point.UPDATE), (8, Point.DESTROY)):
        (tmp_path / f"{pid}.json").write_text(json.dumps({"pid": pid}))
        assert now.poll()
        assert point in now.reached
    past = now.seconds_since(Point.UPDATE)
    assert past is not None
    assert past <= time.monotonic()


def outcome(*broken: str) -> report.Outcome:
    return report.Outcome(
        plan=interruption(3, 5),
        time=datetime(2026, 1, 1, tzinfo=UTC),
        struck="killed the machine",
        codes=(-9, 0),
        seconds=(40.0, 30.0),
        broken=broken,
        whole_seconds=180.0,
    )


def test_a_report_has_a_line_for_each_and_says_how_to_replay_a_failure(tmp_path: Path) -> None:
    kept = report.Report(tmp_path)
    kept.add(outcome())
    kept.add(outcome("left: instance i-2 (running)"))
    assert kept.read() == [outcome(), outcome("left: instance i-2 (running)")]
    text = (tmp_path / "summary.md").read_text()
    assert "2 interrupted retirements, 0 misses, 1 failures." in text
    assert "| 5 | machine | killed the machine | killed, 0 | 0 | 180 |" in text
    assert "Replay: make chaos-retire SEED=3 ONLY=5" in text


def test_a_plan_is_read_without_doing_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "3", "--show", "--only", "5"]) == 0
    assert "kill the machine 22.0 s after the destroy begins" in capsys.readouterr().out


def test_a_report_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report.Report(tmp_path).add(outcome())
    assert main(["--seed", "3", "--report", str(tmp_path)]) == 1
    assert "give another one" in capsys.readouterr().err
