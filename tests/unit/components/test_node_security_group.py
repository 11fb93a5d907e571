"""The nodes' security group: every way in and out, and no other."""

import re

from components.node_security_group import NodeSecurityGroup, NodeSecurityGroupArgs
from tests.unit.pulumi_harness import Checks, Ran, Registered, run

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
NODES, CONTROL_PLANE = "nodes-id", "sg-cluster"


def make() -> Ran:
    args = NodeSecurityGroupArgs(
        tags={"Stack": "blue"},
        cluster_name="eks-blue",
        cluster_security_group_id=CONTROL_PLANE,
        vpc_id="vpc-1",
    )

    def program(_: Checks) -> None:
        NodeSecurityGroup("nodes", args)

    return run(program)


def way(rule: Registered) -> tuple[str, str, str, int | None, int | None]:
    """From, to, protocol, first and last port."""
    said = rule.inputs
    source = said.get("referencedSecurityGroupId") or said["cidrIpv4"]
    ports = said.get("fromPort"), said.get("toPort")
    return source, said["securityGroupId"], said["ipProtocol"], *ports


def test_every_way_in_is_declared_and_no_other() -> None:
    rules = make().of_type(INGRESS)
    assert sorted((way(rule) for rule in rules), key=str) == sorted(
        [
            (NODES, NODES, "-1", None, None),
            (NODES, CONTROL_PLANE, "tcp", 443, 443),
            *((CONTROL_PLANE, NODES, "tcp", p, p) for p in (443, 4443, 8443, 9443, 10250)),
        ],
        key=str,
    )


def test_nodes_may_reach_everything() -> None:
    rule = make().only(EGRESS)
    assert rule.inputs["ipProtocol"] == "-1"
    assert rule.inputs["cidrIpv4"] == "0.0.0.0/0"
    assert rule.inputs["securityGroupId"] == NODES


def test_every_rule_says_why_in_letters_that_ec2_takes() -> None:
    ran = make()
    for rule in (*ran.of_type(INGRESS), *ran.of_type(EGRESS)):
        said = str(rule.inputs["description"])
        assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", said)


def test_the_group_is_the_clusters_and_takes_foreign_rules_along_when_it_goes() -> None:
    ran = make()
    group = ran.only(GROUP)
    assert group.inputs["vpcId"] == "vpc-1"
    assert group.inputs["name"] == "eks-blue-node"
    assert group.inputs["revokeRulesOnDelete"] is True
    assert group.inputs["tags"] == {
        "Stack": "blue",
        "Name": "eks-blue-node",
        "kubernetes.io/cluster/eks-blue": "owned",
    }
    component = ran.only("eks-platform:nodeSecurityGroup:NodeSecurityGroup")
    assert ran.outputs_of(component) == {"id": NODES}
    assert all(rule.parent == component.urn for rule in ran.of_type(INGRESS))
