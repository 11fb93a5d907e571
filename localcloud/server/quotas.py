"""What moto's Service Quotas leaves out: quotas of EC2 and EKS."""

from typing import Any

from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

_VCPUS = 256.0
"""As if an account had asked for what docs/aws.md says; a new one has less."""

_QUOTAS = {
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0),
    ("ec2", "L-1216C47A"): (
        "Running On-Demand Standard instances",
        _VCPUS,
    ),
    ("ec2", "L-34B43A08"): (
        "All Standard Spot Instance Requests",
        _VCPUS,
    ),
    ("ec2", "L-43DA4232"): ("Running On-Demand High Memory instances", 0.0),
    ("ec2", "L-7295265B"): ("Running On-Demand X instances", 0.0),
    ("ec2", "L-E3A00192"): ("All X Spot Instance Requests", 0.0),
    ("ec2", "L-F7808C92"): ("Running On-Demand HPC instances", 0.0),
    ("eks", "L-1194D53C"): ("Clusters", 100.0),
}

_get_service_quota = ServiceQuotasBackend.get_service_quota


def install() -> None:
    """Replaces and adds the methods; once per process."""
    ServiceQuotasBackend.get_service_quota = _get
    # What was never raised is as it was.
    response = ServiceQuotasResponse
    response.get_aws_default_service_quota = response.get_service_quota  # pyright: ignore[reportAttributeAccessIssue]


def _get(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
    found = _QUOTAS.get((service_code, quota_code))
    if found is None:
        return _get_service_quota(self, service_code, quota_code)
    name, value = found
    return {
        "ServiceCode": service_code,
        "QuotaCode": quota_code,
        "QuotaName": name,
        "Value": value,
        "Adjustable": True,
    }
