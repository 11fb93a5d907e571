"""The whole life of a colour, by the operator command, on the local cloud.

The tests run in their order and each one goes on from where the last one ended.
"""

import threading
from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import yaml
from mypy_boto3_route53.type_defs import ResourceRecordSetOutputTypeDef

from bluegreen.world import balancers, metrics
from catalogue.minors import SHIPPED, plain_minor
from localcloud import names
from localcloud.faults import REGISTRY, Fault, FaultClient
from localcloud.state import REGION
from localcloud.traffic import NO_ADDRESS, NO_ANSWER, Traffic
from tests.e2e.platform.conftest import Platform
from tests.e2e.platform.writers import writing
from tests.e2e.switch.operator_command import (
    bluegreen,
    deploy_sample,
    ended,
    kill_all,
    publish,
    start,
    unpublish,
)
from tests.e2e.switch.watch import watching
from tests.waiting import wait_while_it_runs

PUBLIC, PRIVATE = LIVE = ("web.devinfra.fr", "web.devinfra.local")
LONE = "lone.devinfra.fr"
"""A live name of an application that runs on blue alone."""

FOREIGN = {"bare": "blue", "theirs": "blue", "new": "green"}
"""Public names with a record of somebody else's → colour whose application asks for them."""

DENIED = Fault(
    service="route53",
    action="ChangeResourceRecordSets",
    caller="*user/platform-engineer",
    kind="deny",
)
"""The API records cannot be changed; the DNS writers, who are others, go on."""

AWAY = Fault(service=REGISTRY, kind="reset")
"""No chart repository and no registry answers: from the first test until blue is retired."""

Records = dict[tuple[str, str], ResourceRecordSetOutputTypeDef]


@pytest.fixture(scope="module")
def visitors(platform: Platform) -> Generator[Traffic]:
    """Clients that ask for the live names from now on, and keep what DNS told them."""
    ports = {"dns_port": platform.cloud.dns_port, "balancer_port": platform.cloud.balancer_port}
    traffic = Traffic(LIVE, **ports, clients=10)
    done = threading.Event()
    thread = threading.Thread(target=traffic.run, args=(5.0, 4 * 3600.0, done))
    thread.start()
    yield traffic
    done.set()
    thread.join()


def answered(traffic: Traffic) -> set[str]:
    """Colours that answered, and what else clients met."""
    return {colour for _, colour in dict(traffic.counts)}


def foreign_records(platform: Platform) -> Records:
    """Everything that stands in the public zone under the foreign names."""
    return {
        key: record
        for key, record in platform.records("devinfra.fr").items()
        if any(key[0].split(".")[0].endswith(label) for label in FOREIGN) and ".eks-" not in key[0]
    }


def write_foreign_records(platform: Platform) -> None:
    """Records of each foreign name, and of one a TXT that names another owner."""
    said = '"heritage=external-dns,external-dns/owner=somebody-else"'
    entries = [(f"{label}.devinfra.fr", "A", "192.0.2.1") for label in FOREIGN]
    entries.append(("a-theirs.devinfra.fr", "TXT", said))
    platform.route53.change_resource_record_sets(
        HostedZoneId=platform.zone_ids()["devinfra.fr"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": name,
                        "Type": "TXT" if kind == "TXT" else "A",
                        "TTL": 60,
                        "ResourceRecords": [{"Value": value}],
                    },
                }
                for name, kind, value in entries
            ]
        },
    )


def test_status_shows_both_colours_and_no_broken_rule(platform: Platform) -> None:
    code, document = bluegreen(platform, "status")
    assert code == 0, document["findings"]
    assert document["shared"]["liveWriter"]["colour"] == "blue"
    ran = [plain_minor(view["kube"]["version"]) for view in document["colours"]]
    assert ran == [*SHIPPED]
    assert {record["name"] for record in document["records"]} >= {*LIVE}
    FaultClient(platform.cloud).add(AWAY)


def test_public_charts_that_cannot_be_had_forbid_a_switch(platform: Platform) -> None:
    files = {it: platform.state.project / f"Pulumi.{it}.yaml" for it in ("blue", "green")}
    before = {path: path.read_text() for path in files.values()}
    for path in files.values():
        content = yaml.safe_load(path.read_text())
        content["config"]["eks-platform:charts"] = "public"
        path.write_text(yaml.safe_dump(content, sort_keys=False))
    code, document = bluegreen(platform, "switch", "--yes", "--to", "green")
    for path, text in before.items():
        path.write_text(text)
    assert code == 3
    assert "cilium-" in document["error"]
    assert "did not answer" in document["error"]
    assert platform.outputs("shared")["activeColour"] == "blue"
    faults = FaultClient(platform.cloud)
    assert {it.service for it in faults.clear().fired} == {REGISTRY}
    faults.add(AWAY)


def test_what_would_be_left_behind_or_is_somebody_elses_is_a_refusal(platform: Platform) -> None:
    write_foreign_records(platform)
    before = foreign_records(platform)
    assert len(before) == len(FOREIGN) + 1
    for label, colour in FOREIGN.items():
        publish(platform, colour, label)
    publish(platform, "blue", "lone")
    # Once the last name is there, ExternalDNS has seen those before it too.
    names.wait_for([LONE], platform.cloud.dns_port)
    code, document = bluegreen(platform, "switch", "--yes", "--to", "green")
    assert code == 3
    for told in (LONE, "bare.devinfra.fr A (no owner)", "new.devinfra.fr A (no owner)"):
        assert told in document["error"]
    assert "theirs.devinfra.fr A (owner somebody-else)" in document["error"]
    assert platform.outputs("shared")["activeColour"] == "blue"
    assert writing(platform) == {"blue"}
    assert foreign_records(platform) == before
    for label, colour in FOREIGN.items():
        unpublish(platform, colour, label)


def test_the_active_colour_cannot_be_retired(platform: Platform) -> None:
    code, document = bluegreen(platform, "retire", "--colour", "blue", "--yes")
    assert code == 3
    assert "not the active colour" in document["error"]


def test_canaries_move_there_and_one_moves_back(platform: Platform) -> None:
    only = [word for name in LIVE for word in ("--only", name)]
    with watching(platform, LIVE) as seen:
        code, document = bluegreen(platform, "switch", "--yes", "--to", "green", *only)
        assert code == 0, document
        assert document["canary"] == {"colour": "green", "names": [*LIVE]}
        assert writing(platform, LONE) == {"blue"}
        code, document = bluegreen(platform, "switch", "--yes", "--to", "blue", "--only", PRIVATE)
        assert code == 0, document
    seen.led(PUBLIC, "blue", "green")
    seen.led(PRIVATE, "blue", "green", "blue")
    assert platform.outputs("shared")["activeColour"] == "blue"


def test_killed_midway_the_same_command_moves_the_rest(
    platform: Platform, visitors: Traffic
) -> None:
    switch = ("switch", "--yes", "--to", "green", "--waive", LONE)
    with watching(platform, LIVE) as seen:
        first = start(platform, *switch)
        gone = "blue's writers have ended"
        wait_while_it_runs(first, gone, lambda: "blue" not in writing(platform))
        # Blue's writers have just ended: the engine waits to say so.
        kill_all(first)
        code, document = bluegreen(platform, *switch)
        assert code == 0, document
    seen.led(PUBLIC, "green")
    seen.led(PRIVATE, "blue", "green")
    assert platform.outputs("shared")["activeColour"] == "green"
    assert writing(platform) == {"green"}
    assert answered(visitors) == {"blue", "green"}


def test_a_colour_that_is_still_named_or_used_is_neither_drained_nor_retired(
    platform: Platform, visitors: Traffic
) -> None:
    assert visitors.counts[PRIVATE, "blue"]
    code, document = bluegreen(platform, "retire", "--colour", "blue", "--yes")
    assert code == 3
    assert f"{LONE} A" in document["error"]
    assert "no traffic comes to blue" in document["error"]
    code, document = bluegreen(
        platform, "drain", "--colour", "blue", "--window", "15m", "--give-up-after", "1s"
    )
    assert code == 7
    assert LONE in document["error"]
    assert "had traffic at" in document["error"]


def last_heard(platform: Platform, colour: str) -> datetime:
    """Last minute in which a colour's load balancers had traffic."""
    found = balancers.balancers(boto3.client("elbv2", region_name=REGION))
    own = [balancer for balancer in found if balancer.cluster == f"eks-{colour}"]
    now = datetime.now(UTC)
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    traffic = metrics.traffic(cloudwatch, own, now - timedelta(hours=1), now)
    return max(metrics.last_traffic(traffic).values())


def test_it_drains_while_a_switch_back_fails_and_is_taken_back(
    platform: Platform, visitors: Traffic
) -> None:
    # As the refusal to retire says: the object goes first, then the name.
    code, document = bluegreen(platform, "leftovers", "--remove", LONE, "--yes")
    assert code == 3, document
    unpublish(platform, "blue", "lone")
    code, document = bluegreen(platform, "leftovers")
    left = {it["name"]: it for it in document["leftovers"]}
    assert left.keys() >= {LONE, "lone.eks-blue.devinfra.fr"}
    assert left[LONE]["owner"] == "ingress.devinfra.fr"
    assert left[LONE]["written"] is not None
    code, document = bluegreen(platform, "leftovers", "--remove", LONE, "--yes")
    assert (code, document) == (0, {"names": [LONE], "records": 4})
    drain = start(platform, "drain", "--colour", "blue", "--window", "1m")
    faults = FaultClient(platform.cloud)
    faults.add(DENIED)
    with watching(platform, LIVE) as seen:
        code, document = bluegreen(platform, "switch", "--yes", "--to", "blue")
    # Nobody has asked a registry since: the charts are the project's own.
    assert {it.service for it in faults.clear().fired} == {"route53"}
    faults.add(AWAY)
    assert code == 4, document
    assert "was taken back: green writes live names again" in document["error"]
    assert "AccessDenied" in document["error"]
    for name in LIVE:
        seen.led(name, "green")
    assert writing(platform) == {"green"}

    code, document = ended(drain)
    assert (code, document["heard"], document["named"]) == (0, {}, [])
    assert datetime.now(UTC) - last_heard(platform, "blue") > timedelta(minutes=1)
    assert answered(visitors) == {"blue", "green"}


def test_a_retired_colour_leaves_nothing_and_live_names_stay(platform: Platform) -> None:
    def own_records() -> list[str]:
        zones = ("devinfra.fr", "devinfra.local")
        return [n for zone in zones for n, _ in platform.records(zone) if "eks-blue" in n]

    owned = len(own_records())
    assert owned
    with watching(platform, LIVE) as seen:
        code, document = bluegreen(
            platform, "retire", "--colour", "blue", "--window", "1m", "--yes"
        )
    assert code == 0, document
    assert document["records"] == owned
    assert own_records() == []
    for name in LIVE:
        seen.led(name, "green")
    assert boto3.client("eks", region_name=REGION).list_clusters()["clusters"] == ["eks-green"]
    left = boto3.client("elbv2", region_name=REGION).describe_load_balancers()["LoadBalancers"]
    assert len(left) == len(LIVE)
    config = yaml.safe_load((platform.state.project / "Pulumi.shared.yaml").read_text())["config"]
    assert config["eks-platform:colours"] == ["green"]
    code, _ = bluegreen(platform, "status")
    assert code == 0
    assert not FaultClient(platform.cloud).clear().fired


def test_a_colour_is_built_anew_on_the_next_version(platform: Platform) -> None:
    path = platform.state.project / "Pulumi.blue.yaml"
    older, newer = SHIPPED
    path.write_text(path.read_text().replace(f'"{older}"', f'"{newer}"'))
    code, document = bluegreen(platform, "bootstrap", "--colour", "blue")
    assert code == 0, document
    assert document["active"] == "green"
    assert platform.outputs("blue")["cluster"]["version"] == newer
    deploy_sample(platform, "blue")


def test_told_not_to_go_back_it_stays_halfway_and_the_same_command_completes(
    platform: Platform, visitors: Traffic
) -> None:
    faults = FaultClient(platform.cloud)
    with watching(platform, LIVE) as seen:
        faults.add(DENIED)
        code, document = bluegreen(platform, "switch", "--yes", "--to", "blue", "--no-rollback")
        faults.clear()
        assert code == 5, document
        assert "stands halfway" in document["error"]
        assert "`bluegreen switch --to blue` to complete it" in document["error"]
        code, document = bluegreen(platform, "status")
        assert code == 3
        broken = [found["rule"] for found in document["findings"] if found["verdict"] == "fail"]
        assert broken == ["halfway"]
        code, document = bluegreen(platform, "switch", "--yes", "--to", "blue")
        assert code == 0, document
    for name in LIVE:
        seen.led(name, "green", "blue")
    assert names.resolve("eks.devinfra.info", "TXT", platform.cloud.dns_port) == ["eks-blue"]
    assert len(foreign_records(platform)) == len(FOREIGN) + 1
    assert not answered(visitors) & {NO_ADDRESS, NO_ANSWER}
