"""A colour's stack: one cluster with its nodes, its access and its add-ons."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_aws import get_partition_output, ssm

from catalogue.addons import AWS_NODE_TERMINATION_HANDLER, KARPENTER, require_supported
from catalogue.entries import UnsupportedVersionError
from catalogue.minors import MINORS, outlook
from catalogue.support import Clock, today
from catalogue.versions import NodeArchitecture, node_image_parameter
from components.access import Access, AccessArgs
from components.addon_stack.site import NodeLaunch, Site
from components.addons.external_dns.probe import Probe
from components.addons.external_dns.waiting import remaining
from components.addons.karpenter.permissions import QUEUE as KARPENTER_QUEUE
from components.addons.keda.work_probe import WorkProbe
from components.addons.keda.work_probe import remaining as remaining_work
from components.alarms import Alarms, AlarmsArgs
from components.cluster_metrics import GROUP_METRICS
from components.cluster_users import ClusterUser, human_users, updating_pipeline, watching_pipelines
from components.colour_dashboard import ColourDashboard, ColourDashboardArgs
from components.control_plane import ControlPlane, ControlPlaneArgs
from components.interruption_queue import INTERRUPTIONS, queue_name
from components.kept_log_group import KeptLogGroups
from components.kubeconfig import cluster_kubeconfig
from components.network_addons import NetworkAddons, NetworkAddonsArgs
from components.node_group import NodeGroup, NodeGroupArgs
from components.node_role import NodeRole, NodeRoleArgs
from components.node_security_group import NodeSecurityGroup, NodeSecurityGroupArgs
from components.platform_addons import PlatformAddons, PlatformAddonsArgs
from components.rbac import Rbac, RbacArgs
from components.refused_overrides import refused_overrides
from components.user_data import NETWORK_TAINT
from eks_platform_contract import outputs
from eks_platform_contract.outputs import ColourOutput, SharedOutput
from eks_platform_contract.version import CONTRACT
from handover.live_names import NO_NAME, LiveNames
from handover.live_writer import LiveWriter, LiveWriterError, WriterReport, next_report
from settings.colour import ColourSettings
from settings.explaining import path_of
from settings.mistakes import Mistake, SettingsError, file_of
from settings.names import SHARED, cluster_name
from settings.tags import CREATOR
from stacks import references
from stacks.boundary import bind_roles
from stacks.chart_place import chart_mistakes, chart_place
from stacks.creator import creator_of, existing_cluster, without_creator
from stacks.exports import export
from stacks.kept_logs import goes_on, kept_log_groups
from stacks.service_range import service_range_of
from stacks.tags import common_tags

_OF_GROUPS, _OF_KARPENTER = "interruptions", "karpenter-interruptions"
_SHOWN_AS: Mapping[str, str] = {
    _OF_GROUPS: "Nodes that EC2 takes",
    _OF_KARPENTER: "Nodes of Karpenter that EC2 takes",
}
"""Titles of the queues' graphs, by what ends the names of their alarms."""


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What is settled before the first resource.

    Attributes:
        settings: the stack file.
        tags: tags of every resource.
        network: network of the shared stack.
        service_cidr: range of ClusterIPs.
        zones: its hosted zones.
        roles: IAM roles of people.
        creator: IAM role that made the cluster or makes it now; None where nobody can say.
        entries: people whose access entries are the program's to make.
        pipelines: IAM roles of pipelines.
        profile: AWS profile that kubeconfigs name, or None.
        live: whether this colour's live DNS writers run, and the term that says so.
        live_names: the live names that they write.
        kept_log_groups: log groups that are there already.
    """

    settings: ColourSettings
    tags: Mapping[str, str]
    network: outputs.Network
    service_cidr: str
    zones: outputs.Zones
    roles: outputs.HumanRoles
    creator: str | None
    entries: Sequence[ClusterUser]
    pipelines: outputs.PipelineRoles
    profile: str | None
    live: WriterReport
    live_names: LiveNames
    kept_log_groups: KeptLogGroups


async def deploy(
    settings: ColourSettings,
    probe: Probe = remaining,
    clock: Clock = today,
    work: WorkProbe = remaining_work,
) -> None:
    """Brings a colour's stack up.

    Args:
        settings: the stack file.
        probe: looks for live writers that are left.
        work: looks for live work that is left.
        clock: says which day it is, for what is left of the minor's support.

    Raises:
        pulumi.RunError: the shared stack has not come up or has lost its memory of the live DNS
            writers, the catalogue does not support the Kubernetes version, Kubernetes would refuse
            what the stack file has of a chart's values, a chart is not in its folder or is not
            that of the lock, the range of Services collides or is not
            that of the cluster, or whoever makes the cluster would get more rights than they
            should have. Nothing has been changed then.
    """
    given = await _settle(settings)
    _refuse_mistakes(given)
    tell_support(settings, clock)
    bind_roles(settings.permissions_boundary)
    partition = get_partition_output().partition
    role = NodeRole(
        "node",
        NodeRoleArgs(
            cluster_name=cluster_name(settings.colour), partition=partition, tags=given.tags
        ),
    )
    cluster = _control_plane(given, role)
    access = _access(given, cluster, role, partition)
    security_group = NodeSecurityGroup(
        "node",
        NodeSecurityGroupArgs(
            cluster_name=cluster.cluster_name,
            cluster_security_group_id=cluster.security_group_id,
            vpc_id=given.network.vpc_id,
            tags=given.tags,
        ),
    )
    site = replace(
        _site(given, cluster.cluster_name, cluster.endpoint, cluster.oidc_provider_arn),
        launch=_launch(given, role, security_group),
    )
    network = NetworkAddons(
        "network-addons",
        NetworkAddonsArgs(cluster=cluster, site=site, tags=given.tags),
    )
    # Without them a node drops out, and pods that are to be deleted never end.
    after = [access, security_group, *network.made]
    groups = _node_groups(given, cluster, role, security_group, after)
    addons = _addons(given, cluster, site, groups, probe=probe, work=work)
    _monitoring(given, groups, addons)

    _export_cluster(given, cluster)
    export(
        ColourOutput.NODES,
        {
            "roleArn": role.arn,
            "securityGroupId": security_group.id,
            "groups": {name: group.group_name for name, group in groups.items()},
        },
    )
    export(ColourOutput.LIVE_WRITERS, addons.live_writers)
    export(ColourOutput.DNS, addons.dns)


def tell_support(settings: ColourSettings, clock: Clock) -> None:
    """Says how long the minor is supported, and what of the catalogue nobody has confirmed."""
    minor = settings.kubernetes_version
    seen = outlook(minor, clock())
    if seen is not None:
        tell = pulumi.log.warn if seen.is_pressing else pulumi.log.info
        tell(seen.in_words(extends=settings.upgrade_policy == "EXTENDED"))
    if unconfirmed := MINORS[minor].unconfirmed:
        pulumi.log.warn(
            f"no public record confirms these versions for Kubernetes {minor}: "
            f"{', '.join(unconfirmed)}; ask AWS for them, as catalogue/minors.py says how"
        )


async def _settle(settings: ColourSettings) -> _Given:
    try:
        require_supported(settings.kubernetes_version, settings.enabled_addons)
    except UnsupportedVersionError as error:
        raise pulumi.RunError(str(error)) from None
    name = cluster_name(settings.colour)
    # None of them needs another one's answer.
    shared, own, there, kept = await asyncio.gather(
        references.read(SHARED),
        references.read(settings.colour),
        existing_cluster(name),
        kept_log_groups(settings.colour),
    )
    live, live_names = _live(settings, shared, own)
    network = references.require(shared, SharedOutput.NETWORK, outputs.Network, SHARED)
    roles = references.require(shared, SharedOutput.HUMAN_ROLES, outputs.HumanRoles, SHARED)
    pipelines = references.find(shared, SharedOutput.PIPELINE_ROLES, outputs.PipelineRoles, SHARED)
    creator = await creator_of(there)
    return _Given(
        settings=settings,
        tags=common_tags(settings.colour, settings.tags),
        network=network,
        service_cidr=service_range_of(settings, network, own, there),
        zones=references.require(shared, SharedOutput.ZONES, outputs.Zones, SHARED),
        roles=roles,
        creator=creator,
        entries=without_creator(name, creator, human_users(roles)),
        pipelines=pipelines or outputs.PipelineRoles(),
        profile=shared.get(SharedOutput.AWS_PROFILE),
        live=live,
        live_names=live_names,
        kept_log_groups=goes_on(settings.colour, kept, own=bool(own.get(ColourOutput.CLUSTER))),
    )


def _refuse_mistakes(given: _Given) -> None:
    unknown = pulumi.Output.from_input("")
    site = _site(given, cluster_name(given.settings.colour), unknown, unknown)
    mistakes = [
        Mistake(
            f"{file_of(given.settings.colour)}:"
            f" {path_of(('addons', it.addon, 'values', *it.conflict.path))}",
            it.conflict.found,
            it.conflict.expected,
        )
        for it in refused_overrides(site)
    ]
    mistakes += chart_mistakes(given.settings)
    if mistakes:
        raise pulumi.RunError(str(SettingsError(given.settings.colour, mistakes)))


def _live(
    settings: ColourSettings,
    shared: Mapping[str, references.Json],
    own: Mapping[str, references.Json],
) -> tuple[WriterReport, LiveNames]:
    colour = settings.colour
    named = references.find(shared, SharedOutput.LIVE_WRITER, LiveWriter, SHARED)
    previous = references.find(own, ColourOutput.LIVE_WRITERS, WriterReport, colour)
    try:
        report = next_report(colour, named=named, previous=previous)
    except LiveWriterError as error:
        raise pulumi.RunError(str(error)) from None
    return report, named.assignment.names_of(colour) if named else NO_NAME


def _control_plane(given: _Given, role: NodeRole) -> ControlPlane:
    settings = given.settings
    args = ControlPlaneArgs(
        settings=settings,
        network=given.network,
        service_cidr=given.service_cidr,
        node_role=role.role,
        users=(*human_users(given.roles), *updating_pipeline(given.pipelines, settings.colour)),
        kept_log_groups=given.kept_log_groups,
        cluster_tags={CREATOR: given.creator} if given.creator else {},
        tags=given.tags,
    )
    return ControlPlane(args.cluster_name, args)


def _access(
    given: _Given, cluster: ControlPlane, role: NodeRole, partition: pulumi.Output[str]
) -> Access:
    args = AccessArgs(
        cluster_name=cluster.name,
        partition=partition,
        node_role_arn=role.arn,
        users=(*given.entries, *watching_pipelines(given.pipelines)),
        tags=given.tags,
    )
    rbac = RbacArgs(
        provider=cluster.provider,
        settings=given.settings.access,
        tags=given.tags,
    )
    Rbac("rbac", rbac)
    return Access("access", args)


def _launch(given: _Given, role: NodeRole, security_group: NodeSecurityGroup) -> NodeLaunch | None:
    settings = given.settings
    if KARPENTER.name not in settings.enabled_addons:
        return None
    name = node_image_parameter(settings.kubernetes_version, settings.nodes.karpenter.architecture)
    return NodeLaunch(
        image_id=ssm.get_parameter_output(name=name).insecure_value,
        instance_profile=role.instance_profile_name,
        security_group_id=security_group.id,
        tags=given.tags,
    )


def _node_groups(
    given: _Given,
    cluster: ControlPlane,
    role: NodeRole,
    security_group: NodeSecurityGroup,
    after: Sequence[pulumi.Resource],
) -> dict[str, NodeGroup]:
    minor, wanted = given.settings.kubernetes_version, given.settings.node_groups
    kinds: Mapping[NodeArchitecture, None] = {it.architecture: None for it in wanted.values()}
    images = {
        kind: ssm.get_parameter_output(name=node_image_parameter(minor, kind)) for kind in kinds
    }

    def group(name: str) -> NodeGroup:
        args = NodeGroupArgs(
            cluster_name=cluster.cluster_name,
            group_name=name,
            settings=wanted[name],
            endpoint=cluster.endpoint,
            certificate_authority=cluster.certificate_authority,
            service_cidr=cluster.service_cidr,
            # The same as `value`, which would make every launch template a secret.
            image_id=images[wanted[name].architecture].insecure_value,
            instance_profile_arn=role.instance_profile_arn,
            security_group_id=security_group.id,
            subnet_ids=given.network.private_subnet_ids,
            startup_taints=[NETWORK_TAINT],
            after=after,
            metrics=GROUP_METRICS if given.settings.monitoring else (),
            tags=given.tags,
        )
        return NodeGroup(name, args)

    return {name: group(name) for name in wanted}


def _site(
    given: _Given,
    name: str,
    endpoint: pulumi.Output[str],
    oidc_provider_arn: pulumi.Output[str],
) -> Site:
    return Site(
        settings=given.settings,
        cluster_name=name,
        network=given.network,
        service_cidr=given.service_cidr,
        endpoint=endpoint,
        oidc_provider_arn=oidc_provider_arn,
        zones=given.zones,
        live_names=given.live_names,
        live_term=given.live.term,
        charts=chart_place(given.settings),
        kept_log_groups=given.kept_log_groups,
    )


def _addons(
    given: _Given,
    cluster: ControlPlane,
    site: Site,
    groups: Mapping[str, NodeGroup],
    *,
    probe: Probe,
    work: WorkProbe,
) -> PlatformAddons:
    args = PlatformAddonsArgs(
        cluster=cluster,
        site=site,
        groups={name: group.group_name for name, group in groups.items()},
        nodes=[group.group for group in groups.values()],
        tags=given.tags,
    )
    return PlatformAddons("addons", args, probe=probe, work=work)


def _monitoring(given: _Given, groups: Mapping[str, NodeGroup], addons: PlatformAddons) -> None:
    settings = given.settings
    wanted = settings.monitoring
    if wanted is None:
        return
    name = cluster_name(settings.colour)
    names = {group: it.group_name for group, it in groups.items()}
    queues = {
        label: queue_name(name, ending)
        for label, ending, addon in (
            (_OF_GROUPS, INTERRUPTIONS, AWS_NODE_TERMINATION_HANDLER),
            (_OF_KARPENTER, KARPENTER_QUEUE, KARPENTER),
        )
        if addon.name in settings.enabled_addons
    }
    alarms = Alarms(
        "alarms",
        AlarmsArgs(
            settings=wanted,
            cluster_name=name,
            least={group: it.min for group, it in settings.node_groups.items()},
            groups=names,
            queues=queues,
            # Deleted first, so that none goes off while the cluster is taken down.
            after=[addons],
            tags=given.tags,
        ),
    )
    if wanted.dashboard:
        args = ColourDashboardArgs(
            region=settings.region,
            cluster_name=name,
            groups=names,
            queues={_SHOWN_AS[it]: queue for it, queue in queues.items()},
            alarms=alarms.arns,
            after=[addons],
            tags=given.tags,
        )
        ColourDashboard("dashboard", args)


def _export_cluster(given: _Given, cluster: ControlPlane) -> None:
    found = pulumi.Output.all(
        name=cluster.name,
        arn=cluster.arn,
        endpoint=cluster.endpoint,
        certificate_authority=cluster.certificate_authority,
        version=cluster.version,
        oidc_provider_arn=cluster.oidc_provider_arn,
        oidc_issuer=cluster.oidc_issuer,
        security_group_id=cluster.security_group_id,
        service_cidr=cluster.service_cidr,
    )
    # They come out of a kubeconfig, which may be a secret; none of them is one.
    known = pulumi.Output.unsecret(found).apply(outputs.Cluster.model_validate)

    def kubeconfig(it: outputs.Cluster) -> dict[str, object]:
        return cluster_kubeconfig(it, given.roles, given.profile).to_json()

    export(ColourOutput.CONTRACT_VERSION, str(CONTRACT))
    export(ColourOutput.CLUSTER, known.apply(lambda it: it.model_dump(by_alias=True)))
    export(ColourOutput.KUBECONFIG, known.apply(kubeconfig))
