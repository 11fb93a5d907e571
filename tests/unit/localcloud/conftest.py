"""The AWS APIs of a local cloud, without clusters, in this process."""

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.moto_api._internal.models import moto_api_backend
from werkzeug.exceptions import NotImplemented as NotThere

from localcloud.aws import OWN_KEY
from localcloud.server.aws_api import AwsApi
from localcloud.server_settings import RateLimit, Route53Settings
from localcloud.state import REGION, RunningCloud

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

UNLIMITED = Route53Settings(limit=RateLimit(per_second=1e6, burst=1_000_000))


@dataclass
class Aws:
    """A running AwsApi and ways to ask it."""

    api: AwsApi
    log: Path

    @property
    def cloud(self) -> RunningCloud:
        port = self.api.port
        return RunningCloud(
            pid=os.getpid(), aws_port=port, dns_port=1, proxy_port=1, balancer_port=1
        )

    def session(self, key: str = "AKIAOUTSIDER00000000") -> boto3.Session:
        return boto3.Session(key, "secret", region_name=REGION)

    def route53(self, *, key: str = "AKIAOUTSIDER00000000", attempts: int = 1) -> "Route53Client":
        """A client that tries so often."""
        config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
        return self.session(key).client("route53", endpoint_url=self.cloud.aws_url, config=config)

    @property
    def own_route53(self) -> "Route53Client":
        """The local cloud's own client."""
        return self.route53(key=OWN_KEY)


@pytest.fixture
def aws(tmp_path: Path) -> Generator[Aws]:
    """Without a quota, and with changes that are INSYNC at once."""
    log = tmp_path / "calls.jsonl"
    settings = UNLIMITED.model_copy(update={"propagation_seconds": 0.0})
    api = AwsApi(0, log, NotThere(), lambda _: None, settings)
    api.start()
    try:
        yield Aws(api, log)
    finally:
        api.stop()
        BackendDict.reset()
        moto_api_backend.reset()
