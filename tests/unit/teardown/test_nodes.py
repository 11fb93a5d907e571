"""Nodes of Karpenter: pools first, then their nodes, then what those were launched with."""

import itertools

import boto3
import pytest

from teardown import Deadline, GoneCluster, TeardownError, tear_down
from teardown.boto import BotoApi
from teardown.cluster import Item
from teardown.kube import KubernetesApi
from tests.unit.teardown.api_server import FakeApiServer
from tests.unit.teardown.fakes import INGRESS, NODE_CLASS, NODES, POOL, FakeAws, FakeCluster
from tests.unit.teardown.test_steps import TARGET, run

POOLS = "/apis/karpenter.sh/v1/nodepools"
CLAIMS = "/apis/karpenter.sh/v1/nodeclaims"
CLASSES = "/apis/karpenter.k8s.aws/v1/ec2nodeclasses"


def account() -> FakeAws:
    return FakeAws(zones={"Z1": []})


def test_pools_go_first_and_classes_once_the_last_node_is_gone() -> None:
    cluster = FakeCluster(NODE_CLASS, POOL, *NODES, INGRESS)
    said = run(cluster)
    assert cluster.items == []
    # Controllers may run on these nodes: what they have to remove goes before.
    assert cluster.deleted == [INGRESS, POOL, NODE_CLASS]
    assert cluster.kinds.index("EC2NodeClass") > max(
        at for at, it in enumerate(cluster.kinds) if it == "NodeClaim"
    )
    assert any("NodeClaim spot-2" in it for it in said)


def test_a_run_that_was_interrupted_goes_on_with_nodes_whose_pools_are_gone() -> None:
    cluster = FakeCluster(NODE_CLASS, *NODES)
    run(cluster)
    assert cluster.items == []
    assert set(cluster.deleted) == {*NODES, NODE_CLASS}


@pytest.mark.parametrize("looks", range(1, 9))
def test_wherever_it_is_interrupted_the_next_run_ends_it(looks: int) -> None:
    cluster, ends = FakeCluster(NODE_CLASS, POOL, *NODES), iter(range(looks))

    def interrupted() -> None:
        if next(ends, None) is None:
            raise KeyboardInterrupt

    ticks = itertools.count()
    end = Deadline(60, clock=lambda: float(next(ticks)), pause=interrupted)
    try:
        tear_down(
            TARGET, log=print, deadline=end, cluster=lambda _: cluster, aws=lambda _: account()
        )
    except KeyboardInterrupt:
        run(cluster)
    assert cluster.items == []


def test_a_node_that_stays_is_named_with_the_time_that_it_got_and_what_to_look_at() -> None:
    cluster = FakeCluster(NODE_CLASS, POOL, *NODES)
    cluster.stuck |= set(NODES)
    cluster.grace = 120
    with pytest.raises(TeardownError) as raised:
        run(cluster)
    said = str(raised.value)
    assert "not gone within 420 s: NodeClaim spot-1, NodeClaim spot-2, NodePool spot." in said
    assert "kubectl describe nodeclaims" in said
    assert NODE_CLASS not in cluster.deleted


def test_what_karpenter_left_is_named_with_what_removes_it() -> None:
    aws = account()
    aws.left_instances, aws.left_templates = ["i-1", "i-2"], ["lt-1"]
    aws.left_profiles = {"eks-blue_1": ["eks-blue-node"]}
    with pytest.raises(TeardownError) as raised:
        run(FakeCluster(), aws)
    profile = "--instance-profile-name eks-blue_1"
    assert str(raised.value).splitlines()[1:] == [
        "  aws ec2 terminate-instances --instance-ids i-1 i-2",
        "  aws ec2 delete-launch-template --launch-template-id lt-1",
        f"  aws iam remove-role-from-instance-profile {profile} --role-name eks-blue-node",
        f"  aws iam delete-instance-profile {profile}",
    ]


def test_an_instance_that_no_claim_names_any_more_is_waited_for() -> None:
    """Of a Karpenter that died between a launch and its note of it: the next one finds it."""
    aws = account()
    aws.orphans = ["i-1", "i-2"]
    said = run(FakeCluster(NODE_CLASS), aws)
    assert aws.orphans == []
    assert "waiting for instance i-1, instance i-2" in said


def test_ec2_is_asked_where_the_cluster_is_gone_and_where_karpenter_has_been_taken_away() -> None:
    aws = account()
    ticks = itertools.count()
    end = Deadline(60, clock=lambda: float(next(ticks)), pause=lambda: None)
    tear_down(TARGET, log=print, deadline=end, cluster=lambda _: GoneCluster(), aws=lambda _: aws)
    assert aws.asked_instances == 1
    without = FakeCluster()
    without.has_karpenter = False
    aws.left_instances = ["i-1"]
    with pytest.raises(TeardownError, match="terminate-instances --instance-ids i-1"):
        run(without, aws)


def test_a_cluster_is_asked_for_pools_nodes_and_classes_and_deletes_them_in_the_foreground() -> (
    None
):
    template = {"spec": {"terminationGracePeriod": "1h10m30s"}}
    server = FakeApiServer(
        {
            POOLS: [
                {"metadata": {"name": "spot"}, "spec": {"template": template}},
                {"metadata": {"name": "ever"}, "spec": {"template": {"spec": {}}}},
            ],
            CLAIMS: [{"metadata": {"name": "spot-1"}}],
            CLASSES: [{"metadata": {"name": "platform"}}],
        }
    )
    try:
        api = KubernetesApi(server.kubeconfig())
        assert api.may_make_nodes()
        assert [(str(it.item), it.grace_seconds) for it in api.node_pools()] == [
            ("NodePool spot", 4230.0),
            ("NodePool ever", None),
        ]
        assert list(map(str, api.node_claims())) == ["NodeClaim spot-1"]
        assert list(map(str, api.node_classes())) == ["EC2NodeClass platform"]
        api.delete(Item("NodePool", "", "spot"))
        assert server.deleted == [(f"{POOLS}/spot", "propagationPolicy=Foreground")]
    finally:
        server.stop()


def test_a_cluster_without_its_kinds_makes_no_nodes() -> None:
    server = FakeApiServer({})
    try:
        api = KubernetesApi(server.kubeconfig())
        assert not api.may_make_nodes()
        assert not [*api.node_pools(), *api.node_claims(), *api.node_classes()]
    finally:
        server.stop()


@pytest.mark.usefixtures("mocked_aws")
def test_aws_is_asked_for_what_carries_the_clusters_tags_and_was_made_for_a_pool() -> None:
    ec2 = boto3.client("ec2", region_name="eu-west-1")
    iam = boto3.client("iam", region_name="eu-west-1")

    def launched(cluster: str, *, pool: bool = True) -> tuple[str, str]:
        tags = [{"Key": "eks:eks-cluster-name", "Value": cluster}]
        tags += [{"Key": "karpenter.sh/nodepool", "Value": "spot"}] if pool else []
        image = ec2.describe_images()["Images"][0].get("ImageId", "")
        made = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],  # pyright: ignore[reportArgumentType]
        )
        template = ec2.create_launch_template(
            LaunchTemplateName=f"karpenter.k8s.aws/{cluster}-{pool}",
            LaunchTemplateData={"ImageId": image},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],  # pyright: ignore[reportArgumentType]
        )
        return (
            made["Instances"][0].get("InstanceId", ""),
            template["LaunchTemplate"].get("LaunchTemplateId", ""),
        )

    instance, template = launched("eks-blue")
    launched("eks-green")
    launched("eks-blue", pool=False)
    iam.create_role(RoleName="eks-blue-node", AssumeRolePolicyDocument="{}")
    for path in ("/karpenter/eu-west-1/eks-blue/u/", "/karpenter/eu-west-1/eks-green/u/", "/"):
        name = path.strip("/").replace("/", "-") or "own"
        iam.create_instance_profile(InstanceProfileName=name, Path=path)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="eks-blue-node")
    api = BotoApi("eks-blue", "eu-west-1")
    assert list(api.instances()) == [instance]
    assert list(api.launch_templates()) == [template]
    assert api.instance_profiles() == {"karpenter-eu-west-1-eks-blue-u": ["eks-blue-node"]}
    ec2.terminate_instances(InstanceIds=[instance])
    assert list(api.instances()) == []
