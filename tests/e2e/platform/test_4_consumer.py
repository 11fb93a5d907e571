"""Another team's program: it runs on every colour. test_5_switch.py takes it through a switch."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from localcloud import names
from localcloud.state import REGION
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.consumer import (
    Consumer,
    live_names,
    load_balancers,
    pointed_at,
    wait_for,
)

NAMESPACE = "/api/v1/namespaces/shop"
APPS = "/apis/apps/v1/namespaces/shop"
HPA = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/shop"
SECRETS = "/apis/external-secrets.io/v1/namespaces/shop"


def test_the_application_comes_up_on_both_colours(platform: Platform, shop: Consumer) -> None:
    assert set(shop.first.values()) == {"create"}
    assert shop.outputs()["active"] == platform.outputs("shared")["activeColour"]
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


def test_its_names_resolve_on_each_colour_and_live(platform: Platform, shop: Consumer) -> None:
    said = shop.outputs()
    hosts = [said[f"{colour}-{kind}"] for colour in COLOURS for kind in ("public", "private")]
    hosts += [said["public"], said["private"]]
    wanted = [host.removeprefix("http://") for host in hosts]
    assert {*live_names(platform)} < {*wanted}
    names.wait_for(wanted, platform.cloud.dns_port)
    assert pointed_at(platform) == load_balancers(platform, said["active"])


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("account", ["shop", "default"])
def test_only_its_service_account_takes_the_role_on_and_does_on_each_colour(
    platform: Platform, shop: Consumer, colour: str, account: str
) -> None:
    assert "active" in shop.outputs()
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
