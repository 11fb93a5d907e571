"""The shared stack: what both clusters use, and which of them is active."""

import asyncio
from collections.abc import Mapping
from typing import TypeAlias

import pulumi
from pulumi_aws import ssm

from catalogue.minors import KUBERNETES_VERSIONS
from catalogue.versions import node_image_parameter
from components.api_records import ApiRecords, ApiRecordsArgs
from components.bastion import Bastion, BastionArgs
from components.ci_roles import CiRoles, CiRolesArgs
from components.dns import HostedZones, HostedZonesArgs
from components.kubeconfig import stable_kubeconfig
from components.pair_dashboard import PairDashboard, PairDashboardArgs
from eks_platform_contract import outputs
from eks_platform_contract.outputs import ColourOutput, SharedOutput
from eks_platform_contract.version import CONTRACT
from handover.live_writer import LiveWriter, LiveWriterError, WriterReport, name_writer
from settings.names import COLOURS, SHARED, Colour
from settings.shared import SharedSettings
from stacks import foundation, references
from stacks.boundary import bind_roles
from stacks.exports import export
from stacks.foundation import AnyHumanRoles, AnyNetwork
from stacks.lookups import require_found
from stacks.references import Json
from stacks.tags import common_tags

Outputs: TypeAlias = Mapping[str, Json]


async def deploy(settings: SharedSettings) -> None:
    """Brings the shared stack up.

    Raises:
        pulumi.RunError: a listed colour's stack does not exist; the active colour or the
            canary's has no cluster yet or cannot be named a live writer now; or the existing
            network, zones or roles are not there or unfit. Nothing has been changed then.
    """
    own, *found = await asyncio.gather(
        *(references.read(stack) for stack in (SHARED, *settings.colours))
    )
    colours: dict[Colour, Outputs] = dict(zip(settings.colours, found, strict=True))
    writer = _name_writer(settings, own, colours)
    clusters = _clusters(settings, colours)
    await require_found(settings)
    bind_roles(settings.permissions_boundary)
    tags = common_tags(SHARED, settings.tags)

    find_network = await foundation.find_network(settings.network, tags)
    find_roles = await foundation.find_human_roles(settings.human_roles, settings.region, tags)
    network, roles = find_network(), find_roles()
    zone_args = HostedZonesArgs(settings=settings.zones, vpc_id=network.vpc_id, tags=tags)
    zones = HostedZones("zones", zone_args)
    bastion = _bastion(network, tags) if settings.bastion else None
    pipelines = None
    if settings.ci is not None:
        args = CiRolesArgs(settings=settings.ci, region=settings.region, tags=tags)
        pipelines = CiRoles("ci", args).exported()
    records = None
    named = settings.active_colour or _last_named(own, clusters)
    if named is not None:
        args = ApiRecordsArgs(
            settings=settings.zones.api, zone_id=zones.api.id, cluster=clusters[named], tags=tags
        )
        records = ApiRecords("api-records", args)

    if settings.dashboard:
        _dashboard(settings, zones, tags)

    _export_platform(settings, network, zones, roles)
    _export_active(settings, writer, records)
    _export_access(settings, roles, clusters)
    export(SharedOutput.PIPELINE_ROLES, pipelines)
    export(SharedOutput.BASTION, bastion.exported() if bastion else None)


def _bastion(network: AnyNetwork, tags: Mapping[str, str]) -> Bastion:
    # The nodes' image has the agent, and a pinned release: Amazon Linux names its newest alone.
    image = ssm.get_parameter_output(name=node_image_parameter(KUBERNETES_VERSIONS[-1]))
    args = BastionArgs(
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        image_id=image.insecure_value,
        tags=tags,
    )
    return Bastion("bastion", args)


def _dashboard(settings: SharedSettings, zones: HostedZones, tags: Mapping[str, str]) -> None:
    args = PairDashboardArgs(
        region=settings.region,
        public_zones={
            settings.zones.public.name: zones.public.id,
            settings.zones.api.name: zones.api.id,
        },
        tags=tags,
    )
    PairDashboard("dashboard", args)


def _name_writer(
    settings: SharedSettings, own: Outputs, colours: Mapping[Colour, Outputs]
) -> LiveWriter:
    try:
        return name_writer(
            wanted=settings.assignment,
            listed=settings.colours,
            forgotten=settings.forget_colours,
            previous=references.find(own, SharedOutput.LIVE_WRITER, LiveWriter, SHARED),
            reports={
                colour: references.find(found, ColourOutput.LIVE_WRITERS, WriterReport, colour)
                for colour, found in colours.items()
            },
        )
    except LiveWriterError as error:
        raise pulumi.RunError(str(error)) from None


def _clusters(
    settings: SharedSettings, colours: Mapping[Colour, Outputs]
) -> dict[Colour, outputs.Cluster]:
    """Clusters that stand; a listed colour may have been destroyed, one that writes may not."""
    writing = (settings.active_colour, settings.canary and settings.canary.colour)
    found: dict[Colour, outputs.Cluster] = {}
    for colour in COLOURS:
        read = references.require if colour in writing else references.find
        cluster = read(colours.get(colour, {}), ColourOutput.CLUSTER, outputs.Cluster, colour)
        if cluster is not None:
            found[colour] = cluster
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
        people = outputs.HumanRoles.model_validate(arns)
        return stable_kubeconfig(settings, authorities, people).to_json()

    config = pulumi.Output.all(**roles.arns).apply(stable) if authorities else None
    export(SharedOutput.KUBECONFIG, config)
