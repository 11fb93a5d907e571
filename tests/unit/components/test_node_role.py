"""The nodes' role: who has it, what it allows, and when it is ready."""

import json

from components.node_role import NodeRole, NodeRoleArgs
from tests.unit.pulumi_harness import Checks, Ran, run

ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def make(partition: str = "aws") -> Ran:
    args = NodeRoleArgs(tags={"Stack": "blue"}, cluster_name="eks-blue", partition=partition)

    def program(_: Checks) -> None:
        NodeRole("node", args)

    return run(program)


def test_only_instances_have_the_role() -> None:
    role = make().only("aws:iam/role:Role")
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    assert role.inputs["name"] == "eks-blue-node"
    assert role.inputs["tags"] == {"Stack": "blue", "Name": "eks-blue-node"}


def test_the_role_has_what_a_node_needs_and_no_network_rights() -> None:
    attached = make(partition="aws-us-gov").of_type(ATTACHMENT)
    assert sorted(a.inputs["policyArn"] for a in attached) == [
        "arn:aws-us-gov:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
        "arn:aws-us-gov:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    ]
    assert {a.inputs["role"] for a in attached} == {"eks-blue-node"}


def test_a_shell_on_a_node_reads_no_parameters_of_the_account() -> None:
    """As it would with AmazonSSMManagedInstanceCore, which is for Session Manager and more."""
    sessions = make().only(POLICY)
    (statement,) = json.loads(sessions.inputs["policy"])["Statement"]
    assert sorted(statement["Action"]) == [
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ]


def test_no_instance_starts_before_the_role_has_its_policies() -> None:
    ran = make()
    profile = ran.only("aws:iam/instanceProfile:InstanceProfile")
    assert profile.inputs["name"] == "eks-blue-node"
    assert profile.inputs["role"] == "eks-blue-node"
    assert all(profile.waits_for(a) for a in (*ran.of_type(ATTACHMENT), ran.only(POLICY)))


def test_outputs_are_the_arns() -> None:
    ran = make()
    component = ran.only("eks-platform:nodeRole:NodeRole")
    assert ran.outputs_of(component) == {
        "arn": "arn:aws:mock:eu-west-1:123456789012:node",
        "instanceProfileArn": "arn:aws:mock:eu-west-1:123456789012:node",
    }
    assert all(r.parent == component.urn for r in ran.resources if r.custom)
