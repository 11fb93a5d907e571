"""User data, compared with golden files and read as nodeadm would read it."""

from email import message_from_string, policy
from pathlib import Path

import pytest
import yaml

from components.user_data import ClusterDetails, Taint, labels_and_taints, user_data
from settings.node_groups import NodeGroup
from tests.unit.pulumi_harness import Plain

GOLDEN = Path(__file__).parent / "golden"
CLUSTER = ClusterDetails(
    name="eks-blue",
    endpoint="https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com",
    certificate_authority="QUJD" * 300,
    service_cidr="172.20.0.0/16",
)
SIZES = {"min": 1, "max": 3}
SPOT_TYPES = ("m7i.large", "m6i.large")
ON_DEMAND = NodeGroup.model_validate(
    {"capacity": "on-demand", "instanceTypes": ("m7i.large",), **SIZES}
)
SPOT = NodeGroup.model_validate({"capacity": "spot", "instanceTypes": SPOT_TYPES, **SIZES})
MARKED = NodeGroup.model_validate(
    {
        "capacity": "spot",
        "instanceTypes": SPOT_TYPES,
        **SIZES,
        "labels": {"team": "video", "example.com/size": "", "a": "b"},
        "taints": (
            {"key": "dedicated", "value": "video", "effect": "NoExecute"},
            {"key": "example.com/slow", "effect": "PreferNoSchedule"},
        ),
    }
)
NOT_READY = Taint("node.cilium.io/agent-not-ready", "true", "NoExecute")
CASES = {
    "on-demand": user_data(CLUSTER, labels_and_taints(ON_DEMAND)),
    "spot": user_data(CLUSTER, labels_and_taints(SPOT)),
    "spot-marked": user_data(CLUSTER, labels_and_taints(MARKED), [NOT_READY]),
}


def node_config(text: str) -> Plain:
    """The NodeConfig, after cloud-init's reading of the document."""
    document = message_from_string(text, policy=policy.default)
    (part,) = document.iter_parts()
    assert part.get_content_type() == "application/node.eks.aws"
    return yaml.safe_load(part.get_content())


@pytest.mark.parametrize("name", CASES)
def test_text_is_the_golden_file(name: str) -> None:
    assert CASES[name] == (GOLDEN / f"{name}.txt").read_text()


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_node_joins_the_cluster_without_asking_eks(name: str) -> None:
    config = node_config(CASES[name])
    assert (config["apiVersion"], config["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    assert config["spec"]["cluster"] == {
        "name": CLUSTER.name,
        "apiServerEndpoint": CLUSTER.endpoint,
        "certificateAuthority": CLUSTER.certificate_authority,
        "cidr": CLUSTER.service_cidr,
    }


def test_critical_pods_get_a_part_of_the_shutdown_time() -> None:
    kubelet = node_config(CASES["spot"])["spec"]["kubelet"]["config"]
    whole, critical = (
        int(kubelet[key].removesuffix("s"))
        for key in ("shutdownGracePeriod", "shutdownGracePeriodCriticalPods")
    )
    assert whole - critical >= 30  # what a pod gets by default
    assert whole < 120  # what a spot interruption leaves


def test_kubelet_flags_hold_labels_and_taints() -> None:
    flags = {name: node_config(text)["spec"]["kubelet"]["flags"] for name, text in CASES.items()}
    taints = (
        "spot=true:NoSchedule",
        "dedicated=video:NoExecute",
        "example.com/slow=:PreferNoSchedule",
        "node.cilium.io/agent-not-ready=true:NoExecute",
    )
    assert flags == {
        "on-demand": ["--node-labels=node.kubernetes.io/lifecycle=on-demand"],
        "spot": [
            "--node-labels=node.kubernetes.io/lifecycle=spot",
            "--register-with-taints=spot=true:NoSchedule",
        ],
        "spot-marked": [
            "--node-labels=a=b,example.com/size=,node.kubernetes.io/lifecycle=spot,team=video",
            "--register-with-taints=" + ",".join(taints),
        ],
    }


def test_the_order_of_labels_in_the_stack_file_does_not_matter() -> None:
    turned = MARKED.model_copy(update={"labels": dict(reversed(MARKED.labels.items()))})
    assert user_data(CLUSTER, labels_and_taints(turned), [NOT_READY]) == CASES["spot-marked"]
