"""Who one is on a cluster: the real token command, the real API server, the roles of the seed."""

import base64
import json
import subprocess
from typing import Any

import boto3
import pytest
import yaml

from localcloud.state import PROJECT_ROOT, REGION
from tests.e2e.platform.conftest import Platform

USERS = {
    "admin": "kubernetes-admin",
    "readwrite": "kubernetes-readwrite",
    "readonly": "kubernetes-readonly",
}


def as_role(platform: Platform, colour: str, role: str) -> dict[str, str]:
    """Environment whose AWS credentials are a session of the human role."""
    arn = platform.outputs("shared")["humanRoles"][role]
    sts = boto3.client("sts", region_name=REGION)
    session = sts.assume_role(RoleArn=arn, RoleSessionName=colour)["Credentials"]
    return platform.state.environment(platform.cloud) | {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }


def kubectl(
    platform: Platform, environment: dict[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(platform.state.bin / "kubectl"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("role", USERS)
def test_a_session_of_a_human_role_is_its_user(platform: Platform, colour: str, role: str) -> None:
    environment = as_role(platform, colour, role)
    said = kubectl(platform, environment, "--context", colour, "auth", "whoami", "-o", "json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["status"]["userInfo"]["username"] == USERS[role]


@pytest.mark.parametrize("role", USERS)
def test_the_human_roles_trust_the_accounts_of_the_stack_file_only(
    platform: Platform, role: str
) -> None:
    trusted = yaml.safe_load((PROJECT_ROOT / "Pulumi.shared.yaml").read_text())["config"][
        "eks-platform:humanRoles"
    ]["trustedAccountIds"]
    arn = platform.outputs("shared")["humanRoles"][role]
    found = boto3.client("iam", region_name=REGION).get_role(RoleName=arn.rsplit("/", 1)[-1])
    document: Any = found["Role"]["AssumeRolePolicyDocument"]
    (statement,) = document["Statement"]
    principals = statement["Principal"]["AWS"]
    said = [principals] if isinstance(principals, str) else principals
    assert said == [f"arn:aws:iam::{account}:root" for account in trusted]


def test_an_account_that_a_role_does_not_trust_cannot_take_it_on(platform: Platform) -> None:
    iam, sts = boto3.client("iam", region_name=REGION), boto3.client("sts", region_name=REGION)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="of-others", AssumeRolePolicyDocument=document)["Role"]
    try:
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            sts.assume_role(RoleArn=role["Arn"], RoleSessionName="stranger")
    finally:
        iam.delete_role(RoleName="of-others")


def test_a_readonly_session_is_refused_secrets(platform: Platform) -> None:
    environment = as_role(platform, "blue", "readonly")
    said = kubectl(platform, environment, "--context", "blue", "-n", "sample", "get", "secrets")
    assert said.returncode != 0
    assert "Forbidden" in said.stderr


def test_a_token_for_one_cluster_is_refused_by_the_other(platform: Platform) -> None:
    token = json.loads(platform.run("aws-iam-authenticator", "token", "-i", "eks-blue").stdout)[
        "status"
    ]["token"]
    environment = platform.state.environment(platform.cloud)
    for colour, expected in (("blue", 0), ("green", 1)):
        cluster = platform.outputs(colour)["cluster"]
        authority = platform.state.root / f"{colour}-ca.pem"
        authority.write_bytes(base64.b64decode(cluster["certificateAuthority"]))
        said = kubectl(
            platform,
            environment | {"KUBECONFIG": "/dev/null"},
            f"--server={cluster['endpoint']}",
            f"--certificate-authority={authority}",
            f"--token={token}",
            "get",
            "namespaces",
        )
        assert said.returncode == expected, said.stderr
