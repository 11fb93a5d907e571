"""Locks of a bucket are looked at where the engine keeps them, as whoever the URL names."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.server import ThreadedMotoServer

from bluegreen.world.bucket import s3_client
from bluegreen.world.locks import Locks, LocksError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = ".pulumi/locks/organization/eks-platform/blue/"
KEYS = {"aws_access_key_id": "ops", "aws_secret_access_key": "secret"}

CALL: Callable[[BaseClient, str, dict[str, str]], object] = vars(BaseClient)["_make_api_call"]


@pytest.fixture
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials but those of a profile, and no region."""
    for key in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "PROFILE", "ENDPOINT_URL", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{key}", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    credentials = tmp_path / "credentials"
    lines = ["[ops]", *(f"{key} = {value}" for key, value in KEYS.items())]
    credentials.write_text("\n".join(lines))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def minio(nobody: None) -> Generator[str]:
    """``HOST:PORT`` of an S3 that is not AWS's."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"{host}:{port}"
    server.stop()


@pytest.fixture
def s3(nobody: None, monkeypatch: pytest.MonkeyPatch) -> Generator["S3Client"]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="state")
        yield client


def put(client: "S3Client", key: str, user: str = "ann") -> None:
    content = {"pid": 7, "username": user, "hostname": "elsewhere", "timestamp": "now"}
    client.put_object(Bucket="state", Key=key, Body=json.dumps(content))


def holders(url: str) -> list[str]:
    found = Locks(url, "eks-platform").read("blue")
    assert found is not None
    return [lock.holder for lock in found]


def test_endpoint_profile_region_and_path_style_are_followed(minio: str) -> None:
    theirs = boto3.client(
        "s3", endpoint_url=f"http://{minio}", region_name="eu-west-1",
        aws_access_key_id="t", aws_secret_access_key="t",
    )  # fmt: skip
    theirs.create_bucket(
        Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    put(theirs, f"team/{FOLDER}7.json")
    options = "profile=ops&region=eu-west-1&disableSSL=true&s3ForcePathStyle=true"
    url = f"s3://state/team?endpoint={minio}&{options}"
    assert holders(url) == ["ann@elsewhere (pid 7)"]


@pytest.mark.parametrize(
    ("options", "endpoint", "style"),
    [
        ({"region": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com", "auto"),
        ({"region": "eu-west-1", "fips": "true"}, "fips.eu-west-1", "auto"),
        ({"region": "eu-west-1", "dualstack": "1"}, "dualstack.eu-west-1", "auto"),
        ({"disable_https": "true"}, "http://s3.", "auto"),
        ({"endpoint": "minio:9000"}, "https://minio:9000", "virtual"),
        ({"endpoint": "minio:9000", "disableSSL": "true"}, "http://minio:9000", "virtual"),
        ({"endpoint": "http://minio:9000", "use_path_style": "T"}, "http://minio:9000", "path"),
        ({"endpoint": "http://m", "hostname_immutable": "true"}, "http://m", "path"),
    ],
)
@pytest.mark.usefixtures("nobody")
def test_a_client_is_as_the_options_say(options: dict[str, str], endpoint: str, style: str) -> None:
    meta = s3_client(options).meta
    assert endpoint in meta.endpoint_url
    assert meta.config.s3["addressing_style"] == style  # pyright: ignore[reportAttributeAccessIssue]
    assert meta.region_name == options.get("region", meta.region_name)


def test_a_role_is_taken(s3: "S3Client", monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def call(self: BaseClient, operation: str, given: dict[str, str]) -> object:
        asked.append(f"{operation} {given.get('RoleArn', '')}")
        return CALL(self, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    arn = "arn:aws:iam::123456789012:role/state"
    assert holders(f"s3://state?region=us-east-1&role={arn}") == []
    assert asked == [f"AssumeRole {arn}", "ListObjectsV2 "]


def test_a_prefix_of_the_url_is_part_of_every_key(s3: "S3Client") -> None:
    put(s3, f"{FOLDER}1.json", user="nobody")
    put(s3, f"pre/team/{FOLDER}1.json")
    assert holders("s3://state/team?prefix=pre/") == ["ann@elsewhere (pid 7)"]


def test_a_lock_that_goes_meanwhile_is_none(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, f"{FOLDER}1.json", user="gone")
    put(s3, f"{FOLDER}2.json")

    def call(self: BaseClient, operation: str, given: dict[str, str]) -> object:
        if operation == "GetObject" and given["Key"].endswith("1.json"):
            CALL(self, "DeleteObject", given)
        return CALL(self, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    assert holders("s3://state") == ["ann@elsewhere (pid 7)"]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("s3://not-mine/team?region=eu-west-1", "NoSuchBucket"),
        ("s3://state?profile=nobody", "config profile .*nobody.* could not be found"),
    ],
)
@pytest.mark.usefixtures("s3")
def test_what_cannot_be_looked_at_is_told_with_what_to_do(url: str, says: str) -> None:
    with pytest.raises(LocksError, match=rf"stack blue cannot be seen: .*{says}") as raised:
        Locks(url, "eks-platform").read("blue")
    for word in ("s3:ListBucket", "s3:GetObject", "?profile=PROFILE&region=REGION"):
        assert word in str(raised.value)


def test_just_the_lock_that_was_looked_at_is_removed(s3: "S3Client") -> None:
    put(s3, f"{FOLDER}1.json", user="gone")
    put(s3, f"{FOLDER}2.json")
    found = Locks("s3://state", "eks-platform")
    gone = [lock for lock in found.read("blue") or () if lock.holder.startswith("gone@")]
    assert found.remove("blue", gone)
    assert holders("s3://state") == ["ann@elsewhere (pid 7)"]


def test_what_could_not_be_removed_is_told_with_what_it_takes(
    s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    put(s3, f"{FOLDER}1.json")

    def call(self: BaseClient, operation: str, given: dict[str, str]) -> object:
        if operation == "DeleteObject":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return CALL(self, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    found = Locks("s3://state", "eks-platform")
    with pytest.raises(LocksError, match=r"may still be there: .* removed: .*s3:DeleteObject"):
        found.remove("blue", found.read("blue") or ())
    assert holders("s3://state") == ["ann@elsewhere (pid 7)"]
