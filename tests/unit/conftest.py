"""What holds for every unit test, and what several need."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws

# How long a test takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def mocked_aws(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """moto in place of AWS, for every client of the test."""
    for key in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield
