"""Access entries: the people of aws-auth, in the form that EKS takes, and the nodes."""

from components.access import Access, AccessArgs
from components.cluster_users import human_users, watching_pipelines
from eks_platform_contract.outputs import HumanRoles, PipelineRoles
from tests.unit.pulumi_harness import Checks, Ran, State, run

ENTRY = "aws:eks/accessEntry:AccessEntry"
POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ROLES = HumanRoles(admin="arn:admin", readwrite="arn:readwrite", readonly="arn:readonly")


def entry_arn(inputs: State) -> State:
    return {"accessEntryArn": f"entry of {inputs['principalArn']}"}


PIPELINES = PipelineRoles(preview="arn:preview", drift="arn:drift", up={"blue": "arn:up"})


def make(partition: str = "aws", pipelines: PipelineRoles | None = None) -> Ran:
    args = AccessArgs(
        tags={"Stack": "blue"},
        cluster_name="eks-blue",
        partition=partition,
        node_role_arn="arn:node",
        users=(*human_users(ROLES), *watching_pipelines(pipelines or PipelineRoles())),
    )

    def program(_: Checks) -> None:
        Access("access", args)

    return run(program, resources={ENTRY: entry_arn})


def test_people_have_the_names_and_groups_of_aws_auth() -> None:
    found = {
        entry.inputs["principalArn"]: (
            entry.inputs["userName"],
            entry.inputs.get("kubernetesGroups"),
            entry.inputs["type"],
        )
        for entry in make().of_type(ENTRY)
        if entry.name != "access-node"
    }
    assert found == {
        "arn:admin": ("kubernetes-admin", [], "STANDARD"),
        "arn:readwrite": (
            "kubernetes-readwrite",
            ["readwrite", "readonly", "debugmode"],
            "STANDARD",
        ),
        "arn:readonly": ("kubernetes-readonly", ["readonly", "debugmode"], "STANDARD"),
    }


def test_no_entry_has_a_group_that_eks_refuses() -> None:
    for entry in make().of_type(ENTRY):
        groups = entry.inputs.get("kubernetesGroups") or []
        assert not [group for group in groups if group.startswith("system:")]


def test_only_administrators_have_an_access_policy() -> None:
    ran = make(partition="aws-us-gov")
    policy = ran.only(POLICY)
    assert policy.inputs == {
        "clusterName": "eks-blue",
        "principalArn": "arn:admin",
        "policyArn": "arn:aws-us-gov:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        "accessScope": {"type": "cluster"},
    }
    assert policy.waits_for(ran.only(ENTRY, "access-admin"))


def test_pipelines_that_look_have_a_policy_to_view_and_no_group() -> None:
    ran = make(pipelines=PIPELINES)
    policies = {it.inputs["principalArn"]: it.inputs["policyArn"] for it in ran.of_type(POLICY)}
    known = "arn:aws:eks::aws:cluster-access-policy"
    assert policies == {
        "arn:admin": f"{known}/AmazonEKSClusterAdminPolicy",
        "arn:preview": f"{known}/AmazonEKSViewPolicy",
        "arn:drift": f"{known}/AmazonEKSAdminViewPolicy",
    }
    for label in ("preview", "drift"):
        entry = ran.only(ENTRY, f"access-pipeline-{label}").inputs
        assert entry["userName"] == f"kubernetes-pipeline-{label}"
        assert entry.get("kubernetesGroups") == []


def test_the_pipeline_that_updates_has_no_entry_as_eks_gave_it_one_where_it_made_the_cluster() -> (
    None
):
    entries = make(pipelines=PIPELINES).of_type(ENTRY)
    assert "arn:up" not in {entry.inputs["principalArn"] for entry in entries}


def test_nodes_may_join_without_aws_auth() -> None:
    node = make().only(ENTRY, "access-node").inputs
    assert node == {
        "clusterName": "eks-blue",
        "principalArn": "arn:node",
        "type": "EC2_LINUX",
        "tags": {"Stack": "blue", "Name": "access-node"},
    }


def test_outputs_are_the_entries() -> None:
    ran = make()
    component = ran.only("eks-platform:access:Access")
    assert ran.outputs_of(component)["entryArns"] == {
        "admin": "entry of arn:admin",
        "readwrite": "entry of arn:readwrite",
        "readonly": "entry of arn:readonly",
        "node": "entry of arn:node",
    }
    assert all(r.parent == component.urn for r in ran.resources if r.custom)
