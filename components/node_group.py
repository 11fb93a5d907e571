"""A group of nodes: a launch template and an Auto Scaling group with several instance types."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import autoscaling, ec2

from components.base import Component, ComponentArgs
from components.closed_instance import METADATA_OPTIONS, TAGGED, network_interface, root_disk
from components.node_group_tags import group_tags
from components.user_data import ClusterDetails, Taint, labels_and_taints, user_data
from settings import node_groups

_HEALTH_GRACE = 120  # seconds: an instance is reachable within one minute
# While instances are refreshed, at most a tenth of them is missing, and a tenth more may run, so
# that a group of one gets its new node before the old one goes.
_LEAST_HEALTHY, _MOST_HEALTHY = 90, 110


@dataclass(frozen=True, kw_only=True)
class NodeGroupArgs(ComponentArgs):
    """Arguments of `NodeGroup`.

    Attributes:
        cluster_name: EKS cluster name, for example ``eks-blue``.
        group_name: name of the group in the settings.
        settings: what the stack file says of it.
        endpoint: URL of the API server.
        certificate_authority: base64 of the PEM that signs its certificate.
        service_cidr: range of ClusterIPs.
        image_id: id of the Amazon Linux 2023 image.
        instance_profile_arn: instance profile of the nodes.
        security_group_id: security group of the nodes.
        subnet_ids: private subnets in three zones.
        startup_taints: taints that something takes off once a node is ready for pods; the
            autoscaler does not count them.
        after: what nodes need as long as they live: it is made first and deleted last.
        metrics: what CloudWatch is told of the group, once a minute; nothing by default.
    """

    cluster_name: str
    group_name: str
    settings: node_groups.NodeGroup
    endpoint: pulumi.Input[str]
    certificate_authority: pulumi.Input[str]
    service_cidr: str
    image_id: pulumi.Input[str]
    instance_profile_arn: pulumi.Input[str]
    security_group_id: pulumi.Input[str]
    subnet_ids: Sequence[str]
    startup_taints: Sequence[Taint] = ()
    after: Sequence[pulumi.Resource] = ()
    metrics: Sequence[autoscaling.Metric] = ()

    @property
    def full_name(self) -> str:
        """Name of the Auto Scaling group, for example ``eks-blue-spot``."""
        return f"{self.cluster_name}-{self.group_name}"


class NodeGroup(Component):
    """Pulumi type ``eks-platform:nodeGroup:NodeGroup``.

    Creates the launch template and the Auto Scaling group ``CLUSTER-GROUP``. A new version of the
    template (another image, disk, label or taint) replaces the instances, a tenth at a time. How
    many there are is the autoscaler's business after the first time.

    Attributes:
        group: the Auto Scaling group, for what waits for nodes.
        group_name: its name.
    """

    MODULE = "nodeGroup"

    group: autoscaling.Group
    group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._args = args
        self.group = self._group(name, self._template(name))
        self.group_name = self.group.name
        self.register_outputs({"groupName": self.group_name})

    def _template(self, name: str) -> ec2.LaunchTemplate:
        args = self._args
        tags = args.named(args.full_name, {f"kubernetes.io/cluster/{args.cluster_name}": "owned"})
        return ec2.LaunchTemplate(
            name,
            name=args.full_name,
            update_default_version=True,
            image_id=args.image_id,
            user_data=_encoded_user_data(args),
            iam_instance_profile={"arn": args.instance_profile_arn},
            metadata_options=METADATA_OPTIONS,
            monitoring={"enabled": True},
            block_device_mappings=[root_disk(args.settings.disk_gib)],
            network_interfaces=[network_interface(args.security_group_id)],
            tag_specifications=[{"resource_type": it, "tags": tags} for it in TAGGED],
            tags=tags,
            opts=self.child(),
        )

    def _group(self, name: str, template: ec2.LaunchTemplate) -> autoscaling.Group:
        args, wanted = self._args, self._args.settings
        tags = group_tags(args.cluster_name, args.named(args.full_name), labels_and_taints(wanted))
        return autoscaling.Group(
            name,
            name=args.full_name,
            min_size=wanted.min,
            max_size=wanted.max,
            desired_capacity=wanted.desired,
            # CoreDNS and the other add-ons wait for nodes. The provider would wait, after each
            # change of min, for just as many as it last knew, and the autoscaler has moved on.
            wait_for_capacity_timeout="0",
            vpc_zone_identifiers=list(args.subnet_ids),
            mixed_instances_policy=_policy(template, wanted),
            # Spot: the next instance starts when EC2 expects to take one back.
            capacity_rebalance=wanted.capacity == "spot",
            health_check_type="EC2",
            health_check_grace_period=_HEALTH_GRACE,
            enabled_metrics=list(args.metrics) or None,
            instance_refresh={
                "strategy": "Rolling",
                "preferences": {
                    "min_healthy_percentage": _LEAST_HEALTHY,
                    "max_healthy_percentage": _MOST_HEALTHY,
                },
            },
            tags=[
                {"key": tag.key, "value": tag.value, "propagate_at_launch": tag.propagate}
                for tag in tags
            ],
            opts=self.child(depends_on=args.after, ignore_changes=["desiredCapacity"]),
        )


def _encoded_user_data(args: NodeGroupArgs) -> pulumi.Output[str]:
    marks = labels_and_taints(args.settings)

    def encode(found: Mapping[str, str]) -> str:
        cluster = ClusterDetails(name=args.cluster_name, service_cidr=args.service_cidr, **found)
        text = user_data(cluster, marks, args.startup_taints)
        return base64.b64encode(text.encode()).decode()

    return pulumi.Output.all(
        endpoint=args.endpoint, certificate_authority=args.certificate_authority
    ).apply(encode)


def _policy(
    template: ec2.LaunchTemplate, wanted: node_groups.NodeGroup
) -> autoscaling.GroupMixedInstancesPolicyArgsDict:
    return {
        # On demand, types are tried in the order given; spot takes the pools that are least
        # likely to run out, then the cheapest of them.
        "instances_distribution": {
            "on_demand_allocation_strategy": "prioritized",
            "on_demand_base_capacity": 0,
            "on_demand_percentage_above_base_capacity": 0 if wanted.capacity == "spot" else 100,
            "spot_allocation_strategy": "price-capacity-optimized",
        },
        "launch_template": {
            "launch_template_specification": {
                "launch_template_id": template.id,
                # A number, not $Latest: so a new version is a change of the group, which
                # refreshes its instances.
                "version": template.latest_version.apply(str),
            },
            "overrides": [{"instance_type": kind} for kind in wanted.instance_types],
        },
    }
