"""One switch there and back: never two live DNS writers for one zone, in whatever order the stacks
are updated; and people and other teams have nothing to do."""

import json
import threading
from collections.abc import Callable, Generator, Sequence
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
from tests.e2e.platform.writers import writing

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


def move(
    platform: Platform,
    order: Sequence[str],
    halfway: Callable[[], None] = lambda: None,
) -> None:
    """Moves the active colour to the other one, and holds every step to its rules.

    Args:
        platform: the platform.
        order: in which the colours are updated before the other one is named; then the other way.
        halfway: called while no colour is active.
    """
    start = active(platform)
    (other,) = set(COLOURS) - {start}
    with watched(platform) as seen:
        platform.set_active(other)
        with pytest.raises(automation.CommandError, match=f"pulumi up -s {start}"):
            platform.up("shared")
        assert active(platform) == start

        platform.set_active(None)
        platform.up("shared")
        halfway()
        platform.set_active(other)
        with pytest.raises(automation.CommandError, match=f"pulumi up -s {start}"):
            platform.up("shared")

        for colour in order:
            platform.up(colour)
        assert writing(platform) == set()
        assert pods(platform, start) == []
        platform.up("shared")
        for colour in reversed(order):
            platform.up(colour)
        assert pods(platform, start) == []
        assert len(pods(platform, other)) == len(LIVE_WRITERS)
    assert not [colours for colours in seen if len(colours) > 1]
    assert {start} in seen


def active(platform: Platform) -> str:
    return platform.outputs("shared")["activeColour"]


def test_no_step_of_a_switch_has_two_writers_or_asks_anything_of_its_users(
    platform: Platform, kubeconfig: Path, shop: Consumer
) -> None:
    start = active(platform)
    (other,) = set(COLOURS) - {start}
    before = kubeconfig.read_bytes()
    assert reached(platform, kubeconfig, "eks-readonly") == start
    assert accepting(platform) == {start}
    assert pointed_at(platform) == load_balancers(platform, start)

    def halfway() -> None:
        assert shop.up() == {}
        assert "active" not in shop.outputs()
        assert pointed_at(platform) == load_balancers(platform, start)

    move(platform, (start, other), halfway)

    assert reached(platform, kubeconfig, "eks-readonly") == other
    assert user(platform, kubeconfig, "eks-admin") == USERS["admin"]
    assert accepting(platform) == {other}
    assert kubeconfig.read_bytes() == before
    wait_for(
        lambda: pointed_at(platform) == load_balancers(platform, other),
        f"the live names lead to {other}",
    )
    assert shop.up() == {}
    assert shop.outputs()["active"] == other


def test_nor_does_the_way_back_with_the_updates_in_another_order(
    platform: Platform, kubeconfig: Path
) -> None:
    start = active(platform)
    (other,) = set(COLOURS) - {start}
    move(platform, (other, start))
    assert reached(platform, kubeconfig, "eks-readonly") == other


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
