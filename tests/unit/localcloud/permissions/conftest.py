"""Roles of the account of a local cloud, and sessions of them."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.aws import OWN_KEY
from localcloud.permissions import Denial, RoleUse, read_denials, uses
from localcloud.state import ACCOUNT_ID, DENIED_CALLS, REGION
from tests.unit.localcloud.conftest import Aws

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
VERSION = "2012-10-17"


def document(*statements: Mapping[str, object]) -> str:
    """A policy; statements allow unless they say otherwise, and are about everything."""
    whole = [{"Effect": "Allow", "Resource": "*", **it} for it in statements]
    return json.dumps({"Version": VERSION, "Statement": whole})


class Clients:
    """Clients of one pair of keys, each made once."""

    def __init__(self, aws: Aws, session: boto3.Session) -> None:
        self._aws = aws
        self._session = session
        self._made: dict[str, Any] = {}

    def __getitem__(self, service: str) -> Any:  # noqa: ANN401 - a client of any service
        if service not in self._made:
            make: Any = self._session.client
            config = Config(retries={"total_max_attempts": 1})
            self._made[service] = make(service, endpoint_url=self._aws.cloud.aws_url, config=config)
        return self._made[service]


class Role:
    """Calls AWS with a session of a role."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients

    def call(self, service: str, operation: str, **parameters: Any) -> str:  # noqa: ANN401
        """Calls; gives the sentence of the denial, or an empty text when it was none."""
        try:
            getattr(self.clients[service], operation)(**parameters)
        except ClientError as error:
            said = error.response.get("Error", {})
            return said.get("Message", "") if said.get("Code") in _DENIALS else ""
        return ""

    def may(self, service: str, operation: str, **parameters: Any) -> bool:  # noqa: ANN401
        """Whether a call is not denied, whatever else comes of it."""
        return not self.call(service, operation, **parameters)


_DENIALS = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


class Account:
    """The account as an administrator has it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.own = Clients(aws, aws.session(OWN_KEY))
        self.iam: IAMClient = self.own["iam"]

    def role(
        self, name: str, *policies: str, boundary: str = "", trusted: Sequence[str] = (ROOT,)
    ) -> str:
        """Makes a role with inline policies; gives its ARN."""
        trust = {"Principal": {"AWS": [*trusted]}, "Action": "sts:AssumeRole", "Effect": "Allow"}
        limits: Any = {"PermissionsBoundary": boundary} if boundary else {}
        made = self.iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps({"Version": VERSION, "Statement": [trust]}),
            **limits,
        )
        for number, policy in enumerate(policies, start=1):
            self.iam.put_role_policy(
                RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=policy
            )
        return made["Role"]["Arn"]

    @cached_property
    def user(self) -> Clients:
        """Of a user."""
        self.iam.create_user(UserName="ann")
        key = self.iam.create_access_key(UserName="ann")["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
        return Clients(self.aws, session)

    def session(self, role_arn: str, **limits: Any) -> Role:  # noqa: ANN401 - boto3's own
        """A session of a role, that the user took on."""
        lent = self.user["sts"].assume_role(RoleArn=role_arn, RoleSessionName="test", **limits)
        return role_with(self.aws, lent["Credentials"])

    def denials(self) -> Sequence[Denial]:
        """Denied calls, oldest first."""
        return read_denials(self.aws.log.with_name(DENIED_CALLS))

    def use(self, role_arn: str) -> RoleUse:
        """What a role did."""
        return next(it for it in uses(self.aws.cloud) if it.role == role_arn)


def role_with(aws: Aws, lent: Mapping[str, str]) -> Role:
    """A role by the credentials of STS."""
    session = boto3.Session(
        lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"], region_name=REGION
    )
    return Role(Clients(aws, session))


@pytest.fixture
def account(aws: Aws) -> Account:
    return Account(aws)
