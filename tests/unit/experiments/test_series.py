"""Runs one after the other: what is kept, what fails, and what is said of it."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from development.experiments import cli, platform, results, wanted
from development.experiments.pace import Pace
from development.experiments.platform import ExperimentError
from development.experiments.policies import POLICIES, Policy
from development.experiments.results import Result
from development.experiments.series import play_all
from development.experiments.tree import digest, digest_of_switch
from development.experiments.wanted import WantedLoad
from localcloud.lifecycle import CloudError
from tests.unit.experiments.test_report import result


def run_of(policy: str, seed: int = 1, factor: int = 15) -> WantedLoad:
    return WantedLoad(POLICIES[policy], "evening", seed, Pace(factor))


class Player:
    """Plays at once; policies of `failing` fail."""

    def __init__(self) -> None:
        self.failing: dict[str, BaseException] = {}
        self.played: list[str] = []
        self.tree = ""

    def run(
        self, _platform: object, policy: Policy, trace: object, seed: int, pace: Pace, _tell: object
    ) -> "Player":
        del trace
        self.played.append(f"{policy.key} {seed}")
        if policy.key in self.failing:
            raise self.failing[policy.key]
        made = result(policy.key, seed, usd=1)
        self.made = made.model_copy(update={"factor": pace.factor, "tree": self.tree or digest()})
        return self

    def play(self) -> Result:
        return self.made


@pytest.fixture
def player(monkeypatch: pytest.MonkeyPatch) -> Player:
    it = Player()

    @contextmanager
    def standing(*_: object) -> Generator[None]:
        yield None

    monkeypatch.setattr(platform, "standing", standing)
    monkeypatch.setattr(wanted, "Run", it.run)
    return it


def play(
    runs: Sequence[WantedLoad], folder: Path, *, again: bool = False
) -> tuple[dict[str, str], list[str]]:
    """What each run that was played ended with, and all that was told."""
    told: list[str] = []
    outcomes = play_all(runs, folder, told.append, again=again)
    return {str(it.wanted): it.error for it in outcomes}, told


def test_one_that_fails_ends_no_other_and_is_no_result(tmp_path: Path, player: Player) -> None:
    player.failing = {"A": ExperimentError("the machine is too busy"), "B": KeyError("mistake")}
    found, told = play([run_of(it) for it in "ABC"], tmp_path)
    assert found == {
        "A, evening, seed 1": "the machine is too busy",
        "B, evening, seed 1": "KeyError: 'mistake'",
        "C, evening, seed 1": "",
    }
    assert [it.policy for it in results.read(tmp_path)] == ["C"]
    assert "run 1 of 3, policy A, evening, seed 1 failed: the machine is too busy" in told


def test_the_same_series_goes_on_where_it_ended(tmp_path: Path, player: Player) -> None:
    runs = [run_of("A"), run_of("C"), run_of("A", 2)]
    player.failing = {"C": OSError("no")}
    play(runs, tmp_path)
    player.failing = {}
    player.played.clear()
    found, told = play(runs, tmp_path)
    assert player.played == ["C 1"]
    assert found == {"C, evening, seed 1": ""}
    assert any("policy A, evening, seed 2: measured already" in it for it in told)
    player.played.clear()
    play(runs, tmp_path, again=True)
    assert len(player.played) == 3


@pytest.mark.parametrize("change", [{"tree": "000000000000"}, {"factor": 5}])
def test_what_other_code_or_another_pace_measured_is_measured_anew(
    tmp_path: Path, player: Player, change: dict[str, object]
) -> None:
    play([run_of("A")], tmp_path)
    (found,) = results.read(tmp_path)
    results.write(found.model_copy(update=change), tmp_path)
    play([run_of("A")], tmp_path)
    assert player.played == ["A 1"] * 2


@pytest.mark.usefixtures("player")
def test_a_file_that_is_no_result_is_measured_anew(tmp_path: Path) -> None:
    (tmp_path / "evening-A-1.json").write_text("{}")
    play([run_of("A")], tmp_path)
    assert results.read(tmp_path)[0].day == date(2026, 11, 30)


def test_the_command_lists_what_failed_and_says_how_to_go_on(
    tmp_path: Path, player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    player.failing = {"A": ExperimentError("too busy\nsecond line")}
    words = ["--policy", "A", "--policy", "A-karpenter", "--seed", "1", "--folder", str(tmp_path)]
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert "1 measured, 0 were there, 1 failed" in said
    assert "- A, evening, seed 1: too busy\n" in said
    assert "The same command plays these alone again" in said
    player.failing.clear()
    assert cli.main(words) == 0
    assert "1 measured, 1 were there, 0 failed" in capsys.readouterr().err


def test_ctrl_c_ends_the_series(
    tmp_path: Path, player: Player, capsys: pytest.CaptureFixture[str]
) -> None:
    player.failing = {"A": KeyboardInterrupt()}
    assert cli.main(["--policy", "A", "--folder", str(tmp_path)]) == 130
    assert player.played == ["A 1"]
    assert "the same command goes on" in capsys.readouterr().err


@pytest.mark.parametrize("number", range(3))
def test_ctrl_c_is_none_of_a_run_s_failures_though_its_cloud_could_not_be_ended(
    tmp_path: Path, player: Player, number: int
) -> None:
    failed = CloudError("it is just starting")
    failed.__context__ = KeyboardInterrupt()
    folder = OSError("Directory not empty")  # as the server still writes into it
    folder.__context__ = failed
    player.failing = {"A": [failed, folder, RuntimeError("other")][number]}
    player.failing["A"].__context__ = [failed.__context__, failed, folder][number]
    with pytest.raises(KeyboardInterrupt):
        play([run_of("A"), run_of("C")], tmp_path)
    assert player.played == ["A 1"]


def test_the_digest_follows_what_a_run_depends_on_and_nothing_else(tmp_path: Path) -> None:
    for name in (
        "bluegreen/switch.py",
        "localcloud/server/a.py",
        "docs/a.md",
        "localcloud/README.md",
        "uv.lock",
        "Pulumi.green.yaml",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")

    def changed_by(name: str) -> tuple[bool, bool]:
        """Whether that changes a load's digest, and a switch's."""
        before = digest(tmp_path), digest_of_switch(tmp_path)
        (tmp_path / name).write_text("2")
        after = digest(tmp_path), digest_of_switch(tmp_path)
        return after[0] != before[0], after[1] != before[1]

    assert changed_by("docs/a.md") == (False, False)
    assert changed_by("localcloud/README.md") == (False, False)
    assert changed_by("localcloud/server/a.py") == (True, True)
    assert changed_by("uv.lock") == (True, True)
    assert changed_by("bluegreen/switch.py") == (False, True)
    assert changed_by("Pulumi.green.yaml") == (False, True)


def test_what_ran_on_files_that_were_changed_meanwhile_is_no_result(
    tmp_path: Path, player: Player
) -> None:
    player.tree = "000000000000"
    found, _ = play([run_of("A")], tmp_path)
    assert "files of this checkout were changed as it ran" in found["A, evening, seed 1"]
    assert results.read(tmp_path) == []
