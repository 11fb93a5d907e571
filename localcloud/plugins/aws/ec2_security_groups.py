"""Security groups and their rules."""

from typing import Any

from localcloud.plugins.aws.clients import Clients, found
from localcloud.plugins.aws.ec2_network import (
    TAGS,
    arn,
    delete_ec2,
    retag,
    tag_on_create,
)
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, Property
from localcloud.plugins.aws.resource import ResourceType, given, tags_of, with_tags
from localcloud.plugins.plugin import Object

_ALL = "-1"


def describe_group(aws: Clients, group: str) -> Any:
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


class SecurityGroup(ResourceType):
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

    def create(self, inputs: Object, timeout: float) -> str:
        created = self.aws.ec2.create_security_group(
            **given(
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
        group = describe_group(self.aws, resource_id)
        if group is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "arn": arn(self.aws, "security-group", resource_id),
                "name": group["GroupName"],
                "description": group["Description"],
                "vpcId": group.get("VpcId"),
                "ownerId": group.get("OwnerId", self.aws.account_id),
            },
            tags_of(group.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "revokeRulesOnDelete", "tags")
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if state.get("revokeRulesOnDelete"):
            revoke_all(self.aws, resource_id)
        delete_ec2(lambda: self.aws.ec2.delete_security_group(GroupId=resource_id))


class DefaultSecurityGroup(ResourceType):
    """A VPC's default security group, taken over and emptied; deleting it only lets go of it."""

    token = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
    properties = {"vpcId": FIXED, **TAGS}

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
        group = describe_group(self.aws, resource_id)
        if group is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "arn": arn(self.aws, "security-group", resource_id),
                "vpcId": group.get("VpcId"),
                "name": group["GroupName"],
                "description": group["Description"],
                "ownerId": group.get("OwnerId", self.aws.account_id),
            },
            tags_of(group.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "tags")
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        return


class _Rule(ResourceType):
    """A rule with an id of its own."""

    properties = {
        "securityGroupId": KEY,
        "ipProtocol": Property(required=True),
        "fromPort": PLAIN,
        "toPort": PLAIN,
        "cidrIpv4": PLAIN,
        "cidrIpv6": PLAIN,
        "prefixListId": PLAIN,
        "referencedSecurityGroupId": PLAIN,
        "description": PLAIN,
        **TAGS,
    }
    egress: bool

    def _permission(self, inputs: Object) -> Any:
        about = given(Description=inputs.get("description"))
        permission: dict[str, Any] = given(
            IpProtocol=str(inputs["ipProtocol"]),
            FromPort=inputs.get("fromPort"),
            ToPort=inputs.get("toPort"),
        )
        if inputs.get("cidrIpv4"):
            permission["IpRanges"] = [{"CidrIp": inputs["cidrIpv4"], **about}]
        if inputs.get("cidrIpv6"):
            permission["Ipv6Ranges"] = [{"CidrIpv6": inputs["cidrIpv6"], **about}]
        if inputs.get("prefixListId"):
            permission["PrefixListIds"] = [{"PrefixListId": inputs["prefixListId"], **about}]
        if inputs.get("referencedSecurityGroupId"):
            pair = {"GroupId": inputs["referencedSecurityGroupId"], **about}
            permission["UserIdGroupPairs"] = [pair]
        return permission

    def create(self, inputs: Object, timeout: float) -> str:
        call = (
            self.aws.ec2.authorize_security_group_egress
            if self.egress
            else self.aws.ec2.authorize_security_group_ingress
        )
        created = call(
            GroupId=inputs["securityGroupId"],
            IpPermissions=[self._permission(inputs)],
            **tag_on_create("security-group-rule", inputs),
        )
        return created["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(
            lambda: self.aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=[resource_id])
        )
        if answer is None or not answer["SecurityGroupRules"]:
            return None
        rule = answer["SecurityGroupRules"][0]
        everything = rule["IpProtocol"] == _ALL
        return with_tags(
            {
                "id": resource_id,
                "securityGroupRuleId": resource_id,
                "arn": arn(self.aws, "security-group-rule", resource_id),
                "securityGroupId": rule["GroupId"],
                "ipProtocol": rule["IpProtocol"],
                # EC2 says -1 for "all ports" of "all protocols", which takes none.
                "fromPort": None if everything else rule.get("FromPort"),
                "toPort": None if everything else rule.get("ToPort"),
                "cidrIpv4": rule.get("CidrIpv4") or None,
                "cidrIpv6": rule.get("CidrIpv6") or None,
                "prefixListId": rule.get("PrefixListId") or None,
                "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
                "description": rule.get("Description") or None,
            },
            tags_of(rule.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        if changed - {"tags"}:
            self.aws.ec2.modify_security_group_rules(
                GroupId=news["securityGroupId"],
                SecurityGroupRules=[
                    {
                        "SecurityGroupRuleId": resource_id,
                        "SecurityGroupRule": given(  # pyright: ignore[reportArgumentType]
                            IpProtocol=str(news["ipProtocol"]),
                            FromPort=news.get("fromPort"),
                            ToPort=news.get("toPort"),
                            CidrIpv4=news.get("cidrIpv4"),
                            CidrIpv6=news.get("cidrIpv6"),
                            PrefixListId=news.get("prefixListId"),
                            ReferencedGroupId=news.get("referencedSecurityGroupId"),
                            Description=news.get("description"),
                        ),
                    }
                ],
            )
        retag(self.aws, resource_id, olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        group = state["securityGroupId"]
        if self.egress:
            self.aws.ec2.revoke_security_group_egress(
                GroupId=group, SecurityGroupRuleIds=[resource_id]
            )
        else:
            self.aws.ec2.revoke_security_group_ingress(
                GroupId=group, SecurityGroupRuleIds=[resource_id]
            )


class SecurityGroupIngressRule(_Rule):
    """What a group lets in."""

    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    egress = False


class SecurityGroupEgressRule(_Rule):
    """What a group lets out."""

    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    egress = True


class SecurityGroupRule(ResourceType):
    """The older form of a rule, which the EKS component's default mode uses."""

    token = "aws:ec2/securityGroupRule:SecurityGroupRule"
    properties = {
        "type": KEY,
        "securityGroupId": KEY,
        "protocol": KEY,
        "fromPort": KEY,
        "toPort": KEY,
        "cidrBlocks": Property(replaces=True, unordered=True),
        "ipv6CidrBlocks": Property(replaces=True, unordered=True),
        "sourceSecurityGroupId": FIXED,
        "self": FIXED,
        "description": FIXED,
    }

    def _permission(self, inputs: Object) -> Any:
        about = given(Description=inputs.get("description"))
        permission: dict[str, Any] = {
            "IpProtocol": str(inputs["protocol"]),
            "FromPort": inputs["fromPort"],
            "ToPort": inputs["toPort"],
        }
        group = inputs.get("sourceSecurityGroupId")
        if inputs.get("self"):
            group = inputs["securityGroupId"]
        if group:
            permission["UserIdGroupPairs"] = [{"GroupId": group, **about}]
        if inputs.get("cidrBlocks"):
            permission["IpRanges"] = [{"CidrIp": cidr, **about} for cidr in inputs["cidrBlocks"]]
        if inputs.get("ipv6CidrBlocks"):
            ranges = [{"CidrIpv6": cidr, **about} for cidr in inputs["ipv6CidrBlocks"]]
            permission["Ipv6Ranges"] = ranges
        return permission

    def create(self, inputs: Object, timeout: float) -> str:
        call = (
            self.aws.ec2.authorize_security_group_egress
            if inputs["type"] == "egress"
            else self.aws.ec2.authorize_security_group_ingress
        )
        created = call(GroupId=inputs["securityGroupId"], IpPermissions=[self._permission(inputs)])
        return ",".join(rule["SecurityGroupRuleId"] for rule in created["SecurityGroupRules"])

    def read(self, resource_id: str, state: Object) -> Object | None:
        rules = resource_id.split(",")
        answer = found(
            lambda: self.aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=rules)
        )
        real = answer["SecurityGroupRules"] if answer else []
        if len(real) != len(rules):
            return None
        first = real[0]
        group = first.get("ReferencedGroupInfo", {}).get("GroupId")
        own = group == first["GroupId"]
        return {
            "id": resource_id,
            "securityGroupRuleId": resource_id,
            "type": "egress" if first["IsEgress"] else "ingress",
            "securityGroupId": first["GroupId"],
            "protocol": first["IpProtocol"],
            "fromPort": state.get("fromPort") if first["IpProtocol"] == _ALL else first["FromPort"],
            "toPort": state.get("toPort") if first["IpProtocol"] == _ALL else first["ToPort"],
            "cidrBlocks": [rule["CidrIpv4"] for rule in real if rule.get("CidrIpv4")],
            "ipv6CidrBlocks": [rule["CidrIpv6"] for rule in real if rule.get("CidrIpv6")],
            "sourceSecurityGroupId": group if group and not own else None,
            "self": own,
            "description": first.get("Description") or None,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        rules = resource_id.split(",")
        if state["type"] == "egress":
            self.aws.ec2.revoke_security_group_egress(
                GroupId=state["securityGroupId"], SecurityGroupRuleIds=rules
            )
        else:
            self.aws.ec2.revoke_security_group_ingress(
                GroupId=state["securityGroupId"], SecurityGroupRuleIds=rules
            )
