"""A way into the VPC: one instance that Session Manager reaches, without keys or open ports."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import autoscaling, ec2, iam, vpc

from components.base import PROJECT, Component, ComponentArgs
from components.closed_instance import METADATA_OPTIONS, TAGGED, network_interface, root_disk
from components.iam_policy import policy_document, trust_policy
from components.session_manager import SESSIONS

NAME = f"{PROJECT}-bastion"
"""Name of the role, the security group, the launch template and the Auto Scaling group."""

PROXY_PORT = 3128
"""Port of the proxy on the instance's loopback, to which a session forwards."""

_HTTPS = 443
_EVERYWHERE = "0.0.0.0/0"
_DISK_GIB = 20  # the image's own size
TYPES = ("t3.micro", "t3a.micro")
"""Types of the instance. They have 1 GiB: dnf needs about half of that."""

# The image locks dnf to the repository of its own release, so squid's version is pinned with it.
# https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades.html
_USER_DATA = f"""#!/bin/bash
set -euo pipefail
dnf install --assumeyes squid
cat > /etc/squid/squid.conf <<'CONFIGURATION'
# On loopback alone: only whoever may start a session comes here. TLS goes through unopened.
http_port 127.0.0.1:{PROXY_PORT}
acl https port {_HTTPS}
acl tunnel method CONNECT
http_access deny !tunnel
http_access deny !https
http_access allow localhost
http_access deny all
cache deny all
CONFIGURATION
systemctl enable --now squid
"""


@dataclass(frozen=True, kw_only=True)
class BastionArgs(ComponentArgs):
    """Arguments of `Bastion`.

    Attributes:
        vpc_id: VPC that it leads into.
        subnet_ids: private subnets, one of which the instance starts in.
        image_id: id of an Amazon Linux 2023 image with the agent of Systems Manager.
    """

    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[str]]
    image_id: pulumi.Input[str]


class Bastion(Component):
    """Pulumi type ``eks-platform:bastion:Bastion``.

    Creates a role that may hold sessions of Session Manager and do nothing else, a security group
    without any way in, and an Auto Scaling group of one instance, which comes back in another zone
    when it or its zone fails. On the instance a proxy on loopback passes TLS on to whatever the VPC
    reaches: a session forwards its port to a laptop.

    Attributes:
        group_name: name of the Auto Scaling group.
    """

    MODULE = "bastion"

    group_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: BastionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        self._name, self._args = name, args
        template = self._template(self._profile(), self._security_group())
        group = autoscaling.Group(
            name,
            name=NAME,
            min_size=1,
            max_size=1,
            wait_for_capacity_timeout="0",
            vpc_zone_identifiers=args.subnet_ids,
            mixed_instances_policy={
                "instances_distribution": {
                    "on_demand_allocation_strategy": "prioritized",
                    "on_demand_base_capacity": 0,
                    "on_demand_percentage_above_base_capacity": 100,
                },
                "launch_template": {
                    "launch_template_specification": {
                        "launch_template_id": template.id,
                        "version": template.latest_version.apply(str),
                    },
                    "overrides": [{"instance_type": kind} for kind in TYPES],
                },
            },
            health_check_type="EC2",
            # Nobody minds its absence for a minute: a session is begun anew.
            instance_refresh={"strategy": "Rolling", "preferences": {"min_healthy_percentage": 0}},
            tags=[
                {"key": key, "value": value, "propagate_at_launch": False}
                for key, value in args.named(NAME).items()
            ],
            opts=self.child(),
        )
        self.group_name = group.name
        self.register_outputs({"groupName": self.group_name})

    def exported(self) -> Mapping[str, pulumi.Input[object]]:
        """It as the contract has it (`Bastion`)."""
        return {"autoScalingGroup": self.group_name, "proxyPort": PROXY_PORT}

    def _profile(self) -> iam.InstanceProfile:
        tags = self._args.named(NAME)
        role = iam.Role(
            self._name,
            name=NAME,
            description="The way into the VPC: sessions of Session Manager",
            assume_role_policy=trust_policy(
                {"Service": "ec2.amazonaws.com"}, "sts:AssumeRole", None
            ),
            tags=tags,
            opts=self.child(),
        )
        policy = iam.RolePolicy(
            self._name,
            name="permissions",
            role=role.name,
            policy=policy_document([SESSIONS]),
            opts=self.child(),
        )
        # The agent gives up where its first calls are refused.
        return iam.InstanceProfile(
            self._name,
            name=NAME,
            role=role.name,
            tags=tags,
            opts=self.child(depends_on=[policy]),
        )

    def _security_group(self) -> ec2.SecurityGroup:
        group = ec2.SecurityGroup(
            self._name,
            name=NAME,
            description="The way into the VPC: nothing comes in",
            vpc_id=self._args.vpc_id,
            tags=self._args.named(NAME),
            opts=self.child(),
        )
        vpc.SecurityGroupEgressRule(
            f"{self._name}-out",
            security_group_id=group.id,
            description="API servers, AWS APIs, packages",
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            cidr_ipv4=_EVERYWHERE,
            tags=self._args.named(f"{NAME}-out"),
            opts=self.child(),
        )
        return group

    def _template(
        self, profile: iam.InstanceProfile, group: ec2.SecurityGroup
    ) -> ec2.LaunchTemplate:
        tags = self._args.named(NAME)
        return ec2.LaunchTemplate(
            self._name,
            name=NAME,
            update_default_version=True,
            image_id=self._args.image_id,
            user_data=base64.b64encode(_USER_DATA.encode()).decode(),
            iam_instance_profile={"arn": profile.arn},
            metadata_options=METADATA_OPTIONS,
            block_device_mappings=[root_disk(_DISK_GIB)],
            network_interfaces=[network_interface(group.id)],
            tag_specifications=[{"resource_type": it, "tags": tags} for it in TAGGED],
            tags=tags,
            opts=self.child(),
        )
