"""Workflows of the forges: what no linter sees."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from components.ci_tokens import pipeline_tokens
from development.minors.due import WITHIN
from localcloud.tools.catalogue import PULUMI
from settings.ci import Ci

Plain: TypeAlias = Any
"""A plain YAML value."""

ROOT = Path(__file__).parents[3]
GITHUB = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GITLAB = ROOT / ".gitlab-ci.yml"
_PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
KUBERNETES = ROOT / ".github" / "workflows" / "kubernetes.yml"
WITH_PULUMI = [file for file in GITHUB if file not in (RELEASE, KUBERNETES)]
_ENGINES = ("python -m preview ", "pulumi ", "bluegreen ", "scripts/pipeline-switch ")
"""How steps begin that run Pulumi."""

PLANS, HELD = "--plan plan/plan.json", "--approved plan/plan.json"
UP = "arn:aws:iam::123456789012:policy/up"


class GitLabLoader(yaml.SafeLoader):
    """Reads references of GitLab as the list of what they name."""


GitLabLoader.add_constructor("!reference", GitLabLoader.construct_sequence)


def _gitlab() -> Mapping[str, Plain]:
    return yaml.load(GITLAB.read_text(), GitLabLoader)  # noqa: S506 - a safe loader, but for its name


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
        if file in (RELEASE, KUBERNETES):
            continue
        assert writes <= {"id-token", "pull-requests"}
        assert writes != {"id-token", "pull-requests"}, "a job with credentials cannot comment"


@pytest.mark.parametrize("file", WITH_PULUMI, ids=lambda file: file.name)
def test_no_key_is_stored(file: Path) -> None:
    text = file.read_text()
    assert "aws-access-key-id" not in text
    # Of a webhook, the address is the secret.
    assert set(re.findall(r"secrets\.(\w+)", text)) - {"BLUEGREEN_NOTIFY"} == SECRETS


@pytest.mark.parametrize("file", WITH_PULUMI, ids=lambda file: file.name)
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


def test_what_may_write_a_release_runs_no_code_of_the_repository() -> None:
    jobs = _workflow(RELEASE)["jobs"]
    writing = {name: job for name, job in jobs.items() if "write" in job["permissions"].values()}
    assert list(writing) == ["release"]
    assert writing["release"]["permissions"] == {"contents": "write"}
    assert writing["release"]["environment"] == "release"
    assert writing["release"]["needs"] == "check"
    steps = writing["release"]["steps"]
    assert not [step for step in steps if "checkout" in step.get("uses", "")]
    assert [step["run"].split()[0] for step in steps if "run" in step] == ["gh"]
    assert "secrets." not in RELEASE.read_text()


def test_a_release_is_of_an_annotated_tag_on_main_that_tells_what_it_is() -> None:
    check = _workflow(RELEASE)["jobs"]["check"]["steps"]
    said = [step["run"] for step in check if "run" in step]
    assert "git merge-base --is-ancestor HEAD origin/main" in said
    assert 'test "$(git cat-file -t "refs/tags/$TAG")" = tag' in said
    assert any("development.release check" in it for it in said)


def test_what_proposes_the_next_pair_may_do_that_alone() -> None:
    ((name, job),) = _workflow(KUBERNETES)["jobs"].items()
    assert name == "propose"
    assert job["permissions"] == dict.fromkeys(("contents", "pull-requests", "issues"), "write")
    assert "default_branch" in job["if"]
    # No environment, so no secret and no role of AWS; the token for the last step alone.
    assert "environment" not in job
    assert "secrets." not in KUBERNETES.read_text()
    *before, last = job["steps"]
    assert "github.token" in str(last)
    assert "github.token" not in str((before, job.get("env")))
    assert before[0]["with"] == {"persist-credentials": False}


@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_it_is_run_on_a_schedule_with_days_that_can_be_set(forge: str) -> None:
    """With the command line that the command takes."""
    if forge == "github":
        workflow = _workflow(KUBERNETES)
        assert any("schedule" in it for it in workflow.values() if isinstance(it, dict))
        step = workflow["jobs"]["propose"]["steps"][-1]
        said, days = step["run"], "$DAYS"
        assert step["env"]["DAYS"] == f"${{{{ vars.SUPPORT_DAYS || '{WITHIN}' }}}}"
    else:
        job = _gitlab()["kubernetes"]
        said, days = job["script"][-1], "$SUPPORT_DAYS"
        (rule,) = job["rules"]
        assert rule["if"].endswith('$CI_PIPELINE_SOURCE == "schedule" && $SUPPORT_DAYS')
        assert job["environment"] == {"name": "kubernetes", "action": "access"}
        assert "extends" not in job, "it needs no role of AWS"
    python, *arguments = shlex.split(said.replace(days, "30"))
    assert python == ".venv/bin/python"
    run = [sys.executable, *arguments]
    ended = subprocess.run(run, cwd=ROOT, env={"PATH": ""}, capture_output=True, check=False)
    assert b"a pipeline of GitHub Actions or GitLab CI alone" in ended.stderr


def test_forks_get_no_token() -> None:
    job = _workflow(ROOT / ".github" / "workflows" / "preview.yml")["jobs"]["preview"]
    assert job["if"] == "github.event.pull_request.head.repo.full_name == github.repository"


def test_a_job_with_credentials_has_the_environment_that_its_role_trusts() -> None:
    """Without one, its token would open no role, and it would see no secret."""
    found = {
        (file.stem, name): job.get("environment")
        for file in GITHUB
        for name, job in _workflow(file)["jobs"].items()
        if job["permissions"].get("id-token") == "write"
    }
    assert found == {
        ("drift", "drift"): "main",
        ("preview", "preview"): "preview",
        ("switch", "plan"): "main",
        ("switch", "switch"): "switch",
        ("up", "preview"): "main",
        ("up", "up"): "${{ inputs.stack }}",
    }
    ci = Ci.model_validate({"github": {"repository": "a/b"}, "upPolicies": (UP,)})
    tokens = pipeline_tokens(ci, "eu-west-1")
    every = (*tokens.preview, tokens.drift, *tokens.up.values())
    trusted = {it.subject.rpartition(":")[2] for it in every}
    assert trusted == {"preview", "main", "shared", "blue", "green"}


def test_a_switch_waits_for_its_environment_and_for_updates_of_stacks() -> None:
    workflow = _workflow(ROOT / ".github" / "workflows" / "switch.yml")
    assert workflow["jobs"]["switch"]["needs"] == "plan"
    assert workflow["concurrency"] == {"group": "up", "cancel-in-progress": False}
    pipeline = _gitlab()
    (rule,) = pipeline["switch"]["rules"]
    assert rule["when"] == "manual"
    assert pipeline["switch"]["needs"] == ["switch-plan"]
    assert pipeline["switch"]["environment"] == {"name": "switch"}
    assert pipeline["switch"]["resource_group"] == "up"


FAKE = """\
#!/bin/sh
echo "bluegreen $*" >> "$CALLS"
echo "says [$1]"
case "$1" in
  switch) exit "${SWITCH_CODE-0}" ;;
  drain) exit "${DRAIN_CODE-0}" ;;
esac
"""


def _switch(tmp_path: Path, act: str, **given: str) -> tuple[int, list[str]]:
    """How `scripts/pipeline-switch` ends, and what it called."""
    command = tmp_path / "bin" / "bluegreen"
    command.parent.mkdir(exist_ok=True)
    command.write_text(FAKE)
    command.chmod(0o755)
    calls = tmp_path / "calls"
    calls.write_text("")
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        [ROOT / "scripts" / "pipeline-switch", act],
        cwd=tmp_path,
        env={"PATH": path, "CALLS": str(calls), **given},
        check=False,
        capture_output=True,
    )
    return ran.returncode, calls.read_text().splitlines()


def test_a_switch_is_planned_with_all_that_is_asked(tmp_path: Path) -> None:
    code, calls = _switch(tmp_path, "plan", TO="green", ONLY="a.example b.example", WAIVE="old")
    assert code == 0
    options = "--only a.example --only b.example --waive old"
    assert calls == [f"bluegreen plan --to green {options}"]
    told = (tmp_path / "report" / "plan.md").read_text()
    assert "$ bluegreen plan --to green" in told
    assert "says [plan]" in told


def test_a_switch_switches_then_drains_and_says_both(tmp_path: Path) -> None:
    code, calls = _switch(tmp_path, "switch", TO="green")
    assert code == 0
    assert calls == [
        "bluegreen switch --to green --yes",
        "bluegreen drain --colour blue --give-up-after 1h",
    ]
    told = (tmp_path / "report" / "switch.md").read_text()
    assert told.index("says [switch]") < told.index("says [drain]")


@pytest.mark.parametrize(
    ("given", "ended", "count"),
    [
        ({"SWITCH_CODE": "3"}, 3, 1),
        ({"SWITCH_CODE": "5"}, 5, 1),
        ({"DRAIN_CODE": "7"}, 0, 2),
        ({"DRAIN_CODE": "1"}, 1, 2),
        ({"ONLY": "a.example"}, 0, 1),
        ({"TO": "greeen"}, 2, 0),
    ],
)
def test_a_switch_ends_as_its_parts_do(
    tmp_path: Path, given: dict[str, str], ended: int, count: int
) -> None:
    code, calls = _switch(tmp_path, "switch", **{"TO": "green", **given})
    assert (code, len(calls)) == (ended, count)


def test_an_update_waits_for_the_environment_of_its_stack() -> None:
    workflow = _workflow(ROOT / ".github" / "workflows" / "up.yml")
    up = workflow["jobs"]["up"]
    assert up["environment"] == "${{ inputs.stack }}"
    assert up["needs"] == "preview"
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_an_update_is_held_to_the_plan_that_was_approved() -> None:
    jobs = _workflow(ROOT / ".github" / "workflows" / "up.yml")["jobs"]
    preview, up = jobs["preview"]["steps"], jobs["up"]["steps"]
    assert any(PLANS in step.get("run", "") for step in preview)
    (kept,) = [step["with"] for step in preview if step.get("with", {}).get("name") == "plan"]
    (taken,) = [step["with"] for step in up if step.get("with", {}).get("name") == "plan"]
    assert (kept["path"], taken["path"]) == ("plan", "plan")
    _check_order([step.get("run", "") for step in up])
    # Nothing comes between what was compared and what is done, but telling it.
    held = next(at for at, step in enumerate(up) if HELD in step.get("run", ""))
    assert [step["run"].split()[0] for step in up[held + 1 :]] == ["cat", "pulumi"]


@pytest.mark.parametrize("stack", ["shared", "blue", "green"])
def test_on_gitlab_too(stack: str) -> None:
    pipeline = _gitlab()
    plan = f"plan-{stack}"
    assert pipeline[f"up-{stack}"] == {
        "extends": ".up",
        "needs": [plan],
        "environment": {"name": stack},
    }
    assert pipeline[plan] == {"extends": ".plan"}
    for job in (pipeline[".plan"], pipeline[".up"]):
        (rule,) = job["rules"]
        assert rule["when"] == "manual"
        assert "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" in rule["if"]
        # Whoever starts a preview of a merge request starts no update with it.
        assert '$PREVIEW_MERGE_REQUEST == ""' in rule["if"]
    assert pipeline[".up"]["resource_group"] == "up"
    assert any(PLANS in line for line in pipeline[".plan"]["script"])
    assert "plan" in pipeline[".plan"]["artifacts"]["paths"]
    _check_order(pipeline[".up"]["script"])


def _check_order(scripts: list[str]) -> None:
    """First what a killed run left, then the comparison, then the update."""
    engines = [it for it in scripts if it.startswith(_ENGINES)]
    assert [it.split()[0] for it in engines] == ["bluegreen", "python", "pulumi"]
    assert HELD in engines[1]


def test_no_artifact_has_what_nobody_has_marked_as_secret() -> None:
    """Event logs hold every value of every resource; whoever reads a pipeline reads artifacts."""
    for file in (*GITHUB, GITLAB):
        assert "--events" not in file.read_text()


def test_on_gitlab_a_merge_requests_code_runs_only_for_whoever_may_run_main() -> None:
    """A token names its branch alone, and each job gets those that its definition lists."""
    pipeline = _gitlab()
    assert "merge_request_event" not in GITLAB.read_text()
    (rule,) = pipeline[".merge-request"]["rules"]
    assert rule["if"].startswith("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && ")
    ci = Ci.model_validate({"gitlab": {"project": "a/b"}, "upPolicies": (UP,)})
    tokens = pipeline_tokens(ci, "eu-west-1")
    variables = pipeline["variables"]
    of_previews, of_others = variables["PREVIEW_AUDIENCE"], variables["AWS_AUDIENCE"]
    assert pipeline["preview"]["id_tokens"] == {"AWS_TOKEN": {"aud": "$PREVIEW_AUDIENCE"}}
    assert pipeline[".stack"]["id_tokens"] == {"AWS_TOKEN": {"aud": "$AWS_AUDIENCE"}}
    assert {it.audience for it in tokens.preview} == {of_previews}
    assert {it.audience for it in (tokens.drift, *tokens.up.values())} == {of_others}


def test_on_gitlab_a_preview_is_of_the_commit_that_was_read(tmp_path: Path) -> None:
    """The job's own script: a request that moved on since is not run."""
    build = tmp_path / "build"
    build.mkdir()
    commit = "git -c user.name=a -c user.email=a@b.example commit -qam a --allow-empty"
    _run(f"git init -q -b main && {commit} && git clone -q --bare . ../origin", build)
    _run(f"git remote add origin ../origin && {commit}", build)
    _run("git push -q origin HEAD:refs/merge-requests/7/head && git checkout -q HEAD~", build)
    script = "\n".join(_lines_before_install())
    read = _run("git ls-remote origin refs/merge-requests/7/head", build).split()[0]
    where = {"PREVIEW_MERGE_REQUEST": "7", "PREVIEW_COMMIT": "0" * 40}
    with pytest.raises(subprocess.CalledProcessError) as refused:
        _run(script, build, **where)
    said = f"merge request 7 is at {read}, and not at the commit that was read, PREVIEW_COMMIT=000"
    assert said in refused.value.stderr
    _run(script, build, **{**where, "PREVIEW_COMMIT": read})
    assert _run("git rev-parse HEAD", build).strip() == read


def _lines_before_install() -> list[str]:
    lines = _gitlab()["preview"]["before_script"]
    return [line for line in lines if isinstance(line, str)]


def test_every_pipeline_runs_the_locked_engine() -> None:
    version = PULUMI.version.removeprefix("v")
    for file in (*WITH_PULUMI, GITLAB):
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
    pipeline = _gitlab()
    asking = {
        name: job["extends"]
        for name, job in pipeline.items()
        if isinstance(job, dict)
        and any(line.startswith(_ENGINES) for line in job.get("script", ()))
    }
    assert asking == {
        "preview": [".stack", ".merge-request"],
        **dict.fromkeys(("drift", ".plan", ".up", "switch-plan", "switch"), ".stack"),
    }
    script = pipeline[".stack"]["before_script"][-1]
    path = _run(f"{script}; echo $PATH", tmp_path).strip().split(":")
    assert path[:2] == [str(tmp_path / ".venv" / "bin"), str(tmp_path / ".uv" / "bin")]


def test_on_gitlab_the_main_branchs_own_code_posts(tmp_path: Path) -> None:
    """The pipeline is main's, and the job that posts checks nothing else out."""
    job = _gitlab()["comment"]
    (tmp_path / "preview").mkdir()
    (tmp_path / "preview" / "__init__.py").touch()
    code = "import os, sys; print(os.environ['CI_MERGE_REQUEST_IID'], open(sys.argv[1]).read())"
    (tmp_path / "preview" / "post.py").write_text(code)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "comment.md").write_text("one")
    assert "before_script" not in job
    (script,) = job["script"]
    assert _run(script, tmp_path, PREVIEW_MERGE_REQUEST="7").strip() == "7 one"
    # What the request's code ran left to this job is the report alone.
    assert job["needs"] == [{"job": "preview", "artifacts": True}]


def test_a_variable_chooses_the_runner_on_gitlab_and_none_is_no_tag() -> None:
    pipeline = _gitlab()
    assert pipeline["default"]["tags"] == ["$RUNNER"]
    assert pipeline["variables"]["RUNNER"] == ""
    assert not any("tags" in job for name, job in pipeline.items() if name != "default")
