"""RunInstances where a zone has no instances left: refused, as EC2 does; moto starts any number.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

from moto.core.types import Base64EncodedString
from moto.ec2.models.instances import InstanceBackend, Reservation
from werkzeug.exceptions import HTTPException

from localcloud.scarcity import CapacityType
from localcloud.server.ec2 import market
from localcloud.server.errors import AwsError

CODE = "InsufficientInstanceCapacity"
_STATUS = HTTPStatus.INTERNAL_SERVER_ERROR


class NoCapacityError(HTTPException):
    """EC2 has no such instances left in a zone: an error of the server, which SDKs try again.

    moto gives every error of its own for EC2 the status 400.

    Attributes:
        message: for people.
    """

    code = _STATUS

    def __init__(self, kind: str, zone: str, capacity: CapacityType) -> None:
        self.message = market.none_left(kind, zone, capacity)
        super().__init__(AwsError(CODE, self.message, _STATUS).body("ec2"))

    def get_headers(self, *_: object, **__: object) -> list[tuple[str, str]]:
        """Its description is the whole answer."""
        return [("Content-Type", "text/xml")]


def install() -> None:
    """Replaces the method; once per process."""
    InstanceBackend.run_instances = _run_instances


_moto_run_instances = InstanceBackend.run_instances


def _run_instances(
    self: InstanceBackend,
    image_id: str,
    count: int,
    user_data: Base64EncodedString | None,
    security_group_names: list[str],
    **kwargs: Any,  # noqa: ANN401 - as above
) -> Reservation:
    """Starts instances in the zone that is asked for, or in one that has some left."""
    capacity: CapacityType = "spot" if kwargs.get("instance_market_options") else "on-demand"
    zone = _zone(self, kwargs)
    if not zone:
        zone = next(iter(_with_capacity(self, capacity)), "")
        kwargs["placement"] = zone or None
    if not zone or not market.has_capacity(zone, capacity):
        raise NoCapacityError(str(kwargs.get("instance_type")), zone, capacity)
    return _moto_run_instances(self, image_id, count, user_data, security_group_names, **kwargs)


def _zone(ec2: Any, asked: dict[str, Any]) -> str:  # noqa: ANN401 - moto's backend
    """Where instances are asked for; empty where EC2 is to choose."""
    interfaces = cast("list[dict[str, Any]]", asked.get("nics") or [{}])
    subnet = asked.get("subnet_id") or interfaces[0].get("SubnetId")
    if subnet:
        return str(ec2.get_subnet(subnet).availability_zone)
    return str(asked.get("placement") or "")


def _with_capacity(ec2: Any, capacity: CapacityType) -> Iterable[str]:  # noqa: ANN401
    zones = sorted(str(it.name) for it in ec2.describe_availability_zones())
    return (it for it in zones if market.has_capacity(it, capacity))
