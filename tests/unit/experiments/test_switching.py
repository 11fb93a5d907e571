"""A switch under load: who goes where, what lacks room, and when it is over."""

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from development.experiments import (
    cli,
    platform,
    results,
    switch_objects,
    switch_report,
    switch_results,
    switching,
    workload,
)
from development.experiments.platform import ExperimentError, Platform
from development.experiments.policies import POLICIES
from development.experiments.switch_results import SwitchMoment, SwitchResult
from development.experiments.switching import SwitchRun
from development.experiments.tree import digest_of_switch
from development.experiments.visitors import NOBODY, Visitors, visitors

ADDRESSES = {"web.eks-blue.devinfra.fr": "127.0.0.2", "web.eks-green.devinfra.fr": "127.0.0.3"}


def result(*, warm: bool, unserved: Sequence[float]) -> SwitchResult:
    """Looks one second apart; visitors move at the second one."""
    course = tuple(
        SwitchMoment(
            second=number,
            seconds=1,
            load={"blue": 100 * (number < 1), "green": 100 * (number >= 1)},
            ready={"blue": 2, "green": 1},
            unserved=lacking,
        )
        for number, lacking in enumerate(unserved)
    )
    return SwitchResult(
        policy="A",
        warm=warm,
        tree="0123456789ab",
        day=date(2026, 11, 30),
        processors=2,
        load_before=1,
        requests=100,
        command_seconds=2,
        to="green",
        course=course,
    )


def test_measures_follow_from_the_course() -> None:
    found = result(warm=False, unserved=[0, 50, 100, 0, 0])
    assert found.first_moved == 1
    assert found.unserved_seconds == 2
    assert found.unserved_share == pytest.approx(0.3)
    assert found.served_again == 1
    well = result(warm=True, unserved=[0, 0, 0])
    assert (well.unserved_seconds, well.unserved_share, well.served_again) == (0, 0, 0)


def test_they_are_a_table_and_none_is_said() -> None:
    assert "No switch under load has been measured yet." in switch_report.table([])
    text = switch_report.table([result(warm=False, unserved=[0, 50, 100, 0])])
    assert "| A | cold, waived | 2 | 1 | 2 | 37.50% | 1 |" in text
    assert "2026-11-30 on a machine with 2 processors" in text
    assert "states of the code" not in text
    one = result(warm=False, unserved=[0])
    assert "2 states of the code" in switch_report.table(
        [one, one.model_copy(update={"tree": "other"})]
    )


def test_they_are_kept_beside_other_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cold, warm = (result(warm=it, unserved=[0, 1]) for it in (False, True))
    for it in (warm, cold):
        switch_results.write(it, tmp_path)
    assert switch_results.read(tmp_path) == [cold, warm]
    assert results.read(tmp_path) == []
    assert cli.main(["--report", "--folder", str(tmp_path)]) == 0
    assert "| A | warmed first |" in capsys.readouterr().out


def test_the_command_asks_for_each_policy_cold_and_warm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def standing_pair(*_: object) -> Generator[None]:
        raise ExperimentError("no cloud here")
        yield None

    monkeypatch.setattr(platform, "standing_pair", standing_pair)
    words = ["--trace", "switch", "--policy", "A", "--folder", str(tmp_path)]
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert "- A, switch, cold: no cloud here" in said
    assert "- A, switch, warm: no cloud here" in said
    switch_results.write(
        result(warm=True, unserved=[0, 1]).model_copy(update={"tree": digest_of_switch()}), tmp_path
    )
    assert cli.main(words) == 1
    assert "0 measured, 1 were there, 1 failed" in capsys.readouterr().err


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch, live: str) -> Generator[dict[str, str]]:
    """A DNS server, of which the live name leads to a colour."""
    leads = {"web.devinfra.fr": live}

    def ask(name: str, _port: int) -> tuple[Sequence[str], float]:
        colour = leads.get(name)
        own = f"web.eks-{colour}.devinfra.fr" if colour else name
        return [ADDRESSES[own]] if own in ADDRESSES else [], 60.0

    monkeypatch.setattr("development.experiments.visitors.ask_server", ask)
    yield leads


def own_names() -> dict[str, str]:
    return {"blue": switch_objects.own_name("blue"), "green": switch_objects.own_name("green")}


def test_visitors_move_one_after_the_other_as_their_memory_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(monkeypatch, "blue") as leads:
        who = visitors(switch_objects.live_name(), own_names(), 53)
        now = 0.0
        for it in who.resolvers:
            it.clock = lambda: now
        assert who.shares() == {"blue": pytest.approx(1)}
        leads["web.devinfra.fr"] = "green"
        shares: list[float] = []
        for now in (1.0, 30.0, 61.0):  # noqa: B007 - the clock
            shares.append(who.shares().get("green", 0.0))
        assert shares[0] < 0.1
        assert 0.4 < shares[1] < 0.6
        assert shares[2] == pytest.approx(1)
        leads["web.devinfra.fr"] = ""
        now = 200.0
        assert who.shares() == {NOBODY: pytest.approx(1)}


class Kube:
    """An API server with so many ready pods."""

    def __init__(self, pods: int, ended: threading.Event) -> None:
        self.pods, self.ended = pods, ended

    def apply(self, *_: object) -> None:
        """Takes it."""

    def get(self, _path: str) -> Any:  # noqa: ANN401 - JSON
        return {"status": {"currentMetrics": [{}], "readyReplicas": 9}}

    def listing(self, _path: str) -> tuple[list[Any], str]:
        ready = [{"type": "Ready", "status": "True"}]
        pods = [
            {
                "metadata": {"uid": str(it)},
                "spec": {"nodeName": "n"},
                "status": {"conditions": ready},
            }
            for it in range(self.pods)
        ]
        return pods, "1"

    def watch(self, _path: str, _version: str) -> Iterator[tuple[str, Any]]:
        self.ended.wait()
        return iter(())


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Generator[threading.Event]:
    """No waiting, and objects that are only told to be applied."""
    for name in ("_LOOK", "_STEADY_SECONDS", "_QUIET_SECONDS"):
        monkeypatch.setattr(switching, name, 0.01)
    monkeypatch.setattr(switch_objects, "apply", lambda *_: None)
    monkeypatch.setattr(switch_objects, "wait_for_names", lambda _: None)
    monkeypatch.setattr(workload, "say_load", lambda *_: None)
    event = threading.Event()
    yield event
    event.set()


def platforms(ended: threading.Event, folder: Path, green: int) -> tuple[Platform, Platform]:
    state = SimpleNamespace(project=folder, environment=lambda _: {"PATH": str(folder)})
    made = [
        SimpleNamespace(
            colour=colour, kube=Kube(pods, ended), cloud=SimpleNamespace(dns_port=53), state=state
        )
        for colour, pods in (("blue", 20), ("green", green))
    ]
    return cast("tuple[Platform, Platform]", tuple(made))


def command(folder: Path, text: str) -> None:
    (folder / "bluegreen").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bluegreen").chmod(0o755)


def test_a_run_measures_what_a_cold_colour_lacks(
    ended: threading.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path, 'echo "$@" > said')
    old, new = platforms(ended, tmp_path, green=3)

    def shares(_: Visitors) -> dict[str, float]:
        return {"green": 1.0} if (tmp_path / "said").exists() else {"blue": 1.0}

    monkeypatch.setattr(Visitors, "shares", shares)
    # It is over though room is lacking.
    monkeypatch.setattr(switching, "_QUIET_SECONDS", 0.0)
    with answering(monkeypatch, "blue"):
        found = SwitchRun(POLICIES["A"], warm=False, tell=lambda _: None).play(old, new)
    assert (tmp_path / "said").read_text().split() == [
        *("switch", "--to", "green", "--yes"),
        *(f"--waive={it}" for it in switch_objects.COLD),
    ]
    assert (found.policy, found.warm, found.to) == ("A", False, "green")
    assert found.course[-1].unserved == 1200 - 300


def test_a_switch_that_fails_is_no_result(
    ended: threading.Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command(tmp_path, "echo refused: cold; exit 3")
    old, new = platforms(ended, tmp_path, green=20)
    with (
        answering(monkeypatch, "blue"),
        pytest.raises(ExperimentError, match="--warm failed:\nrefused: cold"),
    ):
        SwitchRun(POLICIES["A"], warm=True, tell=lambda _: None).play(old, new)
