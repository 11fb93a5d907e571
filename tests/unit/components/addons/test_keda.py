"""KEDA: nothing of it by default; where it is asked for, no rights but those that it needs."""

import json

import pytest

from catalogue.addons import CATALOGUE
from tests.unit.components.addons.addon_cluster import KEDA
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed, with_addon
from tests.unit.pulumi_harness import Plain, Ran

POLICY = "aws:iam/rolePolicy:RolePolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def values(ran: Ran) -> Plain:
    return ran.only(RELEASE, "keda").inputs["values"]


def statements(ran: Ran) -> list[Plain]:
    return [
        statement
        for it in ran.of_type(POLICY)
        if it.name == "keda"
        for statement in json.loads(it.inputs["policy"])["Statement"]
    ]


def test_it_is_installed_only_where_it_is_asked_for() -> None:
    assert "keda" not in {it.name for it in deployed().of_type(RELEASE)}
    more = {(it.type, it.name) for it in with_addon("keda").resources}
    plain = {(it.type, it.name) for it in deployed().resources}
    assert plain < more
    assert (NAMESPACE, "keda-namespace-keda") in more - plain


def test_its_role_reads_what_the_stack_file_names() -> None:
    found = {it["Action"][0]: it["Resource"] for it in statements(with_addon("keda"))}
    assert found == {
        "sqs:GetQueueAttributes": [
            "arn:aws:sqs:eu-west-1:123456789012:orders",
            "arn:aws:sqs:eu-west-1:123456789012:films.fifo",
        ],
        "cloudwatch:GetMetricData": ["*"],
    }


@pytest.mark.parametrize(
    ("keda", "actions"),
    [
        ({}, set[str]()),
        ({"queues": ["orders"]}, {"sqs:GetQueueAttributes"}),
        ({"cloudwatch": True}, {"cloudwatch:GetMetricData"}),
    ],
)
def test_what_it_need_not_read_it_may_not(keda: dict[str, object], actions: set[str]) -> None:
    ran = deploy(keda=keda)
    assert {it["Action"][0] for it in statements(ran)} == actions
    said = values(ran)["serviceAccount"]["operator"]["annotations"]
    assert ("eks.amazonaws.com/role-arn" in said) is bool(actions)


def test_it_reads_no_secrets_of_applications_and_no_kinds_but_those_it_scales() -> None:
    said = values(with_addon("keda"))
    assert said["rbac"]["enabledCustomScaledRefKinds"] is False
    assert {it["restrict"]["secret"] for it in said["permissions"].values()} == {True}


def test_its_kinds_and_what_applications_made_of_them_outlive_it() -> None:
    # Else the kinds wait for finalizers of an operator that went with the same release.
    annotations = values(with_addon("keda"))["crds"]["additionalAnnotations"]
    assert annotations == {"helm.sh/resource-policy": "keep"}


def test_one_server_for_each_aggregated_api() -> None:
    served = [line.serves for line in CATALOGUE if line.serves]
    assert sorted(served) == ["external.metrics.k8s.io", "metrics.k8s.io"]


def test_where_namespaces_are_isolated_its_parts_reach_each_other() -> None:
    ran = deploy(keda=KEDA, isolated=True)
    (policy,) = [
        it.inputs["spec"]
        for it in ran.of_type(NETWORK_POLICY)
        if it.inputs["metadata"]["namespace"] == "keda"
    ]
    ports = [{port["port"] for port in rule["ports"]} for rule in policy["ingress"]]
    assert ports == [{4443, 9443}, {8080, 9666}]
    assert values(ran)["service"]["portHttpsTarget"] == 4443
