"""CreateFleet of type instant as EC2 does it; what is not emulated of it is refused.

moto starts the first override, without its instance profile, its groups and a spot request. EC2
takes the override that the allocation strategy wants, goes on with the next where a zone has no
capacity left, and says which had none.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFleet.html
"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores
from moto.ec2.exceptions import EC2ClientError, InvalidInstanceTypeError
from moto.ec2.models.instances import Instance
from moto.ec2.responses.fleets import Fleets
from moto.ec2.utils import convert_tag_spec, random_fleet_id, random_spot_request_id

from catalogue.instance_types import instance_types
from localcloud.scarcity import CAPACITY_TYPES, CapacityType
from localcloud.server import instances
from localcloud.server.ec2 import market
from localcloud.server.ec2.capacity import CODE

Object: TypeAlias = Mapping[str, Any]
Tags: TypeAlias = Mapping[str, Mapping[str, str]]
"""Tags by type of resource."""

_BY_PRICE = ("lowest-price", "price-capacity-optimized")
_BY_PRIORITY = ("prioritized", "capacity-optimized-prioritized")
_PROTOCOL = frozenset({"Action", "Version", "DryRun", "ClientToken"})
_REQUEST = _PROTOCOL | {
    "Type",
    "LaunchTemplateConfigs",
    "TargetCapacitySpecification",
    "SpotOptions",
    "OnDemandOptions",
    "TagSpecifications",
}
_TARGET = frozenset({"TotalTargetCapacity", "DefaultTargetCapacityType"})
_OVERRIDE = frozenset({"InstanceType", "SubnetId", "ImageId", "AvailabilityZone", "Priority"})
_CONFIG = frozenset({"LaunchTemplateSpecification", "Overrides"})
_TEMPLATE = frozenset({"LaunchTemplateId", "LaunchTemplateName", "Version"})

_lock = threading.Lock()
_launched: dict[str, tuple[Object, Object]] = {}
"""What was asked and answered, by the client's token: a call that is repeated launches once."""


def install() -> None:
    """Replaces the methods; once per process."""
    refusing: Any = Fleets
    Fleets.create_fleet = _create_fleet
    for operation in ("DescribeFleets", "DescribeFleetInstances", "DeleteFleets"):
        # moto would know none of the fleets that are made here.
        setattr(refusing, camelcase_to_underscores(operation), _refusal(operation))


def _refusal(operation: str) -> Callable[[Fleets], ActionResult]:
    def refuse(self: Fleets) -> ActionResult:
        del self
        raise NotEmulatedError(operation)

    return refuse


class NotEmulatedError(EC2ClientError):
    """What EC2 would do, and nobody here does."""

    def __init__(self, what: str) -> None:
        super().__init__("UnsupportedOperation", f"the local cloud does not emulate {what}")


@dataclass(frozen=True)
class _Offer:
    """One override of a launch template, with all that an instance of it is started with.

    Attributes:
        data: the launch template's.
        specification: how the answer names the template.
        override: as it was asked for.
        kind: instance type.
        image: id.
        subnet: id.
        zone: of the subnet.
        rank: the lower is taken first.
    """

    data: Object
    specification: Object
    override: Object
    kind: str
    image: str
    subnet: str
    zone: str
    rank: float

    @property
    def answer(self) -> Object:
        """How CreateFleet's answer names it."""
        return {"LaunchTemplateSpecification": self.specification, "Overrides": self.override}


def _create_fleet(self: Fleets) -> ActionResult:
    asked: Object = self._get_params()
    _only(asked, _REQUEST, "CreateFleet")
    if asked.get("Type") != "instant":
        raise NotEmulatedError("fleets of another type than instant")
    target: Object = asked.get("TargetCapacitySpecification") or {}
    _only(target, _TARGET, "TargetCapacitySpecification")
    capacity = cast("CapacityType", target.get("DefaultTargetCapacityType", "on-demand"))
    if capacity not in CAPACITY_TYPES:
        raise NotEmulatedError(f"DefaultTargetCapacityType {capacity}")
    offers = _offers(self.ec2_backend, asked, capacity)
    tags: Tags = convert_tag_spec(asked.get("TagSpecifications") or [])
    self.error_on_dryrun()
    token = str(asked.get("ClientToken") or "")
    with _lock:
        if token in _launched:
            said, answer = _launched[token]
            if said != asked:
                raise EC2ClientError(
                    "IdempotentParameterMismatch", f"{token} was used with other parameters"
                )
            return ActionResult(answer)
        number = int(target["TotalTargetCapacity"])
        answer = _launch(self.ec2_backend, offers, capacity, tags, number)
        if token:
            _launched[token] = (asked, answer)
    return ActionResult(answer)


def _launch(
    ec2: Any,  # noqa: ANN401 - moto's backend is made of many classes
    offers: Sequence[_Offer],
    capacity: CapacityType,
    tags: Tags,
    number: int,
) -> Object:
    """Starts so many instances by the first offer that has them; the fleet, as it is answered."""
    fleet = random_fleet_id()
    started: list[Object] = []
    errors: list[Object] = []
    for offer in offers:
        if not _is_there(offer, capacity):
            errors.append(_none_left(offer, capacity))
            continue
        made = [_start(ec2, offer, capacity, fleet, tags) for _ in range(number)]
        started.append(
            {
                "LaunchTemplateAndOverrides": offer.answer,
                "Lifecycle": capacity,
                "InstanceIds": [it.id for it in made],
                "InstanceType": offer.kind,
            }
        )
        break
    return {"FleetId": fleet, "Instances": started, "Errors": errors}


def _only(asked: Object, known: frozenset[str], what: str) -> None:
    unknown = sorted(key for key in asked.keys() - known if asked[key] is not None)
    if unknown:
        raise NotEmulatedError(f"{', '.join(unknown)} of {what}")


def _offers(ec2: Any, asked: Object, capacity: CapacityType) -> Sequence[_Offer]:  # noqa: ANN401
    """All overrides, in the order of the allocation strategy."""
    name = "SpotOptions" if capacity == "spot" else "OnDemandOptions"
    options: Object = asked.get(name) or {}
    _only(options, frozenset({"AllocationStrategy"}), name)
    strategy = options.get("AllocationStrategy", "lowest-price")
    if strategy not in (*_BY_PRICE, *_BY_PRIORITY):
        raise NotEmulatedError(f"the allocation strategy {strategy}")
    found = [
        _offer(ec2, config, override, capacity, by_price=strategy in _BY_PRICE)
        for config in asked.get("LaunchTemplateConfigs") or []
        for override in config.get("Overrides") or [{}]
    ]
    return sorted(found, key=lambda it: it.rank)


def _offer(
    ec2: Any,  # noqa: ANN401 - moto's backend is made of many classes
    config: Object,
    override: Object,
    capacity: CapacityType,
    *,
    by_price: bool,
) -> _Offer:
    _only(config, _CONFIG, "LaunchTemplateConfigs")
    _only(override, _OVERRIDE, "Overrides")
    named: Object = config.get("LaunchTemplateSpecification") or {}
    _only(named, _TEMPLATE, "LaunchTemplateSpecification")
    version = ec2._get_template_from_args(named)
    data: Object = version.data
    kind = str(override.get("InstanceType") or data.get("InstanceType"))
    if kind not in instance_types():
        raise InvalidInstanceTypeError(kind)
    image = str(override.get("ImageId") or data.get("ImageId"))
    if mistake := instances.architecture_mistake(ec2, kind, image):
        raise EC2ClientError("InvalidParameterValue", mistake)
    if not override.get("SubnetId"):
        raise NotEmulatedError("an override without a subnet")
    subnet = ec2.get_subnet(override["SubnetId"])
    zone = str(subnet.availability_zone)
    usd = market.price(kind, zone, capacity)
    priority = override.get("Priority")
    return _Offer(
        data,
        {"LaunchTemplateId": version.template.id, "Version": str(version.number)},
        override,
        kind,
        image,
        str(subnet.id),
        zone,
        (usd if by_price else None if priority is None else float(priority)) or math.inf,
    )


def _is_there(offer: _Offer, capacity: CapacityType) -> bool:
    sold = market.price(offer.kind, offer.zone, capacity) is not None or capacity == "on-demand"
    return sold and market.has_capacity(offer.zone, capacity)


def _none_left(offer: _Offer, capacity: CapacityType) -> Object:
    return {
        "LaunchTemplateAndOverrides": offer.answer,
        "Lifecycle": capacity,
        "ErrorCode": CODE,
        "ErrorMessage": market.none_left(offer.kind, offer.zone, capacity),
    }


def _start(
    ec2: Any,  # noqa: ANN401
    offer: _Offer,
    capacity: CapacityType,
    fleet: str,
    tags: Tags,
) -> Instance:
    of_template: Tags = convert_tag_spec(offer.data.get("TagSpecifications") or [])
    interfaces: Sequence[Object] = offer.data.get("NetworkInterfaces") or [{}]
    groups = interfaces[0].get("Groups") or offer.data.get("SecurityGroupIds") or []
    reservation = ec2.run_instances(
        offer.image,
        1,
        offer.data.get("UserData"),
        [],
        instance_type=offer.kind,
        is_instance_type_default=False,
        region_name=ec2.region_name,
        security_group_ids=list(groups),
        tags={
            "instance": {**tags.get("instance", {}), "aws:ec2:fleet-id": fleet},
            "volume": {**of_template.get("volume", {}), **tags.get("volume", {})},
        },
        launch_template=offer.specification,
        block_device_mappings=offer.data.get("BlockDeviceMappings") or [],
        metadata_options=offer.data.get("MetadataOptions") or {},
        monitoring_state=_monitoring(offer.data),
        associate_public_ip=False,
        subnet_id=offer.subnet,
        instance_market_options={"MarketType": "spot"} if capacity == "spot" else None,
    )
    (instance,) = reservation.instances
    instances.complete(ec2, instance, offer.data)
    for interface in instance.nics.values():
        interface.add_tags(of_template.get("network-interface", {}))
    if capacity == "spot":
        # By this alone clients tell spot from on demand.
        instance.spot_instance_request_id = random_spot_request_id()
    made: Instance = instance
    return made


def _monitoring(data: Object) -> str:
    wanted = str((data.get("Monitoring") or {}).get("Enabled", "")).lower()
    return "enabled" if wanted == "true" else "disabled"
