"""First updates that are killed again and again complete, and nothing is there twice.

The tests run in their order and each one goes on from where the last one ended.
"""

import json
from typing import Any

import boto3
import pytest

from bluegreen.world.stacks import Stacks
from localcloud.faults import Fault, FaultClient
from localcloud.state import REGION
from tests.e2e.interrupted import holdings
from tests.e2e.interrupted.interruptions import Interruptions, Moment, kill
from tests.e2e.platform import inventory
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.kube import Json

MINOR = "eks-platform:kubernetesVersion"
SHARED: list[Fault] = [
    *kill("ec2", "CreateVpc", "after"),
    *kill("ec2", "AllocateAddress", "after"),
    *kill("ec2", "CreateSubnet", "before", "after"),
    *kill("ec2", "CreateRoute", "after"),
    *kill("ec2", "CreateNatGateway", "after"),
]
COLOUR: list[Fault] = [
    *kill("kms", "CreateKey", "after"),
    *kill("iam", "CreateRole", "before", "after"),
    *kill("ec2", "CreateSecurityGroup", "after"),
    *kill("ec2", "AuthorizeSecurityGroupIngress", "after"),
    *kill("eks", "CreateCluster", "before", "after"),
    *kill("iam", "CreateOpenIDConnectProvider", "after"),
    *kill("eks", "CreateAccessEntry", "after"),
    *kill("ec2", "CreateLaunchTemplate", "after"),
    *kill("autoscaling", "CreateAutoScalingGroup", "before", "after"),
    *kill("eks", "CreateAddon", "after"),
    *kill("sqs", "CreateQueue", "after"),
    *kill("events", "PutRule", "after"),
]
PLACES = {
    "aws:autoscaling/group:Group",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:eks/accessEntry:AccessEntry",
    "aws:eks/addon:Addon",
    "aws:eks/cluster:Cluster",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
    "aws:iam/role:Role",
    "aws:kms/key:Key",
    "aws:sqs/queue:Queue",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "kubernetes:apps/v1:Deployment",
    "kubernetes:helm.sh/v3:Release",
}
"""Types of which one was made and not written down."""

AGAIN = {
    "aws:autoscaling/group:Group",
    "aws:eks/cluster:Cluster",
    "aws:iam/role:Role",
    "kubernetes:helm.sh/v3:Release",
}
"""Types of which one was not made, or not to its end."""


INSTALLING = "/api/v1/secrets?labelSelector=owner%3Dhelm,status%3Dpending-install"
"""Records of releases that are being installed, in every namespace."""


def _status(status: str) -> Any:  # noqa: ANN401 - a predicate
    return lambda secret: secret["metadata"]["labels"]["status"] == status


def release(name: str, namespace: str = "kube-system") -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/sh.helm.release.v1.{name}.v1"


def waits(deployment: Json) -> bool:
    return not deployment.get("status", {}).get("availableReplicas")


def moments() -> list[Moment]:
    deployment = "/apis/apps/v1/namespaces/kube-system/deployments/external-dns-public"
    return [
        Moment(
            "a release that is being installed",
            INSTALLING,
            lambda found: bool(found["items"]),
            held=True,
        ),
        Moment("a Deployment that is waited for", deployment, waits),
        Moment(
            "a release that is deployed and not written down",
            release("aws-load-balancer-controller"),
            _status("pending-install"),
            _status("deployed"),
        ),
    ]


@pytest.fixture(scope="module")
def interruptions(platform: Platform) -> Interruptions:
    return Interruptions(platform)


def nothing_left_to_do(platform: Platform, stack: str) -> None:
    """Neither the program nor the world asks for a change."""
    stacks = Stacks(platform.state.project)
    assert stacks.preview_changes(stack, refresh=False) == ()
    assert stacks.preview_changes(stack, refresh=True) == ()


def test_the_shared_stack_comes_up_once_however_often_it_is_killed(
    platform: Platform, interruptions: Interruptions
) -> None:
    interruptions.up("shared", SHARED)
    # Calls that go on side by side may die of one kill.
    assert 1 < interruptions.kills <= len(SHARED)
    nothing_left_to_do(platform, "shared")
    found = inventory.take_inventory()
    extra = {kind: len(found[kind]) - len(platform.before.get(kind, ())) for kind in found}
    assert {
        kind: extra[kind]
        for kind in ("vpc", "subnet", "NAT gateway", "address", "internet gateway", "zone", "role")
    } == {
        "vpc": 1,
        "subnet": 6,
        "NAT gateway": 3,
        "address": 3,
        "internet gateway": 1,
        "zone": 3,
        "role": 3,
    }


def test_a_colour_comes_up_however_often_it_is_killed(
    platform: Platform, interruptions: Interruptions
) -> None:
    interruptions.up("blue", COLOUR, moments())
    nothing_left_to_do(platform, "blue")
    assert interruptions.adopted.keys() >= PLACES, interruptions.said
    assert interruptions.cleared.keys() >= AGAIN, interruptions.said
    freed = {it.split()[0] for it in interruptions.released}
    assert freed == {"kubernetes:helm.sh/v3:Release"}, interruptions.said


def test_it_has_just_what_a_colour_has_that_nobody_killed(platform: Platform) -> None:
    # On the same minor, as each has objects of its own.
    minor = platform.stack("blue").get_config(MINOR)
    platform.stack("green").set_config(MINOR, minor)
    platform.up("green")
    platform.run("aws", "eks", "update-kubeconfig", "--name", "eks-green", "--alias", "green")
    killed, whole = (holdings.read_holdings(platform, colour) for colour in ("blue", "green"))
    assert killed - whole == holdings.Holdings()
    assert whole - killed == holdings.Holdings()


def test_the_operator_command_goes_on_by_itself_with_an_api_record_it_never_heard_of(
    platform: Platform,
) -> None:
    faults = FaultClient(platform.cloud)
    faults.add(*kill("route53", "ChangeResourceRecordSets", "after"))
    try:
        ran = platform.run("bluegreen", "bootstrap", "--colour", "blue", "--json", check=False)
    finally:
        fired = faults.clear().fired
    assert [it.outcome.split()[0] for it in fired] == ["killed"]
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert json.loads(ran.stdout)["active"] == "blue"
    assert "adopted aws:route53/record:Record api-records" in ran.stderr
    endpoint = boto3.client("eks", region_name=REGION).describe_cluster(name="eks-blue")
    records = platform.records("devinfra.info")
    host = endpoint["cluster"].get("endpoint", "").removeprefix("https://").lower()
    said = records["api.devinfra.info", "CNAME"].get("ResourceRecords", ())
    assert [it["Value"].rstrip(".").lower() for it in said] == [host]
    nothing_left_to_do(platform, "shared")
