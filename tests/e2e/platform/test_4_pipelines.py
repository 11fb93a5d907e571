"""What the roles of pipelines can do: preview, look for drift and update, each with its own."""

import json
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from localcloud.permissions import read_denials
from localcloud.state import ACCOUNT_ID, PROJECT_ROOT, REGION
from localcloud.workspace import SECRETS_KEY
from tests.e2e.platform.conftest import Platform

CI = {
    "github": {"repository": "acme/platform"},
    "upPolicies": [f"arn:aws:iam::{ACCOUNT_ID}:policy/platform-up"],
}
PREFIX = "eks-platform-ci-"
ROLES = PREVIEW, DRIFT, UP, UP_OTHER = "preview", "drift", "up-blue", "up-green"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def configure(platform: Platform, stack: str, key: str, value: object) -> None:
    """Sets a setting of a stack file, or takes it away."""
    file = platform.state.project / f"Pulumi.{stack}.yaml"
    document: dict[str, Any] = yaml.safe_load(file.read_text())
    document["config"].pop(f"eks-platform:{key}", None)
    if value is not None:
        document["config"][f"eks-platform:{key}"] = value
    file.write_text(yaml.safe_dump(document))


@pytest.fixture(scope="module")
def roles(platform: Platform) -> Generator[Mapping[str, str]]:
    """ARNs of the roles, by the end of their names; blue lets them in, and so does their trust."""
    iam = boto3.client("iam", region_name=REGION)
    statement = {"Effect": "Allow", "Action": "eks:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    policy = iam.create_policy(PolicyName="platform-up", PolicyDocument=json.dumps(document))
    key = boto3.client("kms", region_name=REGION).describe_key(KeyId=SECRETS_KEY)["KeyMetadata"]
    configure(platform, "shared", "ci", {**CI, "stateKey": key.get("Arn")})
    try:
        platform.up("shared")
        platform.up("blue")
        found = {role: iam.get_role(RoleName=f"{PREFIX}{role}")["Role"]["Arn"] for role in ROLES}
        for arn in found.values():
            with pytest.raises(ClientError, match="AccessDenied"):
                environment(platform, arn)
        # Their tokens are the forge's to give; who may take them on, unit tests hold them to.
        for role in ROLES:
            iam.update_assume_role_policy(
                RoleName=f"{PREFIX}{role}", PolicyDocument=json.dumps(TRUST)
            )
        yield found
    finally:
        configure(platform, "shared", "ci", None)
        platform.up("shared")
        platform.up("blue")
        iam.delete_policy(PolicyArn=policy["Policy"]["Arn"])


def environment(platform: Platform, role_arn: str) -> dict[str, str]:
    """That of `make shell`, as a pipeline with a role."""
    sts = boto3.client("sts", region_name=REGION)
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="pipeline")["Credentials"]
    return platform.state.environment(platform.cloud) | {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def run(
    platform: Platform, role_arn: str, *command: str, cwd: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=cwd or platform.state.project,
        env=environment(platform, role_arn),
        capture_output=True,
        text=True,
        check=False,
    )


def previewed(
    platform: Platform, role_arn: str, *options: str, stacks: Sequence[str] = ("blue",)
) -> str:
    """The comment that a pipeline with a role makes. No policy stops it."""
    chosen = [word for stack in stacks for word in ("--stack", stack)]
    project = ("--project", str(platform.state.project))
    command = (sys.executable, "-m", "preview", *project, *chosen, *options)
    done = run(platform, role_arn, *command, cwd=PROJECT_ROOT)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def may(platform: Platform, role_arn: str, *what: str) -> bool:
    """Whether a role may do something on blue."""
    done = run(platform, role_arn, "kubectl", "--context", "blue", "auth", "can-i", *what)
    assert done.stdout.strip() in ("yes", "no"), done.stderr
    return done.stdout.strip() == "yes"


def test_the_preview_role_previews_a_platform_at_rest(
    platform: Platform, roles: Mapping[str, str]
) -> None:
    stacks = ("shared", "blue")  # green does not know the role yet
    comment = previewed(platform, roles[PREVIEW], stacks=stacks)
    assert comment.count("Nothing changes.") == len(stacks)


def test_the_preview_role_previews_a_change(platform: Platform, roles: Mapping[str, str]) -> None:
    configure(platform, "blue", "access", {"debugNamespaces": ["team-a"]})
    try:
        assert "team-a" in previewed(platform, roles[PREVIEW])
    finally:
        configure(platform, "blue", "access", None)


def test_the_drift_role_looks_for_drift(platform: Platform, roles: Mapping[str, str]) -> None:
    stacks = ("--stack", "blue", "--stack", "shared")
    project = ("--project", str(platform.state.project))
    command = (sys.executable, "-m", "preview", *project, *stacks, "--drift")
    said = run(platform, roles[DRIFT], *command, cwd=PROJECT_ROOT).stdout
    # Of shared, the trust of these roles differs.
    assert "Nothing differs." in said
    assert "Not previewed" not in said


@pytest.mark.parametrize(
    ("role", "what", "allowed"),
    [
        (PREVIEW, ("get", "deployments", "-n", "kube-system"), True),
        (PREVIEW, ("get", "secrets", "-n", "kube-system"), False),
        (PREVIEW, ("patch", "deployments", "-n", "kube-system"), False),
        (DRIFT, ("get", "secrets", "-n", "kube-system"), True),
        (DRIFT, ("get", "clusterroles"), True),
        (DRIFT, ("patch", "deployments", "-n", "kube-system"), False),
        (UP, ("*", "*", "--all-namespaces"), True),
    ],
)
def test_what_a_role_may_do_on_the_cluster(
    platform: Platform, roles: Mapping[str, str], role: str, what: tuple[str, ...], allowed: bool
) -> None:
    assert may(platform, roles[role], *what) is allowed


def test_the_role_of_the_other_colour_is_a_stranger(
    platform: Platform, roles: Mapping[str, str]
) -> None:
    done = run(platform, roles[UP_OTHER], "kubectl", "--context", "blue", "get", "namespaces")
    assert done.returncode != 0
    assert "Unauthorized" in done.stderr or "must be logged in" in done.stderr


def test_the_up_role_updates_its_colour(platform: Platform, roles: Mapping[str, str]) -> None:
    bindings = "/apis/rbac.authorization.k8s.io/v1/namespaces/sample/rolebindings"
    up = ("pulumi", "up", "--stack", "blue", "--yes", "--non-interactive", "--skip-preview")
    for namespaces in (["sample"], []):
        configure(platform, "blue", "access", {"debugNamespaces": namespaces})
        done = run(platform, roles[UP], *up)
        assert done.returncode == 0, done.stdout + done.stderr
        found = platform.kube("blue").names(bindings)
        assert ("debugmode-role-debugmode" in found) is bool(namespaces)
    configure(platform, "blue", "access", None)


def test_no_role_of_a_pipeline_lacks_a_permission(
    platform: Platform, roles: Mapping[str, str]
) -> None:
    denials = read_denials(platform.state.denied_calls)
    assert [it for it in denials if it.role in roles.values()] == []


def test_a_pipeline_cannot_open_secrets_without_the_key(
    platform: Platform, roles: Mapping[str, str]
) -> None:
    iam = boto3.client("iam", region_name=REGION)
    asked: Any = {"RoleName": f"{PREFIX}{PREVIEW}", "PolicyName": "permissions"}
    document: Any = iam.get_role_policy(**asked)["PolicyDocument"]
    others = [it for it in document["Statement"] if it.get("Sid") != "StateSecrets"]
    without = json.dumps({**document, "Statement": others})
    iam.put_role_policy(**asked, PolicyDocument=without)
    try:
        done = run(platform, roles[PREVIEW], "pulumi", "preview", "-s", "blue", "--non-interactive")
    finally:
        iam.put_role_policy(**asked, PolicyDocument=json.dumps(document))
    assert done.returncode != 0
    assert "is not authorized to perform: kms:Decrypt" in done.stdout + done.stderr
