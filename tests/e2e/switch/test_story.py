"""The whole life of a colour, by the operator command, on the local cloud.

The tests run in their order and each one goes on from where the last one ended.
"""

import json
import subprocess
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import psutil
import yaml

from localcloud import names
from localcloud.demo import SAMPLE
from localcloud.state import REGION
from tests.e2e.platform.conftest import Platform
from tests.e2e.switch.watch import Seen, watching, writing

LIVE = ("web.devinfra.fr", "web.devinfra.local")
LONE = "lone.devinfra.fr"
"""A live name of an application that runs on blue alone."""

DEADLINE = 600.0  # seconds; a plan alone takes a minute


def bluegreen(platform: Platform, *arguments: str) -> tuple[int, Any]:
    """Exit code and JSON document of a command."""
    ran = platform.run("bluegreen", *arguments, "--json", check=False)
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def lone_ingress() -> dict[str, Any]:
    objects = yaml.safe_load_all(SAMPLE.read_text())
    ingress = next(item for item in objects if item["metadata"]["name"] == "web-public")
    ingress["metadata"]["name"] = "lone"
    ingress["metadata"]["annotations"]["PublicDNSName"] = "lone"
    return ingress


def deploy_sample(platform: Platform, colour: str) -> None:
    cluster = f"eks-{colour}"
    platform.run("aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour)
    platform.run("kubectl", "--context", colour, "apply", "--server-side", "-f", str(SAMPLE))
    names.wait_for([f"web.{cluster}.devinfra.fr"], platform.cloud.dns_port, DEADLINE)


def moved_once(seen: Seen, old: str, new: str) -> None:
    """No name was ever without an address, led nowhere, or went back."""
    assert seen.asked > 0
    for name, led in seen.answers.items():
        assert led == [old, new], name
    assert seen.writers <= {frozenset({old}), frozenset[str](), frozenset({new})}


def test_status_shows_both_colours_and_no_broken_rule(platform: Platform) -> None:
    code, document = bluegreen(platform, "status")
    assert code == 0, document["findings"]
    assert document["shared"]["liveWriter"]["colour"] == "blue"
    assert [view["kube"]["version"][:5] for view in document["colours"]] == ["v1.34", "v1.35"]
    assert {record["name"] for record in document["records"]} >= {*LIVE}


def test_a_name_that_would_be_left_behind_is_a_refusal(platform: Platform) -> None:
    platform.kube("blue").post(
        "/apis/networking.k8s.io/v1/namespaces/sample/ingresses", lone_ingress()
    )
    names.wait_for([LONE], platform.cloud.dns_port, DEADLINE)
    code, document = bluegreen(platform, "switch", "--to", "green")
    assert code == 3
    assert LONE in document["error"]
    assert platform.outputs("shared")["activeColour"] == "blue"
    assert writing(platform) == {"blue"}


def test_the_active_colour_cannot_be_retired(platform: Platform) -> None:
    code, document = bluegreen(platform, "retire", "--colour", "blue", "--yes")
    assert code == 3
    assert "not the active colour" in document["error"]


def test_killed_midway_the_same_command_completes_the_switch(platform: Platform) -> None:
    with watching(platform, LIVE) as seen:
        first = subprocess.Popen(
            ["bluegreen", "switch", "--to", "green", "--waive", LONE],
            cwd=platform.state.project,
            env=platform.state.environment(platform.cloud),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        end = time.monotonic() + DEADLINE
        while writing(platform):
            assert first.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        # Blue's writers have just ended: the engine waits to say so.
        kill_all(first)
        code, document = bluegreen(platform, "switch", "--to", "green", "--waive", LONE)
        assert code == 0, document
    moved_once(seen, "blue", "green")
    assert platform.outputs("shared")["activeColour"] == "green"
    assert writing(platform) == {"green"}


def kill_all(process: "subprocess.Popen[bytes]") -> None:
    """Ends a command, its engine and its providers at once, as a lost machine would."""
    for child in (*psutil.Process(process.pid).children(recursive=True), process):
        child.kill()
    process.wait()


def put_requests(balancer: str, at: datetime, count: float) -> None:
    boto3.client("cloudwatch", region_name=REGION).put_metric_data(
        Namespace="AWS/ApplicationELB",
        MetricData=[
            {
                "MetricName": "RequestCount",
                "Dimensions": [{"Name": "LoadBalancer", "Value": balancer}],
                "Timestamp": at,
                "Value": count,
            }
        ],
    )


def test_a_colour_that_is_still_named_or_used_is_neither_drained_nor_retired(
    platform: Platform,
) -> None:
    elb = boto3.client("elbv2", region_name=REGION)
    arns = [
        balancer["LoadBalancerArn"].rpartition(":loadbalancer/")[2]
        for balancer in elb.describe_load_balancers()["LoadBalancers"]
    ]
    now = datetime.now(UTC)
    for minutes, count in ((4, 90), (3, 30), (2, 4)):  # traffic that fades
        for arn in arns:
            put_requests(arn, now - timedelta(minutes=minutes), count)
    code, document = bluegreen(platform, "retire", "--colour", "blue", "--window", "5m", "--yes")
    assert code == 3
    assert f"{LONE} A" in document["error"]
    assert "no traffic comes to blue" in document["error"]
    code, document = bluegreen(
        platform, "drain", "--colour", "blue", "--window", "1m", "--give-up-after", "1s"
    )
    assert code == 7
    assert LONE in document["error"]


def test_once_nothing_leads_there_and_nothing_comes_it_is_drained(platform: Platform) -> None:
    doomed = [
        record
        for (name, _), record in platform.records("devinfra.fr").items()
        if name.endswith(LONE)
    ]
    assert len(doomed) == 4
    platform.route53.change_resource_record_sets(
        HostedZoneId=platform.zone_ids()["devinfra.fr"],
        ChangeBatch={
            "Changes": [{"Action": "DELETE", "ResourceRecordSet": record} for record in doomed]
        },
    )
    code, document = bluegreen(platform, "drain", "--colour", "blue", "--window", "1m")
    assert code == 0
    assert document["heard"] == {}


def test_a_retired_colour_leaves_nothing_and_live_names_stay(platform: Platform) -> None:
    with watching(platform, LIVE) as seen:
        code, document = bluegreen(
            platform, "retire", "--colour", "blue", "--window", "1m", "--yes"
        )
    assert code == 0, document
    assert document["records"] == 12  # web in both zones and lone: A, AAAA and a TXT of each
    assert set(map(tuple, seen.answers.values())) == {("green",)}
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == ["eks-green"]
    balancers = boto3.client("elbv2", region_name=REGION).describe_load_balancers()
    assert len(balancers["LoadBalancers"]) == 2
    for zone in ("devinfra.fr", "devinfra.local"):
        assert not [name for name, _ in platform.records(zone) if "eks-blue" in name]
    config = yaml.safe_load((platform.state.project / "Pulumi.shared.yaml").read_text())["config"]
    assert config["eks-platform:colours"] == ["green"]
    code, _ = bluegreen(platform, "status")
    assert code == 0


def test_built_anew_on_the_next_version_production_moves_back(platform: Platform) -> None:
    path = platform.state.project / "Pulumi.blue.yaml"
    path.write_text(path.read_text().replace('"1.34"', '"1.35"'))
    code, document = bluegreen(platform, "bootstrap", "--colour", "blue")
    assert code == 0, document
    assert document["active"] == "green"
    deploy_sample(platform, "blue")
    with watching(platform, LIVE) as seen:
        code, document = bluegreen(platform, "switch", "--to", "blue")
    assert code == 0, document
    moved_once(seen, "green", "blue")
    assert platform.outputs("blue")["cluster"]["version"] == "1.35"
    assert names.ask("eks.devinfra.info", "TXT", platform.cloud.dns_port) == ["eks-blue"]
