"""One switch there and back, by the runbooks: never two live DNS writers for one zone, in whatever
order the stacks are updated; and people and other teams have nothing to do."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from pulumi import automation

from localcloud.state import REGION
from tests.e2e.platform.conftest import COLOURS, Platform
from tests.e2e.platform.consumer import (
    Consumer,
    live_names,
    load_balancers,
    pointed_at,
    wait_for,
)
from tests.e2e.platform.kubeconfigs import USERS, accepting, reached, user
from tests.e2e.platform.reader import follow
from tests.e2e.platform.writers import writing

SWITCH, ROLL_BACK = "docs/runbooks/switch.md", "docs/runbooks/roll-back.md"
LIVE_WRITERS = ("live-external-dns-private", "live-external-dns-public")


def pods(platform: Platform, colour: str) -> list[str]:
    listed = platform.kube(colour).names("/api/v1/namespaces/kube-system/pods")
    return [name for name in listed if name.startswith(LIVE_WRITERS)]


@contextmanager
def watched(platform: Platform) -> Generator[list[set[str]]]:
    """Looks all the time at who writes; the list holds every set of colours that was seen."""
    seen: list[set[str]] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            colours = writing(platform)
            if not seen or seen[-1] != colours:
                seen.append(colours)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def active(platform: Platform) -> str | None:
    return platform.outputs("shared").get("activeColour")


def assert_refused(platform: Platform, colour: str) -> None:
    """Tries to make a colour active while blue may still write."""
    before = platform.settings("shared").get("eks-platform:activeColour")
    named = active(platform)
    platform.set_active(colour)
    with pytest.raises(automation.CommandError, match="pulumi up -s blue"):
        platform.up("shared")
    assert active(platform) == named
    platform.set_active(before)


def test_no_step_of_a_switch_has_two_writers_or_asks_anything_of_its_users(
    platform: Platform, kubeconfig: Path, shop: Consumer
) -> None:
    before = kubeconfig.read_bytes()
    assert reached(platform, kubeconfig, "eks-readonly") == "blue"
    assert accepting(platform) == {"blue"}
    assert pointed_at(platform) == load_balancers(platform, "blue")

    def while_blue_writes(command: str) -> None:
        if command == "pulumi up -s shared":
            assert_refused(platform, "green")

    with watched(platform) as seen:
        assert_refused(platform, "green")
        follow(platform, SWITCH, "Stop blue's writers", while_blue_writes)
        assert active(platform) is None
        assert writing(platform) == set()
        assert pods(platform, "blue") == []
        assert shop.up() == {}
        assert "active" not in shop.outputs()
        assert pointed_at(platform) == load_balancers(platform, "blue")

        follow(platform, ROLL_BACK, "Take it back")
        assert active(platform) == "blue"
        assert len(pods(platform, "blue")) == len(LIVE_WRITERS)

        follow(platform, SWITCH, "Stop blue's writers")
        follow(platform, SWITCH, "Start green's")
        assert active(platform) == "green"
        assert pods(platform, "blue") == []
        assert len(pods(platform, "green")) == len(LIVE_WRITERS)
        wait_for(
            lambda: pointed_at(platform) == load_balancers(platform, "green"),
            "the live names lead to green",
        )
        follow(platform, SWITCH, "After")
    assert not [colours for colours in seen if len(colours) > 1]
    assert {"blue"} in seen
    assert {"green"} in seen

    assert reached(platform, kubeconfig, "eks-readonly") == "green"
    assert user(platform, kubeconfig, "eks-admin") == USERS["admin"]
    assert accepting(platform) == {"green"}
    assert kubeconfig.read_bytes() == before
    assert shop.up() == {}
    assert shop.outputs()["active"] == "green"


def test_nor_does_the_way_back_with_the_updates_in_another_order(
    platform: Platform, kubeconfig: Path
) -> None:
    def blue_first(command: str) -> None:
        if command == "pulumi up -s shared":
            platform.up("blue")

    with watched(platform) as seen:
        follow(platform, ROLL_BACK, "Switch to blue", blue_first)
        platform.up("green")
    assert not [colours for colours in seen if len(colours) > 1]
    assert {"green"} in seen
    assert pods(platform, "green") == []
    assert len(pods(platform, "blue")) == len(LIVE_WRITERS)
    assert reached(platform, kubeconfig, "eks-readonly") == "blue"


def test_the_consumer_goes_and_its_records_stay(platform: Platform, shop: Consumer) -> None:
    """DNS writers never delete, as a name must not go while its application moves."""
    shop.stack.destroy(color="never")
    for colour in COLOURS:
        assert "shop" not in platform.kube(colour).names("/api/v1/namespaces")
    roles = json.dumps(boto3.client("iam", region_name=REGION).list_roles()["Roles"], default=str)
    assert "role/shop" not in roles
    assert len(pointed_at(platform)) == len(live_names(platform))
    for zone in platform.zone_ids():
        platform.delete_records(zone, lambda name: "shop" in name)
