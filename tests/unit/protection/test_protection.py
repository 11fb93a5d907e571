"""Protections of the repository on GitHub: what is wanted is said, set once, and nothing else."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from development.protection import wanted
from development.protection.__main__ import ROOT, main
from tests.unit.protection.github_server import REPOSITORY, GitHubServer, github_server

Plain: TypeAlias = Any
"""A plain YAML value."""

TEAM, ANA = "@devinfra/platform-leads", "@ana"
NAMED = {"protected_branches": False, "custom_branch_policies": True}
ARGUMENTS = ("--repository", "acme/platform")
_FINE, _FAILED, _DIFFERS = 0, 1, 3


@pytest.fixture
def github() -> Iterator[GitHubServer]:
    with github_server() as found:
        found.known = {"devinfra/platform-leads": 7, "ana": 8}
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with files of its own."""
    (tmp_path / ".github" / "rulesets").mkdir(parents=True)
    return tmp_path


def environments(root: Path, **held: Plain) -> None:
    (root / wanted.ENVIRONMENTS).write_text(yaml.safe_dump(held))


def ruleset(root: Path, **changes: Plain) -> Plain:
    held = json.loads((ROOT / wanted.RULESETS / "main.json").read_text()) | changes
    (root / wanted.RULESETS / "main.json").write_text(json.dumps(held))
    return held


def run(github: GitHubServer, *more: str, root: Path = ROOT) -> int:
    given = {"GH_TOKEN": "gh-token", "GITHUB_API_URL": github.url}
    return main([*ARGUMENTS, *more], given, root)


def test_the_repositorys_own_files_are_set_whole_and_once(
    github: GitHubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(github) == _DIFFERS
    assert github.writes == []
    assert "Nothing was changed. --apply sets it." in capsys.readouterr().out
    assert run(github, "--apply") == _FINE
    assert "All of it is set, and GitHub says so." in capsys.readouterr().out
    team = {"type": "Team", "reviewer": {"id": 7, "login": TEAM[1:], "slug": "platform-leads"}}
    for name in ("shared", "blue", "green", "switch"):
        held = github.environments[name]
        (reviewing,) = [it for it in held["protection_rules"] if it["type"] == "required_reviewers"]
        assert reviewing["reviewers"] == [team]
        assert reviewing["prevent_self_review"]
        assert held["deployment_branch_policy"] == NAMED
        assert [(it["type"], it["name"]) for it in github.refs[name]] == [("branch", "main")]
    assert github.environments["preview"]["deployment_branch_policy"] is None
    assert [(it["type"], it["name"]) for it in github.refs["release"]] == [("tag", "v*")]
    assert [it["name"] for it in github.rulesets.values()] == ["main"]
    assert github.headers["Authorization"] == "Bearer gh-token"
    assert github.headers["X-GitHub-Api-Version"] == "2022-11-28"
    done = len(github.writes)
    assert run(github, "--apply") == _FINE
    assert "GitHub has what the files want." in capsys.readouterr().out
    assert len(github.writes) == done


def test_what_is_wrong_is_told_and_mended_and_the_rest_stays(
    github: GitHubServer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments(root, blue={"reviewers": [TEAM], "branches": ["main"]})
    mine = {"type": "User", "reviewer": {"id": 8, "login": "ana"}}
    github.environments = {
        "Blue": {
            "name": "Blue",
            "can_admins_bypass": False,
            "protection_rules": [
                {"type": "required_reviewers", "prevent_self_review": False, "reviewers": [mine]},
                {"type": "wait_timer", "wait_timer": 5},
            ],
            "deployment_branch_policy": NAMED,
        },
        "staging": {
            "name": "staging",
            "protection_rules": [],
            "deployment_branch_policy": None,
        },
    }
    github.refs["Blue"] = [{"id": 1, "name": "*", "type": "branch"}]
    assert run(github, root=root) == _DIFFERS
    assert capsys.readouterr().out == (
        "environment blue:\n"
        "  - reviewers @ana: @devinfra/platform-leads instead\n"
        "  - reviewers may approve runs of their own: no longer\n"
        "  - jobs from branch *: from branch main instead\n"
        "environment staging:\n"
        "  note: not in .github/environments.yaml: left as it is\n"
        "Nothing was changed. --apply sets it.\n"
    )
    assert run(github, "--apply", root=root) == _FINE
    assert github.writes == [
        (
            "PUT",
            f"{REPOSITORY}/environments/Blue",
            {
                "wait_timer": 5,
                "prevent_self_review": True,
                "reviewers": [{"type": "Team", "id": 7}],
                "deployment_branch_policy": NAMED,
            },
        ),
        (
            "POST",
            f"{REPOSITORY}/environments/Blue/deployment-branch-policies",
            {"name": "main", "type": "branch"},
        ),
        ("DELETE", f"{REPOSITORY}/environments/Blue/deployment-branch-policies/1", None),
    ]


@pytest.mark.parametrize(
    "policy", [None, {"protected_branches": True, "custom_branch_policies": False}]
)
def test_an_environment_that_is_open_gets_its_branches(
    github: GitHubServer, root: Path, policy: Plain
) -> None:
    environments(root, main={"branches": ["main"]})
    github.environments["main"] = {
        "name": "main",
        "protection_rules": [],
        "deployment_branch_policy": policy,
    }
    github.refs["main"] = []
    assert run(github, "--apply", root=root) == _FINE
    assert [it["name"] for it in github.refs["main"]] == ["main"]


@pytest.mark.parametrize(
    "policy", [NAMED, {"protected_branches": True, "custom_branch_policies": False}]
)
def test_an_environment_that_is_too_narrow_is_opened(
    github: GitHubServer, root: Path, policy: Plain, capsys: pytest.CaptureFixture[str]
) -> None:
    environments(root, preview={"reviewers": [ANA], "anyBranch": True})
    github.environments["preview"] = {"name": "preview", "deployment_branch_policy": policy}
    github.refs["preview"] = [{"id": 1, "name": "main", "type": "branch"}]
    assert run(github, "--apply", root=root) == _FINE
    assert github.environments["preview"]["deployment_branch_policy"] is None
    assert "from every branch and tag instead" in capsys.readouterr().out


def test_administrators_who_go_past_reviewers_are_told_of(
    github: GitHubServer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments(root, blue={"reviewers": [TEAM], "branches": ["main"]})
    run(github, "--apply", root=root)
    capsys.readouterr()
    assert run(github, root=root) == _FINE
    assert "note: administrators may go past its reviewers" in capsys.readouterr().out
    github.environments["blue"]["can_admins_bypass"] = False
    run(github, root=root)
    assert "note:" not in capsys.readouterr().out


def test_a_ruleset_gets_what_the_file_says_and_keeps_what_others_added(
    github: GitHubServer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments(root)
    held = ruleset(root)
    run(github, "--apply", root=root)
    (number,) = github.rulesets
    there = github.rulesets[number]
    there["enforcement"] = "disabled"
    there["bypass_actors"] = [
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    ]
    there["rules"] = [it for it in there["rules"] if it["type"] != "deletion"]
    there["rules"].append({"type": "required_signatures"})
    asked = next(it for it in there["rules"] if it["type"] == "pull_request")
    asked["parameters"]["require_code_owner_review"] = False
    capsys.readouterr()
    github.writes = []
    assert run(github, root=root) == _DIFFERS
    assert capsys.readouterr().out.splitlines()[1:-1] == [
        "  - disabled: active instead",
        "  - 1 may bypass it: 0 of the file instead",
        "  - rule deletion: added",
        "  - rule pull_request: require_code_owner_review False: True instead",
    ]
    assert run(github, "--apply", root=root) == _FINE
    ((method, path, body),) = github.writes
    assert (method, path) == ("PUT", f"{REPOSITORY}/rulesets/{number}")
    assert {it["type"] for it in body["rules"]} == {
        *(it["type"] for it in held["rules"]),
        "required_signatures",
    }
    (pulled,) = [it for it in body["rules"] if it["type"] == "pull_request"]
    assert pulled["parameters"]["allowed_merge_methods"] == ["merge"]


def test_what_an_organisation_sets_is_not_the_repositorys(github: GitHubServer, root: Path) -> None:
    environments(root)
    held = ruleset(root)
    github.rulesets[1] = {**held, "id": 1, "source_type": "Organization"}
    assert run(github, "--apply", root=root) == _FINE
    assert [method for method, _, _ in github.writes] == ["POST"]


def test_everything_is_found_behind_a_first_page(github: GitHubServer, root: Path) -> None:
    environments(root, main={"branches": ["main"]})
    held = ruleset(root)
    for number in range(130):
        other = {**held, "name": f"r{number}", "id": number, "source_type": "Repository"}
        github.rulesets[number] = other
        github.environments[f"e{number}"] = {"name": f"e{number}"}
    run(github, "--apply", root=root)
    github.writes = []
    assert run(github, "--apply", root=root) == _FINE
    assert github.writes == []


def test_a_reviewer_whom_nobody_knows_stops_it_before_anything_is_set(
    github: GitHubServer, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments(
        root, a={"reviewers": ["@nobody", TEAM], "anyBranch": True}, b={"anyBranch": True,
        "reviewers": ["@acme/none"]},
    )  # fmt: skip
    assert run(github, "--apply", root=root) == _FAILED
    assert github.writes == []
    assert "GitHub knows no @nobody, no @acme/none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({"blue": {}}, "blue: say branches or tags, or anyBranch: true, and not both"),
        (
            {"blue": {"branches": ["main"], "anyBranch": True}},
            "blue: say branches or tags, or anyBranch: true, and not both",
        ),
        ({"blue": {"reviewers": ["ana"], "anyBranch": True}}, "blue.reviewers.0: String should"),
        ({"blue": {"reviewers": [ANA] * 7, "anyBranch": True}}, "blue.reviewers: List should"),
        ({"blue": {"branch": ["main"]}}, "blue.branch: Extra inputs are not permitted"),
        ({"a?b": {"anyBranch": True}}, "'a?b' is no name for an environment"),
        ([], "the whole file: Input should be a valid dictionary"),
    ],
)
def test_a_mistake_is_told_with_its_place(
    github: GitHubServer, root: Path, capsys: pytest.CaptureFixture[str], held: Plain, says: str
) -> None:
    (root / wanted.ENVIRONMENTS).write_text(yaml.safe_dump(held))
    ruleset(root, enforcment="active")
    assert run(github, "--apply", root=root) == _FAILED
    told = capsys.readouterr().err
    assert f"protection: .github/environments.yaml: {says}" in told
    assert ".github/rulesets/main.json: enforcment: Extra inputs are not permitted" in told


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, b'{"message": "Bad credentials"}', "401. Bad credentials The token is not valid"),
        (403, b"{}", "403. The token needs Administration (write)"),
        (404, b"", "404. Either it does not exist"),
        (500, b"<html>", "500."),
        (200, b"<html>", "was answered with something else"),
        (200, b'{"permissions": {"admin": false}}', "is not of an administrator"),
    ],
)
def test_whatever_is_answered_there_is_one_sentence(
    github: GitHubServer, capsys: pytest.CaptureFixture[str], status: int, body: bytes, says: str
) -> None:
    github.strange = lambda _method, _path: (status, {}, body)
    assert run(github, "--apply") == _FAILED
    told = capsys.readouterr().err
    assert says in told
    assert told.startswith("protection: ")
    assert "gh-token" not in told


def test_a_server_that_does_not_answer_is_named_with_the_cause(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with github_server() as ended:
        url = ended.url
    assert main([*ARGUMENTS], {"GH_TOKEN": "gh-token", "GITHUB_API_URL": url}) == _FAILED
    told = capsys.readouterr().err
    assert told.startswith(f"protection: GET {url}/repos/acme/platform got no answer: ")
    assert told.rstrip().endswith("Connection refused")


def test_the_token_goes_along_no_redirect(
    github: GitHubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with github_server() as other:
        github.strange = lambda _method, _path: (301, {"Location": other.url}, b"{}")
        assert run(github) == _FAILED
        assert other.headers == {}
    assert "The repository has another name now" in capsys.readouterr().err


@pytest.mark.parametrize("url", ["http://api.example", "ftp://api.example"])
def test_a_token_goes_to_https_alone(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = {"GH_TOKEN": "gh-token", "GITHUB_API_URL": url}
    assert main([*ARGUMENTS], given) == _FAILED
    assert "is not https" in capsys.readouterr().err


def test_what_is_lacking_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == _FAILED
    told = capsys.readouterr().err
    assert "GH_TOKEN is not set" in told
    assert "--repository OWNER/NAME is needed" in told


def test_the_help_is_there() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "development.protection", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--apply" in done.stdout


def test_every_environment_of_a_workflow_is_in_the_file() -> None:
    found: set[str] = set()
    for file in (ROOT / ".github" / "workflows").glob("*.yml"):
        for job in yaml.safe_load(file.read_text())["jobs"].values():
            name = job.get("environment", "")
            found |= {"shared", "blue", "green"} if "inputs.stack" in name else {name} - {""}
    want = wanted.read(ROOT)
    assert found == want.environments.keys()


def test_what_changes_something_waits_for_reviewers_and_comes_from_main() -> None:
    want = wanted.read(ROOT).environments
    assert {name for name, it in want.items() if not it.reviewers} == {"main"}
    assert {name for name, it in want.items() if it.any_branch} == {"preview"}
    assert {name: it.refs for name, it in want.items() if it.refs != {("branch", "main")}} == {
        "preview": frozenset(),
        "release": {("tag", "v*")},
    }


def test_reviewers_are_code_owners_too() -> None:
    owners = set(re.findall(r"@\S+", (ROOT / "CODEOWNERS").read_text()))
    assert {who for it in wanted.read(ROOT).environments.values() for who in it.reviewers} <= owners
