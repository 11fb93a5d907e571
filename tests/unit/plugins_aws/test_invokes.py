"""Data sources: what they answer, and what they refuse."""

import json

import pytest

from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.aws.invokes import INVOKES
from localcloud.plugins.aws.provider import AwsProvider
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws import sdk

IDENTITY = "aws:index/getCallerIdentity:getCallerIdentity"
PARTITION = "aws:index/getPartition:getPartition"
REGION = "aws:index/getRegion:getRegion"
ZONES = "aws:index/getAvailabilityZones:getAvailabilityZones"
VPC = "aws:ec2/getVpc:getVpc"
SUBNET = "aws:ec2/getSubnet:getSubnet"
SUBNETS = "aws:ec2/getSubnets:getSubnets"
ROUTE_TABLES = "aws:ec2/getRouteTables:getRouteTables"
ZONE = "aws:route53/getZone:getZone"
ROLE = "aws:iam/getRole:getRole"
PARAMETER = "aws:ssm/getParameter:getParameter"
CLUSTER = "aws:eks/getCluster:getCluster"
CLUSTERS = "aws:eks/getClusters:getClusters"
ADDON_VERSION = "aws:eks/getAddonVersion:getAddonVersion"


class Answers:
    """The provider's data sources; whatever they answer is what the SDK reads."""

    def __init__(self, provider: AwsProvider) -> None:
        self._provider = provider

    def invoke(self, token: str, arguments: Object) -> Object:
        answer = self._provider.invoke(token, arguments)
        assert answer.keys() <= sdk.function_answers(token)
        return answer


@pytest.fixture
def answers(provider: AwsProvider) -> Answers:
    return Answers(provider)


@pytest.fixture
def vpc(aws: Clients) -> str:
    made = aws.ec2.create_vpc(
        CidrBlock="10.7.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "theirs"}]}],
    )
    return made["Vpc"]["VpcId"]


def subnet(aws: Clients, vpc: str, cidr: str) -> str:
    return aws.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]


def test_who_and_where(answers: Answers) -> None:
    who = answers.invoke(IDENTITY, {})
    assert who["accountId"] == who["id"] == "123456789012"
    assert who["arn"].startswith("arn:aws:")
    assert answers.invoke(PARTITION, {})["partition"] == "aws"
    assert answers.invoke(PARTITION, {})["dnsSuffix"] == "amazonaws.com"
    assert answers.invoke(REGION, {})["region"] == "eu-west-1"


def test_zones(answers: Answers) -> None:
    zones = answers.invoke(ZONES, {"state": "available"})
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert len(zones["zoneIds"]) == 3
    first, *others = zones["zoneIds"]
    left = answers.invoke(ZONES, {"state": "available", "excludeZoneIds": [first, "use1-az3"]})
    assert left["zoneIds"] == others
    assert left["names"] == ["eu-west-1b", "eu-west-1c"]
    assert answers.invoke(ZONES, {"state": "impaired"})["names"] == []


@pytest.mark.parametrize("by", ["id", "tags", "filters"])
def test_a_vpc(answers: Answers, vpc: str, by: str) -> None:
    arguments: dict[str, object] = {
        "id": vpc,
        "tags": {"Name": "theirs"},
        "filters": [{"name": "tag:Name", "values": ["theirs"]}],
    }
    found = answers.invoke(VPC, {by: arguments[by]})
    assert found["id"] == vpc
    assert found["cidrBlock"] == "10.7.0.0/16"
    assert found["enableDnsSupport"] is True
    assert found["enableDnsHostnames"] is False
    assert found["tags"] == {"Name": "theirs"}
    assert [it["cidrBlock"] for it in found["cidrBlockAssociations"]] == ["10.7.0.0/16"]


def test_a_vpc_must_be_one(answers: Answers, vpc: str) -> None:
    with pytest.raises(PluginError, match=f"^{VPC}: 0 VPCs match"):
        answers.invoke(VPC, {"tags": {"Name": "nobody's"}})
    with pytest.raises(PluginError, match=f"^{VPC}: 2 VPCs match"):
        answers.invoke(VPC, {})
    with pytest.raises(PluginError, match=f"^{VPC}: .*InvalidVpcID.NotFound"):
        answers.invoke(VPC, {"id": "vpc-none"})


def test_subnets_and_route_tables(answers: Answers, aws: Clients, vpc: str) -> None:
    one, two = subnet(aws, vpc, "10.7.1.0/24"), subnet(aws, vpc, "10.7.2.0/24")
    of_vpc = [{"name": "vpc-id", "values": [vpc]}]
    assert answers.invoke(SUBNETS, {"filters": of_vpc})["ids"] == sorted([one, two])
    found = answers.invoke(SUBNET, {"id": one})
    assert (found["vpcId"], found["cidrBlock"]) == (vpc, "10.7.1.0/24")
    assert found["availabilityZone"].startswith("eu-west-1")
    with pytest.raises(PluginError, match=f"^{SUBNET}: 2 subnets match"):
        answers.invoke(SUBNET, {"vpcId": vpc})
    table = aws.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    assert table in answers.invoke(ROUTE_TABLES, {"vpcId": vpc})["ids"]
    assert len(answers.invoke(ROUTE_TABLES, {"vpcId": vpc})["ids"]) == 2


def test_hosted_zones_are_told_apart(answers: Answers, aws: Clients, vpc: str) -> None:
    public = aws.route53.create_hosted_zone(Name="example.com", CallerReference="1")
    private = aws.route53.create_hosted_zone(
        Name="example.com",
        CallerReference="2",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": vpc, "VPCRegion": "eu-west-1"},
    )
    ids = [it["HostedZone"]["Id"].removeprefix("/hostedzone/") for it in (public, private)]
    found = answers.invoke(ZONE, {"name": "example.com"})
    assert (found["zoneId"], found["privateZone"]) == (ids[0], False)
    assert len(found["nameServers"]) == 4
    assert found["callerReference"] == "1"
    found = answers.invoke(ZONE, {"name": "example.com.", "privateZone": True})
    assert (found["zoneId"], found["privateZone"]) == (ids[1], True)
    assert answers.invoke(ZONE, {"zoneId": ids[1]})["name"] == "example.com"
    for arguments in ({"name": "example.org"}, {"zoneId": "Z0"}, {}):
        with pytest.raises(PluginError, match=f"^{ZONE}: "):
            answers.invoke(ZONE, arguments)


LOG_GROUP, LOG_GROUPS = (
    "aws:cloudwatch/getLogGroup:getLogGroup",
    "aws:cloudwatch/getLogGroups:getLogGroups",
)


def test_log_groups_by_the_beginning_of_their_name(answers: Answers, aws: Clients) -> None:
    aws.logs.create_log_group(logGroupName="/eks/eks-blue/pods", tags={"Stack": "blue"})
    aws.logs.create_log_group(logGroupName="/eks/eks-green/pods")
    found = answers.invoke(LOG_GROUPS, {"logGroupNamePrefix": "/eks/eks-blue"})
    assert found["logGroupNames"] == ["/eks/eks-blue/pods"]
    assert len(answers.invoke(LOG_GROUPS, {})["logGroupNames"]) == 2
    one = answers.invoke(LOG_GROUP, {"name": "/eks/eks-blue/pods"})
    assert (one["tags"], one["retentionInDays"]) == ({"Stack": "blue"}, 0)
    with pytest.raises(PluginError, match="there is no log group /none"):
        answers.invoke(LOG_GROUP, {"name": "/none"})


def test_a_role(answers: Answers, aws: Clients) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    made = aws.iam.create_role(
        RoleName="ops",
        Path="/people/",
        AssumeRolePolicyDocument=json.dumps(trust),
        Tags=[{"Key": "Team", "Value": "ops"}],
    )["Role"]
    found = answers.invoke(ROLE, {"name": "ops"})
    assert found["arn"] == made["Arn"] == "arn:aws:iam::123456789012:role/people/ops"
    assert json.loads(found["assumeRolePolicy"]) == trust
    assert (found["path"], found["tags"]) == ("/people/", {"Team": "ops"})
    with pytest.raises(PluginError, match=f"^{ROLE}: .*NoSuchEntity"):
        answers.invoke(ROLE, {"name": "none"})


def test_a_parameter(answers: Answers, aws: Clients) -> None:
    aws.ssm.put_parameter(Name="/ami", Value="ami-1", Type="String")
    aws.ssm.put_parameter(Name="/secret", Value="s", Type="SecureString")
    found = answers.invoke(PARAMETER, {"name": "/ami"})
    assert (found["value"], found["insecureValue"], found["version"]) == ("ami-1", "ami-1", 1)
    assert answers.invoke(PARAMETER, {"name": "/secret"})["insecureValue"] == ""
    with pytest.raises(PluginError, match=f"^{PARAMETER}: .*ParameterNotFound"):
        answers.invoke(PARAMETER, {"name": "/none"})


def test_clusters(answers: Answers, aws: Clients, vpc: str) -> None:
    assert answers.invoke(CLUSTERS, {})["names"] == []
    aws.eks.create_cluster(
        name="eks-blue",
        roleArn="arn:aws:iam::123456789012:role/control-plane",
        resourcesVpcConfig={"subnetIds": [subnet(aws, vpc, "10.7.1.0/24")]},
        tags={"Team": "ops"},
    )
    assert answers.invoke(CLUSTERS, {})["names"] == ["eks-blue"]
    found = answers.invoke(CLUSTER, {"name": "eks-blue"})
    assert (found["name"], found["tags"]) == ("eks-blue", {"Team": "ops"})
    assert found["certificateAuthorities"][0]["data"]
    with pytest.raises(PluginError, match=f"^{CLUSTER}: there is no EKS cluster eks-green"):
        answers.invoke(CLUSTER, {"name": "eks-green"})


@pytest.mark.parametrize(
    ("token", "arguments", "said"),
    [
        ("aws:ec2/getAmi:getAmi", {}, "aws:ec2/getAmi:getAmi"),
        (VPC, {"cidr": "10.0.0.0/8"}, "cidr"),
        (VPC, {"filters": [{"nam": "x", "values": []}]}, r"filters\[0\].nam:"),
        (VPC, {"filters": [{"values": []}]}, r'missing required property "name"'),
        (PARAMETER, {}, "name"),
        (ADDON_VERSION, {"addonName": "coredns"}, "kubernetesVersion"),
        (SUBNETS, {"region": "us-east-1"}, "eu-west-1 only"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    answers: Answers, token: str, arguments: Object, said: str
) -> None:
    with pytest.raises(PluginError, match=said):
        answers.invoke(token, arguments)


@pytest.mark.parametrize("token", sorted(INVOKES))
def test_every_data_source_refuses_what_it_does_not_know(answers: Answers, token: str) -> None:
    with pytest.raises(PluginError, match=f"^{token}: .*bogus"):
        answers.invoke(token, {"bogus": 1})
