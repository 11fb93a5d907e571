"""Network policies of the platform's own namespaces: only if asked for, and what they let in."""

from functools import cache

import pytest

from components.addon_stack.isolation import network_policy
from components.addons import load
from components.node_security_group import CONTROL_PLANE_PORTS
from tests.unit.components.addons.deployed import RELEASE, deploy, deployed
from tests.unit.policy.judge import Made, judge
from tests.unit.pulumi_harness import Plain, Ran

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
NAMESPACE = "kubernetes:core/v1:Namespace"
OWN = ("external-secrets", "linkerd", "logging", "overprovisioning")


@cache
def isolated() -> Ran:
    return deploy(isolated=True)


def let_in(namespace: str) -> dict[str, set[int]]:
    """Ports that each kind of peer reaches."""
    (made,) = (
        it for it in isolated().of_type(POLICY) if it.inputs["metadata"]["namespace"] == namespace
    )
    spec = made.inputs["spec"]
    assert spec["podSelector"] == {}
    assert spec["policyTypes"] == ["Ingress"], "what pods reach stays as it is"
    found: dict[str, set[int]] = {}
    for rule in spec["ingress"]:
        assert {it["protocol"] for it in rule["ports"]} == {"TCP"}
        (peer,) = rule["from"]
        key = peer["ipBlock"]["cidr"] if "ipBlock" in peer else "pods"
        found[key] = {int(it["port"]) for it in rule["ports"]}
    return found


def test_without_the_setting_there_is_none() -> None:
    assert deployed().of_type(POLICY) == []


def test_each_namespace_of_ours_has_one_before_its_pods() -> None:
    namespaces = {it.name: it for it in isolated().of_type(NAMESPACE)}
    policies = {it.inputs["metadata"]["namespace"]: it for it in isolated().of_type(POLICY)}
    assert tuple(sorted(policies)) == OWN
    for name, policy in policies.items():
        (namespace,) = (it for it in namespaces.values() if it.inputs["metadata"]["name"] == name)
        assert policy.waits_for(namespace)
        release = next(
            (it for it in isolated().of_type(RELEASE) if it.parent == policy.parent), None
        )
        assert release is None or release.waits_for(policy)


def test_the_api_server_reaches_every_port_that_it_calls_and_pods_do_not() -> None:
    for addon in load().values():
        if addon.namespace in OWN and addon.ports:
            seen = let_in(addon.namespace)
            assert set(addon.ports) <= seen["10.40.0.0/16"] <= set(CONTROL_PLANE_PORTS)
            assert not set(addon.ports) & seen["pods"]


@pytest.mark.parametrize(
    ("namespace", "peers"),
    [
        ("external-secrets", {"10.40.0.0/16": {10250}, "pods": {8080}}),
        ("logging", {"pods": {24231}}),
        ("overprovisioning", {}),
    ],
)
def test_what_a_namespace_lets_in(namespace: str, peers: dict[str, set[int]]) -> None:
    assert let_in(namespace) == peers


def test_meshed_pods_of_any_namespace_reach_linkerd() -> None:
    assert {8080, 8086, 8090, 4143} <= let_in("linkerd")["pods"]


def test_with_it_the_policies_have_no_advice_about_namespaces() -> None:
    def advice(ran: Ran) -> list[str]:
        kinds = (NAMESPACE, POLICY)
        made = [Made(it.type, it.inputs, it.name) for it in ran.resources if it.type in kinds]
        return judge("namespace-network-policy", *made).faults

    assert len(advice(deployed())) == len(OWN)
    assert advice(isolated()) == []


def test_ports_are_told_once_and_in_order() -> None:
    addons = [load()["linkerd"], load()["linkerd"]]
    spec: Plain = network_policy("linkerd", addons, "10.0.0.0/8").body["spec"]
    ports = [it["port"] for it in spec["ingress"][0]["ports"]]
    assert ports == [8443, 9443]
