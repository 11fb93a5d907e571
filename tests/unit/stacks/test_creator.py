"""Whoever makes a cluster gets an access entry from EKS; the program makes no second one."""

import pulumi
import pytest

from catalogue.addons import LINES
from tests.unit.components.eks_answer import CLUSTER
from tests.unit.pulumi_harness import Asked, Ran, State
from tests.unit.stacks import test_colour
from tests.unit.stacks.test_colour import ENTRY, SHARED

ACCOUNT = "123456789012"
SSO = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_1"
OPS = f"arn:aws:iam::{ACCOUNT}:role/AWSReservedSSO_Ops_1"
ROLES = {
    "admin": SSO,
    "readwrite": f"arn:aws:iam::{ACCOUNT}:role/Leads",
    "readonly": f"arn:aws:iam::{ACCOUNT}:role/Devs",
}
POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
OFF = {it.name: {"enabled": False} for it in LINES.values() if it.optional}
"""The add-ons have no say in it, and take most of a run's time."""
EVERYBODY = {"access-admin", "access-readwrite", "access-readonly", "access-node"}


def up(
    caller: str, tags: State | None = None, *, preview: bool = False, asked: Asked | None = None
) -> Ran:
    """The colour, updated by a role; `tags` are those of its cluster, None while it has none."""
    names = ["eks-green"] if tags is None else ["eks-blue", "eks-green"]
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{caller}/eve@acme.example"
    calls: dict[str, State] = {
        "aws:eks/getClusters:getClusters": {"names": names},
        "aws:index/getCallerIdentity:getCallerIdentity": {"arn": session},
    }
    if tags is not None:
        calls["aws:eks/getCluster:getCluster"] = {"name": "eks-blue", "tags": tags}
    shared = SHARED | {"humanRoles": ROLES}
    return test_colour.up(shared=shared, calls=calls, preview=preview, asked=asked, addons=OFF)


def entries(ran: Ran) -> set[str]:
    return {it.name for it in ran.of_type(ENTRY)}


def kept(ran: Ran) -> State:
    """What the next run will read of the cluster."""
    return ran.only(CLUSTER).inputs.get("clusterTags") or {}


@pytest.mark.parametrize("preview", [True, False])
def test_an_administrator_who_makes_the_cluster_gets_no_second_entry(preview: bool) -> None:
    ran = up("AWSReservedSSO_Ops_1", preview=preview)
    assert entries(ran) == EVERYBODY - {"access-admin"}
    assert ran.of_type(POLICY) == []  # EKS gives them the same one


def test_an_administrator_stands_in_aws_auth_whoever_makes_the_cluster() -> None:
    for caller in ("AWSReservedSSO_Ops_1", "Pipeline"):
        mapped = up(caller).only(CLUSTER).inputs["roleMappings"]
        assert (mapped[0]["roleArn"], mapped[0]["groups"]) == (OPS, ["system:masters"])


@pytest.mark.parametrize("maker", ["AWSReservedSSO_Ops_1", "Pipeline"])
def test_what_the_maker_leaves_the_next_ones_keep(maker: str) -> None:
    first = up(maker)
    tags = kept(first)
    assert tags == {"eks-platform/creator": f"arn:aws:iam::{ACCOUNT}:role/{maker}"}
    for caller in ("AWSReservedSSO_Ops_1", "Pipeline", "Leads", "Devs"):
        later = up(caller, {"Stack": "blue", **tags})
        assert entries(later) == entries(first)
        assert kept(later) == tags


def test_a_cluster_that_nobody_is_known_to_have_made_stays_as_it_is() -> None:
    ran = up("AWSReservedSSO_Ops_1", {})
    assert entries(ran) == EVERYBODY
    assert kept(ran) == {}


@pytest.mark.parametrize(("maker", "kind"), [("Leads", "readwrite"), ("Devs", "readonly")])
def test_nobody_becomes_an_administrator_by_making_a_cluster(maker: str, kind: str) -> None:
    asked = Asked()
    said = rf"role/{maker} is humanRoles.{kind} of stack shared, and makes the cluster eks-blue"
    with pytest.raises(pulumi.RunError, match=said):
        up(maker, preview=True, asked=asked)
    made = {"eks-platform/creator": f"arn:aws:iam::{ACCOUNT}:role/{maker}"}
    with pytest.raises(pulumi.RunError, match=said):
        up("Pipeline", made, asked=asked)
    assert asked.made() == []


def test_a_user_has_no_role_to_keep() -> None:
    assert "clusterTags" not in test_colour.stands().only(CLUSTER).inputs
