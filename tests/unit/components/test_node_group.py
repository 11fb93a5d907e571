"""Node groups: what EC2 is asked to launch, and what the autoscaler may know of it."""

import base64
import json

import pytest
from pulumi_aws import ec2
from pydantic import ValidationError

from components.node_group import NodeGroup, NodeGroupArgs
from components.node_group_tags import Tag, group_tags
from components.user_data import ClusterDetails, Taint, labels_and_taints, user_data
from settings import node_groups
from stacks.tags import common_tags
from tests.unit.pulumi_harness import Checks, Plain, Ran, run

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
COMPONENT = "eks-platform:nodeGroup:NodeGroup"
COMMON = {"Stack": "blue"}
TYPES = ("m7i.large", "m7a.large", "m6i.large")
STARTUP = Taint("node.cilium.io/agent-not-ready", "true", "NoExecute")


def settings(**changes: Plain) -> node_groups.NodeGroup:
    values = {"capacity": "spot", "instanceTypes": TYPES, "min": 1, "max": 20, **changes}
    return node_groups.NodeGroup.model_validate(values)


def make(*, startup_taints: tuple[Taint, ...] = (), preview: bool = False, **changes: Plain) -> Ran:
    def program(_: Checks) -> None:
        needed = ec2.SecurityGroup("needed")
        args = NodeGroupArgs(
            tags=COMMON,
            cluster_name="eks-blue",
            group_name="workers",
            settings=settings(**changes),
            endpoint="https://api.example.com",
            certificate_authority="QUJD",
            service_cidr="172.20.0.0/16",
            image_id="ami-1",
            instance_profile_arn="arn:profile",
            security_group_id="sg-1",
            subnet_ids=("subnet-1", "subnet-2", "subnet-3"),
            startup_taints=startup_taints,
            after=[needed],
        )
        NodeGroup("workers", args)

    made = {} if preview else {TEMPLATE: {"latestVersion": 7}}
    return run(program, resources=made, preview=preview)


def template(**changes: Plain) -> Plain:
    return make(**changes).only(TEMPLATE).inputs


def group(**changes: Plain) -> Plain:
    return make(**changes).only(GROUP).inputs


def tags_of(inputs: Plain) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in inputs["tags"]}


def test_instances_take_metadata_only_by_token_and_from_the_host() -> None:
    assert template()["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }


def test_the_root_volume_is_encrypted_and_goes_with_the_instance() -> None:
    assert template(diskGiB=80)["blockDeviceMappings"] == [
        {
            "deviceName": "/dev/xvda",
            "ebs": {
                "volumeType": "gp3",
                "volumeSize": 80,
                "encrypted": "true",
                "deleteOnTermination": "true",
            },
        }
    ]


def test_instances_have_no_public_address_and_the_nodes_security_group() -> None:
    assert template()["networkInterfaces"] == [
        {
            "deviceIndex": 0,
            "associatePublicIpAddress": "false",
            "deleteOnTermination": "true",
            "securityGroups": ["sg-1"],
        }
    ]


def test_the_template_holds_image_profile_and_monitoring_and_its_newest_version_is_default() -> (
    None
):
    said = template()
    assert said["name"] == "eks-blue-workers"
    assert said["imageId"] == "ami-1"
    assert said["iamInstanceProfile"] == {"arn": "arn:profile"}
    assert said["monitoring"] == {"enabled": True}
    assert said["updateDefaultVersion"] is True


def test_whatever_an_instance_brings_along_carries_the_tags() -> None:
    expected = {
        "Stack": "blue",
        "Name": "eks-blue-workers",
        "kubernetes.io/cluster/eks-blue": "owned",
    }
    assert template()["tagSpecifications"] == [
        {"resourceType": kind, "tags": expected}
        for kind in ("instance", "volume", "network-interface")
    ]


def test_user_data_is_that_of_the_cluster_and_the_group() -> None:
    wanted = settings(labels={"team": "video"})
    cluster = ClusterDetails(
        name="eks-blue",
        endpoint="https://api.example.com",
        certificate_authority="QUJD",
        service_cidr="172.20.0.0/16",
    )
    said = base64.b64decode(template(labels={"team": "video"})["userData"]).decode()
    assert said == user_data(cluster, labels_and_taints(wanted))
    started = template(startup_taints=(STARTUP,))["userData"]
    assert str(STARTUP) in base64.b64decode(started).decode()


def test_a_new_template_version_refreshes_the_instances_a_few_at_a_time() -> None:
    said = group()
    template_of_group = said["mixedInstancesPolicy"]["launchTemplate"]
    assert template_of_group["launchTemplateSpecification"] == {
        "launchTemplateId": "workers-id",
        "version": "7",
    }
    assert said["instanceRefresh"] == {
        "strategy": "Rolling",
        "preferences": {"minHealthyPercentage": 90, "maxHealthyPercentage": 110},
    }


@pytest.mark.parametrize(("capacity", "on_demand"), [("spot", 0), ("on-demand", 100)])
def test_all_instances_are_bought_as_the_settings_say(capacity: str, on_demand: int) -> None:
    said = group(capacity=capacity)
    policy = said["mixedInstancesPolicy"]
    assert policy["instancesDistribution"] == {
        "onDemandAllocationStrategy": "prioritized",
        "onDemandBaseCapacity": 0,
        "onDemandPercentageAboveBaseCapacity": on_demand,
        "spotAllocationStrategy": "price-capacity-optimized",
    }
    assert policy["launchTemplate"]["overrides"] == [{"instanceType": kind} for kind in TYPES]
    assert said["capacityRebalance"] is (capacity == "spot")


def test_the_autoscaler_keeps_the_number_of_nodes() -> None:
    ran = make(min=2, desired=4, max=9)
    said = ran.only(GROUP)
    sizes = [said.inputs[key] for key in ("minSize", "desiredCapacity", "maxSize")]
    assert sizes == [2, 4, 9]
    assert said.ignore_changes == ("desiredCapacity",)
    # After a change of min the provider would wait for the number it last knew, for 10 minutes.
    assert said.inputs["waitForCapacityTimeout"] == "0"


def test_the_group_is_in_all_zones_and_gives_instances_time_to_start() -> None:
    said = group()
    assert said["name"] == "eks-blue-workers"
    assert said["vpcZoneIdentifiers"] == ["subnet-1", "subnet-2", "subnet-3"]
    assert (said["healthCheckType"], said["healthCheckGracePeriod"]) == ("EC2", 120)


def test_the_autoscaler_finds_the_group_and_knows_nodes_that_do_not_exist_yet() -> None:
    said = group(
        labels={"team": "video"},
        taints=({"key": "dedicated", "value": "video", "effect": "NoExecute"},),
        startup_taints=(STARTUP,),
    )
    prefix = "k8s.io/cluster-autoscaler"
    assert tags_of(said) == {
        "Stack": "blue",
        "Name": "eks-blue-workers",
        "kubernetes.io/cluster/eks-blue": "owned",
        "aws-node-termination-handler/managed": "true",
        f"{prefix}/enabled": "true",
        f"{prefix}/eks-blue": "owned",
        f"{prefix}/node-template/label/node.kubernetes.io/lifecycle": "spot",
        f"{prefix}/node-template/label/team": "video",
        f"{prefix}/node-template/taint/spot": "true:NoSchedule",
        f"{prefix}/node-template/taint/dedicated": "video:NoExecute",
    }


def test_instances_get_their_own_tags_and_not_the_autoscalers() -> None:
    propagated = {tag["key"] for tag in group()["tags"] if tag["propagateAtLaunch"]}
    assert propagated == {
        "Stack",
        "Name",
        "kubernetes.io/cluster/eks-blue",
        "aws-node-termination-handler/managed",
    }


def test_tags_are_in_the_order_of_their_keys_whatever_the_stack_file_says() -> None:
    marks = labels_and_taints(settings(labels={"b": "1", "a": "2"}))
    turned = labels_and_taints(settings(labels={"a": "2", "b": "1"}))
    tags = group_tags("eks-blue", {"z": "1", "Name": "x"}, marks)
    assert tags == group_tags("eks-blue", {"Name": "x", "z": "1"}, turned)
    assert [tag.key for tag in tags] == sorted(tag.key for tag in tags)


@pytest.mark.parametrize("effects", [("NoExecute", "NoSchedule"), ("NoSchedule", "NoExecute")])
def test_of_two_taints_of_one_key_the_autoscaler_knows_the_stricter(
    effects: tuple[str, str],
) -> None:
    taints = tuple({"key": "dedicated", "value": e[2:5], "effect": e} for e in effects)
    tags = group_tags("eks-blue", {}, labels_and_taints(settings(taints=taints)))
    key = "k8s.io/cluster-autoscaler/node-template/taint/dedicated"
    assert [tag for tag in tags if tag.key == key] == [Tag(key, "Exe:NoExecute", propagate=False)]


def test_nodes_go_before_what_they_need() -> None:
    ran = make()
    assert ran.only(GROUP).waits_for(ran.only("aws:ec2/securityGroup:SecurityGroup"))


def test_the_output_is_the_groups_name() -> None:
    ran = make()
    component = ran.only(COMPONENT)
    assert ran.outputs_of(component) == {"groupName": "eks-blue-workers"}
    assert {ran.only(TEMPLATE).parent, ran.only(GROUP).parent} == {component.urn}


def test_a_preview_before_the_template_exists() -> None:
    assert make(preview=True).only(GROUP).inputs["name"] == "eks-blue-workers"


@pytest.mark.parametrize(("capacity", "common"), [("spot", 37), ("on-demand", 38)])
def test_what_the_settings_just_allow_makes_as_many_tags_as_long_as_aws_allows(
    capacity: str, common: int
) -> None:
    longest = f"{'a' * 19}/{'b' * 62}"
    taints = [{"key": longest, "effect": it} for it in ("NoSchedule", "NoExecute")]
    group = {
        "capacity": capacity,
        "instanceTypes": list(TYPES),
        "min": 1,
        "max": 2,
        "labels": {longest: "", "team": ""},
        "taints": taints,
    }

    def load(tags: int) -> node_groups.NodeGroup:
        return node_groups.NodeGroup.model_validate_json(json.dumps(group), context={"tags": tags})

    stack = common_tags("blue", {f"t{number}": "" for number in range(common)})
    tags = group_tags("eks-blue", {**stack, "Name": "x"}, labels_and_taints(load(common)))
    assert len(tags) == 50
    assert max(len(tag.key) for tag in tags) == 128
    with pytest.raises(ValidationError, match="1 fewer of its labels"):
        load(common + 1)


def test_a_group_counts_nothing_unless_it_is_watched() -> None:
    assert "enabledMetrics" not in group()
