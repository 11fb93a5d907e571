"""The shared stack: what both clusters use, and which of them is active."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

import pulumi
from pydantic import BaseModel

from components import kubeconfig
from components.api_records import ApiRecords, ApiRecordsArgs
from components.dns import HostedZones, HostedZonesArgs, ZoneArgs
from components.existing_network import ExistingNetwork, ExistingNetworkArgs
from components.human_roles import HumanRoles, HumanRolesArgs
from components.network import Network, NetworkArgs
from settings.names import COLOURS, SHARED, Colour
from settings.network import OwnNetwork
from settings.shared import SharedSettings, Zone
from stacks import outputs, references
from stacks.assignment import Assignment, assign
from stacks.live_writer import LiveWriter, LiveWriterError, WriterReport, name_writer
from stacks.references import ColourOutput, Json, SharedOutput
from stacks.tags import common_tags

Outputs: TypeAlias = Mapping[str, Json]
Model = TypeVar("Model", bound=BaseModel)


async def deploy(settings: SharedSettings) -> None:
    """Brings the shared stack up.

    Raises:
        pulumi.RunError: a listed colour's stack does not exist; the active colour or the
            canary's has no cluster yet or cannot be named a live writer now; or the existing
            network is unfit. Nothing has been changed then.
    """
    colours: dict[Colour, Outputs] = {}
    for colour in settings.colours:
        colours[colour] = await references.read(colour)
    own = await references.read(SHARED)
    writer = _name_writer(settings, own, colours)
    clusters = _clusters(settings, colours)
    tags = common_tags(SHARED, settings.tags)

    network = _network(settings, tags)
    # Waited for, so that an unfit existing network ends the run before anything is made.
    if isinstance(network, ExistingNetwork):
        await network.vpc_id.future()
    zones = _zones(settings, network.vpc_id, tags)
    roles = _human_roles(settings, tags)
    records = None
    named = settings.active_colour or _last_named(own, clusters)
    if named is not None:
        records = _api_records(settings, zones, clusters[named], tags)

    _export_platform(network, zones, roles)
    _export_active(settings, writer, records, clusters)


def _name_writer(
    settings: SharedSettings, own: Outputs, colours: Mapping[Colour, Outputs]
) -> LiveWriter:
    canary = settings.canary
    wanted = (
        assign(settings.active_colour, canary.colour, canary.names)
        if canary
        else Assignment(active=settings.active_colour)
    )
    try:
        return name_writer(
            wanted=wanted,
            listed=settings.colours,
            forgotten=settings.forget_colours,
            previous=_previous(own),
            reports={
                colour: _optional(found, ColourOutput.LIVE_WRITERS, WriterReport, colour)
                for colour, found in colours.items()
            },
        )
    except LiveWriterError as error:
        raise pulumi.RunError(str(error)) from None


def _previous(own: Outputs) -> LiveWriter | None:
    """What this stack exported last; the engine leaves null values out of what it hands over."""
    said = own.get(SharedOutput.LIVE_WRITER)
    if said is not None:
        own = {**own, SharedOutput.LIVE_WRITER: {"colour": None, **said}}
    return _optional(own, SharedOutput.LIVE_WRITER, LiveWriter, SHARED)


def _optional(
    found: Outputs, key: SharedOutput | ColourOutput, kind: type[Model], stack: str
) -> Model | None:
    return references.require(found, key, kind, stack) if found.get(key) is not None else None


def _clusters(
    settings: SharedSettings, colours: Mapping[Colour, Outputs]
) -> dict[Colour, outputs.Cluster]:
    """Clusters that stand; a listed colour may have been destroyed, one that writes may not."""
    writing = (settings.active_colour, settings.canary and settings.canary.colour)
    found: dict[Colour, outputs.Cluster] = {}
    for colour in COLOURS:
        if colour in writing or colours.get(colour, {}).get(ColourOutput.CLUSTER) is not None:
            found[colour] = references.require(
                colours[colour], ColourOutput.CLUSTER, outputs.Cluster, colour
            )
    return found


def _last_named(own: Outputs, clusters: Mapping[Colour, outputs.Cluster]) -> Colour | None:
    """The colour that the API records name already, as long as its cluster stands.

    Without an active colour, as halfway through a switch, they stay as they are: people still
    reach a cluster, and naming the next one changes two records in place, which can be done
    again after an interruption, where making them cannot.
    """
    said = own.get(SharedOutput.API)
    cluster = said.get("txt") if isinstance(said, Mapping) else None
    return next((colour for colour, it in clusters.items() if it.name == cluster), None)


def _network(settings: SharedSettings, tags: Mapping[str, str]) -> Network | ExistingNetwork:
    wanted = settings.network
    if isinstance(wanted, OwnNetwork):
        return Network(
            "eks-platform",
            NetworkArgs(
                cidr=wanted.cidr,
                nat_gateways=wanted.nat_gateways,
                availability_zones=wanted.availability_zones,
                tags=tags,
            ),
        )
    return ExistingNetwork(
        "eks-platform",
        ExistingNetworkArgs(
            vpc_id=wanted.existing.vpc_id,
            public_subnet_ids=wanted.existing.public_subnet_ids,
            private_subnet_ids=wanted.existing.private_subnet_ids,
            tags=tags,
        ),
    )


def _zones(
    settings: SharedSettings, vpc_id: pulumi.Output[str], tags: Mapping[str, str]
) -> HostedZones:
    def of(zone: Zone) -> ZoneArgs:
        return ZoneArgs(name=zone.name, create=zone.create)

    wanted = settings.zones
    args = HostedZonesArgs(
        public=of(wanted.public),
        private=of(wanted.private),
        api=of(wanted.api),
        vpc_id=vpc_id,
        tags=tags,
    )
    return HostedZones("zones", args)


def _human_roles(settings: SharedSettings, tags: Mapping[str, str]) -> HumanRoles:
    args = HumanRolesArgs(
        name_prefix=settings.human_roles.name_prefix,
        trusted_account_ids=settings.human_roles.trusted_account_ids,
        region=settings.region,
        tags=tags,
    )
    return HumanRoles("human-roles", args)


def _api_records(
    settings: SharedSettings,
    zones: HostedZones,
    cluster: outputs.Cluster,
    tags: Mapping[str, str],
) -> ApiRecords:
    args = ApiRecordsArgs(
        zone_id=zones.api.id,
        zone_name=settings.zones.api.name,
        cluster_name=cluster.name,
        endpoint=cluster.endpoint,
        tags=tags,
    )
    return ApiRecords("api-records", args)


def _export_platform(
    network: Network | ExistingNetwork, zones: HostedZones, roles: HumanRoles
) -> None:
    pulumi.export(
        SharedOutput.NETWORK,
        {
            "vpcId": network.vpc_id,
            "vpcCidr": network.vpc_cidr,
            "publicSubnetIds": network.public_subnet_ids,
            "privateSubnetIds": network.private_subnet_ids,
        },
    )
    pulumi.export(SharedOutput.ZONES, zones.exported())
    pulumi.export(SharedOutput.HUMAN_ROLES, dict(roles.arns))


def _export_active(
    settings: SharedSettings,
    writer: LiveWriter,
    records: ApiRecords | None,
    clusters: Mapping[Colour, outputs.Cluster],
) -> None:
    api = records.api if records else pulumi.Output.from_input(None)
    # Both wait for the records: a colour is active, and may write, once these name it.
    named = writer.model_dump(mode="json", by_alias=True)
    pulumi.export(SharedOutput.LIVE_WRITER, api.apply(lambda _: named))
    pulumi.export(SharedOutput.ACTIVE_COLOUR, api.apply(lambda _: settings.active_colour))
    pulumi.export(SharedOutput.API, api)
    authorities = [clusters[c].certificate_authority for c in COLOURS if c in clusters]
    stable = kubeconfig.stable(settings.zones.api.name, authorities) if authorities else None
    pulumi.export(SharedOutput.KUBECONFIG, stable)
