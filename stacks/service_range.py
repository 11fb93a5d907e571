"""The range of a colour's Services: that of its cluster, else one that collides with nothing."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import eks

from components.control_plane import vpc_ranges
from components.service_range import free_service_range, overlapping
from eks_platform_contract.outputs import ColourOutput, Network
from settings.colour import ColourSettings
from settings.explaining import path_of
from settings.mistakes import Mistake, SettingsError, file_of
from stacks.references import Json


def service_range_of(
    settings: ColourSettings,
    network: Network,
    own: Mapping[str, Json],
    there: eks.GetClusterResult | None,
) -> str:
    """IPv4 range of ClusterIPs. A cluster keeps its own: with another it would be made anew.

    Args:
        settings: the stack file.
        network: network of the shared stack.
        own: outputs of the colour's own stack, as the last update left them.
        there: its cluster, if there is one; the outputs lack it until a first update has ended.

    Raises:
        pulumi.RunError: the stack file has another range than the cluster, one that overlaps the
            VPC, or none where every range overlaps something.
    """
    wanted, kept = settings.service_cidr, _kept(network, own, there)
    if kept is not None:
        if wanted not in (None, kept):
            raise _error(
                settings, wanted, f"{kept}, which the cluster has: another one takes a new cluster"
            )
        return kept
    vpc = vpc_ranges(network)
    if wanted is not None:
        if both := overlapping(wanted, vpc):
            raise _error(settings, wanted, f"a range apart from {', '.join(both)} of the VPC")
        return wanted
    found = free_service_range((*vpc, *settings.endpoint.private_cidrs))
    if found is None:
        raise _error(
            settings,
            None,
            "a range that nobody uses, such as 10.100.0.0/16: endpoint.privateCidrs and the VPC"
            " leave no private range that surely is one",
        )
    return found


def _kept(
    network: Network, own: Mapping[str, Json], there: eks.GetClusterResult | None
) -> str | None:
    configs = there.kubernetes_network_configs if there else None
    if configs and configs[0].service_ipv4_cidr:
        return configs[0].service_ipv4_cidr
    cluster = own.get(ColourOutput.CLUSTER)
    if not isinstance(cluster, Mapping):
        return None
    # Before the contract's version 1.2 it was chosen by the first range alone, and not said.
    return str(cluster.get("serviceCidr") or free_service_range([network.vpc_cidr]))


def _error(settings: ColourSettings, found: str | None, expected: str) -> pulumi.RunError:
    path = f"{file_of(settings.colour)}: {path_of(('serviceCidr',))}"
    shown = f'"{found}"' if found else "nothing"
    return pulumi.RunError(str(SettingsError(settings.colour, [Mistake(path, shown, expected)])))
