"""Answers of EC2 that moto does not give, or gives wrongly: spot prices, and what nobody has here.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSpotPriceHistory.html
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.ec2.responses import EC2Response
from moto.ec2.responses.spot_instances import SpotInstances

from localcloud.server.ec2 import market
from localcloud.server.ec2.fleets import NotEmulatedError

_PRODUCT = "Linux/UNIX"
_PRODUCTS = (_PRODUCT, f"{_PRODUCT} (Amazon VPC)")
"""What is sold; both words mean the same since there is nothing but VPCs."""

_KNOWN = frozenset(
    {
        "Action",
        "Version",
        "DryRun",
        "StartTime",
        "InstanceTypes",
        "ProductDescriptions",
        "AvailabilityZone",
        "Filters",
        "MaxResults",
        "NextToken",
    }
)
_FILTERS = frozenset({"availability-zone", "instance-type", "product-description"})
_MOST = 1000


def install() -> None:
    """Replaces and adds the methods; once per process."""
    SpotInstances.describe_spot_price_history = _describe_spot_price_history
    added: Any = EC2Response
    added.describe_capacity_reservations = _none(
        "CapacityReservations", CapacityReservationIds="InvalidCapacityReservationId.NotFound"
    )
    added.describe_placement_groups = _none(
        "PlacementGroups",
        GroupNames="InvalidPlacementGroup.Unknown",
        GroupIds="InvalidPlacementGroupId.Unknown",
    )


def _none(name: str, **named_by: str) -> Any:  # noqa: ANN401 - a method of moto's
    """Nobody can make one here, so that there is none; one that is named is an error, as of EC2.

    Args:
        name: of the list in the answer.
        named_by: parameters that name some, and EC2's code for one that is not there.
    """

    def describe(response: EC2Response) -> ActionResult:
        asked: Mapping[str, Any] = response._get_params()
        for parameter, code in named_by.items():
            if named := asked.get(parameter):
                raise EC2ClientError(code, f"{', '.join(named)}: none of {name} is there")
        response.error_on_dryrun()
        return ActionResult({name: []})

    return describe


def _describe_spot_price_history(self: SpotInstances) -> ActionResult:
    """The prices of now: nobody here knows others."""
    asked: Mapping[str, Any] = self._get_params()
    filters = cast("Mapping[str, Sequence[str]]", self._filters_from_querystring())
    unknown = sorted({*(asked.keys() - _KNOWN), *(filters.keys() - _FILTERS)})
    if unknown:
        raise NotEmulatedError(f"{', '.join(unknown)} of DescribeSpotPriceHistory")
    self.error_on_dryrun()
    found = list(_prices(self.region, asked, filters))
    start, most = int(asked.get("NextToken") or 0), int(asked.get("MaxResults") or _MOST)
    page = found[start : start + most]
    answer: dict[str, object] = {"SpotPriceHistory": page}
    if start + most < len(found):
        answer["NextToken"] = str(start + most)
    return ActionResult(answer)


def _prices(
    region: str, asked: Mapping[str, Any], filters: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, object]]:
    products = asked.get("ProductDescriptions") or filters.get("product-description") or _PRODUCTS
    if not set(products) & set(_PRODUCTS):
        return
    types = asked.get("InstanceTypes") or filters.get("instance-type")
    zone = asked.get("AvailabilityZone")
    zones = [zone] if zone else filters.get("availability-zone")
    now = datetime.now(UTC)
    offered: Mapping[str, Sequence[Mapping[str, str]]] = INSTANCE_TYPE_OFFERINGS[
        "availability-zone"
    ]
    for offer in offered.get(region, ()):
        kind, place = offer["InstanceType"], offer["Location"]
        if (types and kind not in types) or (zones and place not in zones):
            continue
        usd = market.spot_price(kind, place)
        if usd is not None:
            yield {
                "InstanceType": kind,
                "ProductDescription": _PRODUCT,
                "SpotPrice": f"{usd:.6f}",
                "AvailabilityZone": place,
                "Timestamp": now,
            }
