"""The price list, asked as Karpenter does."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalogue import prices
from localcloud.aws import OWN_KEY
from localcloud.state import REGION
from tests.unit.localcloud.conftest import Aws

COMMON = {
    "regionCode": REGION,
    "serviceCode": "AmazonEC2",
    "preInstalledSw": "NA",
    "operatingSystem": "Linux",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}
VIRTUAL = {"tenancy": "Shared", "productFamily": "Compute Instance"}
METAL = {"tenancy": "Dedicated", "productFamily": "Compute Instance (bare metal)"}


def products(aws: Aws, **fields: str) -> list[Any]:
    session = boto3.Session(OWN_KEY, "secret", region_name="us-east-1")
    client = session.client("pricing", endpoint_url=aws.cloud.aws_url)
    pages = client.get_paginator("get_products").paginate(
        ServiceCode="AmazonEC2",
        Filters=[{"Type": "TERM_MATCH", "Field": it, "Value": fields[it]} for it in fields],
        PaginationConfig={"PageSize": 100},
    )
    return [json.loads(str(it)) for page in pages for it in page["PriceList"]]


def usd(product: Any) -> float:  # noqa: ANN401 - JSON
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    return float(dimension["pricePerUnit"]["USD"])


def test_each_virtual_type_has_one_price_and_it_is_the_catalogues(aws: Aws) -> None:
    found = products(aws, **COMMON, **VIRTUAL)
    by_type = {it["product"]["attributes"]["instanceType"]: usd(it) for it in found}
    assert len(by_type) == len(found) > 100
    assert by_type["m7i.large"] == pytest.approx(prices.node("m7i.large", REGION).usd_hour)
    assert not any(".metal" in kind for kind in by_type)


def test_bare_metal_is_a_family_of_its_own(aws: Aws) -> None:
    kinds = [it["product"]["attributes"]["instanceType"] for it in products(aws, **COMMON, **METAL)]
    assert kinds
    assert all(".metal" in kind for kind in kinds)


def test_what_the_list_has_not_is_not_there(aws: Aws) -> None:
    assert products(aws, **{**COMMON, "operatingSystem": "Windows"}) == []
    assert products(aws, **COMMON, instanceType="x9.large") == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"location": "EU (Ireland)"}, "does not filter by location"),
        ({"operatingSystem": "Linux"}, "needs a filter by regionCode"),
    ],
)
def test_what_is_not_emulated_is_refused(aws: Aws, fields: dict[str, str], named: str) -> None:
    with pytest.raises(ClientError, match=named):
        products(aws, **fields)
