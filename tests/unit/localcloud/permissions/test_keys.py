"""Condition keys and further permissions of real calls: tags, VPCs, roles that are passed on."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from localcloud.state import ACCOUNT_ID, REGION
from tests.unit.components.addons.deployed import deployed
from tests.unit.localcloud.permissions.conftest import Account, Role, document

UP_POLICIES = Path(__file__).parents[4] / "examples" / "up-policies"
MINE = {"Project": "eks-platform", "Stack": "b"}
POLICY = "aws:iam/rolePolicy:RolePolicy"
CLUSTER = "elbv2.k8s.aws/cluster"
EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}"


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def tagged(kind: str, **pairs: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": tags(**pairs)}]}


@pytest.fixture
def vpc(account: Account) -> str:
    return account.own["ec2"].create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


Group = Callable[..., str]


@pytest.fixture
def group(account: Account, vpc: str) -> Group:
    """Makes a security group with tags."""

    def make(name: str, **pairs: str) -> str:
        more = tagged("security-group", **pairs) if pairs else {}
        made = account.own["ec2"].create_security_group(
            GroupName=name, Description=name, VpcId=vpc, **more
        )
        return made["GroupId"]

    return make


def role(account: Account, *statements: Mapping[str, object]) -> Role:
    return account.session(account.role("tried", document(*statements)))


@pytest.mark.parametrize("key", ["aws:ResourceTag/owner", "ec2:ResourceTag/Owner"])
def test_tags_of_what_is_there(account: Account, group: Group, key: str) -> None:
    mine, other, bare = group("mine", owner="me"), group("other", owner="you"), group("bare")
    tried = role(
        account,
        {"Action": "ec2:DeleteSecurityGroup", "Condition": {"StringEquals": {key: "me"}}},
    )
    for identifier in (other, bare):
        assert not tried.may("ec2", "delete_security_group", GroupId=identifier)
    assert tried.may("ec2", "delete_security_group", GroupId=mine)


def test_tags_of_what_is_made_and_the_permission_to_tag(account: Account, vpc: str) -> None:
    groups = f"{EC2}:security-group/*"
    asked = {"StringEquals": {"aws:RequestTag/owner": "me"}}
    on_create = {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}
    tried = role(
        account,
        {"Action": "ec2:CreateSecurityGroup", "Resource": f"{EC2}:vpc/{vpc}"},
        {"Action": "ec2:CreateSecurityGroup", "Resource": groups, "Condition": asked},
    )

    def make(**options: Any) -> str:  # noqa: ANN401 - boto3's own
        return tried.call(
            "ec2",
            "create_security_group",
            GroupName="g",
            Description="g",
            VpcId=vpc,
            **options,
        )

    assert "ec2:CreateSecurityGroup on resource: " + groups in make()
    assert "ec2:CreateSecurityGroup" in make(**tagged("security-group", owner="you"))
    assert "ec2:CreateTags on resource: " + groups in make(**tagged("security-group", owner="me"))
    account.iam.put_role_policy(
        RoleName="tried",
        PolicyName="tags",
        PolicyDocument=document({"Action": "ec2:CreateTags", "Condition": on_create}),
    )
    assert make(**tagged("security-group", owner="me")) == ""
    assert not tried.may("ec2", "create_tags", Resources=[vpc], Tags=tags(owner="me"))


def test_the_names_of_tags(account: Account, group: Group) -> None:
    tried = role(
        account,
        {
            "Action": ["ec2:CreateTags", "ec2:DeleteTags"],
            "Condition": {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["owner"]}},
        },
    )
    where = {"Resources": [group("mine", owner="me")]}
    assert tried.may("ec2", "create_tags", **where, Tags=tags(team="a"))
    assert not tried.may("ec2", "create_tags", **where, Tags=tags(team="a", owner="you"))
    assert tried.may("ec2", "delete_tags", **where, Tags=[{"Key": "team"}])
    assert not tried.may("ec2", "delete_tags", **where, Tags=[{"Key": "owner"}])


def test_the_vpc_of_a_resource(account: Account, vpc: str, group: Group) -> None:
    inside = {"ArnEquals": {"ec2:Vpc": f"{EC2}:vpc/{vpc}"}}
    tried = role(account, {"Action": "ec2:RevokeSecurityGroupEgress", "Condition": inside})
    other = account.own["ec2"].create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    stranger = account.own["ec2"].create_security_group(
        GroupName="x", Description="x", VpcId=other
    )["GroupId"]
    assert tried.may("ec2", "revoke_security_group_egress", GroupId=group("mine"))
    assert not tried.may("ec2", "revoke_security_group_egress", GroupId=stranger)


def test_the_load_balancer_controller_makes_and_changes_its_own_alone(
    account: Account, vpc: str
) -> None:
    (made,) = [it for it in deployed().of_type(POLICY) if it.name == "aws-load-balancer-controller"]
    controller = account.session(account.role("controller", made.inputs["policy"]))
    own = account.own["elbv2"]

    def make(name: str, cluster: str) -> str:
        return controller.call(
            "elbv2",
            "create_target_group",
            Name=name,
            Protocol="HTTP",
            Port=80,
            VpcId=vpc,
            Tags=[{"Key": CLUSTER, "Value": cluster}],
        )

    assert make("mine", "eks-blue") == ""
    assert "elasticloadbalancing:CreateTargetGroup" in make("other", "eks-green")
    theirs = own.create_target_group(
        Name="theirs",
        Protocol="HTTP",
        Port=80,
        VpcId=vpc,
        Tags=[{"Key": CLUSTER, "Value": "eks-green"}],
    )["TargetGroups"][0]["TargetGroupArn"]
    mine = own.describe_target_groups(Names=["mine"])["TargetGroups"][0]["TargetGroupArn"]
    team = [{"Key": "team", "Value": "a"}]
    steal = [{"Key": CLUSTER, "Value": "eks-blue"}]
    assert controller.may("elbv2", "add_tags", ResourceArns=[mine], Tags=team)
    assert not controller.may("elbv2", "add_tags", ResourceArns=[mine, theirs], Tags=team)
    assert not controller.may("elbv2", "add_tags", ResourceArns=[theirs], Tags=steal)
    assert not controller.may("elbv2", "delete_target_group", TargetGroupArn=theirs)
    assert controller.may("elbv2", "delete_target_group", TargetGroupArn=mine)


def test_the_autoscaler_sizes_its_clusters_groups_alone(account: Account) -> None:
    (made,) = [it for it in deployed().of_type(POLICY) if it.name == "cluster-autoscaler"]
    autoscaler = account.session(account.role("autoscaler", made.inputs["policy"]))
    own = account.own["autoscaling"]
    own.create_launch_configuration(
        LaunchConfigurationName="c", ImageId="ami-1", InstanceType="m6i.large"
    )
    for name, cluster in (("eks-blue-spot", "eks-blue"), ("eks-blue-bare", "x"), ("b", "eks-blue")):
        own.create_auto_scaling_group(
            AutoScalingGroupName=name,
            LaunchConfigurationName="c",
            MinSize=0,
            MaxSize=1,
            AvailabilityZones=[f"{REGION}a"],
            Tags=[{"Key": f"k8s.io/cluster-autoscaler/{cluster}", "Value": "owned"}],
        )
        asked = {"AutoScalingGroupName": name, "DesiredCapacity": 1}
        assert autoscaler.may("autoscaling", "set_desired_capacity", **asked) is (
            name == "eks-blue-spot"
        )


TRUST = document({"Action": "sts:AssumeRole"})


def test_a_role_can_be_made_with_its_boundary_alone(account: Account) -> None:
    boundary = account.iam.create_policy(
        PolicyName="boundary", PolicyDocument=document({"Action": "*"})
    )["Policy"].get("Arn", "")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    tried = role(
        account,
        {"Action": ["iam:CreateRole", "iam:PutRolePolicy"], "Condition": bounded},
    )
    free = account.role("free")
    asked = {"AssumeRolePolicyDocument": TRUST}
    assert not tried.may("iam", "create_role", RoleName="a", **asked)
    assert tried.may("iam", "create_role", RoleName="a", **asked, PermissionsBoundary=boundary)
    policy = {"PolicyName": "p", "PolicyDocument": document({"Action": "*"})}
    assert tried.may("iam", "put_role_policy", RoleName="a", **policy)
    assert not tried.may("iam", "put_role_policy", RoleName=free.rpartition("/")[2], **policy)
    tagged_role = {"RoleName": "b", **asked, "PermissionsBoundary": boundary}
    assert "iam:TagRole" in tried.call("iam", "create_role", **tagged_role, Tags=tags(a="1"))


@pytest.mark.parametrize(
    ("service", "allowed"), [("ec2.amazonaws.com", True), ("eks.amazonaws.com", False)]
)
def test_who_gives_a_service_a_role_must_be_allowed_to(
    account: Account, service: str, allowed: bool
) -> None:
    passes = {"StringEquals": {"iam:PassedToService": service}}
    tried = role(
        account,
        {"Action": ["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]},
        {"Action": "iam:PassRole", "Condition": passes},
    )
    node = account.role("node")
    account.own["iam"].create_instance_profile(InstanceProfileName="node")
    said = tried.call(
        "iam", "add_role_to_instance_profile", InstanceProfileName="node", RoleName="node"
    )
    assert said == "" if allowed else f"iam:PassRole on resource: {node}" in said


def test_tags_go_on_keys_that_are_made_and_on_none_with_a_name_or_an_owner(
    account: Account,
) -> None:
    """Whoever may tag any key owns it, where the rest of a policy goes by tags."""
    policies = json.loads((UP_POLICIES / "colour-cluster.json").read_text().replace("COLOUR", "b"))
    tried = account.session(account.role("up", json.dumps(policies)))
    own = account.own["kms"]
    mine = [{"TagKey": key, "TagValue": value} for key, value in MINE.items()]
    bare, named, others = (own.create_key()["KeyMetadata"]["KeyId"] for _ in range(3))
    own.create_alias(AliasName="alias/pulumi-state", TargetKeyId=named)
    own.tag_resource(KeyId=others, Tags=[{"TagKey": "Stack", "TagValue": "a"}])
    assert tried.may("kms", "create_key", Tags=mine)
    assert not tried.may("kms", "tag_resource", KeyId=named, Tags=mine)
    assert not tried.may("kms", "tag_resource", KeyId=others, Tags=mine)
    assert tried.may("kms", "tag_resource", KeyId=bare, Tags=mine)  # IAM has nothing to tell it by


def test_who_makes_a_group_must_be_allowed_to_start_its_instances(account: Account) -> None:
    account.role("node")
    iam, ec2 = account.own["iam"], account.own["ec2"]
    iam.create_instance_profile(InstanceProfileName="node")
    iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")
    template = ec2.create_launch_template(
        LaunchTemplateName="nodes",
        LaunchTemplateData={"ImageId": "ami-1", "IamInstanceProfile": {"Name": "node"}},
    )["LaunchTemplate"].get("LaunchTemplateId")
    tried = role(account, {"Action": "autoscaling:*"})

    def allow(action: str, template: str = "") -> None:
        arn = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:launch-template/{template}"
        condition = {"Condition": {"ArnLike": {"ec2:LaunchTemplate": arn}}} if template else {}
        iam.put_role_policy(
            RoleName="tried",
            PolicyName=action[:3],
            PolicyDocument=document({"Action": action, **condition}),
        )

    def make() -> str:
        return tried.call(
            "autoscaling",
            "create_auto_scaling_group",
            AutoScalingGroupName="g",
            MinSize=0,
            MaxSize=1,
            AvailabilityZones=[f"{REGION}a"],
            LaunchTemplate={"LaunchTemplateName": "nodes", "Version": "$Latest"},
        )

    runs, passes = "to perform: ec2:RunInstances on", "to perform: iam:PassRole on"
    assert runs in make()
    allow("ec2:RunInstances", "lt-other")
    assert runs in make()
    allow("ec2:RunInstances", template)
    assert passes in make()
    allow("iam:PassRole")
    assert make() == ""


@pytest.mark.parametrize(
    ("conditions", "allowed"),
    [
        ({"StringEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/tried"}}, True),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, True),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, True),
        ({"StringLike": {"aws:userid": "*:test"}}, True),
        ({"Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"}}, True),
        ({"Null": {"aws:SourceVpc": "true", "aws:PrincipalOrgID": "true"}}, True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "a"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "b"}}, False),
        ({"StringEquals": {"route53:VPCs": "x"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, False),
    ],
)
def test_keys_that_every_call_has(
    account: Account, conditions: Mapping[str, Mapping[str, str]], allowed: bool
) -> None:
    arn = account.role("tried", document({"Action": "ec2:*", "Condition": conditions}))
    account.iam.tag_role(RoleName="tried", Tags=[{"Key": "team", "Value": "a"}])
    assert account.session(arn).may("ec2", "describe_vpcs") is allowed


def test_tags_of_a_session_are_not_guessed(account: Account) -> None:
    team = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
    arn = account.role("tried", document({"Action": "ec2:*", "Condition": team}))
    tried = account.session(arn, Tags=[{"Key": "team", "Value": "a"}])
    assert tried.call("ec2", "describe_vpcs").endswith("tags of a session are not emulated")


def test_a_part_of_a_bucket(account: Account) -> None:
    below = {"StringLike": {"s3:prefix": ".pulumi/*"}}
    tried = role(account, {"Action": "s3:ListBucket", "Condition": below})
    assert tried.may("s3", "list_objects_v2", Bucket="b", Prefix=".pulumi/stacks/")
    assert not tried.may("s3", "list_objects_v2", Bucket="b", Prefix="other/")
    assert not tried.may("s3", "list_objects_v2", Bucket="b")
