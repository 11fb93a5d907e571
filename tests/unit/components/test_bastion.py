"""The bastion: what it may do, who may reach it, and that it stays one."""

import base64
import json

import pulumi

from components.bastion import NAME, PROXY_PORT, Bastion, BastionArgs
from tests.unit.pulumi_harness import Checks, Ran, run

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def make() -> Ran:
    def program(_: Checks) -> None:
        args = BastionArgs(
            tags={"Stack": "shared"},
            vpc_id="vpc-1",
            subnet_ids=pulumi.Output.from_input(["subnet-1", "subnet-2", "subnet-3"]),
            image_id="ami-1",
        )
        Bastion("bastion", args)

    return run(program, resources={TEMPLATE: {"latestVersion": 7}})


def test_its_role_holds_sessions_and_reads_no_parameter() -> None:
    ran = make()
    (statement,) = json.loads(ran.only(POLICY).inputs["policy"])["Statement"]
    assert sorted(statement["Action"]) == [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ]
    assert ran.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment") == []
    profile = ran.only("aws:iam/instanceProfile:InstanceProfile")
    assert profile.waits_for(ran.only(POLICY))


def test_nothing_comes_in_and_https_alone_goes_out() -> None:
    ran = make()
    assert not ran.only(SECURITY_GROUP).inputs.get("ingress")
    assert ran.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == []
    out = ran.only("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").inputs
    assert (out["ipProtocol"], out["fromPort"], out["toPort"]) == ("tcp", 443, 443)


def test_the_instance_is_closed_as_nodes_are() -> None:
    said = make().only(TEMPLATE).inputs
    assert said["metadataOptions"]["httpTokens"] == "required"
    assert said["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = said["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] == "true"
    (interface,) = said["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["bastion-id"]
    assert "keyName" not in said
    assert said["imageId"] == "ami-1"


def test_there_is_one_in_any_of_the_private_subnets() -> None:
    said = make().only(GROUP).inputs
    assert (said["minSize"], said["maxSize"]) == (1, 1)
    assert said["vpcZoneIdentifiers"] == ["subnet-1", "subnet-2", "subnet-3"]
    template = said["mixedInstancesPolicy"]["launchTemplate"]["launchTemplateSpecification"]
    assert template["version"] == "7"
    assert {"key": "Name", "value": NAME, "propagateAtLaunch": False} in said["tags"]


def test_the_proxy_listens_on_loopback_and_passes_on_tls_alone() -> None:
    script = base64.b64decode(make().only(TEMPLATE).inputs["userData"]).decode()
    assert script.startswith("#!/bin/bash\nset -euo pipefail\n")
    lines = script.splitlines()
    assert [it for it in lines if it.startswith("http_port")] == [
        f"http_port 127.0.0.1:{PROXY_PORT}"
    ]
    rules = [it for it in lines if it.startswith("http_access")]
    assert rules[:2] == ["http_access deny !tunnel", "http_access deny !https"]
    assert rules[-1] == "http_access deny all"
