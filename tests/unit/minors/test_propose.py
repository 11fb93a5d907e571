"""A pipeline has one request, or one issue, stand for what is due, on both forges."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from catalogue.minors import KUBERNETES_VERSIONS, MINORS, SHIPPED, KubernetesVersion
from development.minors import proposal
from development.minors.__main__ import ROOT, main
from development.minors.forge import LABEL
from development.minors.pair import Pair, following, ship
from tests.unit.minors.forge_server import ForgeServer, Thread, forge_server

OLDER, NEWER = SHIPPED
END = date(2027, 3, 27)
NEAR = "2027-03-01"
NEXT = following() or (KUBERNETES_VERSIONS[-3], KUBERNETES_VERSIONS[-2])
"""Another pair, also where the shipped one is the newest of the catalogue."""
_FINE, _FAILED, _DUE = 0, 1, 3


@pytest.fixture(autouse=True)
def _dated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The older shipped minor ends on `END`, whichever it is."""
    ends: dict[KubernetesVersion, date] = {OLDER: END, NEWER: END.replace(year=2028)}
    for minor, end in ends.items():
        support = replace(
            MINORS[minor].support, standard_end=end, extended_end=end.replace(year=end.year + 1)
        )
        monkeypatch.setitem(MINORS, minor, replace(MINORS[minor], support=support))


@pytest.fixture
def forge() -> Iterator[ForgeServer]:
    with forge_server() as found:
        yield found


@pytest.fixture(params=["github", "gitlab"])
def environment(request: pytest.FixtureRequest, forge: ForgeServer) -> dict[str, str]:
    return getattr(forge, request.param)()


@pytest.fixture
def next_pair(monkeypatch: pytest.MonkeyPatch) -> Pair:
    """What is shipped instead."""
    monkeypatch.setattr("development.minors.due.following", lambda _: NEXT)
    return NEXT


@pytest.fixture
def nothing_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("development.minors.due.following", lambda _: None)


def propose(environment: dict[str, str], day: str = NEAR) -> int:
    return main(["propose", "--today", day], environment)


def test_far_from_an_end_nothing_is_asked_of_the_forge(
    forge: ForgeServer, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert propose(environment, "2026-12-01") == _FINE
    assert capsys.readouterr().out == "nothing is due\n"
    assert forge.writes == []


def test_near_an_end_one_request_ships_the_next_pair(
    forge: ForgeServer,
    environment: dict[str, str],
    next_pair: Pair,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert propose(environment) == _FINE
    assert "opened https://forge.test/" in capsys.readouterr().out
    (request,) = forge.requests.values()
    blue, green = next_pair
    assert request.title == (
        f"Ship Kubernetes {blue} and {green}: standard support of {OLDER} ends on {END}"
    )
    assert "- [ ] `make record-previews` and `make record-walk`" in request.body
    assert "would upgrade it in place" in request.body
    message, files = forge.branches[request.branch]
    assert message == request.title
    assert files == {it.path: it.text for it in ship(ROOT, next_pair)}
    assert f'kubernetesVersion: "{blue}"' in files["Pulumi.blue.yaml"]


def test_run_again_on_another_day_nothing_is_written(
    forge: ForgeServer, environment: dict[str, str], next_pair: Pair
) -> None:
    del next_pair
    propose(environment)
    (request,) = forge.requests.values()
    forge.writes.clear()
    # Somebody did a task, in a browser, and pushed to the branch.
    request.body = request.body.replace("- [ ] `make gen", "- [x] `make gen").replace("\n", "\r\n")
    assert propose(environment, "2027-03-20") == _FINE
    assert forge.writes == []


def test_what_changed_is_written_and_what_is_done_stays_done(
    forge: ForgeServer, environment: dict[str, str], next_pair: Pair
) -> None:
    del next_pair
    propose(environment)
    (request,) = forge.requests.values()
    request.body = request.body.replace("- [ ] `make gen", "- [x] `make gen")
    branches = dict(forge.branches)
    assert propose(environment, "2027-04-01") == _FINE
    (request,) = forge.requests.values()
    assert request.title.endswith(f"standard support of {OLDER} ended on {END}")
    assert "438 USD a month instead of 73" in request.body
    assert "- [x] `make generate`" in request.body
    assert "- [ ] `make record-previews`" in request.body
    assert forge.branches == branches


@pytest.mark.parametrize("state", ["closed", "merged"])
def test_what_people_closed_stays_closed(
    forge: ForgeServer,
    environment: dict[str, str],
    next_pair: Pair,
    state: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del next_pair
    propose(environment)
    (request,) = forge.requests.values()
    request.state = state
    forge.writes.clear()
    assert propose(environment) == _FINE
    assert f"was {state}, so nothing is opened again" in capsys.readouterr().out
    assert forge.writes == []


def test_a_branch_without_a_request_is_taken_as_it_is(
    forge: ForgeServer, environment: dict[str, str], next_pair: Pair
) -> None:
    """The run before was ended between the two."""
    forge.branches[proposal.branch(next_pair)] = "before", {}
    assert propose(environment) == _FINE
    (request,) = forge.requests.values()
    assert forge.branches[request.branch] == ("before", {})


def test_a_fork_with_a_branch_of_that_name_is_not_taken_for_ours(
    forge: ForgeServer, next_pair: Pair
) -> None:
    name = proposal.branch(next_pair)
    forge.requests[1] = Thread("Mine", "", state="closed", branch=name, project=99)
    assert propose(forge.gitlab()) == _FINE
    assert [it.project for it in forge.requests.values()] == [99, 12]


@pytest.mark.usefixtures("nothing_newer")
def test_without_a_newer_minor_one_issue_says_so(
    forge: ForgeServer, environment: dict[str, str]
) -> None:
    assert propose(environment) == propose(environment, "2027-03-20") == _FINE
    (issue,) = forge.issues.values()
    assert issue.title == f"Raise the shipped minors: standard support of {OLDER} ends on {END}"
    assert "- [ ] Add the next minor to the catalogue" in issue.body
    assert issue.labels == (LABEL,)
    assert len(forge.writes) == 1
    assert (forge.branches, forge.requests) == ({}, {})


@pytest.mark.usefixtures("nothing_newer")
def test_an_issue_of_somebody_else_is_not_taken_for_ours(
    forge: ForgeServer, environment: dict[str, str]
) -> None:
    forge.issues[1] = Thread("Theirs", "", author="someone", labels=(LABEL,))
    assert propose(environment) == _FINE
    assert forge.issues[1].title == "Theirs"
    assert len(forge.issues) == 2


def test_the_request_closes_the_issue_that_came_before(
    forge: ForgeServer, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("development.minors.due.following", lambda _: None)
        propose(environment)
    (number,) = forge.issues
    monkeypatch.setattr("development.minors.due.following", lambda _: NEXT)
    propose(environment)
    (request,) = forge.requests.values()
    assert request.body.endswith(f"Closes #{number}.\n")


def test_a_refusal_is_one_sentence_with_what_to_do(
    forge: ForgeServer,
    environment: dict[str, str],
    next_pair: Pair,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del next_pair
    forge.refusal = 403
    assert propose(environment) == _FAILED
    said = capsys.readouterr().err
    assert said.startswith("minors: POST /")
    assert "docs/pull-requests.md" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "needs GITHUB_TOKEN in the environment"),
        ({"GITHUB_TOKEN": "a\n"}, "a character that no token has"),
        ({"GITHUB_API_URL": "http://api.test"}, "is not https"),
        ({"GITHUB_REPOSITORY": "acme/../x"}, "is not of the form OWNER/NAME"),
    ],
)
def test_what_a_pipeline_must_say(
    forge: ForgeServer, changes: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert propose({**forge.github(), **changes}) == _FAILED
    assert said in capsys.readouterr().err
    assert propose({"HOME": "/"}) == _FAILED
    assert "a pipeline of GitHub Actions or GitLab CI alone" in capsys.readouterr().err


def test_ticks_stay_with_their_tasks_alone() -> None:
    old = "- [x] a.\n- [ ] b.\n- [X] gone.\n"
    assert proposal.with_ticks("- [ ] b.\n- [ ] a.\n- [ ] c.\n", old) == (
        "- [ ] b.\n- [x] a.\n- [ ] c.\n"
    )
