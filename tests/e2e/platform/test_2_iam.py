"""What the platform's IAM roles may do of AWS: enough for what runs, and no more."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.permissions import read_denials, uses
from localcloud.state import REGION
from tests.e2e.platform.conftest import Platform

ACTION = "route53:ChangeResourceRecordSets"
ACCOUNTS = "/api/v1/namespaces/kube-system/serviceaccounts"
RUNNING = ("external-dns-public", "external-dns-private")


def status(platform: Platform) -> str:
    """What `make status` prints."""
    return platform.run(sys.executable, "-m", "localcloud", "status").stdout


def test_no_role_lacked_a_permission_until_now(platform: Platform) -> None:
    assert list(read_denials(platform.state.denied_calls)) == []
    assert "No call was denied." in status(platform)


def test_every_permission_of_a_writer_is_used(platform: Platform, colour: str) -> None:
    found = {use.role.rpartition("/")[2]: use for use in uses(platform.cloud)}
    for writer in RUNNING:
        use = found[f"eks-{colour}-{writer}"]
        assert use.called[ACTION] > 0
        assert [*use.lacking, *use.unused] == []


def session_of(platform: Platform, colour: str, account: str) -> boto3.Session:
    """What a pod of a service account gets from STS."""
    kube = platform.kube(colour)
    role = kube.get(f"{ACCOUNTS}/{account}")["metadata"]["annotations"][
        "eks.amazonaws.com/role-arn"
    ]
    asked = {"spec": {"audiences": ["sts.amazonaws.com"]}}
    token = kube.post(f"{ACCOUNTS}/{account}/token", asked)["status"]["token"]
    sts = boto3.client("sts", region_name=REGION, config=Config(signature_version=UNSIGNED))
    lent = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="test", WebIdentityToken=token
    )["Credentials"]
    return boto3.Session(
        lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"], region_name=REGION
    )


@pytest.fixture(scope="module")
def writer(platform: Platform) -> boto3.Session:
    """Blue's public cluster writer."""
    return session_of(platform, "blue", "external-dns-public")


def write(platform: Platform, writer: boto3.Session, action: str, name: str) -> None:
    record: Mapping[str, Any] = {
        "Name": name,
        "Type": "TXT",
        "TTL": 60,
        "ResourceRecords": [{"Value": '"test"'}],
    }
    change: Any = {"Action": action, "ResourceRecordSet": record}
    writer.client("route53").change_resource_record_sets(
        HostedZoneId=platform.zone_ids()["devinfra.fr"], ChangeBatch={"Changes": [change]}
    )


def test_a_cluster_writer_writes_names_of_its_colour(
    platform: Platform, writer: boto3.Session
) -> None:
    for action in ("CREATE", "DELETE"):
        write(platform, writer, action, "test.eks-blue.devinfra.fr")


@pytest.mark.parametrize("name", ["test.devinfra.fr", "test.eks-green.devinfra.fr"])
def test_a_cluster_writer_writes_no_other_name(
    platform: Platform, writer: boto3.Session, name: str
) -> None:
    with pytest.raises(ClientError, match=f"is not authorized to perform: {ACTION}"):
        write(platform, writer, "CREATE", name)
    last = read_denials(platform.state.denied_calls)[-1]
    assert (last.role.rpartition("/")[2], last.action) == ("eks-blue-external-dns-public", ACTION)
    assert last.workload["cluster"] == "eks-blue"
    shown = status(platform)
    assert ACTION in shown
    assert "eks-blue-external-dns-public" in shown


def test_a_live_writer_without_its_policy_writes_nothing(platform: Platform) -> None:
    """The runbook for a lost active colour takes it away."""
    iam = boto3.client("iam", region_name=REGION)
    asked: Any = {"RoleName": "eks-blue-live-external-dns-public", "PolicyName": "permissions"}
    document: Any = iam.get_role_policy(**asked)["PolicyDocument"]
    live = session_of(platform, "blue", "live-external-dns-public")
    iam.delete_role_policy(**asked)
    try:
        with pytest.raises(ClientError, match=f"is not authorized to perform: {ACTION}"):
            write(platform, live, "CREATE", "test.devinfra.fr")
    finally:
        iam.put_role_policy(**asked, PolicyDocument=json.dumps(document))
    for action in ("CREATE", "DELETE"):
        write(platform, live, action, "test.devinfra.fr")
