"""What `examples/up-policies` allows is enough for the life of a platform, and is all of it.

The tests run in their order and share one platform: it is made, changed, switched and destroyed by
the roles of pipelines, never by anybody who may do more. People do what is theirs: they deploy the
application, and remove the live names at the end.
"""

import json
import re

import boto3
import pytest

from localcloud.demo import SAMPLE
from localcloud.state import ACCOUNT_ID, REGION
from localcloud.workspace import SECRETS_KEY
from settings.names import COLOURS, SHARED, cluster_name
from tests.e2e.platform import inventory
from tests.e2e.platform.running import STACKS, Platform, at_once
from tests.e2e.up_policies.pipelines import EXAMPLES, Pipelines
from tests.waiting import wait_until

READS = re.compile(r"\w+:(Describe|Get|List)")
LIVE_NAME = "web.devinfra.fr"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:on-call"


def test_the_stacks_come_up_one_after_the_other(pipelines: Pipelines) -> None:
    """The pair and one colour watched from the first."""
    pipelines.configure(SHARED, dashboard=True)
    pipelines.configure("blue", monitoring={})
    pipelines.up(SHARED)
    pipelines.up("blue")
    pipelines.configure(SHARED, colours=["blue"], activeColour="blue")
    pipelines.up(SHARED)
    pipelines.up("blue")
    pipelines.up("green")
    pipelines.configure(SHARED, colours=[*COLOURS])
    pipelines.up(SHARED)
    assert pipelines.denials() == []
    assert watched() == {"eks-platform", "eks-blue"}


def watched() -> set[str]:
    """Dashboards, and clusters that have alarms."""
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    alarms = [it.get("AlarmName", "") for it in cloudwatch.describe_alarms()["MetricAlarms"]]
    dashboards = cloudwatch.list_dashboards()["DashboardEntries"]
    clusters = {cluster_name(it) for it in COLOURS}
    return {it.get("DashboardName", "") for it in dashboards} | {
        cluster for cluster in clusters if any(it.startswith(f"{cluster}-") for it in alarms)
    }


def test_an_application_gets_its_names(platform: Platform, pipelines: Pipelines) -> None:
    for colour in COLOURS:
        cluster = cluster_name(colour)
        for command in (
            ("aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour),
            ("kubectl", "--context", colour, "apply", "--server-side", "-f", str(SAMPLE)),
        ):
            pipelines.run(colour, *command)
    own = {(f"web.eks-{colour}.devinfra.fr", "A") for colour in COLOURS}
    wanted = {*own, (LIVE_NAME, "A")}
    wait_until("names are published", lambda: wanted <= platform.records("devinfra.fr").keys())


def test_ordinary_changes_and_their_way_back(platform: Platform, pipelines: Pipelines) -> None:
    settings = platform.settings("blue")
    groups = settings["eks-platform:nodeGroups"]
    changed = {**groups["on-demand"], "max": 10, "diskGiB": 60, "labels": {"team": "a"}}
    pipelines.configure(SHARED, tags={"Team": "a"}, network={"natGateways": "one"})
    pipelines.configure(
        "blue",
        tags={"Team": "a"},
        logging={"retentionDays": 30, "types": ["audit"]},
        upgradePolicy="STANDARD",
        nodeGroups={**groups, "on-demand": changed, "batch": groups["spot"]},
        addons={"fluentd": {"enabled": False}},
        access={"debugNamespaces": ["sample"]},
    )
    at_once(pipelines.up, (SHARED, "blue"))
    pipelines.configure(SHARED, tags=None, network=None)
    pipelines.configure(
        "blue",
        tags=None,
        logging=None,
        upgradePolicy=None,
        nodeGroups=groups,
        addons=None,
        access=None,
    )
    at_once(pipelines.up, (SHARED, "blue"))
    assert pipelines.denials() == []


def test_the_updates_of_a_switch(platform: Platform, pipelines: Pipelines) -> None:
    """With them what watches goes where it was on, and comes where it was off."""
    pipelines.configure(SHARED, activeColour=None, dashboard=None)
    pipelines.up(SHARED)
    pipelines.configure("blue", monitoring=None)
    pipelines.up("blue")
    assert watched() == set()
    pipelines.configure(SHARED, activeColour="green", dashboard=True)
    pipelines.up(SHARED)
    pipelines.configure("green", monitoring={"alarmTopics": [TOPIC]})
    pipelines.up("green")
    assert pipelines.denials() == []
    assert platform.outputs("green")["liveWriters"]["running"]
    assert watched() == {"eks-platform", "eks-green"}


def test_no_pipeline_takes_the_states_key_over(pipelines: Pipelines) -> None:
    before = len(pipelines.denials())
    key = boto3.client("kms", region_name=REGION).describe_key(KeyId=SECRETS_KEY)["KeyMetadata"]
    for stack in STACKS:
        tags = ("TagKey=Project,TagValue=eks-platform", f"TagKey=Stack,TagValue={stack}")
        command = ("aws", "kms", "tag-resource", "--key-id", key["KeyId"], "--tags", *tags)
        assert pipelines.run(stack, *command, check=False).returncode
    denied = [it.action for it in pipelines.denials()[before:]]
    assert denied == ["kms:TagResource"] * len(STACKS)


def test_nobody_updates_the_other_colour(pipelines: Pipelines) -> None:
    before = len(pipelines.denials())
    for mine, other in (COLOURS, COLOURS[::-1]):
        command = ("aws", "eks", "delete-cluster", "--name", cluster_name(other))
        assert pipelines.run(mine, *command, check=False).returncode
        group = f"eks-{other}-on-demand"
        command = ("aws", "autoscaling", "delete-auto-scaling-group")
        refused = pipelines.run(
            mine, *command, "--auto-scaling-group-name", group, "--force-delete", check=False
        )
        assert refused.returncode
    denied = [it.action for it in pipelines.denials()[before:]]
    assert denied == ["eks:DeleteCluster", "autoscaling:DeleteAutoScalingGroup"] * 2


def test_the_stacks_are_destroyed(platform: Platform, pipelines: Pipelines) -> None:
    before = len(pipelines.denials())
    pipelines.configure(SHARED, activeColour=None)
    pipelines.up(SHARED)
    for colour in COLOURS:
        pipelines.configure(colour, deletionProtection=False)
    at_once(pipelines.up, COLOURS)
    assert pipelines.denials()[before:] == []
    fail_an_update(platform, pipelines, "blue")
    before = len(pipelines.denials())
    at_once(pipelines.destroy, COLOURS)
    platform.run("bluegreen", "leftovers", "--remove-all", "--yes")
    platform.run("pulumi", "state", "unprotect", "--all", "--yes", "--stack", SHARED)
    pipelines.destroy(SHARED)
    assert pipelines.denials()[before:] == []
    # The logs of both colours stay for the days that their settings say.
    logs = [
        it
        for colour in COLOURS
        for it in (f"/aws/eks/eks-{colour}/cluster", f"/eks/eks-{colour}/pods")
    ]
    assert inventory.take_inventory() == pipelines.before | {"log group": sorted(logs)}


def fail_an_update(platform: Platform, pipelines: Pipelines, colour: str) -> None:
    """Ends an update of node groups and tags in its middle, as an outage does."""
    groups = platform.settings(colour)["eks-platform:nodeGroups"]
    changed = {**groups["on-demand"], "max": 10, "diskGiB": 60}
    pipelines.configure(colour, tags={"Team": "b"}, nodeGroups={**groups, "on-demand": changed})
    with pipelines.outage(colour, "autoscaling:CreateOrUpdateTags"):
        command = (
            "pulumi",
            "up",
            "--stack",
            colour,
            "--yes",
            "--non-interactive",
            "--skip-preview",
        )
        failed = pipelines.run(colour, *command, check=False)
    assert failed.returncode
    assert "autoscaling:CreateOrUpdateTags" in failed.stdout + failed.stderr


@pytest.mark.parametrize("kind", ["shared", "colour"])
def test_the_example_tells_what_was_called(pipelines: Pipelines, kind: str) -> None:
    stacks = COLOURS if kind == "colour" else (SHARED,)
    called = {it for stack in stacks for it in pipelines.called(stack) if not READS.match(it)}
    told = {*json.loads((EXAMPLES / "measured.json").read_text())[kind]}
    assert called ^ {it for it in told if not READS.match(it)} == set()
