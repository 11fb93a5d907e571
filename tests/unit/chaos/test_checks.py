"""What a check takes for broken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from development.chaos import checks
from development.chaos.tracking import SwitchState
from localcloud.writers import Term, Write

T0 = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("web.devinfra.fr",)


def at(second: float) -> datetime:
    return T0 + timedelta(seconds=second)


def switch_state(named: str | None, *, term: int = 3, wanted: str | None = None) -> SwitchState:
    reports = {colour: {"running": colour == named, "term": term} for colour in ("blue", "green")}
    return SwitchState(named=named, term=term, wanted=wanted or named, reports=reports)


BLUE, GREEN, NOBODY = (
    switch_state("blue"),
    switch_state("green", term=5),
    switch_state(None, term=4),
)


@pytest.mark.parametrize(
    ("code", "after"),
    [
        (0, GREEN),
        (4, switch_state("blue", term=7)),
        (3, BLUE),
        (1, BLUE),
        (6, BLUE),
        (5, NOBODY),
        (-9, NOBODY),
    ],
)
def test_an_exit_code_that_says_what_is_so(code: int, after: SwitchState) -> None:
    assert checks.check_exit_code(code, BLUE, after, "blue", "green") == []


@pytest.mark.parametrize(
    ("code", "after"),
    [
        (0, BLUE),
        (0, NOBODY),
        (4, GREEN),
        (3, NOBODY),
        (1, switch_state("blue", wanted="green")),
        (6, GREEN),
        (2, BLUE),
        (None, BLUE),
    ],
)
def test_an_exit_code_that_lies(code: int | None, after: SwitchState) -> None:
    assert len(checks.check_exit_code(code, BLUE, after, "blue", "green")) == 1


def term(colour: str, start: float, end: float | None) -> Term:
    return Term(
        cluster=f"eks-{colour}",
        pod=f"{colour}-pod",
        pod_uid=f"uid-{colour}",
        pid=1,
        arguments=("--txt-owner-id=ingress.devinfra.fr", "--zone-id-filter=Z1"),
        started=at(start),
        ended=None if end is None else at(end),
    )


def write(colour: str, second: float, *, live: bool = True, name: str = NAMES[0]) -> Write:
    return Write(
        time=at(second),
        zone="Z1",
        name=name,
        type="A",
        action="UPSERT",
        value="x",
        caller="role",
        user_agent="aws-sdk-go-v2",
        colour=colour,
        writer=f"{colour}-pod",
        live=live,
    )


HANDED_OVER = (term("blue", 0, 10), term("green", 12, None))


def test_a_hand_over_is_in_order() -> None:
    writes = [write("blue", 5), write("green", 13)]
    assert checks.check_writes(writes, HANDED_OVER, T0, NAMES) == []


@pytest.mark.parametrize(
    ("writes", "terms", "says"),
    [
        ([], (term("blue", 0, 13), term("green", 12, None)), "two live writers"),
        ([write("blue", 5), write("green", 6), write("blue", 7)], HANDED_OVER, "by turns"),
        ([write("blue", 11)], HANDED_OVER, "when no process of it lived"),
        ([write("blue", 14)], HANDED_OVER, "green-pod of eks-green lived too"),
        (
            [write("blue", 5, live=False)],
            HANDED_OVER,
            "is no live writer: 1 changes",
        ),
    ],
)
def test_two_writers_are_seen(writes: list[Write], terms: tuple[Term, ...], says: str) -> None:
    assert any(says in text for text in checks.check_writes(writes, terms, T0, NAMES))


def test_what_a_cluster_writes_of_its_own_is_its_own_business() -> None:
    own = write("green", 5, live=False, name="web.eks-green.devinfra.fr")
    assert checks.check_writes([own], HANDED_OVER, T0, NAMES) == []


def a_status(active: str = "green") -> dict[str, Any]:
    def view(colour: str) -> dict[str, Any]:
        on = colour == active
        return {
            "colour": colour,
            "state": {"name": colour, "pending": [], "locks": []},
            "report": {"running": on},
            "kube": {"liveWriters": ["a-pod"] if on else []},
        }

    return {
        "findings": [{"rule": "halfway", "verdict": "pass", "details": []}],
        "shared": {
            "state": {"name": "shared", "pending": [], "locks": []},
            "liveWriter": {"colour": active, "unconfirmed": [], "canary": None},
            "configured": {"active": active},
        },
        "colours": [view("blue"), view("green")],
    }


def test_a_status_in_which_all_is_well() -> None:
    assert list(checks.check_status(0, a_status(), "green")) == []


def test_a_status_with_something_wrong() -> None:
    status = a_status()
    status["findings"][0] |= {"verdict": "fail", "details": ["as it stands"]}
    status["shared"]["liveWriter"]["unconfirmed"] = ["blue"]
    status["shared"]["configured"]["active"] = "blue"
    status["colours"][0]["kube"]["liveWriters"] = ["stray"]
    status["colours"][1]["state"] |= {"pending": ["creating x"], "locks": [{"holder": "me"}]}
    found = list(checks.check_status(3, status, "green"))
    assert len(found) == 6
