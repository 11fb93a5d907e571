"""An AWS account of moto's."""

from collections.abc import Generator

import pytest
from moto import mock_aws

from bluegreen.world.aws import Aws


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Generator[Aws]:
    for key in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Aws("eu-west-1")
