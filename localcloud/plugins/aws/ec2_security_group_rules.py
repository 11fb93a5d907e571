"""Rules of security groups."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from localcloud.plugins.aws.clients import Clients, found
from localcloud.plugins.aws.ec2_common import arn, retag, tag_on_create
from localcloud.plugins.aws.properties import FIXED, KEY, OURS, REQUIRED, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tags_of, with_tags
from localcloud.plugins.plugin import Object

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, SecurityGroupRuleTypeDef

_ALL = "-1"
_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


class _Rule(ResourceType):
    """A rule with an id of its own."""

    properties = {
        "securityGroupId": KEY,
        "ipProtocol": REQUIRED,
        "fromPort": OURS,
        "toPort": OURS,
        **dict.fromkeys(_SOURCES, OURS),
        "description": OURS,
        **TAGS,
    }
    one_of = _SOURCES
    # EC2 changes a source only to another of its kind.
    one_of_is_fixed = True
    egress: ClassVar[bool]

    def _permission(self, inputs: Object) -> "IpPermissionTypeDef":
        about = drop_none(Description=inputs.get("description"))
        permission: dict[str, Any] = drop_none(
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
        return cast("IpPermissionTypeDef", permission)

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
                        "SecurityGroupRule": drop_none(  # pyright: ignore[reportArgumentType]
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
        _revoke(self.aws, state["securityGroupId"], [resource_id], egress=self.egress)


class SecurityGroupIngressRule(_Rule):
    """What a group lets in."""

    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    egress = False


class SecurityGroupEgressRule(_Rule):
    """What a group lets out."""

    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    egress = True


class SecurityGroupRule(ResourceType):
    """The older form of a rule, which the EKS component's default mode uses.

    EC2 makes one rule of each source; the resource's id is all their ids.
    """

    token = "aws:ec2/securityGroupRule:SecurityGroupRule"
    # EC2 refuses the same rule twice.
    delete_first = True
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
        "description": OURS,
    }

    def _permission(self, inputs: Object) -> "IpPermissionTypeDef":
        # An empty description takes the old one away.
        about = {"Description": inputs.get("description", "")}
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
        return cast("IpPermissionTypeDef", permission)

    def create(self, inputs: Object, timeout: float) -> str:
        call = (
            self.aws.ec2.authorize_security_group_egress
            if inputs["type"] == "egress"
            else self.aws.ec2.authorize_security_group_ingress
        )
        created = call(GroupId=inputs["securityGroupId"], IpPermissions=[self._permission(inputs)])
        return ",".join(rule["SecurityGroupRuleId"] for rule in created["SecurityGroupRules"])

    def _rules(self, resource_id: str, state: Object) -> "list[SecurityGroupRuleTypeDef]":
        """Those of the resource's rules that are left."""
        ids = resource_id.split(",")
        if not state:
            answer = found(
                lambda: self.aws.ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)
            )
            return answer["SecurityGroupRules"] if answer else []
        # By group: asked for by their ids, one that is gone hides the others.
        of_group = self.aws.ec2.describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": [state["securityGroupId"]]}]
        )["SecurityGroupRules"]
        return [rule for rule in of_group if rule["SecurityGroupRuleId"] in ids]

    def read(self, resource_id: str, state: Object) -> Object | None:
        real = self._rules(resource_id, state)
        if not real:
            return None
        first = real[0]
        groups = [rule.get("ReferencedGroupInfo", {}).get("GroupId") for rule in real]
        group = next((group for group in groups if group), None)
        own = group == first["GroupId"]
        everything = first["IpProtocol"] == _ALL
        return {
            "id": resource_id,
            "securityGroupRuleId": resource_id,
            "type": "egress" if first["IsEgress"] else "ingress",
            "securityGroupId": first["GroupId"],
            "protocol": first["IpProtocol"],
            # EC2 says -1 for "all ports" of "all protocols", whatever was asked for.
            "fromPort": state.get("fromPort", 0) if everything else first["FromPort"],
            "toPort": state.get("toPort", 0) if everything else first["ToPort"],
            "cidrBlocks": [rule["CidrIpv4"] for rule in real if rule.get("CidrIpv4")],
            "ipv6CidrBlocks": [rule["CidrIpv6"] for rule in real if rule.get("CidrIpv6")],
            "sourceSecurityGroupId": None if own and not _by_id(state) else group,
            "self": own and not _by_id(state),
            "description": first.get("Description") or None,
        }

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "description")
        call = (
            self.aws.ec2.update_security_group_rule_descriptions_egress
            if news["type"] == "egress"
            else self.aws.ec2.update_security_group_rule_descriptions_ingress
        )
        call(GroupId=news["securityGroupId"], IpPermissions=[self._permission(news)])

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        left = [rule["SecurityGroupRuleId"] for rule in self._rules(resource_id, state)]
        if left:
            _revoke(self.aws, state["securityGroupId"], left, egress=state["type"] == "egress")


def _by_id(state: Object) -> bool:
    """Whether the program names the rule's own group by its id."""
    source = state.get("sourceSecurityGroupId")
    return bool(source) and source == state.get("securityGroupId")


def _revoke(aws: Clients, group: str, rules: list[str], *, egress: bool) -> None:
    if egress:
        aws.ec2.revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=rules)
    else:
        aws.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=rules)
