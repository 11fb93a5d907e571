"""The shared stack: what both clusters use, and which of them is active."""

from collections.abc import Mapping
from typing import TypeAlias, TypeVar

import pulumi
from pydantic import BaseModel

from components import kubeconfig
from components.api_records import ApiRecords, ApiRecordsArgs
from components.ci_roles import CiRoles, CiRolesArgs
from components.dns import HostedZones, HostedZonesArgs, ZoneArgs
from eks_platform_contract import outputs
from eks_platform_contract.outputs import ColourOutput, SharedOutput
from eks_platform_contract.version import CONTRACT
from handover.live_writer import LiveWriter, LiveWriterError, WriterReport, name_writer
from settings.names import COLOURS, SHARED, Colour
from settings.shared import NamesZone, SharedSettings
from stacks import foundation, references
from stacks.exports import export
from stacks.foundation import AnyHumanRoles, AnyNetwork
from stacks.references import Json
from stacks.tags import common_tags

Outputs: TypeAlias = Mapping[str, Json]
Model = TypeVar("Model", bound=BaseModel)


async def deploy(settings: SharedSettings) -> None:
    """Brings the shared stack up.

    Raises:
        pulumi.RunError: a listed colour's stack does not exist; the active colour or the
            canary's has no cluster yet or cannot be named a live writer now; or the existing
            network or roles are unfit. Nothing has been changed then.
    """
    colours: dict[Colour, Outputs] = {}
    for colour in settings.colours:
        colours[colour] = await references.read(colour)
    own = await references.read(SHARED)
    writer = _name_writer(settings, own, colours)
    clusters = _clusters(settings, colours)
    tags = common_tags(SHARED, settings.tags)

    find_network = await foundation.find_network(settings.network, tags)
    find_roles = await foundation.find_human_roles(settings.human_roles, settings.region, tags)
    network, roles = find_network(), find_roles()
    zones = _zones(settings, network.vpc_id, tags)
    pipelines = None
    if settings.ci is not None:
        args = CiRolesArgs(ci=settings.ci, region=settings.region, tags=tags)
        pipelines = CiRoles("ci", args).let_in()
    records = None
    named = settings.active_colour or _last_named(own, clusters)
    if named is not None:
        records = _api_records(settings, zones, clusters[named], tags)

    _export_platform(settings, network, zones, roles)
    _export_active(settings, writer, records)
    _export_access(settings, roles, clusters)
    export(SharedOutput.PIPELINE_ROLES, pipelines)


def _name_writer(
    settings: SharedSettings, own: Outputs, colours: Mapping[Colour, Outputs]
) -> LiveWriter:
    try:
        return name_writer(
            wanted=settings.assignment,
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


def _zones(
    settings: SharedSettings, vpc_id: pulumi.Output[str], tags: Mapping[str, str]
) -> HostedZones:
    def of(zone: NamesZone) -> ZoneArgs:
        return ZoneArgs(name=zone.name, create=zone.create, delegated=zone.delegated)

    wanted = settings.zones
    args = HostedZonesArgs(
        public=of(wanted.public),
        private=of(wanted.private),
        api=ZoneArgs(name=wanted.api.name, create=wanted.api.create),
        vpc_id=vpc_id,
        tags=tags,
    )
    return HostedZones("zones", args)


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
    settings: SharedSettings,
    network: AnyNetwork,
    zones: HostedZones,
    roles: AnyHumanRoles,
) -> None:
    export(SharedOutput.CONTRACT_VERSION, str(CONTRACT))
    export(
        SharedOutput.NETWORK,
        {
            "vpcId": network.vpc_id,
            "vpcCidr": network.vpc_cidr,
            "vpcCidrs": network.vpc_cidrs,
            "podCidr": network.pod_cidr,
            "publicSubnetIds": network.public_subnet_ids,
            "privateSubnetIds": network.private_subnet_ids,
        },
    )
    export(SharedOutput.ZONES, zones.exported())
    export(SharedOutput.HUMAN_ROLES, dict(roles.arns))
    export(SharedOutput.AWS_PROFILE, settings.human_roles.aws_profile)


def _export_active(
    settings: SharedSettings,
    writer: LiveWriter,
    records: ApiRecords | None,
) -> None:
    api = records.api if records else pulumi.Output.from_input(None)
    # Both wait for the records: a colour is active, and may write, once these name it.
    named = writer.model_dump(mode="json", by_alias=True)
    export(SharedOutput.LIVE_WRITER, api.apply(lambda _: named))
    export(SharedOutput.ACTIVE_COLOUR, api.apply(lambda _: settings.active_colour))
    export(SharedOutput.API, api)


def _export_access(
    settings: SharedSettings,
    roles: AnyHumanRoles,
    clusters: Mapping[Colour, outputs.Cluster],
) -> None:
    colours: list[Colour] = [colour for colour in COLOURS if colour in clusters]
    export(SharedOutput.COLOURS, list[object](colours))
    authorities = [clusters[colour].certificate_authority for colour in colours]

    def stable(arns: Mapping[str, str]) -> dict[str, object]:
        profile = settings.human_roles.aws_profile
        zone = settings.zones.api.name
        return kubeconfig.stable(zone, authorities, roles=arns, profile=profile).to_json()

    config = pulumi.Output.all(**roles.arns).apply(stable) if authorities else None
    export(SharedOutput.KUBECONFIG, config)
