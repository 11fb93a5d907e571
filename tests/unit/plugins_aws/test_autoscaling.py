"""Auto Scaling groups."""

import json
from typing import TYPE_CHECKING

import pytest
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from localcloud.plugins.aws import autoscaling
from localcloud.plugins.aws.clients import Clients
from localcloud.plugins.plugin import Object, PluginError
from tests.unit.plugins_aws.conftest import Driver, Made

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"


@pytest.fixture
def refreshes(monkeypatch: pytest.MonkeyPatch) -> list[Object]:
    """Instance refreshes that were asked for; moto itself has none."""
    asked: list[Object] = []

    def start(response: AutoScalingResponse) -> ActionResult:
        asked.append(dict(response._get_params()))
        return ActionResult({"InstanceRefreshId": str(len(asked))})

    monkeypatch.setattr(AutoScalingResponse, "start_instance_refresh", start, raising=False)
    return asked


@pytest.fixture
def template(driver: Driver) -> Made:
    return driver.create(
        TEMPLATE,
        name="nodes",
        imageId="ami-12345678",
        instanceType="m6i.large",
        updateDefaultVersion=True,
    )


@pytest.fixture
def subnets(aws: Clients) -> list[str]:
    vpc = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return [
        aws.ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("abc")
    ]


def policy(template: Made, version: str = "1") -> Object:
    return {
        "instancesDistribution": {
            "onDemandBaseCapacity": 0,
            "onDemandPercentageAboveBaseCapacity": 0,
            "spotAllocationStrategy": "price-capacity-optimized",
        },
        "launchTemplate": {
            "launchTemplateSpecification": {
                "launchTemplateId": template.resource_id,
                "version": version,
            },
            "overrides": [{"instanceType": "m6i.large"}, {"instanceType": "m6a.large"}],
        },
    }


def tag(key: str, value: str) -> Object:
    return {"key": key, "value": value, "propagateAtLaunch": True}


@pytest.fixture
def group(driver: Driver, template: Made, subnets: list[str]) -> Made:
    return driver.create(
        GROUP,
        name="nodes",
        minSize=1,
        maxSize=3,
        desiredCapacity=2,
        vpcZoneIdentifiers=list(reversed(subnets)),
        mixedInstancesPolicy=policy(template),
        capacityRebalance=True,
        healthCheckType="EC2",
        healthCheckGracePeriod=120,
        instanceRefresh={"strategy": "Rolling", "preferences": {"minHealthyPercentage": 90}},
        tags=[tag("Name", "node"), tag("cluster", "blue")],
    )


def real(aws: Clients, name: str = "nodes") -> "AutoScalingGroupTypeDef":
    groups = aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    return groups["AutoScalingGroups"][0]


def test_a_group_lives(aws: Clients, group: Made) -> None:
    assert group.resource_id == "nodes"
    assert len(real(aws)["Instances"]) == 2
    group.assert_importable()
    assert group.replaced_by(name="others") == {"name"}
    group.delete()
    states = [
        instance["State"]["Name"]
        for reservation in aws.ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert set(states) <= {"terminated", "shutting-down"}


@pytest.mark.usefixtures("refreshes")
def test_types_are_those_that_ec2_has(aws: Clients, group: Made) -> None:
    policy = group.inputs["mixedInstancesPolicy"]
    with pytest.raises(PluginError, match=r"Invalid value 'm6i\.lagre' for InstanceType"):
        group.update(mixedInstancesPolicy=_with_type(policy, "m6i.lagre"))
    group.update(mixedInstancesPolicy=_with_type(policy, "u-6tb1.metal"))
    (found,) = aws.ec2.describe_instance_types(InstanceTypes=["u-6tb1.metal"])["InstanceTypes"]
    assert found["VCpuInfo"] == {"DefaultVCpus": 448}


def _with_type(policy: Object, name: str) -> Object:
    template = {**policy["launchTemplate"], "overrides": [{"instanceType": name}]}
    return {**policy, "launchTemplate": template}


def test_sizes(aws: Clients, group: Made) -> None:
    group.update(minSize=2, maxSize=5, desiredCapacity=4)
    assert len(real(aws)["Instances"]) == 4
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=3)
    assert group.drift() == {"desiredCapacity"}
    # As under ignoreChanges: what the autoscaler chose stays.
    group.refresh()
    group.update(maxSize=6)
    assert real(aws)["DesiredCapacity"] == 3
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName="nodes", MaxSize=9)
    # moto takes the policy away with any call that does not repeat it.
    assert group.drift() == {"maxSize", "mixedInstancesPolicy"}


def test_a_size_that_the_program_leaves_to_others_is_no_drift(
    driver: Driver, aws: Clients, template: Made, subnets: list[str]
) -> None:
    group = driver.create(
        GROUP,
        "nodes",
        minSize=0,
        maxSize=2,
        vpcZoneIdentifiers=subnets,
        mixedInstancesPolicy=policy(template),
    )
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName=group.resource_id, DesiredCapacity=1)
    assert group.drift() == set()
    group.update(desiredCapacity=0)
    assert real(aws, group.resource_id)["DesiredCapacity"] == 0


def grow(group: Made, aws: Clients, *, timeout: str) -> None:
    """Raises `minSize` after the autoscaler has chosen 3 instances, which nobody told us of."""
    aws.autoscaling.set_desired_capacity(AutoScalingGroupName="nodes", DesiredCapacity=3)
    news = {**group.inputs, "minSize": 2, "waitForCapacityTimeout": timeout}
    group.provider.update(
        GROUP, "nodes", group.state, group.inputs, news, preview=False, timeout=60
    )


def test_after_a_change_of_sizes_just_as_many_are_waited_for_as_were_known(
    aws: Clients, group: Made
) -> None:
    with pytest.raises(PluginError, match="did not have exactly 2 healthy instances in 1 s"):
        grow(group, aws, timeout="1s")


def test_a_group_that_is_not_to_be_waited_for_is_not(aws: Clients, group: Made) -> None:
    grow(group, aws, timeout="0")
    assert (real(aws)["MinSize"], real(aws)["DesiredCapacity"]) == (2, 3)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("0", 0), ("0s", 0), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1.5m", 90)],
)
def test_durations_are_read_as_go_writes_them(said: str, seconds: float) -> None:
    assert autoscaling._seconds(said) == seconds


def test_tags(aws: Clients, group: Made) -> None:
    key = {"ResourceId": "nodes", "ResourceType": "auto-scaling-group"}
    aws.autoscaling.delete_tags(Tags=[{**key, "Key": "cluster"}])  # pyright: ignore[reportArgumentType]
    assert group.drift() == {"tags"}
    group.update(tags=[tag("new", "x"), tag("Name", "node")])
    assert {(it["Key"], it["Value"]) for it in real(aws)["Tags"]} == {
        ("Name", "node"),
        ("new", "x"),
    }
    group.update(tags=None)
    assert real(aws)["Tags"] == []


def test_processes_and_metrics(aws: Clients, group: Made) -> None:
    group.update(suspendedProcesses=["AZRebalance"])
    aws.autoscaling.suspend_processes(AutoScalingGroupName="nodes", ScalingProcesses=["Terminate"])
    assert group.drift() == {"suspendedProcesses"}
    group.refresh()
    group.update(suspendedProcesses=["Terminate"])
    suspended = [it["ProcessName"] for it in real(aws)["SuspendedProcesses"]]
    assert suspended == ["Terminate"]
    group.update(enabledMetrics=["GroupMinSize"])
    group.update(enabledMetrics=["GroupMaxSize", "GroupMinSize"])
    metrics = [it["Metric"] for it in real(aws)["EnabledMetrics"]]
    assert metrics == ["GroupMaxSize", "GroupMinSize"]
    aws.autoscaling.disable_metrics_collection(
        AutoScalingGroupName="nodes", Metrics=["GroupMaxSize"]
    )
    assert group.drift() == {"enabledMetrics"}
    group.refresh()
    group.update(enabledMetrics=None)
    assert real(aws).get("EnabledMetrics") == []
    aws.autoscaling.enable_metrics_collection(
        AutoScalingGroupName="nodes", Metrics=["GroupMinSize"], Granularity="1Minute"
    )
    assert group.drift() == {"enabledMetrics"}


def test_health_and_subnets(aws: Clients, group: Made, subnets: list[str]) -> None:
    group.update(healthCheckGracePeriod=300, vpcZoneIdentifiers=subnets[:2])
    assert real(aws)["VPCZoneIdentifier"].split(",") == subnets[:2]
    aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="nodes", HealthCheckGracePeriod=10
    )
    assert group.drift() == {"healthCheckGracePeriod", "mixedInstancesPolicy"}


def test_a_new_template_version_refreshes_the_instances(
    aws: Clients, group: Made, template: Made, refreshes: list[Object]
) -> None:
    group.update(maxSize=4)
    assert refreshes == []
    template.update(imageId="ami-87654321")
    group.update(mixedInstancesPolicy=policy(template, "2"))
    specification = real(aws)["MixedInstancesPolicy"]["LaunchTemplate"].get(
        "LaunchTemplateSpecification", {}
    )
    assert specification.get("Version") == "2"
    (asked,) = refreshes
    assert asked["AutoScalingGroupName"] == "nodes"
    assert asked["Preferences"] == {"MinHealthyPercentage": 90}


def test_a_named_trigger_refreshes_too(group: Made, refreshes: list[Object]) -> None:
    group.update(instanceRefresh={"strategy": "Rolling", "triggers": ["tag"]})
    group.update(tags=[tag("Name", "other")])
    assert len(refreshes) == 1


def test_a_difference_in_the_policy_is_told_by_its_place(group: Made, template: Made) -> None:
    found = group.diff(mixedInstancesPolicy=policy(template, "2"))
    path = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version"
    assert found.changes == {path: "update"}


def test_what_aws_does_not_take_is_no_silent_success(group: Made) -> None:
    # moto keeps the first value of this one.
    news = {**group.inputs, "capacityRebalance": False}
    with pytest.raises(PluginError, match=f"^{GROUP}: .*capacityRebalance"):
        group.provider.update(
            GROUP, "nodes", group.state, group.inputs, news, preview=False, timeout=5
        )


def test_a_group_that_was_deleted_is_gone(aws: Clients, group: Made) -> None:
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName="nodes", ForceDelete=True)
    assert group.read() is None
    group.delete()


def test_what_a_group_needs(driver: Driver, template: Made) -> None:
    found = driver.failures(
        GROUP,
        minSize=0,
        mixedInstancesPolicy={"launchTemplate": {"overrides": [{"instanceTypes": []}]}},
        tags=[{"key": "a"}],
    )
    inner = "mixedInstancesPolicy.launchTemplate"
    assert found.keys() == {
        "maxSize",
        f"{inner}.launchTemplateSpecification",
        f"{inner}.overrides[0].instanceTypes",
        "tags[0].value",
        "tags[0].propagateAtLaunch",
    }
    bad = policy(template)
    bad["launchTemplate"]["launchTemplateSpecification"]["launchTemplateId"] = "lt-none"
    with pytest.raises(PluginError, match=f"^{GROUP}: "):
        driver.provider.create(
            GROUP,
            {"name": "n", "minSize": 0, "maxSize": 1, "mixedInstancesPolicy": bad},
            preview=False,
            timeout=5,
        )
    assert "nodes" not in json.dumps(bad)
