"""Hosted zones, created and looked up."""

import pytest

from components.dns import HostedZones, HostedZonesArgs
from settings.shared import ApiZone, NamesZone, Zones
from tests.unit.pulumi_harness import Checks, Ran, State, run

ZONE, GET_ZONE = "aws:route53/zone:Zone", "aws:route53/getZone:getZone"


def zones(*, create: bool) -> Ran:
    def program(_: Checks) -> None:
        settings = Zones(
            public=NamesZone(name="devinfra.fr", create=create),
            private=NamesZone(name="devinfra.local", create=create),
            api=ApiZone(name="devinfra.info", create=create),
        )
        args = HostedZonesArgs(settings=settings, vpc_id="vpc-1", tags={"Team": "platform"})
        HostedZones("zones", args)

    def look_up(inputs: State) -> State:
        return {"name": inputs["name"], "zoneId": f"Z-{inputs['name']}", "arn": "arn:z"}

    made: dict[str, State] = {ZONE: {"id": "Z1", "arn": "arn:aws:route53:::hostedzone/Z1"}}
    return run(program, stack="shared", calls={GET_ZONE: look_up}, resources=made)


@pytest.mark.parametrize("kind", ["public", "private", "api"])
def test_created_zones_are_protected(kind: str) -> None:
    zone = zones(create=True).only(ZONE, f"zones-{kind}")
    assert zone.protect
    assert zone.ignore_changes == ()
    assert zone.inputs["tags"]["Team"] == "platform"


def test_only_the_private_zone_is_bound_to_the_vpc() -> None:
    ran = zones(create=True)
    assert ran.only(ZONE, "zones-private").inputs["vpcs"] == [{"vpcId": "vpc-1"}]
    assert "vpcs" not in ran.only(ZONE, "zones-public").inputs
    assert "vpcs" not in ran.only(ZONE, "zones-api").inputs


def test_other_zones_are_looked_up_by_name_and_kind() -> None:
    ran = zones(create=False)
    assert ran.of_type(ZONE) == []
    asked = [call.args for call in ran.invoked if call.token == GET_ZONE]
    assert sorted(asked, key=lambda args: args["name"]) == [
        {"name": "devinfra.fr", "privateZone": False},
        {"name": "devinfra.info", "privateZone": False},
        {"name": "devinfra.local", "privateZone": True},
    ]


def test_outputs_of_created_and_looked_up_zones() -> None:
    for create, identifier, arn in (
        (True, "Z1", "arn:aws:route53:::hostedzone/Z1"),
        (False, "Z-devinfra.local", "arn:z"),
    ):
        ran = zones(create=create)
        outputs = ran.outputs_of(ran.only("eks-platform:dns:HostedZones"))
        assert set(outputs) == {"public", "private", "api"}
        assert outputs["private"] == {"id": identifier, "name": "devinfra.local", "arn": arn}
