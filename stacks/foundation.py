"""What the shared stack makes or finds: the network and the human roles.

What exists already is looked up first and waited for, so that a run that cannot use it ends
before anything is made.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from pulumi_aws import get_caller_identity_output

from components.existing_human_roles import ExistingHumanRoles, ExistingHumanRolesArgs
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.human_roles import HumanRoles, HumanRolesArgs
from components.network import Network, NetworkArgs, require_fit_zones
from settings import human_roles as role_settings
from settings import network as network_settings

AnyNetwork: TypeAlias = Network | ExistingNetwork
AnyHumanRoles: TypeAlias = HumanRoles | ExistingHumanRoles


async def find_network(
    wanted: network_settings.OwnNetwork | network_settings.ExistingNetwork, tags: Mapping[str, str]
) -> Callable[[], AnyNetwork]:
    """Looks an existing network up; returns what gives it, or makes one of its own.

    Args:
        wanted: settings of the network.
        tags: tags of every resource.

    Raises:
        pulumi.RunError: the existing network, or a zone that is named, is unfit.
    """
    if isinstance(wanted, network_settings.OwnNetwork):
        await require_fit_zones(wanted)
        args = NetworkArgs(settings=wanted, tags=tags)
        return lambda: Network("eks-platform", args)
    existing = ExistingNetworkArgs(settings=wanted.existing, tags=tags)
    found = ExistingNetwork("eks-platform", existing)
    await found.vpc_id.future()
    return lambda: found


async def find_human_roles(
    wanted: role_settings.OwnHumanRoles | role_settings.ExistingHumanRoles,
    region: str,
    tags: Mapping[str, str],
) -> Callable[[], AnyHumanRoles]:
    """Looks existing roles up; returns what gives them, or makes some of its own.

    Args:
        wanted: settings of the roles.
        region: AWS region of the clusters.
        tags: tags of every resource.

    Raises:
        pulumi.RunError: two of the existing roles are one, or one has another path.
        Exception: a role does not exist (the provider's error).
    """
    if isinstance(wanted, role_settings.OwnHumanRoles):
        args = HumanRolesArgs(settings=wanted, region=region, tags=tags)
        return lambda: HumanRoles("human-roles", args)
    account = await get_caller_identity_output().account_id.future()
    assert account is not None  # noqa: S101 - nothing that is unknown was asked for
    existing = ExistingHumanRolesArgs(settings=wanted.existing, account_id=account, tags=tags)
    found = ExistingHumanRoles("human-roles", existing)
    for arn in found.arns.values():
        await arn.future()
    return lambda: found
