"""Quotas are raised as with AWS, but at once."""

from collections.abc import Generator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.servicequotas.models import ServiceQuotasBackend
from mypy_boto3_service_quotas import ServiceQuotasClient

from localcloud.server import quotas
from localcloud.state import REGION

VCPUS = ("ec2", "L-1216C47A")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Generator[ServiceQuotasClient]:
    before = ServiceQuotasBackend.get_service_quota
    monkeypatch.setattr(ServiceQuotasBackend, "get_service_quota", before)
    quotas.install()
    with mock_aws():
        yield boto3.client("service-quotas", region_name=REGION)
    quotas.install()


def value(client: ServiceQuotasClient, service: str, code: str) -> float:
    found = client.get_service_quota(ServiceCode=service, QuotaCode=code)
    return found["Quota"].get("Value", 0.0)


@pytest.mark.parametrize(("service", "code"), [VCPUS, ("vpc", "L-F678F1CE")])
def test_a_request_raises_the_quota_and_not_its_default(
    client: ServiceQuotasClient, service: str, code: str
) -> None:
    before = value(client, service, code)
    made = client.request_service_quota_increase(
        ServiceCode=service, QuotaCode=code, DesiredValue=before + 1
    )
    assert made["RequestedQuota"].get("Status") == "APPROVED"
    assert value(client, service, code) == before + 1
    first = client.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)
    assert first["Quota"].get("Value") == before


def test_less_or_as_much_is_refused(client: ServiceQuotasClient) -> None:
    now = value(client, *VCPUS)
    with pytest.raises(ClientError, match="IllegalArgument"):
        client.request_service_quota_increase(
            ServiceCode=VCPUS[0], QuotaCode=VCPUS[1], DesiredValue=now
        )
    assert value(client, *VCPUS) == now


def test_a_quota_that_nobody_knows(client: ServiceQuotasClient) -> None:
    with pytest.raises(ClientError, match="NoSuchResource"):
        client.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-0", DesiredValue=1)
