"""Another team's program: it runs on every colour, and a switch asks nothing of it."""

import json
import time
from collections.abc import Callable

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from localcloud import names
from localcloud.state import REGION
from tests.e2e.consumer.conftest import Consumer
from tests.e2e.platform.conftest import COLOURS, Platform

DEADLINE = 180.0
"""Seconds for load balancers, ExternalDNS and pods."""

NAMESPACE = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop"
HPA = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/shop"
SECRETS = "/apis/external-secrets.io/v1/namespaces/shop"
INGRESSES = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"not after {DEADLINE:.0f} s: {what}"
        time.sleep(0.5)


def live_names(platform: Platform) -> list[str]:
    zones = platform.outputs("shared")["zones"]
    return [f"shop.{zones[kind]['name']}" for kind in ("public", "private")]


def load_balancers(platform: Platform, colour: str) -> set[str]:
    """Host names of the application's load balancers on a colour."""
    items = platform.kube(colour).get(INGRESSES)["items"]
    return {
        it["hostname"].lower() for item in items for it in item["status"]["loadBalancer"]["ingress"]
    }


def pointed_at(platform: Platform) -> set[str]:
    """Load balancers that the live names lead to."""
    found: set[str] = set()
    for name in live_names(platform):
        zone = name.split(".", 1)[1]
        record = platform.records(zone).get((name, "A"))
        if record is not None:
            host = record["AliasTarget"]["DNSName"].lower().rstrip(".")
            found.add(host.removeprefix("dualstack."))
    return found


def test_the_application_comes_up_on_both_colours(platform: Platform, consumer: Consumer) -> None:
    done = consumer.up()
    assert set(done.values()) == {"create"}
    assert consumer.outputs()["active"] == platform.outputs("shared")["activeColour"]
    for colour in COLOURS:
        kube = platform.kube(colour)
        wait_for(
            lambda kube=kube: (
                kube.get(f"{APPS}/deployments/shop")["status"].get("readyReplicas") == 2
            ),
            f"two pods on {colour}",
        )
        assert kube.get(HPA)["spec"]["scaleTargetRef"]["name"] == "shop"
        secret = kube.get(f"{SECRETS}/externalsecrets/shop-database")
        store = secret["spec"]["secretStoreRef"]["name"]
        assert store in kube.names("/apis/external-secrets.io/v1/clustersecretstores")


def test_it_can_be_run_again_and_changes_nothing(consumer: Consumer) -> None:
    assert consumer.up() == {}


def test_its_names_resolve_on_each_colour_and_live(platform: Platform, consumer: Consumer) -> None:
    said = consumer.outputs()
    hosts = [said[f"{colour}-{kind}"] for colour in COLOURS for kind in ("public", "private")]
    hosts += [said["public"], said["private"]]
    wanted = [host.removeprefix("http://") for host in hosts]
    assert {*live_names(platform)} < {*wanted}
    names.wait_for(wanted, platform.cloud.dns_port, DEADLINE)
    assert pointed_at(platform) == load_balancers(platform, said["active"])


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("account", ["shop", "default"])
def test_only_its_service_account_takes_the_role_on_and_does_on_each_colour(
    platform: Platform, consumer: Consumer, colour: str, account: str
) -> None:
    assert "active" in consumer.outputs()
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"audiences": ["sts.amazonaws.com"]},
    }
    kube = platform.kube(colour)
    token = kube.post(f"{NAMESPACE}/serviceaccounts/{account}/token", request)["status"]["token"]
    role = kube.get(f"{NAMESPACE}/serviceaccounts/shop")["metadata"]["annotations"]
    sts = boto3.client("sts", region_name=REGION, config=Config(signature_version=UNSIGNED))

    def take() -> str:
        session = sts.assume_role_with_web_identity(
            RoleArn=role["eks.amazonaws.com/role-arn"],
            RoleSessionName="test",
            WebIdentityToken=token,
        )
        return session["AssumedRoleUser"]["Arn"]

    if account == "shop":
        assert ":assumed-role/shop/" in take()
    else:
        with pytest.raises(sts.exceptions.ClientError, match="AccessDenied"):
            take()


def test_a_switch_needs_no_change_to_it(platform: Platform, consumer: Consumer) -> None:
    start = platform.outputs("shared")["activeColour"]
    (other,) = set(COLOURS) - {start}
    assert pointed_at(platform) == load_balancers(platform, start)

    platform.set_active(None)
    platform.up("shared")
    assert consumer.up() == {}  # in the middle of a switch, too
    assert "active" not in consumer.outputs()
    assert pointed_at(platform) == load_balancers(platform, start)

    platform.up(start)
    platform.set_active(other)
    platform.up("shared")
    platform.up(other)
    wait_for(
        lambda: pointed_at(platform) == load_balancers(platform, other),
        f"the live names lead to {other}",
    )
    assert consumer.up() == {}
    assert consumer.outputs()["active"] == other


def test_it_goes_without_a_trace(platform: Platform, consumer: Consumer) -> None:
    consumer.stack.destroy(color="never")
    for colour in COLOURS:
        assert "shop" not in platform.kube(colour).names("/api/v1/namespaces")
    roles = json.dumps(boto3.client("iam", region_name=REGION).list_roles()["Roles"], default=str)
    assert "role/shop" not in roles
