import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from development.bench import cli, recorded
from development.bench.cost import CommandError
from development.bench.figure import Figure, figure


def ratio(value: float, name: str = "start-import") -> Figure:
    return figure(name, "Import", [(value, 1)], unit="s", floor_from="bare")


@pytest.fixture(autouse=True)
def measurements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    ran: list[tuple[str, int]] = []

    def run(name: str) -> cli.Run:
        def measure(rounds: int, tell: Callable[[str], None]) -> list[Figure]:
            ran.append((name, rounds))
            if name == "broken":
                raise CommandError("pulumi: ended with 1")
            return [ratio(3)]

        return measure

    monkeypatch.setattr(cli, "MEASUREMENTS", {it: run(it) for it in ("start", "broken")})
    return ran


def test_each_figure_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--only", "start"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert {"name", "value", "unit", "floor", "ratio", "floor_from"} <= said.keys()
    assert Figure.model_validate(said) == ratio(3)


def test_rounds_are_as_many_as_wanted(measurements: list[tuple[str, int]]) -> None:
    cli.main(["--only", "start", "--rounds", "9"])
    cli.main(["--only", "start"])
    assert measurements == [("start", 9), ("start", 5)]


@pytest.mark.parametrize("rounds", ["4", "-5", "many"])
def test_too_few_rounds_are_refused(rounds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--rounds", rounds])
    assert ended.value.code == 2
    assert "a number from 5 up is expected" in capsys.readouterr().err


def test_an_unknown_measurement_is_refused_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--only", "stat"])
    assert ended.value.code == 2
    assert "'start', 'broken'" in capsys.readouterr().err


def test_a_command_that_fails_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--only", "broken"]) == 1
    assert "pulumi: ended with 1" in capsys.readouterr().err


@pytest.mark.parametrize(("before", "code"), [(2, 1), (3, 0), (4, 0)])
def test_a_worse_ratio_is_told_and_ends_with_1(
    before: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"start-import": ratio(before)}
    monkeypatch.setattr(recorded, "read", lambda: kept)
    assert cli.main(["--only", "start", "--check"]) == code
    assert ("where 2 (2 to 2) was recorded" in capsys.readouterr().err) == bool(code)


def test_what_was_measured_before_a_failure_is_recorded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(rounds: int, tell: Callable[[str], None]) -> Iterator[Figure]:
        yield ratio(2, "first")
        raise CommandError(f"pulumi: ended after {rounds} rounds")

    file = tmp_path / "recorded.json"
    monkeypatch.setattr(cli, "MEASUREMENTS", {"long": measure})
    monkeypatch.setattr(recorded, "record", partial(recorded.record, path=file))
    assert cli.main(["--only", "long", "--record"]) == 1
    assert recorded.read(file) == {"first": ratio(2, "first")}
    assert capsys.readouterr().out.count("\n") == 1
