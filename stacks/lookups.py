"""Asks first for everything that the shared stack only looks up, and tells all that is missing.

A lookup that fails later, where its answer is used, ends in a traceback.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import pulumi

from settings.explaining import path_of
from settings.human_roles import ExistingHumanRoles
from settings.mistakes import Mistake, SettingsError, file_of, show
from settings.names import SHARED
from settings.network import ExistingNetwork
from settings.places import Place
from settings.shared import SharedSettings

Ask: TypeAlias = Callable[[str, Mapping[str, object]], Awaitable[object]]
"""Calls a data source by its token; raises whatever the provider says."""

_LONGEST_REASON = 200


class Lookup(NamedTuple):
    """Something that is looked up.

    Attributes:
        place: where the stack file names it.
        found: how it is named there.
        expected: what must be there.
        token: data source that finds it.
        arguments: what that is asked for.
    """

    place: Place
    found: str
    expected: str
    token: str
    arguments: Mapping[str, object]


async def ask_provider(token: str, arguments: Mapping[str, object]) -> object:
    """Calls a data source of a provider."""
    return await pulumi.runtime.invoke_async(token, dict(arguments))


async def require_found(settings: SharedSettings, ask: Ask = ask_provider) -> None:
    """Ends where something that the stack file names cannot be looked up.

    Args:
        settings: the stack file.
        ask: calls a data source.

    Raises:
        pulumi.RunError: names everything that cannot be looked up, with the provider's reason.
    """
    wanted = lookups(settings)
    answers = await asyncio.gather(
        *(ask(it.token, it.arguments) for it in wanted), return_exceptions=True
    )
    mistakes = [
        Mistake(
            f"{file_of(SHARED)}: {path_of(it.place)}",
            show(it.found),
            f"{it.expected}: {_reason(answer)}",
        )
        for it, answer in zip(wanted, answers, strict=True)
        if isinstance(answer, Exception)
    ]
    if mistakes:
        raise pulumi.RunError(str(SettingsError(SHARED, mistakes)))


def lookups(settings: SharedSettings) -> Sequence[Lookup]:
    """Everything that the stack file names and that is not the stack's own."""
    return [*_network(settings), *_zones(settings), *_roles(settings)]


def _network(settings: SharedSettings) -> Sequence[Lookup]:
    if not isinstance(settings.network, ExistingNetwork):
        return []
    existing, at = settings.network.existing, ("network", "existing")
    there = f"one of the account in {settings.region}"
    vpc = Lookup(
        (*at, "vpcId"),
        existing.vpc_id,
        there,
        "aws:ec2/getVpc:getVpc",
        {"id": existing.vpc_id},
    )
    subnets = [
        Lookup((*at, key, index), subnet, there, "aws:ec2/getSubnet:getSubnet", {"id": subnet})
        for key, ids in (
            ("publicSubnetIds", existing.public_subnet_ids),
            ("privateSubnetIds", existing.private_subnet_ids),
        )
        for index, subnet in enumerate(ids)
    ]
    return [vpc, *subnets]


def _zones(settings: SharedSettings) -> Sequence[Lookup]:
    zones = settings.zones
    return [
        Lookup(
            ("zones", kind, "name"),
            zone.name,
            f"one {'private' if is_private else 'public'} zone of the account, or create: true",
            "aws:route53/getZone:getZone",
            {"name": zone.name, "privateZone": is_private},
        )
        for kind, zone, is_private in (
            ("public", zones.public, False),
            ("private", zones.private, True),
            ("api", zones.api, False),
        )
        if not zone.create
    ]


def _roles(settings: SharedSettings) -> Sequence[Lookup]:
    roles = settings.human_roles
    if not isinstance(roles, ExistingHumanRoles):
        return []
    # An ARN may be one of another account, where nothing can be looked up.
    named = {
        kind: role
        for kind, role in roles.existing.model_dump().items()
        if not role.startswith("arn:")
    }
    return [
        Lookup(
            ("humanRoles", "existing", kind),
            role,
            "the name of an IAM role of the account",
            "aws:iam/getRole:getRole",
            {"name": role},
        )
        for kind, role in named.items()
    ]


def _reason(error: Exception) -> str:
    """The provider's own words, without the data source's token before and around them."""
    last = str(error).strip().splitlines()[-1].strip(" *\t")
    return last if len(last) <= _LONGEST_REASON else f"{last[:_LONGEST_REASON]}…"
