"""One role for each stack, which may do what `examples/up-policies` says, and read."""

import json
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import yaml

from components.ci_permissions import READ
from localcloud.permissions import Denial, read_denials, uses
from localcloud.state import ACCOUNT_ID, PROJECT_ROOT, REGION
from localcloud.workspace import SECRETS_KEY
from settings.names import COLOURS, SHARED
from tests.e2e.platform import inventory
from tests.e2e.platform.running import STACKS, Platform

EXAMPLES = PROJECT_ROOT / "examples" / "up-policies"
OF_STACK: Mapping[str, Sequence[str]] = {
    SHARED: ("shared",),
    **dict.fromkeys(COLOURS, ("colour-cluster", "colour-nodes")),
}
"""The files of each stack's policies."""

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": "sts:AssumeRole",
        }
    ],
}


class Pipelines:
    """What updates the stacks of a platform, each with a role of its own.

    The roles stand before the platform does; `before` is what the account held then, with them.
    What they may read, and that they may open the state's secrets, is what the program gives the
    roles of pipelines (`components.ci_permissions`).
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._iam = boto3.client("iam", region_name=REGION)
        self.roles = {stack: self._make(stack) for stack in STACKS}
        self.before = inventory.take_inventory()

    def up(self, stack: str) -> None:
        """Updates a stack; fails with what the engine said."""
        self._pulumi(stack, "up", "--skip-preview")

    def destroy(self, stack: str) -> None:
        """Destroys what a stack has, as docs/aws.md does."""
        program = () if stack == SHARED else ("--run-program",)
        self._pulumi(stack, "destroy", "--skip-preview", *program)

    def run(
        self, stack: str, *command: str, check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a command with the stack's role."""
        done = subprocess.run(
            command,
            cwd=self.platform.state.project,
            env=self._environment(stack),
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def denials(self) -> Sequence[Denial]:
        """Calls of these roles that were denied."""
        found = read_denials(self.platform.state.denied_calls)
        return [it for it in found if it.role in self.roles.values()]

    def called(self, stack: str) -> set[str]:
        """Actions that a stack's role called."""
        found = uses(self.platform.cloud)
        return {action for it in found if it.role == self.roles[stack] for action in it.called}

    def configure(self, stack: str, **changes: object) -> None:
        """Sets settings of a stack file; None takes one away."""
        file = self.platform.state.project / f"Pulumi.{stack}.yaml"
        document: dict[str, Any] = yaml.safe_load(file.read_text())
        for key, value in changes.items():
            document["config"].pop(f"eks-platform:{key}", None)
            if value is not None:
                document["config"][f"eks-platform:{key}"] = value
        file.write_text(yaml.safe_dump(document))

    @contextmanager
    def outage(self, stack: str, action: str) -> Generator[None]:
        """Meanwhile a stack's role is denied an action."""
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        name = {"RoleName": f"pipeline-{stack}", "PolicyName": "outage"}
        self._iam.put_role_policy(**name, PolicyDocument=json.dumps(document))
        try:
            yield
        finally:
            self._iam.delete_role_policy(**name)

    def _pulumi(self, stack: str, *words: str) -> None:
        self.run(stack, "pulumi", *words, "--stack", stack, "--yes", "--non-interactive")

    def _environment(self, stack: str) -> dict[str, str]:
        sts = boto3.client("sts", region_name=REGION)
        session = sts.assume_role(RoleArn=self.roles[stack], RoleSessionName="pipeline")
        credentials = session["Credentials"]
        return self.platform.state.environment(self.platform.cloud) | {
            "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": credentials["SessionToken"],
        }

    def _make(self, stack: str) -> str:
        name = f"pipeline-{stack}"
        role = self._iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
        reading = {"Version": "2012-10-17", "Statement": _reading()}
        self._iam.put_role_policy(
            RoleName=name, PolicyName="permissions", PolicyDocument=json.dumps(reading)
        )
        for file in OF_STACK[stack]:
            policy = self._iam.create_policy(
                PolicyName=f"platform-up-{stack}-{file}", PolicyDocument=self._filled(stack, file)
            )
            self._iam.attach_role_policy(RoleName=name, PolicyArn=policy["Policy"].get("Arn", ""))
        return role["Role"]["Arn"]

    def _filled(self, stack: str, file: str) -> str:
        prefix = self.platform.settings(SHARED)["eks-platform:humanRoles"]["namePrefix"]
        put_in = {"ACCOUNT": ACCOUNT_ID, "REGION": REGION, "COLOUR": stack, "PREFIX": prefix}
        text = (EXAMPLES / f"{file}.json").read_text()
        for word, value in put_in.items():
            text = text.replace(word, value)
        return text


def _reading() -> list[Mapping[str, object]]:
    key = boto3.client("kms", region_name=REGION).describe_key(KeyId=SECRETS_KEY)["KeyMetadata"]
    parameters = f"arn:aws:ssm:{REGION}::parameter/aws/service/*"
    return [
        {"Effect": "Allow", "Action": [*READ], "Resource": "*"},
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": parameters},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt"],
            "Resource": key.get("Arn"),
        },
    ]
