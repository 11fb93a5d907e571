"""Workflows of the forges: what no linter sees."""

import os
import re
import subprocess
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
_ENGINES = ("python -m preview ", "pulumi ", "bluegreen ")
"""How steps begin that run Pulumi."""

SECRETS = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"}
"""What Pulumi needs with a passphrase, and with Pulumi Cloud; empty where it is not set."""


def _secret(name: str) -> str:
    return f"${{{{ secrets.{name} }}}}"


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
    assert set(re.findall(r"secrets\.(\w+)", text)) == SECRETS


@pytest.mark.parametrize("file", GITHUB, ids=lambda file: file.name)
def test_a_secret_is_given_to_each_step_that_needs_it_and_to_no_other(file: Path) -> None:
    workflow = _workflow(file)
    for part in (workflow, *workflow["jobs"].values()):
        assert "secrets." not in str(part.get("env", {}))
    asking = [step for step in _steps(file) if step.get("run", "").startswith(_ENGINES)]
    assert asking
    assert [step for step in _steps(file) if "secrets." in str(step)] == asking
    for step in asking:
        assert {name for name in SECRETS if step["env"].get(name) == _secret(name)} == SECRETS


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


def _jobs_with_pulumi() -> Iterator[tuple[str, list[str]]]:
    """Jobs of GitHub that run Pulumi: a name, and the scripts of its steps, in order."""
    for file in GITHUB:
        for name, job in _workflow(file)["jobs"].items():
            scripts = [step["run"] for step in job["steps"] if "run" in step]
            if any(script.startswith(_ENGINES) for script in scripts):
                yield f"{file.stem}-{name}", scripts


def _run(script: str, folder: Path, **environment: str) -> str:
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout


@pytest.mark.parametrize(
    "scripts", [pytest.param(scripts, id=name) for name, scripts in _jobs_with_pulumi()]
)
def test_pulumi_finds_the_pinned_uv_and_the_programs_python(
    scripts: list[str], tmp_path: Path
) -> None:
    installed = scripts.index("make install")
    first = next(at for at, script in enumerate(scripts) if script.startswith(_ENGINES))
    added = tmp_path / "added"
    added.touch()
    for script in scripts[installed + 1 : first]:
        _run(script, tmp_path, GITHUB_PATH=str(added))
    # A runner puts each line before those that came earlier.
    path = added.read_text().splitlines()[::-1]
    assert path == [str(tmp_path / ".venv" / "bin"), str(tmp_path / ".uv" / "bin")]


def test_on_gitlab_too_pulumi_finds_the_pinned_uv(tmp_path: Path) -> None:
    pipeline = yaml.safe_load(GITLAB.read_text())
    asking = {
        name: job["extends"]
        for name, job in pipeline.items()
        if isinstance(job, dict)
        and any(line.startswith(_ENGINES) for line in job.get("script", ()))
    }
    assert asking == dict.fromkeys(("preview", "drift", ".up"), ".stack")
    script = pipeline[".stack"]["before_script"][-1]
    path = _run(f"{script}; echo $PATH", tmp_path).strip().split(":")
    assert path[:2] == [str(tmp_path / ".venv" / "bin"), str(tmp_path / ".uv" / "bin")]


def test_a_runner_that_keeps_its_files_posts_a_second_comment(tmp_path: Path) -> None:
    """The job's own script, twice in one checkout; what posts is the base's, not the request's."""
    build = tmp_path / "build"
    (build / "preview").mkdir(parents=True)
    (build / "preview" / "__init__.py").touch()
    post = build / "preview" / "post.py"
    post.write_text("import sys; print('base posts', open(sys.argv[1]).read())")
    commit = "git -c user.name=a -c user.email=a@b.example commit -qam a"
    _run(f"git init -q -b main && git add . && {commit} && git clone -q --bare . ../origin", build)
    _run(f"git remote add origin ../origin && echo 'raise SystemExit(9)' > {post}", build)
    script = "\n".join(yaml.safe_load(GITLAB.read_text())["comment"]["script"])
    (build / "report").mkdir()
    for text in ("one", "two"):
        (build / "report" / "comment.md").write_text(text)
        where = {"CI_PROJECT_DIR": str(build), "CI_MERGE_REQUEST_DIFF_BASE_SHA": "main"}
        assert _run(script, build, **where).strip() == f"base posts {text}"


def test_a_variable_chooses_the_runner_on_gitlab_and_none_is_no_tag() -> None:
    pipeline = yaml.safe_load(GITLAB.read_text())
    assert pipeline["default"]["tags"] == ["$RUNNER"]
    assert pipeline["variables"]["RUNNER"] == ""
    assert not any("tags" in job for name, job in pipeline.items() if name != "default")
