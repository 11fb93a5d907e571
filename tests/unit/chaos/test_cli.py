"""The command line, as far as it needs no cloud."""

from pathlib import Path

import pytest

from development.chaos import platform
from development.chaos.cli import main
from development.chaos.plan import interruption
from development.chaos.report import Report
from tests.unit.chaos.test_report import outcome


def test_a_plan_is_read_without_doing_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--interruptions", "31", "--show"]) == 0
    lines = " ".join(capsys.readouterr().out.split())
    assert f"30 {interruption(7, 30)}" in lines


def test_a_report_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Report(tmp_path).add(outcome(0))
    assert main(["--report", str(tmp_path)]) == 1
    assert "give --resume" in capsys.readouterr().err


def test_a_run_that_is_interrupted_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Path) -> platform.Platform:
        raise KeyboardInterrupt

    monkeypatch.setattr(platform, "start", interrupted)
    folder = tmp_path / "report"
    assert main(["--seed", "7", "--report", str(folder), "--state", str(tmp_path / "cloud")]) == 130
    again = f"`make chaos SEED=7 INTERRUPTIONS=200 REPORT={folder} RESUME=1` goes on"
    assert again in capsys.readouterr().out
