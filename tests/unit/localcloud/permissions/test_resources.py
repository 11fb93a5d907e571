"""Resources and condition keys of calls, read from their parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from localcloud.server.permissions import reference, resources
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.parameters import normalized, tags_of

HERE = "eu-west-1:123456789012"
EC2, ELB = f"arn:aws:ec2:{HERE}", f"arn:aws:elasticloadbalancing:{HERE}"
ALARM = f"arn:aws:cloudwatch:{HERE}:alarm"
DASHBOARD = "arn:aws:cloudwatch::123456789012:dashboard"
BALANCER = f"{ELB}:loadbalancer/app/web/1"


def named(action: str, parameters: Mapping[str, Any], operation: str = "") -> Sequence[str | None]:
    """Resources of an action that a call is about."""
    service, name = action.split(":")
    found = reference.find(service, name)
    assert found is not None
    call = Call(service, operation or name, "eu-west-1", parameters, "")
    return resources.resources_of(call, found)


CASES: Sequence[tuple[str, Mapping[str, Any], Sequence[str | None]]] = (
    ("route53:GetHostedZone", {"Id": "/hostedzone/Z1"}, ["arn:aws:route53:::hostedzone/Z1"]),
    ("route53:GetChange", {"Id": "/change/C1"}, ["arn:aws:route53:::change/C1"]),
    ("route53:ListHostedZones", {}, ["*"]),
    ("cloudwatch:PutDashboard", {"DashboardName": "a"}, [f"{DASHBOARD}/a"]),
    ("cloudwatch:GetDashboard", {"DashboardName": "a"}, [f"{DASHBOARD}/a"]),
    ("cloudwatch:DeleteDashboards", {"DashboardNames": ["a"]}, [f"{DASHBOARD}/a"]),
    ("cloudwatch:DeleteAlarms", {"AlarmNames": ["a", "b"]}, [f"{ALARM}:a", f"{ALARM}:b"]),
    ("cloudwatch:TagResource", {"ResourceARN": f"{ALARM}:a"}, [f"{ALARM}:a"]),
    ("cloudwatch:PutMetricAlarm", {"AlarmName": "a", "MetricName": "b"}, [f"{ALARM}:a"]),
    (
        "autoscaling:EnableMetricsCollection",
        {"AutoScalingGroupName": "g"},
        [f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/g"],
    ),
    (
        "route53:ChangeTagsForResource",
        {"ResourceType": "hostedzone", "ResourceId": "Z1"},
        ["arn:aws:route53:::hostedzone/Z1"],
    ),
    ("ec2:DescribeVpcs", {"VpcIds": ["vpc-1"]}, ["*"]),
    ("ec2:DescribeVpcAttribute", {"VpcId": "vpc-1"}, [f"{EC2}:vpc/vpc-1"]),
    ("ec2:CreateVpc", {"CidrBlock": "10.0.0.0/16"}, [f"{EC2}:vpc/*"]),
    ("ec2:CreateSubnet", {"VpcId": "vpc-1"}, [f"{EC2}:subnet/*", f"{EC2}:vpc/vpc-1"]),
    (
        "ec2:CreateNetworkInterface",
        {"SubnetId": "subnet-1", "Groups": ["sg-1", "sg-2"]},
        [
            f"{EC2}:network-interface/*",
            f"{EC2}:security-group/sg-1",
            f"{EC2}:security-group/sg-2",
            f"{EC2}:subnet/subnet-1",
        ],
    ),
    ("ec2:CreateSecurityGroup", {"VpcId": "v"}, [f"{EC2}:security-group/*", f"{EC2}:vpc/v"]),
    ("ec2:CreateTags", {"Resources": ["vpc-1", "xy-1"]}, [f"{EC2}:vpc/vpc-1", None]),
    (
        "ec2:TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [f"{EC2}:instance/i-{n}" for n in (1, 2)],
    ),
    ("ec2:AllocateAddress", {}, [f"{EC2}:elastic-ip/*"]),
    (
        "ec2:RunInstances",
        {"LaunchTemplate": {"LaunchTemplateId": "lt-1"}},
        [
            *(f"{EC2}:{it}/*" for it in ("instance", "network-interface", "volume")),
            f"{EC2}:launch-template/lt-1",
            None,  # its image, subnet and groups
        ],
    ),
    (
        "ec2:CreateFleet",
        {
            "TargetCapacitySpecification": {"DefaultTargetCapacityType": "spot"},
            "LaunchTemplateConfigs": [
                {
                    "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1"},
                    "Overrides": [{"ImageId": "ami-1", "SubnetId": f"s-{it}"} for it in (1, 2)],
                }
            ],
        },
        [
            f"{EC2}:fleet/*",
            *(f"{EC2}:{it}/*" for it in ("instance", "network-interface", "volume")),
            f"{EC2}:spot-instances-request/*",
            f"{EC2}:launch-template/lt-1",
            "arn:aws:ec2:eu-west-1::image/ami-1",
            f"{EC2}:subnet/s-1",
            None,  # its groups
            f"{EC2}:subnet/s-2",
        ],
    ),
    ("ec2:DisassociateRouteTable", {"AssociationId": "rtbassoc-1"}, [None]),
    ("eks:CreateCluster", {"name": "eks-blue"}, ["*"]),
    ("eks:DescribeCluster", {"name": "eks-blue"}, [f"arn:aws:eks:{HERE}:cluster/eks-blue"]),
    (
        "eks:DescribeAddon",
        {"clusterName": "eks-blue", "addonName": "coredns"},
        [f"arn:aws:eks:{HERE}:addon/eks-blue/coredns/*"],
    ),
    (
        "eks:DescribeAccessEntry",
        {"clusterName": "eks-blue", "principalArn": "arn:aws:iam::123456789012:role/a/b"},
        [f"arn:aws:eks:{HERE}:access-entry/eks-blue/role/123456789012/b/*"],
    ),
    ("iam:GetRole", {"RoleName": "r"}, ["arn:aws:iam::123456789012:role/r"]),
    ("iam:CreateRole", {"RoleName": "r", "Path": "/a/"}, ["arn:aws:iam::123456789012:role/a/r"]),
    ("iam:ListRoles", {}, ["*"]),
    (
        "iam:CreateOpenIDConnectProvider",
        {"Url": "https://x.example/id/1"},
        ["arn:aws:iam::123456789012:oidc-provider/x.example/id/1"],
    ),
    ("iam:GetPolicy", {"PolicyArn": "arn:aws:iam::aws:policy/X"}, ["arn:aws:iam::aws:policy/X"]),
    (
        "sts:AssumeRole",
        {"RoleArn": "arn:aws:iam::123456789012:role/r"},
        ["arn:aws:iam::123456789012:role/r"],
    ),
    ("sqs:ReceiveMessage", {"QueueUrl": "http://x/123456789012/q"}, [f"arn:aws:sqs:{HERE}:q"]),
    (
        "ssm:GetParameter",
        {"Name": "/aws/service/x"},
        ["arn:aws:ssm:eu-west-1::parameter/aws/service/x"],
    ),
    (
        "ssm:GetParameters",
        {"Names": ["/a/b", "c"]},
        [f"arn:aws:ssm:{HERE}:parameter/{it}" for it in ("a/b", "c")],
    ),
    (
        "logs:DeleteLogGroup",
        {"logGroupName": "/a"},
        [f"arn:aws:logs:{HERE}:log-group:/a:log-stream:"],
    ),
    (
        "logs:PutLogEvents",
        {"logGroupName": "/a", "logStreamName": "s"},
        [f"arn:aws:logs:{HERE}:log-group:/a:log-stream:s"],
    ),
    ("logs:DescribeLogGroups", {}, [f"arn:aws:logs:{HERE}:log-group::log-stream:"]),
    (
        "logs:ListTagsForResource",
        {"resourceArn": f"arn:aws:logs:{HERE}:log-group:/a"},
        [f"arn:aws:logs:{HERE}:log-group:/a"],
    ),
    ("events:PutRule", {"Name": "r"}, [f"arn:aws:events:{HERE}:rule/r"]),
    ("events:PutTargets", {"Rule": "r"}, [f"arn:aws:events:{HERE}:rule/r"]),
    ("elasticloadbalancing:CreateLoadBalancer", {"Name": "web"}, [f"{ELB}:loadbalancer/app/web/*"]),
    (
        "elasticloadbalancing:CreateLoadBalancer",
        {"Name": "web", "Type": "network"},
        [f"{ELB}:loadbalancer/net/web/*"],
    ),
    ("elasticloadbalancing:CreateListener", {"LoadBalancerArn": BALANCER}, [BALANCER]),
    (
        "elasticloadbalancing:AddTags",
        {"ResourceArns": [BALANCER, f"{ELB}:targetgroup/t/1"]},
        [BALANCER, f"{ELB}:targetgroup/t/1"],
    ),
    (
        "autoscaling:SetDesiredCapacity",
        {"AutoScalingGroupName": "eks-blue-spot"},
        [f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/eks-blue-spot"],
    ),
    ("cloudwatch:GetMetricData", {}, ["*"]),
    ("s3:GetObject", {"Bucket": "b", "Key": ".pulumi/x"}, ["arn:aws:s3:::b/.pulumi/x"]),
    ("s3:ListBucket", {"Bucket": "b"}, ["arn:aws:s3:::b"]),
    ("kms:Decrypt", {"KeyId": "alias/none"}, [None]),
    ("kms:CreateKey", {}, ["*"]),
)


@pytest.mark.parametrize(
    ("action", "parameters", "expected"), CASES, ids=lambda it: it if isinstance(it, str) else ""
)
def test_the_resources_of_a_call(
    action: str, parameters: Mapping[str, Any], expected: Sequence[str | None]
) -> None:
    assert list(named(action, parameters)) == list(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop.Devinfra.FR.", "shop.devinfra.fr"),
        ("*.shop.devinfra.fr", "\\052.shop.devinfra.fr"),
        ("\\052.shop.devinfra.fr", "\\052.shop.devinfra.fr"),
        ("a_b-1.devinfra.fr", "a_b-1.devinfra.fr"),
        ("a b.devinfra.fr", "a\\040b.devinfra.fr"),
        ("caf\u00e9.devinfra.fr", "caf\\303\\251.devinfra.fr"),
    ],
)
def test_names_of_records_are_normalized(name: str, expected: str) -> None:
    assert normalized(name) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, None),
        ({"Tags": []}, None),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}, {"a": "1", "b": ""}),
        ({"Tags": [{"TagKey": "a", "TagValue": "1"}]}, {"a": "1"}),
        ({"tags": {"a": "1"}}, {"a": "1"}),
        ({"AddTags": [{"Key": "a", "Value": "1"}]}, {"a": "1"}),
    ],
)
def test_tags_are_read_in_every_form(
    parameters: Mapping[str, Any], expected: Mapping[str, str] | None
) -> None:
    assert tags_of(parameters) == expected


def test_tags_of_ec2_are_those_of_one_type() -> None:
    tags = [{"Key": "a", "Value": "1"}]
    said = {"TagSpecifications": [{"ResourceType": "subnet", "Tags": tags}]}
    assert tags_of(said, "subnet") == {"a": "1"}
    assert tags_of(said, "vpc") is None
