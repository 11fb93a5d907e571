"""Karpenter: nothing of it by default; where it is chosen, nodes like those of groups."""

import json

import pytest
import yaml

from catalogue.addons import LINES
from components.user_data import NETWORK_TAINT, common_node_config
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed, with_addon
from tests.unit.pulumi_harness import Plain, Ran

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
RULE = "aws:cloudwatch/eventRule:EventRule"
QUEUE = "aws:sqs/queue:Queue"
HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"


def karpenter() -> Ran:
    return with_addon("karpenter")


def pools() -> dict[str, Plain]:
    return {it.inputs["metadata"]["name"]: it.inputs for it in karpenter().of_type(POOL)}


def names(ran: Ran) -> set[str]:
    return {it.name for it in ran.of_type(RELEASE)}


def test_one_autoscaler_is_installed_by_default_the_groups_one() -> None:
    both = names(deployed()) & {"cluster-autoscaler", "karpenter", "karpenter-crd"}
    assert both == {"cluster-autoscaler"}
    assert not deployed().of_type(POOL)
    chosen = names(karpenter()) & {"cluster-autoscaler", "karpenter", "karpenter-crd"}
    assert chosen == {"karpenter", "karpenter-crd"}


def test_all_else_is_the_same_whichever_is_chosen() -> None:
    def others(ran: Ran) -> set[str]:
        return {it for it in names(ran) if LINES[it].autoscaler is None}

    assert others(deployed()) == others(karpenter())


def test_nodes_start_with_what_those_of_groups_start_with() -> None:
    spec = karpenter().only(NODE_CLASS).inputs["spec"]
    assert spec["amiSelectorTerms"] == [{"id": "ami-1"}]
    assert spec["instanceProfile"] == "eks-blue-node"
    assert "role" not in spec
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-1"}]
    assert [it["id"] for it in spec["subnetSelectorTerms"]] == ["subnet-1", "subnet-2", "subnet-3"]
    assert spec["associatePublicIPAddress"] is False
    assert spec["metadataOptions"]["httpTokens"] == "required"
    assert spec["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = spec["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] is True
    assert disk["ebs"]["volumeSize"] == "50Gi"
    config = yaml.safe_load(spec["userData"])
    assert config["kind"] == "NodeConfig"
    assert config["spec"]["kubelet"]["config"]["shutdownGracePeriod"] == "45s"
    assert spec["userData"] == common_node_config()


def test_the_termination_handler_leaves_its_nodes_alone() -> None:
    tags = karpenter().only(NODE_CLASS).inputs["spec"]["tags"]
    assert "aws-node-termination-handler/managed" not in tags
    said = karpenter().only(RELEASE, "aws-node-termination-handler").inputs["values"]
    assert said["checkTagBeforeDraining"] is True


def test_pods_of_spot_nodes_run_on_its_spot_nodes_and_no_others() -> None:
    spot = pools()["spot"]["spec"]["template"]
    assert spot["metadata"]["labels"] == {"node.kubernetes.io/lifecycle": "spot"}
    assert spot["spec"]["taints"] == [{"key": "spot", "value": "true", "effect": "NoSchedule"}]
    rest = pools()["on-demand"]["spec"]["template"]
    assert rest["metadata"]["labels"] == {"node.kubernetes.io/lifecycle": "on-demand"}
    assert not rest["spec"]["taints"]
    assert pools()["spot"]["spec"]["weight"] > pools()["on-demand"]["spec"]["weight"]


@pytest.mark.parametrize("name", ["spot", "on-demand"])
def test_a_pool_lets_go_of_nodes_in_time_and_a_few_at_once(name: str) -> None:
    spec = pools()[name]["spec"]
    inner = spec["template"]["spec"]
    assert inner["terminationGracePeriod"] == "10m"
    assert [it["key"] for it in inner["startupTaints"]] == [NETWORK_TAINT.key]
    assert NETWORK_TAINT.key not in [it["key"] for it in inner["taints"]]
    assert spec["limits"] == {"cpu": "200"}
    reasons = {reason for it in spec["disruption"]["budgets"] for reason in it["reasons"]}
    assert reasons == {"Drifted", "Empty", "Underutilized"}
    asked = {it["key"]: it["values"] for it in inner["requirements"]}
    assert asked["karpenter.sh/capacity-type"] == [name]
    assert asked["kubernetes.io/arch"] == ["amd64"]
    assert pools()[name]["metadata"]["annotations"] == {
        "pulumi.com/deletionPropagationPolicy": "foreground"
    }


def test_kinds_come_first_then_karpenter_then_its_class_then_pools() -> None:
    ran = karpenter()
    order = [
        ran.only(RELEASE, "karpenter-crd"),
        ran.only(RELEASE, "karpenter"),
        ran.only(NODE_CLASS),
        *ran.of_type(POOL),
    ]
    places = [ran.resources.index(it) for it in order]
    assert places == sorted(places)


def test_its_queue_is_its_own_and_it_asks_for_no_hooks() -> None:
    ran = karpenter()
    queues = {it.inputs["name"] for it in ran.of_type(QUEUE)}
    assert queues == {"eks-blue-interruptions", "eks-blue-karpenter"}
    rules = [it.inputs["name"] for it in ran.of_type(RULE)]
    assert len(rules) == len(set(rules))
    own = [it.inputs for it in ran.of_type(RULE) if "-karpenter-" in it.inputs["name"]]
    types = {json.loads(it["eventPattern"])["detail-type"][0] for it in own}
    assert types == {
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance State-change Notification",
        "AWS Health Event",
    }
    assert len(ran.of_type(HOOK)) == 1  # the handler's, of the one group


def test_a_cluster_without_spot_nodes_has_one_pool() -> None:
    said = {"spot": False, "architecture": "arm64", "categories": ["m"], "drainMinutes": 3}
    ran = deploy(autoscaler="karpenter", karpenter=said)
    (pool,) = ran.of_type(POOL)
    assert pool.inputs["metadata"]["name"] == "on-demand"
    inner = pool.inputs["spec"]["template"]["spec"]
    assert inner["terminationGracePeriod"] == "3m"
    asked = {it["key"]: it["values"] for it in inner["requirements"]}
    assert asked["kubernetes.io/arch"] == ["arm64"]
    assert asked["karpenter.k8s.aws/instance-category"] == ["m"]


def test_its_image_is_pinned_and_it_finds_its_cluster() -> None:
    said = karpenter().only(RELEASE, "karpenter").inputs["values"]
    assert said["controller"]["image"]["digest"].startswith("sha256:")
    assert said["settings"]["clusterName"] == "eks-blue"
    assert said["settings"]["interruptionQueue"] == "eks-blue-karpenter"
    assert said["dnsPolicy"] == "Default"
