"""Security groups and both forms of their rules."""

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"


@pytest.fixture
def vpc(aws: Clients) -> str:
    return aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def group(driver: Driver, vpc: str) -> Made:
    return driver.create(
        GROUP, name="nodes", description="of nodes", vpcId=vpc, tags={"Name": "nodes"}
    )


@pytest.fixture
def other(driver: Driver, vpc: str) -> Made:
    return driver.create(GROUP, "other", vpcId=vpc, revokeRulesOnDelete=True)


def rules(aws: Clients, group: Made) -> list[tuple[bool, str, str]]:
    """Egress or not, protocol and source of each rule of a group."""
    found = aws.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group.resource_id]}]
    )["SecurityGroupRules"]
    return [
        (
            rule["IsEgress"],
            rule["IpProtocol"],
            rule.get("CidrIpv4") or rule.get("ReferencedGroupInfo", {}).get("GroupId", ""),
        )
        for rule in found
    ]


def test_a_group_lives(aws: Clients, group: Made) -> None:
    # Nothing is let out but by rules.
    assert rules(aws, group) == []
    aws.ec2.create_tags(Resources=[group.resource_id], Tags=[{"Key": "Name", "Value": "x"}])
    assert group.drift() == {"tags.Name"}
    group.update(tags={"Name": "third"})
    group.assert_importable()
    assert group.replaced_by(description="other") == {"description"}
    assert group.diff(description="other").delete_first, "EC2 refuses two groups of one name"
    assert group.replaced_by(vpcId="vpc-other") == {"vpcId"}
    group.delete()


def test_a_group_that_was_deleted_is_gone(aws: Clients, group: Made) -> None:
    aws.ec2.delete_security_group(GroupId=group.resource_id)
    assert group.read() is None
    group.delete()


def test_a_group_gets_a_name(other: Made) -> None:
    assert other.state["name"] == other.inputs["name"]
    assert other.inputs["name"].startswith("other-")
    assert not other.diff(description="x").delete_first, "the next one gets another name"


def test_a_rule_for_another_group_can_be_described_anew(
    driver: Driver, aws: Clients, group: Made, other: Made
) -> None:
    rule = driver.create(
        INGRESS,
        securityGroupId=other.resource_id,
        referencedSecurityGroupId=group.resource_id,
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
        description="webhooks",
    )
    rule.update(description="APIs")
    (found,) = aws.ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [other.resource_id]}]
    )["SecurityGroupRules"]
    assert found["Description"] == "APIs"
    assert found["ReferencedGroupInfo"]["GroupId"] == group.resource_id


def test_groups_that_name_each_other_can_go(driver: Driver, group: Made, other: Made) -> None:
    driver.create(
        INGRESS,
        securityGroupId=other.resource_id,
        referencedSecurityGroupId=group.resource_id,
        ipProtocol="-1",
    )
    other.delete()
    group.delete()
    assert other.read() is None
    assert group.read() is None


def test_a_default_group_is_emptied_and_then_let_go(driver: Driver, aws: Clients, vpc: str) -> None:
    made = driver.create(DEFAULT_GROUP, vpcId=vpc, tags={"Name": "unused"})
    assert made.state["name"] == "default"
    assert rules(aws, made) == []
    aws.ec2.create_tags(Resources=[made.resource_id], Tags=[{"Key": "new", "Value": "x"}])
    assert made.drift() == {"tags.new"}
    made.refresh()
    made.update(tags={"Name": "still"})
    made.assert_importable()
    assert made.replaced_by(vpcId="vpc-other") == {"vpcId"}
    made.provider.delete(made.token, made.resource_id, made.state, timeout=5)
    assert made.read() is not None


@pytest.mark.parametrize("token", [INGRESS, EGRESS])
def test_a_rule_lives(driver: Driver, aws: Clients, group: Made, other: Made, token: str) -> None:
    rule = driver.create(
        token,
        securityGroupId=group.resource_id,
        ipProtocol="tcp",
        fromPort=443,
        toPort=443,
        cidrIpv4="10.0.0.0/8",
        description="API",
        tags={"Name": "api"},
    )
    out = token == EGRESS
    assert rules(aws, group) == [(out, "tcp", "10.0.0.0/8")]
    rule.assert_importable()
    aws.ec2.modify_security_group_rules(
        GroupId=group.resource_id,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": rule.resource_id,
                "SecurityGroupRule": {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "CidrIpv4": "0.0.0.0/0",
                    "Description": "API",
                },
            }
        ],
    )
    assert rule.drift() == {"cidrIpv4"}
    rule.update(fromPort=80, toPort=81, description="web")
    rule.update(tags={"Name": "web"})
    rule.update(cidrIpv4="10.2.0.0/16")
    assert rules(aws, group) == [(out, "tcp", "10.2.0.0/16")]
    # EC2 does not change a range into a group.
    changes = {"cidrIpv4": None, "referencedSecurityGroupId": other.resource_id}
    assert rule.replaced_by(**changes) == set(changes)
    assert rule.replaced_by(securityGroupId="sg-other") == {"securityGroupId"}
    rule.delete()
    assert rules(aws, group) == []


def test_a_rule_for_all_traffic_has_no_ports(driver: Driver, aws: Clients, group: Made) -> None:
    rule = driver.create(
        EGRESS, securityGroupId=group.resource_id, ipProtocol=-1, cidrIpv4="0.0.0.0/0"
    )
    assert rules(aws, group) == [(True, "-1", "0.0.0.0/0")]
    assert "fromPort" not in rule.state


def test_a_rule_that_was_revoked_is_gone(driver: Driver, aws: Clients, group: Made) -> None:
    rule = driver.create(
        EGRESS, securityGroupId=group.resource_id, ipProtocol="-1", cidrIpv4="0.0.0.0/0"
    )
    aws.ec2.revoke_security_group_egress(
        GroupId=group.resource_id, SecurityGroupRuleIds=[rule.resource_id]
    )
    assert rule.read() is None
    rule.delete()


def test_a_rule_has_one_source(driver: Driver) -> None:
    key = {"securityGroupId": "sg-1", "ipProtocol": "tcp"}
    assert driver.failures(INGRESS, **key).keys() == {"cidrIpv4"}
    both = driver.failures(INGRESS, **key, cidrIpv4="10.0.0.0/8", cidrIpv6="::/0")
    assert both.keys() == {"cidrIpv6"}


def test_an_older_rule_lives(driver: Driver, aws: Clients, group: Made) -> None:
    rule = driver.create(
        RULE,
        type="ingress",
        securityGroupId=group.resource_id,
        protocol="tcp",
        fromPort=1025,
        toPort=65535,
        cidrBlocks=["10.1.0.0/16", "10.0.0.0/16"],
        description="pods",
    )
    assert len(rules(aws, group)) == 2
    rule.assert_importable()
    rule.update(description="the pods")
    rule.update(description=None)
    for key, value in {
        "type": "egress",
        "securityGroupId": "sg-other",
        "protocol": "udp",
        "fromPort": 1,
        "toPort": 2,
        "cidrBlocks": ["10.0.0.0/16"],
        "self": True,
    }.items():
        assert rule.replaced_by(**{key: value}) == {key}
    assert rule.diff(toPort=2).delete_first, "EC2 refuses the same rule twice"
    first = rule.resource_id.split(",")[0]
    aws.ec2.revoke_security_group_ingress(GroupId=group.resource_id, SecurityGroupRuleIds=[first])
    assert rule.drift() == {"cidrBlocks"}
    rule.delete()
    assert rules(aws, group) == []


def test_older_rules_of_every_source(
    driver: Driver, aws: Clients, group: Made, other: Made
) -> None:
    key = {"securityGroupId": group.resource_id}
    everything = {"protocol": "-1", "fromPort": 0, "toPort": 0}
    own = driver.create(RULE, "self", type="ingress", self=True, **key, **everything)
    assert own.state["self"] is True
    named = driver.create(
        RULE,
        "cluster",
        type="egress",
        protocol="tcp",
        fromPort=443,
        toPort=443,
        sourceSecurityGroupId=other.resource_id,
        **key,
    )
    six = driver.create(RULE, "six", type="egress", ipv6CidrBlocks=["::/0"], **key, **everything)
    everywhere = driver.create(
        RULE, "out", type="egress", cidrBlocks=["0.0.0.0/0"], **key, **everything
    )
    for rule in (own, named, six, everywhere):
        rule.assert_settled()
    assert sorted(rules(aws, group)) == sorted(
        [
            (False, "-1", group.resource_id),
            (True, "tcp", other.resource_id),
            (True, "-1", ""),
            (True, "-1", "0.0.0.0/0"),
        ]
    )
    for rule in (own, named, six, everywhere):
        rule.delete()
    assert rules(aws, group) == []


def test_a_bad_range_names_the_type(driver: Driver, group: Made) -> None:
    inputs = {"securityGroupId": group.resource_id, "ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/40"}
    with pytest.raises(PluginError, match=f"^{INGRESS}: "):
        driver.provider.create(INGRESS, inputs, preview=False, timeout=0)
