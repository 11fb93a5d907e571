"""KMS keys, their aliases, and log groups."""

import json

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def policy(sid: str) -> str:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def key(driver: Driver) -> Made:
    return driver.create(
        KEY,
        description="secrets",
        deletionWindowInDays=7,
        enableKeyRotation=True,
        policy=policy("ours"),
        tags={"Name": "secrets"},
    )


def test_a_key_lives(aws: Clients, key: Made) -> None:
    assert key.state["arn"].endswith(f":key/{key.resource_id}")
    key.assert_importable()
    key.update(description="all secrets", policy=policy("others"), tags={"team": "a"})
    real = aws.kms.describe_key(KeyId=key.resource_id)["KeyMetadata"]
    assert real.get("Description") == "all secrets"
    key.update(enableKeyRotation=False)
    status = aws.kms.get_key_rotation_status(KeyId=key.resource_id)
    assert status["KeyRotationEnabled"] is False
    assert key.replaced_by(keyUsage="SIGN_VERIFY") == {"keyUsage"}
    key.delete()
    real = aws.kms.describe_key(KeyId=key.resource_id)["KeyMetadata"]
    assert real.get("KeyState") == "PendingDeletion"


def test_what_is_done_to_a_key_behind_its_back(aws: Clients, key: Made) -> None:
    aws.kms.disable_key_rotation(KeyId=key.resource_id)
    assert key.drift() == {"enableKeyRotation"}
    aws.kms.enable_key_rotation(KeyId=key.resource_id)
    aws.kms.put_key_policy(KeyId=key.resource_id, PolicyName="default", Policy=policy("x"))
    aws.kms.tag_resource(KeyId=key.resource_id, Tags=[{"TagKey": "new", "TagValue": "x"}])
    assert key.drift() == {"policy", "tags.new"}
    aws.kms.schedule_key_deletion(KeyId=key.resource_id, PendingWindowInDays=7)
    assert key.read() is None
    key.delete()


def test_a_key_that_says_nothing_takes_what_kms_chooses(driver: Driver) -> None:
    key = driver.create(KEY)
    assert key.state["customerMasterKeySpec"] == "SYMMETRIC_DEFAULT"


@pytest.mark.parametrize("by", ["keyId", "arn"])
def test_an_alias_lives(driver: Driver, aws: Clients, key: Made, by: str) -> None:
    made = driver.create(ALIAS, name="alias/eks", targetKeyId=key.state[by])
    assert made.state["targetKeyArn"] == key.state["arn"]
    other = aws.kms.create_key()["KeyMetadata"]
    aws.kms.update_alias(AliasName="alias/eks", TargetKeyId=other["KeyId"])
    assert made.drift() == {"targetKeyId"}
    made.update(targetKeyId=other["KeyId"])
    made.update(targetKeyId=key.resource_id)
    assert aws.kms.describe_key(KeyId="alias/eks")["KeyMetadata"]["KeyId"] == key.resource_id
    assert made.replaced_by(name="alias/other") == {"name"}
    made.delete()


def test_an_alias_gets_a_name(driver: Driver, key: Made) -> None:
    made = driver.create(ALIAS, "eks", targetKeyId=key.resource_id)
    made.assert_importable()
    assert made.resource_id.startswith("alias/eks-")


def test_a_log_group_lives(driver: Driver, aws: Clients, key: Made) -> None:
    made = driver.create(
        LOG_GROUP,
        name="/aws/eks/blue/cluster",
        retentionInDays=30,
        kmsKeyId=key.state["arn"],
        tags={"Name": "blue"},
    )
    driver.create(LOG_GROUP, name="/aws/eks/blue/cluster-2")
    assert made.state["arn"].endswith(":log-group:/aws/eks/blue/cluster")
    made.assert_importable()
    aws.logs.put_retention_policy(logGroupName=made.resource_id, retentionInDays=7)
    assert made.drift() == {"retentionInDays"}
    made.update(retentionInDays=90, tags={"team": "a"})
    real = aws.logs.describe_log_groups(logGroupNamePrefix=made.resource_id)["logGroups"][0]
    assert (real.get("retentionInDays"), real.get("kmsKeyId")) == (90, key.state["arn"])
    made.update(retentionInDays=None)
    aws.logs.tag_resource(resourceArn=made.state["arn"], tags={"team": "b"})
    assert made.drift() == {"tags.team"}
    assert made.replaced_by(name="other") == {"name"}
    made.delete()


def test_a_log_group_that_was_deleted_is_gone(driver: Driver, aws: Clients) -> None:
    made = driver.create(LOG_GROUP, "blue")
    aws.logs.delete_log_group(logGroupName=made.resource_id)
    assert made.read() is None
    made.delete()


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (KEY, {"description": "x" * 8193}),
        (KEY, {"keyUsage": "DECORATION"}),
        (ALIAS, {"name": "eks", "targetKeyId": "none"}),
        (LOG_GROUP, {"name": "no spaces"}),
    ],
)
def test_what_aws_refuses_names_the_type(driver: Driver, token: str, inputs: Object) -> None:
    with pytest.raises(PluginError, match=f"^{token}: "):
        driver.provider.create(token, inputs, preview=False, timeout=0)
