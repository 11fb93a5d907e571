"""The platform as another team's Pulumi program reads it."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pulumi
import pytest

from eks_platform_contract.platform import (
    NoActiveColourError,
    NoSuchColourError,
    Platform,
    PlatformError,
)
from eks_platform_contract.workload import trust_policy
from tests.unit.contract.example import SHARED, cluster, colour
from tests.unit.pulumi_harness import STACK_REFERENCE, Checks, Ran, run, secret

Stacks = Mapping[str, Mapping[str, Any]]
BOTH: Stacks = {"shared": SHARED, "blue": colour("blue"), "green": colour("green")}


def read(
    reader: Callable[[], Awaitable[Any]],
    stacks: Stacks = BOTH,
    place: str = "organization/eks-platform",
) -> tuple[Any, Ran]:
    """What a reader gives in a program, and what the program did."""
    found: list[Any] = []

    async def main() -> None:
        found.append(await reader())

    def program(_: Checks) -> None:
        pulumi.run(main)

    ran = run(program, stack="shop", stacks={f"{place}/{name}": it for name, it in stacks.items()})
    return found[0], ran


def without(stack: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in stack.items() if key not in keys}


def test_the_active_colour() -> None:
    platform, _ = read(Platform.active)
    assert (platform.name, platform.is_active) == ("blue", True)
    assert platform.cluster == cluster("blue")
    assert platform.shared.zones.public.name == "devinfra.fr"
    assert platform.outputs.dns.owner_ids.live_public == "ingress.devinfra.fr"


def test_a_colour_by_its_name() -> None:
    platform, _ = read(lambda: Platform.colour("green"))
    assert (platform.name, platform.is_active) == ("green", False)
    assert platform.cluster.endpoint == "https://green.eks.amazonaws.com"


def test_every_colour_in_a_fixed_order_whatever_the_list_says() -> None:
    stacks = {**BOTH, "shared": SHARED | {"colours": ["green", "blue"]}}
    platforms, _ = read(Platform.colours, stacks)
    assert [it.name for it in platforms] == ["blue", "green"]


def test_a_colour_that_never_existed_is_not_asked_for() -> None:
    """Reading a stack that does not exist is an error that a program cannot catch."""
    stacks = without(BOTH, "green") | {"shared": SHARED | {"colours": ["blue"]}}
    platforms, ran = read(Platform.colours, stacks)
    assert [it.name for it in platforms] == ["blue"]
    assert len(ran.of_type(STACK_REFERENCE)) == 2


def test_a_colour_destroyed_since_is_left_out() -> None:
    platforms, _ = read(Platform.colours, {**BOTH, "green": {}})
    assert [it.name for it in platforms] == ["blue"]


def test_without_an_active_colour_that_is_said_and_the_others_can_be_read() -> None:
    stacks = {**BOTH, "shared": without(SHARED, "activeColour", "api")}
    with pytest.raises(NoActiveColourError, match="a switch is under way"):
        read(Platform.active, stacks)
    platforms, _ = read(Platform.colours, stacks)
    assert [it.is_active for it in platforms] == [False, False]


@pytest.mark.parametrize(
    "stacks", [{**BOTH, "green": {}}, {**BOTH, "shared": SHARED | {"colours": ["blue"]}}]
)
def test_a_colour_that_does_not_stand_is_named(stacks: Stacks) -> None:
    with pytest.raises(NoSuchColourError, match="no cluster of colour green now"):
        read(lambda: Platform.colour("green"), stacks)


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ({}, "organization/eks-platform/shared has never come up"),
        (without(SHARED, "contractVersion"), "has no output contractVersion"),
        (SHARED | {"contractVersion": "2.0"}, "install eks-platform-contract 2.x"),
        (SHARED | {"zones": {}}, "zones.public: Field required"),
    ],
)
def test_stacks_that_cannot_be_read_are_named_with_the_way_out(
    shared: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(PlatformError, match=said):
        read(Platform.active, {**BOTH, "shared": shared})


def test_a_later_minor_version_can_be_read() -> None:
    later = SHARED | {"contractVersion": "1.7", "more": {"x": 1}}
    platform, _ = read(Platform.active, {**BOTH, "shared": later})
    assert platform.shared.contract_version == "1.7"


def test_a_secret_never_becomes_a_plain_value() -> None:
    stacks = {**BOTH, "shared": SHARED | {"network": secret(SHARED["network"])}}
    with pytest.raises(PlatformError, match=r"output network of stack .* is a secret"):
        read(Platform.active, stacks)


def test_other_secrets_are_in_nobodys_way() -> None:
    stacks = {**BOTH, "shared": SHARED | {"other": secret("x")}}
    platform, _ = read(Platform.active, stacks)
    assert platform.name == "blue"


def test_a_stack_is_referred_to_once_however_often_it_is_read() -> None:
    """The engine refuses a second resource of the same name."""

    async def often() -> None:
        await Platform.active()
        await Platform.colours()
        await Platform.colour("blue")

    _, ran = read(often)
    references = [it.name for it in ran.of_type(STACK_REFERENCE)]
    assert len(references) == len(set(references)) == 3


def test_a_platform_of_another_organization_and_project() -> None:
    place = {"organization": "ops", "project": "platform"}
    platform, _ = read(lambda: Platform.active(**place), place="ops/platform")
    assert platform.name == "blue"


def test_a_program_without_async_gets_outputs() -> None:
    def program(checks: Checks) -> None:
        platform = pulumi.Output.from_input(Platform.active())
        checks.check(platform.apply(lambda it: it.name), lambda name: name == "blue", "name")

    stacks = {f"organization/eks-platform/{name}": it for name, it in BOTH.items()}
    run(program, stack="shop", stacks=stacks)


def test_kubeconfigs_for_a_provider() -> None:
    platform, _ = read(lambda: Platform.colour("green"))
    own = json.loads(platform.kubeconfig())
    assert own["current-context"] == "eks-green"
    assert own["users"][0]["user"]["exec"]["args"] == ["token", "-i", "eks-green"]
    assert [len(own[key]) for key in ("clusters", "users", "contexts")] == [1, 1, 1]
    role = json.loads(platform.kubeconfig("readwrite", profile="ci", token_command="aws"))
    command = role["users"][0]["user"]["exec"]
    assert command["command"] == "aws"
    assert command["args"][-2:] == ["--role-arn", SHARED["humanRoles"]["readwrite"]]
    assert command["env"] == [{"name": "AWS_PROFILE", "value": "ci"}]


def test_a_workload_role_is_valid_on_every_cluster_for_one_service_account() -> None:
    document = json.loads(trust_policy([cluster("green"), cluster("blue")], "shop", "web"))
    assert document["Version"] == "2012-10-17"
    assert document["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {
                "Federated": f"arn:aws:iam::123456789012:oidc-provider/oidc.example/{name}"
            },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"oidc.example/{name}:aud": "sts.amazonaws.com",
                    f"oidc.example/{name}:sub": "system:serviceaccount:shop:web",
                }
            },
        }
        for name in ("blue", "green")
    ]


def test_a_workload_role_that_nobody_could_take_on_is_refused() -> None:
    with pytest.raises(ValueError, match="no cluster stands"):
        trust_policy([], "shop", "web")
