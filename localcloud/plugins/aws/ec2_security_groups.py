"""Security groups."""

from typing import TYPE_CHECKING

from localcloud.plugins.aws.clients import Clients, found
from localcloud.plugins.aws.ec2_common import (
    TaggedResourceType,
    arn,
    delete_ec2,
    retag,
    tag_on_create,
)
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, TAGS
from localcloud.plugins.aws.resource import drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupTypeDef


def describe_group(aws: Clients, group: str) -> "SecurityGroupTypeDef | None":
    """A security group as EC2 describes it, or None."""
    answer = found(lambda: aws.ec2.describe_security_groups(GroupIds=[group]))
    return answer["SecurityGroups"][0] if answer and answer["SecurityGroups"] else None


def revoke_all(aws: Clients, group: str) -> None:
    """Removes every rule of a group, so that groups which name each other can go."""
    real = describe_group(aws, group)
    if real is None:
        return
    if real.get("IpPermissions"):
        aws.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=real["IpPermissions"])
    if real.get("IpPermissionsEgress"):
        aws.ec2.revoke_security_group_egress(
            GroupId=group, IpPermissions=real["IpPermissionsEgress"]
        )


def _read_group(aws: Clients, resource_id: str) -> Object | None:
    group = describe_group(aws, resource_id)
    if group is None:
        return None
    return with_tags(
        {
            "id": resource_id,
            "arn": arn(aws, "security-group", resource_id),
            "name": group["GroupName"],
            "description": group["Description"],
            "vpcId": group.get("VpcId"),
            "ownerId": group.get("OwnerId", aws.account_id),
        },
        tags_of(group.get("Tags")),
    )


class SecurityGroup(TaggedResourceType):
    """A security group; its rules are resources of their own, and EC2's egress rule is removed."""

    token = "aws:ec2/securityGroup:SecurityGroup"
    autoname = "name"
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "description": FIXED,
        "vpcId": FIXED,
        "revokeRulesOnDelete": PLAIN,
        **TAGS,
    }
    in_state_alone = ("revokeRulesOnDelete",)

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_security_group(
            **drop_none(
                GroupName=inputs["name"],
                Description=inputs.get("description", "Managed by Pulumi"),
                VpcId=inputs.get("vpcId"),
            ),
            **tag_on_create("security-group", inputs),
        )
        # As the real provider does: what a group lets out is said by rules, not by a default.
        revoke_all(self.aws, created["GroupId"])
        return created["GroupId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        return _read_group(self.aws, resource_id)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if state.get("revokeRulesOnDelete"):
            revoke_all(self.aws, resource_id)
        delete_ec2(lambda: self.aws.ec2.delete_security_group(GroupId=resource_id))


class DefaultSecurityGroup(TaggedResourceType):
    """A VPC's default security group, taken over and emptied; deleting it only lets go of it."""

    token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    properties = {"vpcId": KEY, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        groups = self.aws.ec2.describe_security_groups(
            Filters=[
                {"Name": "vpc-id", "Values": [inputs["vpcId"]]},
                {"Name": "group-name", "Values": ["default"]},
            ]
        )["SecurityGroups"]
        group = groups[0]["GroupId"]
        revoke_all(self.aws, group)
        retag(self.aws, group, {}, inputs)
        return group

    def read(self, resource_id: str, state: Object) -> Object | None:
        return _read_group(self.aws, resource_id)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        return
