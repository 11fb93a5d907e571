"""Workflows of the forges: what no linter sees."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from localcloud.tools.catalogue import PULUMI

Plain: TypeAlias = Any
"""A plain YAML value."""

ROOT = Path(__file__).parents[3]
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
_PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def _workflow(file: Path) -> Mapping[str, Plain]:
    return yaml.safe_load(file.read_text())


def _steps(file: Path) -> Iterator[Mapping[str, Plain]]:
    for job in _workflow(file)["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_with_their_version_beside(file: Path) -> None:
    used = [line for line in file.read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        assert _PINNED.search(line), line
        assert re.search(r"# v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_nothing_is_allowed_but_what_a_job_names(file: Path) -> None:
    workflow = _workflow(file)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        assert writes <= {"id-token", "pull-requests"}
        assert writes != {"id-token", "pull-requests"}, "a job with credentials cannot comment"


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_no_key_is_stored(file: Path) -> None:
    text = file.read_text()
    assert "aws-access-key-id" not in text
    assert set(re.findall(r"secrets\.(\w+)", text)) <= {"PULUMI_CONFIG_PASSPHRASE"}


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_a_secret_is_given_to_each_step_that_needs_it_and_to_no_other(file: Path) -> None:
    workflow = _workflow(file)
    for part in (workflow, *workflow["jobs"].values()):
        assert "secrets." not in str(part.get("env", {}))
    engines = ("python -m preview ", "pulumi ", "bluegreen ")
    asking = [step for step in _steps(file) if step.get("run", "").startswith(engines)]
    assert asking
    assert [step for step in _steps(file) if "secrets." in str(step)] == asking


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_no_expression_of_a_request_is_put_into_a_script(file: Path) -> None:
    for step in _steps(file):
        assert "${{" not in step.get("run", ""), "give it by the environment"


def test_forks_get_no_token() -> None:
    job = _workflow(ROOT / ".github" / "workflows" / "preview.yml")["jobs"]["preview"]
    assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


def test_an_update_waits_for_the_environment_of_its_stack() -> None:
    workflow = _workflow(ROOT / ".github" / "workflows" / "up.yml")
    up = workflow["jobs"]["up"]
    assert up["environment"] == "${{ inputs.stack }}"
    assert up["needs"] == "preview"
    assert workflow["concurrency"]["cancel-in-progress"] is False


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_on_gitlab_too(stack: str) -> None:
    pipeline = yaml.safe_load(GITLAB.read_text())
    assert pipeline[f"up-{stack}"] == {"extends": ".up", "environment": {"name": stack}}
    (rule,) = pipeline[".up"]["rules"]
    assert rule["when"] == "manual"
    assert pipeline[".up"]["resource_group"] == "up"


def test_every_pipeline_runs_the_locked_engine() -> None:
    version = PULUMI.version.removeprefix("v")
    for file in (*GITHUB, GITLAB):
        found = re.findall(r"pulumi-version: (\S+)|pulumi-python-[\d.]+:(\S+)", file.read_text())
        assert found or file.name == "none"
        assert {one or other for one, other in found} == {version}
    locked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"pulumi=={version}" in locked
