"""IAM of the local cloud: how large policies may be."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from localcloud.aws import OWN_KEY
from localcloud.server import policy_sizes
from localcloud.server.policy_sizes import INLINE_POLICIES, MANAGED_POLICY, TRUST_POLICY
from tests.unit.localcloud.conftest import Aws

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

ROLE = "ci"
TRUSTED = {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.fixture
def iam(aws: Aws) -> "IAMClient":
    policy_sizes.install()
    return aws.session(OWN_KEY).client("iam", endpoint_url=aws.cloud.aws_url)


def trust(characters: int) -> str:
    """A trust policy of so many characters, white space aside."""
    return _filled({"Principal": TRUSTED, "Action": "sts:AssumeRole"}, characters)


def policy(characters: int) -> str:
    """A policy of so many characters, white space aside."""
    return _filled({"Action": "s3:GetObject", "Resource": "*"}, characters)


def _filled(what: dict[str, object], characters: int) -> str:
    def written(filling: str) -> str:
        statement = {"Effect": "Allow", **what, "Condition": {"StringEquals": {"aws:x": filling}}}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        return json.dumps(document, indent=4)  # a good deal of white space

    return written("x" * (characters - policy_sizes.size(written(""))))


def refusal(call: Callable[[], object]) -> tuple[str, str, int]:
    """Code, sentence and HTTP status."""
    with pytest.raises(ClientError) as caught:
        call()
    said = caught.value.response
    error, answer = said.get("Error", {}), said.get("ResponseMetadata", {})
    return error.get("Code", ""), error.get("Message", ""), answer.get("HTTPStatusCode", 0)


def make_role(iam: "IAMClient", document: str) -> object:
    return iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)


def test_a_trust_policy_has_at_most_2048_characters(iam: "IAMClient") -> None:
    too_large = ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", 409)
    assert refusal(lambda: make_role(iam, trust(TRUST_POLICY + 1))) == too_large
    make_role(iam, trust(TRUST_POLICY))
    larger = trust(TRUST_POLICY + 1)
    update = iam.update_assume_role_policy
    assert refusal(lambda: update(RoleName=ROLE, PolicyDocument=larger)) == too_large
    update(RoleName=ROLE, PolicyDocument=trust(TRUST_POLICY))


def test_inline_policies_of_a_role_have_10240_characters_together(iam: "IAMClient") -> None:
    make_role(iam, trust(TRUST_POLICY))

    def put(name: str, characters: int) -> object:
        document = policy(characters)
        return iam.put_role_policy(RoleName=ROLE, PolicyName=name, PolicyDocument=document)

    put("first", INLINE_POLICIES - 1000)
    put("second", 1000)
    sentence = "Maximum policy size of 10240 bytes exceeded for role ci"
    assert refusal(lambda: put("second", 1001)) == ("LimitExceeded", sentence, 409)
    put("first", 500)  # in the place of the larger one
    put("second", 1001)


def test_a_managed_policy_has_at_most_6144_characters(iam: "IAMClient") -> None:
    too_large = ("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", 409)

    def make(characters: int) -> str:
        made = iam.create_policy(PolicyName="up", PolicyDocument=policy(characters))
        return made["Policy"].get("Arn", "")

    assert refusal(lambda: make(MANAGED_POLICY + 1)) == too_large
    arn = make(MANAGED_POLICY)

    def renew(characters: int) -> object:
        return iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(characters))

    assert refusal(lambda: renew(MANAGED_POLICY + 1)) == too_large
    renew(MANAGED_POLICY)
