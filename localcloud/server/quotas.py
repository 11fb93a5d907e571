"""What moto's Service Quotas leaves out: quotas of EC2 and EKS."""

import json
from typing import Any
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
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
_raised: dict[tuple[str, str], float] = {}


def install() -> None:
    """Replaces and adds the methods; once per process, or again, with quotas as they were."""
    _raised.clear()
    ServiceQuotasBackend.get_service_quota = _get
    added: Any = ServiceQuotasResponse
    added.get_aws_default_service_quota = _get_default
    added.request_service_quota_increase = _request_increase


def _default(backend: ServiceQuotasBackend, service: str, code: str) -> dict[str, Any]:
    """A quota as it was before anybody asked for more."""
    found = _QUOTAS.get((service, code))
    if found is None:
        return _get_service_quota(backend, service, code)
    name, value = found
    return {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Adjustable": True,
    }


def _get(self: ServiceQuotasBackend, service_code: str, quota_code: str) -> dict[str, Any]:
    quota = _default(self, service_code, quota_code)
    return {**quota, "Value": _raised.get((service_code, quota_code), quota["Value"])}


def _get_default(response: ServiceQuotasResponse) -> str:
    asked = json.loads(response.body)
    quota = _default(response.backend, asked["ServiceCode"], asked["QuotaCode"])
    return json.dumps({"Quota": quota})


def _request_increase(response: ServiceQuotasResponse) -> str:
    """Gives it at once: AWS does so for small ones, and asks a person about others."""
    asked = json.loads(response.body)
    key = (asked["ServiceCode"], asked["QuotaCode"])
    quota, wanted = _get(response.backend, *key), float(asked["DesiredValue"])
    if wanted <= quota["Value"]:
        raise JsonRESTError(
            "IllegalArgumentException",
            f"You must provide a quota value greater than the current quota value: {wanted:g}",
        )
    _raised[key] = wanted
    made = {name: quota[name] for name in ("ServiceCode", "QuotaCode", "QuotaName")}
    requested = {**made, "Id": uuid4().hex, "DesiredValue": wanted, "Status": "APPROVED"}
    return json.dumps({"RequestedQuota": requested})
