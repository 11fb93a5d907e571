"""Objects of an ``s3://`` backend, reached as the engine reaches them.

The engine opens it with gocloud.dev's ``s3blob``. Of the options in its URL those are followed here
that say where the bucket is, who asks, and how: ``profile``, ``role``, ``region``, ``endpoint``,
path style and the like. The others are about writing.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from typing import Literal

    from mypy_boto3_s3 import S3Client

_TRUE = ("1", "t", "true")


def read_objects(url: SplitResult, folder: str) -> Iterator[tuple[str, str]]:
    """Key and content of each object in a folder; of one that goes meanwhile nothing.

    Args:
        url: of the backend.
        folder: folder below it, without slashes around.

    Raises:
        BotoCoreError, ClientError: AWS could not be asked, or says no.
        ValueError: an option of the URL means nothing.
    """
    options = dict(parse_qsl(url.query))
    client = s3_client(options)
    place = f"{url.path.strip('/')}/{folder}/".lstrip("/")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=url.netloc, Prefix=options.get("prefix", "") + place
    )
    for page in pages:
        for entry in page.get("Contents", []):
            try:
                found = client.get_object(Bucket=url.netloc, Key=entry.get("Key", ""))
            except client.exceptions.NoSuchKey:
                continue  # the update ended meanwhile
            yield entry.get("Key", ""), found["Body"].read().decode()


def write_object(url: SplitResult, key: str, text: str) -> None:
    """Writes a text under a key below the backend's own path. Raises as `read_objects`."""
    options = dict(parse_qsl(url.query))
    whole = options.get("prefix", "") + f"{url.path.strip('/')}/{key}".lstrip("/")
    s3_client(options).put_object(Bucket=url.netloc, Key=whole, Body=text.encode())


def delete_object(url: SplitResult, key: str) -> None:
    """Deletes an object by the key that `read_objects` gave. Raises as that."""
    s3_client(dict(parse_qsl(url.query))).delete_object(Bucket=url.netloc, Key=key)


def s3_client(options: Mapping[str, str]) -> "S3Client":
    """A client as the options of a backend's URL ask for it. Raises as `texts`."""
    # One of its own for each look: sessions must not be shared by threads.
    session = _session(options)
    return session.client(
        "s3",
        endpoint_url=_endpoint(options),
        use_ssl=not _is_true(options, "disable_https", "disableSSL"),
        config=Config(
            s3={"addressing_style": _style(options)},
            use_dualstack_endpoint=_is_true(options, "dualstack"),
            use_fips_endpoint=_is_true(options, "fips"),
        ),
    )


def _session(options: Mapping[str, str]) -> boto3.Session:
    session = boto3.Session(profile_name=options.get("profile"), region_name=options.get("region"))
    role = options.get("role")
    if not role:
        return session
    lent = session.client("sts").assume_role(RoleArn=role, RoleSessionName="bluegreen")
    keys = lent["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=session.region_name,
    )


def _endpoint(options: Mapping[str, str]) -> str | None:
    endpoint = options.get("endpoint")
    if not endpoint or "://" in endpoint:
        return endpoint or None
    return f"{'http' if _is_true(options, 'disableSSL') else 'https'}://{endpoint}"


def _style(options: Mapping[str, str]) -> "Literal['auto', 'virtual', 'path']":
    """Whether the bucket stands in the host name or in the path."""
    if _is_true(options, "use_path_style", "s3ForcePathStyle", "hostname_immutable"):
        return "path"
    # In the path of an endpoint that is not AWS's, boto3 would put it by itself; the engine not.
    return "virtual" if options.get("endpoint") else "auto"


def _is_true(options: Mapping[str, str], *keys: str) -> bool:
    return any(options.get(key, "").lower() in _TRUE for key in keys)
