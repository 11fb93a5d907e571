"""Launches by Karpenter's own role: just those of its cluster, by its own launch templates."""

from typing import Any

import pytest
from moto.ec2.responses.fleets import Fleets

from localcloud.server.ec2 import fleets
from localcloud.state import ACCOUNT_ID
from tests.unit.components.addons.deployed import deployed
from tests.unit.localcloud.permissions.conftest import Account, Role

CLUSTER, NODES = "eks-blue", "eks-blue-node"
TAGS = {
    f"kubernetes.io/cluster/{CLUSTER}": "owned",
    "eks:eks-cluster-name": CLUSTER,
    "karpenter.sh/nodepool": "spot",
}
OF_TEMPLATE = ("network-interface", "spot-instances-request")
OF_CALL = ("instance", "volume", "fleet")


def tagged(*kinds: str, tags: dict[str, str] = TAGS) -> list[Any]:
    said = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": said} for kind in kinds]


class Karpenter:
    """A role with the policy that the program gives Karpenter, in an account with one subnet."""

    def __init__(self, account: Account) -> None:
        self.own: Any = account.own["ec2"]
        vpc = self.own.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = self.own.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")
        self.subnet = str(made["Subnet"]["SubnetId"])
        group = self.own.create_security_group(GroupName="nodes", Description="-", VpcId=vpc)
        self.group = str(group["GroupId"])
        ours = [{"Name": "architecture", "Values": ["x86_64"]}]
        self.image = str(self.own.describe_images(Filters=ours)["Images"][0]["ImageId"])
        for name in (NODES, "other"):
            account.role(name)
            account.iam.create_instance_profile(InstanceProfileName=name)
            account.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        found = deployed(autoscaler="karpenter").of_type("aws:iam/rolePolicy:RolePolicy")
        (policy,) = [it.inputs["policy"] for it in found if it.name == "karpenter"]
        here = str(policy).replace("subnet-1", self.subnet).replace("sg-1", self.group)
        self.role: Role = account.session(account.role("karpenter", here))

    def template(self, name: str, **more: object) -> str:
        """What it is denied when it makes a launch template; empty when it makes it."""
        return self.role.call("ec2", "create_launch_template", **self._template(name, more))

    def foreign_template(self, name: str, **more: object) -> None:
        """Another's launch template."""
        self.own.create_launch_template(**self._template(name, more))

    def _template(self, name: str, more: dict[str, object]) -> dict[str, object]:
        data = {
            "ImageId": self.image,
            "IamInstanceProfile": {"Name": NODES},
            "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [self.group]}],
            "TagSpecifications": tagged(*OF_TEMPLATE),
            **more,
        }
        specifications = more.pop("tags", None) or tagged("launch-template")
        data.pop("tags", None)
        return {
            "LaunchTemplateName": name,
            "LaunchTemplateData": data,
            "TagSpecifications": specifications,
        }

    def fleet(self, template: str, tags: dict[str, str] = TAGS, subnet: str = "") -> str:
        """What it is denied when it launches a spot instance; empty when it may."""
        override = {"InstanceType": "m7i.large", "SubnetId": subnet or self.subnet}
        named = {"LaunchTemplateName": template, "Version": "$Latest"}
        return self.role.call(
            "ec2",
            "create_fleet",
            Type="instant",
            LaunchTemplateConfigs=[{"LaunchTemplateSpecification": named, "Overrides": [override]}],
            TargetCapacitySpecification={
                "TotalTargetCapacity": 1,
                "DefaultTargetCapacityType": "spot",
            },
            TagSpecifications=tagged(*OF_CALL, tags=tags),
        )


@pytest.fixture
def karpenter(account: Account, monkeypatch: pytest.MonkeyPatch) -> Karpenter:
    for name in ("create_fleet", "describe_fleets", "describe_fleet_instances", "delete_fleets"):
        monkeypatch.setattr(Fleets, name, getattr(Fleets, name))
    fleets.install()
    return Karpenter(account)


def test_it_launches_what_carries_the_tags_of_its_cluster(karpenter: Karpenter) -> None:
    assert karpenter.template("own") == ""
    assert karpenter.fleet("own") == ""
    (reservation,) = karpenter.own.describe_instances()["Reservations"]
    instance = reservation["Instances"][0]["InstanceId"]
    assert karpenter.role.may("ec2", "terminate_instances", InstanceIds=[instance])


def test_it_launches_nothing_untagged_or_elsewhere(karpenter: Karpenter) -> None:
    assert karpenter.template("own") == ""
    assert "ec2:CreateFleet on resource" in karpenter.fleet("own", tags={"a": "b"})
    green = {key.replace("blue", "green"): it.replace("blue", "green") for key, it in TAGS.items()}
    assert "ec2:CreateFleet on resource" in karpenter.fleet("own", tags=green)
    vpc = karpenter.own.describe_subnets(SubnetIds=[karpenter.subnet])["Subnets"][0]["VpcId"]
    other = karpenter.own.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    assert f"subnet/{other}" in karpenter.fleet("own", subnet=other)
    assert karpenter.own.describe_instances()["Reservations"] == []


def test_what_the_launch_template_leaves_untagged_is_denied(karpenter: Karpenter) -> None:
    assert karpenter.template("bare", TagSpecifications=tagged(OF_TEMPLATE[0])) == ""
    assert f"{OF_TEMPLATE[1]}/*" in karpenter.fleet("bare")


def test_it_launches_no_image_but_of_amazon(karpenter: Karpenter) -> None:
    made = karpenter.own.register_image(
        Name="ours", Architecture="x86_64", RootDeviceName="/dev/xvda", VirtualizationType="hvm"
    )["ImageId"]
    assert karpenter.template("ours", ImageId=made) == ""
    assert f"image/{made}" in karpenter.fleet("ours")


def test_it_launches_by_no_template_of_another(karpenter: Karpenter) -> None:
    karpenter.foreign_template("group", tags=tagged("launch-template", tags={"Stack": "blue"}))
    assert "launch-template/lt-" in karpenter.fleet("group")


def test_it_hands_on_no_other_role(karpenter: Karpenter) -> None:
    assert karpenter.template("other", IamInstanceProfile={"Name": "other"}) == ""
    assert f"iam:PassRole on resource: arn:aws:iam::{ACCOUNT_ID}:role/other" in karpenter.fleet(
        "other"
    )


def test_it_asks_by_a_dry_run_first(karpenter: Karpenter) -> None:
    assert karpenter.template("own") == ""
    asked: dict[str, Any] = {
        "DryRun": True,
        "MinCount": 1,
        "MaxCount": 1,
        "InstanceType": "m7i.large",
        "LaunchTemplate": {"LaunchTemplateName": "own", "Version": "$Latest"},
        "TagSpecifications": tagged("instance", "volume", "network-interface"),
    }
    interface = {"DeviceIndex": 0, "SubnetId": karpenter.subnet}
    assert karpenter.role.may("ec2", "run_instances", NetworkInterfaces=[interface], **asked)
    denied = karpenter.role.call("ec2", "run_instances", **asked)
    assert "ec2:RunInstances on resource: unknown" in denied  # nobody said in which subnet
