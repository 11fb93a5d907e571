"""A new node of a group is like one that it has, else as its tags say."""

from dataclasses import replace
from decimal import Decimal

from components.node_group_tags import group_tags
from components.user_data import labels_and_taints
from localcloud.cluster_autoscaler.groups import Template, template_of_nodes, template_of_tags
from localcloud.cluster_autoscaler.objects import Pod, Taint
from settings.node_groups import NodeGroup
from tests.unit.cluster_autoscaler.making import (
    NOW,
    SPOT,
    TOLERATES_SPOT,
    after,
    group,
    instance_type,
    node,
    pod,
    running,
)

AGENT = "node.cilium.io/agent-not-ready"


def made(tags: dict[str, str], daemons: tuple[Pod, ...] = ()) -> Template:
    return template_of_tags(replace(group(), tags=tags), instance_type("m5.xlarge"), daemons)


def test_tags_of_the_platforms_own_groups_make_a_node_that_its_pods_fit() -> None:
    wanted = NodeGroup.model_validate(
        {
            "capacity": "spot",
            "instanceTypes": ("m5.xlarge", "m6i.xlarge"),
            "min": 0,
            "max": 3,
            "labels": {"team": "news"},
            "taints": ({"key": "dedicated", "value": "news", "effect": "NoExecute"},),
        }
    )
    tags = group_tags("eks-blue", {"Name": "eks-blue-spot"}, labels_and_taints(wanted))
    found = made({it.key: it.value for it in tags}).node
    assert found.labels["team"] == "news"
    assert found.labels["node.kubernetes.io/lifecycle"] == "spot"
    assert found.labels["topology.kubernetes.io/zone"] == "eu-west-1a"
    assert set(found.taints) == {SPOT, Taint("dedicated", "news", "NoExecute")}
    assert found.allocatable["cpu"] == Decimal(4)


def test_resources_of_tags_and_only_pods_of_daemons_that_fit_count() -> None:
    prefix = "k8s.io/cluster-autoscaler/node-template"
    everywhere = pod("0.1", owner="DaemonSet", tolerations=TOLERATES_SPOT)
    elsewhere = pod("0.1", owner="DaemonSet")
    found = made(
        {
            f"{prefix}/resources/example.org/disk": "3",
            f"{prefix}/taint/spot": "true:NoSchedule",
            f"{prefix}/taint/odd": "no effect",
        },
        daemons=(everywhere, elsewhere),
    )
    assert found.node.allocatable["example.org/disk"] == Decimal(3)
    assert found.node.taints == (SPOT,)
    assert found.daemon_pods == (everywhere,)


def test_a_node_that_is_ready_tells_more_than_tags_without_what_passes() -> None:
    seen = replace(
        node("n1", cpu=2),
        taints=(SPOT, Taint("node.kubernetes.io/not-ready", "", "NoSchedule")),
        labels={"kubernetes.io/hostname": "n1", "of-the-kubelet": "yes"},
    )
    starting = replace(node("n0", cpu=8), taints=(Taint(AGENT, "", "NoSchedule"),))
    broken = replace(node("n-1", cpu=16), ready=False)
    young = replace(node("n00", cpu=8), ready_since=after(seconds=-59))
    daemon, own = running("n1", owner="DaemonSet"), running("n1")
    nodes, passing = [broken, young, replace(starting, cordoned=True), seen], frozenset({AGENT})
    found = template_of_nodes(group(), nodes, lambda _: [daemon, own], passing, NOW)
    assert found is not None
    assert found.node.allocatable["cpu"] == Decimal(2)
    assert found.node.labels == {
        "kubernetes.io/hostname": "template-node-for-eks-blue-spot",
        "of-the-kubelet": "yes",
    }
    assert found.node.taints == (SPOT,)
    assert found.daemon_pods == (daemon,)
    # Of one that starts, the taint that passes is left out.
    like = template_of_nodes(group(), [starting], lambda _: [], passing, NOW)
    assert like is not None
    assert like.node.taints == ()
    assert template_of_nodes(group(), [young, broken], lambda _: [], passing, NOW) is None
