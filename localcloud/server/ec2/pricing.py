"""The price list API, for instances of Linux on demand, and nothing else of it.

https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from catalogue.instance_types import InstanceType, instance_types
from localcloud.server.ec2 import market
from localcloud.server.errors import AwsError
from localcloud.server.operations import action_of, read_body

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

MOST = 100
"""Products of one page."""

_SERVICE = "AmazonEC2"
_FIXED: Mapping[str, str] = {
    "serviceCode": _SERVICE,
    "preInstalledSw": "NA",
    "operatingSystem": "Linux",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}
"""What is the same for every product that there is here."""

_CHOSEN = ("regionCode", "instanceType", "productFamily", "tenancy")
_FAMILIES = {False: "Compute Instance", True: "Compute Instance (bare metal)"}
_TENANCIES = {False: ("Shared",), True: ("Shared", "Dedicated")}
"""By whether the type is bare metal. Others on dedicated hardware cost more; no list has them."""

_Asked: TypeAlias = Mapping[str, Any]


@dataclass
class RefusalError(Exception):
    """The price list API says no."""

    message: str


class Pricing:
    """WSGI application."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        body = read_body(environ)
        try:
            answer = _answer(action_of(environ, body), json.loads(body))
        except RefusalError as refusal:
            error = AwsError("InvalidParameterException", refusal.message, 400)
            return error.answer("pricing", start_response)
        content = json.dumps(answer).encode()
        kind = ("Content-Type", "application/x-amz-json-1.1")
        start_response("200 OK", [kind, ("Content-Length", str(len(content)))])
        return [content]


def _answer(action: str, asked: _Asked) -> Mapping[str, object]:
    if action != "GetProducts":
        raise RefusalError(f"the local cloud does not emulate {action}")
    if asked.get("ServiceCode") != _SERVICE:
        raise RefusalError(f"the local cloud has prices of {_SERVICE} alone")
    wanted = _filters(asked.get("Filters") or [])
    region = wanted.get("regionCode")
    if region is None:
        raise RefusalError("the local cloud needs a filter by regionCode")
    found = list(_products(region, wanted))
    start, most = int(asked.get("NextToken") or 0), min(int(asked.get("MaxResults") or MOST), MOST)
    answer: dict[str, object] = {
        "FormatVersion": "aws_v1",
        "PriceList": found[start : start + most],
    }
    if start + most < len(found):
        answer["NextToken"] = str(start + most)
    return answer


def _filters(given: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    wanted: dict[str, str] = {}
    for it in given:
        name = it["Field"]
        if it["Type"] != "TERM_MATCH" or name not in (*_FIXED, *_CHOSEN):
            raise RefusalError(f"the local cloud does not filter by {name} ({it['Type']})")
        wanted[name] = it["Value"]
    return wanted


def _products(region: str, wanted: Mapping[str, str]) -> Iterator[str]:
    if any(wanted.get(name, value) != value for name, value in _FIXED.items()):
        return
    for kind in instance_types().values():
        usd = market.on_demand_price(kind.name, region)
        if usd is not None and _is_wanted(kind, wanted):
            yield json.dumps(_product(kind, region, usd))


def _is_wanted(kind: InstanceType, wanted: Mapping[str, str]) -> bool:
    family, tenancies = _FAMILIES[kind.is_bare_metal], _TENANCIES[kind.is_bare_metal]
    return (
        wanted.get("instanceType", kind.name) == kind.name
        and wanted.get("productFamily", family) == family
        and wanted.get("tenancy", tenancies[0]) in tenancies
    )


def _product(kind: InstanceType, region: str, usd: float) -> Mapping[str, object]:
    attributes = {**_FIXED, "regionCode": region, "instanceType": kind.name}
    attributes["vcpu"] = str(kind.vcpus)
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": f"{usd:.10f}"}}
    term = {"priceDimensions": {f"{kind.name}.hour": dimension}}
    return {
        "product": {
            "productFamily": _FAMILIES[kind.is_bare_metal],
            "attributes": attributes,
        },
        "serviceCode": _SERVICE,
        "terms": {"OnDemand": {f"{kind.name}.on-demand": term}},
    }
