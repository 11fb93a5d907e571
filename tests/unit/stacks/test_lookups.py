"""What the shared stack only looks up is asked for first; what is missing is told at once."""

import asyncio
from collections.abc import Mapping

import pulumi
import pytest

from settings import SharedSettings
from stacks.lookups import lookups, require_found
from tests.unit.settings.stack_files import Changes, load

VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef"
EXISTING: Changes = {
    "eks-platform:network": {
        "existing": {
            "vpcId": VPC,
            "publicSubnetIds": [f"{SUBNET}{it}" for it in (0, 1, 2)],
            "privateSubnetIds": [f"{SUBNET}{it}" for it in (3, 4, 5)],
        }
    },
}
ROLES = {
    "admin": "Ops",
    "readwrite": "arn:aws:iam::999999999999:role/Leads",
    "readonly": "Devs",
}


def shared(**changes: object) -> SharedSettings:
    loaded = load("shared", {**EXISTING, **{f"eks-platform:{k}": v for k, v in changes.items()}})
    assert isinstance(loaded, SharedSettings)
    return loaded


def test_what_is_the_stacks_own_is_not_asked_for() -> None:
    asked = [(it.token.rpartition(":")[2], *it.arguments.values()) for it in lookups(shared())]
    assert asked == [
        ("getVpc", VPC),
        *(("getSubnet", f"{SUBNET}{it}") for it in range(6)),
        ("getZone", "devinfra.local", True),
        ("getZone", "devinfra.info", False),
    ]


def test_roles_are_asked_for_by_name_alone() -> None:
    loaded = shared().model_copy(update={"human_roles": existing_roles()})
    roles = [it.found for it in lookups(loaded) if it.token == "aws:iam/getRole:getRole"]
    assert roles == ["Ops", "Devs"]


def existing_roles() -> object:
    file = {"eks-platform:humanRoles": {"existing": ROLES, "trustedAccountIds": "GONE"}}
    loaded = load("shared", file)
    assert isinstance(loaded, SharedSettings)
    return loaded.human_roles


def test_all_that_is_missing_is_told_at_once_in_one_error() -> None:
    async def ask(token: str, arguments: Mapping[str, object]) -> object:
        if token.endswith(("getVpc", "getZone")):
            raise Exception(
                f"invoke of {token} failed: invocation of {token} returned an error: 1 error"
                " occurred:\n\t* no matching thing found\n\n"
            )
        return arguments

    with pytest.raises(pulumi.RunError) as raised:
        asyncio.run(require_found(shared(), ask))
    head, *lines = str(raised.value).splitlines()
    assert head == "3 mistakes in the settings of stack shared; nothing was changed."
    assert [line.partition(": found ")[0].rpartition(":")[2] for line in lines] == [
        "network.existing.vpcId",
        "zones.private.name",
        "zones.api.name",
    ]
    assert lines[0].endswith(
        f'found "{VPC}", expected one of the account in eu-west-1: no matching thing found'
    )
    assert lines[1].endswith(
        "expected one private zone of the account, or create: true: no matching thing found"
    )


def test_nothing_is_said_where_all_is_there() -> None:
    async def ask(_: str, arguments: Mapping[str, object]) -> object:
        return arguments

    asyncio.run(require_found(shared(), ask))
